using System.Globalization;
using System.Text;

namespace Metricity.Migrations;

/// <summary>Checks and quotes the names of guild schemas. What PostgreSQL can hold is allowed, with the exceptions listed here.</summary>
public static class SchemaName
{
    /// <summary>NAMEDATALEN - 1: PostgreSQL cuts longer names off silently, so that two of them could meet.</summary>
    private const int MaxBytes = 63;

    private const string ViewsOfPublic = "insights";

    private const string ViewsSuffix = "_insights";

    /// <summary>The schema with the views of a guild's schema.</summary>
    internal static string OfViews(string guildSchema)
    {
        return guildSchema == "public" ? ViewsOfPublic : guildSchema + ViewsSuffix;
    }

    internal static string Quote(string name)
    {
        return "\"" + name.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";
    }

    /// <summary>A string constant, for SQL that takes no parameter (with <c>standard_conforming_strings</c>, the default).</summary>
    internal static string Literal(string text)
    {
        return "'" + text.Replace("'", "''", StringComparison.Ordinal) + "'";
    }

    /// <summary>Returns the names without repetitions, in their order.</summary>
    /// <exception cref="SchemaException">A name that cannot be a guild's schema.</exception>
    internal static IReadOnlyList<string> Check(IReadOnlyList<string> names)
    {
        foreach (var name in names)
        {
            if (Problem(name) is { } problem)
            {
                throw new SchemaException(
                    $"schema \"{name}\" cannot be used for a guild: {problem}; choose another name in Guilds:N:Schema");
            }
        }

        return names.Distinct(StringComparer.Ordinal).ToArray();
    }

    /// <summary>Says why a name cannot be a guild's schema; null when it can. The settings and the migrations go by this one rule.</summary>
    public static string? Problem(string name)
    {
        if (string.IsNullOrWhiteSpace(name))
        {
            return "the name is empty";
        }

        if (char.IsWhiteSpace(name[0]) || char.IsWhiteSpace(name[^1]))
        {
            return "the name begins or ends with a blank";
        }

        if (Encoding.UTF8.GetByteCount(name) > MaxBytes)
        {
            return $"the name is longer than {MaxBytes} bytes";
        }

        // A '$' could end the quoting of a block in the script. A token, an address or a connection string under the wrong key holds one of
        // the others, and a schema's name is logged.
        if (name.IndexOfAny(['$', '.', ':', '=']) >= 0)
        {
            return "the name holds a '$', '.', ':' or '='";
        }

        if (name.EnumerateRunes().Any(IsInvisible))
        {
            return "the name holds a character that cannot be seen";
        }

        if (name.StartsWith("pg_", StringComparison.Ordinal) || name == "information_schema")
        {
            return "the name is reserved by PostgreSQL";
        }

        if (name != "public" && Encoding.UTF8.GetByteCount(name) > MaxBytes - ViewsSuffix.Length)
        {
            return $"with \"{ViewsSuffix}\", the schema of its views, the name is longer than {MaxBytes} bytes";
        }

        if (name.EndsWith(ViewsSuffix, StringComparison.Ordinal))
        {
            return $"names that end with \"{ViewsSuffix}\" are for the views of a guild";
        }

        return name switch
        {
            SchemaVersion.StateSchema => "it holds the program's own state",
            ViewsOfPublic => "it holds the views of schema public",
            _ => null,
        };
    }

    /// <summary>Also half of a surrogate pair, which enumeration turns into U+FFFD.</summary>
    private static bool IsInvisible(Rune rune)
    {
        return rune == Rune.ReplacementChar || Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
    }
}
