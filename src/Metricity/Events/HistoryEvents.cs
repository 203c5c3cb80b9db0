namespace Metricity.Events;

/// <summary>What of a channel is fetched for a gap or a backfill.</summary>
internal enum HistoryPart
{
    /// <summary>The messages of a channel or thread.</summary>
    Messages,

    /// <summary>The list of a channel's archived public threads.</summary>
    PublicThreads,

    /// <summary>The list of a channel's archived private threads: all with Manage Threads, else those that the bot is a member of.</summary>
    PrivateThreads,
}

/// <summary>How far a part has got.</summary>
internal enum HistoryState
{
    /// <summary>Still to be fetched.</summary>
    Open,

    /// <summary>Complete.</summary>
    Healed,

    /// <summary>The bot may not read it (now).</summary>
    Unreadable,

    /// <summary>The channel or thread does not exist any more.</summary>
    Deleted,
}

/// <summary>Why a part cannot be read.</summary>
internal enum HistoryObstacle
{
    None,
    LacksViewChannel,
    LacksReadMessageHistory,
    LacksConnect,

    /// <summary>Discord refuses, for a reason that permissions do not show (a private thread, for example).</summary>
    Denied,
}

/// <summary>Where to go on: after a message or before a thread (<paramref name="Id"/>), or before a time of archiving (UTC).</summary>
internal readonly record struct HistoryCursor(Snowflake? Id, DateTime? Time);

/// <summary>One step on the way through a part: committed together with the rows it speaks of.</summary>
/// <param name="CoverageId">The ledger's row of the gap or backfill.</param>
/// <param name="ChannelId">Channel or thread.</param>
/// <param name="Cursor">Where to go on; null leaves it where it is.</param>
/// <param name="Obstacle">Why the part is <see cref="HistoryState.Unreadable"/>.</param>
internal sealed record HistoryStep(
    long CoverageId, Snowflake ChannelId, HistoryPart Part, HistoryState State, HistoryCursor? Cursor, HistoryObstacle Obstacle);

/// <summary>Made by the healing, never sent by Discord: a page of a channel's history.</summary>
/// <param name="Vanished">Stored messages that the page proves to be deleted; nobody saw when.</param>
internal sealed record HistoryPage(
    Snowflake GuildId, HistoryStep Step, IReadOnlyList<MessageFacts> Messages, IReadOnlyList<Snowflake> Vanished) : GuildEvent(GuildId)
{
    public override int Weight => 256 + (Messages.Count * 300) + (Vanished.Count * 8);
}

/// <summary>
/// Made by the healing, never sent by Discord: archived threads are listed over REST from here on, and what events tell until
/// <see cref="ThreadsListed"/> is newer than any <see cref="HistoryThreads"/> that names the same thread.
/// </summary>
internal sealed record ThreadsRequested(Snowflake GuildId) : GuildEvent(GuildId);

/// <summary>Made by the healing, never sent by Discord: no list of archived threads is on its way any more.</summary>
internal sealed record ThreadsListed(Snowflake GuildId) : GuildEvent(GuildId);

/// <summary>Made by the healing, never sent by Discord: threads whose messages are to be fetched as well.</summary>
/// <param name="OnlyNew">Threads that are stored stay as they are: somebody else collects live.</param>
internal sealed record HistoryThreads(Snowflake GuildId, HistoryStep Step, IReadOnlyList<ThreadFacts> Threads, bool OnlyNew)
    : GuildEvent(GuildId)
{
    public override int Weight => 256 + (Threads.Count * ThreadWeight);
}

/// <summary>
/// Somebody's rights may have changed: GUILD_ROLE_UPDATE. What could not be read is tried again.
/// </summary>
internal sealed record RoleChanged(Snowflake GuildId) : GuildEvent(GuildId);
