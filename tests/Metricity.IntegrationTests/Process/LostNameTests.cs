using Metricity.IntegrationTests.Telemetry;
using Metricity.Testing;

namespace Metricity.IntegrationTests.Process;

/// <summary>
/// A database whose name is not answered for. The driver has no one way to say so: of several look-ups under way only the first one fails
/// as a socket does, the others are given up with exceptions that the driver does not wrap.
/// </summary>
public sealed class LostNameTests
{
    /// <summary>
    /// Longer than the connection string lets a connection take, so that look-ups are given up, too. In the long form longer than any part
    /// of the program waits: the lock's connection has 6 s.
    /// </summary>
    private static readonly TimeSpan Hang = TimeSpan.FromSeconds(TestLength.Of(usual: 3, nightly: 7));

    /// <summary>So many look-ups one after the other are longer than any part waits for one.</summary>
    private const int Enough = 3;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Collector_waits_for_the_name_and_loses_nothing()
    {
        await using var cluster = await PostgresCluster.StartNewAsync();
        await using var bed = await ProcessBed.CreateAsync(
            ProcessBed.Options(heartbeatSeconds: 2), await TestDatabase.CreateAsync(cluster));
        bed.Guild.Populate(categories: 1, channels: 4, threads: 0, members: 10);
        var name = await bed.NameDatabaseAsync(cluster.Port, Hang);
        bed.Environment["Http__Url"] = Watcher.AnyPort;
        bed.Environment["Http__Report"] = "true";
        var collector = await bed.StartSyncedAsync();
        using var watcher = await Watcher.OfAsync(collector);
        await using var poster = new Poster(bed.Simulator, bed.Guild);
        var synced = await bed.PositionAsync();
        await Eventually.TrueAsync(async () => await bed.PositionAsync() > synced + 20, "it collects", MetricityProcess.Limit);

        await name.TakeAsync(bed.Database);
        await collector.WaitForLineAsync("The database did not take a batch");
        await Eventually.TrueAsync(() => name.Unanswered >= Enough || collector.HasExited, "it looks the name up again and again", Limit);

        Assert.False(collector.HasExited, collector.Describe());
        Assert.Equal(200, (await watcher.AskAsync("/health/live")).Status);
        await watcher.WaitForAsync("/health/ready", 503);
        Assert.Equal(503, (await watcher.AskAsync("/")).Status);
        Assert.Equal(0, await MetricAsync(watcher, "metricity_database_up"));
        Assert.NotEqual(0, await WaitingAsync(watcher));

        name.Give();
        await collector.WaitForLineAsync("is held again; nobody else wrote meanwhile", Limit);
        await collector.WaitForLineAsync("The database takes batches again", Limit);
        await poster.StopAsync();
        await bed.AssertTruthAsync();
        Assert.Single(bed.Simulator.Gateway.Connections);
        Assert.Equal(0, bed.Simulator.Gateway.MissedHeartbeats);
        Assert.Equal(0, await collector.TerminateAsync());
    }

    [Fact]
    public async Task Standby_waits_for_the_name_too_and_whoever_finds_it_first_goes_on()
    {
        await using var cluster = await PostgresCluster.StartNewAsync();
        await using var bed = await ProcessBed.CreateAsync(database: await TestDatabase.CreateAsync(cluster));
        bed.Guild.Populate(categories: 1, channels: 4, threads: 0, members: 10);
        var name = await bed.NameDatabaseAsync(cluster.Port, Hang);
        var collector = await bed.StartSyncedAsync();
        var standby = bed.Start("run");
        await standby.WaitForLineAsync("standing by");
        await using var poster = new Poster(bed.Simulator, bed.Guild);

        await name.TakeAsync(bed.Database);
        await standby.WaitForLineAsync("Standing by until it is back");
        await Eventually.TrueAsync(
            () => name.Unanswered >= 2 * Enough || collector.HasExited || standby.HasExited, "both look the name up", Limit);
        name.Give();
        await poster.StopAsync();
        await Eventually.TrueAsync(
            async () => collector.HasExited || standby.HasExited || await bed.PositionAsync() == bed.Simulator.Gateway.LastSequence,
            "one of them goes on",
            Limit);

        Assert.False(collector.HasExited, collector.Describe());
        Assert.False(standby.HasExited, standby.Describe());
        await bed.AssertTruthAsync();
        Assert.Equal(1, bed.Simulator.Gateway.IdentifyCount);
        Assert.Equal(0, await collector.TerminateAsync());
        bed.Guild.PostMessage(bed.Guild.Channels[0]);
        await bed.AssertTruthAsync();
        Assert.Equal(1, bed.Simulator.Gateway.IdentifyCount);
        Assert.Equal(0, await standby.TerminateAsync());
    }

