using Metricity.Collect;
using Metricity.Database;

namespace Metricity.Tables;

/// <summary>Table <c>categories</c>.</summary>
internal static class CategoryStore
{
    public static Task WriteAsync(StoreTransaction work, ChangeSet changes) =>
        work.WriteAsync("categories", changes.Categories.Values, row => row.Id, rows => UpsertAsync(work, rows));

    private static async Task UpsertAsync(StoreTransaction work, IReadOnlyCollection<CategoryRow> rows)
    {
        // The join leaves out equal rows: "on conflict do update ... where false" would still lock them.
        const string Sql =
            """
            insert into categories (id, name, deleted)
            select g.id, coalesce(g.name, c.name, 'unknown-' || g.id), g.deleted
            from unnest(@Ids, @Names, @Deleted) as g (id, name, deleted)
            left join categories c on c.id = g.id
            where c.id is null
                or (c.name, c.deleted) is distinct from (coalesce(g.name, c.name), g.deleted)
            on conflict (id) do update set
                name = excluded.name,
                deleted = excluded.deleted
            """;
        var written = await work.Session.ExecuteAsync(Sql, new
        {
            Ids = rows.Column(row => row.Id.ToString()),
            Names = rows.Column(row => row.Name?.ToColumn()),
            Deleted = rows.Column(row => row.IsDeleted),
        });
        work.CountWritten("categories", written);
    }
}
