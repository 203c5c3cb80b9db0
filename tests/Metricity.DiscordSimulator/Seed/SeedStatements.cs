using Npgsql;

namespace Metricity.DiscordSimulator.Seed;

/// <summary>What has to be said to the server around the load.</summary>
internal sealed class SeedStatements(NpgsqlConnection connection, string schema)
{
    private static readonly string[] Tables = ["categories", "channels", "users", "member_events", "threads", "messages"];

    public async Task EnterAsync(CancellationToken cancellationToken)
    {
        await RunAsync("select set_config('search_path', quote_ident($1), true)", cancellationToken, schema);
        await RunAsync("set local maintenance_work_mem = '256MB'", cancellationToken);
    }

    public async Task RequireEmptyAsync(CancellationToken cancellationToken)
    {
        const string IsMigratedSql = "select to_regclass('messages') is not null and to_regclass('metricity.coverage_channels') is not null";
        if (!await AskAsync(IsMigratedSql, cancellationToken))
        {
            throw new SeedException($"schema \"{schema}\" of the database is not migrated: run `metricity --migrate` on it first");
        }

        foreach (var table in Tables)
        {
            if (await AskAsync($"select exists (select from {table})", cancellationToken))
            {
                throw new SeedException(
                    $"table {table} of schema \"{schema}\" is not empty: seed into a new database, or another schema, that is only migrated");
            }
        }

        if (await AskAsync("select exists (select from metricity.guilds where schema_name = $1)", cancellationToken, schema))
        {
            throw new SeedException($"schema \"{schema}\" belongs to a guild that is being collected: seed into a new database, or another schema");
        }
    }

    public async Task SetTriggersAsync(bool isOn, CancellationToken cancellationToken)
    {
        foreach (var table in Tables)
        {
            await RunAsync($"alter table {table} {(isOn ? "enable" : "disable")} trigger user", cancellationToken);
        }
    }

    /// <summary>Empties the table too, which lets the load write rows that need no vacuum.</summary>
    /// <returns>Statements that make them again, in their order.</returns>
    public async Task<IReadOnlyList<string>> DropIndexesAsync(CancellationToken cancellationToken)
    {
        const string Sql =
            """
            select format('alter table messages drop constraint %I', c.conname),
                format('alter table messages add constraint %I %s', c.conname, pg_get_constraintdef(c.oid)),
                case c.contype when 'f' then 3 else 1 end
            from pg_constraint c
            where c.conrelid = 'messages'::regclass and c.contype in ('p', 'u', 'f')
            union all
            select format('drop index %I', x.relname), pg_get_indexdef(i.indexrelid), 2
            from pg_index i
            join pg_class x on x.oid = i.indexrelid
            where i.indrelid = 'messages'::regclass
                and not exists (select from pg_constraint c where c.conindid = i.indexrelid and c.conrelid = i.indrelid)
            order by 3, 2
            """;
        var drops = new List<string> { "truncate messages" };
        var definitions = new List<string>();
        await using (var command = new NpgsqlCommand(Sql, connection))
        {
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                drops.Add(reader.GetString(0));
                definitions.Add(reader.GetString(1));
            }
        }

        foreach (var drop in drops)
        {
            await RunAsync(drop, cancellationToken);
        }

        return definitions;
    }

    public Task AnalyzeAsync(CancellationToken cancellationToken) => RunAsync($"analyze {string.Join(", ", Tables)}", cancellationToken);

    /// <returns>False when the schema is older than roll-ups.</returns>
    public async Task<bool> RebuildRollupsAsync(CancellationToken cancellationToken)
    {
        if (!await AskAsync("select to_regprocedure('rollup_rebuild()') is not null", cancellationToken))
        {
            return false;
        }

        await RunAsync("select rollup_rebuild()", cancellationToken);

        return true;
    }

    /// <summary>For the planner and for scans of indexes alone; outside a transaction.</summary>
    public async Task VacuumAsync(CancellationToken cancellationToken)
    {
        const string Sql =
            """
            select coalesce(string_agg(format('%I.%I', schemaname, tablename), ', '), '')
            from pg_tables
            where schemaname in ($1, 'metricity')
            """;
        await using var command = new NpgsqlCommand(Sql, connection) { Parameters = { new() { Value = schema } } };
        var tables = (string)(await command.ExecuteScalarAsync(cancellationToken))!;
        await RunAsync($"vacuum (analyze) {tables}", cancellationToken);
    }

    public async Task RunAsync(string sql, CancellationToken cancellationToken, params string[] values)
    {
        await using var command = Command(sql, values);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task<bool> AskAsync(string sql, CancellationToken cancellationToken, params string[] values)
    {
        await using var command = Command(sql, values);

        return await command.ExecuteScalarAsync(cancellationToken) is true;
    }

    private NpgsqlCommand Command(string sql, string[] values)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        }

        return command;
    }
}
