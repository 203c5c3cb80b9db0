namespace Metricity.Chaos;

/// <summary>What one run is asked to be.</summary>
internal sealed record ChaosOptions
{
    /// <summary>How long faults fall. With <see cref="Count"/> the longest it may take. Default 1 min.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Seed of the guilds, their life, and the order of the faults.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Events a second over all guilds, 1 to 2000. Default 60.</summary>
    public double Rate { get; init; } = 60;

    /// <summary>Words that a fault's or a lane's name must contain one of; empty (default) for all.</summary>
    public IReadOnlyList<string> Only { get; init; } = [];

    /// <summary>End after so many faults; null (default) = by time alone.</summary>
    public int? Count { get; init; }

    /// <summary>Also those faults after which Discord cannot give the events again, so that they have to be healed or noted as a gap.</summary>
    public bool Lossy { get; init; }

    /// <summary>Multiplies the pauses between faults, 0.05 to 100. Default 1.</summary>
    public double Pause { get; init; } = 1;

    /// <summary>Guilds, each with a schema of its own. 1 to 10, default 2.</summary>
    public int Guilds { get; init; } = 2;

    /// <summary>Where the logs go; made when missing.</summary>
    public required string Directory { get; init; }

    /// <summary>What is wrong, as a sentence, or null.</summary>
    public string? Error => this switch
    {
        { Duration: var d } when d < TimeSpan.FromSeconds(1) || d > TimeSpan.FromDays(1) => "--minutes takes 0.02 to 1440 minutes.",
        { Rate: not (>= 1 and <= 2_000) } => "--rate takes 1 to 2000 events a second.",
        { Count: < 1 } => "--count takes 1 and more.",
        { Pause: not (>= 0.05 and <= 100) } => "--pause takes 0.05 to 100.",
        { Guilds: not (>= 1 and <= 10) } => "--guilds takes 1 to 10.",
        _ when Faults.Chosen(this).Count == 0 => $"--only: no fault is called that. There are: {string.Join(", ", Faults.All.Select(f => f.Name))}.",
        _ => null,
    };

    /// <summary>The command that does the same again.</summary>
    public string Command => string.Create(System.Globalization.CultureInfo.InvariantCulture,
        $"scripts/chaos.sh --minutes {Duration.TotalMinutes:0.###} --seed {Seed} --rate {Rate:0.##} --pause {Pause:0.##} --guilds {Guilds}")
        + (Only.Count == 0 ? "" : $" --only '{string.Join(',', Only)}'")
        + (Count is { } count ? $" --count {count}" : "")
        + (Lossy ? "" : " --lossless");
}
