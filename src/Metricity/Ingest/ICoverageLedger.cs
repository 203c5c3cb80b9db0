using Metricity.Events;

namespace Metricity.Ingest;

/// <summary>
/// What healing asks of the ledger and the tables beside committing pages. The storage stage implements it. Every method throws
/// <see cref="StoreUnavailableException"/> and <see cref="StoreUnusableException"/> as <see cref="IBatchStore"/> does; all may be repeated.
/// </summary>
internal interface ICoverageLedger
{
    /// <summary>Gaps of a guild that are not healed, oldest first, the running one included.</summary>
    Task<IReadOnlyList<CoverageGap>> GetOpenGapsAsync(Snowflake guildId, CancellationToken cancellationToken);

    Task<IReadOnlyList<CoveragePart>> GetPartsAsync(CoverageGap gap, CancellationToken cancellationToken);

    /// <summary>Adds parts that the gap does not have, and sets state and reason of those that it has and that are not done.</summary>
    Task PlanAsync(CoverageGap gap, IReadOnlyList<CoveragePart> parts, CancellationToken cancellationToken);

    /// <summary>
    /// Closes the gap when it was planned, no part is left, and (of a gap of the whole guild) the members were compared. False
    /// otherwise.
    /// </summary>
    Task<bool> CloseAsync(CoverageGap gap, CancellationToken cancellationToken);

    /// <summary>
    /// Messages of a channel or thread that are stored as not deleted, with ids after <paramref name="after"/> up to
    /// <paramref name="until"/>, ascending; at most <paramref name="limit"/>.
    /// </summary>
    Task<IReadOnlyList<Snowflake>> GetStoredMessagesAsync(
        Snowflake guildId, CoveragePart part, Snowflake after, Snowflake until, int limit, CancellationToken cancellationToken);

    /// <summary>Channels (no threads) that are not deleted and of which messages are stored.</summary>
    Task<IReadOnlySet<Snowflake>> GetCollectedChannelsAsync(Snowflake guildId, CancellationToken cancellationToken);
}
