using Metricity.Collect;
using Metricity.Database;

namespace Metricity.Tables;

/// <summary>Table <c>channels</c>, and stand-ins for categories that channels refer to.</summary>
internal static class ChannelStore
{
    public static Task WriteAsync(StoreTransaction work, ChangeSet changes) =>
        work.WriteAsync("channels", changes.Channels.Values, row => row.Id, rows => UpsertAsync(work, rows));

    private static async Task UpsertAsync(StoreTransaction work, IReadOnlyCollection<ChannelRow> rows)
    {
        var categoryIds = rows.Where(row => row.CategoryId is not null).Select(row => row.CategoryId.ToText()).Distinct().ToArray();
        if (categoryIds.Length > 0)
        {
            const string StandInSql =
                """
                insert into categories (id, name)
                select g.id, 'unknown-' || g.id
                from unnest(@Ids) as g (id)
                where not exists (select from categories c where c.id = g.id)
                on conflict (id) do nothing
                """;
            work.CountWritten("categories", await work.Session.ExecuteAsync(StandInSql, new { Ids = categoryIds }));
        }

        // A row without a type is a stand-in or a deletion, and knows nothing of the channel: where one is stored, its place stays, and a
        // message that comes late (a page of history, an event sent again) does not bring a deleted channel back.
        const string Sql =
            """
            insert into channels (id, name, category_id, is_staff, deleted, type)
            select n.id, coalesce(n.name, 'unknown-' || n.id), n.category_id, n.is_staff, n.deleted, n.type
            from unnest(@Ids, @Names, @CategoryIds, @IsStaff, @Deleted, @Types) as g (id, name, category_id, is_staff, deleted, type)
            left join channels c on c.id = g.id
            cross join lateral (
                select g.id, coalesce(g.name, c.name) as name, coalesce(g.type, c.type) as type,
                    case when g.type is null and c.id is not null then c.category_id else g.category_id end as category_id,
                    case when g.type is null and c.id is not null then c.is_staff else g.is_staff end as is_staff,
                    g.deleted or (g.type is null and c.deleted is true) as deleted
            ) as n
            where c.id is null
                or (c.name, c.category_id, c.is_staff, c.deleted, c.type)
                    is distinct from (n.name, n.category_id, n.is_staff, n.deleted, n.type)
            on conflict (id) do update set
                name = excluded.name,
                category_id = excluded.category_id,
                is_staff = excluded.is_staff,
                deleted = excluded.deleted,
                type = excluded.type
            """;
        var written = await work.Session.ExecuteAsync(Sql, new
        {
            Ids = rows.Column(row => row.Id.ToString()),
            Names = rows.Column(row => row.Name?.ToColumn()),
            CategoryIds = rows.Column(row => row.CategoryId.ToText()),
            IsStaff = rows.Column(row => row.IsStaff),
            Deleted = rows.Column(row => row.IsDeleted),
            Types = rows.Column(row => row.Type?.Name),
        });
        work.CountWritten("channels", written);
    }
}
