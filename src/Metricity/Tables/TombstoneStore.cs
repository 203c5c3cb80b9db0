using Metricity.Events;

namespace Metricity.Tables;

/// <summary>Loads the tombstones of a guild into memory and removes those that are too old for their message to come still.</summary>
internal static class TombstoneStore
{
    private static readonly TimeSpan PruneEvery = TimeSpan.FromHours(1);

    private sealed record Tombstone(string Id, DateTime DeletedAt);

    /// <summary>Does something at a guild's first batch and then once an hour.</summary>
    public static async Task PrepareAsync(StoreTransaction work, StoredRows memory, TimeSpan lifetime)
    {
        if (work.Now < memory.NextPruneAt)
        {
            return;
        }

        const string PruneSql = "delete from message_tombstones where deleted_at < @Before::timestamp";
        const string LoadSql = "select id as Id, deleted_at as DeletedAt from message_tombstones";
        var before = work.Now - lifetime;
        await work.Session.ExecuteAsync(PruneSql, new { Before = before });
        var stored = await work.Session.QueryAsync<Tombstone>(LoadSql);
        memory.NextPruneAt = work.Now + PruneEvery;
        memory.Tombstones.Clear();
        foreach (var row in stored)
        {
            if (Snowflake.TryParse(row.Id, out var id))
            {
                memory.Tombstones[id] = row.DeletedAt;
            }
        }
    }

    /// <summary>
    /// For a writer beside a collector: deletions that the collector saw before our messages were there are tombstones now. The lock waits
    /// for a collector that is just about to write one, and makes the next one wait until it can see our messages.
    /// </summary>
    public static async Task ApplyAsync(StoreTransaction work)
    {
        const string Sql =
            """
            lock table message_tombstones in share row exclusive mode;

            update messages m
            set is_deleted = true, deleted_at = t.deleted_at
            from message_tombstones t
            where m.id = t.id and not m.is_deleted;
            """;
        await work.Session.ExecuteAsync(Sql);
    }
}
