namespace Metricity.DiscordSimulator;

/// <summary>What a test can make the gateway do. Whatever is not said otherwise concerns the open connections of now.</summary>
public sealed partial class SimGateway
{
    private readonly Queue<SimReply> _identifyReplies = new();
    private readonly Queue<SimReply> _resumeReplies = new();
    private readonly Queue<Greeting> _greetings = new();
    private readonly System.Collections.Concurrent.ConcurrentQueue<int> _refusals = new();
    private int _acksToSkip;
    private int _corruptions;
    private bool _paused;
    private SimReply? _duringReplay;

    /// <summary>False: heartbeats are never acknowledged again (a zombie connection) while events go on.</summary>
    public bool AckHeartbeats { get; set; } = true;

    /// <summary>Close code for a client that missed its heartbeat; Discord's is not known. Default 4000.</summary>
    public int MissedHeartbeatCode { get; set; } = 4000;

    /// <summary>Told in READY in place of the real address: a dead host, a URL with or without trailing slash.</summary>
    public string? ResumeUrl { get; set; }

    /// <summary>RESUMED takes a number of its own (default) or repeats the last one; which of the two Discord does is not known.</summary>
    public bool ResumedTakesNumber { get; set; } = true;

    /// <summary>op 1 follows every HELLO.</summary>
    public bool BeatAfterHello { get; set; }

    /// <summary>How op 8 is answered.</summary>
    public SimChunks MemberChunks { get; set; }

    /// <summary>Every message goes out in so many WebSocket frames. Default 1.</summary>
    public int FragmentFrames { get; set; } = 1;

    /// <summary>zlib-stream: every payload goes out in so many WebSocket messages, its suffix torn apart. Default 1.</summary>
    public int SplitMessages { get; set; } = 1;

    /// <summary>zlib-stream: so many payloads gather in one WebSocket message. Default 1. Beware: fewer wait for the next.</summary>
    public int JoinPayloads { get; set; } = 1;

    /// <summary>The next replay begins so many dispatches before the one that was asked for, READY never among them.</summary>
    public int ReplayEarlierNext { get; set; }

    /// <summary>The next IDENTIFY(s) get this in place of READY.</summary>
    public void NextIdentify(SimReply reply, int times = 1)
    {
        Enqueue(_identifyReplies, reply, times);
    }

    /// <summary>The next RESUME(s) get this in place of the replay.</summary>
    public void NextResume(SimReply reply, int times = 1)
    {
        Enqueue(_resumeReplies, reply, times);
    }

    public void DelayHello(TimeSpan delay, int times = 1)
    {
        Enqueue(_greetings, new Greeting(delay, SendsHello: true, SendsReconnect: false), times);
    }

    public void NeverHello(int times = 1)
    {
        Enqueue(_greetings, new Greeting(TimeSpan.Zero, SendsHello: false, SendsReconnect: false), times);
    }

    /// <summary>op 7, and no HELLO.</summary>
    public void ReconnectInsteadOfHello(int times = 1)
    {
        Enqueue(_greetings, new Greeting(TimeSpan.Zero, SendsHello: false, SendsReconnect: true), times);
    }

    /// <summary>op 7, then HELLO at once.</summary>
    public void ReconnectBeforeHello(int times = 1)
    {
        Enqueue(_greetings, new Greeting(TimeSpan.Zero, SendsHello: true, SendsReconnect: true), times);
    }

    /// <summary>The next upgrade requests get this HTTP status.</summary>
    public void RefuseUpgrade(int status = 503, int times = 1)
    {
        for (var i = 0; i < times; i++)
        {
            _refusals.Enqueue(status);
        }
    }

    /// <summary>The next upgrade requests get no answer: TCP is dropped.</summary>
    public void ResetUpgrade(int times = 1)
    {
        RefuseUpgrade(0, times);
    }

    /// <summary>
    /// Closes all connections; returns when each client has ended its half too (one that does not within 2 s is dropped).
    /// 0: a close frame without a code (raw <c>88 00</c>).
    /// </summary>
    public async Task CloseAllAsync(int code, string reason = "")
    {
        await WaitForEndAsync(EachOpen(connection => Close(connection, code, reason)));
    }

    /// <summary>A close frame without a code: raw <c>88 00</c>.</summary>
    public Task CloseWithoutCodeAsync()
    {
        return CloseAllAsync(0);
    }

    /// <summary>Drops TCP at once: what is queued is lost on the way (the session keeps it).</summary>
    public async Task AbortAllAsync()
    {
        await WaitForEndAsync(EachOpen(Abort));
    }

    /// <summary>Sends half of a frame, then drops TCP.</summary>
    public async Task AbortMidFrameAsync()
    {
        await WaitForEndAsync(EachOpen(connection => AbortAfterQueue(connection, OutgoingKind.AbortMidFrame)));
    }

    /// <summary>Sends a frame that is not the last of its message, then drops TCP.</summary>
    public async Task AbortMidMessageAsync()
    {
        await WaitForEndAsync(EachOpen(connection => AbortAfterQueue(connection, OutgoingKind.AbortMidMessage)));
    }

