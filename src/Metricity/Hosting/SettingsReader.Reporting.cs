using System.Text.RegularExpressions;
using Metricity.Reporting;

namespace Metricity.Hosting;

/// <summary>The sections of <see cref="Metricity.Reporting"/>.</summary>
internal sealed partial class SettingsReader
{
    /// <summary>Checked also when it is off, so that an error shows before it is switched on.</summary>
    private StatsdOptions? ReadStatsd(IReadOnlyList<GuildSettings> guilds)
    {
        var host = Value("Statsd:Host");
        if (host is not null && Uri.CheckHostName(host) == UriHostNameType.Unknown)
        {
            _errors.Add($"Statsd:Host: '{Shown(host)}' is no host name or address. Leave it out to send nothing to StatsD.");
        }

        var prefix = Value("Statsd:Namespace") ?? "metricity";
        if (!StatsdNamespace().IsMatch(prefix))
        {
            _errors.Add($"Statsd:Namespace: '{Shown(prefix)}' cannot begin a name. Use 1 to 64 letters, digits, '_' or '-', in parts separated "
                + "by dots.");
        }

        var options = new StatsdOptions(
            host ?? "",
            ReadInt("Statsd:Port", 8125, 1, 65535),
            prefix,
            ReadDuration("Statsd:Interval", TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(1), TimeSpan.FromHours(1)));
        if (host is null)
        {
            return null;
        }

        var byName = guilds.Select(guild => guild.Schema).Distinct(StringComparer.Ordinal).GroupBy(StatsdLines.Part);
        foreach (var twice in byName.Where(group => group.Count() > 1))
        {
            _errors.Add($"Statsd:Host: the schemas {string.Join(" and ", twice)} would share the name '{twice.Key}' in StatsD. Rename one, or "
                + "leave Statsd:Host out.");
        }

        return options;
    }

    private ErrorReportOptions? ReadErrorReports()
    {
        const string Key = "Sentry:Dsn";
        var errors = _errors.Count;
        var dsn = ReadSecret(Key, "Sentry:DsnFile", "SENTRY_DSN");
        var environment = Value("Sentry:Environment") ?? "production";
        if (!SentryEnvironment().IsMatch(environment))
        {
            _errors.Add($"Sentry:Environment: '{Shown(environment)}' is no name for it. Use 1 to 64 letters, digits, '.', '_' or '-'.");
        }

        if (dsn is not null && _errors.Count == errors && !IsDsn(dsn.Reveal()))
        {
            _errors.Add($"{Key} (or SENTRY_DSN) is no DSN. Copy it from Sentry, settings of the project, Client Keys (DSN); it has the form "
                + "https://KEY@HOST/PROJECT.");
        }

        return dsn is null ? null : new ErrorReportOptions { Dsn = dsn.Reveal(), Environment = environment };
    }

    /// <summary>As Sentry describes it (docs, "Data Source Name"). Plain http is for a Sentry of one's own.</summary>
    private static bool IsDsn(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri)
        && uri.Scheme is "https" or "http"
        && uri!.UserInfo.Length > 0
        && uri.AbsolutePath.Split('/')[^1].Length > 0
        && uri.Query.Length == 0;

    [GeneratedRegex("^[A-Za-z0-9._-]{1,64}\\z")]
    private static partial Regex SentryEnvironment();

    [GeneratedRegex("^(?=.{1,64}\\z)[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*\\z")]
    private static partial Regex StatsdNamespace();
}
