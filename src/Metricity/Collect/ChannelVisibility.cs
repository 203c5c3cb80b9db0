using Metricity.Events;

namespace Metricity.Collect;

/// <summary>
/// Notes in the ledger when channels of which messages are collected are hidden from the bot and seen again: of a hidden channel Discord
/// tells nothing (docs, "Channel obfuscation"). Owned by the writer's loop, not thread safe.
/// </summary>
internal sealed class ChannelVisibility(CollectRules rules, ChannelTree directory)
{
    /// <summary>Channels that an update showed again; the THREAD_LIST_SYNC that follows says the same once more.</summary>
    private readonly HashSet<Snowflake> _seenAgain = [];

    /// <summary>To be called before the channels go into the directory: one that is not stored yet has nothing to miss.</summary>
    public void Note(IReadOnlyList<ChannelFacts> channels, DateTime receivedAt, ChangeSet changes)
    {
        var hidden = channels
            .Where(channel => channel.IsHidden && directory.Channels.ContainsKey(channel.Id) && !rules.IsIgnored(channel.ParentId))
            .Select(channel => channel.Id)
            .Where(directory.HiddenChannels.Add)
            .ToList();
        var seen = channels
            .Where(channel => !channel.IsHidden)
            .Select(channel => channel.Id)
            .Where(directory.HiddenChannels.Remove)
            .ToList();
        _seenAgain.ExceptWith(hidden);
        _seenAgain.UnionWith(seen);
        Add(CoverageCause.ChannelsHidden, hidden, receivedAt, changes);
        Add(CoverageCause.ChannelsSeen, seen, receivedAt, changes);
    }

    /// <summary>
    /// THREAD_LIST_SYNC names the channels that the bot gained (docs, "Thread List Sync"). Where no update told of the change before, the
    /// channel was hidden without a word, and nobody knows since when.
    /// </summary>
    public void NoteGained(IReadOnlyList<Snowflake> channelIds, DateTime receivedAt, ChangeSet changes)
    {
        var gained = channelIds
            .Where(id => !_seenAgain.Remove(id) && !directory.HiddenChannels.Contains(id))
            .Where(id => directory.Channels.TryGetValue(id, out var categoryId) && !rules.IsIgnored(categoryId))
            .ToList();
        var seen = channelIds.Where(directory.HiddenChannels.Remove).ToList();
        Add(CoverageCause.ChannelsSeen, seen, receivedAt, changes);
        Add(CoverageCause.ChannelsGained, gained, receivedAt, changes);
    }

    private static void Add(CoverageCause cause, List<Snowflake> channelIds, DateTime receivedAt, ChangeSet changes)
    {
        if (channelIds.Count > 0)
        {
            changes.Coverage.Add(new CoverageChange(cause, receivedAt, channelIds));
        }
    }
}
