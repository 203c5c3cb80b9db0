using Metricity.Events;
using Metricity.Migrations;
using Metricity.Reporting;
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

    /// <summary>What all shards of this process have committed.</summary>
    public StorageStatus Storage { get; } = new();

    public GuildSizes Sizes { get; } = new(time, loggers.CreateLogger<GuildSizes>());

    /// <summary>
    /// Collects until <paramref name="stopping"/>, then drains within <c>Collect:DrainTimeout</c>. What is not drained in time is not lost:
    /// the position in the database asks Discord for it again.
    /// </summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        await CheckSchemaAsync(stopping);
        var own = settings.Guilds.Where(guild => settings.Sharding.Own.Contains(settings.Sharding.Of(guild.Id))).ToList();
        var all = new StorageOptions
        {
            ConnectionString = settings.ConnectionString!.Reveal(),
            GuildSchemas = own.ToDictionary(guild => guild.Id, guild => guild.Schema),
        };
        await using var database = StorageDataSource.Create(all);
        using var http = RestHttp.CreateClient();
        var options = new RestOptions
        {
            Token = settings.Token!.Reveal(),
            BaseUrl = settings.ApiBaseUrl,
            StaffRoleIds = settings.StaffRoleIds,
        };
        var rest = new DiscordRest(http, options, time, loggers.CreateLogger<DiscordRest>());
        var interactions = new InteractionRest(http, options, rest.Status, time);

        using var running = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var shards = new List<Task>();
        foreach (var shardId in settings.Sharding.Own)
        {
            var guilds = own.Where(guild => settings.Sharding.Of(guild.Id) == shardId).ToList();
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
                shardId,
                guilds,
                settings,
                () => new ShardStores(database, storage, Storage, time, loggers),
                rest,
                interactions,
                CheckSchemaAsync,
                loggers,
                time);
            shards.Add(shard.RunAsync(running.Token));
        }

        using var reporting = new CancellationTokenSource();
        var reports = Task.WhenAll(
            Sizes.RunAsync(database, all, reporting.Token),
            SendStatsdAsync(all.GuildSchemas, reporting.Token),
            RegisterCommandsAsync(own, rest.InBackground, interactions, running.Token));
        await Task.WhenAny(shards);
        await running.CancelAsync();
        try
        {
            await Task.WhenAll(shards);
        }
        finally
        {
            // The last figures go out after the last commit.
            await reporting.CancelAsync();
            await reports;
        }
    }

    private Task SendStatsdAsync(IReadOnlyDictionary<Snowflake, string> schemas, CancellationToken cancellationToken) =>
        settings.Statsd is { } options
            ? new StatsdSender(options, schemas, Storage, Sizes, time, loggers.CreateLogger<StatsdSender>()).RunAsync(cancellationToken)
            : Task.CompletedTask;

    private Task RegisterCommandsAsync(
        IReadOnlyList<GuildSettings> guilds, DiscordRest rest, InteractionRest interactions, CancellationToken cancellationToken) =>
        settings.Commands
            ? new CommandRegistration(
                [.. guilds.Select(guild => (guild.Id, guild.StaffRoleId is not null))],
                rest,
                interactions,
                time,
                loggers.CreateLogger<CommandRegistration>()).RunAsync(cancellationToken)
            : Task.CompletedTask;

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
