using Metricity.Events;

namespace Metricity.Collect;

/// <summary>
/// What the writer must know of a guild to place a message: which channels there are, where they belong, and which thread is in which
/// channel. Loaded from the tables at the start and kept up by the events; owned by the writer's loop, not thread safe.
/// </summary>
internal sealed class ChannelTree(Snowflake guildId)
{
    public Snowflake GuildId { get; } = guildId;

    public HashSet<Snowflake> Categories { get; } = [];

    /// <summary>Channel to category (null = none), of channels that are not deleted.</summary>
    public Dictionary<Snowflake, Snowflake?> Channels { get; } = [];

    /// <summary>Channels or threads of which nothing is known but the id. Messages in them are kept under a row that stands in.</summary>
    public HashSet<Snowflake> StandIns { get; } = [];

    /// <summary>Channels that the bot may not see at present, as far as Discord has said so.</summary>
    public HashSet<Snowflake> HiddenChannels { get; } = [];

    /// <summary>Thread to parent channel, archived threads included.</summary>
    public Dictionary<Snowflake, Snowflake> Threads { get; } = [];
}
