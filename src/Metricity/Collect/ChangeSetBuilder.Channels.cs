using Metricity.Events;
using Microsoft.Extensions.Logging;

namespace Metricity.Collect;

/// <summary>Where messages belong: guilds, channels, threads, and what stands in for those that nobody has told of yet.</summary>
internal sealed partial class ChangeSetBuilder
{
    private void SetGuild(GuildAvailable guild, DateTime receivedAt, ChangeSet changes)
    {
        var newer = guild.IsFetched ? _sinceSnapshot : Nothing;
        _sinceSnapshot = null;
        if (newer is null)
        {
            return; // the gateway's own snapshot came while this one was fetched
        }

        var channels = guild.Channels.Where(channel => !newer.Contains(channel.Id)).ToList();
        var threads = guild.Threads.Where(thread => !newer.Contains(thread.Id)).ToList();
        foreach (var channel in channels)
        {
            NoteTold(channel.Id, changes);
        }

        NoteTold(threads, changes);
        changes.Coverage.Add(new CoverageChange(CoverageCause.GuildAvailable, receivedAt));
        _visibility.Note(channels, receivedAt, changes);

        // Threads of channels that are hidden or not listed say nothing by their absence.
        var listed = channels.Select(channel => channel.Id).ToHashSet();
        var visible = channels.Where(channel => !channel.IsHidden).Select(channel => channel.Id).ToList();
        var missing = directory.Categories.Concat(directory.Channels.Keys)
            .Where(id => !listed.Contains(id) && !newer.Contains(id))
            .ToList();
        foreach (var channel in channels)
        {
            SetChannel(channel, changes);
        }

        changes.SyncStarted = true;
        SetActiveThreads(visible, threads, newer, guild.SkippedElements, changes);
        _members.Begin(guild);
        foreach (var member in guild.Members)
        {
            AddMember(member, changes);
        }

        foreach (var id in missing)
        {
            LookUp(id, changes); // not listed is not deleted
        }
    }

    private void SetChannel(ChannelFacts channel, ChangeSet changes)
    {
        if (channel.Type.IsCategory)
        {
            if (channel.IsHidden && !directory.Categories.Contains(channel.Id))
            {
                return;
            }

            directory.Categories.Add(channel.Id);
            var name = channel.Name ?? NameInBatch(channel.Id, changes);
            changes.Categories[channel.Id] = new CategoryRow(channel.Id, name, IsDeleted: false);

            return;
        }

        // A mask of a channel never seen tells nothing worth a row; it gets one when it becomes visible.
        var isStandIn = directory.StandIns.Contains(channel.Id);
        if (channel.IsHidden && !isStandIn && !directory.Channels.ContainsKey(channel.Id))
        {
            return;
        }

        if (isStandIn && rules.IsIgnored(channel.ParentId))
        {
            Discard(channel.Id, changes);
        }

        directory.StandIns.Remove(channel.Id);
        directory.Channels[channel.Id] = channel.ParentId;
        changes.Channels[channel.Id] = new ChannelRow(
            channel.Id,
            channel.Name ?? changes.Channels.GetValueOrDefault(channel.Id)?.Name,
            channel.ParentId,
            rules.IsStaff(channel.Id, channel.ParentId),
            IsDeleted: false,
            channel.Type);
    }

    private static string? NameInBatch(Snowflake categoryId, ChangeSet changes) => changes.Categories.GetValueOrDefault(categoryId)?.Name;

    private void DeleteChannel(Snowflake channelId, ChangeSet changes)
    {
        if (directory.Categories.Remove(channelId))
        {
            changes.Categories[channelId] = new CategoryRow(channelId, NameInBatch(channelId, changes), IsDeleted: true);

            return;
        }

        var isStandIn = directory.StandIns.Remove(channelId);
        if (!directory.Channels.Remove(channelId, out var categoryId) && !isStandIn)
        {
            return;
        }

        var known = changes.Channels.GetValueOrDefault(channelId);
        changes.Channels[channelId] =
            new ChannelRow(channelId, known?.Name, categoryId, rules.IsStaff(channelId, categoryId), IsDeleted: true, known?.Type);

        // Discord sends no THREAD_DELETE for the threads of a deleted channel.
        foreach (var (threadId, parentId) in directory.Threads)
        {
            if (parentId == channelId)
            {
                NoteTold(threadId, changes);
                changes.DeletedThreads.Add(threadId);
            }
        }
    }

    /// <param name="newer">Threads that the list does not speak of, because an event has told of them since it was asked for.</param>
    private void SetActiveThreads(
        IReadOnlyCollection<Snowflake>? parentIds,
        IReadOnlyList<ThreadFacts> threads,
        IReadOnlySet<Snowflake> newer,
        int skipped,
        ChangeSet changes)
    {
        foreach (var thread in threads)
        {
            SetThread(thread, changes);
        }

        // A list with holes does not say that the others are archived.
        if (skipped == 0)
        {
            changes.ActiveThreads = new ActiveThreads(parentIds, [.. threads.Select(thread => thread.Id), .. newer]);
        }
    }

