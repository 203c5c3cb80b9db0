using System.Text.Json;

namespace Metricity.Events;

/// <summary>Reads the events about members (Discord docs, "Gateway Events: Guilds", "Gateway Events: Guild Members Chunk").</summary>
internal static class MemberEventReader
{
    public static DiscordEvent ReadJoined(ref Utf8JsonReader reader, ReaderContext context)
    {
        var member = MemberReader.ReadFields(ref reader, context);

        return new MemberJoined(GuildOf(member.GuildId), member.ToFacts());
    }

    public static DiscordEvent ReadUpdated(ref Utf8JsonReader reader, ReaderContext context)
    {
        var member = MemberReader.ReadFields(ref reader, context);

        return new MemberUpdated(GuildOf(member.GuildId), member.ToFacts());
    }

    /// <summary>GUILD_MEMBER_REMOVE has the user, and no membership any more.</summary>
    public static DiscordEvent ReadLeft(ref Utf8JsonReader reader, ReaderContext context)
    {
        Snowflake? guildId = null;
        UserFacts? user = null;

        reader.EnterObject("member");
        while (reader.NextProperty(out var key))
        {
            if (key.SequenceEqual("guild_id"u8))
            {
                guildId = reader.ReadId("member.guild_id");
            }
            else if (key.SequenceEqual("user"u8))
            {
                user = UserReader.Read(ref reader, context);
            }
            else
            {
                reader.Skip();
            }
        }

        return new MemberLeft(GuildOf(guildId), user ?? throw new MalformedPayloadException("member.user"));
    }

    /// <summary>GUILD_MEMBERS_CHUNK.</summary>
    public static DiscordEvent ReadChunk(ref Utf8JsonReader reader, ReaderContext context)
    {
        Snowflake? guildId = null;
        string? nonce = null;
        int? index = null;
        int? count = null;
        List<UserFacts>? members = null;
        var skippedBefore = context.SkippedElements;

        reader.EnterObject("chunk");
        while (reader.NextProperty(out var key))
        {
            if (key.SequenceEqual("guild_id"u8))
            {
                guildId = reader.ReadId("member.guild_id");
            }
            else if (key.SequenceEqual("nonce"u8))
            {
                nonce = reader.ReadText(context, "nonce");
            }
            else if (key.SequenceEqual("chunk_index"u8))
            {
                index = reader.ReadInt32("chunk_index");
            }
            else if (key.SequenceEqual("chunk_count"u8))
            {
                count = reader.ReadInt32("chunk_count");
            }
            else if (key.SequenceEqual("members"u8))
            {
                members = MemberReader.ReadList(ref reader, context);
            }
            else
            {
                reader.Skip();
            }
        }

        return new MemberChunk(
            GuildOf(guildId),
            nonce,
            index ?? throw new MalformedPayloadException("chunk_index"),
            count ?? throw new MalformedPayloadException("chunk_count"),
            members ?? throw new MalformedPayloadException("members"))
        {
            SkippedElements = (int)(context.SkippedElements - skippedBefore),
        };
    }

    private static Snowflake GuildOf(Snowflake? guildId) => guildId ?? throw new MalformedPayloadException("member.guild_id");
}
