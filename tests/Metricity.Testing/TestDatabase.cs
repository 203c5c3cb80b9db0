using System.Diagnostics;
using Metricity.Migrations;
using Npgsql;

namespace Metricity.Testing;

/// <summary>A database for one test, dropped at the end of it. Shares its server with other tests, never its rows.</summary>
public sealed class TestDatabase : IAsyncDisposable
{
    private readonly string _server;

    private TestDatabase(string server, string name)
    {
        _server = server;
        Name = name;
        ConnectionString = new NpgsqlConnectionStringBuilder(server) { Database = name }.ConnectionString;
        DataSource = NpgsqlDataSource.Create(ConnectionString);
    }

    public string Name { get; }

    public string ConnectionString { get; }

    /// <summary>For the test's own questions. Code under test makes its own from <see cref="ConnectionString"/>.</summary>
    public NpgsqlDataSource DataSource { get; }

    /// <summary>Migrated: schema <c>metricity</c>, and <c>public</c> for one guild. No rows.</summary>
    public static async Task<TestDatabase> CreateAsync()
    {
        var server = await TestServer.SharedAsync();
        return await CreateAsync(server.ConnectionString, server.Template);
    }

    /// <summary>Without any of our schemas.</summary>
    public static async Task<TestDatabase> CreateEmptyAsync()
    {
        var server = await TestServer.SharedAsync();
        return await CreateAsync(server.ConnectionString, "template0");
    }

    /// <summary>As the original Metricity 2.8.0 leaves it, with its rows (Fixtures/original-2.8.0.sql). Needs <c>psql</c>.</summary>
    public static Task<TestDatabase> CreateOriginalAsync()
    {
        return CreateFromAsync("original-2.8.0.sql");
    }

    /// <summary>
    /// As the last build before FluentMigrator left it, its history complete, with some rows (Fixtures/earlier-build.sql). Needs <c>psql</c>.
    /// </summary>
    public static async Task<TestDatabase> CreateEarlierAsync()
    {
        var server = await TestServer.SharedAsync();
        foreach (var role in new[] { "metricity_reader", "metricity_analyst" })
        {
            // The dump grants to them, and other tests make them at the same time.
            await TestServer.RunAsync(
                server.ConnectionString,
                $"do $$ begin create role {role} nologin; exception when duplicate_object or unique_violation then null; end $$");
        }

        return await CreateFromAsync("earlier-build.sql");
    }

    private static async Task<TestDatabase> CreateFromAsync(string fixture)
    {
        var database = await CreateEmptyAsync();

        // psql of some minor versions does not know \restrict, which newer pg_dump writes around everything.
        var dump = await File.ReadAllLinesAsync(Path.Combine(AppContext.BaseDirectory, "Fixtures", fixture));
        var sql = dump.Where(line => !line.StartsWith("\\restrict", StringComparison.Ordinal)
            && !line.StartsWith("\\unrestrict", StringComparison.Ordinal));
        await database.PsqlAsync(string.Join('\n', sql) + "\n");
        return database;
    }

    /// <summary>Without any of our schemas, on a server of the test's own.</summary>
    public static Task<TestDatabase> CreateEmptyAsync(PostgresCluster cluster)
    {
        return CreateAsync(cluster.ConnectionString, "template0");
    }

    /// <summary>Migrated, on a server of the test's own, which it may stop.</summary>
    public static async Task<TestDatabase> CreateAsync(PostgresCluster cluster)
    {
        var database = await CreateEmptyAsync(cluster);
        await new SchemaMigrator(database.ConnectionString, ["public"], _ => { }).UpAsync(null, CancellationToken.None);
        return database;
    }

    /// <returns>Number of rows the statement changed.</returns>
    public async Task<int> ExecuteAsync(string sql, params object[] values)
    {
        await using var command = Command(sql, values);
        return await command.ExecuteNonQueryAsync();
    }

