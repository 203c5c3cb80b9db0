using System.Net.WebSockets;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Metricity.Gateway;

/// <summary>
/// One shard's log of dispatches as a stream, in order, over any number of connections. Owns the decision between RESUME, IDENTIFY and
/// stopping; see the protocol's Gateway page. One stream per object.
/// </summary>
internal sealed partial class GatewayClient
{
    private readonly GatewayContext _context;
    private readonly GatewayOptions _options;
    private readonly Func<CancellationToken, Task<GatewayBot>> _getGatewayBot;
    private readonly IdentifyPermit? _permit;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ResumeLimit _resumeLimit;
    private SessionLog _log = new(null);
    private volatile GatewayConnection? _connection;
    private Uri? _normalUrl;
    private SessionStartLimit? _limit;
    private bool _avoidResumeUrl;
    private long? _identifiedAt;
    private int _failures;
    private int _started;

    /// <param name="getGatewayBot">After any exception but <see cref="DiscordRefusedException"/> it is asked again.</param>
    /// <param name="permit">None when nobody else identifies as this bot, as in tests; then Discord's own answers are the only limit.</param>
    /// <param name="status">Outlives the client.</param>
    public GatewayClient(
        GatewayOptions options,
        Func<CancellationToken, Task<GatewayBot>> getGatewayBot,
        IdentifyPermit? permit,
        GatewayStatus status,
        TimeProvider time,
        ILogger<GatewayClient> logger)
    {
        options.Validate();
        _context = new GatewayContext(options, status, time, logger);
        _options = options;
        _getGatewayBot = getGatewayBot;
        _permit = permit;
        _time = time;
        _logger = logger;
        _resumeLimit = new ResumeLimit(options.MaxResumeAttempts, options.ResumeTimeLimit, time);
    }

    public GatewayStatus Status => _context.Status;

    /// <summary>To be told what is safely stored: heartbeats carry it. Any thread may set it.</summary>
    public GatewayPosition? Committed
    {
        get => _log.Committed;
        set => _log.Committed = value;
    }

