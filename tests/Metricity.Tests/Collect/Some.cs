using Metricity.Collect;
using Metricity.Events;
using Metricity.Gateway;

namespace Metricity.Tests.Collect;

/// <summary>Facts and events of an invented guild; a test names only what it is about. Ids are small numbers on a common base.</summary>
internal static class Some
{
    public static readonly Snowflake GuildId = Id(0);
    public static readonly GatewaySession Session = new("session-a", new Uri("wss://resume.test"));
    public static readonly DateTime At = new(2024, 6, 1, 12, 0, 0, DateTimeKind.Utc);

    public static Snowflake Id(int number) => new(1_100_000_000_000_000_000UL + (ulong)number);

    public static UserFacts User(int id, bool isBot = false) =>
        new(Id(id), $"user{id}", null, isBot, 0, IsMember: false, null, null, null, IsStaff: false);

    public static UserFacts Member(int id, DateTime? joinedAt = null, bool? pending = false, bool isBot = false, string? name = null) =>
        new(Id(id), name ?? $"user{id}", null, isBot, 0, IsMember: true, null, joinedAt ?? At, pending, IsStaff: false);

    public static ChannelFacts Channel(int id, int? categoryId = null, string? name = null, bool isHidden = false, int type = 0) =>
        new(
            Id(id),
            new ChannelType(type),
            isHidden ? null : name ?? $"channel{id}",
            categoryId is { } parent ? Id(parent) : null,
            isHidden);

    public static ChannelFacts Category(int id, string? name = null, bool isHidden = false) =>
        new(Id(id), ChannelType.Category, isHidden ? null : name ?? $"category{id}", null, isHidden);

    public static ThreadFacts Thread(int id, int parentId, string? name = null, bool isArchived = false) => new(
        Id(id), Id(parentId), ChannelType.PublicThread, name ?? $"thread{id}", Id(1), At, isArchived, isArchived ? At : null, 1440,
        IsLocked: false, []);

    public static MessageCreated Message(int id, int channelId, UserFacts? author = null, int type = 0, bool isWebhook = false) =>
        new(GuildId, new MessageFacts(Id(id), Id(channelId), null, type, author ?? User(1), isWebhook, null));

    public static MessageUpdated Edit(int id, DateTime? editedAt) => new(GuildId, Id(id), editedAt);

    public static MessagesDeleted Delete(params int[] ids) => new(GuildId, [.. ids.Select(Id)]);

    public static GuildAvailable Guild(
        IReadOnlyList<ChannelFacts>? channels = null,
        IReadOnlyList<ThreadFacts>? threads = null,
        IReadOnlyList<UserFacts>? members = null,
        int skippedElements = 0) =>
        new(GuildId, 1, channels ?? [], threads ?? [], members ?? []) { SkippedElements = skippedElements };

    public static MemberChunk Chunk(string? nonce, int index, int count, params int[] memberIds) =>
        new(GuildId, nonce, index, count, [.. memberIds.Select(id => Member(id))]);

    /// <summary>An event on its way, at a place in the log.</summary>
    public static QueuedEvent Queued(DiscordEvent? @event, long sequence) => new(@event, Session, sequence, At);

    /// <summary>An event that did not come over the gateway.</summary>
    public static QueuedEvent Injected(DiscordEvent @event) => new(@event, null, 0, At);
}
