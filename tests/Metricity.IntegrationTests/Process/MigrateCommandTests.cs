using Metricity.Migrations;
using Metricity.Testing;

namespace Metricity.IntegrationTests.Process;

public sealed class MigrateCommandTests
{
    [Fact]
    public async Task Migrations_go_up_step_by_step_and_down_again()
    {
        await using var database = await TestDatabase.CreateEmptyAsync();
        var environment = Environment(database.ConnectionString);
        var first = SchemaVersion.Guild[0];

        Assert.Contains($"  pending  {first}", await OutputAsync("migrate", "status"), StringComparison.Ordinal);
        await OutputAsync("migrate", "up", "--to", first);
        var half = await OutputAsync("migrate", "status");
        Assert.Contains($"  applied  {first}", half, StringComparison.Ordinal);
        await OutputAsync("migrate", "up");
        var whole = await OutputAsync("migrate", "status");
        Assert.DoesNotContain("pending", whole, StringComparison.Ordinal);
        Assert.Contains("schema metricity", whole, StringComparison.Ordinal);
        Assert.Contains("schema public", whole, StringComparison.Ordinal);
        Assert.Contains("Nothing to do: every schema is up to date.", await OutputAsync("--migrate"), StringComparison.Ordinal);

        await OutputAsync("migrate", "down", "--to", "0");
        Assert.DoesNotContain("applied", await OutputAsync("migrate", "status"), StringComparison.Ordinal);

        async Task<string> OutputAsync(params string[] arguments)
        {
            var run = await MetricityProcess.RunAsync(environment, arguments);
            run.Says(0);

            return run.Output;
        }
    }

    [Fact]
    public async Task Script_needs_no_database_and_makes_one_that_runs_and_status_call_complete()
    {
        await using var database = await TestDatabase.CreateEmptyAsync();

        var script = await MetricityProcess.RunAsync(new Dictionary<string, string>(), "migrate", "script");

        script.Says(0);
        await database.PsqlAsync(script.Output + "\n");
        await database.PsqlAsync(script.Output + "\n");
        var status = await MetricityProcess.RunAsync(Environment(database.ConnectionString), "migrate", "status");
        status.Says(0);
        Assert.DoesNotContain("pending", status.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Migration_that_does_not_exist_ends_with_2_whatever_the_database_says()
    {
        foreach (var verb in new[] { "up", "down" })
        {
            var run = await MetricityProcess.RunAsync(Environment("Host=127.0.0.1;Port=1;Database=x"), "migrate", verb, "--to", "Nonsense");

            run.Says(2, "There is no migration \"Nonsense\"");
        }
    }

    [Fact]
    public async Task Missing_database_is_created_by_migrate_and_said_so()
    {
        await using var cluster = await PostgresCluster.StartNewAsync();

        var run = await MetricityProcess.RunAsync(Environment(cluster.For("made_by_migrate")), "--migrate");

        run.Says(0);
        Assert.Contains("created database \"made_by_migrate\"", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_starters_at_once_both_end_with_0()
    {
        await using var database = await TestDatabase.CreateEmptyAsync();
        var environment = Environment(database.ConnectionString);

        var both = await Task.WhenAll(
            MetricityProcess.RunAsync(environment, "--migrate"), MetricityProcess.RunAsync(environment, "--migrate"));

        Assert.All(both, run => run.Says(0));
        Assert.Single(both, run => run.Output.Contains("Nothing to do", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_with_migrate_migrates_first()
    {
        await using var bed = await ProcessBed.CreateAsync(database: await TestDatabase.CreateEmptyAsync());

        var process = bed.Start("run", "--migrate");
        await process.WaitForLineAsync($"Members of guild {bed.Guild.Id} are synced");

        await bed.AssertTruthAsync();
        Assert.Equal(0, await process.TerminateAsync());
    }

    private static Dictionary<string, string> Environment(string connectionString)
    {
        return new Dictionary<string, string> { ["ConnectionStrings__Metricity"] = ProcessBed.WithPassword(connectionString) };
    }
}
