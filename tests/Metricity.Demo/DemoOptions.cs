namespace Metricity.Demo;

/// <summary>What the command line asks for.</summary>
/// <param name="Duration">How long the guild lives; null = until a signal.</param>
/// <param name="Rate">Events a second.</param>
/// <param name="Seed">Seed of the simulated guild.</param>
internal sealed record DemoOptions(TimeSpan? Duration, double Rate, int Seed);
