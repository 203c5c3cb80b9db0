using Metricity.Collect;
using Metricity.Database;
using Metricity.Events;

namespace Metricity.Coverage;

/// <summary>
/// What a batch changes, in its transaction. Beside the guild's running stretch run the gaps of channels that are hidden.
/// </summary>
internal sealed partial class LedgerStore
{
    private sealed record KnowledgeRow(long? Id, string? Kind, DateTime? StartedAt, bool WasCollected, DateTime? NewestMessageAt);

    /// <remarks>Before the rows of the batch are written: what is stored then is what was known before the change.</remarks>
    /// <param name="lastReceivedAt">UTC; when the last event before this batch was received. Null when there was none.</param>
    /// <param name="sessionId">The batch's session, or null.</param>
    public static async Task ApplyAsync(Session session, ChangeSet changes, DateTime? lastReceivedAt, string? sessionId)
    {
        foreach (var change in changes.Coverage)
        {
            // As exact as the ledger itself: a rule that is applied again looks for its own time there.
            var at = change.At.ToColumn();
            var known = await ReadKnowledgeAsync(session, changes.GuildId, lastReceivedAt);
            await WriteAsync(session, changes.GuildId, LedgerRules.Apply(change.Cause, at, known), known.Running, sessionId);
            await WriteChannelsAsync(session, changes.GuildId, change);
        }
    }

    /// <summary>How far the history behind the batch's rows has got.</summary>
    public static async Task WriteHistoryAsync(Session session, IReadOnlyList<HistoryProgress> history)
    {
        foreach (var progress in history)
        {
            await SetProgressAsync(session, progress);
            await AddPartsAsync(session, progress);
        }
    }

    /// <summary>The members were compared: what gaps that are over left open in that is settled.</summary>
    /// <param name="now">UTC without a kind.</param>
    public static Task MarkMembersComparedAsync(Session session, Snowflake guildId, DateTime now)
    {
        const string Sql =
            """
            update metricity.coverage set members_synced_at = @Now::timestamp at time zone 'UTC'
            where guild_id = @GuildId and kind = 'gap' and channel_id is null and ended_at is not null and members_synced_at is null
            """;

        return session.ExecuteAsync(Sql, new { GuildId = guildId.ToString(), Now = now });
    }

    /// <summary>Threads that left the list of active ones may have been deleted in a gap: those that are open ask for each.</summary>
    public static Task AddThreadsAsync(Session session, Snowflake guildId, string[] threadIds)
    {
        const string Sql =
            """
            insert into metricity.coverage_channels (coverage_id, channel_id, part, parent_id)
            select c.id, t.id, 'messages', t.parent_channel_id
            from metricity.coverage c, threads t
            where c.guild_id = @GuildId and c.kind = 'gap' and c.healed_at is null and c.members_synced_at is null
                and (c.channel_id is null or c.channel_id = t.parent_channel_id) and t.id = any(@Ids)
            on conflict do nothing
            """;

        return session.ExecuteAsync(Sql, new { GuildId = guildId.ToString(), Ids = threadIds });
    }

    /// <summary>Channels that are hidden from the bot at present.</summary>
    public static Task<List<Snowflake>> GetHiddenChannelsAsync(Session session, Snowflake guildId)
    {
        const string Sql =
            """
            select channel_id
            from metricity.coverage
            where guild_id = @GuildId and kind = 'gap' and channel_id is not null and ended_at is null
            """;

        return session.QueryIdsAsync(Sql, new { GuildId = guildId.ToString() });
    }

    private static async Task<LedgerKnowledge> ReadKnowledgeAsync(Session session, Snowflake guildId, DateTime? lastReceivedAt)
    {
        const string Sql =
            """
            select c.id as Id, c.kind as Kind, c.started_at at time zone 'UTC' as StartedAt,
                exists (
                    select from metricity.guilds
                    where guild_id = @GuildId and first_seen_at <= @LastReceivedAt::timestamp at time zone 'UTC') as WasCollected,
                case when @LastReceivedAt::timestamp is null then (select max(created_at) from messages) end as NewestMessageAt
            from (select) as one
            left join metricity.coverage as c on c.guild_id = @GuildId and c.channel_id is null and c.ended_at is null
            limit 1
            """;
        var row = await session.QuerySingleAsync<KnowledgeRow>(
            Sql, new { GuildId = guildId.ToString(), LastReceivedAt = lastReceivedAt.ToColumn() });
        var running = row.Id is { } id ? new Stretch(id, LedgerText.ReadKind(row.Kind), row.StartedAt!.Value.ToUtc()) : null;

        return new LedgerKnowledge(running, lastReceivedAt, row.WasCollected, row.NewestMessageAt);
    }

