namespace Metricity.Collect;

/// <summary>How the writer batches. Defaults are those of <c>appsettings.json</c>, measured in <c>tests/Metricity.Benchmarks</c>.</summary>
internal sealed record CollectOptions
{
    /// <summary>
    /// Most events in one transaction, 1 to 50,000; a chunk of members counts as its members. More makes little faster, and a retry dearer.
    /// </summary>
    public int BatchSize { get; init; } = 2_000;

    /// <summary>
    /// Least time between two commits while events keep trickling in, 0 to 10 s. The first event after a pause is committed at once,
    /// and a full batch never waits.
    /// </summary>
    public TimeSpan BatchDelay { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>Most events waiting for the database, 100 to 10,000,000. Then the gateway is not read until there is room.</summary>
    public int QueueCapacity { get; init; } = 250_000;

    /// <summary>Most memory, in bytes, that waiting events may take (an estimate: 300 a message, 250 a member).</summary>
    public long QueueBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>Collect the messages of bots and webhooks too.</summary>
    public bool CollectBots { get; init; }
}
