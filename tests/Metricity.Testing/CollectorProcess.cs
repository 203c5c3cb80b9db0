using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Metricity.Testing;

/// <summary>
/// The collector as a process of its own, with nothing of this program's environment that may be taken for a setting, and in a session of
/// its own so that Ctrl+C in the terminal reaches its starter alone. When the starter is killed, a watching shell ends it. The starter's
/// project must reference the collector, so that its program lies beside.
/// </summary>
public sealed class CollectorProcess : IAsyncDisposable
{
    private const string Program = "metricity.dll";
    private const int KeptLines = 40;
    private static readonly string[] KeptVariables = ["PATH", "HOME", "TMPDIR", "DOTNET_CLI_HOME"];

    private readonly ConcurrentQueue<string> _lines = [];
    private readonly Process _process;
    private readonly Process _watcher;

    private CollectorProcess(
        IReadOnlyList<string> command, IReadOnlyDictionary<string, string> settings, Action<string>? onOutput, Action<string>? onError)
    {
        var start = new ProcessStartInfo("setsid", command)
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
        start.Environment["Http__Url"] = ""; // several run at the same time; the settings may give an address
        foreach (var (name, value) in settings)
        {
            start.Environment[name] = value;
        }

        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Keep(line.Data, onOutput);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data, onError);
        _process.Start();
        _process.StandardInput.Close();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        const string Watch = "trap '' INT TERM HUP; read -r _ || kill -KILL \"$0\"";
        _watcher = Process.Start(new ProcessStartInfo("setsid", ["sh", "-c", Watch, Id]) { RedirectStandardInput = true })!;
    }

    public string Id => _process.Id.ToString(CultureInfo.InvariantCulture);

    /// <summary>The last lines it printed.</summary>
    public IReadOnlyList<string> Output => [.. _lines];

    public bool HasExited => _process.HasExited;

    /// <summary>Only after its end.</summary>
    public int ExitCode => _process.ExitCode;

    /// <summary>Completes at its end.</summary>
    public Task Ended => _process.WaitForExitAsync();

    /// <summary>Runs a command to its end and gives its exit code.</summary>
    public static async Task<(int Code, IReadOnlyList<string> Output)> RunToEndAsync(
        string argument, IReadOnlyDictionary<string, string> settings, CancellationToken cancellationToken)
    {
        await using var collector = Start([argument], settings);
        await collector._process.WaitForExitAsync(cancellationToken);

        return (collector._process.ExitCode, collector.Output);
    }

    /// <summary>Starts collecting.</summary>
    /// <param name="onLine">Told each line it prints, on any thread.</param>
    public static CollectorProcess Start(IReadOnlyDictionary<string, string> settings, Action<string>? onLine = null) =>
        Start(Program, ["run"], settings, onLine);

    /// <summary>Starts another command.</summary>
    public static CollectorProcess Start(IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> settings) =>
        Start(Program, arguments, settings);

    /// <summary>Starts another program that has the collector in it.</summary>
    /// <param name="program">Name of an assembly in this program's folder.</param>
    /// <param name="onLine">Told each line it prints, on any thread.</param>
    public static CollectorProcess Start(
        string program, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> settings, Action<string>? onLine = null)
    {
        // The same dotnet that runs this program, or the one on the PATH.
        var host = Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet";

        return Start([host, Path.Combine(AppContext.BaseDirectory, program), .. arguments], settings, onLine, onLine);
    }

    /// <summary>Starts any command that is or becomes the collector.</summary>
    /// <param name="onOutput">Told each line of standard output, on any thread.</param>
    /// <param name="onError">Told each line of standard error, on any thread.</param>
    public static CollectorProcess Start(
        IReadOnlyList<string> command, IReadOnlyDictionary<string, string> settings, Action<string>? onOutput, Action<string>? onError) =>
        new(command, settings, onOutput, onError);

    /// <summary>Resident bytes and processor time so far.</summary>
    public (long Bytes, TimeSpan Cpu) Usage()
    {
        _process.Refresh();

        return _process.HasExited ? default : (_process.WorkingSet64, _process.TotalProcessorTime);
    }

    /// <summary>The most resident bytes it ever had; 0 after its end.</summary>
    public long PeakBytes()
    {
        _process.Refresh();

        return _process.HasExited ? 0 : _process.PeakWorkingSet64;
    }

    /// <summary>SIGTERM, as a supervisor does it. Gives the exit code, or null when it is still there after the limit.</summary>
    public async Task<int?> StopAsync(TimeSpan limit)
    {
        await SignalAsync("TERM");
        try
        {
            await _process.WaitForExitAsync().WaitAsync(limit);

            return _process.ExitCode;
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    /// <param name="signal">Without SIG.</param>
    public async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("sh", ["-c", $"kill -{signal} \"$0\"", Id]);
        await kill.WaitForExitAsync();
    }

    /// <summary>SIGKILL: it gets no chance to do anything.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        await _watcher.StandardInput.WriteLineAsync();
        _watcher.StandardInput.Close();
        await _watcher.WaitForExitAsync();
        _watcher.Dispose();
        _process.Dispose();
    }

    private void Keep(string? line, Action<string>? on)
    {
        if (line is null)
        {
            return;
        }

        on?.Invoke(line);
        _lines.Enqueue(line);
        while (_lines.Count > KeptLines)
        {
            _lines.TryDequeue(out _);
        }
    }
}
