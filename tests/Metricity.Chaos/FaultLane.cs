namespace Metricity.Chaos;

/// <summary>
/// Lets one lane's faults fall, one after the other. Kinds come in shuffled rounds, so that each has its turn. Order, pauses and each
/// fault's own choices come from the seed alone; how long a fault takes does not change what follows.
/// </summary>
internal sealed class FaultLane(Lane lane, IReadOnlyList<Fault> faults, ChaosOptions options, Bed bed)
{
    private readonly Random _random = new(HashCode(options.Seed, (int)lane));

    private double LongestPause => options.Pause * lane switch
    {
        // The collector is up most of the time, or the faults of the other lanes would meet nobody.
        Lane.Process => 14,
        Lane.Database => 10,
        Lane.Gateway => 3,
        Lane.Rest => 1,
        _ => 6,
    };

    /// <summary>Runs until cancelled; cancels when the faults that were asked for have fallen.</summary>
    public async Task RunAsync(CancellationTokenSource stop)
    {
        while (!stop.IsCancellationRequested)
        {
            foreach (var fault in Round())
            {
                await Bed.PauseAsync(_random, 0, LongestPause, stop.Token);
                var choices = new Random(_random.Next());
                if (stop.IsCancellationRequested)
                {
                    return;
                }

                await FallAsync(fault, choices, stop.Token);
                if (options.Count is { } count && bed.Journal.Total >= count)
                {
                    await stop.CancelAsync();
                }
            }
        }
    }

    private async Task FallAsync(Fault fault, Random choices, CancellationToken stop)
    {
        bed.Journal.Note($"{fault.Name} …");
        try
        {
            if (await fault.FallAsync(bed, choices, stop))
            {
                bed.Journal.Count(fault);
                bed.Journal.Note($"{fault.Name} done");
            }
            else
            {
                bed.Journal.Note($"{fault.Name} found nothing to act upon");
            }
        }
        catch (Exception e) when (e is not OperationCanceledException || !stop.IsCancellationRequested)
        {
            bed.Journal.Blame($"the fault itself failed: {fault.Name}: {e}");
        }
    }

    private List<Fault> Round()
    {
        var round = faults.SelectMany(fault => Enumerable.Repeat(fault, fault.Weight)).ToArray();
        _random.Shuffle(round);

        return [.. round];
    }

    /// <summary>Of its own, since that of .NET differs from process to process.</summary>
    private static int HashCode(int seed, int lane) => unchecked((seed * 397) + (lane * 7919));
}
