using Metricity.IntegrationTests.Collect;
using Metricity.Testing;

namespace Metricity.IntegrationTests.Coverage;

/// <summary>Which stretches of time the ledger holds after what happened, over the simulator.</summary>
public sealed class LedgerTests
{
    [Fact]
    public async Task First_session_begins_a_live_stretch_and_opens_no_gap()
    {
        await using var bed = await HealBed.StartAsync();

        Assert.Equal(["live"], await bed.CoverageAsync());
        Assert.True(await bed.ScalarTrueAsync("select goes_on and ended_at >= started_at from coverage"));
    }

    [Fact]
    public async Task Stop_and_resume_is_a_resumed_stretch_without_a_gap()
    {
        await using var bed = await HealBed.StartAsync();
        await bed.StopAsync();
        bed.Time.Skip(TimeSpan.FromMinutes(10));
        bed.Guild.PostMessage(bed.General, bed.Ann);

        bed.StartCollector();
        await bed.Discord.Gateway.WaitForResumedAsync();
        await bed.WaitUntilCommittedAsync();

        Assert.Equal(["live", "resumed", "live"], await bed.CoverageAsync());
        Assert.True(await bed.ScalarTrueAsync(
            "select ended_at - started_at between interval '10 minutes' and interval '11 minutes' from coverage where status = 'resumed'"));
    }

    [Fact]
    public async Task Lost_session_opens_a_gap_from_the_last_committed_event_to_the_return_of_the_guild()
    {
        await using var bed = await HealBed.StartAsync();
        await bed.StopAsync();
        bed.Time.Skip(TimeSpan.FromHours(2));
        bed.ExpireSession();

        bed.StartCollector();
        await bed.Discord.Gateway.WaitForIdentifyAsync(2);
        await bed.WaitUntilSyncedAsync(passTime: true);

        Assert.Equal(["live", "gap", "live"], await Stretches(bed));
        Assert.True(await bed.ScalarTrueAsync(
            "select ended_at - started_at between interval '2 hours' and interval '121 minutes' from metricity.coverage where kind = 'gap'"));
        Assert.Equal("session_lost", await bed.Database.ScalarAsync<string>("select reason from metricity.coverage where kind = 'gap'"));
    }

    [Fact]
    public async Task Jump_in_the_sequence_opens_a_gap_before_the_dispatch_that_follows_it()
    {
        await using var bed = await HealBed.StartAsync();

        bed.Discord.Gateway.SkipSequence(10);
        bed.Guild.PostMessage(bed.General, bed.Ann);
        await bed.WaitUntilCommittedAsync();

        Assert.Equal(["live", "gap", "live"], await Stretches(bed));
        Assert.Equal("events_missing", await bed.Database.ScalarAsync<string>("select reason from metricity.coverage where kind = 'gap'"));
    }

    [Fact]
    public async Task Jump_within_the_replay_is_a_gap_even_when_nothing_but_RESUMED_follows_it()
    {
        await using var bed = await HealBed.StartAsync();
        await bed.StopAsync();
        bed.Discord.Gateway.SkipSequence(10);

        bed.StartCollector();
        await bed.Discord.Gateway.WaitForResumedAsync();
        await bed.WaitUntilCommittedAsync();

        Assert.Equal(["live", "gap", "live"], await Stretches(bed));
    }

    [Fact]
    public async Task Outage_of_the_guild_is_a_gap_in_a_healthy_session()
    {
        await using var bed = await HealBed.StartAsync();

        bed.Guild.SetUnavailable(true);
        await bed.WaitUntilCommittedAsync();
        Assert.Equal(["live", "gap: the server was in an outage at Discord"], await bed.CoverageAsync());

        bed.Guild.SetUnavailable(false);
        await bed.WaitUntilSyncedAsync(passTime: true);

        Assert.Equal(["live", "gap", "live"], await Stretches(bed));
    }

    [Fact]
    public async Task Kick_and_new_invitation_are_a_gap()
    {
        await using var bed = await HealBed.StartAsync();

        bed.Guild.KickBot();
        await bed.WaitUntilCommittedAsync();
        bed.Guild.InviteBot();
        await bed.WaitUntilSyncedAsync(passTime: true);

        Assert.Equal("bot_removed", await bed.Database.ScalarAsync<string>("select reason from metricity.coverage where kind = 'gap'"));
        Assert.Equal(["live", "gap", "live"], await Stretches(bed));
    }

    [Fact]
    public async Task Lost_position_row_does_not_hide_the_gap()
    {
        await using var bed = await HealBed.StartAsync();
        bed.Guild.PostMessage(bed.General, bed.Ann);
        await bed.WaitUntilCommittedAsync();
        await bed.StopAsync();
        await bed.Database.ExecuteAsync("delete from metricity.positions");

        bed.StartCollector();
        await bed.Discord.Gateway.WaitForIdentifyAsync(2);
        await bed.WaitUntilSyncedAsync(passTime: true);

        Assert.Equal(["live", "gap", "live"], await Stretches(bed));
    }

    [Fact]
    public async Task Share_of_an_hour_tells_an_open_gap_from_a_live_stretch()
    {
        await using var database = await TestDatabase.CreateAsync();
        await database.ExecuteAsync(
            """
            insert into metricity.guilds (guild_id, schema_name) values ('267624335836053506', 'public'), ('267624335836053507', 'other');
            insert into metricity.coverage (guild_id, kind, started_at, ended_at, healed_at) values
                ('267624335836053506', 'live', '2026-01-01 10:00Z', '2026-01-01 11:15Z', null),
                ('267624335836053506', 'gap', '2026-01-01 11:15Z', '2026-01-01 11:45Z', null),
                ('267624335836053506', 'resumed', '2026-01-01 11:45Z', '2026-01-01 12:00Z', null),
                ('267624335836053506', 'gap', '2026-01-01 12:00Z', '2026-01-01 12:30Z', '2026-01-02 00:00Z'),
                ('267624335836053506', 'backfill', '2026-01-01 11:40Z', '2026-01-01 11:50Z', '2026-01-02 00:00Z'),
                ('267624335836053507', 'live', '2026-01-01 10:00Z', '2026-01-01 20:00Z', null);
            """);

        Assert.Equal(
            ["10:00 1.0000", "11:00 0.5833", "12:00 0.5000", "13:00 0.0000"],
            await database.ListAsync<string>(
                "select to_char(hour, 'HH24:MI') || ' ' || covered from coverage_by_hour where hour < '2026-01-01 14:00' order by hour"));
        Assert.Equal(
            5L, await database.ScalarAsync<long>("select count(*) from coverage"));
    }

    private static Task<IReadOnlyList<string>> Stretches(CollectorHarness bed) =>
        bed.Database.ListAsync<string>("select kind from metricity.coverage order by started_at, id");
}
