using Dapper;
using Metricity.Database;
using Npgsql;

namespace Metricity.Insights;

/// <summary>Makes the roll-ups of a guild anew. Triggers keep them (migration <c>rollups</c>); this is for doubts and after a restore.</summary>
internal static class RollupStore
{
    /// <summary>
    /// Writers of the guild wait until it is done: about a minute for ten million messages. Cancelled, everything stays as it was.
    /// </summary>
    /// <exception cref="StoreUnavailableException">The database is away or busy.</exception>
    /// <exception cref="StoreUnusableException">A person has to act.</exception>
    /// <returns>Rows in which the roll-ups before differed from the messages; 0 = they were right.</returns>
    public static Task<long> RebuildAsync(
        NpgsqlDataSource dataSource, string schema, CancellationToken cancellationToken) => DatabaseFaults.GuardAsync(async () =>
    {
        const string SchemaSql = "select set_config('search_path', quote_ident(@Schema), true); select rollup_lock()";
        const string TablesSql = "select tablename::text from pg_tables where schemaname = @Schema and tablename like 'rollup\\_%'";
        await using var connection = await dataSource.ConnectAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await RunAsync(SchemaSql, new { Schema = schema });
        var tables = (await connection.QueryAsync<string>(Command(TablesSql, new { Schema = schema }))).AsList();
        foreach (var table in tables)
        {
            await RunAsync($"create temporary table kept_{table} on commit drop as select * from {table}");
        }

        await RunAsync("select rollup_rebuild()");
        var differing = 0L;
        foreach (var table in tables)
        {
            differing += await connection.ExecuteScalarAsync<long>(Command(
                $"""
                select count(*) from (
                    (select * from pg_temp.kept_{table} except all select * from {table})
                    union all
                    (select * from {table} except all select * from pg_temp.kept_{table})
                ) as d
                """));
        }

        await transaction.CommitAsync(cancellationToken);

        return differing;

        Task RunAsync(string sql, object? parameters = null) => connection.ExecuteAsync(Command(sql, parameters));

        // It takes as long as it takes.
        CommandDefinition Command(string sql, object? parameters = null) =>
            new(sql, parameters, transaction, commandTimeout: 0, cancellationToken: cancellationToken);
    }, cancellationToken);
}
