using Metricity.Database;
using Metricity.Events;
using Npgsql;

namespace Metricity.Coverage;

/// <summary>
/// The coverage ledger, tables <c>metricity.coverage</c> and <c>metricity.coverage_channels</c>. Healing and backfill use it in short
/// transactions of its own, from any thread; all of these throw <see cref="StoreUnavailableException"/> and
/// <see cref="StopException"/>, and may be repeated. What is static works in a transaction of the caller's.
/// </summary>
internal sealed partial class LedgerStore(NpgsqlDataSource dataSource, StorageOptions options)
{
    private sealed record GapRow(
        long Id, string Kind, string? Reason, DateTime StartedAt, DateTime? EndedAt, string? ChannelId, DateTime? HealedAt);

    private sealed record PartRow(string ChannelId, string Part, string? ParentId, string State, string? Cursor, string? Reason);

    /// <summary>Gaps of a guild that are not healed, oldest first, the running one included.</summary>
    public Task<IReadOnlyList<CoverageGap>> GetOpenGapsAsync(Snowflake guildId, CancellationToken cancellationToken)
    {
        const string Sql =
            """
            select id as Id, kind as Kind, reason as Reason, started_at at time zone 'UTC' as StartedAt,
                ended_at at time zone 'UTC' as EndedAt, channel_id as ChannelId, healed_at at time zone 'UTC' as HealedAt
            from metricity.coverage
            where guild_id = @GuildId and kind = 'gap' and healed_at is null
            order by started_at, id
            """;

        return RunAsync<IReadOnlyList<CoverageGap>>(
            guildId,
            async session => [.. (await session.QueryAsync<GapRow>(Sql, new { GuildId = guildId.ToString() })).Select(row => ToGap(guildId, row))],
            cancellationToken);
    }

    public Task<IReadOnlyList<CoveragePart>> GetPartsAsync(CoverageGap gap, CancellationToken cancellationToken)
    {
        const string Sql =
            """
            select channel_id as ChannelId, part as Part, parent_id as ParentId, state as State, cursor as Cursor, reason as Reason
            from metricity.coverage_channels
            where coverage_id = @Id
            order by length(channel_id), channel_id, part
            """;

        return RunAsync<IReadOnlyList<CoveragePart>>(
            gap.GuildId,
            async session => [.. (await session.QueryAsync<PartRow>(Sql, new { gap.Id })).Select(ToPart)],
            cancellationToken);
    }

    /// <summary>Adds parts that the gap does not have, and sets state and reason of those that it has and that are not done.</summary>
    public Task PlanAsync(CoverageGap gap, IReadOnlyList<CoveragePart> parts, CancellationToken cancellationToken)
    {
        const string PartsSql =
            """
            insert into metricity.coverage_channels as p (coverage_id, channel_id, part, parent_id, state, reason)
            select @Id, g.channel_id, g.part, g.parent_id, g.state, g.reason
            from unnest(@ChannelIds, @Parts, @ParentIds, @States, @Reasons) as g (channel_id, part, parent_id, state, reason)
            on conflict (coverage_id, channel_id, part) do update set
                state = excluded.state,
                reason = excluded.reason,
                updated_at = now()
            where p.state not in ('healed', 'deleted') and (p.state, p.reason) is distinct from (excluded.state, excluded.reason)
            """;
        const string GapSql =
            """
            update metricity.coverage
            set planned_at = now(), checked_from = case when kind = 'gap' then @From::timestamp at time zone 'UTC' end
            where id = @Id
            """;

        return RunAsync(
            gap.GuildId,
            async session =>
            {
                await session.ExecuteAsync(PartsSql, new
                {
                    gap.Id,
                    ChannelIds = parts.Column(part => part.ChannelId.ToString()),
                    Parts = parts.Column(part => LedgerText.Of(part.Part)),
                    ParentIds = parts.Column(part => part.ParentId.ToText()),
                    States = parts.Column(part => LedgerText.Of(part.State)),
                    Reasons = parts.Column(part => LedgerText.Of(part.Obstacle)),
                });

                return await session.ExecuteAsync(GapSql, new { gap.Id, From = gap.From.ToColumn() });
            },
            cancellationToken);
    }

    /// <summary>
    /// Closes the gap when it was planned, no part is left, and (of a gap of the whole guild) the members were compared. False
    /// otherwise.
    /// </summary>
    public Task<bool> CloseAsync(CoverageGap gap, CancellationToken cancellationToken)
    {
        const string Sql =
            """
            update metricity.coverage c
            set healed_at = now(), healed_by = 'history'
            where c.id = @Id and c.healed_at is null and c.ended_at is not null and c.planned_at is not null
                and (c.kind = 'backfill' or c.channel_id is not null or c.members_synced_at is not null)
                and not exists (
                    select from metricity.coverage_channels p where p.coverage_id = c.id and p.state in ('open', 'unreadable'))
            """;

        return RunAsync(gap.GuildId, async session => await session.ExecuteAsync(Sql, new { gap.Id }) > 0, cancellationToken);
    }