    private void SetThread(ThreadFacts thread, ChangeSet changes)
    {
        if (directory.StandIns.Remove(thread.Id))
        {
            ReplaceStandIn(thread, changes);
        }

        directory.Threads[thread.Id] = thread.ParentId;
        changes.Threads[thread.Id] = thread;
        changes.DeletedThreads.Remove(thread.Id);
    }

    private void DeleteThread(Snowflake threadId, ChangeSet changes)
    {
        changes.DeletedThreads.Add(threadId);
        if (directory.StandIns.Contains(threadId))
        {
            DeleteChannel(threadId, changes);
        }
    }

    private void SetLookedUp(ChannelLookedUp answer, DateTime receivedAt, ChangeSet changes)
    {
        // An event that told of the channel meanwhile is newer than the answer.
        if (!_lookedUp.Remove(answer.ChannelId))
        {
            return;
        }

        if (answer.Channel is { } channel)
        {
            _visibility.Note([channel], receivedAt, changes);
            SetChannel(channel, changes);
        }
        else if (answer.Thread is { } thread)
        {
            SetThread(thread, changes);
        }
        else if (answer.IsGone)
        {
            DeleteChannel(answer.ChannelId, changes);
        }
        else if (directory.StandIns.Contains(answer.ChannelId))
        {
            LogChannelUnknown(answer.ChannelId);
        }
    }

    /// <summary>Messages of this batch that were put under a stand-in channel move to the thread; the store moves the older ones.</summary>
    private void ReplaceStandIn(ThreadFacts thread, ChangeSet changes)
    {
        changes.Channels.Remove(thread.Id);
        RequireChannel(thread.ParentId, changes);
        if (rules.IsIgnored(directory.Channels.GetValueOrDefault(thread.ParentId)))
        {
            Discard(thread.Id, changes);

            return;
        }

        foreach (var row in MessagesIn(thread.Id, changes))
        {
            changes.Messages[row.Id] = row with { ChannelId = thread.ParentId, ThreadId = thread.Id };
        }
    }

    /// <summary>Had it been known what a stand-in is, none of its messages would have been kept.</summary>
    private static void Discard(Snowflake standIn, ChangeSet changes)
    {
        changes.Discarded.Add(standIn);
        foreach (var row in MessagesIn(standIn, changes))
        {
            changes.Messages.Remove(row.Id);
        }
    }

    private static List<MessageRow> MessagesIn(Snowflake channelId, ChangeSet changes) =>
        [.. changes.Messages.Values.Where(row => row.ChannelId == channelId)];

    /// <summary>
    /// A channel nobody has told of gets a row at once that stands in for it, and Discord is asked what it is. Until the answer comes the
    /// row has no type, by which the store knows it.
    /// </summary>
    private void RequireChannel(Snowflake channelId, ChangeSet changes)
    {
        if (!directory.Channels.ContainsKey(channelId) && directory.StandIns.Add(channelId))
        {
            changes.Channels.TryAdd(
                channelId, new ChannelRow(channelId, null, null, rules.IsStaff(channelId, null), IsDeleted: false, null));
            LookUp(channelId, changes);
        }
    }

    private void LookUp(Snowflake channelId, ChangeSet changes)
    {
        if (_lookedUp.Add(channelId))
        {
            changes.ToLookUp.Add(channelId);
        }
    }

    /// <summary>A list speaks of the threads that it does not name as well: they are archived.</summary>
    private void NoteTold(ThreadListSynced list, ChangeSet changes)
    {
        NoteTold(list.Threads, changes);
        if (_sinceSnapshot is not null && list.SkippedElements == 0)
        {
            _sinceSnapshot.UnionWith(
                from thread in directory.Threads where list.ParentIds?.Contains(thread.Value) != false select thread.Key);
        }
    }

    private void NoteTold(IReadOnlyList<ThreadFacts> threads, ChangeSet changes)
    {
        foreach (var thread in threads)
        {
            NoteTold(thread.Id, changes);
        }
    }

    /// <summary>An event tells of the channel or thread: an answer that is on its way may be older.</summary>
    private void NoteTold(Snowflake id, ChangeSet changes)
    {
        _sinceSnapshot?.Add(id);
        _sinceListing?.Add(id);
        if (_lookedUp.Remove(id))
        {
            changes.ToLookUp.Remove(id);
        }
    }

    [LoggerMessage(LogEvents.Collect.ChannelUnknown, LogLevel.Warning,
        "Discord does not say what channel {ChannelId} is; its messages are kept under a stand-in until it does")]
    private partial void LogChannelUnknown(Snowflake channelId);
}
