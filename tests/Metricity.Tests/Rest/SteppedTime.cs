namespace Metricity.Tests.Rest;

/// <summary>
/// A clock that stands still until all that is left to do is to wait, and then goes to the end of the next wait: no test sleeps, and
/// what was waited can be read off exactly. The code under test must finish everything else without real I/O.
/// </summary>
internal sealed class SteppedTime : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<Timer> _timers = [];
    private DateTimeOffset _now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private TaskCompletionSource _armed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public SteppedTime()
    {
        Start = _now;
    }

    public DateTimeOffset Start { get; }

    /// <summary>Since the clock was made.</summary>
    public TimeSpan Elapsed => GetUtcNow() - Start;

    /// <summary>Timers of this length never fire: the watch over a request that the test answers at once.</summary>
    public TimeSpan? Ignored { get; set; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => GetUtcNow().Ticks;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
        {
            return _now;
        }
    }

    /// <summary>Lets time pass until the task is done.</summary>
    public async Task<T> RunAsync<T>(Task<T> task)
    {
        while (!task.IsCompleted)
        {
            Task armed;

            lock (_lock)
            {
                armed = _armed.Task;
            }

            if (!FireNext())
            {
                await Task.WhenAny(task, armed).WaitAsync(TimeSpan.FromSeconds(10));
            }
        }

        return await task;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, callback, state);
        timer.Change(dueTime, period);

        return timer;
    }

    private bool FireNext()
    {
        Timer? next;

        lock (_lock)
        {
            next = _timers.MinBy(timer => timer.Due);

            if (next is null)
            {
                return false;
            }

            _timers.Remove(next);
            _now = next.Due > _now ? next.Due : _now;
        }

        next.Fire();

        return true;
    }

    private sealed class Timer(SteppedTime time, TimerCallback callback, object? state) : ITimer
    {
        public DateTimeOffset Due { get; private set; }

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            TaskCompletionSource armed;

            lock (time._lock)
            {
                time._timers.Remove(this);

                if (dueTime == Timeout.InfiniteTimeSpan || dueTime == time.Ignored)
                {
                    return true;
                }

                Due = time._now + dueTime;
                time._timers.Add(this);
                armed = time._armed;
                time._armed = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            armed.SetResult();

            return true;
        }

        public void Dispose()
        {
            lock (time._lock)
            {
                time._timers.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();

            return ValueTask.CompletedTask;
        }
    }
}
