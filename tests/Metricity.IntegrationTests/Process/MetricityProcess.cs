using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Metricity.Testing;

namespace Metricity.IntegrationTests.Process;

/// <summary>
/// The program itself, as an operator starts it, with nothing in its environment but what the test gives. Its end fails the test when it
/// printed a secret. A watching shell kills it when the test run is killed.
/// </summary>
internal sealed class MetricityProcess : IAsyncDisposable
{
    /// <summary>Token and password of all tests here: long and odd enough that no output holds them by chance.</summary>
    public const string Token = "MTA5ODc2NTQzMjEw.GcAnAr.t0ken-of-the-process-tests";
    public const string Password = "pa55word-of-the-process-tests";

    /// <summary>For a start or an end. More than the usual 10 s: a busy machine takes seconds to start a program.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private static readonly string[] KeptVariables = ["PATH", "HOME", "TMPDIR"];

    /// <summary>The one built for the tests, or, by <c>scripts/verify-image.sh</c>, the one that goes into the image.</summary>
    private static readonly string Program =
        Environment.GetEnvironmentVariable("METRICITY_TEST_PROGRAM") ?? Path.Combine(AppContext.BaseDirectory, "metricity");

    private readonly System.Diagnostics.Process _process;
    private readonly System.Diagnostics.Process _watcher;
    private readonly Lock _lock = new();
    private readonly List<string> _output = [];
    private readonly List<string> _errors = [];

    private MetricityProcess(
        IReadOnlyDictionary<string, string> environment, IReadOnlyList<string> launcher, IReadOnlyList<string> arguments)
    {
        IReadOnlyList<string> command = [.. launcher, Program, .. arguments];
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        foreach (var name in start.Environment.Keys.Except(KeptVariables).ToList())
        {
            start.Environment.Remove(name);
        }

        start.Environment["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
        start.Environment["Http__Url"] = ""; // several run at the same time
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        _process = new System.Diagnostics.Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Keep(_output, line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(_errors, line.Data);
        _process.Start();
        _process.StandardInput.Close();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        const string Watch = "trap '' INT TERM HUP; read -r _ || kill -KILL \"$0\"";
        _watcher = System.Diagnostics.Process.Start(new ProcessStartInfo("sh", ["-c", Watch, Id]) { RedirectStandardInput = true })!;
    }

    public string Output => Copy(_output);

    public string Errors => Copy(_errors);

    public bool HasExited => _process.HasExited;

    /// <summary>What <c>ps</c> shows of it, with its arguments separated by NUL.</summary>
    public string CommandLine => File.ReadAllText($"/proc/{Id}/cmdline");

    /// <summary>Its environment as the system keeps it, for its user and root to read.</summary>
    public string Environ => File.ReadAllText($"/proc/{Id}/environ");

    private string Id => _process.Id.ToString(CultureInfo.InvariantCulture);

    public static MetricityProcess Start(IReadOnlyDictionary<string, string> environment, params IReadOnlyList<string> arguments)
    {
        return new MetricityProcess(environment, [], arguments);
    }

    /// <param name="launcher">A program and its arguments that in the end becomes the program: the process is the same.</param>
    public static MetricityProcess StartBy(
        IReadOnlyList<string> launcher, IReadOnlyDictionary<string, string> environment, params IReadOnlyList<string> arguments)
    {
        return new MetricityProcess(environment, launcher, arguments);
    }

    /// <summary>Runs to the end by itself.</summary>
    public static Task<FinishedProcess> RunAsync(
        IReadOnlyDictionary<string, string> environment, params IReadOnlyList<string> arguments)
    {
        return RunByAsync([], environment, arguments);
    }

    /// <inheritdoc cref="StartBy"/>
    public static async Task<FinishedProcess> RunByAsync(
        IReadOnlyList<string> launcher, IReadOnlyDictionary<string, string> environment, params IReadOnlyList<string> arguments)
    {
        await using var process = StartBy(launcher, environment, arguments);
        var code = await process.WaitForExitAsync();

        return new FinishedProcess(code, process.Output, process.Errors);
    }

    /// <summary>Waits until it has printed a line to standard output that contains the text.</summary>
    public Task WaitForLineAsync(string text, TimeSpan? limit = null)
    {
        return WaitForLineAsync(line => line.Contains(text, StringComparison.Ordinal), text, limit);
    }

    /// <summary>Waits until it has printed such a line to standard output; fails when it ends without.</summary>
    public async Task WaitForLineAsync(Func<string, bool> predicate, string what, TimeSpan? limit = null)
    {
        try
        {
            await Eventually.TrueAsync(() => Lines().Any(predicate) || HasExited, what, limit ?? Limit);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"{e.Message}\n{Describe()}", e);
        }

        if (HasExited)
        {
            await _process.WaitForExitAsync(); // the last lines too
            Assert.True(Lines().Any(predicate), $"it ended without printing: {what}\n{Describe()}");
        }
    }

    /// <summary>SIGTERM, as a supervisor sends it. Gives the exit code.</summary>
    public async Task<int> TerminateAsync(TimeSpan? limit = null)
    {
        Signal("TERM");

        return await WaitForExitAsync(limit);
    }

    /// <summary>SIGKILL: it gets no chance to do anything.</summary>
    public async Task KillAsync()
    {
        Signal("KILL");
        await WaitForExitAsync();
    }

    /// <summary>SIGSTOP: it does nothing, while its connections stay up.</summary>
    public void Freeze() => Signal("STOP");

    public void Thaw() => Signal("CONT");

    public async Task<int> WaitForExitAsync(TimeSpan? limit = null)
    {
        try
        {
            await _process.WaitForExitAsync().WaitAsync(limit ?? Limit);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"it goes on and on\n{Describe()}", e);
        }

        return _process.ExitCode;
    }

    public string Describe()
    {
        return $"--- standard output\n{Output}\n--- standard error\n{Errors}";
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await _process.WaitForExitAsync();
        await _watcher.StandardInput.WriteLineAsync();
        _watcher.StandardInput.Close();
        await _watcher.WaitForExitAsync();
        _watcher.Dispose();
        _process.Dispose();

        foreach (var secret in new[] { Token, Password })
        {
            Assert.DoesNotContain(secret, Output, StringComparison.Ordinal);
            Assert.DoesNotContain(secret, Errors, StringComparison.Ordinal);
        }
    }

    private void Signal(string signal)
    {
        using var kill = System.Diagnostics.Process.Start("sh", ["-c", $"kill -{signal} \"$0\"", Id]);
        kill.WaitForExit();
    }

    private void Keep(List<string> lines, string? line)
    {
        if (line is not null)
        {
            lock (_lock)
            {
                lines.Add(line);
            }
        }
    }

    private List<string> Lines()
    {
        lock (_lock)
        {
            return [.. _output];
        }
    }

    private string Copy(List<string> lines)
    {
        lock (_lock)
        {
            return string.Join('\n', lines);
        }
    }
}

/// <summary>What a run that ended by itself left behind.</summary>
internal sealed record FinishedProcess(int Code, string Output, string Errors)
{
    /// <summary>Asserts the exit code and that it says this on standard error.</summary>
    public void Says(int code, params IReadOnlyList<string> parts)
    {
        Assert.True(code == Code, $"exit code {Code}, not {code}\n--- standard output\n{Output}\n--- standard error\n{Errors}");
        foreach (var part in parts)
        {
            Assert.Contains(part, Errors, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("   at ", Errors, StringComparison.Ordinal);
    }
}
