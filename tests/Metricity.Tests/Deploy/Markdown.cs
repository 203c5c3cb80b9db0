using System.Text.RegularExpressions;
using Metricity.Testing;

namespace Metricity.Tests.Deploy;

/// <summary>Headings and links of a page, as GitHub shows it.</summary>
internal static partial class Markdown
{
    /// <summary>What <c>#…</c> of a link may name: a heading in lower case, blanks as hyphens, without punctuation.</summary>
    public static IReadOnlySet<string> Anchors(string file) => Heading().Matches(Repository.Read(file))
        .Select(match => NotInAnchor().Replace(match.Groups[1].Value.Trim().ToLowerInvariant(), "").Replace(' ', '-'))
        .ToHashSet();

    public static IEnumerable<string> Links(string file) => Link().Matches(Repository.Read(file)).Select(match => match.Groups[1].Value);

    [GeneratedRegex("^#{1,4} (.*)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex("[^a-z0-9 _-]")]
    private static partial Regex NotInAnchor();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();
}