    private static async Task WriteAsync(
        Session session, Snowflake guildId, IReadOnlyList<LedgerChange> changes, Stretch? running, string? sessionId)
    {
        const string EndSql =
            "update metricity.coverage set ended_at = greatest(started_at, @At::timestamp at time zone 'UTC') where id = @Id";
        const string BeginSql =
            """
            insert into metricity.coverage (guild_id, kind, reason, started_at, ended_at, session_id)
            values (@GuildId, @Kind, @Reason, @At::timestamp at time zone 'UTC', @Until::timestamp at time zone 'UTC', @SessionId)
            """;
        foreach (var change in changes)
        {
            await (change switch
            {
                LedgerChange.End end => session.ExecuteAsync(EndSql, new { running!.Id, At = end.At.ToColumn() }),
                LedgerChange.Begin begin => session.ExecuteAsync(BeginSql, new
                {
                    GuildId = guildId.ToString(),
                    Kind = LedgerText.Of(begin.Kind),
                    begin.Reason,
                    At = begin.At.ToColumn(),
                    Until = begin.Until.ToColumn(),
                    SessionId = sessionId?.ToColumn(),
                }),
                _ => throw new InvalidOperationException("Not a change of the ledger."),
            });
        }
    }

    private static async Task WriteChannelsAsync(Session session, Snowflake guildId, CoverageChange change)
    {
        // Where no message is stored, nothing that was collected is missing: a new channel that is made private is no gap.
        const string HiddenSql =
            """
            insert into metricity.coverage (guild_id, kind, reason, started_at, channel_id)
            select @GuildId, 'gap', 'channel_hidden', @At::timestamp at time zone 'UTC', g.id
            from unnest(@Ids) as g (id)
            where exists (select from messages where channel_id = g.id)
            on conflict (guild_id, channel_id) where ended_at is null do nothing
            """;
        const string SeenSql =
            """
            update metricity.coverage
            set ended_at = greatest(started_at, @At::timestamp at time zone 'UTC')
            where guild_id = @GuildId and kind = 'gap' and channel_id = any(@Ids) and ended_at is null
            """;

        // The newest message says until when the channel was seen.
        const string GainedSql =
            """
            insert into metricity.coverage (guild_id, kind, reason, started_at, ended_at, channel_id)
            select @GuildId, 'gap', 'channel_hidden', least(m.seen, @At::timestamp) at time zone 'UTC',
                @At::timestamp at time zone 'UTC', g.id
            from unnest(@Ids) as g (id)
            cross join lateral (select max(created_at) as seen from messages where channel_id = g.id) as m
            where m.seen is not null and not exists (
                select from metricity.coverage c
                where c.guild_id = @GuildId and c.channel_id = g.id and c.ended_at = @At::timestamp at time zone 'UTC')
            """;
        var sql = change.Cause switch
        {
            CoverageCause.ChannelsHidden => HiddenSql,
            CoverageCause.ChannelsSeen => SeenSql,
            CoverageCause.ChannelsGained => GainedSql,
            _ => null,
        };
        if (sql is not null)
        {
            await session.ExecuteAsync(sql, new
            {
                GuildId = guildId.ToString(),
                At = change.At.ToColumn(),
                Ids = change.Channels.Column(id => id.ToString()),
            });
        }
    }

    private static Task<int> SetProgressAsync(Session session, HistoryProgress progress)
    {
        const string Sql =
            """
            update metricity.coverage_channels
            set state = @State, reason = @Reason, cursor = coalesce(@Cursor, cursor), pages = pages + 1,
                messages = messages + @Messages, vanished = vanished + @Vanished, updated_at = now()
            where coverage_id = @CoverageId and channel_id = @ChannelId and part = @Part
            """;

        return session.ExecuteAsync(Sql, new
        {
            progress.Step.CoverageId,
            ChannelId = progress.Step.ChannelId.ToString(),
            Part = LedgerText.Of(progress.Step.Part),
            State = LedgerText.Of(progress.Step.State),
            Reason = LedgerText.Of(progress.Step.Obstacle),
            Cursor = LedgerText.Of(progress.Step.Cursor),
            progress.Messages,
            progress.Vanished,
        });
    }

    private static async Task AddPartsAsync(Session session, HistoryProgress progress)
    {
        const string Sql =
            """
            insert into metricity.coverage_channels (coverage_id, channel_id, part, parent_id)
            select @CoverageId, g.id, 'messages', @ParentId
            from unnest(@Ids) as g (id)
            on conflict do nothing
            """;
        if (progress.Threads.Count > 0)
        {
            await session.ExecuteAsync(Sql, new
            {
                progress.Step.CoverageId,
                Ids = progress.Threads.Column(thread => thread.Id.ToString()),
                ParentId = progress.Step.ChannelId.ToString(),
            });
        }
    }
}
