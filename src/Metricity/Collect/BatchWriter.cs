using Metricity.Database;
using Metricity.Events;
using Metricity.Gateway;
using Metricity.Telemetry;
using Microsoft.Extensions.Logging;

namespace Metricity.Collect;

/// <summary>
/// The writer's loop: takes events off the queue, merges them into a batch, and commits it. While one batch is being committed the next
/// one is built, so batches grow with the load by themselves; one commit is under way at a time, so positions only go forward.
/// </summary>
internal sealed class BatchWriter(
    EventQueue queue,
    IReadOnlyDictionary<Snowflake, ChangeSetBuilder> builders,
    BatchCommitter committer,
    CollectOptions options,
    CollectStatus status,
    TimeProvider time)
{
    private Batch _building = new();
    private Batch _spare = new();

    /// <summary>Runs until the queue is completed and drained, or the token ends it, losing nothing that was committed.</summary>
    /// <exception cref="StopException">A person has to act on the database.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var commit = Task.CompletedTask;
        while (await BuildAsync(commit, cancellationToken))
        {
            await commit;
            (_building, _spare) = (_spare, _building);
            _building.Clear();
            commit = committer.CommitAsync(_spare, cancellationToken);
        }

        await commit;
    }

    /// <summary>Fills the next batch until it is full, or the database is free for it. False at the end of the queue.</summary>
    private async Task<bool> BuildAsync(Task commit, CancellationToken cancellationToken)
    {
        while (!Take())
        {
            if (!commit.IsCompleted)
            {
                await Task.WhenAny(commit, queue.WaitToReadAsync(cancellationToken).AsTask());
                if (queue.Count == 0)
                {
                    await commit;
                }
            }
            else if (_building.EventCount == 0)
            {
                await commit;
                if (!await queue.WaitToReadAsync(cancellationToken))
                {
                    return false;
                }
            }
            else if (!await WaitForMoreAsync(cancellationToken))
            {
                return true;
            }
        }

        return true;
    }

    /// <summary>Takes what is there. True when the batch is full, or when the next event is one before which it must end.</summary>
    private bool Take()
    {
        status.Moved(time.GetUtcNow().UtcDateTime);
        while (_building.Size < options.BatchSize)
        {
            if (!queue.TryPeek(out var item))
            {
                return false;
            }

            if (_building.EventCount > 0 && (item.Break != LogBreak.None || ChangeSetBuilder.StartsBatch(item.Event)))
            {
                return true;
            }

            queue.TryDequeue(out _);
            _building.EventCount++;
            _building.Size += SizeOf(item.Event);
            if (item.Session is not null)
            {
                _building.MoveTo(item.Session, item.Sequence, item.ReceivedAt, item.SentAt);
            }

            if (item.Trace is not null)
            {
                item.Trace.Dequeued();
                _building.Traces.Add(item.Trace);
            }

            if (item.Committed is not null)
            {
                _building.NotifyAtCommit(item.Committed);
            }

            NoteCoverage(item);

            if (item.Event is GuildEvent guildEvent && builders.TryGetValue(guildEvent.GuildId, out var builder))
            {
                builder.Apply(guildEvent, item.At, _building.For(guildEvent.GuildId));
            }
        }

        return true;
    }

    /// <summary>A list counts as its elements.</summary>
    private static int SizeOf(DiscordEvent? @event) => Math.Max(1, @event switch
    {
        MemberChunk chunk => chunk.Members.Count,
        HistoryPage page => page.Messages.Count + page.Vanished.Count,
        HistoryThreads found => found.Threads.Count,
        _ => 1,
    });

    /// <summary>What an event means for the ledger of every guild; those of one guild are the builder's.</summary>
    private void NoteCoverage(QueuedEvent item)
    {
        if (item.Break != LogBreak.None)
        {
            NoteCoverage(item.Break == LogBreak.Missing ? CoverageCause.EventsMissing : CoverageCause.Offline, item.At);
        }

        if (item.Event is SessionStarted or SessionResumed)
        {
            NoteCoverage(item.Event is SessionStarted ? CoverageCause.SessionStarted : CoverageCause.Resumed, item.At);
        }
    }

    private void NoteCoverage(CoverageCause cause, DateTime at)
    {
        foreach (var guildId in builders.Keys)
        {
            var changes = _building.For(guildId);
            changes.Coverage.Add(new CoverageChange(cause, at));

            // The guild is compared anew, by whatever run of the program comes to it.
            changes.SyncStarted |= cause == CoverageCause.EventsMissing;
        }
    }

    /// <summary>
    /// Waits for more events until <see cref="CollectOptions.BatchDelay"/> has passed since the last commit. False when the batch is due.
    /// </summary>
    private async ValueTask<bool> WaitForMoreAsync(CancellationToken cancellationToken)
    {
        var due = committer.LastCommit is { } last ? options.BatchDelay - time.GetElapsedTime(last) : TimeSpan.Zero;
        if (due <= TimeSpan.Zero)
        {
            return false;
        }

        using var timeout = new CancellationTokenSource(due, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            return await queue.WaitToReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }
}

