using Metricity.Events;

namespace Metricity.Collect;

/// <summary>A row of <c>categories</c>. A null name leaves the stored one (a new row then gets a stand-in).</summary>
internal sealed record CategoryRow(Snowflake Id, string? Name, bool IsDeleted);

/// <summary>
/// A row of <c>channels</c>. A null name leaves the stored one (a new row then gets a stand-in). Without a type it is a stand-in or a
/// deletion, which knows nothing of the channel: what is stored of it stays.
/// </summary>
internal sealed record ChannelRow(Snowflake Id, string? Name, Snowflake? CategoryId, bool IsStaff, bool IsDeleted, ChannelType? Type);

/// <summary>
/// A row of <c>messages</c>. <paramref name="ChannelId"/> is the parent channel's id when the message is in a thread, as in the original.
/// </summary>
internal readonly record struct MessageRow(
    Snowflake Id,
    Snowflake ChannelId,
    Snowflake? ThreadId,
    Snowflake AuthorId,
    int Type,
    DateTime? EditedAt,
    DateTime? DeletedAt);

/// <summary>A row of <c>member_events</c> that was seen happening: a join (or rejoin, which the database knows) or a leave.</summary>
internal readonly record struct MemberEventRow(Snowflake UserId, bool IsJoin, DateTime At);

/// <summary>
/// "These are all active threads": whatever else is stored as active under <paramref name="ParentIds"/> (null = anywhere in the guild)
/// was archived unseen.
/// </summary>
internal sealed record ActiveThreads(
    IReadOnlyCollection<Snowflake>? ParentIds,
    IReadOnlyCollection<Snowflake> ThreadIds);
