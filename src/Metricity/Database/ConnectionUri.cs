using System.Globalization;
using Npgsql;

namespace Metricity.Database;

/// <summary>
/// Reads a connection URI (<c>scheme://user:password@host:port/database?parameters</c>; PostgreSQL manual, "Connection URIs") by hand:
/// <see cref="Uri"/> takes neither several hosts nor an empty one, nor the passwords that people really write.
/// </summary>
internal static class ConnectionUri
{
    public const string SchemeEnd = "://";

    /// <summary>libpq's parameters that Npgsql has too, by its keyword, and a few names that other drivers use for the same.</summary>
    private static readonly Dictionary<string, string> Keywords = new(StringComparer.Ordinal)
    {
        ["host"] = "Host",
        ["port"] = "Port",
        ["user"] = "Username",
        ["password"] = "Password",
        ["dbname"] = "Database",
        ["database"] = "Database",
        ["sslmode"] = "SSL Mode",
        ["ssl"] = "SSL Mode",
        ["sslrootcert"] = "Root Certificate",
        ["sslcert"] = "SSL Certificate",
        ["sslkey"] = "SSL Key",
        ["sslpassword"] = "SSL Password",
        ["sslnegotiation"] = "SSL Negotiation",
        ["channel_binding"] = "Channel Binding",
        ["require_auth"] = "Require Auth",
        ["gssencmode"] = "GSS Encryption Mode",
        ["krbsrvname"] = "Kerberos Service Name",
        ["application_name"] = "Application Name",
        ["connect_timeout"] = "Timeout",
        ["timeout"] = "Timeout",
        ["keepalives"] = "TCP Keepalive",
        ["keepalives_idle"] = "TCP Keepalive Time",
        ["keepalives_interval"] = "TCP Keepalive Interval",
        ["target_session_attrs"] = "Target Session Attributes",
        ["options"] = "Options",
        ["passfile"] = "Passfile",
    };

    /// <summary>Settings of the Python drivers, of poolers in other languages, and of libpq, that mean nothing to this program.</summary>
    private static readonly HashSet<string> Meaningless = new(StringComparer.Ordinal)
    {
        "async_fallback", "connection_limit", "fallback_application_name", "gssdelegation", "gsslib", "keepalives_count", "load_balance_hosts",
        "max_protocol_version", "min_protocol_version", "pool_timeout", "prepared_statement_cache_size", "prepared_statement_name_func",
        "requirepeer", "schema", "sslaccept", "sslcertmode", "sslcompression", "sslsni", "ssl_max_protocol_version", "ssl_min_protocol_version",
        "statement_cache_size", "tcp_user_timeout",
    };

    /// <param name="scheme">Index of <see cref="SchemeEnd"/>.</param>
    /// <param name="ignored">Gets the names of parameters that mean nothing here.</param>
    /// <returns>What is wrong, null when nothing is.</returns>
    public static string? Read(string text, int scheme, NpgsqlConnectionStringBuilder builder, List<string> ignored)
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
            ?? ReadQuery(query, builder, ignored);
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

    private static string? ReadQuery(string? query, NpgsqlConnectionStringBuilder builder, List<string> ignored)
    {
        foreach (var pair in (query ?? "").Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (key, rawValue) = Cut(pair, pair.IndexOf('='));
            if (ReadParameter(key, Uri.UnescapeDataString(rawValue ?? ""), builder, ignored) is { } error)
            {
                return error;
            }
        }

        return null;
    }

    private static string? ReadParameter(string key, string value, NpgsqlConnectionStringBuilder builder, List<string> ignored)
    {
        if (Keywords.TryGetValue(key, out var keyword))
        {
            return ConnectionStrings.Set(builder, keyword, Translate(keyword, value));
        }

        switch (key)
        {
            case "client_encoding" when value.Replace("-", "", StringComparison.Ordinal).Equals("utf8", StringComparison.OrdinalIgnoreCase):
                return null; // as it is always
            case "pgbouncer" when value.Equals("true", StringComparison.OrdinalIgnoreCase):
                return "has the parameter pgbouncer=true, which stands for a pooler that pools by transaction: Metricity holds a lock in its "
                    + "session. Give the address of the database itself, or of a pooler that pools by session";
            case "client_encoding" or "pgbouncer":
            case var _ when Meaningless.Contains(key):
                ignored.Add(key);

                return null;
            default:
                // A password with a ? that is not encoded could stand here; a plain name is none.
                var name = key.Length is > 0 and < 40 && key.All(c => char.IsAsciiLetterLower(c) || c == '_') ? $"'{key}' " : "";

                return $"has a parameter {name}after the ? that is not known. Known are {string.Join(", ", Keywords.Keys.Order())}";
        }
    }

    /// <summary>libpq's words, and those of asyncpg's <c>ssl</c> (which also takes a boolean), as Npgsql spells them.</summary>
    private static string Translate(string keyword, string value) => (keyword, value.ToLowerInvariant()) switch
    {
        ("SSL Mode", "true" or "1" or "on") => "Require",
        ("SSL Mode", "false" or "0" or "off") => "Disable",
        ("SSL Mode", "verify-ca") => "VerifyCA",
        ("SSL Mode", "verify-full") => "VerifyFull",
        ("Require Auth", var methods) => methods.Replace("scram-sha-256", "ScramSHA256", StringComparison.Ordinal),
        ("TCP Keepalive", "1") => "true",
        ("TCP Keepalive", "0") => "false",
        _ => value,
    };

    /// <summary>The text before and after the character at <paramref name="index"/>; null after when there is none.</summary>
    private static (string Before, string? After) Cut(string text, int index) =>
        index < 0 ? (text, null) : (text[..index], text[(index + 1)..]);
}
