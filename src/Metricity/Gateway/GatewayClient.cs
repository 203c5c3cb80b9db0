using System.Net.WebSockets;
using Microsoft.Extensions.Logging;

namespace Metricity.Gateway;

/// <summary>
/// Reads one shard's log of dispatches from Discord and hands it to the consumer, in order, over any number of connections.
/// Owns the decision between RESUME, IDENTIFY and stopping; see the protocol's Gateway page. One run per object.
/// </summary>
internal sealed partial class GatewayClient
{
    private readonly GatewayOptions _options;
    private readonly IGatewayDirectory _directory;
    private readonly IDispatchConsumer _consumer;
    private readonly ICommittedPosition _committed;
    private readonly TimeProvider _time;
    private readonly ILogger<GatewayClient> _logger;
    private readonly IIdentifyPermit? _permit;
    private readonly Random _random;
    private readonly Backoff _backoff;
    private readonly PoisonWatch _poison = new();
    private SessionLog _log = new(null);
    private readonly ResumeLimit _resumeLimit;
    private volatile GatewayConnection? _connection;
    private Uri? _normalUrl;
    private GatewayBotInfo? _info;
    private bool _avoidResumeUrl;
    private long? _identifiedAt;
    private int _started;

    /// <param name="permit">None when nobody else identifies as this bot, as in tests; then Discord's own answers are the only limit.</param>
    /// <param name="status">Outlives the client; its own when null.</param>
    public GatewayClient(
        GatewayOptions options,
        IGatewayDirectory directory,
        IDispatchConsumer consumer,
        ICommittedPosition committed,
        TimeProvider time,
        ILogger<GatewayClient> logger,
        IIdentifyPermit? permit = null,
        Random? random = null,
        GatewayStatus? status = null)
    {
        options.Validate();
        _options = options;
        _directory = directory;
        _consumer = consumer;
        _committed = committed;
        _time = time;
        _logger = logger;
        _permit = permit;
        _random = random ?? Random.Shared;
        Status = status ?? new GatewayStatus();
        _backoff = new Backoff(options.BackoffBase, options.BackoffMax, _random);
        _resumeLimit = new ResumeLimit(options.MaxResumeAttempts, options.ResumeTimeLimit, time);
    }

    public GatewayStatus Status { get; }

    /// <summary>
    /// Reads until <paramref name="ct"/>, then closes so that the session lives on, and returns. Throws
    /// <see cref="GatewayRefusedException"/> when Discord will not have the bot, and whatever the consumer throws.
    /// </summary>
    /// <param name="resumeFrom">The committed position; null makes a new session.</param>
    public async Task RunAsync(GatewayPosition? resumeFrom, CancellationToken ct)
    {
        if (Interlocked.Exchange(ref _started, 1) != 0)
        {
            throw new InvalidOperationException("A gateway client runs once.");
        }

        _log = new SessionLog(resumeFrom);
        _resumeLimit.Reset();
        Status.SessionId = resumeFrom?.Session.Id;
        Status.LastSequence = resumeFrom?.Sequence ?? 0;
        try
        {
            while (true)
            {
                var end = await ConnectAndRunAsync(ct);

                // Here and not where things fail: a fault that coincides with the stop, or is caused by it, is a stop.
                ct.ThrowIfCancellationRequested();
                await PrepareNextAsync(end, ct);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            LogStopped(_log.Sequence);
        }
    }

    /// <summary>
    /// Asks for the whole member list of a guild (op 8); the answer comes as GUILD_MEMBERS_CHUNK dispatches. Waits for the send
    /// budget. Throws <see cref="GatewayNotConnectedException"/> when no session is live or it is lost meanwhile.
    /// </summary>
    /// <param name="nonce">At most 32 bytes.</param>
    public async ValueTask RequestMembersAsync(ulong guildId, string nonce, CancellationToken ct)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(
            System.Text.Encoding.UTF8.GetByteCount(nonce), GatewayPayloadWriter.LongestNonce, nameof(nonce));
        if (_connection is not { } connection || !Status.Ready)
        {
            throw new GatewayNotConnectedException();
        }

        await connection.SendAsync(GatewayPayloadWriter.RequestMembers(guildId, nonce), ct);
    }

    private async Task<ConnectionEnd> ConnectAndRunAsync(CancellationToken ct)
    {
        if (_log.Session is not null && _resumeLimit.Exhausted)
        {
            DropSession("it could not be resumed");
        }

        var session = _log.Session;
        Uri url;
        try
        {
            url = session is null ? await PrepareIdentifyAsync(ct)
                : _avoidResumeUrl || !GatewayUri.IsUsable(session.ResumeUrl) ? _normalUrl ?? (await AskDirectoryAsync(ct)).Url
                : session.ResumeUrl;
        }
        catch (IdentifyPermitException e)
        {
            Status.CountConnectFailure();
            return ConnectionEnd.NotPermitted(e);
        }
        catch (DirectoryException e)
        {
            Status.CountConnectFailure();
            return new ConnectionEnd(
                CloseAction.Resume,
                $"Discord's gateway address could not be read ({e.InnerException!.GetType().Name})",
                Kind: "unreachable");
        }

        using var socket = new ClientWebSocket();
        if (await ConnectAsync(socket, url, session is not null, ct) is { } failure)
        {
            Status.CountConnectFailure();
            _avoidResumeUrl = session is not null && !_avoidResumeUrl;
            return failure;
        }

        return await RunConnectionAsync(socket, url, session, ct);
    }

