using System.Runtime.ExceptionServices;
using Metricity.Collect;
using Metricity.Commands;
using Metricity.Coverage;
using Metricity.Database;
using Metricity.Events;
using Metricity.Gateway;
using Metricity.Members;
using Metricity.Migrations;
using Metricity.Ownership;
using Metricity.Rest;
using Metricity.Telemetry;
using Microsoft.Extensions.Logging;

namespace Metricity.Hosting;

/// <summary>
/// Collects the guilds of one shard: waits as a standby until nobody else does, takes over the position, resumes or identifies, and on
/// the way out drains what was read. Whoever is replaced by another process becomes the standby.
/// </summary>
/// <param name="guilds">Those of the settings that belong to the shard; at least one.</param>
/// <param name="checkSchema">
/// Throws unless the schemas are the ones this build knows; <see cref="StoreUnavailableException"/> when that cannot be seen.
/// </param>
/// <param name="tracer">Null = no traces.</param>
internal sealed partial class Shard(
    int shardId,
    IReadOnlyList<GuildSettings> guilds,
    Settings settings,
    Func<ShardStores> openStores,
    DiscordRest rest,
    InteractionRest interactions,
    Func<CancellationToken, Task> checkSchema,
    ShardStatus status,
    MetricityMetrics metrics,
    EventTracer? tracer,
    ILoggerFactory loggers,
    TimeProvider time)
{
    /// <summary>How often a standby looks whether the shard is free. With the lock's time of silence this keeps a takeover under 10 s.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan Remind = TimeSpan.FromMinutes(5);

    private readonly ILogger _logger = loggers.CreateLogger<Shard>();

    /// <summary>
    /// A database that is away at the start ends the start, so that the operator learns of it. Once this process has seen it, its absence
    /// is an outage to wait out.
    /// </summary>
    private bool _isStart = true;

    /// <summary>Until <paramref name="stopping"/>; see <see cref="Collector.RunAsync"/>.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        using var scope = _logger.BeginScope(new Dictionary<string, object> { ["Shard"] = shardId });
        try
        {
            while (!await TakeTurnAsync(stopping))
            {
                await Task.Delay(Look, time, stopping);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Asked to stop before there was anything to drain.
        }
    }

    /// <summary>Waits, collects and frees the shard. True when it was asked to stop.</summary>
    private async Task<bool> TakeTurnAsync(CancellationToken stopping)
    {
        await using var stores = openStores();
        await WaitForLockAsync(stores.Lock, stopping);
        try
        {
            await CollectAsync(stores, stopping);

            return true;
        }
        catch (StoreReplacedException)
        {
            LogReplaced(shardId, settings.Sharding.Count);

            return stopping.IsCancellationRequested;
        }
        catch (StoreUnavailableException e) when (!_isStart)
        {
            LogNotTaken(shardId, settings.Sharding.Count, e.Message);

            return false;
        }
    }

    private async Task WaitForLockAsync(ShardLock shardLock, CancellationToken cancellationToken)
    {
        long? told = null;
        var isAway = false;
        while (true)
        {
            try
            {
                if (await shardLock.TryTakeAsync(cancellationToken))
                {
                    if (told is not null)
                    {
                        LogTakesOver(shardId, settings.Sharding.Count);
                    }

                    return;
                }

                _isStart = isAway = false;
                status.StandBy();
                if (told is null || time.GetElapsedTime(told.Value) >= Remind)
                {
                    LogStandby(shardId, settings.Sharding.Count);
                    told = time.GetTimestamp();
                }
            }
            catch (StoreUnavailableException e) when (!_isStart)
            {
                if (!isAway)
                {
                    LogStandbyAlone(shardId, settings.Sharding.Count, e.Message);
                }

                isAway = true;
            }

            // Out of step with other standbys.
            await Task.Delay(Look * (0.75 + (Random.Shared.NextDouble() / 2)), time, cancellationToken);
        }
    }

    private async Task CollectAsync(ShardStores stores, CancellationToken stopping)
    {
        // Again, if it waited: the other one may have been the old version, and somebody migrated meanwhile.
        await checkSchema(stopping);
        var start = await stores.Positions.StartAsync(stopping);
        var directories = new Dictionary<Snowflake, GuildDirectory>();
        foreach (var guild in guilds)
        {
            directories[guild.Id] = await stores.Directories.LoadAsync(guild.Id, stopping);
        }

        _isStart = false;
        LogStart(typeof(Collector).Assembly.GetName().Version!.ToString(3), guilds.Count, SchemaVersion.LatestGuild,
            start.Position is null ? "begin a new session" : "resume the session from the committed position");

        var gateway = new GatewayClient(
            new GatewayOptions
            {
                Token = new GatewayToken(settings.Token!.Reveal()),
                Compression = settings.Compression,
                ShardId = shardId,
                ShardCount = settings.Sharding.Count,
            },
            new RestGatewayDirectory(rest),
            new StoredIdentifyPermit(stores.Identifies),
            status.Gateway,
            time,
            loggers.CreateLogger<GatewayClient>());
        var queue = new EventQueue(settings.Collect.QueueCapacity, settings.Collect.QueueBytes, time);
        var rules = guilds.ToDictionary(guild => guild.Id, guild => guild.ToRules(settings.Collect.CollectBots));
        var requester = new GatewayMemberRequester(gateway, stores.Guilds, time, loggers.CreateLogger<GatewayMemberRequester>());
        var syncs = directories.Keys.ToDictionary(id => id, id => new GuildSync(
            id,
            new SyncStart(start.MembersRequestedAt.GetValueOrDefault(id, DateTimeOffset.MinValue), start.UnsyncedGuilds.Contains(id)),
            rest,
            requester.TryRequestMembersAsync,
            time,
            loggers.CreateLogger<GuildSync>()));
        var healings = directories.Keys.ToDictionary(
            id => id, id => new GuildHealing(rules[id], rest.InBackground, stores.Ledger, time, loggers, status.Healing));
        var lookup = new ChannelLookup(rest, time, loggers.CreateLogger<ChannelLookup>());
        foreach (var (guildId, directory) in directories)
        {
            lookup.Ask(guildId, directory.StandIns);
        }

        var visibility = new GuildVisibility(settings.Guilds, directories.ContainsKey, loggers.CreateLogger<GuildVisibility>());
        var observers = new List<IEventObserver>
        {
            visibility,
            new GuildObservers(directories.Keys.ToDictionary(
                id => id, IReadOnlyList<IEventObserver> (id) => [syncs[id], healings[id]])),
        };
        if (settings.Commands)
        {
            observers.Add(new StatusCommand(
                interactions, () => queue.Waiting, stores.Status.ReadAsync, time, loggers.CreateLogger<StatusCommand>(), stopping));
        }

        var reader = new DispatchReader(
            new EventDecoder(settings.StaffRoleIds, directories.Keys.ToHashSet()),
            observers,
            queue,
            status.Collect,
            tracer,
            loggers.CreateLogger<DispatchReader>());
        var builders = directories.ToDictionary(
            guild => guild.Key,
            guild => new ChangeSetBuilder(rules[guild.Key], guild.Value, loggers.CreateLogger<ChangeSetBuilder>()));
        var committer = new BatchCommitter(
            stores.Batches, queue, NoteCommit, status.Collect, time, loggers.CreateLogger<BatchCommitter>());
        var writer = new BatchWriter(queue, builders, committer, settings.Collect, status.Collect, time);

        // Whatever gives events; what asks over REST has a loop of its own for each guild.
        IEnumerable<Func<EventQueue, CancellationToken, Task>> asking =
        [
            lookup.RunAsync,
            .. syncs.Values.Select(sync => (Func<EventQueue, CancellationToken, Task>)sync.RunAsync),
            .. healings.Values.Select(healing => (Func<EventQueue, CancellationToken, Task>)healing.RunAsync),
        ];
        status.BeginTurn(queue);
        try
        {
            await RunStagesAsync(
                [
                    cancellation => reader.RunAsync(gateway.ReadAsync(start.Position, cancellation), cancellation),
                    .. asking.Select(run => (Func<CancellationToken, Task>)(cancellation => run(queue, cancellation))),
                ],
                writer.RunAsync,
                cancellation => stores.Lock.HoldAsync(stores.Positions.Epoch, cancellation),
                queue,
                stopping);
        }
        finally
        {
            status.EndTurn();
            if (visibility.Hidden.Count > 0)
            {
                await stores.Guilds.ReleaseAsync(visibility.Hidden, CancellationToken.None);
            }
        }

        void NoteCommit(Batch batch, TimeSpan took)
        {
            gateway.Committed = batch.Position ?? gateway.Committed;
            metrics.RecordCommit(batch.EventCount, took, time.GetUtcNow().UtcDateTime - batch.OldestReceivedAt);
            foreach (var changes in batch.ChangeSets)
            {
                lookup.Ask(changes.GuildId, changes.ToLookUp);
                if (changes.ChangesCoverage)
                {
                    healings[changes.GuildId].Wake();
                }
            }
        }
    }

    /// <param name="reading">The stages that give events.</param>
    /// <param name="writing">The stage that commits them.</param>
    /// <param name="holding">Keeps the lock until all is committed; its fault ends the writing at once.</param>
    private async Task RunStagesAsync(
        IReadOnlyList<Func<CancellationToken, Task>> reading,
        Func<CancellationToken, Task> writing,
        Func<CancellationToken, Task> holding,
        EventQueue queue,
        CancellationToken stopping)
    {
        using var stopReading = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        using var stopWriting = new CancellationTokenSource();
        using var stopHolding = new CancellationTokenSource();
        var isReplaced = false;
        var hold = HoldAsync();
        var write = writing(stopWriting.Token);
        var readers = reading.Select(reader => reader(stopReading.Token)).ToList();

        await Task.WhenAny([write, hold, .. readers]);
        await stopReading.CancelAsync();

        // First nothing more comes in, then what is in goes to the database, all within the operator's time.
        stopWriting.CancelAfter(settings.DrainTimeout);
        Exception? fault = null;
        foreach (var reader in readers)
        {
            try
            {
                await reader.WaitAsync(settings.DrainTimeout, time, CancellationToken.None);
            }
            catch (Exception e) when (e is OperationCanceledException or TimeoutException)
            {
                // Asked to stop, or too slow to.
            }
            catch (Exception e)
            {
                fault ??= e;
            }
        }

        queue.Complete();
        try
        {
            await write;
            LogDrained();
        }
        catch (OperationCanceledException) when (!isReplaced)
        {
            LogDrainTimedOut(settings.DrainTimeout, queue.Waiting);
        }
        catch (OperationCanceledException)
        {
            // What is not committed is another's now; the fault says so.
        }
        finally
        {
            await stopHolding.CancelAsync();
            await hold;
        }

        if (fault is not null)
        {
            ExceptionDispatchInfo.Throw(fault);
        }

        async Task HoldAsync()
        {
            try
            {
                await holding(stopHolding.Token);
            }
            catch (OperationCanceledException) when (stopHolding.IsCancellationRequested)
            {
                // All is committed.
            }
            catch
            {
                isReplaced = true;
                await stopWriting.CancelAsync();
                throw;
            }
        }
    }

    [LoggerMessage(LogEvents.Hosting.Standby, LogLevel.Information,
        "Another Metricity collects shard {ShardId} of {ShardCount}: standing by, ready to take over when it ends")]
    private partial void LogStandby(int shardId, int shardCount);

    [LoggerMessage(LogEvents.Hosting.StandbyAlone, LogLevel.Warning,
        "Shard {ShardId} of {ShardCount}: {Reason} Standing by until it is back")]
    private partial void LogStandbyAlone(int shardId, int shardCount, string reason);

    [LoggerMessage(LogEvents.Hosting.TakesOver, LogLevel.Information, "Taking over shard {ShardId} of {ShardCount}")]
    private partial void LogTakesOver(int shardId, int shardCount);

    [LoggerMessage(LogEvents.Hosting.Replaced, LogLevel.Warning,
        "Another Metricity took over shard {ShardId} of {ShardCount}: this one writes no more and stands by. The other asks Discord for "
        + "what was not committed")]
    private partial void LogReplaced(int shardId, int shardCount);

    [LoggerMessage(LogEvents.Hosting.NotTaken, LogLevel.Warning, "Shard {ShardId} of {ShardCount} could not be taken over: {Reason} Trying again")]
    private partial void LogNotTaken(int shardId, int shardCount, string reason);

    [LoggerMessage(LogEvents.Collect.Started, LogLevel.Information,
        "Metricity {Version} collects {Guilds} guild(s); database schema {SchemaVersion}; about to {Next}")]
    private partial void LogStart(string version, int guilds, string schemaVersion, string next);

    [LoggerMessage(LogEvents.Collect.Drained, LogLevel.Information, "Stopped: everything that was read is committed")]
    private partial void LogDrained();

    [LoggerMessage(LogEvents.Collect.DrainTimedOut, LogLevel.Warning,
        "Stopped after {DrainTimeout} with {Waiting} events not committed; the next start asks Discord for them again")]
    private partial void LogDrainTimedOut(TimeSpan drainTimeout, long waiting);
}
