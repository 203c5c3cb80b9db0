using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Metricity.Collect;
using Metricity.Events;
using Metricity.Migrations;

namespace Metricity.Hosting;

/// <summary>Every setting, in the order of docs/settings.md.</summary>
internal static partial class SettingsTable
{
    public const string DiscordApi = "https://discord.com/api/v10";
    public const string LoopbackUrl = "http://127.0.0.1:8080";

    /// <summary>Far above the largest bots; a bound that catches a guild's id in the wrong place.</summary>
    private const int MaxShards = 65_536;

    private const string IdExample = "Ids are whole numbers such as 267624335836053506";

    private static readonly CollectOptions CollectDefaults = new();

    public static readonly Setting<Secret?> Token = Secret(
        "Discord:Token", "bot token; also `BOT_TOKEN`", alias: "BOT_TOKEN", neededBy: SettingsNeeds.Discord,
        whenMissing: "Give the bot's token (environment: Discord__Token or BOT_TOKEN; or Discord:TokenFile); "
            + "it is on the Bot page of your application in Discord's Developer Portal.");

    public static readonly Setting<Uri> ApiBaseUrl = new(
        "Discord:ApiBaseUrl", new Uri(DiscordApi), DiscordApi, "https, or http on this machine",
        "REST base; the gateway's address comes from there", ParseApi);

    public static readonly Setting<string> Compression = Choice(
        "Discord:Compression", "zlib-stream", ["zlib-stream", "none"], "transport compression of the gateway");

    public static readonly Setting<int> ShardCount = Int(
        "Discord:ShardCount", 1, 1, MaxShards, "",
        "shards of the bot in all processes together; needed from 2,500 guilds on. A guild is on shard `(id >> 22) % ShardCount`. A change "
        + "means new sessions: positions are kept by shard and count");

    public static readonly Setting<int> ShardId = Int(
        "Discord:ShardId", 0, 0, MaxShards - 1, "",
        "the shard that this process runs, below `Discord:ShardCount`; start a process for each");

    public static readonly Setting<bool> Commands = Bool(
        "Discord:Commands", false,
        "registers the slash command `/metricity status` in each guild and [answers it](../README.md#in-the-guild)");

    public static readonly Setting<Secret?> ConnectionString = Secret(
        "ConnectionStrings:Metricity",
        "database; also `DATABASE_URI`. Npgsql keywords, or a `postgres://`, `postgresql://` or `postgresql+asyncpg://` URI",
        alias: "DATABASE_URI", neededBy: SettingsNeeds.Database,
        whenMissing: "Give the database (environment: ConnectionStrings__Metricity or DATABASE_URI), "
            + "for example postgresql://user:password@localhost:5432/metricity.");

    public static readonly Setting<Snowflake?> GuildId = new(
        "Guilds:N:Id", null, "", "Discord id", "guild to collect, N = 0, 1, …; also `GUILD_ID` for the first", ParseId)
    {
        Alias = "GUILD_ID",
        NeededBy = SettingsNeeds.Guilds,
    };

    public static readonly Setting<string?> Schema = new(
        "Guilds:N:Schema", null, "", "what PostgreSQL takes as a name, up to 54 bytes",
        "PostgreSQL schema of the guild's tables, one for each guild. Not `metricity`, `insights`, `information_schema`, `pg_…`, `…_insights`, "
        + "and without `$`, `.`, `:`, `=` and characters that cannot be seen", ParseSchema)
    {
        DefaultNote = "`public` for the first, none for others",
    };

    public static readonly Setting<Snowflake?> StaffRoleId = new(
        "Guilds:N:StaffRoleId", null, "", "Discord id", "members with this role are staff", ParseId);

    public static readonly Setting<IReadOnlySet<Snowflake>> StaffCategories = Ids(
        "Guilds:N:StaffCategories", "ids, list or comma-separated", "all channels in them are staff channels");

    public static readonly Setting<IReadOnlySet<Snowflake>> StaffChannels = Ids("Guilds:N:StaffChannels", "ids", "single staff channels");

    public static readonly Setting<IReadOnlySet<Snowflake>> IgnoreCategories = Ids(
        "Guilds:N:IgnoreCategories", "ids", "messages in their channels are not collected");

