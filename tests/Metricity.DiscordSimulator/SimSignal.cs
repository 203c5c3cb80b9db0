namespace Metricity.DiscordSimulator;

/// <summary>Lets tests wait for a condition: whoever changes something pulses, whoever waits looks again. Thread safe.</summary>
internal sealed class SimSignal
{
    private static readonly TimeSpan DefaultGuard = TimeSpan.FromSeconds(10);
    private TaskCompletionSource _next = New();

    public void Pulse()
    {
        Interlocked.Exchange(ref _next, New()).TrySetResult();
    }

    /// <summary>Real time, whatever the simulator's clock says: it only guards against waiting for ever.</summary>
    /// <exception cref="TimeoutException">The condition did not hold in time (default 10 s); the text says what was awaited.</exception>
    public async Task WaitAsync(Func<bool> condition, Func<string> what, TimeSpan? guard, CancellationToken ct)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(ct);
        timeout.CancelAfter(guard ?? DefaultGuard);
        while (true)
        {
            var next = Volatile.Read(ref _next).Task;
            if (condition())
            {
                return;
            }

            try
            {
                await next.WaitAsync(timeout.Token);
            }
            catch (OperationCanceledException) when (!ct.IsCancellationRequested)
            {
                throw new TimeoutException("The simulator waited in vain for " + what());
            }
        }
    }

    private static TaskCompletionSource New()
    {
        return new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
