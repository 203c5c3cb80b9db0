using System.Net.WebSockets;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;

namespace Metricity.Gateway;

/// <summary>
/// One open socket from HELLO to its end. Three flows: the reader (handles payloads, waits for the consumer), the heartbeat, and
/// <see cref="RunAsync"/>, which waits for whichever ends the connection first and closes it with a code that keeps the session.
/// </summary>
internal sealed partial class GatewayConnection : IDisposable
{
    private readonly WebSocket _socket;
    private readonly Func<CancellationToken, Task>? _identifyTurn;
    private readonly GatewayOptions _options;
    private readonly SessionLog _log;
    private readonly PoisonWatch _poison;
    private readonly GatewayStatus _status;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Heart _heart;
    private readonly SocketSender _sender;
    private readonly HeartbeatLoop _heartbeats;
    private readonly DispatchDelivery _delivery;
    private readonly FrameReader _frames;

    // Not disposed: it has no timer, and a late sender may still look at its token.
    private readonly CancellationTokenSource _lifetime = new();
    private readonly TaskCompletionSource<ConnectionEnd> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ITimer _deadline;
    private volatile ConnectionEnd _deadlineEnd = ConnectionEnd.NoHello;
    private Task _beating = Task.CompletedTask;
    private Task _asking = Task.CompletedTask;
    private bool _saidHello;

