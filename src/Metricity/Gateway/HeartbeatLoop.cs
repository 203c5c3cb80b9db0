using Microsoft.Extensions.Logging;

namespace Metricity.Gateway;

/// <summary>
/// Beats for one connection on its own schedule, also while the consumer blocks the reader, and ends the connection when the
/// heart says it is dead. A beat carries the committed sequence, never a higher one.
/// </summary>
internal sealed partial class HeartbeatLoop(
    Heart heart,
    SocketSender sender,
    SessionLog log,
    ICommittedPosition committed,
    GatewayOptions options,
    GatewayStatus status,
    TimeProvider time,
    Action<ConnectionEnd> end,
    ILogger logger)
{
    private static readonly TimeSpan LongestGrace = TimeSpan.FromSeconds(2);

    /// <summary>Runs until <paramref name="connectionEnded"/>; the first beat comes at a random moment of the first interval.</summary>
    public async Task RunAsync(TimeSpan interval, CancellationToken connectionEnded)
    {
        heart.Start(interval);
        try
        {
            await Task.Delay(interval * Random.Shared.NextDouble(), time, connectionEnded);
            using var timer = new PeriodicTimer(interval, time);
            do
            {
                if (heart.LooksDead && await StillLooksDeadAsync(interval, connectionEnded))
                {
                    status.CountZombie();
                    end(ConnectionEnd.Unanswered);
                    return;
                }

                heart.BeatScheduled();
                status.MovedAt = time.GetTimestamp();
                await sender.SendAsync(Payload(), scheduledHeartbeat: true, connectionEnded);
                status.CountHeartbeat();
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
    public async ValueTask BeatAtOnceAsync()
    {
        if (await sender.TrySendAsync(Payload()))
        {
            status.CountHeartbeat();
        }
        else
        {
            LogOverBudget();
        }
    }

    private byte[] Payload()
    {
        return GatewayPayloadWriter.Heartbeat(log.HeartbeatSequence(committed.Committed));
    }

    /// <summary>On a starved machine the answer may be there without the reader having had its turn: look twice.</summary>
    private async Task<bool> StillLooksDeadAsync(TimeSpan interval, CancellationToken connectionEnded)
    {
        var grace = interval / 4;
        await Task.Delay(grace < LongestGrace ? grace : LongestGrace, time, connectionEnded);
        return heart.LooksDead;
    }

    /// <summary>
    /// The reader knows better why a send failed: a close frame may be on its way to it. But while the consumer blocks nobody
    /// reads, and the failed send is the only sign that the connection is gone.
    /// </summary>
    private async Task EndUnlessReaderDoesAsync(Exception fault, CancellationToken connectionEnded)
    {
        await Task.Delay(options.CloseTimeout, time, connectionEnded).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        end(ConnectionEnd.Lost(fault));
    }

    [LoggerMessage(GatewayLogEvents.HeartbeatsEnded, LogLevel.Trace, "Heartbeats ended with their connection")]
    private partial void LogEnded();

    [LoggerMessage(GatewayLogEvents.HeartbeatOverBudget, LogLevel.Debug,
        "Discord asked for more heartbeats than the send budget allows; the scheduled ones go on")]
    private partial void LogOverBudget();
}
