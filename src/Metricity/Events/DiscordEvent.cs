namespace Metricity.Events;

/// <summary>
/// A gateway event with everything removed that Metricity does not keep. What leaves Events is one of these; none has a place
/// for content. <see cref="Weight"/> is the rough memory cost in bytes, by which queues are bounded.
/// </summary>
internal abstract record DiscordEvent
{
    protected const int UserWeight = 250;
    protected const int ChannelWeight = 150;
    protected const int ThreadWeight = 250;

    public virtual int Weight => 128;
}

/// <summary>An event of one guild.</summary>
internal abstract record GuildEvent(Snowflake GuildId) : DiscordEvent;

/// <summary>READY: a new session began; the guilds follow as <see cref="GuildAvailable"/>.</summary>
internal sealed record SessionStarted(Snowflake BotUserId, IReadOnlyList<Snowflake> GuildIds) : DiscordEvent;

/// <summary>RESUMED: the replay of the old session is complete.</summary>
internal sealed record SessionResumed : DiscordEvent;

/// <summary>Made by the reader, never sent by Discord: events before the next one are lost, in the middle of a session.</summary>
internal sealed record EventsMissing : DiscordEvent;

/// <summary>GUILD_CREATE with a full guild: at the start of a session, after an outage, or on joining.</summary>
/// <param name="Members">Only the bot itself and members in voice, unless the bot has the presence intent.</param>
internal sealed record GuildAvailable(
    Snowflake GuildId,
    int MemberCount,
    IReadOnlyList<ChannelFacts> Channels,
    IReadOnlyList<ThreadFacts> Threads,
    IReadOnlyList<UserFacts> Members) : GuildEvent(GuildId)
{
    /// <summary>It did not come over the gateway: the guild sync fetched it over REST, after <see cref="GuildRequested"/>.</summary>
    public bool IsFetched { get; init; }

    /// <summary>Elements of the lists that could not be read and were left out. When not 0, absence from a list proves nothing.</summary>
    public int SkippedElements { get; init; }

    public override int Weight => 128 + (Channels.Count * ChannelWeight) + (Threads.Count * ThreadWeight) + (Members.Count * UserWeight);
}

/// <summary>
/// Made by the guild sync, never sent by Discord: a <see cref="GuildAvailable"/> is fetched over REST from here on, and what events tell
/// until it comes is newer.
/// </summary>
internal sealed record GuildRequested(Snowflake GuildId) : GuildEvent(GuildId);

/// <summary>An outage of the guild: nothing is gone, nothing can be trusted until it is back.</summary>
internal sealed record GuildUnavailable(Snowflake GuildId) : GuildEvent(GuildId);

/// <summary>The bot left the guild or was removed from it.</summary>
internal sealed record GuildLeft(Snowflake GuildId) : GuildEvent(GuildId);

/// <summary>CHANNEL_CREATE or CHANNEL_UPDATE, categories included.</summary>
internal sealed record ChannelChanged(Snowflake GuildId, ChannelFacts Channel) : GuildEvent(GuildId);

internal sealed record ChannelDeleted(Snowflake GuildId, Snowflake ChannelId, ChannelType Type) : GuildEvent(GuildId);

/// <summary>THREAD_CREATE or THREAD_UPDATE.</summary>
internal sealed record ThreadChanged(Snowflake GuildId, ThreadFacts Thread) : GuildEvent(GuildId)
{
    public override int Weight => 128 + ThreadWeight;
}

internal sealed record ThreadDeleted(Snowflake GuildId, Snowflake ThreadId) : GuildEvent(GuildId);

/// <summary>THREAD_LIST_SYNC: the active threads of some parents, complete for those.</summary>
/// <param name="ParentIds">Null = of the whole guild.</param>
internal sealed record ThreadListSynced(Snowflake GuildId, IReadOnlyList<Snowflake>? ParentIds, IReadOnlyList<ThreadFacts> Threads)
    : GuildEvent(GuildId)
{
    /// <summary>Elements of the lists that could not be read and were left out. When not 0, absence from a list proves nothing.</summary>
    public int SkippedElements { get; init; }

    public override int Weight => 128 + (Threads.Count * ThreadWeight);
}