    public static readonly Setting<bool> CollectBots = Bool(
        "Collect:Bots", CollectDefaults.CollectBots, "collect messages of bots and webhooks too");

    public static readonly Setting<int> BatchSize = Int(
        "Collect:BatchSize", CollectDefaults.BatchSize, 1, 50_000, " events", "most events in one transaction");

    public static readonly Setting<TimeSpan> BatchDelay = Duration(
        "Collect:BatchDelay", CollectDefaults.BatchDelay, TimeSpan.Zero, TimeSpan.FromSeconds(10), "0 to 10 s",
        "least time between two commits while events trickle in; the first after a pause commits at once");

    public static readonly Setting<int> QueueCapacity = Int(
        "Collect:QueueCapacity", CollectDefaults.QueueCapacity, 100, 10_000_000, " events",
        "most events waiting for the database; then reading pauses");

    public static readonly Setting<int> QueueBytes = Int(
        "Collect:QueueBytes", (int)CollectDefaults.QueueBytes, 1024 * 1024, int.MaxValue, " bytes", "most memory for waiting events (an estimate)");

    public static readonly Setting<TimeSpan> DrainTimeout = Duration(
        "Collect:DrainTimeout", TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(1), TimeSpan.FromHours(1), "1 s to 1 h",
        "time to commit what was read when asked to stop");

    public static readonly Setting<Uri?> HttpUrl = new(
        "Http:Url", new Uri(LoopbackUrl), LoopbackUrl, "http, IP address or `localhost`; empty = off",
        "where health answers and metrics are given. There is no login: other addresses than the loopback belong into a private network",
        ParseAddress);

    public static readonly Setting<Uri?> MetricsUrl = new(
        "Http:MetricsUrl", null, "", "the same", "an address of its own for `/metrics`, which `Http:Url` then leaves out", ParseAddress)
    {
        DefaultNote = "as `Http:Url`",
    };

    public static readonly Setting<bool> HttpReport = Bool(
        "Http:Report", false,
        "gives the [report](../README.md#report) at the root of `Http:Url`. It names members and channels: see there");

    public static readonly Setting<TimeSpan> StallAfter = Duration(
        "Health:StallAfter", TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(1), TimeSpan.FromDays(1), "1 min to 1 day",
        "events that wait this long without a commit make it unhealthy");

    public static readonly Setting<Uri?> OtlpEndpoint = new(
        "Otlp:Endpoint", null, "", "http or https", "where metrics and traces are sent by OTLP, such as `http://127.0.0.1:4317`", ParseReceiver)
    {
        DefaultNote = "empty = off",
    };

    public static readonly Setting<string> OtlpProtocol = Choice(
        "Otlp:Protocol", "grpc", ["grpc", "http/protobuf"],
        "for `http/protobuf` the paths `/v1/metrics` and `/v1/traces` are added");

    public static readonly Setting<Secret?> OtlpHeaders = Secret(
        "Otlp:Headers", "sent along, for a receiver that wants a key", range: "`name=value,name=value`");

    public static readonly Setting<double> TraceRatio = new(
        "Otlp:TraceRatio", 0.001, "0.001", "0 to 1", "part of the events that is traced", ParseRatio);

    public static readonly Setting<Secret?> SentryDsn = Secret(
        "Sentry:Dsn", "reports errors to Sentry; also `SENTRY_DSN` ([what is sent](../README.md#privacy))",
        range: "https://KEY@HOST/PROJECT", alias: "SENTRY_DSN", defaultNote: "off");

    public static readonly Setting<string> SentryEnvironment = Pattern(
        "Sentry:Environment", "production", SentryEnvironmentPattern(), "letters, digits, `.`, `_`, `-`",
        "tells installations apart in Sentry", "is no name for it. Use 1 to 64 letters, digits, '.', '_' or '-'.");

    public static readonly Setting<string?> StatsdHost = new(
        "Statsd:Host", null, "", "host name or address", "sends figures to StatsD over UDP: [StatsD](../README.md#statsd)", ParseHost)
    {
        DefaultNote = "off",
    };

    public static readonly Setting<int> StatsdPort = Int("Statsd:Port", 8125, 1, 65_535, "", "its UDP port");

