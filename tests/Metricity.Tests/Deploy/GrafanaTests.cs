using System.Text.Json;
using System.Text.RegularExpressions;
using Metricity.Testing;

namespace Metricity.Tests.Deploy;

/// <summary>deploy/grafana: every dashboard there, those to come too.</summary>
public sealed partial class GrafanaTests
{
    private const int GridWidth = 24;

    /// <summary>Of postgres_exporter.</summary>
    private static readonly string[] ForeignMetrics = ["pg_database_size_bytes"];

    private static readonly HashSet<string> Sources = [.. YamlNodes.Load("deploy/grafana/provisioning/datasources/metricity.yml")
        .At("datasources").Items().Select(source => source.Text("uid"))];

    public static TheoryData<string> Dashboards =>
        [.. Repository.Files("deploy/grafana/dashboards", "*.json").Select(file => Path.GetRelativePath(Repository.Root, file))];

    [Theory]
    [MemberData(nameof(Dashboards))]
    public void Panels_have_a_unit_a_description_and_a_source_that_is_provisioned(string file)
    {
        using var dashboard = JsonDocument.Parse(Repository.Read(file));
        var panels = dashboard.RootElement.GetProperty("panels").EnumerateArray().Where(panel => Text(panel, "type") is not "row").ToList();

        Assert.NotEmpty(panels);
        Assert.Equal(panels.Count, panels.Select(panel => panel.GetProperty("id").GetInt32()).Distinct().Count());
        Assert.All(panels, panel =>
        {
            Assert.NotEqual("", Text(panel, "title"));
            Assert.NotEqual("", Text(panel, "description"));
            Assert.NotEqual("", Text(panel.GetProperty("fieldConfig").GetProperty("defaults"), "unit"));
            Assert.All(Targets(panel), target => Assert.Contains(Text(target.GetProperty("datasource"), "uid"), Sources));
        });
    }

    [Theory]
    [MemberData(nameof(Dashboards))]
    public void Each_panel_names_one_source_that_is_that_of_its_queries(string file)
    {
        using var dashboard = JsonDocument.Parse(Repository.Read(file));
        var panels = dashboard.RootElement.GetProperty("panels").EnumerateArray().Where(panel => Text(panel, "type") is not "row");

        Assert.All(panels, panel => Assert.All(Targets(panel), target => Assert.Equal(
            panel.GetProperty("datasource").GetRawText(), target.GetProperty("datasource").GetRawText())));
    }

    [Theory]
    [MemberData(nameof(Dashboards))]
    public void Panels_lie_in_the_grid_and_on_no_other(string file)
    {
        using var dashboard = JsonDocument.Parse(Repository.Read(file));
        var taken = new HashSet<(int, int)>();
        foreach (var panel in dashboard.RootElement.GetProperty("panels").EnumerateArray())
        {
            var place = panel.GetProperty("gridPos");
            var (x, y) = (place.GetProperty("x").GetInt32(), place.GetProperty("y").GetInt32());
            var (width, height) = (place.GetProperty("w").GetInt32(), place.GetProperty("h").GetInt32());
            Assert.InRange(x + width, 1, GridWidth);
            foreach (var cell in from dx in Enumerable.Range(x, width) from dy in Enumerable.Range(y, height) select (dx, dy))
            {
                Assert.True(taken.Add(cell), $"{Text(panel, "title")} lies on another panel");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Dashboards))]
    public void Links_lead_to_dashboards_that_have_the_variables_they_set(string file)
    {
        foreach (var link in DashboardLink().Matches(Repository.Read(file)).Select(match => match.Groups))
        {
            var target = Repository.Files("deploy/grafana/dashboards", "*.json").Select(File.ReadAllText)
                .Single(text => text.Contains($"\"uid\": \"{link[1].Value}\",\n  \"title\"", StringComparison.Ordinal));
            using var dashboard = JsonDocument.Parse(target);
            var variables = dashboard.RootElement.GetProperty("templating").GetProperty("list").EnumerateArray()
                .Select(variable => Text(variable, "name"));

            var set = LinkVariable().Matches(link[2].Value).Select(match => match.Groups[1].Value).ToList();
            Assert.NotEmpty(set);
            Assert.Empty(set.Except(variables));
        }
    }

