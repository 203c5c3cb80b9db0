using System.Buffers.Text;
using System.Text;

namespace Metricity.Events;

/// <summary>
/// Undoes JSON's string escapes. <c>Utf8JsonReader.GetString</c> throws on a lone surrogate (<c>\ud800</c>), which a user can have in
/// their name; here it becomes U+FFFD.
/// </summary>
internal static class JsonText
{
    /// <param name="escaped">What stands between the quotes; its escapes were checked by <c>Utf8JsonReader</c>.</param>
    /// <param name="destination">At least as long as <paramref name="escaped"/>: no escape is shorter than what it stands for.</param>
    /// <returns>Number of bytes written.</returns>
    public static int Unescape(ReadOnlySpan<byte> escaped, Span<byte> destination)
    {
        var written = 0;
        while (!escaped.IsEmpty)
        {
            var plain = escaped.IndexOf((byte)'\\');
            plain = plain < 0 ? escaped.Length : plain;
            escaped[..plain].CopyTo(destination[written..]);
            written += plain;
            escaped = escaped[plain..];

            if (escaped is [(byte)'\\', (byte)'u', ..])
            {
                var rune = ReadRune(ref escaped);
                written += rune.EncodeToUtf8(destination[written..]);
            }
            else if (!escaped.IsEmpty)
            {
                destination[written++] = escaped[1] switch
                {
                    (byte)'b' => (byte)'\b',
                    (byte)'f' => (byte)'\f',
                    (byte)'n' => (byte)'\n',
                    (byte)'r' => (byte)'\r',
                    (byte)'t' => (byte)'\t',
                    var quoted => quoted,
                };
                escaped = escaped[2..];
            }
        }

        return written;
    }

    /// <summary>Takes <c>\uXXXX</c>, or a pair of them that forms one character, off the front.</summary>
    private static Rune ReadRune(ref ReadOnlySpan<byte> escaped)
    {
        var unit = ReadUnit(escaped);
        escaped = escaped[6..];
        if (Rune.TryCreate(unit, out var rune))
        {
            return rune;
        }

        if (escaped is [(byte)'\\', (byte)'u', ..] && Rune.TryCreate(unit, ReadUnit(escaped), out rune))
        {
            escaped = escaped[6..];

            return rune;
        }

        return Rune.ReplacementChar;
    }

    private static char ReadUnit(ReadOnlySpan<byte> escape) =>
        Utf8Parser.TryParse(escape.Slice(2, 4), out ushort unit, out _, 'x') ? (char)unit : '\uFFFD';
}
