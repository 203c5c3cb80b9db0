using System.Text.Json;

namespace Metricity.Events;

/// <summary>
/// Reads one JSON value. On entry the reader stands on the value's first token, on return on its last. Keys may come in any order,
/// unknown ones are skipped, of a key that comes twice the last counts.
/// </summary>
/// <exception cref="MalformedPayloadException">Something that the value must have is absent, null or of the wrong type.</exception>
internal delegate T ValueReader<out T>(ref Utf8JsonReader reader, ReaderContext context);

/// <summary>The way into a JSON text, for gateway payloads and REST answers alike.</summary>
internal static class Payload
{
    /// <summary>Far deeper than anything Discord sends, and still a bound.</summary>
    public const int MaxDepth = 256;

    /// <summary>Reads the one value that <paramref name="json"/> holds.</summary>
    /// <exception cref="MalformedPayloadException">The only exception that a bad payload causes.</exception>
    public static T Read<T>(ReadOnlySpan<byte> json, ReaderContext context, ValueReader<T> read)
    {
        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxDepth });
            reader.Read();
            var value = read(ref reader, context);
            reader.Read(); // throws when something follows the value

            return value;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            // Not passed on as the inner exception: its text can quote the payload.
            throw new MalformedPayloadException("json");
        }
    }
}
