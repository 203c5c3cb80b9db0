namespace Metricity.Events;

/// <summary>
/// Discord's ISO 8601 times: <c>2021-04-12T23:40:39.855793+00:00</c>, or without the fraction when it is zero
/// (Discord docs, "API Reference: ISO8601 Date/Time"). The framework's parsers take a time without an offset for local time;
/// here it is UTC.
/// </summary>
internal static class Timestamp
{
    private const int SecondsEnd = 19;

    /// <summary>Reads a time into UTC, cut to the microsecond, which is what PostgreSQL keeps.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out DateTime utc)
    {
        utc = default;
        if (text.Length < SecondsEnd
            || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':'
            || !TryDigits(text[..4], out var year) || !TryDigits(text[5..7], out var month) || !TryDigits(text[8..10], out var day)
            || !TryDigits(text[11..13], out var hour) || !TryDigits(text[14..16], out var minute)
            || !TryDigits(text[17..19], out var second)
            || year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month)
            || hour > 23 || minute > 59 || second > 59)
        {
            return false;
        }

        var rest = text[SecondsEnd..];
        if (!TryFraction(ref rest, out var microseconds) || !TryOffset(rest, out var offsetMinutes))
        {
            return false;
        }

        var ticks = new DateTime(year, month, day, hour, minute, second, DateTimeKind.Utc).Ticks
            + (microseconds * TimeSpan.TicksPerMicrosecond)
            - (offsetMinutes * TimeSpan.TicksPerMinute);
        if (ticks < DateTime.MinValue.Ticks || ticks > DateTime.MaxValue.Ticks)
        {
            return false;
        }

        utc = new DateTime(ticks, DateTimeKind.Utc);

        return true;
    }

    /// <summary>Takes the fraction, if there is one, off the front.</summary>
    private static bool TryFraction(ref ReadOnlySpan<byte> text, out int microseconds)
    {
        microseconds = 0;
        if (text is not [(byte)'.', ..])
        {
            return true;
        }

        var length = text[1..].IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        length = length < 0 ? text.Length - 1 : length;
        for (var i = 0; i < 6; i++)
        {
            microseconds = (microseconds * 10) + (i < length ? text[i + 1] - '0' : 0);
        }

        text = text[(length + 1)..];

        return length > 0;
    }

    private static bool TryOffset(ReadOnlySpan<byte> text, out int minutes)
    {
        minutes = 0;
        if (text is [] or [(byte)'Z'])
        {
            return true;
        }

        if (text is not [(byte)'+' or (byte)'-', _, _, (byte)':', _, _]
            || !TryDigits(text[1..3], out var hour) || !TryDigits(text[4..6], out var minute) || hour > 23 || minute > 59)
        {
            return false;
        }

        minutes = (hour * 60) + minute;
        minutes = text[0] == '-' ? -minutes : minutes;

        return true;
    }

    private static bool TryDigits(ReadOnlySpan<byte> text, out int value)
    {
        value = 0;
        foreach (var digit in text)
        {
            if (digit is < (byte)'0' or > (byte)'9')
            {
                return false;
            }

            value = (value * 10) + (digit - '0');
        }

        return true;
    }
}
