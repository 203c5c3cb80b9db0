using System.Text.RegularExpressions;
using Metricity.Hosting;
using Microsoft.Extensions.Configuration;

namespace Metricity.Tests.Deploy;

/// <summary>The files of the repository, and what the program knows of them.</summary>
internal static partial class Repository
{
    public static readonly string Root = FindRoot();

    public static string PathOf(string relative) => Path.Combine(Root, relative);

    public static bool Has(string relative) => Path.Exists(PathOf(relative));

    public static string Read(string relative) => File.ReadAllText(PathOf(relative));

    public static IEnumerable<string> Files(string folder, string pattern) =>
        Directory.EnumerateFiles(PathOf(folder), pattern, SearchOption.AllDirectories).Order(StringComparer.Ordinal);

    /// <summary>The metrics that the README documents: names in the first column of its tables.</summary>
    public static IReadOnlySet<string> DocumentedMetrics() => Read("README.md").Split('\n')
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

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Metricity.sln")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("Metricity.sln is in no folder above the tests");
        }

        return folder;
    }

    [GeneratedRegex("\\b(?:metricity|process|dotnet|pg)_[a-z0-9_]*[a-z0-9]\\b")]
    private static partial Regex MetricName();

    [GeneratedRegex("(?<=_(?:seconds|events))_(?:bucket|sum|count)$")]
    private static partial Regex HistogramSuffix();
}
