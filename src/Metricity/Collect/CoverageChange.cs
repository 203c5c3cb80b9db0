using Metricity.Events;

namespace Metricity.Collect;

/// <summary>What an event means for the coverage ledger.</summary>
internal enum CoverageCause
{
    /// <summary>A new session: what happened since the last committed event is lost, unless this is the first session ever.</summary>
    SessionStarted,

    /// <summary>The log leaves out sequences: what happened since the last committed event is lost.</summary>
    EventsMissing,

    /// <summary>The program was offline since the last committed event; Discord replays.</summary>
    Offline,

    /// <summary>The replay is complete.</summary>
    Resumed,

    GuildUnavailable,
    GuildLeft,

    /// <summary>From here on the guild's events come.</summary>
    GuildAvailable,

    /// <summary>The bot may not see channels any more that are stored: Discord tells nothing of them.</summary>
    ChannelsHidden,

    /// <summary>Channels that were known to be hidden are seen again.</summary>
    ChannelsSeen,

    /// <summary>Discord says that the bot sees channels again, of which nobody had said that they were hidden.</summary>
    ChannelsGained,
}

/// <summary>A change of the stretch of time that a guild is in. The rules are the ledger's: <c>Coverage.LedgerRules</c>.</summary>
/// <param name="At">UTC; when the event was received.</param>
/// <param name="Channels">Which ones, of a cause that speaks of channels; otherwise empty.</param>
internal readonly record struct CoverageChange(CoverageCause Cause, DateTime At, IReadOnlyList<Snowflake> Channels)
{
    public CoverageChange(CoverageCause cause, DateTime at)
        : this(cause, at, [])
    {
    }
}
