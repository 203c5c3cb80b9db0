using Metricity.Collect;

namespace Metricity.Coverage;

/// <summary>
/// What a stretch of time in the ledger is. A guild is in one running stretch at a time, or in none before its first session.
/// </summary>
internal enum StretchKind
{
    /// <summary>What happens is received.</summary>
    Live,

    /// <summary>What happened while the program was away, and is being replayed.</summary>
    Resumed,

    /// <summary>What happened was not received.</summary>
    Gap,
}

/// <summary>The running stretch. Times are UTC.</summary>
internal sealed record Stretch(long Id, StretchKind Kind, DateTime StartedAt);

/// <summary>What the database knows when a cause comes to the ledger. Times are UTC.</summary>
/// <param name="Running">Null before the guild's first session.</param>
/// <param name="LastReceivedAt">When the last event before this one was received; null when there was none, or its row is lost.</param>
/// <param name="WasCollected">The guild was collected then already; one that is new in the settings has missed nothing.</param>
/// <param name="NewestMessageAt">When the newest stored message was written; known only where the time before is not.</param>
internal sealed record LedgerKnowledge(Stretch? Running, DateTime? LastReceivedAt, bool WasCollected, DateTime? NewestMessageAt);

/// <summary>A change of the ledger. Times are UTC.</summary>
internal abstract record LedgerChange
{
    /// <summary>The running stretch ends; not before it began.</summary>
    public sealed record End(DateTime At) : LedgerChange;

    /// <param name="Until">Null: it runs.</param>
    public sealed record Begin(StretchKind Kind, string? Reason, DateTime At, DateTime? Until = null) : LedgerChange;
}

/// <summary>
/// The rules of the ledger: what a cause makes of the running stretch. Each may be applied twice, for a commit whose outcome was unknown
/// is tried again. Pure.
/// </summary>
internal static class LedgerRules
{
    public const string SessionLost = "session_lost";
    public const string EventsMissing = "events_missing";
    public const string GuildOutage = "guild_outage";
    public const string BotRemoved = "bot_removed";

    /// <param name="at">UTC; when the event was received that is the cause.</param>
    /// <returns>In the order in which they are to be written. The causes that speak of channels change no stretch.</returns>
    public static IReadOnlyList<LedgerChange> Apply(CoverageCause cause, DateTime at, LedgerKnowledge known) =>
        (cause, known.Running) switch
        {
            // What a replay had not brought yet is lost with it.
            (CoverageCause.SessionStarted, { Kind: StretchKind.Resumed } running) =>
                Turn(StretchKind.Gap, SessionLost, running.StartedAt),
            (CoverageCause.SessionStarted, { Kind: StretchKind.Live } running) =>
                Turn(StretchKind.Gap, SessionLost, StoredUntil(running, known)),
            (CoverageCause.SessionStarted, null) when known is { WasCollected: true, LastReceivedAt: { } last } =>
                [new LedgerChange.Begin(StretchKind.Gap, SessionLost, last)],

            (CoverageCause.EventsMissing, { Kind: StretchKind.Gap }) => [],
            (CoverageCause.EventsMissing, { } running) when running.StartedAt != at =>
            [
                new LedgerChange.End(StoredUntil(running, known)),
                .. Missing(StoredUntil(running, known), at),
            ],
            (CoverageCause.EventsMissing, null) => Missing(known is { WasCollected: true, LastReceivedAt: { } last } ? last : at, at),

            (CoverageCause.Offline, { Kind: StretchKind.Live } running) when running.StartedAt != at =>
                Turn(StretchKind.Resumed, null, StoredUntil(running, known)),

            (CoverageCause.Resumed, { Kind: StretchKind.Resumed }) => Turn(StretchKind.Live, null, at),
            (CoverageCause.GuildAvailable, { Kind: StretchKind.Gap }) => Turn(StretchKind.Live, null, at),
            (CoverageCause.Resumed or CoverageCause.GuildAvailable, null) => [new LedgerChange.Begin(StretchKind.Live, null, at)],

            (CoverageCause.GuildUnavailable, { Kind: not StretchKind.Gap }) => Turn(StretchKind.Gap, GuildOutage, at),
            (CoverageCause.GuildLeft, { Kind: not StretchKind.Gap }) => Turn(StretchKind.Gap, BotRemoved, at),
            _ => [],
        };

    private static IReadOnlyList<LedgerChange> Turn(StretchKind into, string? reason, DateTime at) =>
        [new LedgerChange.End(at), new LedgerChange.Begin(into, reason, at)];

    private static IReadOnlyList<LedgerChange> Missing(DateTime from, DateTime until) =>
    [
        new LedgerChange.Begin(StretchKind.Gap, EventsMissing, from, from > until ? from : until),
        new LedgerChange.Begin(StretchKind.Live, null, until),
    ];

    /// <summary>
    /// Until when the log is known to be stored; without a position (a lost row) the newest message says it. May be before the running
    /// stretch, where that began in a replay: then its start is when the replay was read, and what is lost is older.
    /// </summary>
    private static DateTime StoredUntil(Stretch running, LedgerKnowledge known) =>
        known.LastReceivedAt
        ?? (known.NewestMessageAt is { } newest && newest > running.StartedAt ? newest : running.StartedAt);
}
