using System.Runtime.ExceptionServices;
using Metricity.Events;
using Metricity.Gateway;
using Metricity.Healing;
using Metricity.Ingest;
using Metricity.Migrations;
using Metricity.Rest;
using Metricity.Storage;
using Metricity.Sync;
using Microsoft.Extensions.Logging;

namespace Metricity.Hosting;

/// <summary>
/// Puts the stages together and runs them: checks the schema, takes over the shard's position, resumes or identifies, and on the way
/// out drains what was read. One instance collects once.
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

        var staffRoles = settings.Guilds.Where(guild => guild.StaffRoleId is not null).Select(guild => guild.StaffRoleId!.Value).ToHashSet();
        var token = settings.Token!.Reveal();
        using var http = RestHttp.CreateClient();
        var rest = new DiscordRest(
            http,
            new RestOptions { Token = token, BaseUrl = settings.ApiBaseUrl, StaffRoleIds = staffRoles },
            time,
            loggers.CreateLogger<DiscordRest>());

        var requester = new GatewayMemberRequester(stateStore, time, loggers.CreateLogger<GatewayMemberRequester>());
        var sync = new SyncCoordinator(
            schemas.Keys.ToDictionary(
                id => id,
                id => new GuildSync(
                id, rest, requester, start.MembersRequestedAt.GetValueOrDefault(id, DateTimeOffset.MinValue), time, loggers.CreateLogger<GuildSync>())),
            start.UnsyncedGuilds,
            rest,
            loggers.CreateLogger<SyncCoordinator>());

        var status = new IngestStatus();
        var queue = new EventQueue(settings.Ingest.QueueCapacity, settings.Ingest.QueueBytes);
        var committed = new CommittedPosition(start.Position);
        var rules = settings.Guilds.ToDictionary(guild => guild.Id, guild => guild.ToRules(settings.Ingest.CollectBots));
        var ledger = new LedgerStore(database, storage);
        var healing = new HealingCoordinator(
            rules.ToDictionary(guild => guild.Key, guild => new GuildHealing(guild.Value, rest.InBackground, ledger, time, loggers)), sync);
        var tap = new GuildVisibility(settings.Guilds, healing, loggers.CreateLogger<GuildVisibility>());
        var intake = new EventIntake(
            new EventDecoder(staffRoles), schemas.Keys.ToHashSet(), tap, queue, status, time, loggers.CreateLogger<EventIntake>());
        var builders = rules.ToDictionary(
            guild => guild.Key,
            guild => new ChangeSetBuilder(guild.Value, directories[guild.Key], sync, sync, loggers.CreateLogger<ChangeSetBuilder>()));
        var store = new BatchStore(database, storage, stateStore, new StorageStatus(), time, loggers.CreateLogger<BatchStore>());
        var writer = new BatchWriter(queue, builders, store, committed, settings.Ingest, status, time, loggers.CreateLogger<BatchWriter>(),
            healing.CoverageChanged);
        var gateway = new GatewayClient(
            new GatewayOptions { Token = new GatewayToken(token), Compression = settings.Compression },
            new RestGatewayDirectory(rest), intake, committed, time, loggers.CreateLogger<GatewayClient>());
        requester.Client = gateway;

        await RunStagesAsync(
            [
                cancellation => gateway.RunAsync(start.Position, cancellation),
                cancellation => sync.RunAsync(intake, cancellation),
                cancellation => healing.RunAsync(intake, cancellation),
            ],
            writer.RunAsync,
            queue,
            stopping);
    }

    private async Task CheckSchemaAsync(string connectionString, CancellationToken cancellationToken)
    {
        var migrator = new SchemaMigrator(connectionString, [.. settings.Guilds.Select(guild => guild.Schema)], _ => { });
        SchemaVersion.Require(await migrator.GetStatusAsync(cancellationToken));
    }

    private async Task RunStagesAsync(
        IReadOnlyList<Func<CancellationToken, Task>> stages,
        Func<CancellationToken, Task> writer,
        EventQueue queue,
        CancellationToken stopping)
    {
        using var reading = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        using var writing = new CancellationTokenSource();
        var write = writer(writing.Token);
        var readers = stages.Select(stage => stage(reading.Token)).ToList();

        await Task.WhenAny([write, .. readers]);
        await reading.CancelAsync();

        // First nothing more comes in, then what is in goes to the database, all within the operator's time.
        writing.CancelAfter(settings.DrainTimeout);
        Exception? fault = null;
        foreach (var reader in readers)
        {
            try
            {
                await reader.WaitAsync(writing.Token);
            }
            catch (OperationCanceledException)
            {
                // Asked to stop.
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
            LogDrained(_logger);
        }
        catch (OperationCanceledException)
        {
            LogDrainTimedOut(_logger, settings.DrainTimeout, queue.Count);
        }

        if (fault is not null)
        {
            ExceptionDispatchInfo.Throw(fault);
        }
    }

    [LoggerMessage(IngestLogEvents.Started, LogLevel.Information,
        "Metricity {Version} collects {Guilds} guild(s); database schema {SchemaVersion}; about to {Next}")]
    private static partial void LogStart(ILogger logger, string version, int guilds, string schemaVersion, string next);

    [LoggerMessage(IngestLogEvents.Drained, LogLevel.Information, "Stopped: everything that was read is committed")]
    private static partial void LogDrained(ILogger logger);

    [LoggerMessage(IngestLogEvents.DrainTimedOut, LogLevel.Warning,
        "Stopped after {DrainTimeout} with {Waiting} events not committed; the next start asks Discord for them again")]
    private static partial void LogDrainTimedOut(ILogger logger, TimeSpan drainTimeout, int waiting);
}
