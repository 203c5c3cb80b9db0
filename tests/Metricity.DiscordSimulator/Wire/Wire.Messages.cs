using System.Text.Json;

namespace Metricity.DiscordSimulator;

/// <summary>Messages, with every field that can hold content.</summary>
internal sealed partial class Wire
{
    /// <summary>Whether the content rule empties this message: not when it mentions the bot or is the bot's own.</summary>
    private bool IsBlank(SimMessage message, bool blanking)
    {
        return blanking && !message.MentionsBot && message.Author != world.Bot;
    }

    /// <summary>A message object.</summary>
    /// <param name="w">Where to.</param>
    /// <param name="message">Which.</param>
    /// <param name="gateway">Adds guild_id, member and channel_type, which REST leaves out.</param>
    /// <param name="blanking">Whether the content rule is applied, to this message and to those it carries, each for itself.</param>
    public void Message(Utf8JsonWriter w, SimMessage message, bool gateway, bool blanking)
    {
        var ephemeral = (message.Flags & 64) != 0;
        w.WriteStartObject();
        Id(w, "id"u8, message.Id);
        Id(w, "channel_id"u8, message.Channel.Id);
        if (gateway && !ephemeral)
        {
            Id(w, "guild_id"u8, message.Channel.Guild.Id);
            w.WriteNumber("channel_type"u8, message.Channel.Type);
            if (message.Member is { } member)
            {
                w.WriteStartObject("member"u8);
                MemberFields(w, member, withUser: false);
                w.WriteEndObject();
            }
        }

        w.WriteNumber("type"u8, message.Type);
        w.WritePropertyName("author"u8);
        User(w, message.Author);
        Time(w, "timestamp"u8, message.CreatedAt);
        Time(w, "edited_timestamp"u8, message.EditedAt);
        Content(w, message, IsBlank(message, blanking));
        w.WriteStartArray("mentions"u8);
        if (message.MentionsBot)
        {
            User(w, world.Bot);
        }

        w.WriteEndArray();
        w.WriteStartArray("mention_roles"u8);
        w.WriteEndArray();
        w.WriteBoolean("mention_everyone"u8, false);
        w.WriteBoolean("pinned"u8, false);
        w.WriteBoolean("tts"u8, false);
        w.WriteNumber("flags"u8, message.Flags);
        if (message.IsWebhook)
        {
            Id(w, "webhook_id"u8, message.Author.Id);
        }

        References(w, message, blanking);
        if (gateway)
        {
            w.WriteString("nonce"u8, Canary ?? "1");
        }

        w.WriteEndObject();
    }

    private void Content(Utf8JsonWriter w, SimMessage message, bool blank)
    {
        if (blank)
        {
            w.WriteString("content"u8, ""u8);
            EmptyArray(w, "embeds"u8);
            EmptyArray(w, "attachments"u8);
            EmptyArray(w, "components"u8);
        }
        else
        {
            w.WriteString("content"u8, Canary ?? message.Content ?? "some text");
            if (Canary is { } canary)
            {
                RichContent(w, message, canary);
            }
            else
            {
                EmptyArray(w, "embeds"u8);
                EmptyArray(w, "attachments"u8);
                EmptyArray(w, "components"u8);
            }
        }

        if (Canary is not null)
        {
            // Stickers are not on Discord's list of emptied fields, and reactions are open to all.
            w.WriteStartArray("sticker_items"u8);
            w.WriteStartObject();
            Id(w, "id"u8, message.Id);
            w.WriteString("name"u8, Canary);
            w.WriteNumber("format_type"u8, 1);
            w.WriteEndObject();
            w.WriteEndArray();
        }
    }

    private static void RichContent(Utf8JsonWriter w, SimMessage message, string canary)
    {
        w.WriteStartArray("embeds"u8);
        w.WriteStartObject();
        w.WriteString("title"u8, canary);
        w.WriteString("description"u8, canary);
        w.WriteString("url"u8, "https://example.test/" + canary);
        w.WriteStartArray("fields"u8);
        w.WriteStartObject();
        w.WriteString("name"u8, canary);
        w.WriteString("value"u8, canary);
        w.WriteEndObject();
        w.WriteEndArray();
        w.WriteEndObject();
        w.WriteEndArray();
        w.WriteStartArray("attachments"u8);
        w.WriteStartObject();
        Id(w, "id"u8, message.Id);
        w.WriteString("filename"u8, canary + ".txt");
        w.WriteString("description"u8, canary);
        w.WriteString("url"u8, "https://example.test/" + canary);
        w.WriteNumber("size"u8, 1);
        w.WriteEndObject();
        w.WriteEndArray();
        w.WriteStartArray("components"u8);
        w.WriteStartObject();
        w.WriteNumber("type"u8, 10);
        w.WriteString("content"u8, canary);
        w.WriteEndObject();
        w.WriteEndArray();
        w.WriteStartObject("poll"u8);
        w.WriteStartObject("question"u8);
        w.WriteString("text"u8, canary);
        w.WriteEndObject();
        EmptyArray(w, "answers"u8);
        w.WriteEndObject();
    }

    private void References(Utf8JsonWriter w, SimMessage message, bool blanking)
    {
        if (message.StartedThread is { } started && message.Type != 18)
        {
            w.WritePropertyName("thread"u8);
            Thread(w, started, nested: false, newlyCreated: false);
        }

        if (message.ForwardOf is { } origin)
        {
            Reference(w, 1, origin.Id, origin.Channel);
            w.WriteStartArray("message_snapshots"u8);
            w.WriteStartObject();
            w.WriteStartObject("message"u8);
            w.WriteNumber("type"u8, origin.Type);
            Time(w, "timestamp"u8, origin.CreatedAt);
            Time(w, "edited_timestamp"u8, origin.EditedAt);
            Content(w, origin, IsBlank(origin, blanking));
            w.WriteEndObject();
            w.WriteEndObject();
            w.WriteEndArray();
        }
        else if (message.ReplyTo is { } target)
        {
            Reference(w, 0, target.Id, target.Channel);
            w.WritePropertyName("referenced_message"u8);
            if (target.IsDeleted)
            {
                w.WriteNullValue();
            }
            else
            {
                // One level deep, as Discord does: the copy says what it answers, without that one's text.
                var copy = new SimMessage(target.Id, target.Channel, target.Author)
                {
                    Type = target.Type,
                    Content = target.Content,
                    MentionsBot = target.MentionsBot,
                    IsWebhook = target.IsWebhook,
                    EditedAt = target.EditedAt,
                    Flags = target.Flags,
                };
                Message(w, copy, gateway: false, blanking);
            }
        }
        else if (message is { Type: 18, StartedThread: { } thread })
        {
            Reference(w, 0, null, thread);
        }
    }

    private static void Reference(Utf8JsonWriter w, int type, ulong? messageId, SimChannel channel)
    {
        w.WriteStartObject("message_reference"u8);
        w.WriteNumber("type"u8, type);
        if (messageId is { } id)
        {
            Id(w, "message_id"u8, id);
        }

        Id(w, "channel_id"u8, channel.Id);
        Id(w, "guild_id"u8, channel.Guild.Id);
        w.WriteEndObject();
    }

    private static void EmptyArray(Utf8JsonWriter w, ReadOnlySpan<byte> name)
    {
        w.WriteStartArray(name);
        w.WriteEndArray();
    }
}
