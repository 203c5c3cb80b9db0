using Metricity.Database;
using Metricity.Events;
using Npgsql;

namespace Metricity.Ownership;

/// <summary>Table <c>metricity.guilds</c>: which guild lives in which schema, and when its members were asked for and compared.</summary>
internal sealed class GuildStore(NpgsqlDataSource dataSource, StorageOptions options)
{
    /// <summary>Notes which guild lives in which schema, and takes no shard over: for commands beside the collector.</summary>
    /// <exception cref="StoreUnavailableException">The database is away or busy.</exception>
    /// <exception cref="StopException">A person has to act, for example because a schema holds another guild.</exception>
    public Task RegisterAsync(CancellationToken cancellationToken) =>
        RunAsync(session => RegisterAsync(session, options.GuildSchemas), cancellationToken);

    /// <summary>Notes that the member list was asked for: Discord allows one request per guild in 30 s, over restarts too.</summary>
    public Task RecordMembersRequestedAsync(Snowflake guildId, DateTimeOffset at, CancellationToken cancellationToken)
    {
        const string Sql = "update metricity.guilds set members_requested_at = @At where guild_id = @GuildId";

        return RunAsync(
            session => session.ExecuteAsync(Sql, new { GuildId = guildId.ToString(), At = at.UtcDateTime }), cancellationToken);
    }

    /// <summary>
    /// Gives back the schemas of guilds of which nothing was ever collected, so that a mistyped id does not hold the schema against the
    /// right one.
    /// </summary>
    public Task ReleaseAsync(IReadOnlyCollection<Snowflake> guildIds, CancellationToken cancellationToken)
    {
        const string Sql =
            """
            delete from metricity.guilds
            where guild_id = any(@GuildIds) and members_synced_at is null and members_requested_at is null
            """;

        return RunAsync(session => session.ExecuteAsync(Sql, new { GuildIds = guildIds.Column(id => id.ToString()) }), cancellationToken);
    }

    /// <inheritdoc cref="RegisterAsync(CancellationToken)"/>
    public static async Task<IReadOnlyDictionary<Snowflake, StoredGuild>> RegisterAsync(
        Session session, IReadOnlyDictionary<Snowflake, string> schemas)
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
            GuildIds = schemas.Keys.ToArray().Column(id => id.ToString()),
            SchemaNames = schemas.Values.ToArray(),
        };
        await session.ExecuteAsync(InsertSql, parameters);
        var rows = await session.QueryAsync<StoredGuild>(SelectSql, parameters);
        var guilds = new Dictionary<Snowflake, StoredGuild>();
        foreach (var (guildId, schema) in schemas)
        {
            var stored = rows.Find(row => row.GuildId == guildId.ToString());
            if (stored is null)
            {
                var holder = rows.Find(row => row.SchemaName == schema);
                throw new StopException(ExitCode.Database,
                $"Schema \"{schema}\" holds guild {holder?.GuildId ?? "(another one)"}, not {guildId}: "
                        + $"give guild {guildId} a schema of its own in Guilds:N:Schema.");
            }

            if (stored.SchemaName != schema)
            {
                throw new StopException(ExitCode.Database,
                $"Guild {guildId} lives in schema \"{stored.SchemaName}\", not in \"{schema}\": set its Guilds:N:Schema back, "
                        + "or rename the schema and change its row in metricity.guilds.");
            }

            guilds.Add(guildId, stored);
        }

        return guilds;
    }

    /// <summary>The members are not compared, until <see cref="MarkSyncEndedAsync"/>.</summary>
    public static Task MarkSyncStartedAsync(Session session, Snowflake guildId)
    {
        const string Sql =
            "update metricity.guilds set members_synced_at = null where guild_id = @GuildId and members_synced_at is not null";

        return session.ExecuteAsync(Sql, new { GuildId = guildId.ToString() });
    }

    /// <param name="now">UTC without a kind.</param>
    public static Task MarkSyncEndedAsync(Session session, Snowflake guildId, DateTime now)
    {
        const string Sql =
            "update metricity.guilds set members_synced_at = @Now::timestamp at time zone 'UTC' where guild_id = @GuildId";

        return session.ExecuteAsync(Sql, new { GuildId = guildId.ToString(), Now = now });
    }

    private Task<T> RunAsync<T>(Func<Session, Task<T>> action, CancellationToken cancellationToken) =>
        Session.RunAsync(dataSource, options.CommandTimeout, null, action, cancellationToken);
}

/// <summary>A row of <c>metricity.guilds</c>.</summary>
/// <param name="IsSynced">The members were compared to the end since the last session began.</param>
/// <param name="MembersRequestedAt">UTC; when the member list was last asked for.</param>
internal sealed record StoredGuild(string GuildId, string SchemaName, bool IsSynced, DateTime? MembersRequestedAt);