    [Fact]
    public async Task Sigterm_ends_it_in_time_and_the_restart_gets_everything()
    {
        await using var cluster = await PostgresCluster.StartNewAsync();
        await using var bed = await ProcessBed.CreateAsync(database: await TestDatabase.CreateAsync(cluster));
        bed.Environment["Collect__DrainTimeout"] = "00:00:01";
        bed.Environment["Http__Url"] = Watcher.AnyPort;
        bed.Guild.Populate(categories: 1, channels: 1, threads: 0, members: 1);
        var name = await bed.NameDatabaseAsync(cluster.Port, TimeSpan.FromSeconds(25)); // a resolver need not give up soon
        var process = await bed.StartSyncedAsync();
        using var watcher = await Watcher.OfAsync(process);
        await Eventually.TrueAsync(async () => await WaitingAsync(watcher) == 0, "the collector knows that all is committed", Limit);
        await name.TakeAsync(bed.Database);
        bed.Guild.PostMessage(bed.Guild.Channels[0]);
        await process.WaitForLineAsync("The database did not take a batch");
        await Eventually.TrueAsync(() => name.Unanswered > 0, "a look-up is under way", MetricityProcess.Limit);

        Assert.Equal(0, await process.TerminateAsync(TimeSpan.FromSeconds(10)));

        Assert.Contains("with 1 events not committed", process.Output, StringComparison.Ordinal);
        name.Give();
        bed.Start("run");
        await bed.AssertTruthAsync();
        Assert.Equal(1, bed.Simulator.Gateway.IdentifyCount);
    }

    [Fact]
    public async Task Standby_that_loses_the_name_in_the_moment_of_taking_over_takes_over_later()
    {
        await using var cluster = await PostgresCluster.StartNewAsync();
        await using var bed = await ProcessBed.CreateAsync(database: await TestDatabase.CreateAsync(cluster));
        bed.Guild.Populate(categories: 1, channels: 1, threads: 0, members: 1);
        var name = await bed.NameDatabaseAsync(cluster.Port, Hang);
        var first = await bed.StartSyncedAsync();
        var second = bed.Start("run");
        await second.WaitForLineAsync("standing by");

        // The connection on which it waits for the lock goes on.
        name.Take();
        await first.KillAsync();
        await second.WaitForLineAsync("could not be taken over", Limit);
        name.Give();

        await bed.Simulator.Gateway.WaitForResumedAsync(guard: Limit);
        bed.Guild.PostMessage(bed.Guild.Channels[0]);
        await bed.AssertTruthAsync();
        Assert.Equal(1, bed.Simulator.Gateway.IdentifyCount);
        Assert.Equal(0, await second.TerminateAsync());
    }

    [Fact]
    public async Task Backfill_waits_for_the_name_also_when_it_reads_the_ledger()
    {
        await using var cluster = await PostgresCluster.StartNewAsync();
        await using var bed = await ProcessBed.CreateAsync(database: await TestDatabase.CreateAsync(cluster));
        bed.Guild.Populate(categories: 1, channels: 4, threads: 0, members: 10);
        bed.Guild.PopulateHistory(threads: 0, messages: 1_000, TimeSpan.FromDays(300));
        var name = await bed.NameDatabaseAsync(cluster.Port, TimeSpan.FromSeconds(3));

        // The first thing it asks Discord for, before it plans.
        bed.Simulator.Rest.Fail("users/@me", 500, times: 100);
        var backfill = bed.Start("backfill", "--since", "2020-01-01");
        await bed.Simulator.Rest.WaitForRequestAsync("users/@me", guard: MetricityProcess.Limit);
        await name.TakeAsync(bed.Database);
        bed.Simulator.Rest.ClearFaults();
        await backfill.WaitForLineAsync("The backfill is interrupted: The database", Limit);
        name.Give();

        Assert.Equal(0, await backfill.WaitForExitAsync(Limit));
        Assert.Contains("complete", backfill.Output, StringComparison.Ordinal);
        Assert.Equal(
            bed.Guild.Channels.Sum(channel => channel.Messages.Count(message => !message.Author.Bot)),
            await bed.Database.CountAsync("messages"));
    }

    [Theory]
    [InlineData("run")]
    [InlineData("run", "--migrate")]
    [InlineData("--migrate")]
    [InlineData("migrate", "up")]
    [InlineData("migrate", "status")]
    [InlineData("migrate", "down", "--to", "0")]
    [InlineData("backfill")]
    [InlineData("report")]
    [InlineData("insights", "rebuild")]
    public async Task Command_that_finds_no_name_at_its_start_ends_with_3_and_names_server_and_way_out(params string[] arguments)
    {
        await using var bed = await ProcessBed.CreateAsync();
        var name = await bed.NameDatabaseAsync(5432, TimeSpan.FromSeconds(1));
        name.Take();

        var run = await bed.RunAsync(arguments);

        run.Says(3, name.Server, "ConnectionStrings:Metricity");
        Assert.Single(run.Errors.Trim().Split('\n'));
        Assert.True(name.Unanswered > 0, "nobody looked it up");
    }

    [Fact]
    public async Task Check_that_finds_no_name_says_so_and_goes_on()
    {
        await using var bed = await ProcessBed.CreateAsync();
        var name = await bed.NameDatabaseAsync(5432, TimeSpan.FromSeconds(1));
        name.Take();

        var run = await bed.RunAsync("check");

        run.Says(3);
        Assert.Contains($"FAIL  database: PostgreSQL cannot be reached on {name.Server}", run.Output, StringComparison.Ordinal);
        Assert.Contains("ok    token", run.Output, StringComparison.Ordinal);
    }

    private static Task<double> WaitingAsync(Watcher watcher) => MetricAsync(watcher, "metricity_events_waiting");

    private static async Task<double> MetricAsync(Watcher watcher, string name) =>
        (await watcher.ScrapeAsync()).Values.Single(value => value.Key.StartsWith(name, StringComparison.Ordinal)).Value;
}
