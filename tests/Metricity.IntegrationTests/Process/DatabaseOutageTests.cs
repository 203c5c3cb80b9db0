using System.Globalization;
using System.Text.RegularExpressions;
using Metricity.Testing;

namespace Metricity.IntegrationTests.Process;

public sealed partial class DatabaseOutageTests
{
    private const int Heartbeats = 3;

    private static readonly double HeartbeatSeconds = TestLength.Of(usual: 0.5, nightly: 2);

    /// <summary>How long the database stays away at least; it does until enough heartbeats were seen.</summary>
    private static readonly TimeSpan Outage = TimeSpan.FromSeconds(TestLength.Of(usual: 0, nightly: 20));

    [Fact]
    public async Task Database_stopped_under_load_loses_nothing_and_the_connection_lives_on()
    {
        await using var cluster = await PostgresCluster.StartNewAsync();
        var database = await TestDatabase.CreateAsync(cluster);
        await using var bed = await ProcessBed.CreateAsync(ProcessBed.Options(HeartbeatSeconds), database);
        bed.Guild.Populate(categories: 3, channels: 15, threads: 10, members: 100);
        using var stop = new CancellationTokenSource();
        var process = await bed.StartSyncedAsync();
        var life = bed.Simulator.AddLife(bed.Guild).RunAsync(200, stop.Token);
        var synced = await bed.PositionAsync();
        await Eventually.TrueAsync(async () => await bed.PositionAsync() > synced + 50, "it collects");

        await cluster.StopAsync(PostgresStop.Immediate);
        var beats = bed.Simulator.Gateway.Heartbeats.Count;
        var atLeast = Task.Delay(Outage);
        await process.WaitForLineAsync(line => Waiting(line) > 100, "a hundred events wait for the database");
        await Eventually.TrueAsync(
            () => bed.Simulator.Gateway.Heartbeats.Count >= beats + Heartbeats, "heartbeats go on", MetricityProcess.Limit);
        await atLeast;
        var committed = bed.Simulator.Gateway.Heartbeats[^1].Sequence;
        await StartAsync(cluster, bed);

        await process.WaitForLineAsync("The database takes batches again");
        await stop.CancelAsync();
        await life;
        await bed.AssertTruthAsync();
        Assert.Equal(committed, bed.Simulator.Gateway.Heartbeats[beats + 1].Sequence); // what was not committed was not acknowledged
        Assert.Single(bed.Simulator.Gateway.Connections);
        Assert.Equal(0, bed.Simulator.Gateway.MissedHeartbeats);
        Assert.Equal(0, await process.TerminateAsync());
    }

    [Fact]
    public async Task Sigterm_while_the_database_is_away_ends_in_time_and_the_restart_gets_everything()
    {
        await using var cluster = await PostgresCluster.StartNewAsync();
        await using var bed = await ProcessBed.CreateAsync(database: await TestDatabase.CreateAsync(cluster));
        bed.Environment["Collect__DrainTimeout"] = "00:00:01";
        bed.Guild.Populate(categories: 1, channels: 3, threads: 0, members: 10);
        var process = await bed.StartSyncedAsync();
        await using var poster = new Poster(bed.Simulator, bed.Guild);
        var synced = await bed.PositionAsync();
        await Eventually.TrueAsync(async () => await bed.PositionAsync() > synced + 20, "it collects");

        await cluster.StopAsync();
        await process.WaitForLineAsync("The database did not take a batch");

        Assert.Equal(0, await process.TerminateAsync(TimeSpan.FromSeconds(10)));
        Assert.Matches("Stopped after 00:00:01 with [0-9]+ events not committed", process.Output);

        await StartAsync(cluster, bed);
        await poster.AssertRowsEndAtAsync(await bed.PositionAsync(), bed.Database);
        bed.Start("run");
        await bed.Simulator.Gateway.WaitForResumedAsync(guard: MetricityProcess.Limit);
        await poster.StopAsync();
        await bed.AssertTruthAsync();
        Assert.Equal(1, bed.Simulator.Gateway.IdentifyCount);
    }

    [Fact]
    public async Task Table_dropped_while_it_runs_ends_it_with_3()
    {
        await using var bed = await ProcessBed.CreateAsync();
        bed.Guild.Populate(categories: 1, channels: 1, threads: 0, members: 1);
        var process = await bed.StartSyncedAsync();

        await bed.Database.ExecuteAsync("alter table messages rename to elsewhere");
        bed.Guild.PostMessage(bed.Guild.Channels[0]);

        Assert.Equal(3, await process.WaitForExitAsync());
        Assert.Contains("lacks a table, column, function or schema that Metricity needs (SQLSTATE 42P01)", process.Errors, StringComparison.Ordinal);
        await bed.Database.ExecuteAsync("alter table elsewhere rename to messages");
        bed.Start("run");
        await bed.AssertTruthAsync();
    }

    private static async Task StartAsync(PostgresCluster cluster, ProcessBed bed)
    {
        await cluster.StartAsync();
        bed.Database.DataSource.Clear(); // the test's own connections are broken too
    }

    private static int Waiting(string line)
    {
        return int.TryParse(WaitingEvents().Match(line).Groups[1].Value, CultureInfo.InvariantCulture, out var count) ? count : 0;
    }

    [GeneratedRegex("did not take a batch .* ([0-9]+) events wait, none is lost")]
    private static partial Regex WaitingEvents();
}
