using System.Text;

namespace Metricity.Events;

/// <summary>
/// Gives the same string again for bytes seen lately, so that the name of somebody who writes much is made once. A cache with two places
/// for each hash, the newer string first. May be used by several threads: a place holds an immutable string that is compared before it
/// is given out, so the worst of a race is one string too many.
/// </summary>
internal sealed class Utf8StringPool
{
    /// <summary>Bytes. User names have at most 32 characters, avatar hashes 34; what is longer is rare and not pooled.</summary>
    private const int MaxLength = 64;

    /// <summary>For some 5,000 people writing at the same time; 1 MB of strings at most.</summary>
    private const int SlotCount = 16384;

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
        var places = _slots.AsSpan(string.GetHashCode(text) & (SlotCount - 2), 2);
        var newer = places[0];
        if (newer is not null && text.SequenceEqual(newer))
        {
            return newer;
        }

        var found = places[1];
        if (found is null || !text.SequenceEqual(found))
        {
            found = new string(text);
        }

        places[1] = newer;
        places[0] = found;

        return found;
    }
}
