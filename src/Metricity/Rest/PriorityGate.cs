namespace Metricity.Rest;

/// <summary>
/// A queue before a limit. Only its head (by priority, then by arrival) asks the limit; the others wait until it has gone. Any thread may
/// enter; the limit's own state is touched under the gate's lock alone, in <paramref name="tryTake"/> and <see cref="Change"/>.
/// </summary>
/// <param name="tryTake">
/// Takes a place and returns zero, or returns how long until asking again makes sense; infinite = not before the next change.
/// </param>
internal sealed class PriorityGate(TimeProvider time, Func<TimeSpan> tryTake)
{
    private readonly Lock _lock = new();
    private readonly SortedSet<(RestPriority Priority, long Number)> _waiting = [];
    private TaskCompletionSource _changed = NewSignal();
    private long _lastNumber;

    public async Task EnterAsync(RestPriority priority, CancellationToken cancellationToken)
    {
        (RestPriority, long) ticket;

        lock (_lock)
        {
            ticket = (priority, ++_lastNumber);
            _waiting.Add(ticket);
        }

        try
        {
            while (true)
            {
                var wait = Timeout.InfiniteTimeSpan;
                Task changed;

                lock (_lock)
                {
                    // Under the lock: who cancels and then changes the limit can be sure that no cancelled waiter takes the place.
                    cancellationToken.ThrowIfCancellationRequested();
                    changed = _changed.Task;

                    if (_waiting.Min == ticket)
                    {
                        wait = tryTake();

                        if (wait == TimeSpan.Zero)
                        {
                            return;
                        }
                    }
                }

                // A timer counts whole milliseconds; rounding down would spin through the last one.
                wait = wait == Timeout.InfiniteTimeSpan ? wait : TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds));
                await changed.WaitAsync(wait, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        finally
        {
            Change(() => _waiting.Remove(ticket));
        }
    }

    /// <summary>Changes the limit's state and lets the head of the queue ask again.</summary>
    public void Change(Action change)
    {
        TaskCompletionSource changed;

        lock (_lock)
        {
            change();
            changed = _changed;
            _changed = NewSignal();
        }

        changed.SetResult();
    }

    /// <summary>True when nobody waits and <paramref name="condition"/> holds.</summary>
    public bool IsIdle(Func<bool> condition)
    {
        lock (_lock)
        {
            return _waiting.Count == 0 && condition();
        }
    }

    /// <summary>A stretch of time in the unit of timestamps.</summary>
    public long Ticks(TimeSpan span) => (long)(span.TotalSeconds * time.TimestampFrequency);

    /// <summary>The timestamp that comes <paramref name="wait"/> from now.</summary>
    public long After(TimeSpan wait) => time.GetTimestamp() + Ticks(wait);

    /// <summary>How long until a timestamp in the future; never zero, as zero means that a place was taken.</summary>
    public TimeSpan Until(long timestamp)
    {
        var wait = time.GetElapsedTime(time.GetTimestamp(), timestamp);

        return wait > TimeSpan.Zero ? wait : TimeSpan.FromTicks(1);
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>Who goes first when requests wait for a rate limit. Order within one priority is by arrival.</summary>
internal enum RestPriority
{
    /// <summary>Something live waits for the answer: an unknown thread of a message, the start of a session.</summary>
    Live = 0,

    /// <summary>History and re-checks: goes when nothing live wants to.</summary>
    Background = 1,
}
