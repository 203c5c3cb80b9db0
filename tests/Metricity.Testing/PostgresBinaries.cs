using System.Diagnostics;
using System.Globalization;

namespace Metricity.Testing;

/// <summary>
/// Finds the installed server binaries and runs them. The server refuses to run as root, so root steps down to the user
/// <c>postgres</c> (or <c>nobody</c>); everybody else runs it as themselves.
/// </summary>
internal static class PostgresBinaries
{
    /// <summary>Names the directory of the binaries. Without it: the newest that are installed.</summary>
    public const string Variable = "METRICITY_TEST_POSTGRES_BIN";

    private static readonly Lazy<string> FoundDirectory = new(
        () => Find(Environment.GetEnvironmentVariable) ?? throw new InvalidOperationException(
            "No PostgreSQL server is installed: install it (Debian and Ubuntu: apt-get install postgresql)."));

    private static readonly Lazy<string[]> AsServerUser = new(StepDown);

    /// <summary>
    /// Start information for <c>initdb</c> or <c>postgres</c>, as the user who may run it; its output goes to the log. In a session of its
    /// own, so that Ctrl+C in the terminal does not stop the server under those who still need it.
    /// </summary>
    public static ProcessStartInfo Server(string log, string program, params string[] arguments)
    {
        return Shell("exec setsid \"$0\" \"$@\" >>\"$LOG\" 2>&1 </dev/null", log, [Path.Combine(FoundDirectory.Value, program), .. arguments]);
    }

    /// <summary>Start information for a script of <c>sh</c> as the user who runs the server.</summary>
    public static ProcessStartInfo Shell(string script, string log, params string[] arguments)
    {
        var command = (string[])[.. AsServerUser.Value, "sh", "-c", script, .. arguments];
        var start = new ProcessStartInfo(command[0], command[1..]) { WorkingDirectory = "/", RedirectStandardInput = true };
        start.Environment["LOG"] = log;
        start.Environment.Remove("PGDATA");
        return start;
    }

    /// <summary>Runs to the end and gives the trimmed standard output; throws when the exit code is not 0.</summary>
    public static async Task<string> RunAsync(ProcessStartInfo start)
    {
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            var command = string.Join(' ', start.ArgumentList.Prepend(start.FileName));
            throw new InvalidOperationException($"`{command}` ended with {process.ExitCode}");
        }

        return output.Trim();
    }

    /// <summary>The directory of <c>initdb</c> and <c>postgres</c>; null when they are not installed.</summary>
    /// <param name="environment">Gives a variable of the environment.</param>
    public static string? Find(Func<string, string?> environment)
    {
        if (environment(Variable) is { Length: > 0 } named)
        {
            return IsServer(named)
                ? Path.GetFullPath(named)
                : throw new InvalidOperationException($"{Variable} is {named}: initdb and postgres are not there.");
        }

        var path = (environment("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries);
        var debian = Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetDirectories("/usr/lib/postgresql").OrderByDescending(VersionOf).Select(version => Path.Combine(version, "bin"))
            : [];
        return path.Concat(debian).Concat(["/usr/local/pgsql/bin", "/usr/pgsql/bin"]).Append(FromPgConfig()).FirstOrDefault(IsServer);
    }

    private static bool IsServer(string directory)
    {
        return File.Exists(Path.Combine(directory, "initdb")) && File.Exists(Path.Combine(directory, "postgres"));
    }

    private static int VersionOf(string directory)
    {
        return int.TryParse(Path.GetFileName(directory), CultureInfo.InvariantCulture, out var version) ? version : 0;
    }

    private static string FromPgConfig()
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("pg_config", "--bindir") { RedirectStandardOutput = true })!;
            return process.StandardOutput.ReadToEnd().Trim();
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return ""; // not installed
        }
    }

    private static string[] StepDown()
    {
        if (Environment.UserName != "root")
        {
            return [];
        }

        var installed = File.ReadLines("/etc/passwd").Any(line => line.StartsWith("postgres:", StringComparison.Ordinal));
        var user = installed ? "postgres" : "nobody";
        return File.Exists("/usr/bin/setpriv")
            ? ["/usr/bin/setpriv", $"--reuid={user}", $"--regid={user}", "--clear-groups", "--"]
            : ["runuser", "-u", user, "--"];
    }
}
