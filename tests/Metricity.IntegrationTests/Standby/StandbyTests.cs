using System.Diagnostics;
using Metricity.IntegrationTests.Process;
using Metricity.Testing;

namespace Metricity.IntegrationTests.Standby;

/// <summary>Two copies of the program on one database, as processes.</summary>
public sealed class StandbyTests
{
    /// <summary>From the end of the one to the other's RESUME.</summary>
    private static readonly TimeSpan Takeover = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task Standby_says_that_it_waits_and_resumes_within_ten_seconds_of_the_first_ones_death()
    {
        await using var bed = await ProcessBed.CreateAsync();
        bed.Guild.Populate(categories: 1, channels: 4, threads: 0, members: 10);
        var first = await bed.StartSyncedAsync();
        var second = await StartStandbyAsync(bed);
        await using var poster = new Poster(bed.Simulator, bed.Guild);
        var before = await bed.PositionAsync();
        await Eventually.TrueAsync(async () => await bed.PositionAsync() > before + 50, "it collects", MetricityProcess.Limit);

        var clock = Stopwatch.StartNew();
        await first.KillAsync();
        await bed.Simulator.Gateway.WaitForResumedAsync(guard: MetricityProcess.Limit);

        Assert.InRange(clock.Elapsed, TimeSpan.Zero, Takeover);
        Assert.True(bed.Simulator.Gateway.LastResumeSequence >= before, "the position went backwards");
        await poster.StopAsync();
        await bed.AssertTruthAsync();
        Assert.Equal(1, bed.Simulator.Gateway.IdentifyCount);
        Assert.Equal(2, await bed.Database.ScalarAsync<long>("select epoch from metricity.positions"));
        Assert.Equal(0, await second.TerminateAsync());
    }

    [Fact]
    public async Task Frozen_writer_is_replaced_within_ten_seconds_and_cannot_commit_when_it_wakes_up()
    {
        await using var bed = await ProcessBed.CreateAsync();
        bed.Guild.Populate(categories: 1, channels: 4, threads: 0, members: 10);
        var first = await bed.StartSyncedAsync();
        var second = await StartStandbyAsync(bed);
        await using var poster = new Poster(bed.Simulator, bed.Guild);
        var before = await bed.PositionAsync();
        await Eventually.TrueAsync(async () => await bed.PositionAsync() > before + 50, "it collects", MetricityProcess.Limit);

        var clock = Stopwatch.StartNew();
        await first.FreezeAsync();
        if (await bed.Database.MajorVersionAsync() < 14)
        {
            await bed.Database.EndLockSessionsAsync(); // as docs/operations.md tells a person to do there
        }

        await bed.Simulator.Gateway.WaitForResumedAsync(guard: MetricityProcess.Limit);
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, Takeover);
        await Eventually.TrueAsync(
            async () => await bed.PositionAsync() > bed.Simulator.Gateway.LastResumeSequence + 20, "the other collects", MetricityProcess.Limit);
        await first.ThawAsync();

        await first.WaitForLineAsync("Another Metricity took over shard 0 of 1");
        await first.WaitForLineAsync("standing by");
        await poster.StopAsync();
        await bed.AssertTruthAsync();
        await poster.AssertRowsEndAtAsync(await bed.PositionAsync(), bed.Database);
        Assert.Equal(1, bed.Simulator.Gateway.IdentifyCount);
        Assert.Equal(2, await bed.Database.ScalarAsync<long>("select epoch from metricity.positions"));
        Assert.Equal(0, await second.TerminateAsync());
        await first.WaitForLineAsync("Taking over shard 0 of 1");
        Assert.Equal(0, await first.TerminateAsync());
    }

    [Fact]
    public async Task Rolling_update_drains_the_old_one_and_resumes_in_the_new_one()
    {
        await using var bed = await ProcessBed.CreateAsync();
        bed.Guild.Populate(categories: 1, channels: 4, threads: 0, members: 10);
        var old = await bed.StartSyncedAsync();
        var updated = await StartStandbyAsync(bed);
        await using var poster = new Poster(bed.Simulator, bed.Guild);
        var before = await bed.PositionAsync();
        await Eventually.TrueAsync(async () => await bed.PositionAsync() > before + 50, "it collects", MetricityProcess.Limit);

        Assert.Equal(0, await old.TerminateAsync());

        Assert.Contains("Stopped: everything that was read is committed", old.Output, StringComparison.Ordinal);
        Assert.NotInRange(bed.Simulator.Gateway.LastClientCloseCode ?? 1000, 1000, 1001);
        await bed.Simulator.Gateway.WaitForResumedAsync(guard: MetricityProcess.Limit);
        Assert.True(bed.Simulator.Gateway.LastResumeSequence > before, "the position went backwards");
        await poster.StopAsync();
        await bed.AssertTruthAsync();
        Assert.Equal(1, bed.Simulator.Gateway.IdentifyCount);
        Assert.Equal(1, bed.Simulator.Gateway.ResumeCount);
        Assert.Equal(0, await updated.TerminateAsync());
    }

    private static async Task<MetricityProcess> StartStandbyAsync(ProcessBed bed)
    {
        var standby = bed.Start("run");
        await standby.WaitForLineAsync("Another Metricity collects shard 0 of 1: standing by");

        return standby;
    }
}