/// <summary>Called after each commit; must not wait.</summary>
/// <param name="took">The time of the try that succeeded.</param>
internal delegate void CommitObserver(Batch batch, TimeSpan took);

/// <summary>Commits one batch after the other, each as often as it takes.</summary>
/// <param name="queue">Asked for how many events wait, for the log.</param>
internal sealed partial class BatchCommitter(
    IBatchStore store,
    EventQueue queue,
    IEnumerable<CommitObserver> observers,
    CollectStatus status,
    TimeProvider time,
    ILogger<BatchCommitter> logger)
{
    private static readonly TimeSpan FirstRetryDelay = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan MaxRetryDelay = TimeSpan.FromSeconds(5);

    private readonly CommitObserver[] _observers = [.. observers];

    /// <summary>When the last one succeeded, as a timestamp; null before the first.</summary>
    public long? LastCommit { get; private set; }

    private DateTime Now => time.GetUtcNow().UtcDateTime;

    /// <exception cref="StopException">A person has to act on the database.</exception>
    public async Task CommitAsync(Batch batch, CancellationToken cancellationToken)
    {
        status.BeginCommit(batch.OldestReceivedAt ?? Now);
        var trace = EventTracer.BeginCommit(batch.Traces, batch.EventCount);
        long started;
        var attempt = 1;
        for (; ; attempt++)
        {
            started = time.GetTimestamp();
            try
            {
                await store.CommitAsync(batch, cancellationToken);
                break;
            }
            catch (StoreUnavailableException e)
            {
                var delay = Backoff.Exponential(FirstRetryDelay, MaxRetryDelay, attempt);
                status.CountRetry(e.Message, Now);
                trace?.Retried();
                LogCommitFailed(attempt, e.Message, delay, queue.Waiting);
                await Task.Delay(delay, time, cancellationToken);
            }
        }

        queue.CountCommitted(batch.EventCount);
        if (attempt > 1)
        {
            LogCommitsAgain(queue.Waiting);
        }

        LastCommit = time.GetTimestamp();
        status.CountCommit(batch.EventCount, Now);
        trace?.Committed();
        batch.Notify();
        foreach (var observer in _observers)
        {
            observer(batch, time.GetElapsedTime(started, LastCommit.Value));
        }
    }

    [LoggerMessage(LogEvents.Collect.CommitFailed, LogLevel.Warning,
        "The database did not take a batch (attempt {Attempt}: {Reason}); trying again in {Delay}. {Waiting} events wait, none is lost")]
    private partial void LogCommitFailed(int attempt, string reason, TimeSpan delay, long waiting);

    [LoggerMessage(LogEvents.Collect.CommitsAgain, LogLevel.Information, "The database takes batches again; {Waiting} events to catch up on")]
    private partial void LogCommitsAgain(long waiting);
}
