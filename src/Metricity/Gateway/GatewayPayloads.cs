using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Metricity.Gateway;

/// <summary>Builds what we send; all of it is far below Discord's 4096 bytes.</summary>
internal static class GatewayPayloadWriter
{
    /// <summary>GUILDS (1) + GUILD_MEMBERS (2) + GUILD_MESSAGES (512). Never MESSAGE_CONTENT: content is not ours to have.</summary>
    public const int Intents = 1 | 2 | 512;

    /// <summary>A longer nonce is dropped by Discord, silently.</summary>
    public const int MaxNonceBytes = 32;

    private const string ProgramName = "metricity";

    public static byte[] Heartbeat(long? sequence)
    {
        return Write(1, writer =>
        {
            if (sequence is null)
            {
                writer.WriteNullValue();
            }
            else
            {
                writer.WriteNumberValue(sequence.Value);
            }
        });
    }

    public static byte[] Identify(GatewayOptions options)
    {
        return Write(2, writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("token", options.Token.Reveal());
            writer.WriteNumber("intents", Intents);
            writer.WriteStartObject("properties");
            writer.WriteString("os", OperatingSystem.IsWindows() ? "windows" : OperatingSystem.IsMacOS() ? "macos" : "linux");
            writer.WriteString("browser", ProgramName);
            writer.WriteString("device", ProgramName);
            writer.WriteEndObject();
            writer.WriteStartArray("shard");
            writer.WriteNumberValue(options.ShardId);
            writer.WriteNumberValue(options.ShardCount);
            writer.WriteEndArray();
            writer.WriteEndObject();
        });
    }

    public static byte[] Resume(Secret token, string sessionId, long sequence)
    {
        return Write(6, writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("token", token.Reveal());
            writer.WriteString("session_id", sessionId);
            writer.WriteNumber("seq", sequence);
            writer.WriteEndObject();
        });
    }

    /// <summary>Asks for the whole member list of one guild.</summary>
    public static byte[] RequestMembers(ulong guildId, string nonce)
    {
        return Write(8, writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("guild_id", guildId.ToString(CultureInfo.InvariantCulture));
            writer.WriteString("query", "");
            writer.WriteNumber("limit", 0);
            writer.WriteString("nonce", nonce);
            writer.WriteEndObject();
        });
    }

    private static byte[] Write(int op, Action<Utf8JsonWriter> writeData)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using var writer = new Utf8JsonWriter(buffer);
        writer.WriteStartObject();
        writer.WriteNumber("op", op);
        writer.WritePropertyName("d");
        writeData(writer);
        writer.WriteEndObject();
        writer.Flush();

        return buffer.WrittenSpan.ToArray();
    }
}

/// <summary>Reads the few values the gateway itself needs from <c>d</c>. Allow-list: everything else is skipped.</summary>
internal static class GatewayPayloadReader
{
    private static readonly TimeSpan MaxInterval = TimeSpan.FromHours(1);

    /// <summary>HELLO's <c>heartbeat_interval</c> (milliseconds on the wire); null when it is absent or absurd.</summary>
    public static TimeSpan? ReadHeartbeatInterval(ReadOnlySpan<byte> data)
    {
        try
        {
            var reader = new Utf8JsonReader(data);
            if (!FindProperty(ref reader, "heartbeat_interval"u8) || reader.TokenType != JsonTokenType.Number
                || !reader.TryGetDouble(out var milliseconds))
            {
                return null;
            }

            return milliseconds >= 1 && milliseconds <= MaxInterval.TotalMilliseconds
                ? TimeSpan.FromMilliseconds(milliseconds)
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Op 9: whether the session may be resumed. Anything but <c>true</c> means no.</summary>
    public static bool ReadResumable(ReadOnlySpan<byte> data) => data.SequenceEqual("true"u8);

    /// <summary>READY's session.</summary>
    /// <param name="data">READY's <c>d</c>.</param>
    /// <param name="connectedTo">Stands in for a resume address that is missing, odd, or would give up TLS.</param>
    /// <returns>Null when READY names no session.</returns>
    public static GatewaySession? ReadSession(ReadOnlySpan<byte> data, Uri connectedTo)
    {
        try
        {
            var reader = new Utf8JsonReader(data);
            string? id = null;
            string? url = null;
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return null;
            }

            while ((id is null || url is null) && reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isId = reader.ValueTextEquals("session_id"u8);
                var isUrl = reader.ValueTextEquals("resume_gateway_url"u8);
                reader.Read();
                if (isId && reader.TokenType == JsonTokenType.String)
                {
                    id = reader.GetString();
                }
                else if (isUrl && reader.TokenType == JsonTokenType.String)
                {
                    url = reader.GetString();
                }
                else
                {
                    reader.Skip();
                }
            }

            return string.IsNullOrEmpty(id) ? null : new GatewaySession(id, ResumeUrl(url, connectedTo));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or DecoderFallbackException)
        {
            return null;
        }
    }

    private static Uri ResumeUrl(string? url, Uri connectedTo)
    {
        return Uri.TryCreate(url, UriKind.Absolute, out var resume) && GatewayUri.IsUsable(resume)
            && (resume.Scheme == connectedTo.Scheme || connectedTo.Scheme == "ws")
                ? resume
                : connectedTo;
    }

    private static bool FindProperty(ref Utf8JsonReader reader, ReadOnlySpan<byte> name)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            return false;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var found = reader.ValueTextEquals(name);
            reader.Read();
            if (found)
            {
                return true;
            }

            reader.Skip();
        }

        return false;
    }
}

/// <summary>Builds the address of a connection. Discord's URLs come with or without a trailing slash and never with the query.</summary>
internal static class GatewayUri
{
    public static bool IsUsable(Uri url) => url.IsAbsoluteUri && url.Scheme is "wss" or "ws";

    public static Uri Build(Uri url, bool zlib)
    {
        var builder = new UriBuilder(url)
        {
            Query = zlib ? "v=10&encoding=json&compress=zlib-stream" : "v=10&encoding=json",
        };

        return builder.Uri;
    }
}
