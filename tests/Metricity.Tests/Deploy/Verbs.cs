using Metricity.Cli;

namespace Metricity.Tests.Deploy;

/// <summary>Whether the program has a command, asked of its own parser. Redirects the console, so its callers run one after the other.</summary>
internal static class Verbs
{
    /// <summary>For the tests that ask.</summary>
    public const string Collection = "console";

    /// <summary>What the program answers to a wrong option of a command that it has; an unknown command is not parsed as far as that.</summary>
    private const string Reached = "--set needs the form";

    public static async Task AssertKnownAsync(IEnumerable<string> command)
    {
        var before = Console.Error;
        using var error = new StringWriter();
        Console.SetError(error);
        try
        {
            Assert.Equal(ExitCode.Usage, await CommandLine.RunAsync([.. command, "--set", "none"]));
        }
        finally
        {
            Console.SetError(before);
        }

        Assert.StartsWith(Reached, error.ToString(), StringComparison.Ordinal);
    }
}
