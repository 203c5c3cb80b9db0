using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Metricity.Migrations;
using Metricity.Testing;
using Npgsql;

namespace Metricity.IntegrationTests.Deploy;

/// <summary>
/// deploy/postgres/roles.sql, run by psql as docker-compose.yml does. On a server of its own, because roles belong to a whole server.
/// </summary>
public sealed class RolesTests : IAsyncLifetime
{
    private static readonly string Root = FindRoot();

    private readonly string _secrets = Directory.CreateTempSubdirectory("metricity-roles").FullName;
    private PostgresCluster _cluster = null!;

    public async Task InitializeAsync()
    {
        _cluster = await PostgresCluster.StartNewAsync();
        var migrator = new SchemaMigrator(_cluster.For("metricity"), ["public", "guild_two"], _ => { });
        await migrator.CreateDatabaseIfMissingAsync(default);
        await migrator.UpAsync(null, default);
        foreach (var name in new[] { "reader", "exporter", "metabase" })
        {
            await File.WriteAllTextAsync(Path.Combine(_secrets, name + "_password"), $"pass'word of {name}");
        }
    }

    public async Task DisposeAsync()
    {
        Directory.Delete(_secrets, recursive: true);
        await _cluster.DisposeAsync();
    }

    [Fact]
    public async Task Roles_see_what_they_are_for_and_nothing_else_also_when_made_twice()
    {
        Assert.Equal(0, await RunAsync(_secrets));
        Assert.Equal(0, await RunAsync(_secrets));

        await ExecuteAsync("postgres", "metricity", "create table guild_two.of_a_later_migration (id int)");
        foreach (var table in new[] { "public.messages", "public.coverage_by_day", "guild_two.users", "guild_two.of_a_later_migration" })
        {
            await ExecuteAsync("metricity_reader", "metricity", $"select * from {table}");
        }

        await AssertRefusedAsync("metricity_reader", "metricity", "select * from metricity.positions");
        const string MayWrite = "select has_table_privilege('metricity_reader', 'public.messages', 'insert, update, delete, truncate')";
        Assert.Equal(false, await ExecuteAsync("postgres", "metricity", MayWrite));
        await ExecuteAsync("metricity_exporter", "metricity", "select * from pg_stat_activity");
        await AssertRefusedAsync("metricity_exporter", "metricity", "select * from messages");
        await ExecuteAsync("metabase", "metabase", "create table questions (id int)");
        await AssertRefusedAsync("metabase", "metricity", "select * from messages");
        const string WithPassword = "select count(*) from pg_authid where rolname ~ '^(metricity_|metabase)' and rolpassword is not null";
        Assert.Equal(3L, await ExecuteAsync("postgres", "postgres", WithPassword));
    }

    [Fact]
    public async Task Missing_password_stops_it_before_anything_is_changed()
    {
        File.Delete(Path.Combine(_secrets, "exporter_password"));

        Assert.NotEqual(0, await RunAsync(_secrets));

        const string Made = "select count(*) from pg_roles where rolname ~ '^(metricity_|metabase)'";
        Assert.Equal(0L, await ExecuteAsync("postgres", "postgres", Made));
    }

    [Fact]
    public async Task Every_query_of_the_dashboards_on_the_tables_runs_as_their_role()
    {
        Assert.Equal(0, await RunAsync(_secrets));
        var dashboards = Directory.EnumerateFiles(Path.Combine(Root, "deploy", "grafana", "dashboards"), "*.json");
        var queries = dashboards.SelectMany(Queries).ToList();

        Assert.NotEmpty(queries);
        foreach (var query in queries)
        {
            await ExecuteAsync("metricity_reader", "metricity", query);
        }
    }

    private static IEnumerable<string> Queries(string file)
    {
        using var dashboard = JsonDocument.Parse(File.ReadAllText(file));
        var open = new Stack<JsonElement>([dashboard.RootElement.Clone()]);
        while (open.TryPop(out var element))
        {
            if (element.ValueKind == JsonValueKind.Array)
            {
                foreach (var item in element.EnumerateArray())
                {
                    open.Push(item);
                }
            }
            else if (element.ValueKind == JsonValueKind.Object)
            {
                foreach (var property in element.EnumerateObject())
                {
                    open.Push(property.Value);
                    if (property.Name == "rawSql")
                    {
                        yield return property.Value.GetString()!;
                    }
                }
            }
        }
    }

    private async Task<int> RunAsync(string secrets)
    {
        var start = new ProcessStartInfo(
            "psql", ["-X", "-d", "metricity", "--file", Path.Combine(Root, "deploy", "postgres", "roles.sql")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var target = new NpgsqlConnectionStringBuilder(_cluster.For("metricity"));
        start.Environment["SECRETS"] = secrets;
        start.Environment["PGHOST"] = target.Host;
        start.Environment["PGPORT"] = target.Port.ToString(CultureInfo.InvariantCulture);
        start.Environment["PGUSER"] = target.Username;
        using var psql = System.Diagnostics.Process.Start(start)!;
        var output = psql.StandardOutput.ReadToEndAsync();
        await psql.StandardError.ReadToEndAsync();
        await output;
        await psql.WaitForExitAsync();

        return psql.ExitCode;
    }

    private async Task<object?> ExecuteAsync(string role, string database, string sql)
    {
        await using var source = NpgsqlDataSource.Create(_cluster.For(database, role));
        await using var command = source.CreateCommand(sql);

        return await command.ExecuteScalarAsync();
    }

    private async Task AssertRefusedAsync(string role, string database, string sql)
    {
        var refused = await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(role, database, sql));

        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);
    }

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Metricity.sln")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("Metricity.sln is in no folder above the tests");
        }

        return folder;
    }
}
