using Metricity.Events;
using Microsoft.Extensions.Logging;

namespace Metricity.Ingest;

/// <summary>
/// Turns the events of one guild into changes of its tables: the rules of what is kept and where it belongs.
/// Owned by the writer's loop, not thread safe.
/// </summary>
internal sealed partial class ChangeSetBuilder(
    GuildRules rules,
    GuildDirectory directory,
    IChannelLookup lookup,
    IUnlistedChannels unlisted,
    ILogger<ChangeSetBuilder> logger)
{
    private const int ThreadCreatedMessage = 18;
    private const int AutoModerationMessage = 24;

    private readonly ChannelVisibility _visibility = new(rules, directory);

    /// <summary>True for an event that speaks of a whole set, before which the batch must end (see <see cref="ChangeSet"/>).</summary>
    public static bool StartsBatch(DiscordEvent? @event) =>
        @event is GuildAvailable or ThreadListSynced or MembersSynced or StaffRoleDeleted
            or SessionStarted or SessionResumed or GuildUnavailable or GuildLeft;

    /// <summary>Merges the event into <paramref name="changes"/>. Waits only when Discord has to be asked for an unknown channel.</summary>
    public ValueTask ApplyAsync(GuildEvent @event, DateTime receivedAt, ChangeSet changes, CancellationToken cancellationToken)
    {
        switch (@event)
        {
            case MessageCreated e:
                return AddMessageAsync(e.Message, changes, cancellationToken);
            case MessageUpdated e:
                EditMessage(e, changes);
                break;
            case MessagesDeleted e:
                DeleteMessages(e, receivedAt, changes);
                break;
            case MemberJoined e:
                AddMember(e.Member, changes);
                changes.MemberEvents.Add(new MemberEventRow(e.Member.Id, IsJoin: true, e.Member.JoinedAt ?? receivedAt));
                break;
            case MemberUpdated e:
                AddMember(e.Member, changes);
                break;
            case MemberChunk e:
                foreach (var member in e.Members)
                {
                    AddMember(member, changes);
                }

                break;
            case MemberLeft e:
                changes.Leavers[e.User.Id] = (e.User, receivedAt);
                changes.MemberEvents.Add(new MemberEventRow(e.User.Id, IsJoin: false, receivedAt));
                break;
            case MembersSynced e:
                changes.SeenUserIds = e.SeenUserIds;
                break;
            case StaffRoleDeleted:
                changes.ClearStaff = true;
                break;
            case ChannelChanged e:
                _visibility.Note([e.Channel], receivedAt, changes);
                SetChannel(e.Channel, changes);
                break;
            case ChannelDeleted e:
                DeleteChannel(e.ChannelId, changes);
                break;
            case ThreadChanged e:
                SetThread(e.Thread, changes);
                break;
            case ThreadDeleted e:
                changes.DeletedThreads.Add(e.ThreadId);
                break;
            case ThreadListSynced e:
                _visibility.NoteGained(e.ParentIds ?? [], receivedAt, changes);
                SetActiveThreads(e.ParentIds, e.Threads, e.SkippedElements, changes);
                break;
            case HistoryPage e:
                return AddHistoryAsync(e, changes, cancellationToken);
            case HistoryThreads e:
                AddHistory(e, changes);
                break;
            case GuildAvailable e:
                changes.Coverage.Add(new CoverageChange(CoverageCause.GuildAvailable, receivedAt));
                _visibility.Note(e.Channels, receivedAt, changes);
                SetGuild(e, changes);
                break;
            case GuildUnavailable:
                changes.Coverage.Add(new CoverageChange(CoverageCause.GuildUnavailable, receivedAt));
                LogGuildUnavailable(logger, directory.GuildId);
                break;
            case GuildLeft:
                changes.Coverage.Add(new CoverageChange(CoverageCause.GuildLeft, receivedAt));
                LogGuildLeft(logger, directory.GuildId);
                break;
        }

        return ValueTask.CompletedTask;
    }

    private async ValueTask AddHistoryAsync(HistoryPage page, ChangeSet changes, CancellationToken cancellationToken)
    {
        foreach (var message in page.Messages)
        {
            await AddMessageAsync(message, changes, cancellationToken);
        }

        changes.Vanished.UnionWith(page.Vanished);
        changes.History.Add(new HistoryProgress(page.Step, page.Messages.Count, page.Vanished.Count, []));
    }

    private void AddHistory(HistoryThreads found, ChangeSet changes)
    {
        foreach (var thread in found.Threads)
        {
            if (!found.OnlyNew && !found.Overtaken.Contains(thread.Id))
            {
                SetThread(thread, changes);
            }
            else if (directory.Threads.TryAdd(thread.Id, thread.ParentId))
            {
                changes.NewThreads[thread.Id] = thread;
            }
        }

        changes.History.Add(new HistoryProgress(found.Step, 0, 0, found.Threads));
    }

    private void SetGuild(GuildAvailable guild, ChangeSet changes)
    {
        // Threads of channels that are hidden or not listed say nothing by their absence.
        var listed = guild.Channels.Select(channel => channel.Id).ToHashSet();
        var visible = guild.Channels.Where(channel => !channel.IsHidden).Select(channel => channel.Id).ToList();
        var missing = directory.Categories.Concat(directory.Channels.Keys).Where(id => !listed.Contains(id)).ToList();

        foreach (var channel in guild.Channels)
        {
            SetChannel(channel, changes);
        }

        changes.SyncStarted = true;
        SetActiveThreads(visible, guild.Threads, guild.SkippedElements, changes);
        foreach (var member in guild.Members)
        {
            AddMember(member, changes);
        }

        if (missing.Count > 0)
        {
            unlisted.Found(directory.GuildId, missing);
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
        if (channel.IsHidden && !directory.Channels.ContainsKey(channel.Id))
        {
            return;
        }

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

        if (!directory.Channels.Remove(channelId, out var categoryId))
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
                changes.DeletedThreads.Add(threadId);
            }
        }
    }

    private void SetActiveThreads(
        IReadOnlyCollection<Snowflake>? parentIds, IReadOnlyList<ThreadFacts> threads, int skipped, ChangeSet changes)
    {
        foreach (var thread in threads)
        {
            SetThread(thread, changes);
        }

        // A list with holes does not say that the others are archived.
        if (skipped == 0)
        {
            changes.ActiveThreads = new ActiveThreads(parentIds, [.. threads.Select(thread => thread.Id)]);
        }
    }

    private void SetThread(ThreadFacts thread, ChangeSet changes)
    {
        if (directory.Channels.Remove(thread.Id))
        {
            ReplaceStandIn(thread, changes);
        }

        directory.Threads[thread.Id] = thread.ParentId;
        changes.Threads[thread.Id] = thread;
        changes.DeletedThreads.Remove(thread.Id);
    }

    /// <summary>Messages of this batch that were put under a stand-in channel move to the thread; the store moves the older ones.</summary>
    private static void ReplaceStandIn(ThreadFacts thread, ChangeSet changes)
    {
        changes.Channels.Remove(thread.Id);
        foreach (var row in changes.Messages.Values.Where(row => row.ChannelId == thread.Id).ToList())
        {
            changes.Messages[row.Id] = row with { ChannelId = thread.ParentId, ThreadId = thread.Id };
        }
    }

    private static void AddMember(UserFacts member, ChangeSet changes)
    {
        if (changes.Members.TryGetValue(member.Id, out var earlier))
        {
            member = member with { JoinedAt = member.JoinedAt ?? earlier.JoinedAt, Pending = member.Pending ?? earlier.Pending };
        }

        changes.Members[member.Id] = member;
        changes.Leavers.Remove(member.Id);
    }

    private ValueTask AddMessageAsync(MessageFacts message, ChangeSet changes, CancellationToken cancellationToken)
    {
        if (message.Type is ThreadCreatedMessage or AutoModerationMessage
            || (!rules.CollectBots && (message.Author.IsBot || message.IsWebhook)))
        {
            return ValueTask.CompletedTask;
        }

        if (directory.Channels.ContainsKey(message.ChannelId))
        {
            AddMessage(message, message.ChannelId, null, changes);

            return ValueTask.CompletedTask;
        }

        if (directory.Threads.TryGetValue(message.ChannelId, out var parentId))
        {
            AddMessage(message, parentId, message.ChannelId, changes);

            return ValueTask.CompletedTask;
        }

        return LookUpAndAddMessageAsync(message, changes, cancellationToken);
    }

    private async ValueTask LookUpAndAddMessageAsync(MessageFacts message, ChangeSet changes, CancellationToken cancellationToken)
    {
        await LookUpAsync(message.ChannelId, changes, cancellationToken);
        if (directory.Threads.TryGetValue(message.ChannelId, out var parentId))
        {
            if (!directory.Channels.ContainsKey(parentId))
            {
                await LookUpAsync(parentId, changes, cancellationToken);
            }

            AddMessage(message, parentId, message.ChannelId, changes);

            return;
        }

        if (!directory.Channels.ContainsKey(message.ChannelId))
        {
            // Nobody can say what it is. The message is kept under a stand-in channel, which gives way when the facts come; without
            // a type, by which the store knows it.
            LogChannelUnknown(logger, message.ChannelId);
            directory.Channels[message.ChannelId] = null;
            changes.Channels.TryAdd(
                message.ChannelId,
                new ChannelRow(message.ChannelId, null, null, rules.IsStaff(message.ChannelId, null), IsDeleted: false, null));
        }

        AddMessage(message, message.ChannelId, null, changes);
    }

    private async Task LookUpAsync(Snowflake channelId, ChangeSet changes, CancellationToken cancellationToken)
    {
        var (channel, thread) = await lookup.FindAsync(directory.GuildId, channelId, cancellationToken);
        if (channel is not null)
        {
            SetChannel(channel, changes);
        }
        else if (thread is not null)
        {
            SetThread(thread, changes);
        }
    }

    private void AddMessage(MessageFacts message, Snowflake channelId, Snowflake? threadId, ChangeSet changes)
    {
        if (rules.IsIgnored(directory.Channels.GetValueOrDefault(channelId)))
        {
            return;
        }

        changes.Authors[message.Author.Id] = message.Author;
        DateTime? editedAt = changes.Edits.Remove(message.Id, out var overtook) ? overtook : null;
        editedAt = Later(editedAt, changes.Messages.GetValueOrDefault(message.Id).EditedAt);
        changes.Messages[message.Id] = new MessageRow(
            message.Id,
            channelId,
            threadId,
            message.Author.Id,
            message.Type,
            Later(message.EditedAt, editedAt),
            changes.Deletes.TryGetValue(message.Id, out var deletedAt) ? deletedAt : null);
    }

    private static void EditMessage(MessageUpdated edit, ChangeSet changes)
    {
        if (edit.EditedAt is not { } editedAt)
        {
            return;
        }

        if (changes.Messages.TryGetValue(edit.MessageId, out var row))
        {
            changes.Messages[edit.MessageId] = row with { EditedAt = Later(row.EditedAt, editedAt) };
        }
        else
        {
            changes.Edits[edit.MessageId] = changes.Edits.TryGetValue(edit.MessageId, out var known) && known > editedAt ? known : editedAt;
        }
    }

    /// <summary>An update can tell of an older edit than the one that is known (docs, "Message Update").</summary>
    private static DateTime? Later(DateTime? one, DateTime? other) => one is null || other > one ? other : one;

    private static void DeleteMessages(MessagesDeleted deletion, DateTime receivedAt, ChangeSet changes)
    {
        foreach (var id in deletion.MessageIds)
        {
            if (changes.Deletes.TryAdd(id, receivedAt) && changes.Messages.TryGetValue(id, out var row))
            {
                changes.Messages[id] = row with { DeletedAt = receivedAt };
            }
        }
    }

    [LoggerMessage(IngestLogEvents.ChannelUnknown, LogLevel.Warning,
        "Discord does not say what channel {ChannelId} is; its messages are kept under a stand-in until it does")]
    private static partial void LogChannelUnknown(ILogger logger, Snowflake channelId);

    [LoggerMessage(IngestLogEvents.GuildUnavailable, LogLevel.Warning,
        "Guild {GuildId} is in an outage at Discord; what is stored stays, and the guild is synced when it is back")]
    private static partial void LogGuildUnavailable(ILogger logger, Snowflake guildId);

    [LoggerMessage(IngestLogEvents.GuildLeft, LogLevel.Error,
        "The bot is no longer in guild {GuildId}: nothing more is collected there until it is invited again")]
    private static partial void LogGuildLeft(ILogger logger, Snowflake guildId);
}
