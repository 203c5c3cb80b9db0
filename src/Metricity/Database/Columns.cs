using System.Text;
using Metricity.Events;

namespace Metricity.Database;

/// <summary>From our values to the columns': rows to arrays, ids to text, times without zone, text that PostgreSQL takes.</summary>
internal static class Columns
{
    /// <summary>In UTF-16 units. Discord's longest name has 100; what is longer is no name.</summary>
    private const int MaxTextLength = 1_000;

    /// <summary>One column of the rows, as the array that <c>unnest</c> takes.</summary>
    public static TValue[] Column<TRow, TValue>(this IReadOnlyCollection<TRow> rows, Func<TRow, TValue> value)
    {
        var column = new TValue[rows.Count];
        var i = 0;
        foreach (var row in rows)
        {
            column[i++] = value(row);
        }

        return column;
    }

    public static string? ToText(this Snowflake? id) => id?.ToString();

    /// <summary>The columns are <c>timestamp without time zone</c> in UTC; Npgsql sends that type for times without a kind.</summary>
    public static DateTime ToColumn(this DateTime utc) => DateTime.SpecifyKind(utc, DateTimeKind.Unspecified);

    /// <inheritdoc cref="ToColumn(DateTime)"/>
    public static DateTime? ToColumn(this DateTime? utc) => utc?.ToColumn();

    /// <summary>A column's time, which is UTC, with the kind that says so.</summary>
    public static DateTime ToUtc(this DateTime column) => DateTime.SpecifyKind(column, DateTimeKind.Utc);

    /// <inheritdoc cref="ToUtc(DateTime)"/>
    public static DateTime? ToUtc(this DateTime? column) => column?.ToUtc();

    /// <summary>
    /// What PostgreSQL can store: without NUL characters, with U+FFFD for half surrogate pairs, at most 1,000 UTF-16 units.
    /// The same string when there is nothing to do.
    /// </summary>
    public static string ToColumn(this string text)
    {
        if (text.Length <= MaxTextLength && !NeedsCleaning(text))
        {
            return text;
        }

        var clean = new StringBuilder(Math.Min(text.Length, MaxTextLength));
        foreach (var rune in text.EnumerateRunes())
        {
            if (clean.Length + rune.Utf16SequenceLength > MaxTextLength)
            {
                break;
            }

            if (rune.Value != 0)
            {
                clean.Append(rune);
            }
        }

        return clean.ToString();
    }

    private static bool NeedsCleaning(string text)
    {
        foreach (var unit in text)
        {
            if (unit is '\0' || char.IsSurrogate(unit))
            {
                return true;
            }
        }

        return false;
    }
}
