using System.Text.RegularExpressions;
using Metricity.Hosting;
using Metricity.Testing;
using Microsoft.Extensions.Configuration;

namespace Metricity.Tests.Deploy;

/// <summary>The names that pages and files may use: metrics of the README, settings of the program.</summary>
internal static partial class Known
{
    /// <summary>The metrics that the README documents: names in the first column of its tables.</summary>
    public static IReadOnlySet<string> DocumentedMetrics() => Repository.Read("README.md").Split('\n')
        .Where(line => line.StartsWith("| `", StringComparison.Ordinal))
        .SelectMany(line => MetricName().Matches(line.Split(" | ")[0]).Select(match => match.Value))
        .ToHashSet();

    /// <summary>The metrics named in a text, without the suffixes that Prometheus gives the series of a histogram.</summary>
    public static IEnumerable<string> MetricsIn(string text) =>
        MetricName().Matches(text).Select(match => HistogramSuffix().Replace(match.Value, "")).Distinct();

    /// <summary>What is wrong with a setting's name; null when the program reads it.</summary>
    /// <param name="key">With colons.</param>
    public static string? WrongKey(string key)
    {
        if (!SettingsTable.MayBeSetting(key))
        {
            return $"{key} is not a setting";
        }

        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new(key, "0")]).Build();
        try
        {
            new SettingsReader(configuration).Read(SettingsNeeds.None);
        }
        catch (SettingsException e)
        {
            return e.Errors.FirstOrDefault(error => error.Contains("is not a setting", StringComparison.Ordinal));
        }

        return null;
    }

    /// <summary>A variable of the environment as a setting's name.</summary>
    public static string AsKey(string variable) => variable.Replace("__", ":", StringComparison.Ordinal);

    [GeneratedRegex("\\b(?:metricity|process|dotnet|pg)_[a-z0-9_]*[a-z0-9]\\b")]
    private static partial Regex MetricName();

    [GeneratedRegex("(?<=_(?:seconds|events))_(?:bucket|sum|count)$")]
    private static partial Regex HistogramSuffix();
}
