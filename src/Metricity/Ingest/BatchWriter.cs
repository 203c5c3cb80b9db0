using Metricity.Events;
using Metricity.Gateway;
using Metricity.Telemetry;
using Microsoft.Extensions.Logging;

namespace Metricity.Ingest;

/// <summary>
/// The writer's loop: takes events off the queue, merges them into a batch, and commits it. While one batch is being committed the next
/// one is built, so batches grow with the load by themselves; one commit is under way at a time, so positions only go forward.
/// </summary>
/// <param name="committed">Called after each commit that moved the position.</param>
/// <param name="coverageChanged">Called after a commit that changed which stretches of time are covered.</param>
internal sealed partial class BatchWriter(
    EventQueue queue,
    IReadOnlyDictionary<Snowflake, ChangeSetBuilder> builders,
    IBatchStore store,
    Action<GatewayPosition> committed,
    IngestOptions options,
    IngestStatus status,
    TimeProvider time,
    ILogger<BatchWriter> logger,
    Action? coverageChanged = null,
    MetricityMetrics? metrics = null)
{
    private static readonly TimeSpan FirstRetryDelay = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestRetryDelay = TimeSpan.FromSeconds(5);

    private Batch _building = new();
    private Batch _spare = new();
    private long? _lastCommit;

    private DateTime Now => time.GetUtcNow().UtcDateTime;

    /// <summary>Runs until the queue is completed and drained, or the token ends it, losing nothing that was committed.</summary>
    /// <exception cref="StoreUnusableException">A person has to act on the database.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var commit = Task.CompletedTask;
        while (await BuildAsync(commit, cancellationToken))
        {
            await commit;
            (_building, _spare) = (_spare, _building);
            _building.Clear();
            commit = CommitAsync(_spare, cancellationToken);
        }

        await commit;
    }

    /// <summary>Fills the next batch until it is full, or the database is free for it. False at the end of the queue.</summary>
    private async Task<bool> BuildAsync(Task commit, CancellationToken cancellationToken)
    {
        while (!await TakeAsync(cancellationToken))
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
    private async ValueTask<bool> TakeAsync(CancellationToken cancellationToken)
    {
        status.Moved(Now);
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
                await builder.ApplyAsync(guildEvent, item.At, _building.For(guildEvent.GuildId), cancellationToken);
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
            _building.For(guildId).Coverage.Add(new CoverageChange(cause, at));
        }
    }

    /// <summary>
    /// Waits for more events until <see cref="IngestOptions.BatchDelay"/> has passed since the last commit. False when the batch is due.
    /// </summary>
    private async ValueTask<bool> WaitForMoreAsync(CancellationToken cancellationToken)
    {
        var due = _lastCommit is { } last ? options.BatchDelay - time.GetElapsedTime(last) : TimeSpan.Zero;
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

    private async Task CommitAsync(Batch batch, CancellationToken cancellationToken)
    {
        var delay = FirstRetryDelay;
        status.BeginCommit(batch.OldestReceivedAt ?? Now);
        var trace = EventTracer.BeginCommit(batch.Traces, batch.EventCount);
        long started;
        for (var attempt = 1; ; attempt++)
        {
            started = time.GetTimestamp();
            try
            {
                await store.CommitAsync(batch, cancellationToken);
                break;
            }
            catch (StoreUnavailableException e)
            {
                status.CountRetry(e.Message, Now);
                trace?.Retried();
                LogCommitFailed(logger, attempt, e.Message, delay, queue.Count);
            }

            await Task.Delay(delay, time, cancellationToken);
            delay = TimeSpan.FromTicks(Math.Min(delay.Ticks * 2, LongestRetryDelay.Ticks));
        }

        if (delay > FirstRetryDelay)
        {
            LogCommitsAgain(logger, queue.Count);
        }

        if (batch.Position is { } position)
        {
            committed(position);
        }

        _lastCommit = time.GetTimestamp();
        status.CountCommit(batch.EventCount, Now);
        metrics?.RecordCommit(batch.EventCount, time.GetElapsedTime(started), Now - batch.OldestReceivedAt);
        trace?.Committed();
        batch.Notify();
        if (batch.ChangeSets.Any(changes => changes.Coverage.Count > 0 || changes.SeenUserIds is not null))
        {
            coverageChanged?.Invoke();
        }
    }

    [LoggerMessage(IngestLogEvents.CommitFailed, LogLevel.Warning,
        "The database did not take a batch (attempt {Attempt}: {Reason}); trying again in {Delay}. {Waiting} events wait, none is lost")]
    private static partial void LogCommitFailed(ILogger logger, int attempt, string reason, TimeSpan delay, int waiting);

    [LoggerMessage(IngestLogEvents.CommitsAgain, LogLevel.Information, "The database takes batches again; {Waiting} events to catch up on")]
    private static partial void LogCommitsAgain(ILogger logger, int waiting);
}
