using System.Text.Json;

namespace Metricity.Events;

/// <summary>Reads the events about the session itself.</summary>
internal static class SessionReader
{
    private const int RequestGuildMembersOpcode = 8;

    /// <summary>A wait beyond this is no wait that Discord would ask for.</summary>
    private static readonly TimeSpan MaxRetryAfter = TimeSpan.FromDays(1);

    public static DiscordEvent ReadReady(ref Utf8JsonReader reader, ReaderContext context)
    {
        var ready = reader.ReadObject(PayloadJson.Default.ReadyPayload, "ready");

        return new SessionStarted(
            ready.User?.Id ?? throw new MalformedPayloadException("user"),
            ready.Guilds?.To(context, guild => guild.Id ?? throw new MalformedPayloadException("guilds.id"))
                ?? throw new MalformedPayloadException("guilds"));
    }

    /// <summary>Nothing in it is worth reading; its being there is the event.</summary>
    public static DiscordEvent ReadResumed(ref Utf8JsonReader reader, ReaderContext context)
    {
        reader.Skip();

        return new SessionResumed();
    }

    /// <summary>RATE_LIMITED of a member request; null for those of other opcodes.</summary>
    public static DiscordEvent? ReadRateLimited(ref Utf8JsonReader reader, ReaderContext context)
    {
        var again = reader;
        var limit = reader.ReadObject(PayloadJson.Default.RateLimitedPayload, "rate_limited");
        if (limit.Opcode is not RequestGuildMembersOpcode)
        {
            return null;
        }

        if (limit.RetryAfter is not { } wait || !(wait >= 0 && wait <= MaxRetryAfter.TotalSeconds))
        {
            throw new MalformedPayloadException("retry_after");
        }

        var meta = again.ReadObject(PayloadJson.Default.MemberRequestPayload, "rate_limited").Meta
            ?? throw new MalformedPayloadException("meta");

        return new MemberRequestLimited(
            meta.GuildId ?? throw new MalformedPayloadException("meta.guild_id"), meta.Nonce, TimeSpan.FromSeconds(wait));
    }
}
