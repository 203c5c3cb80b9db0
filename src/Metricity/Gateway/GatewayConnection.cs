using System.Net.WebSockets;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;

namespace Metricity.Gateway;

/// <summary>
/// One open socket from HELLO to its end. Three flows: the heartbeat, <see cref="RunAsync"/>, which opens the session, waits for whatever
/// ends the connection and closes it with a code that keeps the session, and in between <see cref="ReadAsync"/>, called by whoever
/// wants the next dispatch. One flow reads the socket at a time.
/// </summary>
internal sealed partial class GatewayConnection : IDisposable
{
    private readonly WebSocket _socket;
    private readonly SessionLog _log;
    private readonly Func<CancellationToken, Task>? _identifyTurn;
    private readonly GatewayContext _context;
    private readonly GatewayStatus _status;
    private readonly ILogger _logger;
    private readonly HeartbeatMonitor _monitor;
    private readonly SocketSender _sender;
    private readonly Heartbeat _heartbeat;
    private readonly FrameReader _frames;
    private readonly DispatchOrder _order;

    /// <summary>Completes when the read that was under way at the end is over.</summary>
    private readonly TaskCompletionSource _lastRead = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Not disposed: it has no timer, and a late sender may still look at its token.
    private readonly CancellationTokenSource _lifetime = new();
    private readonly TaskCompletionSource<ConnectionEnd> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ITimer _deadline;
    private volatile ConnectionEnd _deadlineEnd = ConnectionEnd.NoHello;
    private Task _beating = Task.CompletedTask;
    private Task _asking = Task.CompletedTask;
    private int _turn;
    private bool _saidHello;
    private Frame _frame;
    private ReadOnlyMemory<byte> _rest;
    private Dispatch _current;

    /// <summary><see cref="_current"/> has been read and not given yet.</summary>
    private bool _isAhead;

