using Metricity.Testing;

namespace Metricity.Demo;

/// <summary>One demonstration from start to end: everything that is started here is stopped here, however it ends.</summary>
internal sealed class DemoRun(DemoOptions options, IDemoView view)
{
    private const int Equal = 0;
    private const int Failed = 1;

    /// <summary>Gives the exit code: 0 when the tables equal the truth, or the coverage ledger tells of what they lack.</summary>
    /// <param name="stop">Ends the guild's life; the comparison follows.</param>
    /// <param name="abort">Ends everything.</param>
    public async Task<int> RunAsync(CancellationToken stop, CancellationToken abort)
    {
        try
        {
            var isEqual = options.Scenario == DemoOptions.Outage ? await MissAsync(stop, abort) : await CollectAsync(stop, abort);

            return isEqual ? Equal : Failed;
        }
        catch (OperationCanceledException) when (abort.IsCancellationRequested)
        {
            view.Say("ended at once, without a comparison");

            return Failed;
        }
        catch (DemoException e)
        {
            view.Say(e.Message);

            return Failed;
        }
    }

    private async Task<bool> CollectAsync(CancellationToken stop, CancellationToken abort)
    {
        await using var bed = await DemoBed.StartAsync(options, TimeProvider.System, view, abort);
        var stage = new DemoStage(options, bed, view);
        view.Say("metricity run");
        await using var collector = CollectorProcess.Start(bed.Settings);
        await stage.WaitUntilLiveAsync(collector, abort);
        await stage.LiveAsync(collector, options.Duration, stop, abort);
        await stage.SettleAsync(collector, abort);
        var differences = await stage.CompareAsync(abort);
        var isEqual = stage.Judge([.. differences.Select(difference => difference.ToString())], "The tables equal the truth.");
        await stage.StopAsync(collector);

        return isEqual;
    }

    private async Task<bool> MissAsync(CancellationToken stop, CancellationToken abort)
    {
        var discordTime = new JumpingTime(OutageScenario.Missed);
        await using var bed = await DemoBed.StartAsync(options, discordTime, view, abort);

        return await new OutageScenario(options, bed, discordTime, view).RunAsync(stop, abort);
    }
}
