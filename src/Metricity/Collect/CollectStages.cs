using System.Runtime.ExceptionServices;
using Microsoft.Extensions.Logging;

namespace Metricity.Collect;

/// <summary>Loops that give events to the queue; each runs until it is cancelled.</summary>
internal sealed record EventSources(params IReadOnlyList<Func<CancellationToken, Task>> Loops);

/// <summary>
/// The loops around the queue, and the order in which they end: first nothing more comes in, then what is in is committed, then the lock
/// is let go.
/// </summary>
/// <param name="drainTimeout">What is not committed after it is not lost: the position in the database asks Discord for it again.</param>
internal sealed partial class CollectStages(
    EventQueue queue, BatchWriter writer, TimeSpan drainTimeout, CollectStatus status, TimeProvider time, ILogger<CollectStages> logger)
{
    /// <param name="holding">Keeps the lock until all is committed; its fault ends the writing at once.</param>
    /// <param name="stopping">Asks to drain, within the drain time-out.</param>
    public async Task RunAsync(
        IReadOnlyList<Func<CancellationToken, Task>> reading,
        Func<CancellationToken, Task> holding,
        CancellationToken stopping)
    {
        using var stopReading = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        using var stopWriting = new CancellationTokenSource();
        using var stopHolding = new CancellationTokenSource();
        var isReplaced = false;
        status.BeginTurn(queue);
        var hold = HoldAsync();
        var write = writer.RunAsync(stopWriting.Token);
        var readers = reading.Select(loop => loop(stopReading.Token)).ToList();

        await Task.WhenAny([write, hold, .. readers]);
        await stopReading.CancelAsync();
        using var drain = new CancellationTokenSource(drainTimeout, time);
        await using var ends = drain.Token.UnsafeRegister(static writing => ((CancellationTokenSource)writing!).Cancel(), stopWriting);
        Exception? fault = null;
        foreach (var reader in readers)
        {
            try
            {
                await reader.WaitAsync(drainTimeout, time, CancellationToken.None);
            }
            catch (Exception e) when (e is OperationCanceledException or TimeoutException)
            {
                // Asked to stop, or too slow to.
            }
            catch (Exception e)
            {
                fault ??= e;
            }
        }

        queue.Complete();
        try
        {
            await write;
            LogDrained();
        }
        catch (OperationCanceledException) when (!isReplaced)
        {
            LogDrainTimedOut(drainTimeout, queue.Waiting);
        }
        catch (OperationCanceledException)
        {
            // What is not committed is another's now; the fault says so.
        }
        finally
        {
            status.EndTurn();
            await stopHolding.CancelAsync();
            await hold;
        }

        if (fault is not null)
        {
            ExceptionDispatchInfo.Throw(fault);
        }

        async Task HoldAsync()
        {
            try
            {
                await holding(stopHolding.Token);
            }
            catch (OperationCanceledException) when (stopHolding.IsCancellationRequested)
            {
                // All is committed.
            }
            catch
            {
                isReplaced = true;
                await stopWriting.CancelAsync();
                throw;
            }
        }
    }

    [LoggerMessage(LogEvents.Collect.Drained, LogLevel.Information, "Stopped: everything that was read is committed")]
    private partial void LogDrained();

    [LoggerMessage(LogEvents.Collect.DrainTimedOut, LogLevel.Warning,
        "Stopped after {DrainTimeout} with {Waiting} events not committed; the next start asks Discord for them again")]
    private partial void LogDrainTimedOut(TimeSpan drainTimeout, long waiting);
}
