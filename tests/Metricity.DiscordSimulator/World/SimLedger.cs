namespace Metricity.DiscordSimulator;

/// <summary>
/// What a perfect collector of metadata must hold for a guild, deleted things included, ordered by id. Collection rules
/// (bots, message types 18 and 24, ignored categories, staff) are left to the reader. <c>EverVisible</c> and <c>Visible</c>
/// tell what the bot could see at all.
/// </summary>
public sealed record SimLedger(
    ulong GuildId,
    IReadOnlyList<LedgerCategory> Categories,
    IReadOnlyList<LedgerChannel> Channels,
    IReadOnlyList<LedgerThread> Threads,
    IReadOnlyList<LedgerUser> Users,
    IReadOnlyList<LedgerMessage> Messages,
    SimCounters Counters)
{
    internal static SimLedger Of(SimGuild guild)
    {
        var all = guild.ChannelList.OrderBy(channel => channel.Id).ToArray();
        var categories = all.Where(channel => channel.Type == SimChannelType.Category);
        var channels = all.Where(channel => channel.Type != SimChannelType.Category);
        var messages = all.Concat(guild.ThreadList).SelectMany(channel => channel.MessageList);
        return new SimLedger(
            guild.Id,
            [.. categories.Select(c => new LedgerCategory(c.Id, c.Name, c.Deleted, c.EverVisible))],
            [.. channels.Select(c => new LedgerChannel(c.Id, c.Name, c.Parent?.Id, c.Type, c.EverVisible, c.DeletedAt))],
            [.. guild.ThreadList.OrderBy(thread => thread.Id).Select(Row)],
            [.. guild.MemberList.OrderBy(member => member.Id).Select(Row)],
            [.. messages.OrderBy(message => message.Id).Select(Row)],
            guild.Counters.Copy());
    }

    private static LedgerThread Row(SimThread thread)
    {
        return new LedgerThread(
            thread.Id,
            thread.Parent!.Id,
            thread.Name,
            thread.CreatedAt,
            thread.Archived,
            thread.AutoArchiveDuration,
            thread.Locked,
            SimChannelType.NameOf(thread.Type),
            thread.OwnerId,
            thread.AppliedTags,
            thread.EverVisible,
            thread.DeletedAt,
            thread.Parent.DeletedAt);
    }

    private static LedgerUser Row(SimMember member)
    {
        return new LedgerUser(
            member.Id,
            member.User.Username,
            member.User.Avatar,
            member.Avatar,
            member.JoinedAt,
            member.User.CreatedAt,
            member.User.Bot,
            member.InGuild,
            member.EverInGuild,
            member.User.PublicFlags,
            member.Pending,
            member.Roles,
            member.LeftAt);
    }

    private static LedgerMessage Row(SimMessage message)
    {
        var thread = message.Channel as SimThread;
        return new LedgerMessage(
            message.Id,
            thread?.Parent!.Id ?? message.Channel.Id,
            thread?.Id,
            message.Author.Id,
            message.CreatedAt,
            message.IsDeleted,
            message.Type,
            message.Author.Bot,
            message.IsWebhook,
            message.EditedAt,
            message.Visible,
            message.DeletedAt);
    }
}

public sealed record LedgerCategory(ulong Id, string Name, bool Deleted, bool EverVisible);

public sealed record LedgerChannel(
    ulong Id, string Name, ulong? CategoryId, int Type, bool EverVisible, DateTimeOffset? DeletedAt)
{
    public bool Deleted => DeletedAt is not null;
}

/// <summary><c>Deleted</c> = a THREAD_DELETE said so; of a deleted parent its threads are not told.</summary>
public sealed record LedgerThread(
    ulong Id,
    ulong ParentId,
    string Name,
    DateTimeOffset? CreatedAt,
    bool Archived,
    int AutoArchiveDuration,
    bool Locked,
    string Type,
    ulong OwnerId,
    IReadOnlyList<ulong> AppliedTags,
    bool EverVisible,
    DateTimeOffset? DeletedAt,
    DateTimeOffset? ParentDeletedAt)
{
    public bool Deleted => DeletedAt is not null;

    public bool ParentDeleted => ParentDeletedAt is not null;
}

/// <summary>Strangers (authors who never were members) have <c>EverInGuild</c> false.</summary>
public sealed record LedgerUser(
    ulong Id,
    string Name,
    string? Avatar,
    string? GuildAvatar,
    DateTimeOffset? JoinedAt,
    DateTimeOffset CreatedAt,
    bool Bot,
    bool InGuild,
    bool EverInGuild,
    long PublicFlags,
    bool Pending,
    IReadOnlyList<ulong> Roles,
    DateTimeOffset? LeftAt);

/// <summary><c>ChannelId</c> is the parent's when the message is in a thread. <c>AuthorIsBot</c> holds for webhooks too.</summary>
public sealed record LedgerMessage(
    ulong Id,
    ulong ChannelId,
    ulong? ThreadId,
    ulong AuthorId,
    DateTimeOffset CreatedAt,
    bool IsDeleted,
    int Type,
    bool AuthorIsBot,
    bool IsWebhook,
    DateTimeOffset? EditedAt,
    bool Visible,
    DateTimeOffset? DeletedAt);
