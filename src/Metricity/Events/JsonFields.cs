using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Metricity.Events;

/// <summary>
/// Typed access to the value that a reader stands on. JSON null reads as null; a value of another type is a
/// <see cref="MalformedPayloadException"/> that names the field. No method throws anything else, but <c>Read</c> for what is no JSON.
/// </summary>
internal static class JsonFields
{
    private const int StackBytes = 256;

    public static void EnterObject(this ref Utf8JsonReader reader, string field)
    {
        if (reader.TokenType is not JsonTokenType.StartObject)
        {
            throw new MalformedPayloadException(field);
        }
    }

    /// <summary>An object, by System.Text.Json; what fails in it is named by its path.</summary>
    public static T ReadObject<T>(this ref Utf8JsonReader reader, JsonTypeInfo<T> type, string field)
        where T : class
    {
        reader.EnterObject(field);
        var start = reader;
        try
        {
            return JsonSerializer.Deserialize(ref reader, type)!;
        }
        catch (JsonException e)
        {
            start.Skip(); // throws for what is no JSON

            throw new MalformedPayloadException(e.Path is ['$', '.', .. var path] ? path : field);
        }
    }

    /// <summary>Goes on to the value of the next property of the object; false at the object's end.</summary>
    public static bool NextProperty(this ref Utf8JsonReader reader, out ReadOnlySpan<byte> name)
    {
        reader.Read();
        if (reader.TokenType is JsonTokenType.EndObject)
        {
            name = default;

            return false;
        }

        name = reader.ValueSpan;
        if (reader.ValueIsEscaped)
        {
            var unescaped = new byte[name.Length];
            name = unescaped.AsSpan(0, JsonText.Unescape(name, unescaped));
        }

        reader.Read();

        return true;
    }

    /// <summary>An id, also when it comes as a number.</summary>
    public static Snowflake? ReadId(this ref Utf8JsonReader reader, string field) => reader.TokenType switch
    {
        JsonTokenType.Null => null,
        JsonTokenType.String or JsonTokenType.Number when Snowflake.TryParse(reader.ValueSpan, out var id) => id,
        _ => throw new MalformedPayloadException(field),
    };

    public static bool? ReadBoolean(this ref Utf8JsonReader reader, string field) => reader.TokenType switch
    {
        JsonTokenType.Null => null,
        JsonTokenType.True => true,
        JsonTokenType.False => false,
        _ => throw new MalformedPayloadException(field),
    };

    public static int? ReadInt32(this ref Utf8JsonReader reader, string field) => reader.TokenType switch
    {
        JsonTokenType.Null => null,
        JsonTokenType.Number when reader.TryGetInt32(out var value) => value,
        _ => throw new MalformedPayloadException(field),
    };

    public static long? ReadInt64(this ref Utf8JsonReader reader, string field) => reader.TokenType switch
    {
        JsonTokenType.Null => null,
        JsonTokenType.Number when reader.TryGetInt64(out var value) => value,
        _ => throw new MalformedPayloadException(field),
    };

    /// <summary>A string, whatever is in it: invalid UTF-8 and lone surrogates become U+FFFD, NUL stays.</summary>
    public static string? ReadText(this ref Utf8JsonReader reader, ReaderContext context, string field)
    {
        if (reader.TokenType is JsonTokenType.Null)
        {
            return null;
        }

        if (reader.TokenType is not JsonTokenType.String)
        {
            throw new MalformedPayloadException(field);
        }

        return reader.ReadString(context.Strings);
    }

    /// <summary>As <see cref="ReadText"/>, of a value that is a string.</summary>
    /// <param name="pool">Gives strings again that it has given before; null = the string is made.</param>
    public static string ReadString(this ref Utf8JsonReader reader, Utf8StringPool? pool = null)
    {
        var text = reader.ValueSpan;
        if (!reader.ValueIsEscaped)
        {
            return pool?.Get(text) ?? Encoding.UTF8.GetString(text);
        }

        var unescaped = text.Length <= StackBytes ? stackalloc byte[StackBytes] : new byte[text.Length];
        unescaped = unescaped[..JsonText.Unescape(text, unescaped)];

        return pool?.Get(unescaped) ?? Encoding.UTF8.GetString(unescaped);
    }

    /// <summary>An ISO 8601 time in UTC, to the microsecond.</summary>
    public static DateTime? ReadTime(this ref Utf8JsonReader reader, string field)
    {
        if (reader.TokenType is JsonTokenType.Null)
        {
            return null;
        }

        if (reader.TokenType is not JsonTokenType.String || !reader.TryReadTime(out var utc))
        {
            throw new MalformedPayloadException(field);
        }

        return utc;
    }

    /// <summary>As <see cref="ReadTime"/>, of a value that is a string.</summary>
    public static bool TryReadTime(this ref Utf8JsonReader reader, out DateTime utc)
    {
        var text = reader.ValueSpan;
        if (!reader.ValueIsEscaped || text.Length > StackBytes)
        {
            return Timestamp.TryParse(text, out utc);
        }

        // JSON writers that are careful about HTML escape the plus sign of the offset.
        Span<byte> unescaped = stackalloc byte[StackBytes];

        return Timestamp.TryParse(unescaped[..JsonText.Unescape(text, unescaped)], out utc);
    }

    /// <summary>
    /// Reads an array. An element that cannot be read is left out and counted, so that it does not take the others with it.
    /// </summary>
    public static List<T> ReadList<T>(this ref Utf8JsonReader reader, ReaderContext context, string field, ValueReader<T> readElement)
    {
        if (reader.TokenType is not JsonTokenType.StartArray)
        {
            throw new MalformedPayloadException(field);
        }

        var list = new List<T>();
        while (reader.Read() && reader.TokenType is not JsonTokenType.EndArray)
        {
            var element = reader;
            try
            {
                list.Add(readElement(ref reader, context));
            }
            catch (MalformedPayloadException)
            {
                context.CountSkippedElements(1);
                reader = element;
                reader.Skip();
            }
        }

        return list;
    }

    public static List<Snowflake> ReadIds(this ref Utf8JsonReader reader, ReaderContext context, string field) =>
        reader.ReadList(context, field, static (ref Utf8JsonReader element, ReaderContext _) => element.ReadRequiredId("id"));

    private static Snowflake ReadRequiredId(this ref Utf8JsonReader reader, string field) =>
        reader.ReadId(field) ?? throw new MalformedPayloadException(field);
}
