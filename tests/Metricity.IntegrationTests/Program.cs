using Metricity.Export;
using Metricity.IntegrationTests.Export;
using Xunit.Runner.InProc.SystemConsole;

namespace Metricity.IntegrationTests;

/// <summary>
/// Runs the tests, as the entry point does that xunit would write, or crashes as <see cref="ErrorReportsTests"/> asks for: in the tests'
/// own process that is the end of the run.
/// </summary>
internal static class Program
{
    public const string Crash = "crash";

    public static Task<int> Main(string[] args)
    {
        return args is [Crash, var dsn] ? CrashAsync(dsn) : ConsoleRunner.Run(args);
    }

    /// <summary>Reports once, so that nothing is cold at the end, which waits two seconds at most. Then it reads a line and fails.</summary>
    private static async Task<int> CrashAsync(string dsn)
    {
        var reports = new ErrorReports(new ErrorReportOptions { Dsn = new Secret(dsn), Environment = "test" }, TimeProvider.System);
        reports.Report(ErrorReportsTests.Thrown(), ExitCode.Failed);
        await Console.In.ReadLineAsync();

        // No disposal: a program that crashes does none.
        throw ErrorReportsTests.Thrown();
    }
}