    private async Task<ConnectionEnd> RunConnectionAsync(WebSocket socket, Uri url, GatewaySession? session, CancellationToken ct)
    {
        using var connection = new GatewayConnection(
            socket, url, session is not null ? null : TakeIdentifyTurnAsync, _options, _log, _poison, _consumer, _committed, Status, _time, _logger);
        _connection = connection;
        Status.CountConnect();
        Status.Connected = true;
        Status.MovedAt = _time.GetTimestamp();
        try
        {
            return await connection.RunAsync(ct);
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
                _backoff.Reset();
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

    private async Task PrepareNextAsync(ConnectionEnd end, CancellationToken ct)
    {
        Status.CountEnded(end);
        if (end.Next == CloseAction.Refuse)
        {
            var code = end.CloseCode.GetValueOrDefault();
            throw new GatewayRefusedException(code, CloseCodes.RefusalFor(code));
        }

        if (end.Next == CloseAction.Identify && _log.Session is not null)
        {
            DropSession(end.Reason);
        }

        var wait = _backoff.Next();
        if (end.RandomWait)
        {
            var range = _options.InvalidSessionWaitMax - _options.InvalidSessionWaitMin;
            var random = _options.InvalidSessionWaitMin + (range * _random.NextDouble());
            wait = random > wait ? random : wait;
        }

        var level = end == ConnectionEnd.AskedToReconnect ? LogLevel.Information : LogLevel.Warning;
        LogEnded(level, end.Reason, _log.Session is null ? "a new session" : "RESUME", wait.TotalSeconds);
        await Task.Delay(wait, _time, ct);
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

    private async Task<Uri> PrepareIdentifyAsync(CancellationToken ct)
    {
        while (true)
        {
            if (_identifiedAt is { } last && _options.IdentifySpacing - _time.GetElapsedTime(last) is { Ticks: > 0 } early)
            {
                await Task.Delay(early, _time, ct);
            }

            var info = _info = await AskDirectoryAsync(ct);
            var wait = TimeSpan.Zero;
            if (info.IdentifyRemaining <= 0)
            {
                LogIdentifyBudgetSpent(info.IdentifyTotal, info.IdentifyResetAfter);
                wait = info.IdentifyResetAfter + TimeSpan.FromSeconds(1);
            }

            if (_permit is not null && await _permit.AskAsync(info, take: false, ct) is var asked && asked > wait)
            {
                wait = asked;
            }

            if (wait <= TimeSpan.Zero)
            {
                return info.Url;
            }

            LogIdentifyWaits(wait.TotalSeconds);
            await Task.Delay(wait, _time, ct);
        }
    }

    /// <summary>Waits, on the open connection, until the IDENTIFY may be sent and is noted. Another process may just have been quicker.</summary>
    private async Task TakeIdentifyTurnAsync(CancellationToken ct)
    {
        while (_permit is not null && await _permit.AskAsync(_info!, take: true, ct) is { Ticks: > 0 } wait)
        {
            LogIdentifyWaits(wait.TotalSeconds);
            await Task.Delay(wait, _time, ct);
        }
    }

    private async Task<GatewayBotInfo> AskDirectoryAsync(CancellationToken ct)
    {
        try
        {
            var info = await _directory.GetGatewayBotAsync(ct);
            if (!GatewayUri.IsUsable(info.Url))
            {
                throw new InvalidDataException("The gateway's address is no WebSocket address.");
            }

            _normalUrl = info.Url;
            return info;
        }
        catch (Exception e) when (e is not GatewayRefusedException)
        {
            throw new DirectoryException(e);
        }
    }

    /// <returns>Null when connected.</returns>
    private async Task<ConnectionEnd?> ConnectAsync(ClientWebSocket socket, Uri url, bool resumes, CancellationToken ct)
    {
        // Heartbeats do what WebSocket pings would do.
        socket.Options.KeepAliveInterval = TimeSpan.Zero;
        socket.Options.CollectHttpResponseDetails = true;
        LogConnecting(url.Host, resumes ? "RESUME" : "a new session");
        using var limit = new CancellationTokenSource(_options.ConnectTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, limit.Token);
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

    [LoggerMessage(GatewayLogEvents.Connecting, LogLevel.Information, "Connecting to {Host} for {Purpose}")]
    private partial void LogConnecting(string host, string purpose);

    [LoggerMessage(EventId = GatewayLogEvents.ConnectionEnded,
        Message = "The gateway connection ended: {Reason}. Next: {Next} in {WaitSeconds:0.0} s")]
    private partial void LogEnded(LogLevel level, string reason, string next, double waitSeconds);

    [LoggerMessage(GatewayLogEvents.SessionDropped, LogLevel.Warning,
        "The session is lost after sequence {Sequence}: {Reason}. What happened since has to be fetched another way")]
    private partial void LogSessionDropped(long sequence, string reason);

    [LoggerMessage(GatewayLogEvents.IdentifyBudgetSpent, LogLevel.Warning,
        "All {Total} session starts that Discord allows in a day are used up. Waiting {ResetAfter} for new ones; no restart is needed")]
    private partial void LogIdentifyBudgetSpent(int total, TimeSpan resetAfter);

    [LoggerMessage(GatewayLogEvents.IdentifyWaits, LogLevel.Information,
        "A new session may begin in {WaitSeconds:0.0} s: Discord limits how many begin, over all processes and restarts")]
    private partial void LogIdentifyWaits(double waitSeconds);

    [LoggerMessage(GatewayLogEvents.Stopped, LogLevel.Information, "Stopped reading; the last sequence taken is {Sequence}")]
    private partial void LogStopped(long sequence);

    /// <summary>Tells a directory that does not answer, which is asked again, from a permit that ends the run.</summary>
    private sealed class DirectoryException(Exception inner) : Exception(inner.Message, inner);
}
