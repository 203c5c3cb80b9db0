namespace Metricity.Testing;

/// <summary>
/// Real time that a test can move on: after <see cref="Skip"/> every clock reading is that much later, and timers that have come due
/// fire at once. For whole programs over sockets, where nobody can say which timer is waited for: a FakeTimeProvider stands still for them.
/// Safe from any thread.
/// </summary>
/// <param name="behind">How far its date and time begin behind the real ones. Default none.</param>
public sealed class JumpingTime(TimeSpan behind = default) : TimeProvider
{
    private static readonly TimeSpan Tolerance = TimeSpan.FromMilliseconds(20);

    private readonly Lock _lock = new();
    private readonly HashSet<JumpingTimer> _timers = [];
    private long _aheadTicks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    private TimeSpan Ahead => TimeSpan.FromTicks(Interlocked.Read(ref _aheadTicks));

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Ahead - behind;

    public override long GetTimestamp() => System.GetElapsedTime(0).Ticks + Ahead.Ticks;

    public void Skip(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        Interlocked.Add(ref _aheadTicks, by.Ticks);
        JumpingTimer[] timers;
        lock (_lock)
        {
            timers = [.. _timers];
        }

        foreach (var timer in timers)
        {
            timer.Rearm();
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var timer = new JumpingTimer(this, callback, state);
        lock (_lock)
        {
            _timers.Add(timer);
        }

        timer.Change(dueTime, period);

        return timer;
    }

    private void Forget(JumpingTimer timer)
    {
        lock (_lock)
        {
            _timers.Remove(timer);
        }
    }

    private sealed class JumpingTimer : ITimer
    {
        private readonly JumpingTime _owner;
        private readonly TimerCallback _callback;
        private readonly object? _state;
        private readonly ITimer _inner;
        private readonly Lock _lock = new();
        private TimeSpan? _dueAt;
        private TimeSpan _period;

        public JumpingTimer(JumpingTime owner, TimerCallback callback, object? state)
        {
            _owner = owner;
            _callback = callback;
            _state = state;
            _inner = System.CreateTimer(_ => Fire(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        private TimeSpan Now => TimeSpan.FromTicks(_owner.GetTimestamp());

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (_lock)
            {
                _dueAt = dueTime < TimeSpan.Zero ? null : Now + dueTime;
                _period = period;

                return _inner.Change(dueTime, Timeout.InfiniteTimeSpan);
            }
        }

        /// <summary>Waits for what is left now that the clock has jumped.</summary>
        public void Rearm()
        {
            lock (_lock)
            {
                if (_dueAt is { } due)
                {
                    _inner.Change(due > Now ? due - Now : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
                }
            }
        }

        public void Dispose()
        {
            _owner.Forget(this);
            lock (_lock)
            {
                _dueAt = null;
            }

            _inner.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();

            return ValueTask.CompletedTask;
        }

        private void Fire()
        {
            lock (_lock)
            {
                if (_dueAt is not { } due)
                {
                    return;
                }

                if (due - Now > Tolerance)
                {
                    _inner.Change(due - Now, Timeout.InfiniteTimeSpan);

                    return;
                }

                _dueAt = _period > TimeSpan.Zero ? Now + _period : null;
                if (_dueAt is not null)
                {
                    _inner.Change(_period, Timeout.InfiniteTimeSpan);
                }
            }

            _callback(_state);
        }
    }
}
