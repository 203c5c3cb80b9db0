namespace Metricity.Export;

/// <summary>What a guild's tables held when they were last counted.</summary>
/// <param name="Members">In the guild, bots included.</param>
/// <param name="ThreadsOpen">Neither archived nor deleted.</param>
internal readonly record struct GuildSize(long Members, long ThreadsOpen);
