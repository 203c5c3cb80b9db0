using Microsoft.Extensions.Logging;

namespace Metricity.Gateway;

/// <summary>
/// Beats for one connection on its own schedule, also while nobody asks for the next dispatch, and ends the connection when
/// <paramref name="monitor"/> says it is dead. A beat carries the committed sequence, never a higher one.
/// </summary>
internal sealed partial class Heartbeat(
    HeartbeatMonitor monitor, SocketSender sender, SessionLog log, Action<ConnectionEnd> end, GatewayContext context)
{
    private static readonly TimeSpan MaxGrace = TimeSpan.FromSeconds(2);

    private readonly GatewayStatus _status = context.Status;
    private readonly TimeProvider _time = context.Time;
    private readonly ILogger _logger = context.Logger;

    /// <summary>Runs until <paramref name="connectionEnded"/>; the first beat comes at a random moment of the first interval.</summary>
    public async Task RunAsync(TimeSpan interval, CancellationToken connectionEnded)
    {
        monitor.Start(interval);
        try
        {
            await Task.Delay(interval * Random.Shared.NextDouble(), _time, connectionEnded);
            using var timer = new PeriodicTimer(interval, _time);
            do
            {
                if (monitor.LooksDead && await StillLooksDeadAsync(interval, connectionEnded))
                {
                    _status.CountZombie();
                    end(ConnectionEnd.Unanswered);

                    return;
                }

                monitor.HeartbeatScheduled();
                _status.MovedAt = _time.GetTimestamp();
                await sender.SendAsync(Payload(), scheduledHeartbeat: true, connectionEnded);
                _status.CountHeartbeat();
            }
            while (await timer.WaitForNextTickAsync(connectionEnded));
        }
        catch (OperationCanceledException) when (connectionEnded.IsCancellationRequested)
        {
            LogEnded();
        }
        catch (GatewayNotConnectedException e)
        {
            await EndUnlessReaderDoesAsync(e.InnerException ?? e, connectionEnded);
        }
    }

    /// <summary>Answers the server's op 1 without touching the schedule. Over budget the scheduled beat has to do.</summary>
    public async ValueTask SendNowAsync()
    {
        if (await sender.TrySendAsync(Payload()))
        {
            _status.CountHeartbeat();
        }
        else
        {
            LogOverBudget();
        }
    }

    private byte[] Payload() => GatewayPayloadWriter.Heartbeat(log.HeartbeatSequence);

    /// <summary>On a starved machine the answer may be there without the reader having had its turn: look twice.</summary>
    private async Task<bool> StillLooksDeadAsync(TimeSpan interval, CancellationToken connectionEnded)
    {
        var grace = interval / 4;
        await Task.Delay(grace < MaxGrace ? grace : MaxGrace, _time, connectionEnded);

        return monitor.LooksDead;
    }

    /// <summary>
    /// The reader knows better why a send failed: a close frame may be on its way to it. But while nobody asks for the next dispatch
    /// nobody reads, and the failed send is the only sign that the connection is gone.
    /// </summary>
    private async Task EndUnlessReaderDoesAsync(Exception fault, CancellationToken connectionEnded)
    {
        await Task.Delay(context.Options.CloseTimeout, _time, connectionEnded).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        end(ConnectionEnd.Lost(fault));
    }

    [LoggerMessage(LogEvents.Gateway.HeartbeatsEnded, LogLevel.Trace, "Heartbeats ended with their connection")]
    private partial void LogEnded();

    [LoggerMessage(LogEvents.Gateway.HeartbeatOverBudget, LogLevel.Debug,
        "Discord asked for more heartbeats than the send budget allows; the scheduled ones go on")]
    private partial void LogOverBudget();
}

/// <summary>
/// Judges one connection by its heartbeats. An unanswered beat counts against the server only when the acknowledgement cannot
/// lie unread behind data: so it must know when the reader waits on the socket (all that came has been read) and when nobody asks
/// for the next dispatch. Any thread.
/// </summary>
internal sealed class HeartbeatMonitor(TimeProvider time)
{
    /// <summary>Unanswered beats after which a connection that still delivers events is dead.</summary>
    public const int MissesWhileDataFlows = 3;

    private readonly Lock _lock = new();
    private volatile bool _isSuspended;
    private TimeSpan _settle;
    private long _beatAt;
    private int _unanswered;
    private int _misses;
    private bool _waiting;
    private bool _silent;
    private bool _drained;

    /// <summary>A dispatch is in the caller's hands, or ready for it, and the next one has not been asked for: nothing is read.</summary>
    public bool IsSuspended
    {
        get => _isSuspended;
        set => _isSuspended = value;
    }

    /// <summary>
    /// True when the connection is dead: (a) since the last beat nothing at all came while the reader waited on the socket
    /// throughout; or (b) <see cref="MissesWhileDataFlows"/> beats in a row went unanswered, in the second half of each
    /// interval the socket was seen empty, and the next dispatch is being asked for now.
    /// </summary>
    public bool LooksDead
    {
        get
        {
            lock (_lock)
            {
                if (_unanswered == 0 || _isSuspended)
                {
                    return false;
                }

                return _silent || ((_drained || _waiting) && _misses + 1 >= MissesWhileDataFlows);
            }
        }
    }

    /// <summary>From HELLO.</summary>
    public void Start(TimeSpan interval)
    {
        lock (_lock)
        {
            _settle = interval / 2;
        }
    }

    /// <summary>
    /// A scheduled beat is about to be sent. Beats the server asked for do not count: they have no interval to be answered in.
    /// </summary>
    public void HeartbeatScheduled()
    {
        lock (_lock)
        {
            _misses = _unanswered > 0 && (_drained || _waiting) ? _misses + 1 : 0;
            _unanswered++;
            _beatAt = time.GetTimestamp();
            _silent = _waiting;
            _drained = false;
        }
    }

    /// <summary>An acknowledgement came: whatever is unanswered is forgiven.</summary>
    /// <returns>The round trip, if it is meaningful: exactly one beat was unanswered.</returns>
    public TimeSpan? Acknowledged()
    {
        lock (_lock)
        {
            TimeSpan? roundTrip = _unanswered == 1 ? time.GetElapsedTime(_beatAt) : null;
            _unanswered = 0;
            _misses = 0;
            _silent = false;

            return roundTrip;
        }
    }

    /// <summary>The socket holds nothing more: the reader starts to wait on it.</summary>
    public void WaitsOnSocket()
    {
        lock (_lock)
        {
            _waiting = true;
            NoteDrained();
        }
    }

    /// <summary>Something came after <see cref="WaitsOnSocket"/>.</summary>
    public void SocketAnswered()
    {
        lock (_lock)
        {
            NoteDrained();
            _waiting = false;
            _silent = false;
        }
    }

    private void NoteDrained()
    {
        // In the first half of the interval an empty socket proves little: the answer may still be on its way.
        if (_unanswered > 0 && time.GetElapsedTime(_beatAt) >= _settle)
        {
            _drained = true;
        }
    }
}
