using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace Metricity.Gateway;

/// <summary>Builds what we send; all of it is far below Discord's 4096 bytes.</summary>
internal static class GatewayPayloadWriter
{
    /// <summary>GUILDS (1) + GUILD_MEMBERS (2) + GUILD_MESSAGES (512). Never MESSAGE_CONTENT: content is not ours to have.</summary>
    public const int Intents = 1 | 2 | 512;

    /// <summary>A longer nonce is dropped by Discord, silently.</summary>
    public const int LongestNonce = 32;

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

    public static byte[] Resume(GatewayToken token, string sessionId, long sequence)
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
