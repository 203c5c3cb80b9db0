using System.Globalization;
using Metricity.Testing;
using YamlDotNet.RepresentationModel;

namespace Metricity.Tests.Deploy;

/// <summary>deploy/prometheus. That rules and their tests work is for promtool to say: scripts/verify-deploy.sh.</summary>
public sealed class PrometheusTests
{
    private static readonly YamlNode Config = YamlNodes.Load("deploy/prometheus/prometheus.yml");

    private static readonly List<YamlNode> Alerts =
    [
        .. YamlNodes.Load("deploy/prometheus/rules/metricity.yml").At("groups").Items().SelectMany(group => group.At("rules").Items()),
    ];

    [Fact]
    public void Every_metric_of_a_rule_is_documented_in_the_readme()
    {
        var documented = Known.DocumentedMetrics();

        Assert.NotEmpty(Alerts);
        Assert.Empty(Alerts.SelectMany(alert => Known.MetricsIn(alert.Text("expr")).Except(documented)
            .Select(metric => $"{alert.Text("alert")}: {metric}")));
    }

    [Fact]
    public void Every_alert_has_a_severity_and_says_what_to_do_and_where_to_read_on()
    {
        var sections = Markdown.Anchors("docs/operations.md");
        Assert.All(Alerts, alert =>
        {
            Assert.Contains(alert.Text("labels/severity"), new[] { "critical", "warning" });
            Assert.InRange(alert.Text("annotations/summary").Length, 40, 200);
            var runbook = alert.Text("annotations/runbook_url").Split("/docs/operations.md#");
            Assert.Equal(2, runbook.Length);
            Assert.Equal(alert.Text("alert").ToLowerInvariant(), runbook[1]);
            Assert.Contains(runbook[1], sections);
        });
    }

    [Fact]
    public void Every_alert_has_a_test_that_fires_it_and_one_in_which_it_stays_silent()
    {
        var tests = YamlNodes.Load("deploy/prometheus/tests/metricity.test.yml").At("tests").Items()
            .SelectMany(test => test.At("alert_rule_test").Items())
            .Select(test => (Alert: test.Text("alertname"), Fires: test.At("exp_alerts").Items().Any()))
            .ToHashSet();
        var names = Alerts.Select(alert => alert.Text("alert")).ToList();

        Assert.Equal(names.Count, names.Distinct().Count());
        Assert.All(names, name => Assert.True(tests.Contains((name, true)) && tests.Contains((name, false)), name));
    }

    [Fact]
    public void Every_target_is_a_service_and_the_collector_s_port_is_the_one_it_listens_on()
    {
        var services = YamlNodes.Load("docker-compose.yml").At("services").Entries().Select(entry => entry.Key).ToHashSet();
        var jobs = Config.At("scrape_configs").Items().ToDictionary(job => job.Text("job_name"));
        var collector = jobs["metricity"].At("dns_sd_configs").Items().Single();
        var targets = jobs.Values
            .SelectMany(job => job.At("static_configs").Items().SelectMany(config => config.At("targets").Texts()))
            .Select(target => target.Split(':')[0]);

        Assert.Equal(["collector"], collector.At("names").Texts());
        Assert.Equal(Defaults.Port, int.Parse(collector.Text("port"), CultureInfo.InvariantCulture));
        Assert.Empty(targets.Except(services).Except(["localhost"]));
    }

    [Fact]
    public void Every_file_it_reads_exists()
    {
        var files = Config.At("alerting/alertmanagers").Items()
            .SelectMany(manager => manager.At("file_sd_configs").Items().SelectMany(config => config.At("files").Texts()));

        Assert.Equal(["rules/*.yml"], Config.At("rule_files").Texts());
        Assert.All(files, file => Assert.True(Repository.Has("deploy/prometheus/" + file)));
    }
}
