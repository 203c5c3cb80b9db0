using Metricity.Testing;

namespace Metricity.Demo;

/// <summary>The steps that scenarios are made of.</summary>
internal sealed class DemoStage(DemoOptions options, DemoBed bed, IDemoView view)
{
    private const int ShownDifferences = 10;
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan CommitLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(35);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly TimeProvider _time = TimeProvider.System;

    /// <summary>Waits until the collector has a session.</summary>
    public async Task WaitUntilLiveAsync(CollectorProcess collector, CancellationToken abort)
    {
        try
        {
            await Task.WhenAny(bed.Simulator.Gateway.WaitForLiveAsync(StartLimit, abort), collector.Ended).Unwrap();
        }
        catch (TimeoutException e)
        {
            throw WithOutput($"The collector did not get ready: {e.Message}", collector);
        }
    }

    /// <summary>Lets the guild live and shows it, until it is time to end.</summary>
    /// <param name="duration">Null = until <paramref name="stop"/>.</param>
    public async Task LiveAsync(CollectorProcess collector, TimeSpan? duration, CancellationToken stop, CancellationToken abort)
    {
        using var living = CancellationTokenSource.CreateLinkedTokenSource(stop, abort);
        var commits = new CommitWatch(bed.Simulator, bed.Database, _time);
        var observer = new Observer(duration, bed, collector, commits, _time);
        if (duration is { } limit)
        {
            living.CancelAfter(limit);
        }

        var life = bed.Life.RunAsync(options.Rate, living.Token);
        var watching = commits.RunAsync(living.Token);
        _ = collector.Ended.ContinueWith(_ => living.Cancel(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        await view.WatchAsync(observer.TakeAsync, living.Token);
        await Task.WhenAll(life, watching);
        abort.ThrowIfCancellationRequested();
        if (collector.HasExited)
        {
            throw WithOutput("The collector ended by itself.", collector);
        }
    }

    /// <summary>Waits until everything that was sent is committed, and the member list is complete.</summary>
    public async Task SettleAsync(CollectorProcess collector, CancellationToken abort)
    {
        const string Sql = "select exists (select from metricity.guilds where members_synced_at is not null)";
        var commits = new CommitWatch(bed.Simulator, bed.Database, _time);
        view.Say("the guild holds still; waiting until everything is committed");
        if (!await UntilAsync(IsSettledAsync, collector, CommitLimit, abort))
        {
            throw WithOutput(
                $"Not committed after {CommitLimit.TotalSeconds:0} s: position {await commits.ReadAsync(abort)} "
                    + $"of {bed.Simulator.Gateway.LastSequence}.",
                collector);
        }

        async Task<bool> IsSettledAsync()
        {
            await using var command = bed.Database.CreateCommand(Sql);

            return await command.ExecuteScalarAsync(abort) is true
                && await commits.ReadAsync(abort) == bed.Simulator.Gateway.LastSequence;
        }
    }

    /// <summary>Waits for something of the collector's; false when it takes longer than the limit, or the collector ended.</summary>
    public async Task<bool> UntilAsync(Func<Task<bool>> condition, CollectorProcess collector, TimeSpan limit, CancellationToken abort)
    {
        var started = _time.GetTimestamp();
        while (!await condition())
        {
            if (collector.HasExited || _time.GetElapsedTime(started) > limit)
            {
                return false;
            }

            await Task.Delay(Pause, _time, abort);
        }

        return true;
    }

    /// <summary>Compares the tables with the truth, and says how many rows are right.</summary>
    public async Task<IReadOnlyList<Difference>> CompareAsync(CancellationToken abort)
    {
        var truth = bed.Simulator.World.Truth(bed.Guild);
        var tables = await new Comparison(truth, bed.Staff.Id, bed.Database).RunAsync(abort);

        // What the collector asked REST for by itself has no sequence; it may come a moment later.
        for (var attempt = 0; attempt < 20 && tables.Any(table => table.Differences.Count > 0); attempt++)
        {
            await Task.Delay(Pause * 2, _time, abort);
            tables = await new Comparison(truth, bed.Staff.Id, bed.Database).RunAsync(abort);
        }

        view.Say("");
        view.Say(string.Join(", ", tables.Select(table => $"{table.Matched} of {table.Expected} {table.Name}")));

        return [.. tables.SelectMany(table => table.Differences)];
    }

    /// <summary>Says what is wrong, if anything is.</summary>
    /// <returns>True when nothing is.</returns>
    public bool Judge(IReadOnlyList<string> wrong, string whenRight)
    {
        foreach (var line in wrong.Take(ShownDifferences))
        {
            view.Say("  " + line);
        }

        view.Say(wrong.Count == 0 ? whenRight : $"The tables differ from the truth in {wrong.Count} rows.");

        return wrong.Count == 0;
    }

    /// <summary>SIGTERM, and a proper end.</summary>
    public async Task StopAsync(CollectorProcess collector)
    {
        if (await collector.StopAsync(StopLimit) is var code && code != 0)
        {
            throw WithOutput(
                code is null
                    ? $"The collector did not stop within {StopLimit.TotalSeconds:0} s of SIGTERM."
                    : $"The collector ended with {code} on SIGTERM.",
                collector);
        }

        view.Say("stopped the collector (SIGTERM, exit 0), the simulator and PostgreSQL");
    }

    public static DemoException WithOutput(string sentence, CollectorProcess collector) =>
        new(string.Join('\n', collector.Output.TakeLast(20).Prepend(sentence + " Its last lines:")));
}
