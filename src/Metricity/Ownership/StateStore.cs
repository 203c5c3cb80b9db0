using Dapper;
using Metricity.Collect;
using Metricity.Database;
using Metricity.Events;
using Metricity.Gateway;
using Metricity.Tables;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Metricity.Ownership;

/// <summary>
/// The program's own state (schema <c>metricity</c>): takes the shard over at the start and reads what the run begins with. The fence
/// against a second writer is the epoch: each start raises it, and <see cref="BatchStore"/> commits only while it is the one of this start.
/// </summary>
internal sealed partial class StateStore(NpgsqlDataSource dataSource, StorageOptions options, ILogger<StateStore> logger)
{
    private long? _epoch;

    private sealed record PositionRow(long Epoch, string? SessionId, string? ResumeUrl, long? Sequence);

    private sealed record GuildRow(string GuildId, string SchemaName, bool IsSynced, DateTime? MembersRequestedAt);

    private sealed record ChannelRowOfDirectory(string Id, string? CategoryId, bool IsStandIn);

    private sealed record ThreadRowOfDirectory(string Id, string ParentId);

    /// <summary>The epoch of this start.</summary>
    /// <exception cref="InvalidOperationException">The shard was not taken over yet.</exception>
    public long Epoch => _epoch ?? throw new InvalidOperationException("StartAsync comes first.");

