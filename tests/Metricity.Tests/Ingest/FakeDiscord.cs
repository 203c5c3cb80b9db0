using Metricity.Events;
using Metricity.Ingest;

namespace Metricity.Tests.Ingest;

/// <summary>What the builder may ask of Discord: knows the channels and threads it was given, and remembers what it was asked.</summary>
internal sealed class FakeDiscord : IChannelLookup, IUnlistedChannels
{
    private readonly Dictionary<Snowflake, (ChannelFacts? Channel, ThreadFacts? Thread)> _known = [];

    public List<Snowflake> Asked { get; } = [];

    public List<Snowflake> Unlisted { get; } = [];

    public FakeDiscord Knows(ChannelFacts channel)
    {
        _known[channel.Id] = (channel, null);

        return this;
    }

    public FakeDiscord Knows(ThreadFacts thread)
    {
        _known[thread.Id] = (null, thread);

        return this;
    }

    public Task<(ChannelFacts? Channel, ThreadFacts? Thread)> FindAsync(
        Snowflake guildId, Snowflake channelId, CancellationToken cancellationToken)
    {
        Asked.Add(channelId);

        return Task.FromResult(_known.GetValueOrDefault(channelId));
    }

    public void Found(Snowflake guildId, IReadOnlyList<Snowflake> channelIds) => Unlisted.AddRange(channelIds);
}
