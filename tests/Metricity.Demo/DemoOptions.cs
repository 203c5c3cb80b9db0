namespace Metricity.Demo;

/// <summary>What the command line asks for.</summary>
/// <param name="Seconds">How long the guild lives, 1 s to a day; null = until a signal.</param>
/// <param name="Rate">Events a second, 0.1 to 2000.</param>
/// <param name="Seed">Seed of the simulated guild.</param>
/// <param name="Http">The collector's <c>Http:Url</c>; null = none.</param>
internal sealed record DemoOptions(double? Seconds, double Rate, int Seed, string? Http)
{
    public TimeSpan? Duration => Seconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null;

    /// <summary>What is wrong, as a sentence, or null.</summary>
    public string? Error => this switch
    {
        { Seconds: not (null or (>= 1 and <= 86_400)) } => "--for takes 1 to 86400 seconds.",
        { Rate: not (>= 0.1 and <= 2_000) } => "--rate takes 0.1 to 2000 events a second.",
        _ => null,
    };
}
