using System.Text.Json;

namespace Metricity.Events;

/// <summary>
/// Reads CHANNEL_* and THREAD_* events (Discord docs, "Gateway Events: Channels", "Gateway Events: Threads"). What the object is, is told
/// by its type, not by the event's name.
/// </summary>
internal static class ChannelEventReader
{
    /// <summary>CREATE and UPDATE of a channel or thread. Null for a channel of no guild.</summary>
    public static DiscordEvent? ReadChanged(ref Utf8JsonReader reader, ReaderContext context)
    {
        var channel = ChannelReader.ReadFields(ref reader, context);
        if (channel.GuildId is not { } guildId)
        {
            return channel.Type.IsThread ? throw new MalformedPayloadException("thread.guild_id") : null;
        }

        return channel.Type.IsThread
            ? new ThreadChanged(guildId, channel.ToThread())
            : new ChannelChanged(guildId, channel.ToChannel());
    }

    /// <summary>DELETE of a channel or thread. Of a thread only id, guild, parent and type are sent.</summary>
    public static DiscordEvent? ReadDeleted(ref Utf8JsonReader reader, ReaderContext context)
    {
        var channel = ChannelReader.ReadFields(ref reader, context);
        if (channel.GuildId is not { } guildId)
        {
            return channel.Type.IsThread ? throw new MalformedPayloadException("thread.guild_id") : null;
        }

        return channel.Type.IsThread
            ? new ThreadDeleted(guildId, channel.Id)
            : new ChannelDeleted(guildId, channel.Id, channel.Type);
    }

    /// <summary>THREAD_LIST_SYNC. <c>channel_ids</c> absent = the whole guild.</summary>
    public static DiscordEvent ReadThreadListSync(ref Utf8JsonReader reader, ReaderContext context)
    {
        Snowflake? guildId = null;
        List<Snowflake>? parentIds = null;
        List<ThreadFacts>? threads = null;
        var skippedBefore = context.SkippedElements;

        reader.EnterObject("thread_list");
        while (reader.NextProperty(out var key))
        {
            if (key.SequenceEqual("guild_id"u8))
            {
                guildId = reader.ReadId("guild_id");
            }
            else if (key.SequenceEqual("channel_ids"u8))
            {
                // Null is "none", unlike absent: it must not be taken for the whole guild.
                parentIds = reader.TokenType is JsonTokenType.Null ? [] : reader.ReadIds(context, "channel_ids");
            }
            else if (key.SequenceEqual("threads"u8))
            {
                threads = ThreadReader.ReadList(ref reader, context);
            }
            else
            {
                reader.Skip();
            }
        }

        return new ThreadListSynced(
            guildId ?? throw new MalformedPayloadException("guild_id"),
            parentIds,
            threads ?? throw new MalformedPayloadException("threads"))
        {
            SkippedElements = (int)(context.SkippedElements - skippedBefore),
        };
    }
}
