namespace Metricity.DiscordSimulator;

/// <summary>A thread or forum post. Started from a message it has that message's id.</summary>
public sealed class SimThread : SimChannel
{
    internal SimThread(SimGuild guild, ulong id, string name, int type, SimChannel parent, ulong ownerId)
        : base(guild, id, name, type, parent)
    {
        OwnerId = ownerId;
    }

    public ulong OwnerId { get; }

    /// <summary>Null for threads from before 2022-01-09, which carry no create_timestamp.</summary>
    public DateTimeOffset? CreatedAt { get; internal init; }

    public bool Archived { get; internal set; }

    public bool Locked { get; internal set; }

    /// <summary>Minutes: 60, 1440, 4320 or 10080.</summary>
    public int AutoArchiveDuration { get; internal set; } = 1440;

    /// <summary>Time of the last change of the archive state, not "when archived".</summary>
    public DateTimeOffset ArchiveTimestamp { get; internal set; }

    /// <summary>The bot is a member of it (needed to see a private one without MANAGE_THREADS).</summary>
    public bool BotIsMember { get; internal set; }

    public IReadOnlyList<ulong> AppliedTags { get; internal set; } = [];

    /// <summary>In GUILD_CREATE and the active list: neither archived nor deleted, nor in a deleted channel.</summary>
    public bool IsActive => !Archived && !Deleted && !Parent!.Deleted;

    internal int TotalSent { get; set; }
}

/// <summary>How a thread begins. All defaults are what a user's click in the client gives.</summary>
public sealed class ThreadOptions
{
    /// <summary>Default: 10 in an announcement channel, else 11. 12 makes a private one.</summary>
    public int? Type { get; init; }

    /// <summary>The message it is started from; the thread takes its id, the message gets an update.</summary>
    public SimMessage? FromMessage { get; init; }

    /// <summary><c>newly_created</c> of THREAD_CREATE. False: key absent.</summary>
    public bool NewlyCreated { get; init; } = true;

    /// <summary>False: no create_timestamp, as in old threads.</summary>
    public bool HasCreateTimestamp { get; init; } = true;

    public int AutoArchiveDuration { get; init; } = 1440;

    public bool BotIsMember { get; init; }

    public IReadOnlyList<ulong> AppliedTags { get; init; } = [];

    /// <summary>Posts the first message: the post itself in a forum, type 18 in the parent or 21 in the thread elsewhere.</summary>
    public bool FirstMessage { get; init; } = true;

    /// <summary>MESSAGE_CREATE of a forum's first message goes before THREAD_CREATE (the real order is not known).</summary>
    public bool MessageFirst { get; init; }

    /// <summary>Born archived, and so told by no event: as if it had been archived before the session began.</summary>
    public bool Archived { get; init; }

    public bool Locked { get; init; }

    /// <summary>No THREAD_CREATE and no first message: the thread that nobody announced.</summary>
    public bool Silent { get; init; }

    /// <summary>Moment of creation; default now. An earlier one gives an id of that time.</summary>
    public DateTimeOffset? At { get; init; }
}
