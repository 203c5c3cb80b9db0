using Metricity.Events;

namespace Metricity.Coverage;

/// <summary>A gap or backfill of the ledger that is not healed yet. Times are UTC.</summary>
/// <param name="EndedAt">Null while the gap goes on.</param>
/// <param name="ChannelId">The one channel, with its threads, that it is limited to; null = the whole guild.</param>
internal sealed record CoverageGap(
    long Id, Snowflake GuildId, bool IsBackfill, string? Reason, DateTime StartedAt, DateTime? EndedAt, Snowflake? ChannelId)
{
    /// <summary>
    /// How far before its start a gap is looked at. Covers a difference between Discord's clock and ours, and finds messages that were
    /// written shortly before the gap and deleted in it.
    /// </summary>
    private static readonly TimeSpan MarginBefore = TimeSpan.FromHours(1);

    /// <summary>For the difference between the clocks.</summary>
    private static readonly TimeSpan MarginAfter = TimeSpan.FromMinutes(2);

    /// <summary>From here on history is listed.</summary>
    public DateTime From => IsBackfill ? StartedAt : StartedAt - MarginBefore;

    /// <summary>History is listed up to here.</summary>
    public DateTime Until => (EndedAt ?? throw new InvalidOperationException("The gap goes on.")) + MarginAfter;
}

/// <summary>A part of a gap: what is to be fetched of one channel or thread, and how far that has got.</summary>
/// <param name="ParentId">Of a thread.</param>
internal sealed record CoveragePart(
    Snowflake ChannelId, HistoryPart Part, Snowflake? ParentId, HistoryState State, HistoryCursor? Cursor, HistoryObstacle Obstacle)
{
    public bool IsDone => State is HistoryState.Healed or HistoryState.Deleted;
}

/// <summary>What a backfill has got to do.</summary>
/// <param name="Gap">Null when there is nothing to fetch (any more).</param>
/// <param name="DoneAt">UTC; when a backfill that covers the wanted one was completed.</param>
internal sealed record BackfillStart(CoverageGap? Gap, DateTime? DoneAt);
