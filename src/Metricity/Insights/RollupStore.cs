using Metricity.Database;
using Npgsql;

namespace Metricity.Insights;

/// <summary>Makes the roll-ups of a guild anew. Triggers keep them (migration <c>rollups</c>); this is for doubts and after a restore.</summary>
internal static class RollupStore
{
    private static readonly TimeSpan AsLongAsItTakes = TimeSpan.Zero;

    /// <summary>
    /// Writers of the guild wait until it is done: about a minute for ten million messages. Cancelled, everything stays as it was.
    /// </summary>
    /// <exception cref="StoreUnavailableException">The database is away or busy.</exception>
    /// <exception cref="StopException">A person has to act.</exception>
    /// <returns>Rows in which the roll-ups before differed from the messages; 0 = they were right.</returns>
    public static Task<long> RebuildAsync(NpgsqlDataSource dataSource, string schema, CancellationToken cancellationToken)
    {
        const string LockSql = "select rollup_lock()";
        const string TablesSql = "select tablename::text from pg_tables where schemaname = @Schema and tablename like 'rollup\\_%'";

        return Session.RunAsync(dataSource, AsLongAsItTakes, schema, async session =>
        {
            await session.ExecuteAsync(LockSql);
            var tables = await session.QueryAsync<string>(TablesSql, new { Schema = schema });
            foreach (var table in tables)
            {
                await session.ExecuteAsync($"create temporary table kept_{table} on commit drop as select * from {table}");
            }

            await session.ExecuteAsync("select rollup_rebuild()");
            var differing = 0L;
            foreach (var table in tables)
            {
                differing += await session.QuerySingleAsync<long>(
                    $"""
                    select count(*) from (
                        (select * from pg_temp.kept_{table} except all select * from {table})
                        union all
                        (select * from {table} except all select * from pg_temp.kept_{table})
                    ) as d
                    """);
            }

            return differing;
        }, cancellationToken);
    }
}
