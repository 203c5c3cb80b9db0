using Metricity.Collect;
using Metricity.Database;
using Metricity.Events;

namespace Metricity.Tables;

/// <summary>Tables <c>messages</c> and <c>message_tombstones</c>. Not thread safe; owned by <see cref="BatchStore"/>.</summary>
internal sealed class MessageStore
{
    /// <summary>The hot statement; <c>tests/Metricity.Benchmarks</c> drives it alone to see what the way to it costs.</summary>
    internal const string InsertSql =
        """
        insert into messages (id, channel_id, thread_id, author_id, created_at, is_deleted, type, edited_at, deleted_at)
        select id, channel_id, thread_id, author_id, created_at, deleted_at is not null, type, edited_at, deleted_at
        from unnest(@Ids, @ChannelIds, @ThreadIds, @AuthorIds, @CreatedAt, @Types, @EditedAt::timestamp[], @DeletedAt::timestamp[])
            as g (id, channel_id, thread_id, author_id, created_at, type, edited_at, deleted_at)
        on conflict (id) do nothing
        """;

    private readonly MessageColumns _columns = new();

    /// <summary>
    /// Removes the messages under stand-ins that turned out to be ignored channels, or threads of one. Before the stand-ins give way, while
    /// their messages can be told from others.
    /// </summary>
    public static async Task DiscardAsync(StoreTransaction work, IReadOnlyCollection<Snowflake> standIns)
    {
        const string Sql = "delete from messages where channel_id = any(@Ids)";
        if (standIns.Count > 0)
        {
            work.CountWritten("messages", await work.Session.ExecuteAsync(Sql, new { Ids = standIns.Column(id => id.ToString()) }));
        }
    }

    public async Task WriteAsync(StoreTransaction work, ChangeSet changes, StoredRows memory)
    {
        await work.WriteAsync("messages", changes.Messages.Values, row => row.Id, rows => InsertAsync(work, changes.GuildId, rows, memory));
        await work.WriteAsync("messages", changes.Edits, row => row.Key, rows => EditAsync(work, rows));
        await work.WriteAsync("messages", changes.Deletes, row => row.Key, rows => DeleteAsync(work, rows, memory));
        await work.WriteAsync("messages", changes.Vanished, id => id, ids => MarkVanishedAsync(work, ids));
    }

    private async Task InsertAsync(
        StoreTransaction work, Snowflake guildId, IReadOnlyCollection<MessageRow> rows, StoredRows memory)
    {
        _columns.Fill(rows, memory.Tombstones);
        if (work.Mode != WriteMode.Plain)
        {
            await WriteStandInsAsync(work);
        }

        var written = await work.Session.ExecuteAsync(InsertSql, _columns);
        work.CountWritten("messages", written);
        work.CountNew(guildId, new NewRows(written, 0, 0));
        if (written < rows.Count)
        {
            // Some were stored before, and may have been edited since (history read over REST).
            var edits = rows.Where(row => row.EditedAt is not null).ToDictionary(row => row.Id, row => row.EditedAt!.Value);
            await EditAsync(work, edits);
        }

        await RemoveTombstonesAsync(work, rows, memory);
    }

    /// <summary>No message is left out because its author, channel or thread is not stored: they get a row named "unknown-…".</summary>
    private async Task WriteStandInsAsync(StoreTransaction work)
    {
        const string ChannelSql =
            """
            insert into channels (id, name, is_staff)
            select distinct g.id, 'unknown-' || g.id, false
            from unnest(@ChannelIds) as g (id)
            where not exists (select from channels c where c.id = g.id)
            on conflict (id) do nothing
            """;
        const string ThreadSql =
            """
            insert into threads (id, parent_channel_id, name, archived, auto_archive_duration, locked, type)
            select distinct on (g.id) g.id, g.channel_id, 'unknown-' || g.id, false, 1440, false, 'public_thread'
            from unnest(@ThreadIds, @ChannelIds) as g (id, channel_id)
            where g.id is not null and not exists (select from threads t where t.id = g.id)
            on conflict (id) do nothing
            """;
        const string UserSql =
            """
            insert into users (id, name, joined_at, created_at, is_staff, bot, in_guild, pending)
            select g.id, 'unknown-' || g.id, g.created_at, g.created_at, false, false, false, false
            from unnest(@Ids, @CreatedAt) as g (id, created_at)
            where not exists (select from users u where u.id = g.id)
            on conflict (id) do nothing
            """;
        work.CountWritten("channels", await work.Session.ExecuteAsync(ChannelSql, new { _columns.ChannelIds }));
        work.CountWritten("threads", await work.Session.ExecuteAsync(ThreadSql, new { _columns.ThreadIds, _columns.ChannelIds }));

        // The authors that the payloads told of are stored already; this is for those whose own row was refused.
        var authors = _columns.AuthorIds.Distinct().ToArray();
        var written = await work.Session.ExecuteAsync(UserSql, new
        {
            Ids = authors,
            CreatedAt = authors.Column(text => Snowflake.TryParse(text, out var id) ? id.CreatedAt.ToColumn() : work.Now),
        });
        work.CountWritten("users", written);
    }