    /// <summary>
    /// Messages of a channel or thread that are stored as not deleted, with ids after <paramref name="after"/> up to
    /// <paramref name="until"/>, ascending; at most <paramref name="limit"/>.
    /// </summary>
    public Task<IReadOnlyList<Snowflake>> GetStoredMessagesAsync(
        Snowflake guildId, CoveragePart part, Snowflake after, Snowflake until, int limit, CancellationToken cancellationToken)
    {
        // Times come from ids, to the millisecond: the index on them finds the stretch, the ids themselves cut its ends.
        const string Sql =
            """
            select id
            from messages
            where ((@IsThread and thread_id = @ChannelId) or (not @IsThread and channel_id = @ChannelId and thread_id is null))
                and created_at >= @From::timestamp and created_at <= @Until::timestamp
                and id::numeric > @After::numeric and id::numeric <= @Last::numeric
                and not is_deleted
            order by id::numeric
            limit @Limit
            """;

        return RunAsync<IReadOnlyList<Snowflake>>(
            guildId,
            async session => await session.QueryIdsAsync(Sql, new
            {
                IsThread = part.ParentId is not null,
                ChannelId = part.ChannelId.ToString(),
                From = after.CreatedAt.ToColumn(),
                Until = until.CreatedAt.ToColumn(),
                After = after.ToString(),
                Last = until.ToString(),
                Limit = limit,
            }),
            cancellationToken);
    }

    /// <summary>Channels (no threads) that are not deleted and of which messages are stored.</summary>
    public Task<IReadOnlySet<Snowflake>> GetCollectedChannelsAsync(Snowflake guildId, CancellationToken cancellationToken)
    {
        const string Sql =
            "select c.id from channels c where not c.deleted and exists (select from messages m where m.channel_id = c.id)";

        return RunAsync<IReadOnlySet<Snowflake>>(
            guildId, async session => (await session.QueryIdsAsync(Sql)).ToHashSet(), cancellationToken);
    }

    /// <summary>Goes on with an unfinished backfill of the same extent, or begins one that ends where live collecting began.</summary>
    /// <param name="session">Holds the lock of the guild's backfill.</param>
    /// <param name="since">UTC.</param>
    public static async Task<BackfillStart> BeginBackfillAsync(Session session, Snowflake guildId, Snowflake? channelId, DateTime since)
    {
        const string FindSql =
            """
            select id as Id, kind as Kind, reason as Reason, started_at at time zone 'UTC' as StartedAt,
                ended_at at time zone 'UTC' as EndedAt, channel_id as ChannelId, healed_at at time zone 'UTC' as HealedAt
            from metricity.coverage
            where guild_id = @GuildId and kind = 'backfill'
                and case when healed_at is null
                    then channel_id is not distinct from @ChannelId and started_at = @Since::timestamp at time zone 'UTC'
                    else (channel_id is null or channel_id = @ChannelId) and started_at <= @Since::timestamp at time zone 'UTC'
                end
            order by healed_at nulls last
            limit 1
            """;
        const string InsertSql =
            """
            insert into metricity.coverage (guild_id, kind, started_at, ended_at, channel_id)
            select @GuildId, 'backfill', @Since::timestamp at time zone 'UTC', s.ended_at, @ChannelId
            from (
                select coalesce(min(started_at), now()) as ended_at
                from metricity.coverage
                where guild_id = @GuildId and kind <> 'backfill' and channel_id is null
            ) as s
            where s.ended_at > @Since::timestamp at time zone 'UTC'
            returning id as Id, kind as Kind, reason as Reason, started_at at time zone 'UTC' as StartedAt,
                ended_at at time zone 'UTC' as EndedAt, channel_id as ChannelId, healed_at at time zone 'UTC' as HealedAt
            """;
        var parameters = new { GuildId = guildId.ToString(), ChannelId = channelId.ToText(), Since = since.ToColumn() };
        var row = await session.QueryFirstOrDefaultAsync<GapRow>(FindSql, parameters)
            ?? await session.QueryFirstOrDefaultAsync<GapRow>(InsertSql, parameters);

        return row is { HealedAt: null } ? new BackfillStart(ToGap(guildId, row), null) : new BackfillStart(null, row?.HealedAt);
    }

    private static CoverageGap ToGap(Snowflake guildId, GapRow row) => new(
        row.Id,
        guildId,
        row.Kind == "backfill",
        row.Reason,
        row.StartedAt.ToUtc(),
        row.EndedAt.ToUtc(),
        Snowflake.TryParse(row.ChannelId, out var channelId) ? channelId : null);

    private static CoveragePart ToPart(PartRow row) => new(
        Snowflake.TryParse(row.ChannelId, out var channelId) ? channelId : default,
        Enum.GetValues<HistoryPart>().First(part => LedgerText.Of(part) == row.Part),
        Snowflake.TryParse(row.ParentId, out var parentId) ? parentId : null,
        Enum.GetValues<HistoryState>().First(state => LedgerText.Of(state) == row.State),
        LedgerText.ReadCursor(row.Cursor),
        Enum.GetValues<HistoryObstacle>().First(obstacle => LedgerText.Of(obstacle) == row.Reason));

    private Task<T> RunAsync<T>(Snowflake guildId, Func<Session, Task<T>> action, CancellationToken cancellationToken) =>
        Session.RunAsync(dataSource, options.CommandTimeout, options.GuildSchemas[guildId], action, cancellationToken);
}
