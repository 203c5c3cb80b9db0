using Metricity.Testing;
using Npgsql;

namespace Metricity.IntegrationTests.Process;

/// <summary>Each needs no Discord: the database is looked at first.</summary>
public sealed class DatabaseRefusalTests
{
    private const string NewerMigration = "29991231235959_FromTheFuture";

    [Fact]
    public async Task Unreachable_database_ends_the_run_with_3()
    {
        var run = await MetricityProcess.RunAsync(Environment("Host=127.0.0.1;Port=1;Database=x;Username=x"), "run");

        run.Says(3, "PostgreSQL cannot be reached on 127.0.0.1:1: start it, or correct host and port in ConnectionStrings:Metricity.");
    }

    [Fact]
    public async Task Host_that_does_not_exist_ends_the_run_with_3()
    {
        var run = await MetricityProcess.RunAsync(Environment("Host=no-such-host.invalid;Database=x;Username=x"), "run");

        run.Says(3, "PostgreSQL cannot be reached on no-such-host.invalid:5432");
    }

    [Fact]
    public async Task Wrong_password_ends_every_command_with_3()
    {
        await using var cluster = await PostgresCluster.StartNewAsync();
        await cluster.CreatePasswordRoleAsync("the right one");
        var environment = Environment(cluster.For("postgres", PostgresCluster.PasswordRole));

        foreach (var arguments in new string[][] { ["run"], ["--migrate"], ["migrate", "status"] })
        {
            var run = await MetricityProcess.RunAsync(environment, arguments);

            run.Says(
                3,
                $"PostgreSQL on 127.0.0.1:{cluster.Port} refuses the password of user \"secured_user\": correct ConnectionStrings");
        }
    }

    [Fact]
    public async Task Missing_database_ends_the_run_with_3_and_names_the_command_that_creates_it()
    {
        await using var database = await TestDatabase.CreateEmptyAsync();
        var missing = new NpgsqlConnectionStringBuilder(database.ConnectionString) { Database = "nobody_made_this" };

        var run = await MetricityProcess.RunAsync(Environment(missing.ConnectionString), "run");

        run.Says(3, "Database \"nobody_made_this\" does not exist", "`metricity --migrate` creates it.");
    }

    [Fact]
    public async Task Unmigrated_schema_ends_the_run_with_3_and_names_the_command()
    {
        await using var database = await TestDatabase.CreateEmptyAsync();

        var run = await MetricityProcess.RunAsync(Environment(database.ConnectionString), "run");

        run.Says(3, "Schema \"metricity\" lacks", "run `metricity --migrate`.");
    }

    [Fact]
    public async Task Schema_newer_than_the_program_ends_run_and_migrate_with_3()
    {
        await using var database = await TestDatabase.CreateAsync();
        await database.ExecuteAsync(
            "insert into public.metricity_migrations (version, description) select split_part($1, '_', 1)::bigint, substr($1, 16)",
            NewerMigration);
        var environment = Environment(database.ConnectionString);

        const string Sentence = "Schema \"public\" was changed by a newer version";
        (await MetricityProcess.RunAsync(environment, "run")).Says(3, Sentence, NewerMigration);
        (await MetricityProcess.RunAsync(environment, "--migrate")).Says(3, Sentence, NewerMigration);

        var status = await MetricityProcess.RunAsync(environment, "migrate", "status");
        status.Says(0);
        Assert.Contains($"unknown  {NewerMigration} (made by a newer Metricity)", status.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Schema_of_another_guild_ends_the_run_with_3_and_names_both()
    {
        await using var database = await TestDatabase.CreateAsync();
        await database.ExecuteAsync("insert into metricity.guilds (guild_id, schema_name) values ('111111111111111111', 'public')");

        var run = await MetricityProcess.RunAsync(Environment(database.ConnectionString), "run");

        run.Says(3, "Schema \"public\" holds guild 111111111111111111, not 267624335836053506", "Guilds:N:Schema");
    }

    [Fact]
    public async Task Role_without_rights_ends_the_run_with_3()
    {
        await using var cluster = await PostgresCluster.StartNewAsync();
        await cluster.CreatePasswordRoleAsync(MetricityProcess.Password);
        await using var database = await TestDatabase.CreateAsync(cluster);

        var run = await MetricityProcess.RunAsync(
            Environment(cluster.For(database.Name, PostgresCluster.PasswordRole, MetricityProcess.Password)), "run");

        run.Says(3, "may not read schema \"metricity\"");
    }

    private static Dictionary<string, string> Environment(string connectionString)
    {
        return new Dictionary<string, string>
        {
            ["BOT_TOKEN"] = MetricityProcess.Token,
            ["GUILD_ID"] = "267624335836053506",
            ["ConnectionStrings__Metricity"] = ProcessBed.WithPassword(connectionString),
            ["Discord__ApiBaseUrl"] = "http://127.0.0.1:1/",
        };
    }
}
