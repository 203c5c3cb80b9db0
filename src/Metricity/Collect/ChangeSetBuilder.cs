using Metricity.Events;
using Microsoft.Extensions.Logging;

namespace Metricity.Collect;

/// <summary>
/// Turns the events of one guild into changes of its tables: the rules of what is kept and where it belongs.
/// Owned by the writer's loop, not thread safe.
/// </summary>
internal sealed partial class ChangeSetBuilder(CollectRules rules, ChannelTree directory, ILogger<ChangeSetBuilder> logger)
{
    private const int ThreadCreatedMessage = 18;
    private const int AutoModerationMessage = 24;

    private static readonly IReadOnlySet<Snowflake> Nothing = new HashSet<Snowflake>();

    private readonly ChannelVisibility _visibility = new(rules, directory);

    // A live event wins over an answer that was asked for before it came. All events pass here in order, so this is where it is known
    // which answers are under way, and what has been told since.

    private readonly SeenMembers _members = new();

    /// <summary>Channels that Discord is being asked about and that no event has told of since.</summary>
    private readonly HashSet<Snowflake> _lookedUp = [.. directory.StandIns];

    /// <summary>Channels and threads told of since a snapshot was asked for over REST; null while none is on its way.</summary>
    private HashSet<Snowflake>? _sinceSnapshot;

    /// <summary>Threads (and channels) told of since archived threads are being listed; null while none are.</summary>
    private HashSet<Snowflake>? _sinceListing;

    /// <summary>True for an event that speaks of a whole set, before which the batch must end (see <see cref="ChangeSet"/>).</summary>
    public static bool StartsBatch(DiscordEvent? @event) =>
        @event is GuildAvailable or ThreadListSynced or MembersSynced or StaffRoleDeleted
            or SessionStarted or SessionResumed or GuildUnavailable or GuildLeft;

    /// <summary>Merges the event into <paramref name="changes"/>.</summary>
    public void Apply(GuildEvent @event, DateTime receivedAt, ChangeSet changes)
    {
        switch (@event)
        {
            case MessageCreated e:
                AddMessage(e.Message, changes);
                break;
            case MessageUpdated e:
                EditMessage(e, changes);
                break;
            case MessagesDeleted e:
                DeleteMessages(e, receivedAt, changes);
                break;
            case MemberJoined e:
                _members.Touch(e.Member.Id, isMember: true);
                AddMember(e.Member, changes);
                changes.MemberEvents.Add(new MemberEventRow(e.Member.Id, IsJoin: true, e.Member.JoinedAt ?? receivedAt));
                break;
            case MemberUpdated e:
                _members.Touch(e.Member.Id, isMember: true);
                AddMember(e.Member, changes);
                break;
            case MemberChunk e:
                foreach (var member in e.Members)
                {
                    if (_members.Take(member.Id))
                    {
                        AddMember(member, changes);
                    }
                }

                break;
            case MemberLeft e:
                _members.Touch(e.User.Id, isMember: false);
                changes.Leavers[e.User.Id] = (e.User, receivedAt);
                changes.MemberEvents.Add(new MemberEventRow(e.User.Id, IsJoin: false, receivedAt));
                break;
            case MembersSynced e:
                changes.SeenUserIds = _members.End(e);
                break;
            case StaffRoleDeleted:
                changes.ClearStaff = true;
                break;
            case ChannelChanged e:
                NoteTold(e.Channel.Id, changes);
                _visibility.Note([e.Channel], receivedAt, changes);
                SetChannel(e.Channel, changes);
                break;
            case ChannelDeleted e:
                NoteTold(e.ChannelId, changes);
                DeleteChannel(e.ChannelId, changes);
                break;
            case ThreadChanged e:
                NoteTold(e.Thread.Id, changes);
                SetThread(e.Thread, changes);
                break;
            case ThreadDeleted e:
                NoteTold(e.ThreadId, changes);
                DeleteThread(e.ThreadId, changes);
                break;
            case ThreadListSynced e:
                NoteTold(e, changes);
                _visibility.NoteGained(e.ParentIds ?? [], receivedAt, changes);
                SetActiveThreads(e.ParentIds, e.Threads, Nothing, e.SkippedElements, changes);
                break;
            case HistoryPage e:
                AddHistory(e, changes);
                break;
            case ThreadsRequested:
                _sinceListing = [];
                break;
            case ThreadsListed:
                _sinceListing = null;
                break;
            case HistoryThreads e:
                AddHistory(e, changes);
                break;
            case ChannelLookedUp e:
                SetLookedUp(e, receivedAt, changes);
                break;
            case GuildRequested:
                _sinceSnapshot = [];
                break;
            case GuildAvailable e:
                SetGuild(e, receivedAt, changes);
                break;
            case GuildUnavailable:
                changes.Coverage.Add(new CoverageChange(CoverageCause.GuildUnavailable, receivedAt));
                LogGuildUnavailable(directory.GuildId);
                break;
            case GuildLeft:
                changes.Coverage.Add(new CoverageChange(CoverageCause.GuildLeft, receivedAt));
                LogGuildLeft(directory.GuildId);
                break;
        }
    }

    private void AddHistory(HistoryPage page, ChangeSet changes)
    {
        foreach (var message in page.Messages)
        {
            AddMessage(message, changes);
        }

        changes.Vanished.UnionWith(page.Vanished);
        changes.History.Add(new HistoryProgress(page.Step, page.Messages.Count, page.Vanished.Count, []));
    }

    private void AddHistory(HistoryThreads found, ChangeSet changes)
    {
        foreach (var thread in found.Threads)
        {
            if (!found.OnlyNew && _sinceListing?.Contains(thread.Id) != true)
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

    private static void AddMember(UserFacts member, ChangeSet changes)
    {
        if (changes.Members.TryGetValue(member.Id, out var earlier))
        {
            member = member with { JoinedAt = member.JoinedAt ?? earlier.JoinedAt, Pending = member.Pending ?? earlier.Pending };
        }

        changes.Members[member.Id] = member;
        changes.Leavers.Remove(member.Id);
    }

    private void AddMessage(MessageFacts message, ChangeSet changes)
    {
        if (message.Type is ThreadCreatedMessage or AutoModerationMessage
            || (!rules.CollectBots && (message.Author.IsBot || message.IsWebhook)))
        {
            return;
        }

        if (directory.Threads.TryGetValue(message.ChannelId, out var parentId))
        {
            RequireChannel(parentId, changes);
            AddMessage(message, parentId, message.ChannelId, changes);
        }
        else
        {
            RequireChannel(message.ChannelId, changes);
            AddMessage(message, message.ChannelId, null, changes);
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

    [LoggerMessage(LogEvents.Collect.GuildUnavailable, LogLevel.Warning,
        "Guild {GuildId} is in an outage at Discord; what is stored stays, and the guild is synced when it is back")]
    private partial void LogGuildUnavailable(Snowflake guildId);

    [LoggerMessage(LogEvents.Collect.GuildLeft, LogLevel.Error,
        "The bot is no longer in guild {GuildId}: nothing more is collected there until it is invited again")]
    private partial void LogGuildLeft(Snowflake guildId);
}
