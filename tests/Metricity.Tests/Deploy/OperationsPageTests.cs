using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Metricity.Testing;

namespace Metricity.Tests.Deploy;

/// <summary>docs/operations.md names what there is, and leaves out no line that an operator may have to act on.</summary>
public sealed partial class OperationsPageTests
{
    private const string Page = "docs/operations.md";

    /// <summary>Number of each log event, by room and name.</summary>
    private static readonly Dictionary<string, int> Ids = typeof(LogEvents).GetNestedTypes()
        .SelectMany(type => type.GetFields(BindingFlags.Public | BindingFlags.Static).Where(field => field.IsLiteral))
        .ToDictionary(field => $"{field.DeclaringType!.Name}.{field.Name}", field => (int)field.GetRawConstantValue()!);

    /// <summary>The table of log lines: id and level.</summary>
    private static readonly Dictionary<int, string> Rows = Row().Matches(Repository.Read(Page))
        .ToDictionary(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture), match => match.Groups[2].Value);

    /// <summary>Names of roles, volumes and PostgreSQL's own look like metrics.</summary>
    private static readonly string[] NotMetrics =
    [
        "metricity_reader", "pg_dump", "pg_dumpall", "pg_restore", "pg_upgrade", "pg_stat_activity", "pg_terminate_backend",
        "pg_blocking_pids", "pg_replication_slots",
    ];

    [Fact]
    public void Every_warning_and_error_of_the_program_has_a_row_with_its_level()
    {
        var lines = Repository.Files("src/Metricity", "*.cs")
            .Where(file => !file.Split(Path.DirectorySeparatorChar).Any(part => part is "obj" or "bin"))
            .SelectMany(file => LogMessage().Matches(File.ReadAllText(file)))
            .Select(match => (Id: Ids[match.Groups[1].Value], Level: match.Groups[2].Value))
            .ToList();

        Assert.True(lines.Count > 50, "the attributes are written differently now: the pattern does not find them");
        var unexplained = lines.Where(line => line.Level is "Warning" or "Error" && Rows.GetValueOrDefault(line.Id) != line.Level);
        Assert.Empty(unexplained.Select(line => $"{line.Id} {line.Level}"));

        // A line without a level of its own is one that some callers make a warning.
        Assert.Empty(lines.Where(line => line.Level.Length == 0 && !Rows.ContainsKey(line.Id)).Select(line => line.Id));
        var alerting = lines.Where(line => line.Level is "" or "Warning" or "Error").Select(line => line.Id);
        Assert.Empty(Rows.Keys.Except(alerting));
    }

    [Fact]
    public void Every_number_of_a_log_line_in_rules_and_page_is_one_of_the_program()
    {
        var numbers = new[] { Page, "deploy/prometheus/rules/metricity.yml" }
            .SelectMany(file => LineNumber().Matches(Repository.Read(file)).SelectMany(match => match.Groups[1].Value.Split(" or ")))
            .Select(number => int.Parse(number, CultureInfo.InvariantCulture))
            .ToList();

        Assert.NotEmpty(numbers);
        Assert.Empty(numbers.Except(Ids.Values));
    }

    [Fact]
    public void Every_link_leads_somewhere()
    {
        var anchors = Markdown.Anchors(Page);
        Assert.All(
            Markdown.Links(Page).Where(link => !link.StartsWith("http", StringComparison.Ordinal)),
            link => Assert.True(link.StartsWith('#') ? anchors.Contains(link[1..]) : Repository.Has("docs/" + link), link));
    }

    [Fact]
    public void Every_setting_it_names_is_one()
    {
        var keys = SettingName().Matches(Repository.Read(Page)).Select(match => match.Groups[1].Value).Distinct().ToList();

        Assert.NotEmpty(keys);
        Assert.Empty(keys.Select(Known.WrongKey).OfType<string>());
    }

    [Fact]
    public void Every_metric_it_names_is_documented_in_the_readme()
    {
        var named = Code().Matches(Repository.Read(Page)).SelectMany(match => Known.MetricsIn(match.Value));

        Assert.Empty(named.Except(Known.DocumentedMetrics()).Except(NotMetrics));
    }

    [GeneratedRegex(@"\[LoggerMessage\(\s*(?:EventId\s*=\s*)?LogEvents\.(\w+\.\w+),\s*(?:(?:Level\s*=\s*)?LogLevel\.(\w+))?")]
    private static partial Regex LogMessage();

    [GeneratedRegex("`[^`]*`")]
    private static partial Regex Code();

    [GeneratedRegex(@"^\| (\d{4,5}) \| (Warning|Error) \|", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"\b[Ll]ine (\d{4,5}(?: or \d{4,5})*)")]
    private static partial Regex LineNumber();

    [GeneratedRegex(@"`((?:Discord|ConnectionStrings|Guilds|Collect|Log|Http|Health|Otlp|Statsd|Sentry)(?::\w+)+)`")]
    private static partial Regex SettingName();
}
