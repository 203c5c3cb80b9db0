using Metricity.Collect;
using Metricity.Database;
using Metricity.Events;

namespace Metricity.Tables;

/// <summary>Table <c>threads</c>, and stand-ins for channels that threads refer to.</summary>
internal static class ThreadStore
{
    /// <summary>Rows in one statement of an update by id; bounds the size of its arrays.</summary>
    private const int MaxIds = 1_000;

    private sealed record StoredThread(string Id, string ParentId);

    /// <summary>
    /// Archives what is stored as active and is not in the list. It may as well have been deleted: healing a gap asks for each.
    /// </summary>
    public static async Task ApplyActiveAsync(StoreTransaction work, Snowflake guildId, ActiveThreads active)
    {
        const string ActiveSql = "select id as Id, parent_channel_id as ParentId from threads where not archived and not deleted";
        const string ArchiveSql =
            """
            update threads t
            set archived = true, archived_at = null
            from unnest(@Ids) as g (id)
            where t.id = g.id
            """;
        const string AskSql =
            """
            insert into metricity.coverage_channels (coverage_id, channel_id, part, parent_id)
            select c.id, t.id, 'messages', t.parent_channel_id
            from metricity.coverage c, threads t
            where c.guild_id = @GuildId and c.kind = 'gap' and c.healed_at is null and c.members_synced_at is null
                and (c.channel_id is null or c.channel_id = t.parent_channel_id) and t.id = any(@Ids)
            on conflict do nothing
            """;
        var parents = active.ParentIds?.ToHashSet();
        var alive = active.ThreadIds.ToHashSet();
        var stored = await work.Session.QueryAsync<StoredThread>(ActiveSql);
        var archived = stored.Where(thread =>
            Snowflake.TryParse(thread.Id, out var id) && Snowflake.TryParse(thread.ParentId, out var parent)
            && !alive.Contains(id) && parents?.Contains(parent) != false);
        foreach (var ids in archived.Select(thread => thread.Id).Chunk(MaxIds))
        {
            work.CountWritten("threads", await work.Session.ExecuteAsync(ArchiveSql, new { Ids = ids }));
            await work.Session.ExecuteAsync(AskSql, new { GuildId = guildId.ToString(), Ids = ids });
        }
    }

    public static async Task WriteAsync(StoreTransaction work, ChangeSet changes)
    {
        await work.WriteAsync(
            "threads", changes.Threads.Values, row => row.Id, rows => UpsertAsync(work, rows, changes.DeletedThreads));
        await work.WriteAsync("threads", changes.NewThreads.Values, row => row.Id, rows => UpsertAsync(work, rows, [], onlyNew: true));
        await work.WriteAsync("threads", changes.DeletedThreads, id => id, ids => DeleteAsync(work, ids));
    }

