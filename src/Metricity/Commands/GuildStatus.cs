namespace Metricity.Commands;

/// <summary>What the database tells of a guild's collection. Times are UTC.</summary>
/// <param name="Covered">Share of the last 24 hours that was collected, 0 to 1; what was before the first start counts as missing.</param>
/// <param name="OldestGapAt">Null when no gap is open.</param>
/// <param name="CommittedAt">When the newest committed event was received; null before the first.</param>
internal sealed record GuildStatus(double Covered, long OpenGaps, DateTime? OldestGapAt, DateTime? CommittedAt);
