using Metricity.Commands;
using Metricity.Database;
using Metricity.Events;
using Metricity.Export;
using Metricity.Migrations;
using Metricity.Rest;
using Metricity.Tables;
using Metricity.Telemetry;
using Microsoft.Extensions.Logging;

namespace Metricity.Hosting;

/// <summary>
/// Runs this process's shards side by side, on one pool of connections and one REST client. What ends one ends all. One instance collects
/// once.
/// </summary>
internal sealed partial class Collector : IDisposable
{
    private readonly Settings _settings;
    private readonly ILoggerFactory _loggers;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly IReadOnlyList<ShardStatus> _shards;
    private readonly DatabaseWatch _database;
    private RestStatus? _rest;
    private volatile bool _isStopping;

    public Collector(Settings settings, ILoggerFactory loggers, TimeProvider time)
    {
        _settings = settings;
        _loggers = loggers;
        _time = time;
        _logger = loggers.CreateLogger<Collector>();
        _shards = [.. settings.Sharding.Own.Where(id => GuildsOf(id).Count > 0).Select(id => new ShardStatus(id))];
        _database = new DatabaseWatch(CheckSchemaAsync, time);
        Sizes = new GuildSizes(time, loggers.CreateLogger<GuildSizes>());
        Metrics = new MetricityMetrics(new CollectorFigures(_shards, Storage, Sizes, _database, () => _rest, time), Version);
        Health = new CollectorHealth(_shards, _database, () => _isStopping, settings.StallAfter, time);
    }

    /// <summary>Of the program.</summary>
    public static string Version { get; } = typeof(Collector).Assembly.GetName().Version!.ToString(3);

    /// <summary>What all shards of this process have committed.</summary>
    public StorageStatus Storage { get; } = new();

    public GuildSizes Sizes { get; }

    public MetricityMetrics Metrics { get; }

    public CollectorHealth Health { get; }

    /// <summary>
    /// Collects until <paramref name="stopping"/>, then drains within <c>Collect:DrainTimeout</c>. What is not drained in time is not lost:
    /// the position in the database asks Discord for it again.
    /// </summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        await using var noted = stopping.UnsafeRegister(static collector => ((Collector)collector!)._isStopping = true, this);
        await CheckSchemaAsync(stopping);
        var own = _settings.Guilds.Where(guild => _settings.Sharding.Own.Contains(_settings.Sharding.Of(guild.Id))).ToList();
        var all = new StorageOptions
        {
            ConnectionString = _settings.ConnectionString!.Reveal(),
            GuildSchemas = own.ToDictionary(guild => guild.Id, guild => guild.Schema),
        };
        await using var database = StorageDataSource.Create(all);
        using var http = RestHttp.CreateClient();
        var options = new RestOptions
        {
            Token = _settings.Token!,
            BaseUrl = _settings.ApiBaseUrl,
            StaffRoleIds = _settings.StaffRoleIds,
        };
        var rest = new DiscordRest(http, options, _time, _loggers.CreateLogger<DiscordRest>());
        var interactions = new InteractionRest(http, options, rest.Status, _time);
        _rest = rest.Status;

        using var running = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var shards = new List<Task>();
        foreach (var shardId in _settings.Sharding.Own.Except(_shards.Select(shard => shard.Id)))
        {
            LogNoGuild(shardId, _settings.Sharding.Count);
        }

        foreach (var status in _shards)
        {
            var shard = ShardOf(status, rest, interactions, storage => new ShardStores(database, storage, Storage, _time, _loggers));
            shards.Add(shard.RunAsync(running.Token));
        }

        using var reporting = new CancellationTokenSource();
        var reports = Task.WhenAll(
            Sizes.RunAsync(database, all, reporting.Token),
            SendStatsdAsync(all.GuildSchemas, reporting.Token),
            RegisterCommandsAsync(own, rest.InBackground, interactions, running.Token));
        var watching = _database.RunAsync(new DatabaseProbe(database, [.. all.GuildSchemas.Keys]), running.Token);
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
            await watching;
        }
    }

    public void Dispose() => Metrics.Dispose();

    private List<GuildSettings> GuildsOf(int shardId) => [.. _settings.Guilds.Where(guild => _settings.Sharding.Of(guild.Id) == shardId)];

    private Shard ShardOf(
        ShardStatus status, DiscordRest rest, InteractionRest interactions, Func<StorageOptions, ShardStores> openStores)
    {
        var guilds = GuildsOf(status.Id);
        var storage = new StorageOptions
        {
            ConnectionString = _settings.ConnectionString!.Reveal(),
            GuildSchemas = guilds.ToDictionary(guild => guild.Id, guild => guild.Schema),
            ShardId = status.Id,
            ShardCount = _settings.Sharding.Count,
        };
        var tracer = _settings.Otlp is { } otlp ? new EventTracer(otlp.TraceRatio) : null;

        return new Shard(
            status.Id,
            guilds,
            _settings,
            () => openStores(storage),
            rest,
            interactions,
            CheckSchemaAsync,
            status,
            Metrics,
            tracer,
            _loggers,
            _time);
    }

    private Task SendStatsdAsync(IReadOnlyDictionary<Snowflake, string> schemas, CancellationToken cancellationToken) =>
        _settings.Statsd is { } options
            ? new StatsdSender(options, schemas, Storage, Sizes, _time, _loggers.CreateLogger<StatsdSender>()).RunAsync(cancellationToken)
            : Task.CompletedTask;

    private Task RegisterCommandsAsync(
        IReadOnlyList<GuildSettings> guilds, DiscordRest rest, InteractionRest interactions, CancellationToken cancellationToken) =>
        _settings.Commands
            ? new CommandRegistration(
                [.. guilds.Select(guild => (guild.Id, guild.StaffRoleId is not null))],
                rest,
                interactions,
                _time,
                _loggers.CreateLogger<CommandRegistration>()).RunAsync(cancellationToken)
            : Task.CompletedTask;

    /// <exception cref="SchemaException">A person has to act.</exception>
    /// <exception cref="StoreUnavailableException">The database is away or busy, so that nothing is known of its schemas.</exception>
    private async Task CheckSchemaAsync(CancellationToken cancellationToken)
    {
        var migrator = new SchemaMigrator(
            _settings.ConnectionString!.Reveal(), [.. _settings.Guilds.Select(guild => guild.Schema)], _ => { });
        try
        {
            SchemaVersion.Require(await migrator.GetStatusAsync(cancellationToken));
        }
        catch (SchemaException e) when (e.IsTransient)
        {
            throw new StoreUnavailableException(e.Sentence, e);
        }
    }

    [LoggerMessage(LogEvents.Hosting.ShardWithoutGuild, LogLevel.Information,
        "Shard {ShardId} of {ShardCount} has none of the guilds in Guilds and is not run")]
    private partial void LogNoGuild(int shardId, int shardCount);
}
