using Metricity.Events;

namespace Metricity.Collect;

/// <summary>
/// What one batch changes in one guild's schema, merged by key so that a key is in each table at most once. The store applies the
/// members of this class in the order in which they stand here. Filled by the writer's loop alone; not thread safe.
/// </summary>
internal sealed class ChangeSet(Snowflake guildId)
{
    public Snowflake GuildId { get; } = guildId;

    /// <summary>In order. A batch ends before an event that adds to these, so they speak of its first event.</summary>
    public List<CoverageChange> Coverage { get; } = [];

    // Statements over whole sets come first. A batch ends before an event that sets one of these, so that
    // everything older is committed, and everything in this change set is newer.

    /// <summary>A guild sync begins: <c>metricity.guilds.members_synced_at</c> becomes null until <see cref="SeenUserIds"/> ends it.</summary>
    public bool SyncStarted { get; set; }

    public ActiveThreads? ActiveThreads { get; set; }

    /// <summary>Channels that stood in for ignored ones: the messages that are stored under them are removed.</summary>
    public HashSet<Snowflake> Discarded { get; } = [];

    /// <summary>Whoever is stored as in the guild and is not in here has left unseen. Null = no such statement.</summary>
    public IReadOnlyCollection<Snowflake>? SeenUserIds { get; set; }

    /// <summary>The staff role is gone: nobody stored is staff until an event says so again.</summary>
    public bool ClearStaff { get; set; }

    // Rows, in the order of the foreign keys.

    public Dictionary<Snowflake, CategoryRow> Categories { get; } = [];

    public Dictionary<Snowflake, ChannelRow> Channels { get; } = [];

    /// <summary>Upserts. A thread that is deleted later in the batch is in here and in <see cref="DeletedThreads"/>.</summary>
    public Dictionary<Snowflake, ThreadFacts> Threads { get; } = [];

    /// <summary>Inserted where not stored yet, otherwise left alone.</summary>
    public Dictionary<Snowflake, ThreadFacts> NewThreads { get; } = [];

    public HashSet<Snowflake> DeletedThreads { get; } = [];

    /// <summary>Authors of <see cref="Messages"/>: inserted where not stored yet, otherwise left alone.</summary>
    public Dictionary<Snowflake, UserFacts> Authors { get; } = [];

    /// <summary>Members as they are now; the stored row is made equal where it differs.</summary>
    public Dictionary<Snowflake, UserFacts> Members { get; } = [];

    /// <summary>Who left and when (UTC), applied after <see cref="Members"/>.</summary>
    public Dictionary<Snowflake, (UserFacts User, DateTime At)> Leavers { get; } = [];

    public List<MemberEventRow> MemberEvents { get; } = [];

    public Dictionary<Snowflake, MessageRow> Messages { get; } = [];

    /// <summary>Last edit (UTC) of messages that are not in <see cref="Messages"/>.</summary>
    public Dictionary<Snowflake, DateTime> Edits { get; } = [];

    /// <summary>When (UTC) messages were deleted, those in <see cref="Messages"/> included. Ids not stored become tombstones.</summary>
    public Dictionary<Snowflake, DateTime> Deletes { get; } = [];

    /// <summary>Messages found to be deleted, nobody knows when. What is stored as deleted keeps its time.</summary>
    public HashSet<Snowflake> Vanished { get; } = [];

    /// <summary>How far the history behind these rows has got.</summary>
    public List<HistoryProgress> History { get; } = [];

    /// <summary>Not for the database: channels that Discord is to be asked about once this is committed.</summary>
    public HashSet<Snowflake> ToLookUp { get; } = [];

    /// <summary>It changes which stretches of time are covered, or compares the members: healing may have something to do.</summary>
    public bool ChangesCoverage => Coverage.Count > 0 || SeenUserIds is not null;

    /// <summary>There is nothing for the database.</summary>
    public bool IsEmpty =>
        Coverage.Count + NewThreads.Count + Vanished.Count + History.Count + Discarded.Count == 0
        && !SyncStarted && ActiveThreads is null && SeenUserIds is null && !ClearStaff
        && Categories.Count + Channels.Count + Threads.Count + DeletedThreads.Count + Authors.Count + Members.Count + Leavers.Count
            + MemberEvents.Count + Messages.Count + Edits.Count + Deletes.Count == 0;

    public void Clear()
    {
        Coverage.Clear();
        NewThreads.Clear();
        Vanished.Clear();
        History.Clear();
        SyncStarted = false;
        ActiveThreads = null;
        Discarded.Clear();
        ToLookUp.Clear();
        SeenUserIds = null;
        ClearStaff = false;
        Categories.Clear();
        Channels.Clear();
        Threads.Clear();
        DeletedThreads.Clear();
        Authors.Clear();
        Members.Clear();
        Leavers.Clear();
        MemberEvents.Clear();
        Messages.Clear();
        Edits.Clear();
        Deletes.Clear();
    }
}
