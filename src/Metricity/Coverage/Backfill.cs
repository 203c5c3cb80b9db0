using Metricity.Collect;
using Metricity.Database;
using Metricity.Events;
using Metricity.Rest;
using Microsoft.Extensions.Logging;

namespace Metricity.Coverage;

/// <summary>How a backfill ended.</summary>
/// <param name="Unreadable">Channels and threads that the bot may not read, each with the reason.</param>
/// <param name="DoneBefore">UTC; when there was nothing to do because it was done then.</param>
internal sealed record BackfillOutcome(
    IReadOnlyList<(Snowflake Id, HistoryObstacle Obstacle)> Unreadable, bool HadNothingToDo, DateTime? DoneBefore);

/// <summary>Where a backfill stands in the database.</summary>
/// <param name="Open">Notes the guild and gives what the tables hold of its channels.</param>
/// <param name="Batches">Takes pages only while the lock is held.</param>
internal sealed record BackfillStores(
    Func<CancellationToken, Task<ChannelTree>> Open, BackfillLock Lock, LedgerStore Ledger, IBatchStore Batches);

/// <summary>
/// Fetches a guild's history from before the bot came, by the engine that heals gaps. Safe beside a running collector: it takes no shard
/// over and writes no position, and every insert leaves alone what is stored.
/// </summary>
internal sealed partial class Backfill(
    CollectRules rules, BackfillStores stores, DiscordRest rest, ILoggerFactory loggers, TimeProvider time)
{
    /// <summary>Before Discord is asked again.</summary>
    private static readonly TimeSpan RetryLater = TimeSpan.FromSeconds(30);

    /// <summary>Before the database is asked again.</summary>
    private static readonly TimeSpan RetrySoon = TimeSpan.FromSeconds(5);

    private readonly ILogger _logger = loggers.CreateLogger<Backfill>();

    /// <summary>Waits for a database that goes away, as the collector does. That it is there at the start is the caller's to see.</summary>
    /// <param name="channelId">Null = the whole guild.</param>
    /// <param name="since">UTC; null = since the guild was made.</param>
    public async Task<BackfillOutcome> RunAsync(
        Snowflake? channelId, DateTime? since, HistoryMeter meter, CancellationToken cancellationToken)
    {
        var (directory, start) = await WaitForDatabaseAsync(async () =>
        {
            var opened = await stores.Open(cancellationToken);
            await stores.Lock.HoldAsync(cancellationToken);

            return (opened, await stores.Lock.RunAsync(
                session => LedgerStore.BeginBackfillAsync(session, rules.GuildId, channelId, since ?? rules.GuildId.CreatedAt),
                cancellationToken));
        }, cancellationToken);
        if (start.Gap is not { } gap)
        {
            return new BackfillOutcome([], HadNothingToDo: true, start.DoneAt);
        }

        directory.StandIns.Clear(); // asked about once more when a page names them
        var builder = new ChangeSetBuilder(rules, directory, loggers.CreateLogger<ChangeSetBuilder>());
        var lookup = new ChannelLookup(rest, time, loggers.CreateLogger<ChannelLookup>());
        var writer = new GuestWriter(builder, stores.Batches, lookup.FindAsync, time, loggers.CreateLogger<GuestWriter>());
        var botId = (await rest.GetCurrentUserAsync(cancellationToken)).Id;
        LogStarted(rules.GuildId, gap.StartedAt, gap.EndedAt!.Value);

        var services = new HistoryServices(rest, stores.Ledger, writer.CommitAsync, time, loggers.CreateLogger<HistoryWalk>());
        var walk = new HistoryWalk(gap, rules, botId, meter, services);
        var left = await WalkAsync(walk, meter, cancellationToken);
        await WaitForDatabaseAsync(() => stores.Ledger.CloseAsync(gap, cancellationToken), cancellationToken);

        return new BackfillOutcome([.. left.Select(part => (part.ChannelId, part.Obstacle)).Distinct()], HadNothingToDo: false, null);
    }

    /// <summary>A Discord that is away for a while ends it only when nothing at all could be fetched since the last time.</summary>
    private async Task<IReadOnlyList<CoveragePart>> WalkAsync(HistoryWalk walk, HistoryMeter meter, CancellationToken cancellationToken)
    {
        while (true)
        {
            var before = meter.Pages;
            try
            {
                return await WaitForDatabaseAsync(() => walk.RunAsync(cancellationToken), cancellationToken);
            }
            catch (DiscordUnavailableException e) when (meter.Pages > before)
            {
                LogInterrupted(e.Message, RetryLater);
                await Task.Delay(RetryLater, time, cancellationToken);
            }
        }
    }

    /// <param name="action">Goes on where it was when it is run again.</param>
    private async Task<T> WaitForDatabaseAsync<T>(Func<Task<T>> action, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await action();
            }
            catch (StoreUnavailableException e)
            {
                LogInterrupted(e.Message, RetrySoon);
                await Task.Delay(RetrySoon, time, cancellationToken);
            }
        }
    }

    [LoggerMessage(LogEvents.Coverage.BackfillStarted, LogLevel.Information,
        "Fetching the history of guild {GuildId} from {From:u} to {Until:u}")]
    private partial void LogStarted(Snowflake guildId, DateTime from, DateTime until);

    [LoggerMessage(LogEvents.Coverage.BackfillInterrupted, LogLevel.Warning,
        "The backfill is interrupted: {Reason} What was fetched is stored; going on there in {Delay}")]
    private partial void LogInterrupted(string reason, TimeSpan delay);
}
