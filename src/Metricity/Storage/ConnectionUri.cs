using System.Globalization;
using Npgsql;

namespace Metricity.Storage;

/// <summary>
/// Reads a connection URI (<c>scheme://user:password@host:port/database?parameters</c>; PostgreSQL manual, "Connection URIs") by hand:
/// <see cref="Uri"/> takes neither several hosts nor an empty one, nor the passwords that people really write.
/// </summary>
internal static class ConnectionUri
{
    public const string SchemeEnd = "://";

    /// <summary>Settings of the Python drivers that mean nothing to Npgsql.</summary>
    private static readonly string[] IgnoredParameters =
        ["async_fallback", "prepared_statement_cache_size", "prepared_statement_name_func", "statement_cache_size"];

    /// <param name="scheme">Index of <see cref="SchemeEnd"/>.</param>
    /// <returns>What is wrong, null when nothing is.</returns>
    public static string? Read(string text, int scheme, NpgsqlConnectionStringBuilder builder)
    {
        var name = text[..scheme].Split('+')[0];
        if (name is not ("postgres" or "postgresql"))
        {
            return "is a URI of another scheme: it must begin with postgresql://";
        }

        var rest = text[(scheme + SchemeEnd.Length)..];
        var (beforeQuery, query) = Cut(rest, rest.IndexOf('?'));
        var at = beforeQuery.LastIndexOf('@');
        var slash = beforeQuery.IndexOf('/', at + 1);
        var (authority, database) = Cut(beforeQuery, slash);
        var userInfo = at < 0 ? null : authority[..at];

        return ReadUserInfo(userInfo, builder)
            ?? ReadHost(authority[(at + 1)..], builder)
            ?? ReadDatabase(database, builder)
            ?? ReadQuery(query, builder);
    }

    private static string? ReadUserInfo(string? userInfo, NpgsqlConnectionStringBuilder builder)
    {
        if (string.IsNullOrEmpty(userInfo))
        {
            return null;
        }

        var (user, password) = Cut(userInfo, userInfo.IndexOf(':'));
        builder.Username = Uri.UnescapeDataString(user);
        if (password is not null)
        {
            builder.Password = Uri.UnescapeDataString(password);
        }

        return null;
    }

    /// <summary><c>host</c>, <c>host:port</c>, <c>[v6]:port</c>, several of them, a percent-encoded socket directory, or nothing.</summary>
    private static string? ReadHost(string hosts, NpgsqlConnectionStringBuilder builder)
    {
        builder.Host = "localhost";
        if (hosts.Length == 0)
        {
            return null;
        }

        var several = hosts.Contains(',');
        var names = new List<string>();
        foreach (var entry in hosts.Split(','))
        {
            var portAt = entry.StartsWith('[') ? entry.IndexOf("]:", StringComparison.Ordinal) + 1 : entry.IndexOf(':');
            var (host, port) = Cut(entry, portAt > 0 || entry.StartsWith(':') ? portAt : -1);
            if (port is { Length: > 0 })
            {
                if (!int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number is 0 or > 65535)
                {
                    return "has a port that is no number from 1 to 65535 (special characters in user and password must be "
                        + "percent-encoded: @ is %40, : is %3A, / is %2F)";
                }

                if (!several)
                {
                    builder.Port = number;
                }
            }

            var name = Uri.UnescapeDataString(host);
            if (!several)
            {
                name = name.Trim('[', ']');
            }

            names.Add(several && port is { Length: > 0 } ? $"{name}:{port}" : name);
        }

        if (names.Any(name => name.Length > 0))
        {
            builder.Host = string.Join(',', names);
        }

        return null;
    }

    private static string? ReadDatabase(string? database, NpgsqlConnectionStringBuilder builder)
    {
        if (!string.IsNullOrEmpty(database))
        {
            builder.Database = Uri.UnescapeDataString(database);
        }

        return null;
    }

    private static string? ReadQuery(string? query, NpgsqlConnectionStringBuilder builder)
    {
        foreach (var pair in (query ?? "").Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (key, rawValue) = Cut(pair, pair.IndexOf('='));
            var value = Uri.UnescapeDataString(rawValue ?? "");
            var keyword = key switch
            {
                "host" => "Host",
                "port" => "Port",
                "user" => "Username",
                "password" => "Password",
                "dbname" or "database" => "Database",
                "sslmode" or "ssl" => "SSL Mode",
                "sslrootcert" => "Root Certificate",
                "sslcert" => "SSL Certificate",
                "sslkey" => "SSL Key",
                "sslpassword" => "SSL Password",
                "application_name" => "Application Name",
                "connect_timeout" or "timeout" => "Timeout",
                "target_session_attrs" => "Target Session Attributes",
                "options" => "Options",
                "passfile" => "Passfile",
                _ => null,
            };
            if (keyword is null)
            {
                if (IgnoredParameters.Contains(key))
                {
                    continue;
                }

                return "has a parameter after the ? that is not supported; supported are host, port, user, password, dbname, sslmode, "
                    + "ssl, sslrootcert, sslcert, sslkey, sslpassword, application_name, connect_timeout, target_session_attrs, "
                    + "options, passfile";
            }

            if (ConnectionStrings.Set(builder, keyword, keyword == "SSL Mode" ? SslMode(value) : value) is { } error)
            {
                return error;
            }
        }

        return null;
    }

    /// <summary>libpq's words, and those of asyncpg's <c>ssl</c> (which also takes a boolean), as Npgsql spells them.</summary>
    private static string SslMode(string value) => value.ToLowerInvariant() switch
    {
        "true" or "1" or "on" => "Require",
        "false" or "0" or "off" => "Disable",
        "verify-ca" => "VerifyCA",
        "verify-full" => "VerifyFull",
        _ => value,
    };

    /// <summary>The text before and after the character at <paramref name="index"/>; null after when there is none.</summary>
    private static (string Before, string? After) Cut(string text, int index) =>
        index < 0 ? (text, null) : (text[..index], text[(index + 1)..]);
}
