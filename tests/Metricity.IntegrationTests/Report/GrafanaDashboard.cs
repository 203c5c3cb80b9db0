using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Metricity.Testing;

namespace Metricity.IntegrationTests.Report;

/// <summary>What a query of a dashboard is for; it decides which columns Grafana wants of it.</summary>
internal enum QueryUse
{
    Variable,
    Annotation,
    Series,
    Table,
}

/// <param name="Place">Title of the panel, or name of the variable or annotation.</param>
/// <param name="Panel">The panel that the query belongs to.</param>
internal sealed record DashboardQuery(string Place, QueryUse Use, string Sql, JsonElement? Panel);

/// <summary>A file of deploy/grafana/dashboards, and what Grafana makes of the macros and variables in its SQL.</summary>
internal sealed partial class GrafanaDashboard
{
    private static readonly string Folder = Repository.PathOf("deploy/grafana/dashboards");

    private readonly JsonElement _root;

    private GrafanaDashboard(JsonElement root) => _root = root;

    public static IEnumerable<string> Files => Directory.EnumerateFiles(Folder, "*.json").Select(file => Path.GetFileName(file));

    public IEnumerable<DashboardQuery> Queries =>
    [
        .. Variables.Where(variable => Text(variable, "type") == "query")
            .Select(variable => new DashboardQuery(Text(variable, "name"), QueryUse.Variable, Text(variable, "query"), null)),
        .. _root.GetProperty("annotations").GetProperty("list").EnumerateArray()
            .Select(annotation => new DashboardQuery(
                Text(annotation, "name"), QueryUse.Annotation, Text(annotation.GetProperty("target"), "rawSql"), null)),
        .. from panel in _root.GetProperty("panels").EnumerateArray()
           where panel.TryGetProperty("targets", out _)
           from target in panel.GetProperty("targets").EnumerateArray()
           where target.TryGetProperty("rawSql", out _)
           select new DashboardQuery(
               Text(panel, "title"),
               Text(target, "format") == "time_series" ? QueryUse.Series : QueryUse.Table,
               Text(target, "rawSql"),
               panel),
    ];

    /// <summary>Length of the range that the dashboard opens with.</summary>
    public TimeSpan Range => Length(Text(_root.GetProperty("time"), "from")["now-".Length..]);

    private IEnumerable<JsonElement> Variables => _root.GetProperty("templating").GetProperty("list").EnumerateArray();

    public static GrafanaDashboard Read(string file)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, file)));

        return new GrafanaDashboard(document.RootElement.Clone());
    }

    /// <summary>Values of the variables that ask no query, as the dashboard opens with them.</summary>
    public Dictionary<string, string> Defaults() => Variables.Where(variable => Text(variable, "type") != "query")
        .ToDictionary(variable => Text(variable, "name"), variable => Text(variable.GetProperty("current"), "value"));

    /// <summary>Where a panel has a range of its own it counts; <paramref name="from"/> otherwise.</summary>
    public static DateTime From(DashboardQuery query, DateTime from, DateTime to) =>
        query.Panel is { } panel && panel.TryGetProperty("timeFrom", out var own) ? to - Length(own.GetString()!) : from;

    /// <summary>Grafana's data source for PostgreSQL doubles the quotes in a value, and puts none around it.</summary>
    public static string Fill(DashboardQuery query, IReadOnlyDictionary<string, string> values, DateTime from, DateTime to)
    {
        var sql = query.Sql
            .Replace("$__timeFrom()", Iso(From(query, from, to)), StringComparison.Ordinal)
            .Replace("$__timeTo()", Iso(to), StringComparison.Ordinal);
        sql = Variable().Replace(sql, match => values[match.Groups[1].Value].Replace("'", "''", StringComparison.Ordinal));
        Assert.DoesNotContain('$', sql);

        return sql;
    }

    /// <summary>The columns that a panel's settings name: overrides, links, the axis of a bar chart, transformations.</summary>
    public static IEnumerable<string> NamedColumns(JsonElement panel)
    {
        var overrides = panel.GetProperty("fieldConfig").GetProperty("overrides").EnumerateArray()
            .Select(item => item.GetProperty("matcher"))
            .Where(matcher => Text(matcher, "id") == "byName")
            .Select(matcher => Text(matcher, "options"));
        var linked = LinkedColumn().Matches(panel.GetRawText()).Select(match => match.Groups[1].Value);
        string[] axis = panel.GetProperty("options").TryGetProperty("xField", out var field) ? [field.GetString()!] : [];
        var transformed = panel.TryGetProperty("transformations", out var list)
            ? from item in list.EnumerateArray()
              from named in item.GetProperty("options").EnumerateObject()
              select named.Value.GetString()!
            : [];

        return [.. overrides, .. linked, .. axis, .. transformed];
    }

    private static string Iso(DateTime time) => $"'{time.ToString("yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture)}Z'";

    /// <param name="text">Hours or days, as 6h or 90d.</param>
    private static TimeSpan Length(string text) =>
        (text[^1] == 'h' ? TimeSpan.FromHours(1) : TimeSpan.FromDays(1)) * int.Parse(text[..^1], CultureInfo.InvariantCulture);

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    [GeneratedRegex(@"\$\{(\w+)\}")]
    private static partial Regex Variable();

    [GeneratedRegex(@"\$\{__data\.fields\.(\w+)\}")]
    private static partial Regex LinkedColumn();
}
