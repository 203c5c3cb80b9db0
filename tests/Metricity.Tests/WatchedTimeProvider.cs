using Microsoft.Extensions.Time.Testing;

namespace Metricity.Tests;

/// <summary>A <see cref="FakeTimeProvider"/> that tells when somebody waits on it: moved on before that, the clock wakes nobody.</summary>
internal class WatchedTimeProvider : FakeTimeProvider
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ITimer, DateTimeOffset> _due = [];
    private TaskCompletionSource _armed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when any timer is armed after this was read.</summary>
    protected Task Armed
    {
        get
        {
            lock (_lock)
            {
                return _armed.Task;
            }
        }
    }

    /// <summary>Of the timers that have not fired. Null when there is none.</summary>
    protected DateTimeOffset? NextDue
    {
        get
        {
            var now = GetUtcNow();
            lock (_lock)
            {
                return _due.Values.Where(due => due > now).Select(due => (DateTimeOffset?)due).Min();
            }
        }
    }

    /// <summary>Completes when a timer is armed that is due exactly <paramref name="dueIn"/> from now; at once if there is one.</summary>
    public async Task TimerArmedAsync(TimeSpan dueIn)
    {
        var due = GetUtcNow() + dueIn;
        while (true)
        {
            var armed = Armed;
            lock (_lock)
            {
                if (_due.ContainsValue(due))
                {
                    return;
                }
            }

            await armed;
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new WatchedTimer(this, base.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan));
        timer.Change(dueTime, period);

        return timer;
    }

    private void Note(ITimer timer, TimeSpan dueTime)
    {
        var armed = default(TaskCompletionSource);
        lock (_lock)
        {
            _due.Remove(timer);
            if (dueTime >= TimeSpan.Zero)
            {
                _due[timer] = GetUtcNow() + dueTime;
                armed = _armed;
                _armed = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }

        armed?.SetResult();
    }

    private sealed class WatchedTimer(WatchedTimeProvider owner, ITimer timer) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            var changed = timer.Change(dueTime, period);
            owner.Note(this, dueTime);

            return changed;
        }

        public void Dispose()
        {
            timer.Dispose();
            owner.Note(this, Timeout.InfiniteTimeSpan);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();

            return ValueTask.CompletedTask;
        }
    }
}
