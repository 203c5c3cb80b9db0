using Metricity.Events;

namespace Metricity.Ingest;

/// <summary>
/// Told of channels and categories that are stored and that a guild's snapshot did not list. Not listed is not deleted: who implements
/// this asks Discord for each.
/// </summary>
internal interface IUnlistedChannels
{
    void Found(Snowflake guildId, IReadOnlyList<Snowflake> channelIds);
}
