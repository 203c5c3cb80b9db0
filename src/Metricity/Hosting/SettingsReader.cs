using System.Text.RegularExpressions;
using Metricity.Collect;
using Metricity.Database;
using Metricity.Export;
using Microsoft.Extensions.Configuration;
using static Metricity.Hosting.SettingsTable;

namespace Metricity.Hosting;

/// <summary>
/// Reads and checks the settings of <see cref="SettingsTable"/>, and collects every error before it gives up: one start tells the operator
/// all there is to mend. Secrets are never part of an error.
/// </summary>
internal sealed partial class SettingsReader(IConfiguration configuration)
{
    private readonly List<string> _errors = [];
    private readonly List<string> _changed = [];
    private readonly List<string> _warnings = [];

    /// <summary>Reads what a command needs.</summary>
    /// <exception cref="SettingsException">Every error found, each with the key and the way out.</exception>
    public Settings Read(SettingsNeeds needs)
    {
        CheckKeys();
        var guilds = ReadGuilds(needs);
        var settings = new Settings(
            Plain(ReadSecret(Token, needs)),
            Get(ApiBaseUrl),
            Get(Compression),
            ReadConnectionString(needs),
            guilds,
            new CollectOptions
            {
                BatchSize = Get(BatchSize),
                BatchDelay = Get(BatchDelay),
                QueueCapacity = Get(QueueCapacity),
                QueueBytes = Get(QueueBytes),
                CollectBots = Get(CollectBots),
            },
            Get(DrainTimeout),
            new LogSettings(Get(LogFormat) == "json", Get(LogLevel)))
        {
            Shard = ReadShard(guilds),
            Http = ReadHttp(),
            Otlp = ReadOtlp(),
            StallAfter = Get(StallAfter),
            Commands = Get(SettingsTable.Commands),
            Statsd = ReadStatsd(guilds),
            Errors = ReadErrorReports(),
            Changed = _changed,
            Warnings = _warnings,
        };

        return _errors.Count == 0 ? settings : throw new SettingsException(_errors);
    }

    private void CheckKeys()
    {
        foreach (var (section, names) in NamesBySection.Where(section => section.Key is not ("Guilds" or "ConnectionStrings")))
        {
            CheckNames(configuration.GetSection(section), names);
        }

        foreach (var guild in configuration.GetSection("Guilds").GetChildren())
        {
            CheckNames(guild, NamesBySection["Guilds"]);
        }
    }

    private void CheckNames(IConfigurationSection section, string[] known)
    {
        foreach (var child in section.GetChildren().Where(child => !known.Contains(child.Key, StringComparer.OrdinalIgnoreCase)))
        {
            _errors.Add($"{child.Path} is not a setting. Known here: {string.Join(", ", known)}.");
        }
    }

    private T Get<T>(Setting<T> setting) => Get(setting, setting.Key, setting.Alias);

    /// <param name="setting">What is read.</param>
    /// <param name="key">Its key, with the guild's number where it is a guild's.</param>
    /// <param name="alias">Another name that may hold it here.</param>
    private T Get<T>(Setting<T> setting, string key, string? alias = null)
    {
        var name = alias is null || Text(key) is not null ? key : $"{key} ({alias})";
        if ((Text(key) ?? (alias is null ? null : Text(alias))) is not { } text)
        {
            return setting.Fallback;
        }

        if (setting.Parse(text, out var value) is not { } problem)
        {
            if (setting.DefaultText.Length > 0 && !EqualityComparer<T>.Default.Equals(value, setting.Fallback))
            {
                _changed.Add($"{name} is {Shown(text)} (default {setting.DefaultText})");
            }

            return value;
        }

        _errors.Add($"{name}: '{Shown(text)}' {problem}");

        return setting.Fallback;
    }

