namespace Metricity.DiscordSimulator.Seed;

/// <summary>A row of <c>categories</c>.</summary>
public sealed record SeedCategory(ulong Id, string Name, bool IsDeleted);

/// <summary>A row of <c>channels</c>.</summary>
/// <param name="Type">Name of the type as stored, e.g. <c>text</c>, <c>news</c>, <c>forum</c>.</param>
public sealed record SeedChannel(ulong Id, string Name, ulong? CategoryId, bool IsStaff, bool IsDeleted, string Type);

/// <summary>A row of <c>users</c>. Times are UTC.</summary>
/// <param name="JoinedAt">The last joining.</param>
/// <param name="LeftAt">Null while in the guild.</param>
public sealed record SeedUser(ulong Id, string Name, DateTime CreatedAt, DateTime JoinedAt, DateTime? LeftAt, bool IsStaff)
{
    public bool IsInGuild => LeftAt is null;
}

/// <summary>A row of <c>member_events</c>, in the order of their ids.</summary>
/// <param name="Kind"><c>join</c>, <c>leave</c> or <c>rejoin</c>.</param>
/// <param name="IsInferred">Found by comparing the member list: before the collecting began, or in a gap.</param>
public sealed record SeedMemberEvent(ulong UserId, string Kind, DateTime At, bool IsInferred, DateTime? Earliest, DateTime? Latest);

/// <summary>A row of <c>threads</c>.</summary>
/// <param name="ArchivedAt">When it was archived; of an open one, when it was created, as Discord tells it.</param>
/// <param name="AutoArchiveMinutes">Idle minutes after which Discord archives it.</param>
/// <param name="Tags">Ids of forum tags; null outside forums.</param>
public sealed record SeedThread(
    ulong Id,
    ulong ParentId,
    ulong OwnerId,
    string Name,
    string Type,
    DateTime CreatedAt,
    bool IsArchived,
    DateTime ArchivedAt,
    int AutoArchiveMinutes,
    bool IsLocked,
    bool IsDeleted,
    IReadOnlyList<ulong>? Tags);

/// <summary>A row of <c>messages</c>.</summary>
/// <param name="ChannelId">The parent's id when it is in a thread.</param>
/// <param name="Type">0 or 19 (a reply).</param>
/// <param name="DeletedAt">Null also when it was deleted in a gap that was healed: found missing, time not known.</param>
public readonly record struct SeedMessage(
    ulong Id, ulong ChannelId, ulong? ThreadId, ulong AuthorId, DateTime CreatedAt, int Type, DateTime? EditedAt, bool IsDeleted, DateTime? DeletedAt);

/// <summary>A row of <c>metricity.coverage</c>.</summary>
/// <param name="Kind"><c>live</c> or <c>gap</c>.</param>
/// <param name="EndedAt">Null while it goes on.</param>
/// <param name="HealedAt">Null of an open gap and of what is no gap.</param>
public sealed record SeedCoverage(
    string Kind, string? Reason, ulong? ChannelId, DateTime StartedAt, DateTime? EndedAt, DateTime? HealedAt);
