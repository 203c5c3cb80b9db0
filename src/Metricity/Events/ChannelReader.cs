using System.Text.Json;

namespace Metricity.Events;

/// <summary>
/// Reads CHANNEL_* and THREAD_* events (Discord docs, "Gateway Events: Channels", "Gateway Events: Threads"), and channels wherever else
/// they come. What the object is, is told by its type, not by the event's name.
/// </summary>
internal static class ChannelReader
{
    /// <summary>The bot may not view the channel; name and more are a mask (Discord docs, "Channel: Channel Flags", obfuscated).</summary>
    private const long ObfuscatedFlag = 1L << 17;

    /// <summary>CREATE and UPDATE of a channel or thread. Null for a channel of no guild.</summary>
    public static DiscordEvent? ReadChanged(ref Utf8JsonReader reader, ReaderContext context)
    {
        var channel = Read(ref reader);
        if (GuildOf(channel) is not { } guildId)
        {
            return null;
        }

        return TypeOf(channel).IsThread
            ? new ThreadChanged(guildId, ToThread(channel, context))
            : new ChannelChanged(guildId, ToChannel(channel));
    }

    /// <summary>DELETE of a channel or thread. Of a thread only id, guild, parent and type are sent.</summary>
    public static DiscordEvent? ReadDeleted(ref Utf8JsonReader reader, ReaderContext context)
    {
        var channel = Read(ref reader);
        if (GuildOf(channel) is not { } guildId)
        {
            return null;
        }

        return TypeOf(channel).IsThread
            ? new ThreadDeleted(guildId, IdOf(channel))
            : new ChannelDeleted(guildId, IdOf(channel), TypeOf(channel));
    }

    public static DiscordEvent ReadThreadListSync(ref Utf8JsonReader reader, ReaderContext context)
    {
        var list = reader.ReadObject(PayloadJson.Default.ThreadListPayload, "thread_list");
        var skippedBefore = context.SkippedElements;

        return new ThreadListSynced(
            list.GuildId ?? throw new MalformedPayloadException("guild_id"),
            list.ChannelIds?.To(context, id => id),
            list.Threads?.To(context, thread => ToThread(thread, context)) ?? throw new MalformedPayloadException("threads"))
        {
            SkippedElements = (int)(context.SkippedElements - skippedBefore),
        };
    }

    public static ChannelPayload Read(ref Utf8JsonReader reader) => reader.ReadObject(PayloadJson.Default.ChannelPayload, "channel");

    public static ChannelType TypeOf(ChannelPayload channel) =>
        new(channel.Type ?? throw new MalformedPayloadException("channel.type"));

    /// <summary>A channel or category. A thread in its place is malformed.</summary>
    public static ChannelFacts ToChannel(ChannelPayload channel)
    {
        var type = TypeOf(channel);
        var isHidden = (channel.Flags & ObfuscatedFlag) is not (null or 0);

        return type.IsThread
            ? throw new MalformedPayloadException("channel.type")
            : new ChannelFacts(IdOf(channel), type, isHidden ? null : channel.Name, channel.ParentId, isHidden);
    }

    /// <summary>A thread. A channel in its place is malformed.</summary>
    public static ThreadFacts ToThread(ChannelPayload channel, ReaderContext context)
    {
        var type = TypeOf(channel);
        if (!type.IsThread)
        {
            throw new MalformedPayloadException("thread.type");
        }

        var thread = channel.ThreadMetadata ?? throw new MalformedPayloadException("thread.thread_metadata");
        var isArchived = thread.Archived ?? throw new MalformedPayloadException("thread_metadata.archived");

        return new ThreadFacts(
            IdOf(channel),
            channel.ParentId ?? throw new MalformedPayloadException("thread.parent_id"),
            type,
            channel.Name ?? throw new MalformedPayloadException("thread.name"),
            channel.OwnerId,
            thread.CreateTimestamp,
            isArchived,
            isArchived ? thread.ArchiveTimestamp : null,
            thread.AutoArchiveDuration ?? throw new MalformedPayloadException("thread_metadata.auto_archive_duration"),
            thread.Locked ?? false,
            channel.AppliedTags?.To(context, id => id) ?? []);
    }

    private static Snowflake IdOf(ChannelPayload channel) => channel.Id ?? throw new MalformedPayloadException("channel.id");

    private static Snowflake? GuildOf(ChannelPayload channel) =>
        channel.GuildId is null && TypeOf(channel).IsThread ? throw new MalformedPayloadException("thread.guild_id") : channel.GuildId;
}
