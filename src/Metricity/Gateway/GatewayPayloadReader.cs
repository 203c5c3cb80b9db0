using System.Text;
using System.Text.Json;

namespace Metricity.Gateway;

/// <summary>Reads the few values the gateway itself needs from <c>d</c>. Allow-list: everything else is skipped.</summary>
internal static class GatewayPayloadReader
{
    private static readonly TimeSpan LongestInterval = TimeSpan.FromHours(1);

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

            return milliseconds >= 1 && milliseconds <= LongestInterval.TotalMilliseconds
                ? TimeSpan.FromMilliseconds(milliseconds)
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Op 9: whether the session may be resumed. Anything but <c>true</c> means no.</summary>
    public static bool ReadResumable(ReadOnlySpan<byte> data)
    {
        return data.SequenceEqual("true"u8);
    }

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
