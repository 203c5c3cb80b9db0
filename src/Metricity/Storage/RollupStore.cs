using Dapper;
using Npgsql;

namespace Metricity.Storage;

/// <summary>Makes the roll-ups of a guild anew. Triggers keep them (migration <c>rollups</c>); this is for doubts and after a restore.</summary>
internal static class RollupStore
{
    /// <summary>
    /// Writers of the guild wait until it is done: about a minute for ten million messages. Cancelled, everything stays as it was.
    /// </summary>
    /// <returns>Rows in which the roll-ups before differed from the messages; 0 = they were right.</returns>
    public static async Task<long> RebuildAsync(
        NpgsqlDataSource dataSource, string schema, CancellationToken cancellationToken)
    {
        const string SchemaSql = "select set_config('search_path', quote_ident(@Schema), true); select rollup_lock()";
        const string KeepSql = "create temporary table kept on commit drop as select * from {0}";
        const string CompareSql =
            """
            select count(*) from (
                (select * from pg_temp.kept except all select * from {0})
                union all
                (select * from {0} except all select * from pg_temp.kept)
            ) as d
            """;
        string[] tables =
        [
            "rollup_hours", "rollup_hour_returns", "rollup_channel_hours", "rollup_author_hours", "rollup_channel_authors", "rollup_authors",
            "rollup_threads",
        ];
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await RunAsync(SchemaSql, new { Schema = schema });
        foreach (var table in tables)
        {
            await RunAsync(KeepSql.Replace("kept", $"kept_{table}", StringComparison.Ordinal).Replace("{0}", table, StringComparison.Ordinal));
        }

        await RunAsync("select rollup_rebuild()");
        var differing = 0L;
        foreach (var table in tables)
        {
            var sql = CompareSql.Replace("kept", $"kept_{table}", StringComparison.Ordinal).Replace("{0}", table, StringComparison.Ordinal);
            differing += await connection.ExecuteScalarAsync<long>(Command(sql));
        }

        await transaction.CommitAsync(cancellationToken);

        return differing;

        Task RunAsync(string sql, object? parameters = null) => connection.ExecuteAsync(Command(sql, parameters));

        // It takes as long as it takes.
        CommandDefinition Command(string sql, object? parameters = null) =>
            new(sql, parameters, transaction, commandTimeout: 0, cancellationToken: cancellationToken);
    }
}
