using Metricity.Collect;
using Metricity.Events;

namespace Metricity.Coverage;

/// <summary>Decides what has to be fetched for a gap or backfill, and what of it can be read. Pure.</summary>
/// <param name="collected">Channels of which messages are stored: only those are missed when they are hidden.</param>
internal sealed class HistoryPlan(CoverageGap gap, CollectRules rules, BotPermissions access, IReadOnlySet<Snowflake> collected)
{
    private readonly Dictionary<(Snowflake, HistoryPart), CoveragePart> _parts = [];

    public IReadOnlyList<CoveragePart> Make(IReadOnlyList<ThreadFacts> activeThreads, IReadOnlyList<CoveragePart> known)
    {
        foreach (var channel in access.Channels.Where(channel => IsWanted(channel.Id) && !rules.IsIgnored(channel.ParentId)))
        {
            AddChannel(channel);
        }

        foreach (var thread in activeThreads.Where(thread => IsWanted(thread.ParentId) && !IsTooNew(thread.Id)))
        {
            if (access.Channels.FirstOrDefault(channel => channel.Id == thread.ParentId) is { } parent && !rules.IsIgnored(parent.ParentId))
            {
                Add(thread.Id, HistoryPart.Messages, thread.ParentId);
            }
        }

        // Not listed may be hidden or gone: that turns out when it is asked for.
        foreach (var channelId in collected.Where(id => IsWanted(id) && !access.Lists(id) && !gap.IsBackfill))
        {
            Add(channelId, HistoryPart.Messages, null);
        }

        foreach (var part in known.Where(part => !part.IsDone))
        {
            Add(part.ChannelId, part.Part, part.ParentId);
        }

        return [.. _parts.Values];
    }

    private void AddChannel(ChannelFacts channel)
    {
        if (IsTooNew(channel.Id) || (!access.CanView(channel.Id) && !collected.Contains(channel.Id)))
        {
            return;
        }

        // Docs, "Channel: Channel Types": 0 text, 2 voice, 5 announcement, 13 stage, 15 forum, 16 media.
        if (channel.Type.Value is 0 or 2 or 5 or 13)
        {
            Add(channel.Id, HistoryPart.Messages, null);
        }

        if (channel.Type.Value is 0 or 5 or 15 or 16)
        {
            Add(channel.Id, HistoryPart.PublicThreads, null);
        }

        if (channel.Type.Value is 0)
        {
            Add(channel.Id, HistoryPart.PrivateThreads, null);
        }
    }

    private void Add(Snowflake id, HistoryPart part, Snowflake? parentId)
    {
        var obstacle = access.Lists(parentId ?? id) ? access.ObstacleIn(parentId ?? id) : HistoryObstacle.None;
        _parts[(id, part)] = new CoveragePart(
            id, part, parentId, obstacle == HistoryObstacle.None ? HistoryState.Open : HistoryState.Unreadable, null, obstacle);
    }

    private bool IsWanted(Snowflake channelId) => gap.ChannelId is null || gap.ChannelId == channelId;

    private bool IsTooNew(Snowflake id) => id.CreatedAt > gap.Until;
}
