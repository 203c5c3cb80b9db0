using System.Text.RegularExpressions;
using Metricity.Testing;

namespace Metricity.IntegrationTests.Report;

/// <param name="Title">The block's first line, a comment.</param>
internal sealed record MetabaseQuestion(string Title, string Sql);

/// <summary>docs/metabase.md: its SQL blocks and its table of variables, and what Metabase makes of them.</summary>
internal static partial class MetabasePage
{
    private static readonly string Text = Repository.Read("docs/metabase.md");

    public static IReadOnlyList<MetabaseQuestion> Questions { get; } =
        [.. Block().Matches(Text).Select(match => new MetabaseQuestion(match.Groups[1].Value, match.Groups[2].Value))];

    /// <summary>Name and default; empty when there is none.</summary>
    public static IReadOnlyDictionary<string, string> Variables { get; } =
        Row().Matches(Text).ToDictionary(match => match.Groups[1].Value, match => match.Groups[2].Value);

    public static IEnumerable<string> VariablesIn(string sql) => Variable().Matches(sql).Select(match => match.Groups[1].Value).Distinct();

    /// <summary>As Metabase does: optional parts with an empty variable go, numbers stand as they are, everything else is a text.</summary>
    public static string Fill(string sql, IReadOnlyDictionary<string, string> values)
    {
        var kept = Optional().Replace(
            sql, match => VariablesIn(match.Value).Any(name => values[name].Length == 0) ? "" : match.Groups[1].Value);

        return Variable().Replace(kept, match => values[match.Groups[1].Value] switch
        {
            "" => throw new InvalidOperationException($"{match.Value} has no value, and is not in [[ ]]"),
            var value when match.Groups[1].Value is "days" or "score" => value,
            var value => $"'{value}'",
        });
    }

    [GeneratedRegex("```sql\n-- (.*)\n([^`]*)```")]
    private static partial Regex Block();

    [GeneratedRegex(@"^\| `\{\{(\w+)\}\}` \| \w+ \| (?:`([^`]*)` )?\|", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"\[\[(.*?)\]\]")]
    private static partial Regex Optional();

    [GeneratedRegex(@"\{\{(\w+)\}\}")]
    private static partial Regex Variable();
}