    /// <summary>
    /// Takes the shard over, so that an older writer cannot commit any more (its open transaction is waited for), notes which guild
    /// lives in which schema, and reads the position.
    /// </summary>
    /// <exception cref="StoreUnavailableException">The database is away or busy.</exception>
    /// <exception cref="StoreUnusableException">A person has to act, for example because a schema holds another guild.</exception>
    public Task<StartState> StartAsync(CancellationToken cancellationToken) => DatabaseFaults.GuardAsync(async () =>
    {
        await using var connection = await dataSource.ConnectAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var position = await TakeShardAsync(transaction, cancellationToken);
        var guilds = await RegisterGuildsAsync(transaction, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        _epoch = position.Epoch;
        LogShardTaken(options.ShardId, options.ShardCount, position.Epoch, position.Sequence);

        return new StartState(
            PositionOf(position),
            guilds.Where(guild => !guild.Value.IsSynced).Select(guild => guild.Key).ToHashSet(),
            guilds.Where(guild => guild.Value.MembersRequestedAt is not null)
                .ToDictionary(guild => guild.Key, guild => new DateTimeOffset(guild.Value.MembersRequestedAt!.Value, TimeSpan.Zero)));
    }, cancellationToken);

    /// <summary>Only notes which guild lives in which schema: for commands that work beside the collector.</summary>
    /// <inheritdoc cref="StartAsync"/>
    public Task RegisterAsync(CancellationToken cancellationToken) => DatabaseFaults.GuardAsync(async () =>
    {
        await using var connection = await dataSource.ConnectAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var guilds = await RegisterGuildsAsync(transaction, cancellationToken);
        await transaction.CommitAsync(cancellationToken);

        return guilds;
    }, cancellationToken);

    /// <summary>What the tables hold of the guild's channels and threads. Stand-ins, those that the store made too, are told apart.</summary>
    public Task<GuildDirectory> LoadDirectoryAsync(Snowflake guildId, CancellationToken cancellationToken) => DatabaseFaults.GuardAsync(async () =>
    {
        const string SchemaSql = "select set_config('search_path', quote_ident(@Schema), true)";
        const string CategorySql = "select id from categories where not deleted";
        const string ChannelSql =
            """
            select id as Id, category_id as CategoryId, type is null and name = 'unknown-' || id as IsStandIn
            from channels
            where not deleted
            """;
        const string ThreadSql = "select id as Id, parent_channel_id as ParentId from threads";
        const string HiddenSql =
            """
            select channel_id
            from metricity.coverage
            where guild_id = @GuildId and kind = 'gap' and channel_id is not null and ended_at is null
            """;
        await using var connection = await dataSource.ConnectAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await connection.ExecuteAsync(
            Command(transaction, SchemaSql, new { Schema = options.GuildSchemas[guildId] }, cancellationToken));
        var directory = new GuildDirectory(guildId);
        foreach (var text in await connection.QueryAsync<string>(Command(transaction, CategorySql, null, cancellationToken)))
        {
            if (Snowflake.TryParse(text, out var id))
            {
                directory.Categories.Add(id);
            }
        }

        foreach (var row in await connection.QueryAsync<ChannelRowOfDirectory>(Command(transaction, ChannelSql, null, cancellationToken)))
        {
            if (!Snowflake.TryParse(row.Id, out var id))
            {
                continue;
            }

            if (row.IsStandIn)
            {
                directory.StandIns.Add(id);
            }
            else
            {
                directory.Channels[id] = Snowflake.TryParse(row.CategoryId, out var categoryId) ? categoryId : null;
            }
        }

        foreach (var row in await connection.QueryAsync<ThreadRowOfDirectory>(Command(transaction, ThreadSql, null, cancellationToken)))
        {
            if (Snowflake.TryParse(row.Id, out var id) && Snowflake.TryParse(row.ParentId, out var parentId))
            {
                directory.Threads[id] = parentId;
            }
        }

        var hidden = Command(transaction, HiddenSql, new { GuildId = guildId.ToString() }, cancellationToken);
        foreach (var text in await connection.QueryAsync<string>(hidden))
        {
            if (Snowflake.TryParse(text, out var id))
            {
                directory.HiddenChannels.Add(id);
            }
        }

        return directory;
    }, cancellationToken);

    /// <summary>Notes that the member list was asked for: Discord allows one request per guild in 30 s, over restarts too.</summary>
    public Task RecordMembersRequestedAsync(
        Snowflake guildId, DateTimeOffset at, CancellationToken cancellationToken) => DatabaseFaults.GuardAsync(async () =>
    {
        const string Sql = "update metricity.guilds set members_requested_at = @At where guild_id = @GuildId";
        await using var connection = await dataSource.ConnectAsync(cancellationToken);

        return await connection.ExecuteAsync(
            Command(null, Sql, new { GuildId = guildId.ToString(), At = at.UtcDateTime }, cancellationToken));
    }, cancellationToken);

    /// <summary>
    /// Gives back the schemas of guilds of which nothing was ever collected, so that a mistyped id does not hold the schema against the
    /// right one.
    /// </summary>
    public Task ReleaseAsync(IReadOnlyCollection<Snowflake> guildIds, CancellationToken cancellationToken) => DatabaseFaults.GuardAsync(async () =>
    {
        const string Sql =
            """
            delete from metricity.guilds
            where guild_id = any(@GuildIds) and members_synced_at is null and members_requested_at is null
            """;
        await using var connection = await dataSource.ConnectAsync(cancellationToken);

        return await connection.ExecuteAsync(
            Command(null, Sql, new { GuildIds = guildIds.ToArray().Column(id => id.ToString()) }, cancellationToken));
    }, cancellationToken);

    private async Task<PositionRow> TakeShardAsync(NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        const string Sql =
            """
            insert into metricity.positions as p (shard_id, shard_count, epoch)
            values (@ShardId, @ShardCount, 1)
            on conflict (shard_id, shard_count) do update set epoch = p.epoch + 1, updated_at = now()
            returning epoch as Epoch, session_id as SessionId, resume_gateway_url as ResumeUrl, sequence as Sequence
            """;

        return await transaction.Connection!.QuerySingleAsync<PositionRow>(
            Command(transaction, Sql, new { options.ShardId, options.ShardCount }, cancellationToken));
    }

    private async Task<Dictionary<Snowflake, GuildRow>> RegisterGuildsAsync(
        NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        const string InsertSql =
            """
            insert into metricity.guilds (guild_id, schema_name)
            select g.guild_id, g.schema_name
            from unnest(@GuildIds, @SchemaNames) as g (guild_id, schema_name)
            order by g.guild_id
            on conflict do nothing
            """;
        const string SelectSql =
            """
            select guild_id as GuildId, schema_name as SchemaName, members_synced_at is not null as IsSynced,
                members_requested_at at time zone 'UTC' as MembersRequestedAt
            from metricity.guilds
            where guild_id = any(@GuildIds) or schema_name = any(@SchemaNames)
            """;
        var parameters = new
        {
            GuildIds = options.GuildSchemas.Keys.ToArray().Column(id => id.ToString()),
            SchemaNames = options.GuildSchemas.Values.ToArray(),
        };
        var connection = transaction.Connection!;
        await connection.ExecuteAsync(Command(transaction, InsertSql, parameters, cancellationToken));
        var rows = (await connection.QueryAsync<GuildRow>(Command(transaction, SelectSql, parameters, cancellationToken))).AsList();
        var guilds = new Dictionary<Snowflake, GuildRow>();
        foreach (var (guildId, schema) in options.GuildSchemas)
        {
            var stored = rows.Find(row => row.GuildId == guildId.ToString());
            if (stored is null)
            {
                var holder = rows.Find(row => row.SchemaName == schema);
                throw new StoreUnusableException(
                    $"Schema \"{schema}\" holds guild {holder?.GuildId ?? "(another one)"}, not {guildId}: "
                        + $"give guild {guildId} a schema of its own in Guilds:N:Schema.");
            }

            if (stored.SchemaName != schema)
            {
                throw new StoreUnusableException(
                    $"Guild {guildId} lives in schema \"{stored.SchemaName}\", not in \"{schema}\": set its Guilds:N:Schema back, "
                        + "or rename the schema and change its row in metricity.guilds.");
            }

            guilds.Add(guildId, stored);
        }

        return guilds;
    }

    private static GatewayPosition? PositionOf(PositionRow row) =>
        row.SessionId is { } sessionId && row.Sequence is { } sequence && Uri.TryCreate(row.ResumeUrl, UriKind.Absolute, out var resumeUrl)
            ? new GatewayPosition(new GatewaySession(sessionId, resumeUrl), sequence)
            : null;

    private CommandDefinition Command(
        NpgsqlTransaction? transaction, string sql, object? parameters, CancellationToken cancellationToken) =>
        new(sql, parameters, transaction, (int)options.CommandTimeout.TotalSeconds, cancellationToken: cancellationToken);

    [LoggerMessage(
        LogEvents.Database.ShardTaken,
        LogLevel.Information,
        "Shard {ShardId} of {ShardCount} taken over with epoch {Epoch}; committed sequence {Sequence}")]
    private partial void LogShardTaken(int shardId, int shardCount, long epoch, long? sequence);
}