    /// <param name="socket">Open; this object aborts it in the end, the caller disposes it.</param>
    /// <param name="url">Where it is connected to, without query.</param>
    /// <param name="identifyTurn">Completes when IDENTIFY may be sent; null: RESUME.</param>
    /// <param name="log">Outlives the connection, as does <paramref name="poison"/>.</param>
    public GatewayConnection(
        WebSocket socket,
        Uri url,
        Func<CancellationToken, Task>? identifyTurn,
        GatewayOptions options,
        SessionLog log,
        PoisonWatch poison,
        IDispatchConsumer consumer,
        ICommittedPosition committed,
        GatewayStatus status,
        TimeProvider time,
        ILogger logger)
    {
        _socket = socket;
        _identifyTurn = identifyTurn;
        _options = options;
        _log = log;
        _poison = poison;
        _status = status;
        _time = time;
        _logger = logger;
        _heart = new Heart(time);
        _sender = new SocketSender(socket, options, time, End, _lifetime.Token);
        _heartbeats = new HeartbeatLoop(_heart, _sender, log, committed, options, status, time, End, logger);
        _delivery = new DispatchDelivery(url, log, consumer, _heart, status, time, logger, _lifetime.Token);
        _frames = new FrameReader(socket, options.UsesZlib, options.MaxPayloadBytes, _heart, status);
        _deadline = time.CreateTimer(
            static state => ((GatewayConnection)state!).PassDeadline(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>When IDENTIFY or RESUME was sent, as a timestamp; null when it never came to that.</summary>
    public long? AskedAt { get; private set; }

    /// <summary>How long the session was live here; null when READY or RESUMED never came.</summary>
    public TimeSpan? LiveFor => _delivery.LiveFor;

    /// <summary>Runs until the connection ends. Throws only what the consumer throws.</summary>
    public async Task<ConnectionEnd> RunAsync(CancellationToken stop)
    {
        using var stopping = stop.UnsafeRegister(static state => ((GatewayConnection)state!).End(ConnectionEnd.Stop), this);
        _deadline.Change(_options.HelloTimeout, Timeout.InfiniteTimeSpan);

        // On the pool: a flood that never suspends must not keep this method from seeing the other ends.
        var reading = Task.Run(ReadAsync, CancellationToken.None);
        ConnectionEnd? end = null;
        try
        {
            var first = await Task.WhenAny(reading, _ended.Task);
            end = await first;
            return end;
        }
        finally
        {
            await _lifetime.CancelAsync();
            await CloseAsync(reading, waitForPeer: end is { PeerIsGone: false });
            await ((Task)reading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await _beating;
            await _asking;
        }
    }

    /// <summary>Sends on this connection; see <see cref="SocketSender.SendAsync"/>.</summary>
    public Task SendAsync(byte[] payload, CancellationToken cancellationToken)
    {
        return _sender.SendAsync(payload, scheduledHeartbeat: false, cancellationToken);
    }

    public void Dispose()
    {
        _deadline.Dispose();
        _frames.Dispose();
    }

    private void End(ConnectionEnd end)
    {
        _ended.TrySetResult(end);
    }

    private void PassDeadline()
    {
        End(_deadlineEnd);
    }

    private async Task CloseAsync(Task reading, bool waitForPeer)
    {
        using var limit = new CancellationTokenSource(_options.CloseTimeout, _time);
        try
        {
            await _sender.CloseAsync(limit.Token);
            if (waitForPeer)
            {
                // Dropping the socket while data is unread would reset it, and the close frame might be lost.
                await reading.WaitAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        catch (Exception e) when (SocketSender.IsSocketFault(e))
        {
            LogCloseFailed(e.GetType().Name);
        }

        _socket.Abort();
    }

    private async Task<ConnectionEnd> ReadAsync()
    {
        while (true)
        {
            Frame frame;
            try
            {
                frame = await _frames.ReadAsync();
            }
            catch (InvalidDataException)
            {
                return ConnectionEnd.Damaged;
            }
            catch (PayloadTooLargeException)
            {
                return ConnectionEnd.TooLarge;
            }
            catch (Exception e) when (SocketSender.IsSocketFault(e))
            {
                return ConnectionEnd.Lost(e);
            }

            if (frame.Closed)
            {
                return ConnectionEnd.ClosedBy(_socket.CloseStatus is null or WebSocketCloseStatus.Empty ? null : (int)_socket.CloseStatus);
            }

            // After the end only the close frame matters; what is unread is asked for again by RESUME.
            if (!_ended.Task.IsCompleted && await HandleAsync(frame) is { } end)
            {
                End(end);
            }
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ConnectionEnd?> HandleAsync(Frame frame)
    {
        var rest = frame.Payload;
        do
        {
            var payload = rest;
            var envelope = EnvelopeReader.Read(payload.Span, frame.Single);
            rest = EnvelopeReader.TrimStart(rest[envelope.Consumed..]);
            if (envelope.State != EnvelopeState.Whole)
            {
                // Through zlib it may be our stream that is damaged, and everything after it: get it again on a fresh one.
                // When it comes again in the same place, it is what Discord sent.
                if (frame.Compressed && !_poison.SeenBefore(_log.Session, _log.Sequence))
                {
                    return ConnectionEnd.Damaged;
                }

                _status.CountMalformed();
                LogMalformed(envelope.Op, envelope.Sequence, envelope.State);
                if (envelope.State == EnvelopeState.Unusable)
                {
                    continue;
                }
            }

            var data = payload[envelope.Data];
            var end = envelope.Op == 0 ? await DispatchAsync(envelope, data) : await ControlAsync(envelope.Op, data);
            if (end is not null)
            {
                return end;
            }
        }
        while (!rest.IsEmpty && !_ended.Task.IsCompleted);
        return null;
    }

    private ValueTask<ConnectionEnd?> DispatchAsync(Envelope envelope, ReadOnlyMemory<byte> data)
    {
        if (!_delivery.Started)
        {
            _deadline.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        return _delivery.DeliverAsync(envelope, data);
    }

    private async ValueTask<ConnectionEnd?> ControlAsync(int op, ReadOnlyMemory<byte> data)
    {
        try
        {
            return await AnswerAsync(op, data);
        }
        catch (Exception e) when (e is GatewayNotConnectedException or OperationCanceledException)
        {
            // Go on reading: the close frame that explains the failed send, or the socket's fault, comes next.
            LogAnswerFailed(op);
            return null;
        }
    }

    private async ValueTask<ConnectionEnd?> AnswerAsync(int op, ReadOnlyMemory<byte> data)
    {
        switch (op)
        {
            case 1:
                await _heartbeats.BeatAtOnceAsync();
                return null;
            case 7:
                return ConnectionEnd.AskedToReconnect;
            case 9:
                return GatewayPayloadReader.ReadResumable(data.Span) ? ConnectionEnd.ResumeAgain : ConnectionEnd.SessionInvalid;
            case 10:
                return await GreetAsync(data);
            case 11:
                _status.CountAcknowledged();
                if (_heart.Acknowledged() is { } roundTrip)
                {
                    _status.HeartbeatRoundTrip = roundTrip;
                }

                return null;
            default:
                _status.CountUnknownOp();
                return null;
        }
    }

    private async ValueTask<ConnectionEnd?> GreetAsync(ReadOnlyMemory<byte> hello)
    {
        if (_saidHello)
        {
            return null;
        }

        if (GatewayPayloadReader.ReadHeartbeatInterval(hello.Span) is not { } interval)
        {
            return ConnectionEnd.OddHello;
        }

        _saidHello = true;
        _deadlineEnd = ConnectionEnd.NoDispatch;
        _deadline.Change(_options.SessionTimeout, Timeout.InfiniteTimeSpan);
        _beating = _heartbeats.RunAsync(interval, _lifetime.Token);
        if (_identifyTurn is null && _log.Session is { } session)
        {
            AskedAt = _time.GetTimestamp();
            _status.CountResume();
            await SendAsync(GatewayPayloadWriter.Resume(_options.Token, session.Id, _log.Sequence), _lifetime.Token);
        }
        else
        {
            // Not awaited: the turn may take a while, and acknowledgements have to be read meanwhile.
            _asking = IdentifyAsync();
        }

        return null;
    }

    /// <summary>Never throws; what the turn throws ends <see cref="RunAsync"/>.</summary>
    private async Task IdentifyAsync()
    {
        try
        {
            if (_identifyTurn is not null)
            {
                await _identifyTurn(_lifetime.Token);
            }

            AskedAt = _time.GetTimestamp();
            _status.CountIdentify();
            await SendAsync(GatewayPayloadWriter.Identify(_options), _lifetime.Token);
        }
        catch (IdentifyPermitException e)
        {
            End(ConnectionEnd.NotPermitted(e));
        }
        catch (Exception e) when (e is GatewayNotConnectedException or OperationCanceledException)
        {
            // As in ControlAsync: what ended the connection tells by itself.
            LogAnswerFailed(10);
        }
        catch (Exception e)
        {
            _ended.TrySetException(e);
        }
    }

    [LoggerMessage(GatewayLogEvents.MalformedPayload, LogLevel.Error,
        "A payload of Discord's could not be read as a whole (op {Op}, sequence {Sequence}): {State}")]
    private partial void LogMalformed(int op, long sequence, EnvelopeState state);

    [LoggerMessage(GatewayLogEvents.AnswerFailed, LogLevel.Debug, "The answer to op {Op} could not be sent")]
    private partial void LogAnswerFailed(int op);

    [LoggerMessage(GatewayLogEvents.CloseFailed, LogLevel.Debug,
        "The connection could not be closed in good order ({Fault}) and is dropped; the session lives on")]
    private partial void LogCloseFailed(string fault);
}