    /// <returns>First column of the first row; default when there is none or it is null.</returns>
    public async Task<T?> ScalarAsync<T>(string sql, params object[] values)
    {
        await using var command = Command(sql, values);
        return await command.ExecuteScalarAsync() is T value ? value : default;
    }

    /// <returns>First column of all rows.</returns>
    public async Task<IReadOnlyList<T>> ListAsync<T>(string sql, params object[] values)
    {
        await using var command = Command(sql, values);
        await using var reader = await command.ExecuteReaderAsync();
        var list = new List<T>();
        while (await reader.ReadAsync())
        {
            list.Add(reader.GetFieldValue<T>(0));
        }

        return list;
    }

    public async Task<long> CountAsync(string table)
    {
        return await ScalarAsync<long>($"select count(*) from {table}");
    }

    /// <summary>Of PostgreSQL: 13 and newer.</summary>
    public Task<int> MajorVersionAsync()
    {
        return ScalarAsync<int>("select current_setting('server_version_num')::integer / 10000");
    }

    /// <summary>Ends the sessions that hold advisory locks, as a restart of PostgreSQL does, and waits until they are gone.</summary>
    public async Task EndLockSessionsAsync()
    {
        var holders = await ListAsync<int>(
            """
            select distinct pid from pg_locks
            where locktype = 'advisory' and granted and database = (select oid from pg_database where datname = current_database())
            """);
        if (holders.Count == 0)
        {
            throw new InvalidOperationException("no session holds an advisory lock");
        }

        int[] pids = [.. holders];
        await ListAsync<bool>("select pg_terminate_backend(pid) from unnest($1) as pid", pids);
        await Eventually.EqualAsync(
            0, () => ScalarAsync<long>("select count(*) from pg_stat_activity where pid = any ($1)", pids), "the sessions are gone");
    }

    /// <summary>Gives SQL to <c>psql -v ON_ERROR_STOP=1</c>; throws with what it wrote to standard error when it fails.</summary>
    /// <param name="sql">May hold psql's own commands and rows of COPY.</param>
    public async Task PsqlAsync(string sql)
    {
        var target = new NpgsqlConnectionStringBuilder(ConnectionString);
        var start = new ProcessStartInfo("psql", ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", Name])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PGHOST"] = target.Host;
        start.Environment["PGPORT"] = $"{target.Port}";
        start.Environment["PGUSER"] = target.Username;
        start.Environment["PGPASSWORD"] = target.Password;
        start.Environment["PGCLIENTENCODING"] = "UTF8";
        using var psql = Process.Start(start)!;
        var output = psql.StandardOutput.ReadToEndAsync();
        var errors = psql.StandardError.ReadToEndAsync();
        try
        {
            await psql.StandardInput.WriteAsync(sql);
            psql.StandardInput.Close();
        }
        catch (IOException)
        {
            // psql stopped at an error before it had read everything; the exit code tells.
        }

        await output;
        await psql.WaitForExitAsync();
        if (psql.ExitCode != 0)
        {
            throw new InvalidOperationException($"psql ended with {psql.ExitCode}: {await errors}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await DataSource.DisposeAsync();
        await using (var pooled = new NpgsqlConnection(ConnectionString))
        {
            NpgsqlConnection.ClearPool(pooled);
        }

        await TestServer.RunAsync(_server, $"drop database if exists {Name} with (force)");
    }

    private static async Task<TestDatabase> CreateAsync(string server, string template)
    {
        var name = $"metricity_test_{Guid.NewGuid():N}";
        var encoding = template == "template0" ? " encoding 'UTF8'" : "";
        await TestServer.RunAsync(server, $"create database {name} template {template}{encoding}");
        return new TestDatabase(server, name);
    }

    private NpgsqlCommand Command(string sql, object[] values)
    {
        var command = DataSource.CreateCommand(sql);
        foreach (var value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        }

        return command;
    }
}
