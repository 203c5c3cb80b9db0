using System.Text;

namespace Metricity.Events;

/// <summary>
/// Gives the same string again for bytes seen lately, so that the name of somebody who writes much is made once. A cache with one place for
/// each hash: a newer string takes the place of an older one. May be used by several threads: a place holds an immutable string that is
/// compared before it is given out, so the worst of a race is one string too many.
/// </summary>
internal sealed class Utf8StringPool
{
    /// <summary>Bytes. User names have at most 32 characters, avatar hashes 34; what is longer is rare and not pooled.</summary>
    private const int MaxLength = 64;

    private const int SlotCount = 8192;

    private readonly string?[] _slots = new string?[SlotCount];

    /// <summary>The text of <paramref name="utf8"/>, invalid sequences replaced by U+FFFD.</summary>
    public string Get(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length > MaxLength)
        {
            return Encoding.UTF8.GetString(utf8);
        }

        Span<char> buffer = stackalloc char[MaxLength];
        var text = buffer[..Encoding.UTF8.GetChars(utf8, buffer)];
        var slot = string.GetHashCode(text) & (SlotCount - 1);
        var known = _slots[slot];
        if (known is not null && text.SequenceEqual(known))
        {
            return known;
        }

        var added = new string(text);
        _slots[slot] = added;

        return added;
    }
}
