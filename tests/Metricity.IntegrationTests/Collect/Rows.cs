namespace Metricity.IntegrationTests.Collect;

internal sealed record StoredCategory(string Id, string Name, bool Deleted);

internal sealed record StoredChannel(string Id, string Name, string? CategoryId, bool IsStaff, bool Deleted, string? Type);

internal sealed record StoredThread(
    string Id,
    string ParentId,
    DateTime? CreatedAt,
    string Name,
    bool Archived,
    int AutoArchiveDuration,
    bool Locked,
    string Type,
    string? OwnerId,
    bool Deleted);

internal sealed record StoredUser(
    string Id,
    string Name,
    string? AvatarHash,
    string? GuildAvatarHash,
    DateTime JoinedAt,
    DateTime CreatedAt,
    bool IsStaff,
    bool Bot,
    bool InGuild,
    string? PublicFlags,
    bool Pending,
    DateTime? LeftAt);

internal sealed record StoredMessage(
    string Id,
    string ChannelId,
    string? ThreadId,
    string AuthorId,
    DateTime CreatedAt,
    bool IsDeleted,
    int? Type,
    DateTime? EditedAt,
    DateTime? DeletedAt);

internal sealed record StoredMemberEvent(string UserId, string Kind, DateTime At, bool Inferred);
