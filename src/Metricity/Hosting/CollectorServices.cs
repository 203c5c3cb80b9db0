using Metricity.Collect;
using Metricity.Commands;
using Metricity.Coverage;
using Metricity.Database;
using Metricity.Events;
using Metricity.Export;
using Metricity.Gateway;
using Metricity.Members;
using Metricity.Ownership;
using Metricity.Rest;
using Metricity.Tables;
using Metricity.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Metricity.Hosting;

/// <summary>
/// The collector's parts. What lives as long as the process is a singleton; what belongs to one turn as the writer is scoped, and may ask
/// <see cref="TurnStart"/> for what the turn begins with.
/// </summary>
internal static class CollectorServices
{
    /// <summary>Needs besides an <see cref="ILoggerFactory"/> and a <see cref="TimeProvider"/>.</summary>
    public static IServiceCollection AddCollector(this IServiceCollection services, Settings settings) => services
        .AddLogging()
        .AddSingleton(settings)
        .AddDatabase(settings)
        .AddDiscordRest(settings)
        .AddOwnership()
        .AddGateway(settings)
        .AddCollect(settings)
        .AddMembers()
        .AddCoverage()
        .AddCommands(settings)
        .AddExport(settings)
        .AddSingleton(s => new CollectorHealth(
            s.Get<ShardStatus>(), s.Get<GatewayStatus>(), s.Get<CollectStatus>(), s.Get<DatabaseWatch>(), settings.StallAfter,
            s.Get<TimeProvider>()))
        .AddSingleton<Collector>();

    private static IServiceCollection AddDatabase(this IServiceCollection services, Settings settings) => services
        .AddSingleton(new StorageOptions
        {
            ConnectionString = settings.ConnectionString!.Reveal(),
            GuildSchemas = settings.OwnGuilds.ToDictionary(guild => guild.Id, guild => guild.Schema),
            ShardId = settings.Shard.Id,
            ShardCount = settings.Shard.Count,
        })
        .AddSingleton<NpgsqlDataSource>(s => StorageDataSource.Create(s.Get<StorageOptions>()))
        .AddSingleton(new SchemaCheck(settings.ConnectionString!.Reveal(), [.. settings.Guilds.Select(guild => guild.Schema)]))
        .AddSingleton(s => new DatabaseProbe(s.Get<NpgsqlDataSource>(), [.. s.Get<StorageOptions>().GuildSchemas.Keys]))
        .AddSingleton<DatabaseWatch>()
        .AddSingleton<StorageStatus>()
        .AddScoped<ChannelTreeStore>()
        .AddScoped<IBatchStore>(s => new BatchStore(
            s.Get<NpgsqlDataSource>(), s.Get<StorageOptions>(), s.Get<PositionStore>(), s.Get<StorageStatus>(), s.Get<TimeProvider>(),
            s.Get<ILogger<BatchStore>>())
        {
            Guard = s.Get<ShardLock>().RequireAsync,
        });

    private static IServiceCollection AddDiscordRest(this IServiceCollection services, Settings settings) => services
        .AddSingleton(new RestOptions
        {
            Token = settings.Token!,
            BaseUrl = settings.ApiBaseUrl,
            StaffRoleIds = settings.StaffRoleIds,
        })
        .AddSingleton(_ => RestHttp.CreateClient())
        .AddSingleton(s => new DiscordRest(s.Get<HttpClient>(), s.Get<RestOptions>(), s.Get<TimeProvider>(), s.Get<ILogger<DiscordRest>>()))
        .AddSingleton(s => s.Get<DiscordRest>().Status);

    private static IServiceCollection AddOwnership(this IServiceCollection services) => services
        .AddSingleton<ShardStatus>()
        .AddSingleton<ShardTurns>()
        .AddSingleton<CollectTurn>(async (turn, stopping) =>
        {
            await turn.Get<TurnStart>().LoadAsync(stopping);
            await turn.Get<Turn>().RunAsync(stopping);
        })
        .AddScoped<ShardLock>()
        .AddScoped<PositionStore>()
        .AddScoped<GuildStore>()
        .AddScoped<IdentifyStore>()
        .AddScoped<TurnStart>()
        .AddScoped<Turn>();

