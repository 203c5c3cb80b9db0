using Metricity.Testing;
using Npgsql;

namespace Metricity.IntegrationTests.Process;

public sealed class StopAndResumeTests
{
    /// <summary>Two: what a start does after a kill must hold for a start that was itself killed.</summary>
    private static readonly int Kills = TestLength.Of(usual: 2, nightly: 5);

    [Fact]
    public async Task Sigterm_under_load_drains_and_the_restart_resumes_where_the_rows_end()
    {
        await using var bed = await ProcessBed.CreateAsync();
        bed.Guild.Populate(categories: 2, channels: 6, threads: 0, members: 20);
        var first = await bed.StartSyncedAsync();
        await using var poster = new Poster(bed.Simulator, bed.Guild);
        await Eventually.TrueAsync(async () => await bed.Database.CountAsync("messages") > 300, "300 messages");

        Assert.Equal(0, await first.TerminateAsync(TimeSpan.FromSeconds(20)));

        Assert.Contains("Stopped: everything that was read is committed", first.Output, StringComparison.Ordinal);
        Assert.Empty(first.Errors);
        Assert.NotInRange(bed.Simulator.Gateway.LastClientCloseCode ?? 1000, 1000, 1001);
        var position = await bed.PositionAsync();
        await poster.AssertRowsEndAtAsync(position, bed.Database);

        var second = bed.Start("run");
        await bed.Simulator.Gateway.WaitForResumedAsync(guard: MetricityProcess.Limit);
        Assert.Equal(position, bed.Simulator.Gateway.LastResumeSequence);
        await Eventually.TrueAsync(async () => await bed.PositionAsync() > position + 300, "it collects again", MetricityProcess.Limit);
        await poster.StopAsync();

        await bed.AssertTruthAsync();
        await poster.AssertRowsEndAtAsync(await bed.PositionAsync(), bed.Database);
        Assert.Equal(1, bed.Simulator.Gateway.IdentifyCount);
        Assert.Equal(1, bed.Simulator.Gateway.MemberRequestCount);
        Assert.Equal(0, await second.TerminateAsync());
    }

    [Fact]
    public async Task Sigterm_before_it_collects_ends_it_with_0_and_changes_nothing()
    {
        await using var bed = await ProcessBed.CreateAsync(database: await TestDatabase.CreateEmptyAsync());
        await using var other = await bed.Database.DataSource.OpenConnectionAsync();
        await using var lockIt = new NpgsqlCommand("select pg_advisory_lock(7882834757525137780)", other);
        await lockIt.ExecuteNonQueryAsync();
        var process = bed.Start("run", "--migrate");
        await Eventually.TrueAsync(
            () => bed.Database.ScalarAsync<bool>(
                """
                select exists (
                    select from pg_locks join pg_database d on d.oid = database
                    where locktype = 'advisory' and not granted and datname = current_database())
                """),
            "it waits for the one who migrates",
            MetricityProcess.Limit);

        Assert.Equal(0, await process.TerminateAsync(TimeSpan.FromSeconds(10)));

        Assert.Empty(process.Errors);
        Assert.False(await bed.Database.ScalarAsync<bool>("select to_regclass('public.messages') is not null"));
    }

    [Fact]
    public async Task Killed_again_and_again_under_load_it_loses_nothing_and_stores_nothing_twice()
    {
        await using var bed = await ProcessBed.CreateAsync();
        bed.Guild.Populate(categories: 2, channels: 6, threads: 0, members: 20);
        var process = await bed.StartSyncedAsync();
        await using var poster = new Poster(bed.Simulator, bed.Guild);

        for (var kills = 1; kills <= Kills; kills++)
        {
            var before = await bed.PositionAsync();
            await Eventually.TrueAsync(async () => await bed.PositionAsync() > before + 100, "it collects", MetricityProcess.Limit);

            await process.KillAsync();

            // The server may still be committing what the dead client sent; only the position tells when that is over.
            await Eventually.EqualAsync(0, () => bed.Database.ScalarAsync<long>(
                "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and state <> 'idle'"),
                "no writer is left");
            var position = await bed.PositionAsync();
            await poster.AssertRowsEndAtAsync(position, bed.Database);
            process = bed.Start("run");
            await bed.Simulator.Gateway.WaitForResumedAsync(kills, MetricityProcess.Limit);
            Assert.Equal(position, bed.Simulator.Gateway.LastResumeSequence);
        }

        await poster.StopAsync();
        await bed.AssertTruthAsync();
        Assert.Equal(1, bed.Simulator.Gateway.IdentifyCount);
    }

    [Fact]
    public async Task Killed_while_a_whole_guild_lives_it_ends_equal_to_the_truth()
    {
        await using var bed = await ProcessBed.CreateAsync();
        bed.Guild.Populate(categories: 3, channels: 15, threads: 10, members: 100);
        using var stop = new CancellationTokenSource();
        var process = await bed.StartSyncedAsync();
        var life = bed.Simulator.AddLife(bed.Guild).RunAsync(200, stop.Token);
        for (var kills = 1; kills <= Kills; kills++)
        {
            var before = await bed.PositionAsync();
            await Eventually.TrueAsync(async () => await bed.PositionAsync() > before + 150, "it collects", MetricityProcess.Limit);
            await process.KillAsync();
            process = bed.Start("run");
            await bed.Simulator.Gateway.WaitForResumedAsync(kills, MetricityProcess.Limit);
        }

        await stop.CancelAsync();
        await life;

        await bed.AssertTruthAsync();
        Assert.Equal(1, bed.Simulator.Gateway.IdentifyCount);
    }
}
