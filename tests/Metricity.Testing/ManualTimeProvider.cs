namespace Metricity.Testing;

/// <summary>
/// A clock that only moves when a test says so. Timers (also those behind Task.Delay, PeriodicTimer and CancellationTokenSource)
/// fire on the thread that calls <see cref="Advance"/>, in the order they are due. Any thread may use it.
/// </summary>
public sealed class ManualTimeProvider : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<ManualTimer> _timers = [];
    private readonly List<(TimeSpan Due, TaskCompletionSource Armed)> _watchers = [];
    private readonly DateTimeOffset _start;
    private TimeSpan _elapsed;

    public ManualTimeProvider()
        : this(new DateTimeOffset(2024, 6, 1, 12, 0, 0, TimeSpan.Zero))
    {
    }

    public ManualTimeProvider(DateTimeOffset start)
    {
        _start = start;
    }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
        {
            return _start + _elapsed;
        }
    }

    public override long GetTimestamp()
    {
        lock (_lock)
        {
            return _elapsed.Ticks;
        }
    }

    /// <summary>Moves the clock, stopping at each timer on the way so that callbacks see the time they were due at.</summary>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        TimeSpan target;
        lock (_lock)
        {
            target = _elapsed + by;
        }

        while (true)
        {
            ManualTimer? due;
            lock (_lock)
            {
                due = _timers.Where(t => t.DueAt <= target).MinBy(t => t.DueAt);
                if (due is null)
                {
                    _elapsed = target;
                    return;
                }

                _elapsed = due.DueAt > _elapsed ? due.DueAt : _elapsed;
                due.Rearm(_elapsed);
            }

            due.Fire();
        }
    }

    /// <summary>Completes when a timer is armed that is due exactly <paramref name="dueIn"/> from now; at once if there is one.</summary>
    public Task TimerArmedAsync(TimeSpan dueIn)
    {
        lock (_lock)
        {
            var due = _elapsed + dueIn;
            if (_timers.Any(t => t.DueAt == due))
            {
                return Task.CompletedTask;
            }

            var armed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _watchers.Add((due, armed));
            return armed.Task;
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private void Arm(ManualTimer timer, TimeSpan dueTime, TimeSpan period)
    {
        lock (_lock)
        {
            _timers.Remove(timer);
            if (dueTime < TimeSpan.Zero)
            {
                return;
            }

            timer.DueAt = _elapsed + dueTime;
            timer.Period = period;
            _timers.Add(timer);
            foreach (var watcher in _watchers.Where(w => w.Due == timer.DueAt).ToList())
            {
                _watchers.Remove(watcher);
                watcher.Armed.TrySetResult();
            }
        }
    }

    private void Disarm(ManualTimer timer)
    {
        lock (_lock)
        {
            _timers.Remove(timer);
        }
    }

    private sealed class ManualTimer(ManualTimeProvider owner, TimerCallback callback, object? state) : ITimer
    {
        public TimeSpan DueAt { get; set; }

        public TimeSpan Period { get; set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            owner.Arm(this, dueTime, period);
            return true;
        }

        /// <summary>Called under the owner's lock.</summary>
        public void Rearm(TimeSpan now)
        {
            if (Period > TimeSpan.Zero)
            {
                DueAt = now + Period;
            }
            else
            {
                owner._timers.Remove(this);
            }
        }

        public void Fire()
        {
            callback(state);
        }

        public void Dispose()
        {
            owner.Disarm(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