    /// <summary>zlib-stream: sends half of a payload as a whole message, then drops TCP. Else as <see cref="AbortMidMessageAsync"/>.</summary>
    public async Task AbortMidPayloadAsync()
    {
        await WaitForEndAsync(EachOpen(connection => AbortAfterQueue(connection, OutgoingKind.AbortMidPayload)));
    }

    /// <summary>op 7. A client that ignores it is closed (4000) after <paramref name="closeAfter"/>, default 3 s.</summary>
    public void SendReconnect(TimeSpan? closeAfter = null)
    {
        EachOpen(connection =>
        {
            connection.Send(Outgoing.Json(ReconnectPayload));
            RunInBackground(async () =>
            {
                await Task.Delay(closeAfter ?? TimeSpan.FromSeconds(3), _options.TimeProvider, CancellationToken.None);
                lock (World.Gate)
                {
                    Close(connection, 4000, "Reconnect was asked for.");
                }
            });
        });
    }

    /// <summary>op 9. With false the session is dead, as Discord means it.</summary>
    public void SendInvalidSession(bool resumable)
    {
        EachOpen(connection =>
        {
            connection.Send(Outgoing.Json(resumable ? InvalidResumablePayload : InvalidPayload));
            if (!resumable && connection.Session is { } session)
            {
                Kill(session);
                connection.Session = null;
            }
        });
    }

    /// <summary>op 1: "beat now".</summary>
    public void RequestHeartbeat()
    {
        EachOpen(connection => connection.Send(Outgoing.Json(BeatPayload)));
    }

    /// <summary>This comes after the first dispatch of the next replay: op 7, op 1, a close, a drop.</summary>
    public void DuringReplay(SimReply reply)
    {
        _duringReplay = reply;
    }

    /// <summary>The server forgets all sessions, without a word: the next RESUME gets op 9 false. Connections stay open, silent.</summary>
    public void InvalidateSessions()
    {
        lock (World.Gate)
        {
            _sessions.ToList().ForEach(Kill);
        }
    }

    /// <summary>As if the time to live of all disconnected sessions were over.</summary>
    public void ExpireSessions()
    {
        lock (World.Gate)
        {
            _sessions.Where(session => session.Connection is null).ToList().ForEach(Kill);
        }
    }

    /// <summary>The token is no longer accepted, all sessions end: 4004 and 401 from now on, unless the client has the new one.</summary>
    public void ResetToken(string newToken)
    {
        lock (World.Gate)
        {
            Token = newToken;
            _sessions.ToList().ForEach(Kill);
        }
    }

    /// <summary>Back to good conduct: what was called for and has not happened yet will not, and what lasts ends.</summary>
    public void ClearFaults()
    {
        lock (World.Gate)
        {
            _identifyReplies.Clear();
            _resumeReplies.Clear();
            _greetings.Clear();
            _refusals.Clear();
            _acksToSkip = 0;
            _corruptions = 0;
            _duringReplay = null;
            ReplayEarlierNext = 0;
            AckHeartbeats = true;
            FragmentFrames = 1;
            SplitMessages = 1;
            ResumeDelivery();
        }
    }

    /// <summary>The next heartbeats are not acknowledged.</summary>
    public void SkipAcks(int count = 1)
    {
        _acksToSkip = count;
    }

    /// <summary>zlib-stream: the next payload cannot be inflated.</summary>
    public void CorruptNextPayload()
    {
        Interlocked.Increment(ref _corruptions);
    }

    /// <summary>Dispatches are numbered and kept, but held back; heartbeats are answered.</summary>
    public void PauseDelivery()
    {
        lock (World.Gate)
        {
            _paused = true;
            _connections.ForEach(connection => connection.Holding = connection.IsOpen);
        }
    }

    public void ResumeDelivery()
    {
        lock (World.Gate)
        {
            _paused = false;
            _connections.ForEach(connection => connection.Release());
        }
    }

    internal bool TakeCorruption()
    {
        if (Volatile.Read(ref _corruptions) == 0)
        {
            return false;
        }

        Interlocked.Decrement(ref _corruptions);
        return true;
    }

    private void AbortAfterQueue(SimConnection connection, OutgoingKind kind)
    {
        Detach(connection);
        connection.Finish(new Outgoing(kind));
    }

    private void Enqueue<T>(Queue<T> queue, T item, int times)
    {
        lock (World.Gate)
        {
            for (var i = 0; i < times; i++)
            {
                queue.Enqueue(item);
            }
        }
    }

    private List<SimConnection> EachOpen(Action<SimConnection> action)
    {
        lock (World.Gate)
        {
            var open = _connections.FindAll(connection => connection.IsOpen);
            open.ForEach(action);
            return open;
        }
    }

    private Task WaitForEndAsync(List<SimConnection> connections)
    {
        return WaitAsync(() => connections.TrueForAll(connection => connection.IsEnded), "the clients to end their connections");
    }
}
