using System.Globalization;
using System.Text.RegularExpressions;
using Metricity.Hosting;
using Metricity.IntegrationTests.Collect;
using Metricity.Testing;

namespace Metricity.IntegrationTests.Telemetry;

/// <summary>The table "What moves when" of <c>docs/operations.md</c>, as something that can be asked whether it is so.</summary>
internal sealed partial class FailureTable
{
    /// <summary>What was under way before the failure may still end; the minutes of a failure that stops something are more.</summary>
    private static readonly TimeSpan Straggler = TimeSpan.FromMinutes(1);

    private readonly string _live;
    private readonly string _ready;
    private readonly IReadOnlyList<(string Metric, string Claim)> _claims;

    private FailureTable(string live, string ready, string metrics)
    {
        _live = live;
        _ready = ready;
        _claims = [.. Claims().Matches(metrics).Select(match => (match.Groups["metric"].Value, match.Groups["claim"].Value))];
    }

    /// <summary>By the text of the first column.</summary>
    public static IReadOnlyDictionary<string, FailureTable> Read()
    {
        var page = Repository.Read("docs/operations.md");
        var start = page.IndexOf("## What moves when", StringComparison.Ordinal);
        var end = page.IndexOf("\n## ", start + 1, StringComparison.Ordinal);
        var rows = page[start..(end < 0 ? page.Length : end)].Split('\n').Where(line => line.StartsWith("| ", StringComparison.Ordinal))
            .Select(line => line.Trim('|', ' ').Split('|', StringSplitOptions.TrimEntries))
            .Where(cells => cells[0] != "Failure");

        return rows.ToDictionary(cells => cells[0], cells => new FailureTable(cells[1], cells[2], cells[3]));
    }

    /// <summary>What of the row is not so at this moment; empty when all of it is.</summary>
    public string Missing(Readings before, HostedCollector collector)
    {
        var now = Readings.Of(collector);
        var missing = new List<string>();
        if (_claims.Count == 0)
        {
            missing.Add("the row names no metric");
        }

        Check("live", _live, collector.Health.Live());
        Check("ready", _ready, collector.Health.Ready());
        foreach (var (metric, claim) in _claims.Where(claim => !IsSo(claim.Metric, claim.Claim)))
        {
            missing.Add(string.Create(CultureInfo.InvariantCulture, $"{metric} {claim} (was {before[metric]}, is {now[metric]})"));
        }

        return string.Join("; ", missing);

        void Check(string what, string cell, HealthAnswer answer)
        {
            var expected = Answer().Match(cell);
            var failed = answer.Checks.Where(check => !check.IsHealthy).Select(check => check.Name).ToList();
            if ((expected.Groups["code"].Value == "200") != answer.IsHealthy
                || (expected.Groups["check"].Success && !failed.Contains(expected.Groups["check"].Value)))
            {
                missing.Add($"{what} {cell} (failed: {string.Join(", ", failed)})");
            }
        }

        bool IsSo(string metric, string claim) => claim switch
        {
            "rises" => now[metric] > (double.IsNaN(before[metric]) ? 0 : before[metric]),
            "stands still" => now[metric] < before[metric] + Straggler.TotalSeconds,
            "> 0" => now[metric] > 0,
            _ when claim.StartsWith("= `", StringComparison.Ordinal) => now[metric] == now[claim[3..^1]],
            _ => now[metric] == double.Parse(claim[2..], CultureInfo.InvariantCulture),
        };
    }

    [GeneratedRegex("^(?<code>200|503)( `(?<check>\\w+)`)?")]
    private static partial Regex Answer();

    [GeneratedRegex("`(?<metric>\\w+(\\{[^}]*\\})?)` (?<claim>rises|stands still|> 0|= \\d+|= `\\w+`)")]
    private static partial Regex Claims();
}
