namespace Metricity.DiscordSimulator.Seed;

/// <summary>A stretch of time in which the collector was away, or saw nothing of one channel.</summary>
/// <param name="From">Unix milliseconds, inclusive.</param>
/// <param name="To">Exclusive.</param>
/// <param name="IsChannels">Of one channel only, and healed: the guild's coverage is not less for it.</param>
internal readonly record struct SeedGap(long From, long To, bool IsHealed, bool IsChannels, string Reason)
{
    public bool Covers(long at) => at >= From && at < To;
}
