using Metricity.Database;
using Metricity.Events;
using Microsoft.Extensions.Logging;

namespace Metricity.Collect;

/// <summary>
/// Commits history page by page beside a running collector: without the queue, without a position. Any thread may call; one page is
/// committed at a time.
/// </summary>
/// <param name="lookUp">Asks Discord what a channel is; null when it cannot be asked now. No log waits, so it may take its time.</param>
internal sealed partial class GuestWriter(
    ChangeSetBuilder builder,
    IBatchStore store,
    Func<Snowflake, Snowflake, CancellationToken, Task<ChannelLookedUp?>> lookUp,
    TimeProvider time,
    ILogger<GuestWriter> logger)
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly Batch _batch = new();

    /// <summary>Returns when the changes are committed; waits for a database that is away.</summary>
    /// <exception cref="StopException">A person has to act on the database.</exception>
    public async Task CommitAsync(GuildEvent @event, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            _batch.Clear();
            _batch.EventCount = 1;
            await ApplyAsync(@event, _batch.For(@event.GuildId), cancellationToken);
            while (!await TryCommitAsync(cancellationToken))
            {
                await Task.Delay(RetryDelay, time, cancellationToken);
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>What the page names and nobody has told of is settled before it is written.</summary>
    private async Task ApplyAsync(GuildEvent @event, ChangeSet changes, CancellationToken cancellationToken)
    {
        builder.Apply(@event, time.GetUtcNow().UtcDateTime, changes);
        while (changes.ToLookUp.Count > 0)
        {
            var channelId = changes.ToLookUp.First();
            changes.ToLookUp.Remove(channelId);
            if (await lookUp(@event.GuildId, channelId, cancellationToken) is { } answer)
            {
                builder.Apply(answer, time.GetUtcNow().UtcDateTime, changes);
            }
        }
    }

    private async Task<bool> TryCommitAsync(CancellationToken cancellationToken)
    {
        try
        {
            await store.CommitAsync(_batch, cancellationToken);

            return true;
        }
        catch (StoreUnavailableException e)
        {
            LogNotCommitted(e.Message, RetryDelay);

            return false;
        }
    }

    [LoggerMessage(LogEvents.Collect.HistoryNotCommitted, LogLevel.Warning,
        "The database did not take a page of history ({Reason}); trying again in {Delay}")]
    private partial void LogNotCommitted(string reason, TimeSpan delay);
}
