using Metricity.DiscordSimulator;
using Metricity.Testing;

namespace Metricity.Demo;

/// <summary>
/// A collector is killed and stays away for two hours of its guild's life, in which Discord drops the session; then it comes back. Those
/// hours lie in the past of the real clock, so that collector, database and Discord have one time when it does.
/// </summary>
internal sealed class OutageScenario(DemoOptions options, DemoBed bed, JumpingTime discordTime, IDemoView view)
{
    /// <summary>How long nobody collects, and how far Discord's clock is behind at the start.</summary>
    public static readonly TimeSpan Missed = TimeSpan.FromHours(2);

    /// <summary>In a quarter of an hour; some are several events.</summary>
    private const int HappeningsInAScene = 400;

    private static readonly TimeSpan Scene = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan ScenePause = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan DefaultLife = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan KilledAfter = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan SyncLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan HealLimit = TimeSpan.FromMinutes(3);

    private readonly DemoStage _stage = new(options, bed, view);

    /// <param name="stop">Ends the guild's life before the outage early.</param>
    /// <returns>False when something is missing that the ledger does not tell of.</returns>
    public async Task<bool> RunAsync(CancellationToken stop, CancellationToken abort)
    {
        var before = await CollectUntilKilledAsync(stop, abort);
        var after = await MissAsync(before, abort);
        view.Say($"{Clock()}  metricity run. Discord has dropped the session of before: what was missed is fetched over REST, "
            + "while the guild lives on");
        await using var collector = CollectorProcess.Start(bed.Settings);
        await _stage.WaitUntilLiveAsync(collector, abort);
        await HealAsync(collector, abort);
        await _stage.SettleAsync(collector, abort);
        var differences = await _stage.CompareAsync(abort);
        var truth = bed.Simulator.World.Truth(bed.Guild);
        var ledger = await CoverageLedger.ReadAsync(truth, bed.Database, abort);
        var events = await MemberEvent.ReadInferredAsync(bed.Database, abort);
        var tally = new OutageTally(before, after, truth, differences, ledger, events);
        await ShowCoverageAsync(abort);
        view.Say("");
        view.Say("Of the two hours in which nobody collected:");
        foreach (var line in tally.Lines)
        {
            view.Say("  " + line);
        }

        view.Say("");
        var wrong = differences.Where(difference => !ledger.Admits(difference)).Select(difference => difference.ToString());
        var isRight = _stage.Judge(
            [.. wrong, .. tally.Wrong],
            $"The tables equal the truth but for what cannot be had. The ledger admits each of these {differences.Count} differences: it "
                + "calls the stretch healed, not live.");
        await _stage.StopAsync(collector);

        return isRight;
    }

    /// <returns>The truth when it was killed.</returns>
    private async Task<SimLedger> CollectUntilKilledAsync(CancellationToken stop, CancellationToken abort)
    {
        const string Sql = "select exists (select from metricity.guilds where members_synced_at is not null)";
        view.Say($"{Clock()}  a collector runs, two hours ago");
        await using var collector = PastCollector.Start(bed.Settings, Missed);
        await _stage.WaitUntilLiveAsync(collector, abort);
        if (!await _stage.UntilAsync(() => IsTrueAsync(Sql, abort), collector, SyncLimit, abort))
        {
            throw DemoStage.WithOutput("The collector did not sync the guild.", collector);
        }

        await _stage.LiveAsync(collector, options.Duration ?? DefaultLife, stop, abort);
        using var living = CancellationTokenSource.CreateLinkedTokenSource(abort);
        var life = bed.Life.RunAsync(options.Rate, living.Token);
        await Task.Delay(KilledAfter, abort);
        await collector.KillAsync();
        await living.CancelAsync();
        await life;
        view.Say($"{Clock()}  kill -9, in the middle of it. Nobody collects for two hours");

        return bed.Simulator.World.Truth(bed.Guild);
    }

    /// <returns>The truth at the end of the two hours.</returns>
    private async Task<SimLedger> MissAsync(SimLedger before, CancellationToken abort)
    {
        for (var left = Missed; left > TimeSpan.Zero; left -= Scene)
        {
            for (var i = 0; i < HappeningsInAScene; i++)
            {
                discordTime.Skip(Scene / HappeningsInAScene);
                bed.Life.Step();
            }

            var now = bed.Guild.Counters;
            var then = before.Counters;
            view.Say($"{Clock()}  missed so far: {now.MessagesPosted - then.MessagesPosted} messages, "
                + $"{now.MessagesDeleted - then.MessagesDeleted} deletions, {now.ThreadsOpened - then.ThreadsOpened} threads, "
                + $"{now.Joins - then.Joins} joins, {now.Leaves - then.Leaves} leaves");
            await Task.Delay(ScenePause, abort);
        }

        return bed.Simulator.World.Truth(bed.Guild);
    }

    private async Task HealAsync(CollectorProcess collector, CancellationToken abort)
    {
        const string Sql =
            "select count(*) > 0 and count(*) filter (where healed_at is null) = 0 from metricity.coverage where kind = 'gap'";
        using var ending = new CancellationTokenSource();
        var healing = EndWhenHealedAsync();
        try
        {
            await _stage.LiveAsync(collector, HealLimit, ending.Token, abort);
        }
        finally
        {
            await ((Task)healing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (!await healing)
        {
            throw DemoStage.WithOutput($"The gap was not healed within {HealLimit.TotalMinutes:0} min.", collector);
        }

        view.Say($"{Clock()}  healed");

        async Task<bool> EndWhenHealedAsync()
        {
            var isHealed = await _stage.UntilAsync(() => IsTrueAsync(Sql, abort), collector, HealLimit, abort);
            await ending.CancelAsync();

            return isHealed;
        }
    }

    private async Task ShowCoverageAsync(CancellationToken abort)
    {
        const string Sql =
            """
            select format('  %s  %s  %s  %s  %s', rpad(status, 8), to_char(started_at, 'HH24:MI:SS'), to_char(ended_at, 'HH24:MI:SS'),
                lpad(messages_fetched::text, 16), lpad(deletions_inferred::text, 18))
            from coverage
            order by started_at, id
            """;
        view.Say("");
        view.Say("The view coverage, times in UTC:");
        view.Say("  status    from      until     messages fetched  deletions inferred");
        await using var command = bed.Database.CreateCommand(Sql);
        await using var reader = await command.ExecuteReaderAsync(abort);
        while (await reader.ReadAsync(abort))
        {
            view.Say(reader.GetString(0));
        }
    }

    private async Task<bool> IsTrueAsync(string sql, CancellationToken abort)
    {
        await using var command = bed.Database.CreateCommand(sql);

        return await command.ExecuteScalarAsync(abort) is true;
    }

    /// <summary>Discord's time.</summary>
    private string Clock() => $"{discordTime.GetUtcNow():HH:mm:ss}";
}
