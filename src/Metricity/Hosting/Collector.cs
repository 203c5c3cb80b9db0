using Metricity.Migrations;
using Metricity.Rest;
using Metricity.Storage;
using Microsoft.Extensions.Logging;

namespace Metricity.Hosting;

/// <summary>
/// Runs this process's shards side by side, on one pool of connections and one REST client. What ends one ends all. One instance collects
/// once.
/// </summary>
internal sealed partial class Collector(Settings settings, ILoggerFactory loggers, TimeProvider time)
{
    private readonly ILogger _logger = loggers.CreateLogger<Collector>();

    /// <summary>
    /// Collects until <paramref name="stopping"/>, then drains within <c>Collect:DrainTimeout</c>. What is not drained in time is not lost:
    /// the position in the database asks Discord for it again.
    /// </summary>
    public async Task RunAsync(CancellationToken stopping)
    {
<<<<<<< HEAD
        await CheckSchemaAsync(stopping);
        await using var database = StorageDataSource.Create(
            new StorageOptions { ConnectionString = settings.ConnectionString!.Reveal(), GuildSchemas = settings.GuildSchemas });
=======
        var schemas = settings.GuildSchemas;
        var connectionString = settings.ConnectionString!.Reveal();
        await CheckSchemaAsync(connectionString, stopping);

        var storage = new StorageOptions { ConnectionString = connectionString, GuildSchemas = schemas };
        await using var database = StorageDataSource.Create(storage);
        var stateStore = new StateStore(database, storage, loggers.CreateLogger<StateStore>());
        var start = await stateStore.StartAsync(stopping);
        var directories = new Dictionary<Snowflake, GuildDirectory>();
        foreach (var guildId in schemas.Keys)
        {
            directories[guildId] = await stateStore.LoadDirectoryAsync(guildId, stopping);
        }

        LogStart(_logger, typeof(Collector).Assembly.GetName().Version!.ToString(3), schemas.Count, SchemaVersion.LatestGuild,
            start.Position is null ? "begin a new session" : "resume the session from the committed position");

        var staffRoles = settings.Guilds.Select(guild => guild.StaffRoleId).OfType<Snowflake>().ToHashSet();
        var token = settings.Token!.Reveal();
>>>>>>> main
        using var http = RestHttp.CreateClient();
        var rest = new DiscordRest(
            http,
            new RestOptions { Token = settings.Token!.Reveal(), BaseUrl = settings.ApiBaseUrl, StaffRoleIds = settings.StaffRoleIds },
            time,
            loggers.CreateLogger<DiscordRest>());

<<<<<<< HEAD
        using var running = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var shards = new List<Task>();
        foreach (var shardId in settings.Sharding.Own)
=======
        var requester = new GatewayMemberRequester(stateStore, time, loggers.CreateLogger<GatewayMemberRequester>());
        var sync = new SyncCoordinator(
            schemas.Keys.ToDictionary(
                id => id,
                id => new GuildSync(
                    id,
                    rest,
                    requester,
                    start.MembersRequestedAt.GetValueOrDefault(id, DateTimeOffset.MinValue),
                    time,
                    loggers.CreateLogger<GuildSync>())),
            start.UnsyncedGuilds,
            rest,
            time,
            loggers.CreateLogger<SyncCoordinator>());

        var status = new IngestStatus();
        var queue = new EventQueue(settings.Ingest.QueueCapacity, settings.Ingest.QueueBytes);
        var committed = new CommittedPosition(start.Position);
        var tap = new GuildVisibility(settings.Guilds, sync, loggers.CreateLogger<GuildVisibility>());
        var intake = new EventIntake(
            new EventDecoder(staffRoles), schemas.Keys.ToHashSet(), tap, queue, status, time, loggers.CreateLogger<EventIntake>());
        var builders = settings.Guilds.ToDictionary(
            guild => guild.Id,
            guild => new ChangeSetBuilder(
                new GuildRules(guild.Id, guild.StaffCategories, guild.StaffChannels, guild.IgnoreCategories, settings.Ingest.CollectBots),
                directories[guild.Id],
                sync,
                sync,
                loggers.CreateLogger<ChangeSetBuilder>()));
        var store = new BatchStore(database, storage, stateStore, new StorageStatus(), time, loggers.CreateLogger<BatchStore>());
        var writer = new BatchWriter(queue, builders, store, committed, settings.Ingest, status, time, loggers.CreateLogger<BatchWriter>());
        var gateway = new GatewayClient(
            new GatewayOptions { Token = new GatewayToken(token), Compression = settings.Compression },
            new RestGatewayDirectory(rest), intake, committed, time, loggers.CreateLogger<GatewayClient>());
        requester.Client = gateway;

        try
>>>>>>> main
        {
            var guilds = settings.Guilds.Where(guild => settings.Sharding.Of(guild.Id) == shardId).ToList();
            if (guilds.Count == 0)
            {
                LogNoGuild(_logger, shardId, settings.Sharding.Count);
                continue;
            }

            var storage = new StorageOptions
            {
                ConnectionString = settings.ConnectionString.Reveal(),
                GuildSchemas = guilds.ToDictionary(guild => guild.Id, guild => guild.Schema),
                ShardId = shardId,
                ShardCount = settings.Sharding.Count,
            };
            var shard = new Shard(
                shardId, guilds, settings, () => new ShardStores(database, storage, time, loggers), rest, CheckSchemaAsync, loggers, time);
            shards.Add(shard.RunAsync(running.Token));
        }

        await Task.WhenAny(shards);
        await running.CancelAsync();
        await Task.WhenAll(shards);
    }

    private async Task CheckSchemaAsync(CancellationToken cancellationToken)
    {
        var migrator = new SchemaMigrator(
            settings.ConnectionString!.Reveal(), [.. settings.Guilds.Select(guild => guild.Schema)], _ => { });
        SchemaVersion.Require(await migrator.GetStatusAsync(cancellationToken));
    }

    [LoggerMessage(HostingLogEvents.ShardWithoutGuild, LogLevel.Information,
        "Shard {ShardId} of {ShardCount} has none of the guilds in Guilds and is not run")]
    private static partial void LogNoGuild(ILogger logger, int shardId, int shardCount);
}
