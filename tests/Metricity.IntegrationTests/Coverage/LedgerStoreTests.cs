using Metricity.Collect;
using Metricity.Gateway;
using Metricity.IntegrationTests.Tables;

namespace Metricity.IntegrationTests.Coverage;

public sealed class LedgerStoreTests
{
    [Theory]
    [InlineData(-1, 1)]
    [InlineData(1, 0)]
    public async Task New_session_is_a_gap_for_a_guild_that_was_collected_before_and_none_for_one_that_is_new(int hoursSeen, long gaps)
    {
        await using var bed = await StoreBed.CreateAsync();
        await bed.CommitAsync(_ => { }, Position("first"));
        await bed.Database.ExecuteAsync($"update metricity.guilds set first_seen_at = '{StoreBed.Start.AddHours(hoursSeen):O}'");
        bed.Clock.Advance(TimeSpan.FromHours(2));

        await bed.CommitAsync(
            changes => changes.Coverage.Add(new CoverageChange(CoverageCause.SessionStarted, bed.Clock.GetUtcNow().UtcDateTime)),
            Position("second"));

        Assert.Equal(gaps, await bed.Database.CountAsync("metricity.coverage"));
    }

    [Fact]
    public async Task Session_lost_in_the_middle_of_a_replay_opens_a_gap_from_where_the_log_was()
    {
        await using var bed = await StoreBed.CreateAsync();
        await bed.CommitAsync(_ => { }, Position("first"));
        var read = StoreBed.Start.AddHours(1);
        await bed.CommitAsync(changes => changes.Coverage.Add(new CoverageChange(CoverageCause.GuildAvailable, read)));

        await bed.CommitAsync(
            changes => changes.Coverage.Add(new CoverageChange(CoverageCause.SessionStarted, read.AddMinutes(5))), Position("second"));

        Assert.Equal(
            ["live 13:00", "gap 12:00"],
            await bed.Database.ListAsync<string>(
                "select kind || to_char(started_at at time zone 'UTC', ' HH24:MI') from metricity.coverage order by id"));
    }

    /// <summary>The clock is finer than the columns: what is looked for again must be as the ledger has it.</summary>
    [Theory]
    [InlineData(nameof(CoverageCause.EventsMissing), "live 12:00", "gap 12:00", "live 13:00")]
    [InlineData(nameof(CoverageCause.Offline), "live 12:00", "resumed 12:00")]
    [InlineData(nameof(CoverageCause.GuildUnavailable), "live 12:00", "gap 13:00")]
    public async Task Change_of_which_nobody_knew_that_it_was_committed_may_be_written_again(string cause, params string[] expected)
    {
        await using var bed = await StoreBed.CreateAsync();
        await bed.CommitAsync(
            changes => changes.Coverage.Add(new CoverageChange(CoverageCause.GuildAvailable, StoreBed.Start.AddTicks(3))),
            Position("first"));
        var change = new CoverageChange(
            Enum.GetValues<CoverageCause>().Single(one => one.ToString() == cause), StoreBed.Start.AddHours(1).AddTicks(7));
        bed.Clock.Advance(TimeSpan.FromHours(1));

        await bed.CommitAsync(changes => changes.Coverage.Add(change), Position("first"));
        await bed.CommitAsync(changes => changes.Coverage.Add(change), Position("first"));

        Assert.Equal(
            expected,
            await bed.Database.ListAsync<string>(
                "select kind || to_char(started_at at time zone 'UTC', ' HH24:MI') from metricity.coverage order by id"));
    }

    [Fact]
    public async Task Channel_gap_that_is_written_again_stays_one()
    {
        await using var bed = await StoreBed.CreateAsync();
        await bed.CommitAsync(changes => changes.AddTalk(Some.MessageRow()));
        var hidden = new CoverageChange(CoverageCause.ChannelsHidden, StoreBed.Start, [Some.Channel]);
        var seen = new CoverageChange(CoverageCause.ChannelsSeen, StoreBed.Start.AddHours(1), [Some.Channel]);
        var gained = new CoverageChange(CoverageCause.ChannelsGained, StoreBed.Start.AddHours(2), [Some.Channel]);

        foreach (var change in new[] { hidden, hidden, seen, seen, gained, gained })
        {
            await bed.CommitAsync(changes => changes.Coverage.Add(change));
        }

        Assert.Equal(
            ["2026-03-01 12:00:00 to 2026-03-01 13:00:00", $"{Some.Message.CreatedAt:yyyy-MM-dd HH:mm:ss} to 2026-03-01 14:00:00"],
            await bed.Database.ListAsync<string>(
                """
                select format('%s to %s', date_trunc('second', started_at at time zone 'UTC'), ended_at at time zone 'UTC')
                from metricity.coverage order by id
                """));
    }

    private static GatewayPosition Position(string sessionId) => new(new GatewaySession(sessionId, new Uri("wss://example.test")), 1);
}