    /// <summary>
    /// The log, dispatch by dispatch. Not asking for the next one is the back-pressure: the socket is not read meanwhile, but heartbeats go
    /// on, and a connection that breaks is resumed at once. The stream ends when <paramref name="cancellationToken"/> is cancelled; leaving
    /// it closes the connection so that the session lives on. Throws <see cref="DiscordRefusedException"/> when Discord will not have the
    /// bot.
    /// </summary>
    /// <param name="resumeFrom">The committed position; null makes a new session.</param>
    public async IAsyncEnumerable<Dispatch> ReadAsync(
        GatewayPosition? resumeFrom, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _started, 1) != 0)
        {
            throw new InvalidOperationException("A gateway client gives one stream.");
        }

        _log = new SessionLog(resumeFrom);
        _resumeLimit.Reset();
        Status.SessionId = resumeFrom?.Session.Id;
        Status.LastSequence = resumeFrom?.Sequence ?? 0;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);

        // One that ended before anybody read from it is of no use when there is another.
        var connections = Channel.CreateBounded<GatewayConnection>(
            new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });
        var keeping = KeepConnectedAsync(connections.Writer, stop.Token);
        try
        {
            await foreach (var connection in connections.Reader.ReadAllAsync(CancellationToken.None))
            {
                while (await connection.ReadAsync())
                {
                    yield return connection.Current;
                }
            }
        }
        finally
        {
            await stop.CancelAsync();
            await keeping;
        }
    }

    /// <summary>
    /// Asks for the whole member list of a guild (op 8); the answer comes as GUILD_MEMBERS_CHUNK dispatches. Waits for the send
    /// budget. Throws <see cref="GatewayNotConnectedException"/> when no session is live or it is lost meanwhile.
    /// </summary>
    /// <param name="nonce">At most 32 bytes.</param>
    public async ValueTask RequestMembersAsync(ulong guildId, string nonce, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(
            System.Text.Encoding.UTF8.GetByteCount(nonce), GatewayPayloadWriter.MaxNonceBytes, nameof(nonce));
        if (_connection is not { } connection || !Status.Ready)
        {
            throw new GatewayNotConnectedException();
        }

        await connection.SendAsync(GatewayPayloadWriter.RequestMembers(guildId, nonce), cancellationToken);
    }

    /// <summary>Connects, again and again, and gives each connection to the stream. Ends the stream when it ends; never throws.</summary>
    private async Task KeepConnectedAsync(ChannelWriter<GatewayConnection> connections, CancellationToken stop)
    {
        try
        {
            while (true)
            {
                var end = await ConnectAndRunAsync(connections, stop);

                // Here and not where things fail: a fault that coincides with the stop, or is caused by it, is a stop.
                stop.ThrowIfCancellationRequested();
                await PrepareNextAsync(end, stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            LogStopped(_log.Sequence);
            connections.Complete();
        }
        catch (Exception e)
        {
            connections.Complete(e);
        }
    }

    private async Task<ConnectionEnd> ConnectAndRunAsync(ChannelWriter<GatewayConnection> connections, CancellationToken stop)
    {
        if (_log.Session is not null && _resumeLimit.Exhausted)
        {
            DropSession("it could not be resumed");
        }

        var session = _log.Session;
        Uri url;
        try
        {
            url = session is null ? await PrepareIdentifyAsync(stop)
                : _avoidResumeUrl || !GatewayUri.IsUsable(session.ResumeUrl) ? _normalUrl ?? (await AskGatewayBotAsync(stop)).Url
                : session.ResumeUrl;
        }
        catch (IdentifyPermitException e)
        {
            Status.CountConnectFailure();

            return ConnectionEnd.NotPermitted(e);
        }
        catch (GatewayBotException e)
        {
            Status.CountConnectFailure();

            return new ConnectionEnd(
                CloseAction.Resume,
                $"Discord's gateway address could not be read ({e.InnerException!.GetType().Name})",
                Kind: "unreachable");
        }

        using var socket = new ClientWebSocket();
        if (await ConnectAsync(socket, url, session is not null, stop) is { } failure)
        {
            Status.CountConnectFailure();
            _avoidResumeUrl = session is not null && !_avoidResumeUrl;

            return failure;
        }

        using var connection = new GatewayConnection(socket, url, _log, session is null ? TakeIdentifyTurnAsync : null, _context);
        _connection = connection;
        Status.CountConnect();
        Status.Connected = true;
        Status.MovedAt = _time.GetTimestamp();
        try
        {
            return await connection.RunAsync(opened => connections.TryWrite(opened), stop);
        }
        finally
        {
            _connection = null;
            Status.Ready = false;
            Status.Connected = false;
            NoteOutcome(connection, session);
        }
    }

    private void NoteOutcome(GatewayConnection connection, GatewaySession? session)
    {
        if (session is null)
        {
            _identifiedAt = connection.AskedAt ?? _identifiedAt;
        }

        if (connection.LiveFor is { } live)
        {
            _resumeLimit.Reset();
            _avoidResumeUrl = false;
            if (live >= _options.StableAfter)
            {
                _failures = 0;
            }
        }
        else if (session is not null)
        {
            // The resume host may be the one that is ill: take turns with the normal address.
            _avoidResumeUrl = !_avoidResumeUrl;
            if (connection.AskedAt is not null)
            {
                _resumeLimit.Failed();
                Status.CountResumeFailed();
            }
        }
    }

    private async Task PrepareNextAsync(ConnectionEnd end, CancellationToken cancellationToken)
    {
        Status.CountEnded(end);
        if (end.Next == CloseAction.Refuse)
        {
            var code = end.CloseCode.GetValueOrDefault();
            throw new DiscordRefusedException(CloseCodes.RefusalFor(code), code);
        }

        if (end.Next == CloseAction.Identify && _log.Session is not null)
        {
            DropSession(end.Reason);
        }

        var wait = Backoff.Jittered(_options.BackoffBase, _options.BackoffMax, _failures++, Random.Shared);
        if (end.RandomWait)
        {
            var range = _options.InvalidSessionWaitMax - _options.InvalidSessionWaitMin;
            var random = _options.InvalidSessionWaitMin + (range * Random.Shared.NextDouble());
            wait = random > wait ? random : wait;
        }

        var level = end == ConnectionEnd.AskedToReconnect ? LogLevel.Information : LogLevel.Warning;
        LogEnded(level, end.Reason, _log.Session is null ? "a new session" : "RESUME", wait.TotalSeconds);
        await Task.Delay(wait, _time, cancellationToken);
    }

    private void DropSession(string reason)
    {
        LogSessionDropped(_log.Sequence, reason);
        _log.Drop();
        _resumeLimit.Reset();
        _avoidResumeUrl = false;
        Status.SessionId = null;
        Status.CountSessionLost();
    }

    private async Task<Uri> PrepareIdentifyAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (_identifiedAt is { } last && _options.IdentifySpacing - _time.GetElapsedTime(last) is { Ticks: > 0 } early)
            {
                await Task.Delay(early, _time, cancellationToken);
            }

            var (url, limit) = await AskGatewayBotAsync(cancellationToken);
            _limit = limit;
            var wait = TimeSpan.Zero;
            if (limit.Remaining <= 0)
            {
                LogIdentifyBudgetSpent(limit.Total, limit.ResetAfter);
                wait = limit.ResetAfter + TimeSpan.FromSeconds(1);
            }

            if (_permit is not null && await _permit(limit, take: false, cancellationToken) is var asked && asked > wait)
            {
                wait = asked;
            }

            if (wait <= TimeSpan.Zero)
            {
                return url;
            }

            LogIdentifyWaits(wait.TotalSeconds);
            await Task.Delay(wait, _time, cancellationToken);
        }
    }

    /// <summary>Waits, on the open connection, until the IDENTIFY may be sent and is noted. Another process may just have been quicker.</summary>
    private async Task TakeIdentifyTurnAsync(CancellationToken cancellationToken)
    {
        while (_permit is not null && await _permit(_limit!, take: true, cancellationToken) is { Ticks: > 0 } wait)
        {
            LogIdentifyWaits(wait.TotalSeconds);
            await Task.Delay(wait, _time, cancellationToken);
        }
    }

    private async Task<GatewayBot> AskGatewayBotAsync(CancellationToken cancellationToken)
    {
        try
        {
            var bot = await _getGatewayBot(cancellationToken);
            if (!GatewayUri.IsUsable(bot.Url))
            {
                throw new InvalidDataException("The gateway's address is no WebSocket address.");
            }

            _normalUrl = bot.Url;

            return bot;
        }
        catch (Exception e) when (e is not DiscordRefusedException)
        {
            throw new GatewayBotException(e);
        }
    }

    /// <returns>Null when connected.</returns>
    private async Task<ConnectionEnd?> ConnectAsync(ClientWebSocket socket, Uri url, bool resumes, CancellationToken cancellationToken)
    {
        // Heartbeats do what WebSocket pings would do.
        socket.Options.KeepAliveInterval = TimeSpan.Zero;
        socket.Options.CollectHttpResponseDetails = true;
        LogConnecting(url.Host, resumes ? "RESUME" : "a new session");
        using var limit = new CancellationTokenSource(_options.ConnectTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            await socket.ConnectAsync(GatewayUri.Build(url, _options.UsesZlib), either.Token);

            return null;
        }
        catch (Exception e) when (SocketSender.IsSocketFault(e))
        {
            return ConnectionEnd.NotReached(e, (int)socket.HttpStatusCode);
        }
    }

    [LoggerMessage(LogEvents.Gateway.Connecting, LogLevel.Information, "Connecting to {Host} for {Purpose}")]
    private partial void LogConnecting(string host, string purpose);

    [LoggerMessage(EventId = LogEvents.Gateway.ConnectionEnded,
        Message = "The gateway connection ended: {Reason}. Next: {Next} in {WaitSeconds:0.0} s")]
    private partial void LogEnded(LogLevel level, string reason, string next, double waitSeconds);

    [LoggerMessage(LogEvents.Gateway.SessionDropped, LogLevel.Warning,
        "The session is lost after sequence {Sequence}: {Reason}. What happened since has to be fetched another way")]
    private partial void LogSessionDropped(long sequence, string reason);

    [LoggerMessage(LogEvents.Gateway.IdentifyBudgetSpent, LogLevel.Warning,
        "All {Total} session starts that Discord allows in a day are used up. Waiting {ResetAfter} for new ones; no restart is needed")]
    private partial void LogIdentifyBudgetSpent(int total, TimeSpan resetAfter);

    [LoggerMessage(LogEvents.Gateway.IdentifyWaits, LogLevel.Information,
        "A new session may begin in {WaitSeconds:0.0} s: Discord limits how many begin, over all processes and restarts")]
    private partial void LogIdentifyWaits(double waitSeconds);

    [LoggerMessage(LogEvents.Gateway.Stopped, LogLevel.Information, "Stopped reading; the last sequence taken is {Sequence}")]
    private partial void LogStopped(long sequence);

    /// <summary>Tells an address that cannot be read, which is asked again, from a permit that ends the run.</summary>
    private sealed class GatewayBotException(Exception inner) : Exception(inner.Message, inner);
}