    public static readonly Setting<string> StatsdNamespace = Pattern(
        "Statsd:Namespace", "metricity", StatsdNamespacePattern(), "letters, digits, `_`, `-`, dots", "what names begin with",
        "cannot begin a name. Use 1 to 64 letters, digits, '_' or '-', in parts separated by dots.");

    public static readonly Setting<TimeSpan> StatsdInterval = Duration(
        "Statsd:Interval", TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(1), TimeSpan.FromHours(1), "1 s to 1 h",
        "time between two sends; StatsD's flush interval or a fraction of it");

    public static readonly Setting<string> LogFormat = Choice(
        "Log:Format", "text", ["text", "json"], "readable lines, or one JSON object a line; on standard output");

    public static readonly Setting<string> LogLevel = Choice(
        "Log:Level", "Information", ["Debug", "Information", "Warning", "Error"], "least level written");

    /// <summary>Without the file keys of secrets.</summary>
    public static readonly IReadOnlyList<Setting> All =
    [
        Token, ApiBaseUrl, Compression, ShardCount, ShardId, Commands, ConnectionString, GuildId, Schema, StaffRoleId, StaffCategories,
        StaffChannels, IgnoreCategories, CollectBots, BatchSize, BatchDelay, QueueCapacity, QueueBytes, DrainTimeout, HttpUrl, MetricsUrl,
        HttpReport, StallAfter, OtlpEndpoint, OtlpProtocol, OtlpHeaders, TraceRatio, SentryDsn, SentryEnvironment, StatsdHost, StatsdPort,
        StatsdNamespace, StatsdInterval, LogFormat, LogLevel,
    ];

    /// <summary>The known names in each section; <c>Guilds</c> has those of one guild.</summary>
    public static readonly IReadOnlyDictionary<string, string[]> NamesBySection = All
        .SelectMany(setting => setting.IsSecret
            ? [(setting.Section, setting.Name), (setting.Section, setting.Name + "File")]
            : new[] { (setting.Section, setting.Name) })
        .GroupBy(pair => pair.Section, pair => pair.Name, StringComparer.OrdinalIgnoreCase)
        .ToDictionary(section => section.Key, section => section.ToArray(), StringComparer.OrdinalIgnoreCase);

    /// <summary>False for keys that nothing reads. The environment holds many of those, the command line none.</summary>
    public static bool MayBeSetting(string key)
    {
        return key.Contains(':', StringComparison.Ordinal)
            ? NamesBySection.ContainsKey(key.Split(':')[0])
            : All.Any(setting => key.Equals(setting.Alias, StringComparison.OrdinalIgnoreCase));
    }

