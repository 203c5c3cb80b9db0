using System.Text.Json;

namespace Metricity.Events;

/// <summary>Reads the events about the session itself.</summary>
internal static class SessionReader
{
    private const int RequestGuildMembersOpcode = 8;

    /// <summary>A wait beyond this is no wait that Discord would ask for.</summary>
    private static readonly TimeSpan LongestRetryAfter = TimeSpan.FromDays(1);

    public static DiscordEvent ReadReady(ref Utf8JsonReader reader, ReaderContext context)
    {
        UserFacts? bot = null;
        List<Snowflake>? guildIds = null;

        reader.EnterObject("ready");
        while (reader.NextProperty(out var key))
        {
            if (key.SequenceEqual("user"u8))
            {
                bot = UserReader.Read(ref reader, context);
            }
            else if (key.SequenceEqual("guilds"u8))
            {
                guildIds = reader.ReadList(context, "guilds", ReadGuildId);
            }
            else
            {
                reader.Skip();
            }
        }

        return new SessionStarted(
            bot?.Id ?? throw new MalformedPayloadException("user"),
            guildIds ?? throw new MalformedPayloadException("guilds"));
    }

    /// <summary>Nothing in it is worth reading; its being there is the event.</summary>
    public static DiscordEvent ReadResumed(ref Utf8JsonReader reader, ReaderContext context)
    {
        reader.Skip();

        return new SessionResumed();
    }

    /// <summary>RATE_LIMITED of a member request; null for those of other opcodes, whose <c>meta</c> has another form.</summary>
    public static DiscordEvent? ReadRateLimited(ref Utf8JsonReader reader, ReaderContext context)
    {
        int? opcode = null;
        double? seconds = null;
        Utf8JsonReader meta = default;

        reader.EnterObject("rate_limited");
        while (reader.NextProperty(out var key))
        {
            if (key.SequenceEqual("opcode"u8))
            {
                opcode = reader.ReadInt32("opcode");
            }
            else if (key.SequenceEqual("retry_after"u8))
            {
                seconds = reader.ReadDouble("retry_after");
            }
            else
            {
                if (key.SequenceEqual("meta"u8))
                {
                    meta = reader;
                }

                reader.Skip();
            }
        }

        if (opcode is not RequestGuildMembersOpcode)
        {
            return null;
        }

        if (seconds is not { } wait || !(wait >= 0 && wait <= LongestRetryAfter.TotalSeconds))
        {
            throw new MalformedPayloadException("retry_after");
        }

        return ReadMemberRequest(ref meta, context, TimeSpan.FromSeconds(wait));
    }

    private static MemberRequestLimited ReadMemberRequest(ref Utf8JsonReader reader, ReaderContext context, TimeSpan retryAfter)
    {
        Snowflake? guildId = null;
        string? nonce = null;

        reader.EnterObject("meta");
        while (reader.NextProperty(out var key))
        {
            if (key.SequenceEqual("guild_id"u8))
            {
                guildId = reader.ReadId("meta.guild_id");
            }
            else if (key.SequenceEqual("nonce"u8))
            {
                nonce = reader.ReadText(context, "meta.nonce");
            }
            else
            {
                reader.Skip();
            }
        }

        return new MemberRequestLimited(guildId ?? throw new MalformedPayloadException("meta.guild_id"), nonce, retryAfter);
    }

    private static Snowflake ReadGuildId(ref Utf8JsonReader reader, ReaderContext context)
    {
        Snowflake? id = null;

        reader.EnterObject("guilds");
        while (reader.NextProperty(out var key))
        {
            if (key.SequenceEqual("id"u8))
            {
                id = reader.ReadId("guilds.id");
            }
            else
            {
                reader.Skip();
            }
        }

        return id ?? throw new MalformedPayloadException("guilds.id");
    }
}
