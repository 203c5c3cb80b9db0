using Metricity.Events;

namespace Metricity.Ingest;

/// <summary>Asks Discord what a channel is that a message names and nobody has told of (a thread that was archived at the start, say).</summary>
internal interface IChannelLookup
{
    /// <summary>Both null when Discord does not know it, hides it, or cannot be asked.</summary>
    Task<(ChannelFacts? Channel, ThreadFacts? Thread)> FindAsync(Snowflake guildId, Snowflake channelId, CancellationToken cancellationToken);
}