    private static Setting<int> Int(string key, int fallback, int min, int max, string unit, string meaning)
    {
        return new Setting<int>(key, fallback, Invariant($"{fallback}"), Invariant($"{min:N0} to {max:N0}{unit}"), meaning,
            (string text, out int value) =>
                int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out value) && value >= min && value <= max
                    ? null
                    : Invariant($"is not a whole number from {min} to {max}. Default: {fallback}."));
    }

    private static Setting<bool> Bool(string key, bool fallback, string meaning)
    {
        var name = fallback ? "true" : "false";

        return new Setting<bool>(key, fallback, name, "`true`, `false`", meaning,
            (string text, out bool value) => bool.TryParse(text, out value) ? null : $"is neither true nor false. Default: {name}.");
    }

    private static Setting<TimeSpan> Duration(string key, TimeSpan fallback, TimeSpan min, TimeSpan max, string range, string meaning)
    {
        var name = fallback.Milliseconds == 0 ? fallback.ToString("c") : fallback.ToString(@"hh\:mm\:ss\.fff", CultureInfo.InvariantCulture);

        return new Setting<TimeSpan>(key, fallback, name, range, meaning,
            (string text, out TimeSpan value) =>
                TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out value)
                && text.Contains(':', StringComparison.Ordinal) && value >= min && value <= max
                    ? null
                    : $"is not a duration from {min:c} to {max:c} in the form hours:minutes:seconds. Default: {name}.");
    }

    private static Setting<string> Choice(string key, string fallback, string[] choices, string meaning)
    {
        return new Setting<string>(key, fallback, fallback, string.Join(", ", choices.Select(choice => $"`{choice}`")), meaning,
            (string text, out string value) =>
            {
                value = text;

                return choices.Contains(text, StringComparer.Ordinal)
                    ? null
                    : $"is not one of {string.Join(", ", choices)}. Default: {fallback}.";
            });
    }

    private static Setting<string> Pattern(string key, string fallback, Regex pattern, string range, string meaning, string wrong)
    {
        return new Setting<string>(key, fallback, fallback, range, meaning,
            (string text, out string value) =>
            {
                value = text;

                return pattern.IsMatch(text) ? null : wrong;
            });
    }

    private static Setting<Secret?> Secret(
        string key,
        string meaning,
        string range = "",
        string? alias = null,
        SettingsNeeds neededBy = SettingsNeeds.None,
        string? whenMissing = null,
        string? defaultNote = null)
    {
        return new Setting<Secret?>(key, null, "", range, meaning,
            (string text, out Secret? value) =>
            {
                value = new Secret(text.Trim());

                return null;
            })
        {
            FileKey = key + "File",
            Alias = alias,
            NeededBy = neededBy,
            WhenMissing = whenMissing,
            DefaultNote = defaultNote,
        };
    }

    private static Setting<IReadOnlySet<Snowflake>> Ids(string key, string range, string meaning)
    {
        return new Setting<IReadOnlySet<Snowflake>>(key, new HashSet<Snowflake>(), "", range, meaning,
            (string text, out IReadOnlySet<Snowflake> value) =>
            {
                var ids = new HashSet<Snowflake>();
                value = ids;
                foreach (var part in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
                {
                    if (!Snowflake.TryParse(part, out var id))
                    {
                        return $"is no list of Discord ids. {IdExample}; separate several by commas.";
                    }

                    ids.Add(id);
                }

                return null;
            });
    }

    private static string? ParseId(string text, out Snowflake? value)
    {
        var isId = Snowflake.TryParse(text.AsSpan().Trim(), out var id);
        value = isId ? id : null;

        return isId ? null : $"is no Discord id. {IdExample}.";
    }

    private static string? ParseSchema(string text, out string? value)
    {
        value = text;

        return SchemaName.Problem(text) is { } problem ? $"cannot be a guild's schema: {problem}. Choose another name." : null;
    }

    private static string? ParseApi(string text, out Uri value)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out value!) || value.Scheme is not ("https" or "http") || value.Query.Length > 0)
        {
            return $"is no URL. Leave it out for Discord's own, {DiscordApi}.";
        }

        return value.Scheme == "https" || value.IsLoopback
            ? null
            : "would send the token unencrypted. Use https (http is for this machine only).";
    }

    /// <summary>An address to listen on. A name would be listened on at every address of the machine: not what somebody means who writes one.</summary>
    private static string? ParseAddress(string text, out Uri? value)
    {
        return Uri.TryCreate(text, UriKind.Absolute, out value) && value.Scheme == "http" && value.PathAndQuery == "/"
            && value.UserInfo.Length == 0 && ((value.Host == "localhost" && value.Port > 0) || IPAddress.TryParse(value.Host, out _))
            ? null
            : $"is no address to listen on. Use http, an IP address or localhost, and a port: {LoopbackUrl} (this machine only) or "
                + "http://0.0.0.0:8080 (all addresses); leave Http:Url empty for none.";
    }

    private static string? ParseReceiver(string text, out Uri? value)
    {
        return Uri.TryCreate(text, UriKind.Absolute, out value) && value.Scheme is "http" or "https" && value!.Query.Length == 0
            ? null
            : "is no URL. Give the receiver's, such as http://127.0.0.1:4317 (grpc) or http://127.0.0.1:4318 (http/protobuf), or leave it "
                + "empty to send nothing.";
    }

    private static string? ParseRatio(string text, out double value)
    {
        return double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out value) && value is >= 0 and <= 1
            ? null
            : "is not a number from 0 to 1. Default: 0.001.";
    }

    private static string? ParseHost(string text, out string? value)
    {
        value = text;

        return Uri.CheckHostName(text) == UriHostNameType.Unknown
            ? "is no host name or address. Leave it out to send nothing to StatsD."
            : null;
    }

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);

    [GeneratedRegex("^[A-Za-z0-9._-]{1,64}\\z")]
    private static partial Regex SentryEnvironmentPattern();

    [GeneratedRegex("^(?=.{1,64}\\z)[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*\\z")]
    private static partial Regex StatsdNamespacePattern();
}
