namespace Metricity.DiscordSimulator.Seed;

/// <summary>Distributions of waiting times and numbers on top of <see cref="Random"/>, whose sequence for a seed does not change.</summary>
internal static class SeedRandom
{
    public static bool Chance(this Random random, double probability) => random.NextDouble() < probability;

    /// <summary>Waiting time with that mean.</summary>
    public static double Exponential(this Random random, double mean) => -mean * Math.Log(1 - random.NextDouble());

    /// <summary>Mostly near the median, now and then many times as much.</summary>
    /// <param name="sigma">1 = one in six is more than 2.7 times the median.</param>
    public static double LogNormal(this Random random, double median, double sigma)
    {
        var normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

        return median * Math.Exp(sigma * normal);
    }

    /// <summary>1 or more, with that mean.</summary>
    public static int Geometric(this Random random, double mean) =>
        mean <= 1 ? 1 : 1 + (int)(Math.Log(1 - random.NextDouble()) / Math.Log(1 - (1 / mean)));
}
