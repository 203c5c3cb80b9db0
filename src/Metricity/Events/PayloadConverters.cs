using System.Buffers.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Metricity.Events;

/// <summary>What could be read of a JSON array.</summary>
/// <param name="unreadable">How many elements could not.</param>
internal sealed class Elements<T>(List<T> items, int unreadable)
{
    public int Count => items.Count + unreadable;

    /// <summary>What becomes of the elements. Those that cannot be used are left out and counted as well.</summary>
    public List<TResult> To<TResult>(ReaderContext context, Func<T, TResult> convert)
    {
        var results = new List<TResult>(items.Count);
        context.CountSkippedElements(unreadable);
        foreach (var item in items)
        {
            try
            {
                results.Add(convert(item));
            }
            catch (MalformedPayloadException)
            {
                context.CountSkippedElements(1);
            }
        }

        return results;
    }
}

/// <summary>Reads an array. An element that cannot be read is left out and counted, so that it does not take the others with it.</summary>
internal class ElementsConverter<T> : ReadingConverter<Elements<T>>
{
    /// <summary>Null in place of a list is malformed: an empty list would be taken for "all are gone".</summary>
    public override bool HandleNull => true;

    public override Elements<T> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType is not JsonTokenType.StartArray)
        {
            throw new JsonException();
        }

        var type = (JsonTypeInfo<T>)options.GetTypeInfo(typeof(T));
        var items = new List<T>();
        var unreadable = 0;
        while (reader.Read() && reader.TokenType is not JsonTokenType.EndArray)
        {
            var element = reader;
            try
            {
                items.Add(JsonSerializer.Deserialize(ref reader, type) ?? throw new JsonException());
            }
            catch (JsonException)
            {
                unreadable++;
                reader = element;
                reader.Skip(); // throws for what is no JSON
            }
        }

        return new Elements<T>(items, unreadable);
    }
}

/// <summary>As <see cref="ElementsConverter{T}"/>, for lists that Discord may send as null: there are none.</summary>
internal sealed class OptionalElementsConverter<T> : ElementsConverter<T>
{
    public override Elements<T> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType is JsonTokenType.Null ? new Elements<T>([], 0) : base.Read(ref reader, typeToConvert, options);
}

/// <summary>An id, also when it comes as a number.</summary>
internal sealed class SnowflakeConverter : ReadingConverter<Snowflake>
{
    public override Snowflake Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType is JsonTokenType.String or JsonTokenType.Number && Snowflake.TryParse(reader.ValueSpan, out var id)
            ? id
            : throw new JsonException();
}

/// <summary>A string, whatever is in it; the framework's own reader throws on a lone surrogate.</summary>
internal sealed class TextConverter : ReadingConverter<string>
{
    public override string Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType is JsonTokenType.String ? reader.ReadString() : throw new JsonException();
}

/// <summary>An ISO 8601 time, in UTC.</summary>
internal sealed class TimeConverter : ReadingConverter<DateTime>
{
    public override DateTime Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType is JsonTokenType.String && reader.TryReadTime(out var utc) ? utc : throw new JsonException();
}

/// <summary>Permissions: bits as a decimal string, since they can be more than a JSON number keeps. Null for what is none.</summary>
internal sealed class BitsConverter : ReadingConverter<ulong?>
{
    public override ulong? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType is JsonTokenType.String or JsonTokenType.Number
            && Utf8Parser.TryParse(reader.ValueSpan, out ulong bits, out var used) && used == reader.ValueSpan.Length)
        {
            return bits;
        }

        reader.Skip();

        return null;
    }
}

/// <summary>Null for what is no string. Not by the pool of strings, which keeps what it has seen.</summary>
internal sealed class SecretConverter : ReadingConverter<Secret>
{
    public override Secret? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType is JsonTokenType.String)
        {
            return new Secret(reader.GetString()!);
        }

        reader.Skip();

        return null;
    }
}

internal sealed class CommandNameConverter : NameConverter
{
    protected override ReadOnlySpan<byte> Name => InteractionReader.Command;
}

internal sealed class SubcommandNameConverter : NameConverter
{
    protected override ReadOnlySpan<byte> Name => InteractionReader.Subcommand;
}

/// <summary>Whether a string is a certain one; its text never becomes a value.</summary>
internal abstract class NameConverter : ReadingConverter<bool>
{
    protected abstract ReadOnlySpan<byte> Name { get; }

    public override bool Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var isName = reader.TokenType is JsonTokenType.String && reader.ValueTextEquals(Name);
        reader.Skip();

        return isName;
    }
}

/// <summary>What is read is never written.</summary>
internal abstract class ReadingConverter<T> : JsonConverter<T>
{
    public sealed override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => throw new NotSupportedException();
}
