namespace Metricity.Tests.Rest;

/// <summary>
/// A clock that stands still until all that is left to do is to wait, and then goes to the end of the next wait: no test sleeps, and
/// what was waited can be read off exactly. The code under test must finish everything else without real I/O.
/// </summary>
internal sealed class SteppedTime : WatchedTimeProvider
{
    /// <summary>Since the clock was made.</summary>
    public TimeSpan Elapsed => GetUtcNow() - Start;

    /// <summary>Timers of this length never fire: the watch over a request that the test answers at once.</summary>
    public TimeSpan? Ignored { get; set; }

    /// <summary>Lets time pass until the task is done.</summary>
    public async Task<T> RunAsync<T>(Task<T> task)
    {
        while (!task.IsCompleted)
        {
            var armed = Armed;
            if (NextDue is { } due)
            {
                SetUtcNow(due);
            }
            else
            {
                await Task.WhenAny(task, armed).WaitAsync(TimeSpan.FromSeconds(10));
            }
        }

        return await task;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        base.CreateTimer(callback, state, dueTime == Ignored ? Timeout.InfiniteTimeSpan : dueTime, period);
}
