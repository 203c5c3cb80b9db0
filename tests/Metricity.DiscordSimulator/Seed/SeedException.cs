namespace Metricity.DiscordSimulator.Seed;

/// <summary>Why nothing was seeded, as a sentence for the one who asked.</summary>
public sealed class SeedException(string message) : Exception(message);