    /// <param name="socket">Open; this object aborts it in the end, the caller disposes it.</param>
    /// <param name="url">Where it is connected to, without query.</param>
    /// <param name="log">Outlives the connection.</param>
    /// <param name="identifyTurn">Completes when IDENTIFY may be sent; null: RESUME.</param>
    public GatewayConnection(
        WebSocket socket, Uri url, SessionLog log, Func<CancellationToken, Task>? identifyTurn, GatewayContext context)
    {
        _socket = socket;
        _log = log;
        _identifyTurn = identifyTurn;
        _context = context;
        _status = context.Status;
        _logger = context.Logger;
        _monitor = new HeartbeatMonitor(context.Time);
        _sender = new SocketSender(socket, End, context, _lifetime.Token);
        _heartbeat = new Heartbeat(_monitor, _sender, log, End, context);
        _frames = new FrameReader(socket, _monitor, context);
        _order = new DispatchOrder(url, log, context);
        _deadline = context.Time.CreateTimer(
            static state => ((GatewayConnection)state!).End(((GatewayConnection)state)._deadlineEnd),
            this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>When IDENTIFY or RESUME was sent, as a timestamp; null when it never came to that.</summary>
    public long? AskedAt { get; private set; }

    /// <summary>How long the session was live here; null when READY or RESUMED never came.</summary>
    public TimeSpan? LiveFor => _order.LiveFor;

    /// <summary>Runs until the connection ends. Throws what the identify turn throws.</summary>
    /// <param name="opened">Called when the first dispatch is there for <see cref="ReadAsync"/>.</param>
    public async Task<ConnectionEnd> RunAsync(Action<GatewayConnection> opened, CancellationToken stop)
    {
        using var stopping = stop.UnsafeRegister(static state => ((GatewayConnection)state!).End(ConnectionEnd.Stop), this);
        _deadline.Change(_context.Options.HelloTimeout, Timeout.InfiniteTimeSpan);
        var opening = OpenAsync(opened);
        ConnectionEnd? end = null;
        try
        {
            end = await _ended.Task;

            return end;
        }
        finally
        {
            await _lifetime.CancelAsync();
            await CloseAsync(waitForPeer: end is { PeerIsGone: false });
            await opening;
            await _beating;
            await _asking;
        }
    }

    /// <summary>What <see cref="ReadAsync"/> has read.</summary>
    public Dispatch Current => _current;

    /// <summary>
    /// Reads the next dispatch; the bytes of the one before it are gone then. False when the connection has ended. What was given counts as
    /// delivered: a RESUME asks for what comes after it.
    /// </summary>
    public ValueTask<bool> ReadAsync()
    {
        if (_ended.Task.IsCompleted || !TryBeginRead())
        {
            return ValueTask.FromResult(false);
        }

        _monitor.IsSuspended = false;

        return ReadOnAsync(isAsked: true);
    }

    /// <summary>Sends on this connection; see <see cref="SocketSender.SendAsync"/>.</summary>
    public Task SendAsync(byte[] payload, CancellationToken cancellationToken) =>
        _sender.SendAsync(payload, scheduledHeartbeat: false, cancellationToken);

    public void Dispose()
    {
        _deadline.Dispose();
        _frames.Dispose();
    }

    private void End(ConnectionEnd end) => _ended.TrySetResult(end);

    /// <summary>
    /// Reads as far as the first dispatch, READY or the first that is replayed, whether or not anybody asks for it yet: a session is taken
    /// up again at once. Never throws; what the reading throws ends <see cref="RunAsync"/>.
    /// </summary>
    private async Task OpenAsync(Action<GatewayConnection> opened)
    {
        try
        {
            if (TryBeginRead() && await ReadOnAsync(isAsked: false))
            {
                opened(this);
            }
        }
        catch (Exception e)
        {
            _ended.TrySetException(e);
        }
    }

    private async Task CloseAsync(bool waitForPeer)
    {
        using var limit = new CancellationTokenSource(_context.Options.CloseTimeout, _context.Time);
        var lastRead = StopReading();
        try
        {
            await _sender.CloseAsync(limit.Token);
            if (waitForPeer)
            {
                // Dropping the socket while data is unread would reset it, and the close frame might be lost.
                await lastRead.WaitAsync(limit.Token);
                var rest = new byte[4096];
                while (_socket.State == WebSocketState.CloseSent)
                {
                    await _socket.ReceiveAsync(rest.AsMemory(), limit.Token);
                }
            }
        }
        catch (Exception e) when (SocketSender.IsSocketFault(e))
        {
            LogCloseFailed(e.GetType().Name);
        }

        _socket.Abort();
        await lastRead; // not for long: the socket is gone
    }

    // One flow reads the socket at a time, and from the end on only the one that closes it: 0 nobody reads, 1 somebody does, 2 nobody may.
    private bool TryBeginRead() => Interlocked.CompareExchange(ref _turn, 1, 0) == 0;

    private void EndRead()
    {
        if (Interlocked.CompareExchange(ref _turn, 0, 1) == 2)
        {
            _lastRead.TrySetResult();
        }
    }

    private Task StopReading() => Interlocked.Exchange(ref _turn, 2) == 1 ? _lastRead.Task : Task.CompletedTask;

    /// <summary>Reads until there is a dispatch, and ends the turn to read. False when the connection has ended.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> ReadOnAsync(bool isAsked)
    {
        try
        {
            // After the end nothing more is taken: what is unread is asked for again by RESUME.
            while (!_isAhead && !_ended.Task.IsCompleted)
            {
                if (_rest.IsEmpty)
                {
                    try
                    {
                        _frame = await _frames.ReadAsync();
                    }
                    catch (Exception e) when (ConnectionEnd.OfReading(e) is { } end)
                    {
                        End(end);

                        return false;
                    }

                    _rest = _frame.Payload;
                    if (_frame.Closed)
                    {
                        End(ConnectionEnd.ClosedBy(_socket.CloseStatus is { } code and not WebSocketCloseStatus.Empty ? (int)code : null));
                    }
                }
                else if (TryReadPayload(out var envelope, out var data))
                {
                    if (envelope.Op == 0)
                    {
                        _isAhead = TryTake(envelope, data);
                    }
                    else
                    {
                        await AnswerAsync(envelope.Op, data);
                    }
                }
            }

            return _isAhead && Give(isAsked);
        }
        finally
        {
            EndRead();
        }
    }

    /// <param name="isAsked">False: it is kept until somebody asks.</param>
    private bool Give(bool isAsked)
    {
        _monitor.IsSuspended = true;
        _isAhead = !isAsked;
        if (isAsked)
        {
            _log.Delivered(_current.Session, _current.Sequence);
            _status.CountDispatch(_current.Sequence);
        }

        return true;
    }

    /// <summary>The next payload of the frame. False when it is of no use; then it may have ended the connection.</summary>
    private bool TryReadPayload(out Envelope envelope, out ReadOnlyMemory<byte> data)
    {
        envelope = EnvelopeReader.Read(_rest.Span, _frame.Single);
        data = _rest[envelope.Data];
        _rest = EnvelopeReader.TrimStart(_rest[envelope.Consumed..]);
        if (envelope.State == EnvelopeState.Whole)
        {
            return true;
        }

        // Through zlib it may be our stream that is damaged, and everything after it: get it again on a fresh one.
        // When it comes again in the same place, it is what Discord sent.
        if (_frame.Compressed && !_log.IsBrokenAgain())
        {
            End(ConnectionEnd.Damaged);

            return false;
        }

        _status.CountMalformed();
        LogMalformed(envelope.Op, envelope.Sequence, envelope.State);

        return envelope.State == EnvelopeState.BrokenData;
    }

    private bool TryTake(Envelope envelope, ReadOnlyMemory<byte> data)
    {
        if (!_order.HasBegun)
        {
            _deadline.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        var isTaken = _order.TryTake(envelope, data, out _current, out var end);
        if (end is not null)
        {
            End(end);
        }

        return isTaken;
    }

    private async ValueTask AnswerAsync(int op, ReadOnlyMemory<byte> data)
    {
        try
        {
            switch (op)
            {
                case 1:
                    await _heartbeat.SendNowAsync();
                    break;
                case 7:
                    End(ConnectionEnd.AskedToReconnect);
                    break;
                case 9:
                    End(GatewayPayloadReader.ReadResumable(data.Span) ? ConnectionEnd.ResumeAgain : ConnectionEnd.SessionInvalid);
                    break;
                case 10:
                    await GreetAsync(data);
                    break;
                case 11:
                    NoteAcknowledged();
                    break;
                default:
                    _status.CountUnknownOp();
                    break;
            }
        }
        catch (Exception e) when (e is GatewayNotConnectedException or OperationCanceledException)
        {
            // Go on reading: the close frame that explains the failed send, or the socket's fault, comes next.
            LogAnswerFailed(op);
        }
    }

    private void NoteAcknowledged()
    {
        _status.CountAcknowledged();
        _status.HeartbeatRoundTrip = _monitor.Acknowledged() ?? _status.HeartbeatRoundTrip;
    }

    private async ValueTask GreetAsync(ReadOnlyMemory<byte> hello)
    {
        if (_saidHello)
        {
            return;
        }

        if (GatewayPayloadReader.ReadHeartbeatInterval(hello.Span) is not { } interval)
        {
            End(ConnectionEnd.OddHello);

            return;
        }

        _saidHello = true;
        _deadlineEnd = ConnectionEnd.NoDispatch;
        _deadline.Change(_context.Options.SessionTimeout, Timeout.InfiniteTimeSpan);
        _beating = _heartbeat.RunAsync(interval, _lifetime.Token);
        if (_identifyTurn is null && _log.Session is { } session)
        {
            AskedAt = _context.Time.GetTimestamp();
            _status.CountResume();
            await SendAsync(GatewayPayloadWriter.Resume(_context.Options.Token, session.Id, _log.Sequence), _lifetime.Token);
        }
        else
        {
            // Not awaited: the turn may take a while, and acknowledgements have to be read meanwhile.
            _asking = IdentifyAsync();
        }
    }

    /// <summary>Never throws; what the turn throws ends <see cref="RunAsync"/>.</summary>
    private async Task IdentifyAsync()
    {
        try
        {
            await (_identifyTurn?.Invoke(_lifetime.Token) ?? Task.CompletedTask);
            AskedAt = _context.Time.GetTimestamp();
            _status.CountIdentify();
            await SendAsync(GatewayPayloadWriter.Identify(_context.Options), _lifetime.Token);
        }
        catch (IdentifyPermitException e)
        {
            End(ConnectionEnd.NotPermitted(e));
        }
        catch (Exception e) when (e is GatewayNotConnectedException or OperationCanceledException)
        {
            // As in AnswerAsync: what ended the connection tells by itself.
            LogAnswerFailed(10);
        }
        catch (Exception e)
        {
            _ended.TrySetException(e);
        }
    }

    [LoggerMessage(LogEvents.Gateway.MalformedPayload, LogLevel.Error,
        "A payload of Discord's could not be read as a whole (op {Op}, sequence {Sequence}): {State}")]
    private partial void LogMalformed(int op, long sequence, EnvelopeState state);

    [LoggerMessage(LogEvents.Gateway.AnswerFailed, LogLevel.Debug, "The answer to op {Op} could not be sent")]
    private partial void LogAnswerFailed(int op);

    [LoggerMessage(LogEvents.Gateway.CloseFailed, LogLevel.Debug,
        "The connection could not be closed in good order ({Fault}) and is dropped; the session lives on")]
    private partial void LogCloseFailed(string fault);
}
