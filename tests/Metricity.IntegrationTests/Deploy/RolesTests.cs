using Metricity.Migrations;
using Metricity.Testing;
using Npgsql;

namespace Metricity.IntegrationTests.Deploy;

/// <summary>What the roles of deploy/postgres/roles.sql may see. On a server of its own, because roles belong to a whole server.</summary>
public sealed class RolesTests : IAsyncLifetime
{
    private const string Database = "metricity";

    private readonly string _secrets = Directory.CreateTempSubdirectory("metricity-roles").FullName;
    private PostgresCluster _cluster = null!;

    public async ValueTask InitializeAsync()
    {
        _cluster = await PostgresCluster.StartNewAsync();
        var migrator = new SchemaMigrator(_cluster.For(Database), ["public", "guild_two"], _ => { });
        await migrator.CreateDatabaseIfMissingAsync(default);
        await migrator.UpAsync(null, default);
        await RolesScript.WriteSecretsAsync(_secrets);
    }

    public async ValueTask DisposeAsync()
    {
        Directory.Delete(_secrets, recursive: true);
        await _cluster.DisposeAsync();
    }

    [Fact]
    public async Task Roles_see_what_they_are_for_and_nothing_else_also_when_made_twice()
    {
        Assert.Equal(0, await RunAsync());
        Assert.Equal(0, await RunAsync());

        foreach (var role in new[] { "grafana", "metabase_reader" })
        {
            await AssertSeesAnswersAloneAsync(role);
        }

        await ExecuteAsync("metricity_exporter", Database, "select * from pg_stat_activity");
        await AssertRefusedAsync("metricity_exporter", Database, "select * from messages");
        await AssertRefusedAsync("metricity_exporter", Database, "select * from insights.channel_summary");
        await ExecuteAsync("metabase", "metabase", "create table questions (id int)");
        await AssertRefusedAsync("metabase", Database, "select * from messages");
        Assert.Equal("grafana, metabase, metabase_reader, metricity_exporter", await ExecuteAsync("postgres", "postgres", LoginsSql));
    }

    [Fact]
    public async Task Analyst_sees_answers_and_tables_and_is_no_login()
    {
        Assert.Equal(0, await RunAsync());
        await ExecuteAsync("postgres", Database, "create role somebody login in role metricity_analyst");

        foreach (var table in new[] { "public.messages", "guild_two.users", "insights.channel_summary", "guild_two_insights.activity()" })
        {
            await ExecuteAsync("somebody", Database, $"select * from {table}");
        }

        await AssertRefusedAsync("somebody", Database, "select * from metricity.positions");
        await AssertRefusedAsync("somebody", Database, "delete from public.messages");
    }

    [Fact]
    public async Task Login_that_was_metricity_reader_before_loses_its_password_and_the_tables()
    {
        const string Earlier =
            """
            alter role metricity_reader login password 'old';
            grant usage on schema public to metricity_reader;
            grant select on all tables in schema public to metricity_reader;
            alter default privileges in schema public grant select on tables to metricity_reader
            """;
        await ExecuteAsync("postgres", Database, Earlier);

        Assert.Equal(0, await RunAsync());

        await ExecuteAsync("postgres", Database, "create table of_a_later_migration (id int)");
        await AssertSeesAnswersAloneAsync("grafana");
        await AssertRefusedAsync("grafana", Database, "select * from of_a_later_migration");
        Assert.Equal("grafana, metabase, metabase_reader, metricity_exporter", await ExecuteAsync("postgres", "postgres", LoginsSql));
    }

    [Fact]
    public async Task Missing_password_stops_it_before_anything_is_changed()
    {
        File.Delete(Path.Combine(_secrets, "exporter_password"));

        Assert.NotEqual(0, await RunAsync());

        const string Made = "select 1 from pg_roles where rolname in ('grafana', 'metabase_reader', 'metricity_exporter', 'metabase')";
        Assert.Null(await ExecuteAsync("postgres", "postgres", Made));
    }

    private const string LoginsSql =
        "select string_agg(rolname, ', ' order by rolname) from pg_authid where rolpassword is not null and rolcanlogin";

    private async Task AssertSeesAnswersAloneAsync(string role)
    {
        foreach (var answer in new[] { "insights.channel_summary", "insights.newcomers(7)", "guild_two_insights.activity()" })
        {
            await ExecuteAsync(role, Database, $"select * from {answer}");
        }

        string[] tables = ["public.messages", "public.rollup_hours", "public.coverage", "guild_two.users", "metricity.positions"];
        foreach (var table in tables)
        {
            await AssertRefusedAsync(role, Database, $"select * from {table}");
        }

        var refused = await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(role, Database, "create table mine (id int)"));
        Assert.Equal(PostgresErrorCodes.ReadOnlySqlTransaction, refused.SqlState);
    }

    private Task<int> RunAsync() => RolesScript.RunAsync(_cluster, Database, _secrets);

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
}