    private static IServiceCollection AddGateway(this IServiceCollection services, Settings settings) => services
        .AddSingleton<GatewayStatus>()
        .AddSingleton(new GatewayOptions
        {
            Token = settings.Token!,
            Compression = settings.Compression,
            ShardId = settings.Shard.Id,
            ShardCount = settings.Shard.Count,
        })
        .AddScoped(s => new GatewayClient(
            s.Get<GatewayOptions>(), s.Get<DiscordRest>().GetGatewayBotAsync, s.Get<IdentifyStore>().AskAsync, s.Get<GatewayStatus>(),
            s.Get<TimeProvider>(), s.Get<ILogger<GatewayClient>>()))
        .AddScoped<CommitObserver>(s =>
        {
            var gateway = s.Get<GatewayClient>();

            return (batch, _) => gateway.Committed = batch.Position ?? gateway.Committed;
        });

    private static IServiceCollection AddCollect(this IServiceCollection services, Settings settings) => services
        .AddSingleton(settings.Collect)
        .AddSingleton<CollectStatus>()
        .AddSingleton<IReadOnlyDictionary<Snowflake, CollectRules>>(
            settings.OwnGuilds.ToDictionary(guild => guild.Id, guild => guild.ToRules(settings.Collect.CollectBots)))
        .AddScoped(s => new EventQueue(settings.Collect.QueueCapacity, settings.Collect.QueueBytes, s.Get<TimeProvider>()))
        .AddScoped(s => new EventDecoder(settings.StaffRoleIds, s.OfGuilds<CollectRules>().Keys.ToHashSet()))
        .AddScoped(s => new ConfiguredGuilds(
            settings.Guilds.Index()
                .Where(guild => settings.Shard.Has(guild.Item.Id))
                .ToDictionary(guild => guild.Item.Id, guild => guild.Index),
            s.Get<ILogger<ConfiguredGuilds>>()))
        .AddScoped<IEventObserver>(s => s.Get<ConfiguredGuilds>())
        .AddScoped(s => new DispatchReader(
            s.Get<EventDecoder>(), s.GetServices<IEventObserver>(), s.Get<EventQueue>(), s.Get<CollectStatus>(), s.GetService<EventTracer>(),
            s.Get<ILogger<DispatchReader>>()))
        .AddScoped(s => new EventSources(cancellation =>
            s.Get<DispatchReader>().RunAsync(s.Get<GatewayClient>().ReadAsync(s.Get<TurnStart>().Position, cancellation), cancellation)))
        .AddScoped<ChannelLookup>()
        .AddScoped(s => new EventSources(cancellation => s.Get<ChannelLookup>().RunAsync(s.Get<EventQueue>(), cancellation)))
        .AddScoped<CommitObserver>(s =>
        {
            var lookup = s.Get<ChannelLookup>();

            return (batch, _) =>
            {
                foreach (var changes in batch.ChangeSets)
                {
                    lookup.Ask(changes.GuildId, changes.ToLookUp);
                }
            };
        })
        .AddScoped<IReadOnlyDictionary<Snowflake, ChangeSetBuilder>>(s => s.Get<TurnStart>().ChannelTrees.ToDictionary(
            guild => guild.Key,
            guild => new ChangeSetBuilder(
                s.OfGuilds<CollectRules>()[guild.Key], guild.Value, s.Get<ILogger<ChangeSetBuilder>>())))
        .AddScoped<BatchCommitter>()
        .AddScoped<BatchWriter>()
        .AddScoped(s => new CollectStages(
            s.Get<EventQueue>(), s.Get<BatchWriter>(), settings.DrainTimeout, s.Get<CollectStatus>(), s.Get<TimeProvider>(),
            s.Get<ILogger<CollectStages>>()));

    private static IServiceCollection AddMembers(this IServiceCollection services) => services
        .AddScoped<MemberRequester>()
        .AddScoped<IReadOnlyDictionary<Snowflake, GuildSync>>(s => s.OfGuilds<CollectRules>().Keys.ToDictionary(
            id => id,
            id => new GuildSync(
                id, s.Get<TurnStart>().SyncOf(id), s.Get<DiscordRest>(), s.Get<MemberRequester>().TryRequestMembersAsync,
                s.Get<TimeProvider>(), s.Get<ILogger<GuildSync>>())))
        .AddScoped<IEventObserver>(s => ObserversOf(s.OfGuilds<GuildSync>()))
        .AddScoped(s => new EventSources([.. s.OfGuilds<GuildSync>().Values.Select(
            Func<CancellationToken, Task> (sync) => cancellation => sync.RunAsync(s.Get<EventQueue>(), cancellation))]));

