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

    [GeneratedRegex("^(?=.{1,64}\\z)[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*\\z")]
    private static partial Regex StatsdNamespace();
}
