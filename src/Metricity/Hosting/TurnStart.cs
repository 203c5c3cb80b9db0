using Metricity.Collect;
using Metricity.Database;
using Metricity.Events;
using Metricity.Gateway;
using Metricity.Members;
using Metricity.Migrations;
using Metricity.Ownership;
using Metricity.Tables;
using Microsoft.Extensions.Logging;

namespace Metricity.Hosting;

/// <summary>What a turn as the writer begins with: what the database held when the shard was taken over. Loaded before it is asked.</summary>
internal sealed partial class TurnStart(
    SchemaCheck schema,
    StorageOptions options,
    PositionStore positions,
    ChannelTreeStore channels,
    ShardStatus status,
    ILogger<TurnStart> logger)
{
    private Loaded? _loaded;

    /// <summary>Where to RESUME; null when there is no session to resume.</summary>
    public GatewayPosition? Position => Now.State.Position;

    /// <summary>The guilds of this shard, with what their tables hold of channels and threads.</summary>
    public IReadOnlyDictionary<Snowflake, ChannelTree> ChannelTrees => Now.ChannelTrees;

    /// <summary>Ends with the turn.</summary>
    public CancellationToken Stopping => Now.Stopping;

    private Loaded Now => _loaded ?? throw new InvalidOperationException("LoadAsync comes first.");

    public SyncStart SyncOf(Snowflake guildId) => new(
        Now.State.MembersRequestedAt.GetValueOrDefault(guildId, DateTimeOffset.MinValue), Now.State.UnsyncedGuilds.Contains(guildId));

    /// <summary>Takes the shard over and reads where it stands.</summary>
    /// <exception cref="SchemaException">A person has to act.</exception>
    /// <exception cref="StoreUnavailableException">The database is away or busy.</exception>
    /// <exception cref="StopException">A person has to act.</exception>
    public async Task LoadAsync(CancellationToken stopping)
    {
        // Again, if it waited: the other one may have been the old version, and somebody migrated meanwhile.
        await schema.RunAsync(stopping);
        var state = await positions.StartAsync(stopping);
        var trees = new Dictionary<Snowflake, ChannelTree>();
        foreach (var guildId in options.GuildSchemas.Keys)
        {
            trees[guildId] = await channels.LoadAsync(guildId, stopping);
        }

        _loaded = new Loaded(state, trees, stopping);
        status.BeginTurn();
        LogStart(Collector.Version, trees.Count, SchemaVersion.LatestGuild,
            Position is null ? "begin a new session" : "resume the session from the committed position");
    }

    [LoggerMessage(LogEvents.Hosting.Started, LogLevel.Information,
        "Metricity {Version} collects {Guilds} guild(s); database schema {SchemaVersion}; about to {Next}")]
    private partial void LogStart(string version, int guilds, string schemaVersion, string next);

    private sealed record Loaded(StartState State, IReadOnlyDictionary<Snowflake, ChannelTree> ChannelTrees, CancellationToken Stopping);
}