    private static IServiceCollection AddCoverage(this IServiceCollection services) => services
        .AddSingleton(new HistoryMeter())
        .AddScoped<LedgerStore>()
        .AddScoped<IReadOnlyDictionary<Snowflake, GuildHealing>>(s => s.OfGuilds<CollectRules>().ToDictionary(
            guild => guild.Key,
            guild => new GuildHealing(
                guild.Value, s.Get<DiscordRest>().InBackground, s.Get<LedgerStore>(), s.Get<TimeProvider>(), s.Get<ILoggerFactory>(),
                s.Get<HistoryMeter>())))
        .AddScoped<IEventObserver>(s => ObserversOf(s.OfGuilds<GuildHealing>()))
        .AddScoped(s => new EventSources([.. s.OfGuilds<GuildHealing>().Values.Select(
            Func<CancellationToken, Task> (healing) => cancellation => healing.RunAsync(s.Get<EventQueue>(), cancellation))]))
        .AddScoped<CommitObserver>(s =>
        {
            var healings = s.OfGuilds<GuildHealing>();

            return (batch, _) =>
            {
                foreach (var changes in batch.ChangeSets.Where(changes => changes.ChangesCoverage))
                {
                    healings[changes.GuildId].Wake();
                }
            };
        });

    private static IServiceCollection AddCommands(this IServiceCollection services, Settings settings) => settings.Commands
        ? services.AddStatusCommand(settings)
        : services;

    private static IServiceCollection AddStatusCommand(this IServiceCollection services, Settings settings) => services
        .AddSingleton<InteractionRest>()
        .AddSingleton(s => new CommandRegistration(
            [.. settings.OwnGuilds.Select(guild => (guild.Id, guild.StaffRoleId is not null))],
            s.Get<DiscordRest>().InBackground, s.Get<InteractionRest>(), s.Get<TimeProvider>(), s.Get<ILogger<CommandRegistration>>()))
        .AddScoped<GuildStatusStore>()
        .AddScoped<IEventObserver>(s =>
        {
            var queue = s.Get<EventQueue>();

            return new StatusCommand(
                s.Get<InteractionRest>(), () => queue.Waiting, s.Get<GuildStatusStore>().ReadAsync, s.Get<TimeProvider>(),
                s.Get<ILogger<StatusCommand>>(), s.Get<TurnStart>().Stopping);
        });

    private static IServiceCollection AddExport(this IServiceCollection services, Settings settings)
    {
        services
            .AddSingleton<GuildSizes>()
            .AddSingleton<Exporters>()
            .AddSingleton<CollectorStatus>()
            .AddSingleton(s => new MetricityMetrics(
                Collector.Version, s.Get<CollectorStatus>(), s.Get<DatabaseWatch>(), s.Get<GuildSizes>(), s.Get<TimeProvider>()))
            .AddScoped<CommitObserver>(s =>
            {
                var (metrics, time) = (s.Get<MetricityMetrics>(), s.Get<TimeProvider>());

                return (batch, took) => metrics.RecordCommit(batch.EventCount, took, time.GetUtcNow().UtcDateTime - batch.OldestReceivedAt);
            });
        if (settings.Statsd is { } statsd)
        {
            services.AddSingleton(s => new StatsdSender(
                statsd, s.Get<StorageOptions>().GuildSchemas, s.Get<StorageStatus>(), s.Get<GuildSizes>(), s.Get<TimeProvider>(),
                s.Get<ILogger<StatsdSender>>()));
        }

        if (settings.Otlp is { } otlp)
        {
            services.AddScoped(_ => new EventTracer(otlp.TraceRatio));
        }

        return services;
    }

    private static T Get<T>(this IServiceProvider services)
        where T : notnull => services.GetRequiredService<T>();

    private static IReadOnlyDictionary<Snowflake, T> OfGuilds<T>(this IServiceProvider services) =>
        services.Get<IReadOnlyDictionary<Snowflake, T>>();

    private static GuildObservers ObserversOf<T>(IReadOnlyDictionary<Snowflake, T> guilds)
        where T : IEventObserver => new(guilds.ToDictionary(guild => guild.Key, IEventObserver (guild) => guild.Value));
}
