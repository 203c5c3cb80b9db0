using System.Globalization;
using System.Text.RegularExpressions;
using Metricity.Events;
using Metricity.Ingest;
using Metricity.Storage;
using Microsoft.Extensions.Configuration;

namespace Metricity.Hosting;

/// <summary>
/// Reads and checks the settings, and collects every error before it gives up: one start tells the operator all there is to mend.
/// Secrets are never part of an error.
/// </summary>
internal sealed partial class SettingsReader(IConfiguration configuration)
{
    /// <summary>Far above the largest bots; a bound that catches a guild's id in the wrong place.</summary>
    private const int MostShards = 65_536;

    private static readonly Dictionary<string, string[]> KnownKeys = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Discord"] = ["Token", "TokenFile", "ApiBaseUrl", "Compression", "ShardCount", "Shards", "Commands"],
        ["Collect"] = ["Bots", "BatchSize", "BatchDelay", "QueueCapacity", "QueueBytes", "DrainTimeout"],
        ["Log"] = ["Format", "Level"],
        ["Http"] = ["Url", "MetricsUrl", "Report"],
        ["Health"] = ["StallAfter"],
        ["Otlp"] = ["Endpoint", "Protocol", "Headers", "HeadersFile", "TraceRatio"],
        ["Sentry"] = ["Dsn", "DsnFile", "Environment"],
        ["Statsd"] = ["Host", "Port", "Namespace", "Interval"],
    };

    private static readonly string[] OtherNames = ["BOT_TOKEN", "DATABASE_URI", "GUILD_ID", "SENTRY_DSN"];

    private static readonly string[] KnownGuildKeys =
        ["Id", "Schema", "StaffRoleId", "StaffCategories", "StaffChannels", "IgnoreCategories"];

    private readonly List<string> _errors = [];

    /// <summary>False for keys that nothing reads. The environment holds many of those, the command line none.</summary>
    public static bool MayBeSetting(string key)
    {
        var section = key.Split(':')[0];

        return key.Contains(':', StringComparison.Ordinal)
            ? KnownKeys.ContainsKey(section) || section.ToUpperInvariant() is "GUILDS" or "CONNECTIONSTRINGS"
            : OtherNames.Contains(key, StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>Reads what a command needs.</summary>
    /// <exception cref="SettingsException">Every error found, each with the key and the way out.</exception>
    public Settings Read(SettingsNeeds needs)
    {
        CheckKeys();
        var token = ReadSecret("Discord:Token", "Discord:TokenFile", "BOT_TOKEN");
        if (token is null && needs.HasFlag(SettingsNeeds.Discord))
        {
            _errors.Add("Discord:Token is not set. Give the bot's token (environment: Discord__Token or BOT_TOKEN; or Discord:TokenFile); "
                + "it is on the Bot page of your application in Discord's Developer Portal.");
        }

        var settings = new Settings(
            token,
            ReadApiBaseUrl(),
            ReadChoice("Discord:Compression", "zlib-stream", ["zlib-stream", "none"]),
            ReadConnectionString(needs),
            ReadGuilds(needs),
            new IngestOptions
            {
                BatchSize = ReadInt("Collect:BatchSize", 2_000, 1, 50_000),
                BatchDelay = ReadDuration("Collect:BatchDelay", TimeSpan.FromMilliseconds(50), TimeSpan.Zero, TimeSpan.FromSeconds(10)),
                QueueCapacity = ReadInt("Collect:QueueCapacity", 250_000, 100, 10_000_000),
                QueueBytes = ReadInt("Collect:QueueBytes", 64 * 1024 * 1024, 1024 * 1024, int.MaxValue),
                CollectBots = ReadBool("Collect:Bots", false),
            },
            ReadDuration("Collect:DrainTimeout", TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(1), TimeSpan.FromHours(1)),
            new LogSettings(
                ReadChoice("Log:Format", "text", ["text", "json"]) == "json",
                ReadChoice("Log:Level", "Information", ["Debug", "Information", "Warning", "Error"])));
        settings = settings with
        {
            Sharding = ReadShards(settings.Guilds),
            Http = ReadHttp(),
            Otlp = ReadOtlp(),
            StallAfter = ReadDuration("Health:StallAfter", TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(1), TimeSpan.FromDays(1)),
            Commands = ReadBool("Discord:Commands", false),
            Statsd = ReadStatsd(settings.Guilds),
            Errors = ReadErrorReports(),
        };

        return _errors.Count == 0 ? settings : throw new SettingsException(_errors);
    }

    private void CheckKeys()
    {
        foreach (var (section, keys) in KnownKeys)
        {
            foreach (var child in configuration.GetSection(section).GetChildren())
            {
                CheckKey(child, keys);
            }
        }

        foreach (var guild in configuration.GetSection("Guilds").GetChildren())
        {
            foreach (var child in guild.GetChildren())
            {
                CheckKey(child, KnownGuildKeys);
            }
        }
    }

    private void CheckKey(IConfigurationSection child, string[] known)
    {
        if (!known.Contains(child.Key, StringComparer.OrdinalIgnoreCase))
        {
            _errors.Add($"{child.Path} is not a setting. Known here: {string.Join(", ", known)}.");
        }
    }

    private Secret? ReadSecret(string key, string fileKey, string? alias)
    {
        var value = Value(key) ?? (Value(fileKey) is null && alias is not null ? Value(alias) : null);
        if (Value(fileKey) is not { } file)
        {
            return value is null ? null : new Secret(value.Trim());
        }

        if (value is not null)
        {
            _errors.Add($"{key} and {fileKey} are both set. Keep one of them.");

            return new Secret(value);
        }

        try
        {
            var text = File.ReadAllText(file).Trim();
            if (text.Length > 0)
            {
                return new Secret(text);
            }

            _errors.Add($"{fileKey}: the file '{file}' is empty.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            _errors.Add($"{fileKey}: the file '{file}' cannot be read. Check that it exists and that this user may read it.");
        }

        return new Secret("unreadable");
    }

    private Secret? ReadConnectionString(SettingsNeeds needs)
    {
        const string Key = "ConnectionStrings:Metricity";
        var errors = _errors.Count;
        if (ReadSecret(Key, "ConnectionStrings:MetricityFile", "DATABASE_URI") is not { } secret)
        {
            if (needs.HasFlag(SettingsNeeds.Database))
            {
                _errors.Add($"{Key} is not set. Give the database (environment: ConnectionStrings__Metricity or DATABASE_URI), "
                    + "for example postgresql://user:password@localhost:5432/metricity.");
            }

            return null;
        }

        if (_errors.Count > errors)
        {
            return null;
        }

        if (ConnectionStrings.TryParse(secret.Reveal(), out var connectionString, out var error))
        {
            return new Secret(connectionString);
        }

        _errors.Add($"{Key} (or DATABASE_URI) {error}");

        return null;
    }

    private List<GuildSettings> ReadGuilds(SettingsNeeds needs)
    {
        var guilds = new List<GuildSettings>();
        var sections = configuration.GetSection("Guilds").GetChildren().ToList();
        if (sections.Count == 0)
        {
            sections.Add(configuration.GetSection("Guilds:0"));
        }

        for (var i = 0; i < sections.Count; i++)
        {
            guilds.Add(ReadGuild(sections[i].Path, i == 0, needs));
        }

        foreach (var twice in guilds.Where(guild => !guild.Id.IsNone).GroupBy(guild => guild.Id).Where(group => group.Count() > 1))
        {
            _errors.Add($"Guilds: guild {twice.Key} is listed {twice.Count()} times. Keep one entry.");
        }

        var bySchema = guilds.GroupBy(guild => guild.Schema, StringComparer.Ordinal);
        foreach (var twice in bySchema.Where(group => group.Key.Length > 0 && group.Count() > 1))
        {
            _errors.Add($"Guilds: {twice.Count()} guilds share the schema '{twice.Key}'. Give each guild its own Schema.");
        }

        return guilds;
    }

    private GuildSettings ReadGuild(string path, bool isFirst, SettingsNeeds needs)
    {
        var idKey = path + ":Id";
        var id = ReadId(idKey, isFirst ? "GUILD_ID" : null);
        if (id is null && Raw(idKey, isFirst ? "GUILD_ID" : null) is null && (needs.HasFlag(SettingsNeeds.Guilds) || !isFirst))
        {
            _errors.Add($"{idKey} is not set. Give the guild's id (environment: {idKey.Replace(":", "__", StringComparison.Ordinal)}"
                + $"{(isFirst ? " or GUILD_ID" : "")}): in Discord, switch on Developer Mode, right-click the server, Copy Server ID.");
        }

        var schema = Value(path + ":Schema") ?? (isFirst ? "public" : "");
        if (schema.Length == 0)
        {
            _errors.Add($"{path}:Schema is not set. Every guild after the first needs its own PostgreSQL schema, for example 'guild_two'.");
        }
        else if (!SchemaName().IsMatch(schema) || schema is "metricity" or "information_schema"
            || schema.StartsWith("pg_", StringComparison.Ordinal))
        {
            _errors.Add($"{path}:Schema: '{Shown(schema)}' cannot be a guild's schema. Use 1 to 63 letters, digits, '_' or '-', beginning "
                + "with a letter or '_', and not metricity, information_schema or pg_….");
        }

        return new GuildSettings(
            id ?? default,
            schema,
            ReadId(path + ":StaffRoleId", null),
            ReadIds(path + ":StaffCategories"),
            ReadIds(path + ":StaffChannels"),
            ReadIds(path + ":IgnoreCategories"));
    }

    private ShardSettings ReadShards(IReadOnlyList<GuildSettings> guilds)
    {
        var errors = _errors.Count;
        var count = ReadInt("Discord:ShardCount", 1, 1, MostShards);

        return ShardSettings.Read(count, _errors.Count > errors ? null : Value("Discord:Shards"), guilds, _errors);
    }

    private Uri ReadApiBaseUrl()
    {
        const string Key = "Discord:ApiBaseUrl";
        var text = Value(Key) ?? "https://discord.com/api/v10";
        if (Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "https" or "http" && uri!.Query.Length == 0)
        {
            if (uri.Scheme == "https" || uri.IsLoopback)
            {
                return uri;
            }

            _errors.Add($"{Key}: '{Shown(text)}' would send the token unencrypted. Use https (http is for this machine only).");
        }
        else
        {
            _errors.Add($"{Key}: '{Shown(text)}' is no URL. Leave it out for Discord's own, https://discord.com/api/v10.");
        }

        return new Uri("https://discord.com/api/v10");
    }

    private HashSet<Snowflake> ReadIds(string key)
    {
        var ids = new HashSet<Snowflake>();
        var section = configuration.GetSection(key);
        var texts = section.GetChildren().Select(child => child.Value ?? "")
            .Concat((Value(key) ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
        foreach (var text in texts)
        {
            if (Snowflake.TryParse(text.AsSpan().Trim(), out var id))
            {
                ids.Add(id);
            }
            else
            {
                _errors.Add($"{key}: '{Shown(text)}' is no Discord id. Ids are whole numbers such as 267624335836053506; "
                    + "separate several by commas.");
            }
        }

        return ids;
    }

    private Snowflake? ReadId(string key, string? alias)
    {
        if (Raw(key, alias) is not { } text)
        {
            return null;
        }

        if (Snowflake.TryParse(text.AsSpan().Trim(), out var id))
        {
            return id;
        }

        var name = alias is null || Value(key) is not null ? key : $"{key} ({alias})";
        _errors.Add($"{name}: '{Shown(text)}' is no Discord id. Ids are whole numbers such as 267624335836053506.");

        return null;
    }

    private int ReadInt(string key, int fallback, int min, int max)
    {
        if (Value(key) is not { } text)
        {
            return fallback;
        }

        if (int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max)
        {
            return value;
        }

        _errors.Add($"{key}: '{Shown(text)}' is not a whole number from {min} to {max}. Default: {fallback}.");

        return fallback;
    }

    private bool ReadBool(string key, bool fallback)
    {
        if (Value(key) is not { } text)
        {
            return fallback;
        }

        if (bool.TryParse(text, out var value))
        {
            return value;
        }

        _errors.Add($"{key}: '{Shown(text)}' is neither true nor false. Default: {(fallback ? "true" : "false")}.");

        return fallback;
    }

    private TimeSpan ReadDuration(string key, TimeSpan fallback, TimeSpan min, TimeSpan max)
    {
        if (Value(key) is not { } text)
        {
            return fallback;
        }

        if (TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out var value) && text.Contains(':', StringComparison.Ordinal)
            && value >= min && value <= max)
        {
            return value;
        }

        _errors.Add($"{key}: '{Shown(text)}' is not a duration from {min:c} to {max:c} in the form hours:minutes:seconds. "
            + $"Default: {fallback:c}.");

        return fallback;
    }

    private string ReadChoice(string key, string fallback, string[] choices)
    {
        var text = Value(key) ?? fallback;
        if (choices.Contains(text, StringComparer.Ordinal))
        {
            return text;
        }

        _errors.Add($"{key}: '{Shown(text)}' is not one of {string.Join(", ", choices)}. Default: {fallback}.");

        return fallback;
    }

    /// <summary>
    /// A wrong value as an error may show it: its beginning, for a secret that was put under the wrong key must not be printed whole.
    /// </summary>
    private static string Shown(string value)
    {
        const int Most = 24;
        var printable = new string([.. value.Take(Most).Select(c => char.IsControl(c) ? ' ' : c)]);

        return value.Length > Most ? printable + "…" : printable;
    }

    private string? Raw(string key, string? alias) => Value(key) ?? (alias is null ? null : Value(alias));

    private string? Value(string key) => configuration[key] is { } value && !string.IsNullOrWhiteSpace(value) ? value : null;

    [GeneratedRegex("^[A-Za-z_][A-Za-z0-9_-]{0,62}\\z")]
    private static partial Regex SchemaName();
}