internal sealed record MemberJoined(Snowflake GuildId, UserFacts Member) : GuildEvent(GuildId)
{
    public override int Weight => 128 + UserWeight;
}

internal sealed record MemberUpdated(Snowflake GuildId, UserFacts Member) : GuildEvent(GuildId)
{
    public override int Weight => 128 + UserWeight;
}

/// <summary>GUILD_MEMBER_REMOVE: left, kicked or banned; Discord does not tell which.</summary>
internal sealed record MemberLeft(Snowflake GuildId, UserFacts User) : GuildEvent(GuildId)
{
    public override int Weight => 128 + UserWeight;
}

/// <summary>Up to 1,000 members in answer to a request: GUILD_MEMBERS_CHUNK, or a page of the REST list.</summary>
/// <param name="Nonce">Null when Discord sent none.</param>
/// <param name="Index">From 0; chunks may come in any order.</param>
/// <param name="Count">Number of chunks of the answer; 0 when the sender does not know yet.</param>
internal sealed record MemberChunk(Snowflake GuildId, string? Nonce, int Index, int Count, IReadOnlyList<UserFacts> Members)
    : GuildEvent(GuildId)
{
    /// <summary>Elements of the lists that could not be read and were left out. When not 0, absence from a list proves nothing.</summary>
    public int SkippedElements { get; init; }

    public override int Weight => 128 + (Members.Count * UserWeight);
}

/// <summary>INTERACTION_CREATE of <c>/metricity status</c>.</summary>
/// <param name="Token">Lets its holder answer for 15 minutes.</param>
/// <param name="IsStaff">Who used it has a staff role of the settings, may manage the server, or is an administrator.</param>
internal sealed record StatusAsked(Snowflake GuildId, Snowflake InteractionId, Secret Token, bool IsStaff) : GuildEvent(GuildId);

/// <summary>RATE_LIMITED for a member request: no chunks will come for <paramref name="Nonce"/>; ask again after the wait.</summary>
internal sealed record MemberRequestLimited(Snowflake GuildId, string? Nonce, TimeSpan RetryAfter) : GuildEvent(GuildId);

/// <summary>GUILD_ROLE_DELETE of a role that the settings name as a staff role: its holders are no staff any more.</summary>
internal sealed record StaffRoleDeleted(Snowflake GuildId, Snowflake RoleId) : GuildEvent(GuildId);

internal sealed record MessageCreated(Snowflake GuildId, MessageFacts Message) : GuildEvent(GuildId)
{
    public override int Weight => 300;
}

/// <summary>MESSAGE_UPDATE. Fires for edits, but also for embeds, pins and flags.</summary>
/// <param name="EditedAt">Null = never edited, or not told.</param>
internal sealed record MessageUpdated(Snowflake GuildId, Snowflake MessageId, DateTime? EditedAt) : GuildEvent(GuildId);

/// <summary>MESSAGE_DELETE or MESSAGE_DELETE_BULK.</summary>
internal sealed record MessagesDeleted(Snowflake GuildId, IReadOnlyList<Snowflake> MessageIds) : GuildEvent(GuildId)
{
    public override int Weight => 128 + (MessageIds.Count * 8);
}

/// <summary>
/// Made by the look-up, never sent by Discord: what it answered about a channel or thread. Neither of them: it does not say.
/// </summary>
/// <param name="IsGone">Discord does not know it (any more): proof that it was deleted.</param>
internal sealed record ChannelLookedUp(
    Snowflake GuildId, Snowflake ChannelId, ChannelFacts? Channel = null, ThreadFacts? Thread = null, bool IsGone = false)
    : GuildEvent(GuildId)
{
    public override int Weight => 128 + ThreadWeight;
}

/// <summary>
/// Made by the guild sync, never sent by Discord: the member list has come to its end. When it is complete, whoever is stored as a member
/// and was not seen has left.
/// </summary>
/// <param name="Since">The snapshot that began the list. When another one came after it, this list is worth nothing.</param>
/// <param name="IsComplete">False when members of it could not be read: who was not seen may be there all the same.</param>
internal sealed record MembersSynced(Snowflake GuildId, GuildAvailable Since, bool IsComplete) : GuildEvent(GuildId);
