using System.Text.Json;

namespace Metricity.Events;

/// <summary>Reads channel objects, of which threads are a kind (Discord docs, "Channel: Channel Object").</summary>
internal static class ChannelReader
{
    /// <summary>A channel or category. A thread in its place is malformed.</summary>
    public static ChannelFacts Read(ref Utf8JsonReader reader, ReaderContext context) => ReadFields(ref reader, context).ToChannel();

    /// <summary>An array of channels; those that cannot be read are left out and counted.</summary>
    public static List<ChannelFacts> ReadList(ref Utf8JsonReader reader, ReaderContext context) =>
        reader.ReadList(context, "channels", Read);

    /// <summary>A channel or a thread, where only the type can tell which it is.</summary>
    public static ChannelFields ReadFields(ref Utf8JsonReader reader, ReaderContext context)
    {
        Snowflake? guildId = null;
        Snowflake? id = null;
        int? type = null;
        string? name = null;
        Snowflake? parentId = null;
        long flags = 0;
        Snowflake? ownerId = null;
        IReadOnlyList<Snowflake> appliedTags = [];
        ThreadMetadata? thread = null;

        reader.EnterObject("channel");
        while (reader.NextProperty(out var key))
        {
            if (key.SequenceEqual("id"u8))
            {
                id = reader.ReadId("channel.id");
            }
            else if (key.SequenceEqual("guild_id"u8))
            {
                guildId = reader.ReadId("channel.guild_id");
            }
            else if (key.SequenceEqual("type"u8))
            {
                type = reader.ReadInt32("channel.type");
            }
            else if (key.SequenceEqual("name"u8))
            {
                name = reader.ReadText(context, "channel.name");
            }
            else if (key.SequenceEqual("parent_id"u8))
            {
                parentId = reader.ReadId("channel.parent_id");
            }
            else if (key.SequenceEqual("flags"u8))
            {
                flags = reader.ReadInt64("channel.flags") ?? 0;
            }
            else if (key.SequenceEqual("owner_id"u8))
            {
                ownerId = reader.ReadId("channel.owner_id");
            }
            else if (key.SequenceEqual("applied_tags"u8))
            {
                appliedTags = reader.TokenType is JsonTokenType.Null ? [] : reader.ReadIds(context, "channel.applied_tags");
            }
            else if (key.SequenceEqual("thread_metadata"u8))
            {
                thread = reader.TokenType is JsonTokenType.Null ? null : ThreadReader.ReadMetadata(ref reader);
            }
            else
            {
                reader.Skip();
            }
        }

        return new ChannelFields(
            guildId,
            id ?? throw new MalformedPayloadException("channel.id"),
            new ChannelType(type ?? throw new MalformedPayloadException("channel.type")),
            name,
            parentId,
            flags,
            ownerId,
            appliedTags,
            thread);
    }
}

/// <summary>What a channel object holds. <see cref="ChannelType.IsThread"/> tells which of the two it can become.</summary>
/// <param name="GuildId">Null inside GUILD_CREATE, and for direct messages.</param>
internal readonly record struct ChannelFields(
    Snowflake? GuildId,
    Snowflake Id,
    ChannelType Type,
    string? Name,
    Snowflake? ParentId,
    long Flags,
    Snowflake? OwnerId,
    IReadOnlyList<Snowflake> AppliedTags,
    ThreadMetadata? Thread)
{
    /// <summary>The bot may not view the channel; name and more are a mask (Discord docs, "Channel: Channel Flags", obfuscated).</summary>
    private const long ObfuscatedFlag = 1L << 17;

    public ChannelFacts ToChannel()
    {
        var isHidden = (Flags & ObfuscatedFlag) != 0;

        return Type.IsThread
            ? throw new MalformedPayloadException("channel.type")
            : new ChannelFacts(Id, Type, isHidden ? null : Name, ParentId, isHidden);
    }

    public ThreadFacts ToThread()
    {
        if (!Type.IsThread)
        {
            throw new MalformedPayloadException("thread.type");
        }

        var thread = Thread ?? throw new MalformedPayloadException("thread.thread_metadata");

        return new ThreadFacts(
            Id,
            ParentId ?? throw new MalformedPayloadException("thread.parent_id"),
            Type,
            Name ?? throw new MalformedPayloadException("thread.name"),
            OwnerId,
            thread.CreatedAt,
            thread.IsArchived,
            thread.IsArchived ? thread.ChangedAt : null,
            thread.AutoArchiveDuration,
            thread.IsLocked,
            AppliedTags);
    }
}
