using Metricity.Database;
using Metricity.Migrations;
using Metricity.Rest;

namespace Metricity.Cli;

/// <summary>
/// How a command ends that failed: one plain sentence on stderr and an exit code. The one place that maps exceptions to both.
/// </summary>
internal static class Failure
{
    /// <summary>Prints the failure (with a stack trace only when <paramref name="verbose"/>) and gives the exit code.</summary>
    public static int Report(Exception exception, bool verbose, TextWriter error)
    {
        var (code, sentence) = Explain(exception);
        error.WriteLine(sentence);
        if (verbose)
        {
            error.WriteLine(exception);
        }
        else if (code == ExitCode.Failed)
        {
            error.WriteLine("Run again with --verbose for the details, and report it if it happens again.");
        }

        return code;
    }

    public static (int Code, string Sentence) Explain(Exception exception) => exception switch
    {
        StopException e => (e.ExitCode, e.Message),
        SchemaException e => (ExitCode.Database, e.Sentence),
        StoreUnavailableException or StoreReplacedException => (ExitCode.Database, exception.Message),
        DiscordRestException { IsMissingAccess: true } or DiscordRestException { IsUnknown: true } => (ExitCode.Discord, exception.Message),
        DiscordRestException or DiscordUnavailableException => (ExitCode.Failed, exception.Message),
        _ => (ExitCode.Failed, $"Metricity stopped on an error it did not expect ({exception.GetType().Name})."),
    };
}
