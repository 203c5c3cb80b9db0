using System.Text.RegularExpressions;
using Metricity.Testing;

namespace Metricity.Tests.Deploy;

/// <summary>The container commands of README and docs, and scripts/verify-containers.sh, which runs each of them on an engine.</summary>
public sealed partial class ContainerCommandTests
{
    private static readonly List<string> Pages =
        ["README.md", "CONTRIBUTING.md", .. Repository.Files("docs", "*.md").Select(file => Path.GetRelativePath(Repository.Root, file))];

    [Fact]
    public void Every_command_of_the_pages_is_run_by_the_script()
    {
        var script = Repository.Read("scripts/verify-containers.sh");
        var commands = Pages.Select(Repository.Read).SelectMany(CommandsIn).Distinct().ToList();

        Assert.True(commands.Count > 20, "the pages are written differently now: the patterns do not find the commands");
        Assert.All(commands, command => Assert.Contains($"'{command}'", script, StringComparison.Ordinal));
    }

    /// <summary>In code blocks without the remark behind, and in backquotes.</summary>
    private static IEnumerable<string> CommandsIn(string page) => Block().Matches(page).Select(match => match.Groups[1].Value.TrimEnd())
        .Concat(Quoted().Matches(page.Replace('\n', ' ').Replace("```", "\n", StringComparison.Ordinal))
            .Select(match => match.Groups[1].Value)
            .Where(text => Container().IsMatch(text)));

    [GeneratedRegex(@"^ {4,}((?:.* )?docker .*?)(?: {2,}# .*)?$", RegexOptions.Multiline)]
    private static partial Regex Block();

    [GeneratedRegex("`([^`\n]*)`")]
    private static partial Regex Quoted();

    [GeneratedRegex("(?:^| )docker (?:compose|run|exec|stop|volume) ")]
    private static partial Regex Container();
}