    private static async Task EditAsync(StoreTransaction work, IReadOnlyCollection<KeyValuePair<Snowflake, DateTime>> rows)
    {
        if (rows.Count == 0)
        {
            return;
        }

        const string Sql =
            """
            update messages m
            set edited_at = g.edited_at
            from unnest(@Ids, @EditedAt) as g (id, edited_at)
            where m.id = g.id and (m.edited_at is null or m.edited_at < g.edited_at)
            """;
        var written = await work.Session.ExecuteAsync(Sql, new
        {
            Ids = rows.Column(row => row.Key.ToString()),
            EditedAt = rows.Column(row => row.Value.ToColumn()),
        });
        work.CountWritten("messages", written);
    }

    private static async Task DeleteAsync(
        StoreTransaction work, IReadOnlyCollection<KeyValuePair<Snowflake, DateTime>> rows, StoredRows memory)
    {
        // Waits for history that another process is just adding (see TombstoneStore), so that its messages are seen below.
        const string LockSql = "lock table message_tombstones in row exclusive mode";
        const string DeleteSql =
            """
            update messages m
            set is_deleted = true, deleted_at = g.deleted_at
            from unnest(@Ids, @DeletedAt) as g (id, deleted_at)
            where m.id = g.id and (not m.is_deleted or m.deleted_at is null)
            """;
        const string TombstoneSql =
            """
            insert into message_tombstones (id, deleted_at)
            select g.id, g.deleted_at
            from unnest(@Ids, @DeletedAt) as g (id, deleted_at)
            where not exists (select from messages m where m.id = g.id)
            on conflict (id) do nothing
            returning id
            """;
        var columns = new
        {
            Ids = rows.Column(row => row.Key.ToString()),
            DeletedAt = rows.Column(row => row.Value.ToColumn()),
        };
        await work.Session.ExecuteAsync(LockSql, columns);
        var deleted = await work.Session.ExecuteAsync(DeleteSql, columns);
        work.CountWritten("messages", deleted);
        if (deleted == rows.Count)
        {
            return;
        }

        var early = (await work.Session.QueryAsync<string>(TombstoneSql, columns)).ToHashSet(StringComparer.Ordinal);
        work.CountWritten("message_tombstones", early.Count);
        var tombstones = rows.Where(row => early.Contains(row.Key.ToString())).ToArray();
        work.AfterCommit(() =>
        {
            foreach (var (id, at) in tombstones)
            {
                memory.Tombstones[id] = at.ToColumn();
            }
        });
    }

    /// <summary>Nobody knows when they were deleted.</summary>
    private static async Task MarkVanishedAsync(StoreTransaction work, IReadOnlyCollection<Snowflake> ids)
    {
        const string Sql = "update messages set is_deleted = true where id = any(@Ids) and not is_deleted";
        work.CountWritten("messages", await work.Session.ExecuteAsync(Sql, new { Ids = ids.Column(id => id.ToString()) }));
    }

    /// <summary>Removes the tombstones of messages that have come, and are stored as deleted.</summary>
    private static async Task RemoveTombstonesAsync(StoreTransaction work, IReadOnlyCollection<MessageRow> rows, StoredRows memory)
    {
        const string Sql = "delete from message_tombstones where id = any(@Ids)";
        if (memory.Tombstones.Count == 0)
        {
            return;
        }

        var come = rows.Where(row => memory.Tombstones.ContainsKey(row.Id)).Select(row => row.Id).ToArray();
        if (come.Length == 0)
        {
            return;
        }

        await work.Session.ExecuteAsync(Sql, new { Ids = come.Column(id => id.ToString()) });
        work.AfterCommit(() =>
        {
            foreach (var id in come)
            {
                memory.Tombstones.Remove(id);
            }
        });
    }
}