    private Secret? ReadSecret(Setting<Secret?> setting, SettingsNeeds needs)
    {
        var value = Text(setting.Key);
        if (Text(setting.FileKey!) is not { } file)
        {
            value ??= setting.Alias is null ? null : Text(setting.Alias);
            if (value is null && (needs & setting.NeededBy) != 0)
            {
                _errors.Add($"{setting.Key} is not set. {setting.WhenMissing}");
            }

            return value is null ? null : new Secret(value.Trim());
        }

        if (value is not null)
        {
            _errors.Add($"{setting.Key} and {setting.FileKey} are both set. Keep one of them.");

            return null;
        }

        try
        {
            var text = File.ReadAllText(file).Trim();
            if (text.Length > 0)
            {
                return new Secret(text);
            }

            _errors.Add($"{setting.FileKey}: the file '{file}' is empty.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            _errors.Add($"{setting.FileKey}: the file '{file}' cannot be read. Check that it exists and that this user may read it.");
        }

        return null;
    }

    /// <summary>The token without what people copy along: <c>Bot </c> of the header, quotes, the name of a variable.</summary>
    private static Secret? Plain(Secret? token)
    {
        if (token is null)
        {
            return null;
        }

        var text = token.Reveal();
        for (var before = ""; before != text;)
        {
            before = text;
            text = AroundToken().Replace(text, "");
        }

        return new Secret(text);
    }

    private Secret? ReadConnectionString(SettingsNeeds needs)
    {
        if (ReadSecret(ConnectionString, needs) is not { } secret)
        {
            return null;
        }

        if (ConnectionStrings.TryParse(secret.Reveal(), out var connectionString, out var error, out var ignored))
        {
            _warnings.AddRange(ignored.Select(name => $"{ConnectionString.Key}: {name} means nothing to Metricity and is ignored."));

            return new Secret(connectionString);
        }

        _errors.Add($"{ConnectionString.Key} (or {ConnectionString.Alias}) {error}");

        return null;
    }

    private List<GuildSettings> ReadGuilds(SettingsNeeds needs)
    {
        var sections = configuration.GetSection("Guilds").GetChildren().ToList();
        if (sections.Count == 0)
        {
            sections.Add(configuration.GetSection("Guilds:0"));
        }

        var guilds = sections.Select((section, i) => ReadGuild(section, isFirst: i == 0, needs)).ToList();
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

    private GuildSettings ReadGuild(IConfigurationSection section, bool isFirst, SettingsNeeds needs)
    {
        string Key(Setting setting) => $"{section.Path}:{setting.Name}";

        var idKey = Key(GuildId);
        var alias = isFirst ? GuildId.Alias : null;
        var id = Get(GuildId, idKey, alias);
        if (Text(idKey) is null && (alias is null || Text(alias) is null) && ((needs & GuildId.NeededBy) != 0 || !isFirst))
        {
            _errors.Add($"{idKey} is not set. Give the guild's id (environment: {idKey.Replace(":", "__", StringComparison.Ordinal)}"
                + $"{(isFirst ? $" or {alias}" : "")}): in Discord, switch on Developer Mode, right-click the server, Copy Server ID.");
        }

        var errors = _errors.Count;
        var schema = Get(Schema, Key(Schema)) ?? (isFirst ? "public" : "");
        if (schema.Length == 0 && _errors.Count == errors)
        {
            _errors.Add(
                $"{Key(Schema)} is not set. Every guild after the first needs its own PostgreSQL schema, for example 'guild_two'.");
        }

        return new GuildSettings(
            id ?? default,
            schema,
            Get(StaffRoleId, Key(StaffRoleId)),
            Get(StaffCategories, Key(StaffCategories)),
            Get(StaffChannels, Key(StaffChannels)),
            Get(IgnoreCategories, Key(IgnoreCategories)));
    }

    private ShardSettings ReadShard(IReadOnlyList<GuildSettings> guilds)
    {
        var errors = _errors.Count;
        var shard = new ShardSettings(Get(ShardId), Get(ShardCount));
        if (_errors.Count > errors)
        {
            return ShardSettings.Single;
        }

        if (shard.Id >= shard.Count)
        {
            _errors.Add($"{ShardId.Key}: '{shard.Id}' is no shard from 0 to {shard.Count - 1} ({ShardCount.Key} is {shard.Count}).");
        }
        else if (guilds.All(guild => !guild.Id.IsNone && !shard.Has(guild.Id)))
        {
            var own = string.Join(", ", guilds.Select(guild => shard.ShardOf(guild.Id)).Distinct().Order());
            _errors.Add($"{ShardId.Key}: no guild in Guilds belongs to shard {shard.Id}, so there is nothing to collect. "
                + $"A guild's shard is (id >> 22) % {shard.Count}; yours are on {own}.");
        }

        return shard;
    }

    private HttpSettings ReadHttp()
    {
        // Here empty is a value, "off"; only a key that is nowhere takes the default.
        var isOff = configuration[HttpUrl.Key] is { } text && string.IsNullOrWhiteSpace(text);
        var health = isOff ? null : Get(HttpUrl);
        var hasReport = Get(HttpReport);
        if (hasReport && isOff)
        {
            _errors.Add($"{HttpReport.Key}: the report is given at {HttpUrl.Key}, which is empty. Set it, for example to {LoopbackUrl}, or "
                + $"switch {HttpReport.Key} off.");
        }

        return new HttpSettings(health, Text(MetricsUrl.Key) is null ? health : Get(MetricsUrl), hasReport);
    }

    private OtlpSettings? ReadOtlp()
    {
        var isGrpc = Get(OtlpProtocol) == "grpc";
        var headers = ReadSecret(OtlpHeaders, SettingsNeeds.None);
        var ratio = Get(TraceRatio);
        if (Text(OtlpEndpoint.Key) is null)
        {
            return null;
        }

        if (headers?.Reveal().Split(',').All(pair => pair.IndexOf('=', StringComparison.Ordinal) > 0) == false)
        {
            _errors.Add($"{OtlpHeaders.Key} (or the file in {OtlpHeaders.FileKey}) is not in the form name=value,name=value.");
        }

        return Get(OtlpEndpoint) is { } endpoint ? new OtlpSettings(endpoint, isGrpc, headers, ratio) : null;
    }

    /// <summary>Checked also when it is off, so that an error shows before it is switched on.</summary>
    private StatsdOptions? ReadStatsd(IReadOnlyList<GuildSettings> guilds)
    {
        var host = Get(StatsdHost);
        var options = new StatsdOptions(host ?? "", Get(StatsdPort), Get(StatsdNamespace), Get(StatsdInterval));
        if (host is null)
        {
            return null;
        }

        var byName = guilds.Select(guild => guild.Schema).Distinct(StringComparer.Ordinal).GroupBy(StatsdLines.Part);
        foreach (var twice in byName.Where(group => group.Count() > 1))
        {
            _errors.Add($"{StatsdHost.Key}: the schemas {string.Join(" and ", twice)} would share the name '{twice.Key}' in StatsD. Rename one, "
                + $"or leave {StatsdHost.Key} out.");
        }

        return options;
    }

    private ErrorReportOptions? ReadErrorReports()
    {
        var dsn = ReadSecret(SentryDsn, SettingsNeeds.None);
        var environment = Get(SentryEnvironment);
        if (dsn is not null && !IsDsn(dsn.Reveal()))
        {
            _errors.Add($"{SentryDsn.Key} (or {SentryDsn.Alias}) is no DSN. Copy it from Sentry, settings of the project, Client Keys (DSN); it "
                + "has the form https://KEY@HOST/PROJECT.");
        }

        return dsn is null ? null : new ErrorReportOptions { Dsn = dsn, Environment = environment };
    }

    /// <summary>As Sentry describes it (docs, "Data Source Name"). Plain http is for a Sentry of one's own.</summary>
    private static bool IsDsn(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri)
        && uri.Scheme is "https" or "http"
        && uri!.UserInfo.Length > 0
        && uri.AbsolutePath.Split('/')[^1].Length > 0
        && uri.Query.Length == 0;

    /// <summary>
    /// A wrong value as an error may show it: its beginning, for a secret that was put under the wrong key must not be printed whole.
    /// </summary>
    private static string Shown(string value)
    {
        const int MaxLength = 24;
        var printable = new string([.. value.Take(MaxLength).Select(c => char.IsControl(c) ? ' ' : c)]);

        return value.Length > MaxLength ? printable + "…" : printable;
    }

    [GeneratedRegex("^\\s*(?:export\\s+|[A-Za-z_][A-Za-z0-9_]*\\s*=|[Bb]ot\\s+|[\"'])|[\"']?\\s*\\z")]
    private static partial Regex AroundToken();

    /// <returns>Null when the key is not set, or blank. Of a list, its entries with commas between.</returns>
    private string? Text(string key)
    {
        var text = configuration[key] ?? string.Join(',', configuration.GetSection(key).GetChildren().Select(child => child.Value));

        return string.IsNullOrWhiteSpace(text) ? null : text;
    }
}
