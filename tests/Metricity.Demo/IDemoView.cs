namespace Metricity.Demo;

/// <summary>What the person sees: a live screen on a terminal, lines otherwise.</summary>
internal interface IDemoView
{
    /// <summary>Prints a line that stays.</summary>
    void Say(string text);

    /// <summary>Shows snapshots until <paramref name="stop"/>; every one is taken freshly.</summary>
    Task WatchAsync(Func<Task<Snapshot>> take, CancellationToken stop);
}
