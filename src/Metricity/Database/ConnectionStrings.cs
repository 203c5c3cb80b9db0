using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Npgsql;

namespace Metricity.Database;

/// <summary>
/// Reads the two ways to write where the database is: Npgsql's keywords (<c>Host=...;Username=...</c>), or a URI as libpq and SQLAlchemy
/// take it (<c>postgres://</c>, <c>postgresql://</c>, <c>postgresql+asyncpg://</c>, ...). Errors name what is wrong and never quote the
/// text, which holds a password.
/// </summary>
internal static class ConnectionStrings
{
    /// <param name="error">A sentence without a subject: what is wrong and how to write it.</param>
    /// <param name="ignored">The names of parameters that mean nothing to this program.</param>
    public static bool TryParse(
        string text,
        [NotNullWhen(true)] out string? connectionString,
        [NotNullWhen(false)] out string? error,
        out IReadOnlyList<string> ignored)
    {
        connectionString = null;
        var meaningless = new List<string>();
        ignored = meaningless;

        // Npgsql 10 tries Kerberos encryption first. Where its library is missing, as in a container image, that costs an exception and a
        // line on standard error for each connection. Who wants it says so: "GSS Encryption Mode=Prefer".
        var builder = new NpgsqlConnectionStringBuilder { GssEncryptionMode = GssEncryptionMode.Disable };
        var trimmed = text.Trim();
        var scheme = trimmed.IndexOf(ConnectionUri.SchemeEnd, StringComparison.Ordinal);
        var isUri = scheme > 0 && !trimmed.AsSpan(0, scheme).ContainsAny('=', ';');
        error = isUri ? ConnectionUri.Read(trimmed, scheme, builder, meaningless) : ReadKeywords(trimmed, builder);
        if (error is not null)
        {
            return false;
        }

        if (string.IsNullOrEmpty(builder.Host))
        {
            error = "names no host: add Host=...";

            return false;
        }

        // Npgsql refuses both at the first connection: it chooses among several hosts alone, and multiplexing has no session to hold a lock.
        if (!builder.Host.Contains(',', StringComparison.Ordinal) && builder.Remove("Target Session Attributes"))
        {
            meaningless.Add("target_session_attrs (there is one host)");
        }

        if (builder.Multiplexing)
        {
            builder.Multiplexing = false;
            meaningless.Add("Multiplexing");
        }

        connectionString = builder.ConnectionString;

        return true;
    }

    /// <summary>The server as an operator names it, such as <c>db.example.org:5432</c>; of several hosts all.</summary>
    public static string ServerOf(string connectionString)
    {
        var target = new NpgsqlConnectionStringBuilder(connectionString);

        return $"{target.Host}:{target.Port}";
    }

    private static string? ReadKeywords(string text, NpgsqlConnectionStringBuilder builder)
    {
        if (!text.Contains('='))
        {
            return "is neither a URI (postgresql://user:password@host/database) nor keywords (Host=...;Username=...;Database=...)";
        }

        DbConnectionStringBuilder keywords = [];
        try
        {
            keywords.ConnectionString = text;
        }
        catch (ArgumentException)
        {
            return "has keywords in no valid form: write Key=Value;Key=Value, and put values with ; or quotes in double quotes";
        }

        foreach (string keyword in keywords.Keys)
        {
            if (!builder.ContainsKey(keyword))
            {
                return "has a keyword that Npgsql does not know: see the list of connection string parameters in Npgsql's documentation";
            }

            if (Set(builder, keyword, (string)keywords[keyword]) is { } error)
            {
                return error;
            }
        }

        return null;
    }

    /// <returns>What is wrong with the value, null when nothing is.</returns>
    public static string? Set(NpgsqlConnectionStringBuilder builder, string keyword, string value)
    {
        try
        {
            builder[keyword] = value;

            return null;
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or InvalidCastException or OverflowException)
        {
            // The exception's text can quote the value, so only the keyword (which Npgsql knows, so it is no secret) is told.
            return $"has a value for '{keyword}' that is not valid";
        }
    }
}
