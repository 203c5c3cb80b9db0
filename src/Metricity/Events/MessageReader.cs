using System.Text.Json;

namespace Metricity.Events;

/// <summary>
/// Reads message objects and the events about them (Discord docs, "Message: Message Object", "Gateway Events: Messages"). Content,
/// attachments, embeds and the like are skipped as bytes.
/// </summary>
internal static class MessageReader
{
    /// <summary>A message as REST sends it, without guild and membership.</summary>
    public static MessageFacts Read(ref Utf8JsonReader reader, ReaderContext context) => Read(ref reader, context, out _);

    /// <summary>An array of messages; those that cannot be read are left out and counted.</summary>
    public static List<MessageFacts> ReadList(ref Utf8JsonReader reader, ReaderContext context) =>
        reader.ReadList(context, "messages", Read);

    /// <summary>MESSAGE_CREATE. Without a guild it is a direct or an ephemeral message: null.</summary>
    public static DiscordEvent? ReadCreated(ref Utf8JsonReader reader, ReaderContext context)
    {
        var message = Read(ref reader, context, out var guildId);

        return guildId is { } guild ? new MessageCreated(guild, message) : null;
    }

    /// <summary>MESSAGE_UPDATE, of which only the ids are sure.</summary>
    public static DiscordEvent? ReadUpdated(ref Utf8JsonReader reader, ReaderContext context)
    {
        Snowflake? id = null;
        Snowflake? guildId = null;
        DateTime? editedAt = null;

        reader.EnterObject("message");
        while (reader.NextProperty(out var key))
        {
            if (key.SequenceEqual("id"u8))
            {
                id = reader.ReadId("message.id");
            }
            else if (key.SequenceEqual("guild_id"u8))
            {
                guildId = reader.ReadId("message.guild_id");
            }
            else if (key.SequenceEqual("edited_timestamp"u8))
            {
                editedAt = reader.ReadTime("message.edited_timestamp");
            }
            else
            {
                reader.Skip();
            }
        }

        return guildId is { } guild
            ? new MessageUpdated(guild, id ?? throw new MalformedPayloadException("message.id"), editedAt)
            : null;
    }

    /// <summary>MESSAGE_DELETE (<c>id</c>) and MESSAGE_DELETE_BULK (<c>ids</c>).</summary>
    public static DiscordEvent? ReadDeleted(ref Utf8JsonReader reader, ReaderContext context)
    {
        IReadOnlyList<Snowflake>? ids = null;
        Snowflake? guildId = null;

        reader.EnterObject("message");
        while (reader.NextProperty(out var key))
        {
            if (key.SequenceEqual("id"u8))
            {
                ids = [reader.ReadId("message.id") ?? throw new MalformedPayloadException("message.id")];
            }
            else if (key.SequenceEqual("ids"u8))
            {
                ids = reader.ReadIds(context, "message.ids");
            }
            else if (key.SequenceEqual("guild_id"u8))
            {
                guildId = reader.ReadId("message.guild_id");
            }
            else
            {
                reader.Skip();
            }
        }

        return guildId is { } guild
            ? new MessagesDeleted(guild, ids ?? throw new MalformedPayloadException("message.id"))
            : null;
    }

    private static MessageFacts Read(ref Utf8JsonReader reader, ReaderContext context, out Snowflake? guildId)
    {
        Snowflake? id = null;
        Snowflake? channelId = null;
        int? channelType = null;
        int? type = null;
        UserFields? author = null;
        MemberFields? member = null;
        var isWebhook = false;
        DateTime? editedAt = null;
        guildId = null;

        reader.EnterObject("message");
        while (reader.NextProperty(out var key))
        {
            if (key.SequenceEqual("id"u8))
            {
                id = reader.ReadId("message.id");
            }
            else if (key.SequenceEqual("channel_id"u8))
            {
                channelId = reader.ReadId("message.channel_id");
            }
            else if (key.SequenceEqual("guild_id"u8))
            {
                guildId = reader.ReadId("message.guild_id");
            }
            else if (key.SequenceEqual("channel_type"u8))
            {
                channelType = reader.ReadInt32("message.channel_type");
            }
            else if (key.SequenceEqual("type"u8))
            {
                type = reader.ReadInt32("message.type");
            }
            else if (key.SequenceEqual("author"u8))
            {
                author = reader.TokenType is JsonTokenType.Null ? null : UserReader.ReadFields(ref reader, context);
            }
            else if (key.SequenceEqual("member"u8))
            {
                member = reader.TokenType is JsonTokenType.Null ? null : MemberReader.ReadFields(ref reader, context);
            }
            else if (key.SequenceEqual("webhook_id"u8))
            {
                isWebhook = reader.TokenType is not JsonTokenType.Null;
                reader.Skip();
            }
            else if (key.SequenceEqual("edited_timestamp"u8))
            {
                editedAt = reader.ReadTime("message.edited_timestamp");
            }
            else
            {
                reader.Skip();
            }
        }

        var user = author ?? throw new MalformedPayloadException("message.author");

        return new MessageFacts(
            id ?? throw new MalformedPayloadException("message.id"),
            channelId ?? throw new MalformedPayloadException("message.channel_id"),
            channelType is { } channel ? new ChannelType(channel) : null,
            type ?? throw new MalformedPayloadException("message.type"),
            context.Authors.Get(user, member is { IsStaff: not null } ? member : null),
            isWebhook,
            editedAt);
    }
}
