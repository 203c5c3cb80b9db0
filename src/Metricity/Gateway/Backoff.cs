namespace Metricity.Gateway;

/// <summary>How long to wait before trying again.</summary>
internal static class Backoff
{
    /// <summary><paramref name="first"/>, twice that, four times, … up to <paramref name="max"/>.</summary>
    /// <param name="failures">In a row, from 1.</param>
    public static TimeSpan Exponential(TimeSpan first, TimeSpan max, int failures) =>
        TimeSpan.FromTicks((long)Math.Min(first.Ticks * Math.Pow(2, Math.Clamp(failures - 1, 0, 30)), max.Ticks));

    /// <summary>50–100 % of <see cref="Exponential"/>, so as not to come back in step with everybody else.</summary>
    /// <param name="failures">
    /// In a row, from 0, which is anywhere in [0, <paramref name="first"/>): what was lost for the first time is back at once.
    /// </param>
    public static TimeSpan Jittered(TimeSpan first, TimeSpan max, int failures, Random random) =>
        failures == 0 ? first * random.NextDouble() : Exponential(first, max, failures) * (0.5 + (random.NextDouble() / 2));
}
