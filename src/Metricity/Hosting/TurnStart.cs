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

/// <summary>What a turn as the writer begins with, as the database had it when the shard was taken over. Loaded before it is asked.</summary>
internal sealed partial class TurnStart(
    SchemaCheck schema, StorageOptions options, PositionStore positions, DirectoryStore tables, ShardStatus status, ILogger<TurnStart> logger)
{
    private StartState? _state;

    /// <summary>Where to RESUME; null when there is no session to resume.</summary>
    public GatewayPosition? Position => State.Position;

    /// <summary>The guilds of this shard, with what their tables hold of channels and threads.</summary>
    public IReadOnlyDictionary<Snowflake, GuildDirectory> Directories { get; private set; } = new Dictionary<Snowflake, GuildDirectory>();

    /// <summary>Ends with the turn.</summary>
    public CancellationToken Stopping { get; private set; }

    private StartState State => _state ?? throw new InvalidOperationException("LoadAsync comes first.");

    public SyncStart SyncOf(Snowflake guildId) => new(
        State.MembersRequestedAt.GetValueOrDefault(guildId, DateTimeOffset.MinValue), State.UnsyncedGuilds.Contains(guildId));

    /// <summary>Takes the shard over and reads where it stands.</summary>
    /// <exception cref="SchemaException">A person has to act.</exception>
    /// <exception cref="StoreUnavailableException">The database is away or busy.</exception>
    /// <exception cref="StopException">A person has to act.</exception>
    public async Task LoadAsync(CancellationToken stopping)
    {
        // Again, if it waited: the other one may have been the old version, and somebody migrated meanwhile.
        await schema.RunAsync(stopping);
        Stopping = stopping;
        _state = await positions.StartAsync(stopping);
        var directories = new Dictionary<Snowflake, GuildDirectory>();
        foreach (var guildId in options.GuildSchemas.Keys)
        {
            directories[guildId] = await tables.LoadAsync(guildId, stopping);
        }

        Directories = directories;
        status.BeginTurn();
        LogStart(Collector.Version, directories.Count, SchemaVersion.LatestGuild,
            Position is null ? "begin a new session" : "resume the session from the committed position");
    }

    [LoggerMessage(LogEvents.Collect.Started, LogLevel.Information,
        "Metricity {Version} collects {Guilds} guild(s); database schema {SchemaVersion}; about to {Next}")]
    private partial void LogStart(string version, int guilds, string schemaVersion, string next);
}
