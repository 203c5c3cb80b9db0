using Metricity.Collect;
using Metricity.Coverage;
using Metricity.Database;
using Metricity.Events;
using Metricity.Ownership;
using Metricity.Rest;
using Metricity.Tables;
using Microsoft.Extensions.Logging;

namespace Metricity.Hosting;

/// <summary>What of a guild's history to fetch.</summary>
/// <param name="ChannelId">Null = the whole guild.</param>
/// <param name="Since">UTC; null = since the guild was made.</param>
internal sealed record BackfillRequest(GuildSettings Guild, Snowflake? ChannelId, DateTime? Since);

/// <summary>How a backfill ended.</summary>
/// <param name="Unreadable">Channels and threads that the bot may not read, each with the reason.</param>
/// <param name="DoneBefore">UTC; when there was nothing to do because it was done then.</param>
internal sealed record BackfillOutcome(IReadOnlyList<(Snowflake Id, HistoryObstacle Obstacle)> Unreadable, bool HadNothingToDo, DateTime? DoneBefore);

/// <summary>
/// Fetches a guild's history from before the bot came, by the engine that heals gaps. Safe beside a running collector: it takes no shard
/// over and writes no position, and every insert leaves alone what is stored.
/// </summary>
internal sealed partial class Backfill(Settings settings, ILoggerFactory loggers, TimeProvider time)
{
    /// <summary>Half of Discord's limit for the token, so that the collector always gets through.</summary>
    private const int RequestsPerSecond = 25;

    /// <summary>Before Discord is asked again.</summary>
    private static readonly TimeSpan RetryLater = TimeSpan.FromSeconds(30);

    /// <summary>Before the database is asked again.</summary>
    private static readonly TimeSpan RetrySoon = TimeSpan.FromSeconds(5);

    private readonly ILogger _logger = loggers.CreateLogger<Backfill>();

    /// <summary>Waits for a database that goes away, as the collector does. That it is there at the start is the caller's to see.</summary>
    public async Task<BackfillOutcome> RunAsync(BackfillRequest request, HistoryMeter meter, CancellationToken cancellationToken)
    {
        var guildId = request.Guild.Id;
        var storage = new StorageOptions
        {
            ConnectionString = settings.ConnectionString!.Reveal(),
            GuildSchemas = new Dictionary<Snowflake, string> { [guildId] = request.Guild.Schema },
        };
        await using var database = StorageDataSource.Create(storage);
        var state = new StateStore(database, storage, loggers.CreateLogger<StateStore>());
        await using var backfill = new BackfillStore(database, guildId);
        var start = await WaitForDatabaseAsync(async () =>
        {
            await state.RegisterAsync(cancellationToken);
            await backfill.HoldAsync(cancellationToken);

            return await backfill.BeginAsync(request.ChannelId, request.Since ?? guildId.CreatedAt, cancellationToken);
        }, cancellationToken);
        if (start.Gap is not { } gap)
        {
            return new BackfillOutcome([], HadNothingToDo: true, start.DoneAt);
        }

        using var http = RestHttp.CreateClient();
        var options = new RestOptions
        {
            Token = settings.Token!,
            BaseUrl = settings.ApiBaseUrl,
            RequestsPerSecond = RequestsPerSecond,
        };
        var rest = new DiscordRest(http, options, time, loggers.CreateLogger<DiscordRest>()).InBackground;
        var rules = request.Guild.ToRules(settings.Collect.CollectBots);
        var lookup = new ChannelLookup(rest, time, loggers.CreateLogger<ChannelLookup>());
        var directory = await WaitForDatabaseAsync(() => state.LoadDirectoryAsync(guildId, cancellationToken), cancellationToken);
        directory.StandIns.Clear(); // asked about once more when a page names them
        var builder = new ChangeSetBuilder(rules, directory, loggers.CreateLogger<ChangeSetBuilder>());
        var store = new BackfillBatchStore(
            new BatchStore(database, storage, null, new StorageStatus(), time, loggers.CreateLogger<BatchStore>()), backfill);
        var writer = new GuestWriter(builder, store, lookup.FindAsync, time, loggers.CreateLogger<GuestWriter>());
        var ledger = new LedgerStore(database, storage);
        var botId = (await rest.GetCurrentUserAsync(cancellationToken)).Id;
        LogStarted(guildId, gap.StartedAt, gap.EndedAt!.Value);

        var services = new HistoryServices(rest, ledger, writer.CommitAsync, time, loggers.CreateLogger<HistoryWalk>());
        var walk = new HistoryWalk(gap, rules, botId, meter, services);
        var left = await WalkAsync(walk, meter, cancellationToken);
        await WaitForDatabaseAsync(() => ledger.CloseAsync(gap, cancellationToken), cancellationToken);

        return new BackfillOutcome([.. left.Select(part => (part.ChannelId, part.Obstacle)).Distinct()], HadNothingToDo: false, null);
    }

    /// <summary>A Discord that is away for a while ends the backfill only when nothing at all could be fetched since the last time.</summary>
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
