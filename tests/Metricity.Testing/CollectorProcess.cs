using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace Metricity.Testing;

/// <summary>
/// The collector as a process of its own, in a session of its own so that Ctrl+C in the terminal reaches its starter alone. When the
/// starter is killed, a watching shell ends it. The starter's project must reference the collector, so that its program lies beside.
/// </summary>
public sealed class CollectorProcess : IAsyncDisposable
{
    private const string Program = "metricity.dll";
    private const int KeptLines = 40;
    private static readonly string[] KeptVariables = ["PATH", "HOME", "TMPDIR", "DOTNET_ROOT", "DOTNET_CLI_HOME"];

    private readonly ConcurrentQueue<string> _lines = [];
    private readonly Process _process;
    private readonly Action<string>? _onLine;
    private Process? _watcher;

    private CollectorProcess(
        string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string> settings, Action<string>? onLine = null)
    {
        _onLine = onLine;

        // The same dotnet that runs this program, or the one on the PATH.
        var host = Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet";
        var start = new ProcessStartInfo("setsid", [host, Path.Combine(AppContext.BaseDirectory, program), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // Nothing of this terminal's environment may be taken for a setting.
        foreach (var name in start.Environment.Keys.Except(KeptVariables).ToList())
        {
            start.Environment.Remove(name);
        }

        start.Environment["Http__Url"] = ""; // several run at the same time; the settings may give an address
        foreach (var (name, value) in settings)
        {
            start.Environment[name] = value;
        }

        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

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
        await using var collector = new CollectorProcess(Program, [argument], settings);
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
        var collector = new CollectorProcess(program, arguments, settings, onLine);
        const string Watch = "trap '' INT TERM HUP; read -r _ || kill -KILL \"$0\"";
        var watcher = new ProcessStartInfo("setsid", ["sh", "-c", Watch, collector.Id]) { RedirectStandardInput = true };
        collector._watcher = Process.Start(watcher);

        return collector;
    }

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
        using var kill = Process.Start("sh", ["-c", "kill -TERM \"$0\"", Id]);
        await kill.WaitForExitAsync();
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

    /// <summary>SIGKILL: it gets no chance to do anything.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        if (_watcher is not null)
        {
            await _watcher.StandardInput.WriteLineAsync();
            _watcher.StandardInput.Close();
            await _watcher.WaitForExitAsync();
            _watcher.Dispose();
        }

        _process.Dispose();
    }

    private string Id => _process.Id.ToString(CultureInfo.InvariantCulture);

    private void Keep(string? line)
    {
        if (line is null)
        {
            return;
        }

        _onLine?.Invoke(line);
        _lines.Enqueue(line);
        while (_lines.Count > KeptLines)
        {
            _lines.TryDequeue(out _);
        }
    }
}
