using System.Text;

namespace Metricity.Migrations;

/// <summary>Checks and quotes the names of guild schemas. What PostgreSQL can hold is allowed, with the exceptions listed here.</summary>
internal static class SchemaName
{
    /// <summary>NAMEDATALEN - 1: PostgreSQL cuts longer names off silently, so that two of them could meet.</summary>
    private const int MaxBytes = 63;

    private const string ViewsOfPublic = "insights";

    private const string ViewsSuffix = "_insights";

    /// <summary>The schema with the views of a guild's schema.</summary>
    public static string OfViews(string guildSchema)
    {
        return guildSchema == "public" ? ViewsOfPublic : guildSchema + ViewsSuffix;
    }

    public static string Quote(string name)
    {
        return "\"" + name.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";
    }

    /// <summary>A string constant, for SQL that takes no parameter (with <c>standard_conforming_strings</c>, the default).</summary>
    public static string Literal(string text)
    {
        return "'" + text.Replace("'", "''", StringComparison.Ordinal) + "'";
    }

    /// <summary>Returns the names without repetitions, in their order.</summary>
    /// <exception cref="SchemaException">A name that cannot be a guild's schema.</exception>
    public static IReadOnlyList<string> Check(IReadOnlyList<string> names)
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

    private static string? Problem(string name)
    {
        if (string.IsNullOrWhiteSpace(name))
        {
            return "the name is empty";
        }

        if (Encoding.UTF8.GetByteCount(name) > MaxBytes)
        {
            return $"the name is longer than {MaxBytes} bytes";
        }

        if (name.Any(c => char.IsControl(c) || c == '$'))
        {
            return "the name holds a control character or a '$'";
        }

        if (name.StartsWith("pg_", StringComparison.Ordinal) || name == "information_schema")
        {
            return "the name is reserved by PostgreSQL";
        }

        if (name != "public" && Encoding.UTF8.GetByteCount(name) > MaxBytes - ViewsSuffix.Length)
        {
            return $"with \"{ViewsSuffix}\", the schema of its views, the name is longer than {MaxBytes} bytes";
        }

        return name switch
        {
            SchemaVersion.StateSchema => "it holds the program's own state",
            ViewsOfPublic => "it holds the views of schema public",
            _ => null,
        };
    }
}
