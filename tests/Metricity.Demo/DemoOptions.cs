namespace Metricity.Demo;

/// <summary>What the command line asks for.</summary>
/// <param name="Seconds">How long the guild lives, 1 s to a day; null = as the scenario has it.</param>
/// <param name="Rate">Events a second, 0.1 to 2000.</param>
/// <param name="Seed">Seed of the simulated guild.</param>
/// <param name="Http">The collector's <c>Http:Url</c>; null = none.</param>
/// <param name="Set">Further settings of the collector, each Key=Value.</param>
internal sealed record DemoOptions(string Scenario, double? Seconds, double Rate, int Seed, string? Http, IReadOnlyList<string> Set)
{
    /// <summary>The guild lives and is collected, until a signal or for <see cref="Seconds"/>.</summary>
    public const string Live = "live";

    /// <summary>The collector misses two hours of the guild's life.</summary>
    public const string Outage = "outage";

    public TimeSpan? Duration => Seconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null;

    /// <summary>What is wrong, as a sentence, or null.</summary>
    public string? Error => this switch
    {
        { Scenario: not (Live or Outage) } => $"--scenario takes {Live} or {Outage}.",
        { Seconds: not (null or (>= 1 and <= 86_400)) } => "--for takes 1 to 86400 seconds.",
        { Rate: not (>= 0.1 and <= 2_000) } => "--rate takes 0.1 to 2000 events a second.",
        { Set: var set } when set.Any(pair => pair.IndexOf('=', StringComparison.Ordinal) < 1) =>
            "--set takes Key=Value, for example Statsd:Host=127.0.0.1.",
        _ => null,
    };
}
