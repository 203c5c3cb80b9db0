using System.Globalization;
using System.Text.RegularExpressions;

namespace Metricity.IntegrationTests.Telemetry;

/// <summary>One answer of <c>/metrics</c>, read strictly by the rules of the text format: what is not by the rules is an error.</summary>
internal sealed partial class Scrape
{
    /// <summary>What the name of a histogram's series ends with.</summary>
    private static readonly string[] Parts = ["_bucket", "_sum", "_count", "_created"];

    private readonly Dictionary<string, string> _types = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<string>> _labels = new(StringComparer.Ordinal);
    private readonly HashSet<string> _helped = new(StringComparer.Ordinal);

    /// <param name="isOpenMetrics">Families of counters are named without <c>_total</c> there.</param>
    public Scrape(string text, bool isOpenMetrics = false)
    {
        Text = text;
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            Read(line, isOpenMetrics);
        }

        var unhelped = _types.Keys.Except(_helped).ToList();
        if (unhelped.Count > 0)
        {
            throw new FormatException($"without HELP: {string.Join(", ", unhelped)}");
        }
    }

    public string Text { get; }

    /// <summary>Family to type; a counter with its <c>_total</c>.</summary>
    public IReadOnlyDictionary<string, string> Types => _types;

    /// <summary>Series with their labels to values; those of histograms under the names with <c>_count</c> and so on.</summary>
    public Dictionary<string, double> Values { get; } = new(StringComparer.Ordinal);

    /// <summary>The names of a family's labels, sorted; <c>le</c> left out.</summary>
    public string LabelsOf(string family) => string.Join(',', _labels.GetValueOrDefault(family, []).Order(StringComparer.Ordinal));

    private void Read(string line, bool isOpenMetrics)
    {
        if (Comment().Match(line) is { Success: true } comment)
        {
            var name = comment.Groups["name"].Value;
            var family = isOpenMetrics && comment.Groups["rest"].Value == "counter" ? name + "_total" : name;
            if (comment.Groups["kind"].Value == "TYPE")
            {
                _types.Add(family, comment.Groups["rest"].Value);
            }
            else if (comment.Groups["kind"].Value == "HELP")
            {
                _helped.Add(_types.ContainsKey(name) ? name : name + "_total");
            }
        }
        else if (Sample().Match(line) is { Success: true } sample)
        {
            var name = sample.Groups["name"].Value;
            var family = _types.Keys.FirstOrDefault(key => key == name)
                ?? _types.Keys.FirstOrDefault(key => _types[key] == "histogram" && Parts.Any(part => name == key + part))
                ?? (isOpenMetrics && name.EndsWith("_created", StringComparison.Ordinal) ? name[..^"_created".Length] + "_total" : null)
                ?? throw new FormatException($"without TYPE: {line}");
            var labels = _labels.TryGetValue(family, out var known) ? known : _labels[family] = [];
            foreach (Match label in Label().Matches(sample.Groups["labels"].Value))
            {
                labels.Add(label.Groups["name"].Value);
            }

            labels.Remove("le");
            Values.Add(line[..line.LastIndexOf(' ')], double.Parse(sample.Groups["value"].Value, CultureInfo.InvariantCulture));
        }
        else if (!isOpenMetrics || line != "# EOF")
        {
            throw new FormatException($"not by the format: {line}");
        }
    }

    [GeneratedRegex("^# (?<kind>TYPE|HELP|UNIT) (?<name>[a-z_]+) (?<rest>.+)$")]
    private static partial Regex Comment();

    [GeneratedRegex("^(?<name>[a-z_]+)(\\{(?<labels>([a-z_]+=\"[^\"]*\"(,[a-z_]+=\"[^\"]*\")*)?)\\})? (?<value>[-+0-9.eE]+)$")]
    private static partial Regex Sample();

    [GeneratedRegex("(?<name>[a-z_]+)=\"[^\"]*\"")]
    private static partial Regex Label();
}
