namespace Metricity.Events;

/// <summary>
/// What is kept of a user and, where the payload told it, of their membership. All times are UTC.
/// </summary>
/// <param name="Name">The user name; not the display name, not the nickname.</param>
/// <param name="AvatarHash">Bare hash as sent (<c>a_</c> = animated), null for none.</param>
/// <param name="PublicFlags">Discord's bit field; 0 when the payload had none.</param>
/// <param name="IsMember">True when the payload described a membership; the fields after it mean nothing otherwise.</param>
/// <param name="JoinedAt">Null for guests and where Discord did not tell.</param>
/// <param name="Pending">Null when the payload did not tell: the stored value stands.</param>
/// <param name="IsStaff">Whether the roles include one that the settings name as a staff role.</param>
internal sealed record UserFacts(
    Snowflake Id,
    string Name,
    string? AvatarHash,
    bool IsBot,
    long PublicFlags,
    bool IsMember,
    string? GuildAvatarHash,
    DateTime? JoinedAt,
    bool? Pending,
    bool IsStaff);

/// <summary>What is kept of a channel or category.</summary>
/// <param name="Name">Null when Discord hid it (<paramref name="IsHidden"/>): the stored name stands.</param>
/// <param name="ParentId">The category; null for none.</param>
/// <param name="IsHidden">The bot may not view the channel and Discord sent a mask of it (channel flag 1 &lt;&lt; 17): only id, type and
/// parent can be trusted.</param>
internal sealed record ChannelFacts(Snowflake Id, ChannelType Type, string? Name, Snowflake? ParentId, bool IsHidden);

/// <summary>What is kept of a thread. All times are UTC.</summary>
/// <param name="CreatedAt">Null for threads made before 2022-01-09, for which Discord does not tell.</param>
/// <param name="ArchivedAt">Discord's <c>archive_timestamp</c> while the thread is archived, else null.</param>
/// <param name="AutoArchiveDuration">Minutes: 60, 1440, 4320 or 10080.</param>
internal sealed record ThreadFacts(
    Snowflake Id,
    Snowflake ParentId,
    ChannelType Type,
    string Name,
    Snowflake? OwnerId,
    DateTime? CreatedAt,
    bool IsArchived,
    DateTime? ArchivedAt,
    int AutoArchiveDuration,
    bool IsLocked,
    IReadOnlyList<Snowflake> AppliedTags);

/// <summary>What is kept of a message: who, where, when. There is no field that could hold what was said.</summary>
/// <param name="ChannelId">As Discord sends it: for a message in a thread this is the thread's id.</param>
/// <param name="ChannelType">Null when the payload did not tell (REST never does).</param>
/// <param name="Type">Discord's message type number, undocumented ones included.</param>
/// <param name="IsWebhook">Sent by a webhook, or a bot's answer to an interaction: the author is no user.</param>
internal sealed record MessageFacts(
    Snowflake Id,
    Snowflake ChannelId,
    ChannelType? ChannelType,
    int Type,
    UserFacts Author,
    bool IsWebhook,
    DateTime? EditedAt);
