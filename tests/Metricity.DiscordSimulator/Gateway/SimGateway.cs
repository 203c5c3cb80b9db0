namespace Metricity.DiscordSimulator;

/// <summary>
/// The gateway: sessions, connections, and (in the other parts of this class) the protocol, the faults a test can call for,
/// and what it can wait for. Everything happens under the world's lock; only each connection's writer runs outside it.
/// </summary>
public sealed partial class SimGateway
{
    private readonly List<SimSession> _sessions = [];
    private readonly List<SimConnection> _connections = [];
    private readonly SimulatorOptions _options;
    private readonly Random _random;
    private int _replayBufferSize;

    internal SimGateway(SimWorld world, SimulatorOptions options)
    {
        World = world;
        _options = options;
        _random = new Random(options.Seed);
        _replayBufferSize = options.ReplayBufferSize;
        Token = options.Token;
        HeartbeatInterval = options.HeartbeatInterval;
        SessionTtl = options.SessionTtl;
        IdentifyRemaining = options.IdentifyRemaining;
    }

    /// <summary>The token that is accepted now, by gateway and REST.</summary>
    public string Token { get; private set; }

    /// <summary>Told in the next HELLO.</summary>
    public TimeSpan HeartbeatInterval { get; set; }

    public TimeSpan SessionTtl { get; set; }

    /// <summary>Left of <c>session_start_limit</c>. Below zero the token is reset, as Discord does.</summary>
    public int IdentifyRemaining { get; set; }

    /// <summary><c>reset_after</c> of <c>session_start_limit</c>. Default 4 h; nothing refills by itself.</summary>
    public TimeSpan IdentifyResetAfter { get; set; } = TimeSpan.FromHours(4);

    /// <summary>Dispatches each session keeps for RESUME; lowering it drops the oldest at once.</summary>
    public int ReplayBufferSize
    {
        get => _replayBufferSize;
        set
        {
            lock (World.Gate)
            {
                _replayBufferSize = value;
                _sessions.ForEach(session => session.Trim(value));
            }
        }
    }

    internal SimWorld World { get; }

    internal SimSignal Signal { get; } = new();

    /// <summary>The address the listener has, with a trailing slash.</summary>
    internal string Url { get; set; } = "";

    internal bool HasSessions => _sessions.Count > 0;

    internal bool AnyContentIntent { get; private set; }

    /// <summary>Numbers an event in every session that wants it, keeps it for RESUME, and sends it. Only under the lock.</summary>
    internal void Publish(SimEvent item)
    {
        for (var i = _sessions.Count - 1; i >= 0; i--)
        {
            var session = _sessions[i];
            if (Expired(session))
            {
                Kill(session);
            }
            else if (session.Wants(item))
            {
                Deliver(session, item);
            }
        }
    }

    internal void PublishGuildCreate(SimGuild guild, bool? unavailable)
    {
        if (HasSessions && guild.Live)
        {
            var body = World.Wire.Build(w => World.Wire.GuildCreate(w, guild, unavailable));
            Publish(new SimEvent("GUILD_CREATE", SimIntents.Guilds, guild.Id, body, null));
        }
    }

    private void Deliver(SimSession session, SimEvent item)
    {
        var dispatch = session.Number(item, _replayBufferSize);
        session.Connection?.Send(Outgoing.Of(dispatch));
    }

    private bool Expired(SimSession session)
    {
        return session.Connection is null && session.DisconnectedAt is { } since && World.Now - since > SessionTtl;
    }

    private void Kill(SimSession session)
    {
        session.Dead = true;
        _sessions.Remove(session);
        AnyContentIntent = _sessions.Exists(s => (s.Intents & SimIntents.Content) != 0);
    }

    private void Detach(SimConnection connection)
    {
        if (connection.Session is { } session && session.Connection == connection)
        {
            session.Connection = null;
            session.DisconnectedAt = World.Now;
        }
    }

    /// <summary>Ends a connection with a close frame, after all that is queued. Codes that cannot be resumed end the session too.</summary>
    private void Close(SimConnection connection, int code, string reason)
    {
        if (!connection.IsOpen)
        {
            return;
        }

        connection.ServerCloseCode = code;
        Detach(connection);
        if (connection.Session is { } session
            && code is 4001 or (>= 4003 and <= 4007) or (>= 4009 and <= 4014))
        {
            Kill(session);
        }

        connection.Finish(new Outgoing(OutgoingKind.Close) { Code = code, Reason = reason });
        RunInBackground(async () =>
        {
            // Real time, whatever the clock: a client that does not answer the close frame is dropped.
            await Task.Delay(CloseReplyTime, CancellationToken.None);
            if (!connection.IsEnded)
            {
                connection.Drop();
            }
        });
        Signal.Pulse();
    }

    /// <summary>Drops TCP.</summary>
    private void Abort(SimConnection connection)
    {
        Detach(connection);
        connection.Drop();
        Signal.Pulse();
    }
}
