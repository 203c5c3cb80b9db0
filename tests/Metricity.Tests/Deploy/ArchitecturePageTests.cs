using System.Text.RegularExpressions;
using Metricity.Testing;

namespace Metricity.Tests.Deploy;

/// <summary>docs/architecture.md names what there is.</summary>
public sealed partial class ArchitecturePageTests
{
    private const string Page = "docs/architecture.md";
    private const string Sources = "src/Metricity";

    [Fact]
    public void Files_of_a_message_are_at_most_eight_and_each_hands_on_what_the_page_says()
    {
        var steps = Step().Matches(Repository.Read(Page)).Select(match => match.Groups).ToList();

        Assert.InRange(steps.Count, 6, 8);
        foreach (var step in steps)
        {
            var code = Repository.Read($"{Sources}/{step["file"].Value}");
            Assert.Contains(step["in"].Value, code, StringComparison.Ordinal);
            Assert.Contains(step["out"].Value, code, StringComparison.Ordinal);
        }

        // What a step hands on, a later one takes.
        foreach (var (step, later) in steps[..^1].Select((step, index) => (step, steps[(index + 1)..])))
        {
            Assert.True(
                later.Any(other => Repository.Read($"{Sources}/{other["file"].Value}").Contains(step["out"].Value, StringComparison.Ordinal)),
                $"{step["out"].Value} of {step["file"].Value} goes nowhere");
        }
    }

    [Fact]
    public void Every_room_has_a_row()
    {
        var rooms = Repository.Files(Sources, "*.cs")
            .Select(file => Path.GetRelativePath(Path.Combine(Repository.Root, Sources), file).Split(Path.DirectorySeparatorChar))
            .Where(parts => parts.Length > 1 && parts[0] is not ("bin" or "obj"))
            .Select(parts => parts[0])
            .Distinct();
        var text = Repository.Read(Page);
        var rows = Room().Matches(text[text.IndexOf("## Rooms", StringComparison.Ordinal)..]).Select(match => match.Groups[1].Value);

        Assert.Equal(rooms.Order(), rows.Order());
    }

    [Fact]
    public void Every_type_it_names_is_one()
    {
        var types = typeof(LogEvents).Assembly.GetTypes().Concat(typeof(Metricity.Migrations.SchemaMigrator).Assembly.GetTypes())
            .Select(type => type.Name).ToHashSet(StringComparer.Ordinal);
        var named = Type().Matches(Repository.Read(Page)).Select(match => match.Groups[1].Value).Distinct().ToList();

        Assert.True(named.Count > 20, "the page is written differently now: the pattern does not find its types");
        Assert.DoesNotContain(named.Except(types), name => !Repository.Has($"{Sources}/{name}"));
    }

    [GeneratedRegex(@"^\| `(?<file>\w+/\w+\.cs)` \|[^|]*\| `(?<in>[^`]+)` \| `(?<out>[^`]+)` \|$", RegexOptions.Multiline)]
    private static partial Regex Step();

    [GeneratedRegex(@"^\| `(\w+)` \|", RegexOptions.Multiline)]
    private static partial Regex Room();

    // `Name` or `Room/Name`.
    [GeneratedRegex(@"`(?:[A-Z][a-z]+/)?([A-Z][a-z]+[A-Za-z]+)`")]
    private static partial Regex Type();
}