    [Theory]
    [MemberData(nameof(Dashboards))]
    public void Every_variable_that_is_used_is_declared_and_the_other_way_round(string file)
    {
        var text = Repository.Read(file);
        using var dashboard = JsonDocument.Parse(text);
        var declared = dashboard.RootElement.GetProperty("templating").GetProperty("list").EnumerateArray()
            .Select(variable => Text(variable, "name"));

        var used = UsedVariable().Matches(text).Select(match => match.Groups[1].Value).Distinct();
        Assert.Equal(declared.Order(StringComparer.Ordinal), used.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Dashboards))]
    public void Every_metric_is_documented_in_the_readme(string file)
    {
        using var dashboard = JsonDocument.Parse(Repository.Read(file));
        var expressions = dashboard.RootElement.GetProperty("panels").EnumerateArray().SelectMany(Targets)
            .Where(target => target.TryGetProperty("expr", out _))
            .Select(target => Text(target, "expr"));

        Assert.Empty(expressions.SelectMany(Known.MetricsIn).Except(Known.DocumentedMetrics()).Except(ForeignMetrics));
    }

    [Fact]
    public void Every_dashboard_has_a_uid_of_its_own()
    {
        var uids = Repository.Files("deploy/grafana/dashboards", "*.json").Select(file =>
        {
            using var dashboard = JsonDocument.Parse(File.ReadAllText(file));

            return Text(dashboard.RootElement, "uid");
        }).ToList();

        Assert.DoesNotContain("", uids);
        Assert.Equal(uids.Count, uids.Distinct().Count());
    }

    [Fact]
    public void Folder_of_the_dashboards_is_the_one_that_compose_mounts()
    {
        var provider = YamlNodes.Load("deploy/grafana/provisioning/dashboards/metricity.yml").At("providers").Items().Single();
        var mounts = YamlNodes.Load("docker-compose.yml").At("services/grafana/volumes").Texts();

        Assert.Contains($"./deploy/grafana/dashboards:{provider.Text("options/path")}:ro", mounts);
    }

    [Fact]
    public void Sources_name_services_roles_and_secrets_that_there_are()
    {
        var compose = YamlNodes.Load("docker-compose.yml");
        var sources = YamlNodes.Load("deploy/grafana/provisioning/datasources/metricity.yml").At("datasources").Items()
            .ToDictionary(source => source.Text("uid"));

        Assert.Equal("http://prometheus:9090", sources["prometheus"].Text("url"));
        Assert.NotNull(compose.At("services/prometheus"));
        Assert.Equal("postgres:5432", sources["metricity"].Text("url"));
        Assert.NotNull(compose.At("services/postgres"));
        var roles = Repository.Read("deploy/postgres/roles.sql");
        Assert.Contains($"alter role {sources["metricity"].Text("user")} login", roles, StringComparison.Ordinal);
        Assert.Equal("$__file{/run/secrets/grafana_reader_password}", sources["metricity"].Text("secureJsonData/password"));
        Assert.Contains("grafana_reader_password", compose.At("services/grafana/secrets").Texts());
    }

    private static IEnumerable<JsonElement> Targets(JsonElement panel) =>
        panel.TryGetProperty("targets", out var targets) ? targets.EnumerateArray() : [];

    private static string Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) ? value.GetString() ?? "" : "";

    [GeneratedRegex("/d/([a-z-]+)\\?([^\"]*)")]
    private static partial Regex DashboardLink();

    /// <summary>var-NAME=…, or ${NAME:queryparam}, which writes that out.</summary>
    [GeneratedRegex(@"(?:var-(?=\w+=)|\$\{(?=\w+:queryparam))(\w+)")]
    private static partial Regex LinkVariable();

    /// <summary>Grafana's own begin with two underscores.</summary>
    [GeneratedRegex(@"\$\{(?!__)(\w+)")]
    private static partial Regex UsedVariable();
}
