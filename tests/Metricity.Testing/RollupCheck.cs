using Npgsql;

namespace Metricity.Testing;

/// <summary>Compares the roll-ups that the triggers kept with those made anew from the rows, and puts the kept ones back.</summary>
public static class RollupCheck
{
    /// <param name="schema">Of the guild.</param>
    /// <returns>A line for each row that is kept and wrong ("kept"), or missing ("rows say"); the first 20 of each table.</returns>
    public static async Task<IReadOnlyList<string>> DifferencesAsync(
        NpgsqlConnection connection, string schema, CancellationToken cancellationToken = default)
    {
        var found = new List<string>();
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await RunAsync($"set local search_path = \"{schema}\"; select rollup_lock()");
        var tables = await TablesAsync();
        foreach (var table in tables)
        {
            await RunAsync($"create temporary table kept_{table} on commit drop as select * from {table}");
        }

        await RunAsync("select rollup_rebuild()");
        foreach (var table in tables)
        {
            await using var command = new NpgsqlCommand(
                $"""
                (select '{table}: kept ' || r::text from (select * from kept_{table} except select * from {table}) as r limit 20)
                union all
                (select '{table}: rows say ' || r::text from (select * from {table} except select * from kept_{table}) as r limit 20)
                """,
                connection,
                transaction);
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                found.Add(reader.GetString(0));
            }
        }

        await transaction.RollbackAsync(cancellationToken);

        return found;

        async Task<List<string>> TablesAsync()
        {
            await using var command = new NpgsqlCommand(
                "select tablename::text from pg_tables where schemaname = $1 and tablename like 'rollup\\_%'", connection, transaction)
            {
                Parameters = { new() { Value = schema } },
            };
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            var tables = new List<string>();
            while (await reader.ReadAsync(cancellationToken))
            {
                tables.Add(reader.GetString(0));
            }

            return tables;
        }

        async Task RunAsync(string sql)
        {
            await using var command = new NpgsqlCommand(sql, connection, transaction);
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }
}