    private static async Task UpsertAsync(
        StoreTransaction work, IReadOnlyCollection<ThreadFacts> rows, HashSet<Snowflake> deleted, bool onlyNew = false)
    {
        const string StandInSql =
            """
            insert into channels (id, name, is_staff)
            select g.id, 'unknown-' || g.id, false
            from unnest(@Ids) as g (id)
            where not exists (select from channels c where c.id = g.id)
            on conflict (id) do nothing
            """;
        const string Sql =
            """
            insert into threads (id, parent_channel_id, created_at, name, archived, auto_archive_duration, locked, type,
                owner_id, archived_at, deleted, applied_tags)
            select g.id, g.parent_channel_id, coalesce(g.created_at, t.created_at), g.name, g.archived, g.auto_archive_duration, g.locked,
                g.type, g.owner_id, g.archived_at, g.deleted, g.applied_tags::varchar[]
            from unnest(@Ids, @ParentIds, @CreatedAt::timestamp[], @Names, @Archived, @AutoArchiveDurations, @Locked, @Types, @OwnerIds,
                    @ArchivedAt::timestamp[], @Deleted, @AppliedTags)
                as g (id, parent_channel_id, created_at, name, archived, auto_archive_duration, locked, type, owner_id,
                    archived_at, deleted, applied_tags)
            left join threads t on t.id = g.id
            where t.id is null
                or (t.parent_channel_id, t.created_at, t.name, t.archived, t.auto_archive_duration, t.locked, t.type,
                        t.owner_id, t.archived_at, t.deleted, t.applied_tags)
                    is distinct from (g.parent_channel_id, coalesce(g.created_at, t.created_at), g.name, g.archived,
                        g.auto_archive_duration, g.locked, g.type, g.owner_id, g.archived_at, g.deleted, g.applied_tags::varchar[])
                    and not @OnlyNew
            on conflict (id) do update set
                parent_channel_id = excluded.parent_channel_id,
                created_at = excluded.created_at,
                name = excluded.name,
                archived = excluded.archived,
                auto_archive_duration = excluded.auto_archive_duration,
                locked = excluded.locked,
                type = excluded.type,
                owner_id = excluded.owner_id,
                archived_at = excluded.archived_at,
                deleted = excluded.deleted,
                applied_tags = excluded.applied_tags
            where not @OnlyNew
            """;
        var ids = rows.Column(row => row.Id.ToString());
        var parentIds = rows.Column(row => row.ParentId.ToString());
        work.CountWritten("channels", await work.Session.ExecuteAsync(StandInSql, new { Ids = parentIds.Distinct().ToArray() }));
        var written = await work.Session.ExecuteAsync(Sql, new
        {
            Ids = ids,
            ParentIds = parentIds,
            CreatedAt = rows.Column(row => row.CreatedAt.ToColumn()),
            Names = rows.Column(row => row.Name.ToColumn()),
            Archived = rows.Column(row => row.IsArchived),
            AutoArchiveDurations = rows.Column(row => row.AutoArchiveDuration),
            Locked = rows.Column(row => row.IsLocked),
            Types = rows.Column(row => row.Type.Name),
            OwnerIds = rows.Column(row => row.OwnerId.ToText()),
            ArchivedAt = rows.Column(row => row.ArchivedAt.ToColumn()),
            Deleted = rows.Column(row => deleted.Contains(row.Id)),
            AppliedTags = rows.Column(row => $"{{{string.Join(',', row.AppliedTags)}}}"), // rows of an array must not differ in length
            OnlyNew = onlyNew,
        });
        work.CountWritten("threads", written);
        await ReplaceStandInsAsync(work, ids);
    }

    /// <summary>
    /// A message whose channel nobody knew made a stand-in channel. Now that the id turns out to be a thread's, the messages move there.
    /// </summary>
    private static async Task ReplaceStandInsAsync(StoreTransaction work, string[] threadIds)
    {
        const string FindSql =
            """
            select c.id
            from unnest(@Ids) as g (id)
            join channels c on c.id = g.id
            where c.name = 'unknown-' || c.id and c.type is null
                and not exists (select from threads t where t.parent_channel_id = c.id)
            """;
        const string MoveSql =
            """
            update messages m
            set channel_id = t.parent_channel_id, thread_id = t.id
            from threads t
            where t.id = any(@Ids) and m.channel_id = t.id;

            delete from channels where id = any(@Ids);
            """;
        var standIns = await work.Session.QueryAsync<string>(FindSql, new { Ids = threadIds });
        if (standIns.Count > 0)
        {
            await work.Session.ExecuteAsync(MoveSql, new { Ids = standIns.ToArray() });
        }
    }

    private static async Task DeleteAsync(StoreTransaction work, IReadOnlyCollection<Snowflake> ids)
    {
        const string Sql = "update threads set deleted = true where id = any(@Ids) and not deleted";
        work.CountWritten("threads", await work.Session.ExecuteAsync(Sql, new { Ids = ids.Column(id => id.ToString()) }));
    }
}
