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

/// <summary>
/// What the readers share while they go through payloads: which roles are staff roles (role ids are unique over all guilds, so the guild
/// need not be known), what can be given out again, and the count of list elements left out. May be used by several threads.
/// </summary>
internal sealed class ReaderContext(IReadOnlySet<Snowflake> staffRoleIds)
{
    private long _skippedElements;

    public Utf8StringPool Strings { get; } = new();

    public RecentAuthors Authors { get; } = new();

    /// <summary>
    /// List elements (members, channels, threads, messages, ids) that could not be read and were left out, since the start.
    /// </summary>
    public long SkippedElements => Interlocked.Read(ref _skippedElements);

    public bool IsStaffRole(Snowflake roleId) => staffRoleIds.Contains(roleId);

    public void CountSkippedElements(int count) => Interlocked.Add(ref _skippedElements, count);
}

/// <summary>
/// A payload that is no JSON, or lacks what its event must have. The message names the field that failed, never its value.
/// </summary>
internal sealed class MalformedPayloadException(string field) : Exception($"field '{field}' is missing or of the wrong type")
{
    public string Field { get; } = field;
}
