using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace Metricity.Testing;

/// <summary>
/// A server of the installed binaries, with its data in a temporary directory. A watching shell ends it and removes the directory when this
/// process ends, however that happens.
/// </summary>
internal sealed class PostgresProcess : IPostgresHost
{
    /// <summary>
    /// A file system in memory, for data that nobody wants on a disk: to make and drop a database, hundreds of files, takes a tenth of the
    /// time there.
    /// </summary>
    private const string Memory = "/dev/shm";

    /// <summary>By arguments and script: data that <c>initdb</c> made once, never started, and copied for each server.</summary>
    private static readonly ConcurrentDictionary<string, Lazy<Task<PostgresProcess>>> Templates = new(StringComparer.Ordinal);

    private readonly Process _watcher;
    private readonly int _port;
    private readonly string[] _settings;
    private Process? _server;

    private PostgresProcess(string directory, Process watcher, int port, string[] settings)
    {
        Name = directory;
        _watcher = watcher;
        _port = port;
        _settings = settings;
    }

    public string Name { get; }

    public bool IsRunning => _server is { HasExited: false };

    private string Data => Path.Combine(Name, "data");

    private string Log => Path.Combine(Name, "log");

    /// <param name="port">On 127.0.0.1.</param>
    /// <param name="settings"><c>name=value</c>, as in postgresql.conf.</param>
    /// <param name="initArguments">For <c>initdb</c>.</param>
    /// <param name="initScript">Run by <c>sh</c> after <c>initdb</c>, with PGDATA set.</param>
    public static async Task<PostgresProcess> CreateAsync(int port, string[] settings, string[] initArguments, string initScript)
    {
        var template = await Templates.GetOrAdd(
            string.Join('\0', [.. initArguments, initScript]),
            _ => new(() => MakeAsync(0, settings, host => InitAsync(host, initArguments, initScript)))).Value;

        return await MakeAsync(port, settings, host => PostgresBinaries.RunAsync(
            PostgresBinaries.Shell("cp -a \"$0\" \"$1\"", "/dev/null", template.Data, host.Data)));
    }

    /// <summary>For the databases and the log of a whole run; containers have 64 MB by default.</summary>
    private static bool HasRoom(string directory) =>
        Directory.Exists(directory) && new DriveInfo(directory) is { DriveFormat: "tmpfs", AvailableFreeSpace: > 4L << 30 };

    private static async Task InitAsync(PostgresProcess host, string[] initArguments, string initScript)
    {
        await PostgresBinaries.RunAsync(PostgresBinaries.Server(
            host.Log, "initdb", ["-D", host.Data, "-U", "postgres", "-A", "trust", .. initArguments]));
        var init = PostgresBinaries.Shell(initScript, "/dev/null");
        init.Environment["PGDATA"] = host.Data;
        await PostgresBinaries.RunAsync(init);
    }

    private static async Task<PostgresProcess> MakeAsync(int port, string[] settings, Func<PostgresProcess, Task> fill)
    {
        // The path of a Unix socket has room for 107 bytes, and the server's user must be able to enter it.
        var directory = await PostgresBinaries.RunAsync(PostgresBinaries.Shell(
            "mktemp -d \"$0/metricity-pg.XXXXXX\"", "/dev/null", settings.Contains("fsync=off") && HasRoom(Memory) ? Memory : "/tmp"));
        const string Watch =
            """
            trap '' INT TERM HUP
            read -r _
            if pid=$(head -n 1 "$0/data/postmaster.pid" 2>/dev/null); then
                kill -QUIT "$pid"
                while kill -0 "$pid" 2>/dev/null; do sleep 0.05; done
            fi
            rm -rf "$0"
            """;
        var watcher = Process.Start(PostgresBinaries.Shell(Watch, "/dev/null", directory))!;
        var host = new PostgresProcess(directory, watcher, port, settings);
        try
        {
            await fill(host);
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    public Task StartAsync()
    {
        _server?.Dispose();
        _server = Process.Start(PostgresBinaries.Server(
            Log,
            "postgres",
            ["-D", Data, "-p", _port.ToString(CultureInfo.InvariantCulture), "-k", Name, "-c", "listen_addresses=127.0.0.1",
             .. _settings.SelectMany(setting => new[] { "-c", setting })]))!;
        return Task.CompletedTask;
    }

    public async Task SignalAsync(string signal)
    {
        var postmaster = File.ReadLines(Path.Combine(Data, "postmaster.pid")).First();
        string[] children = signal == "KILL"
            ? (await File.ReadAllTextAsync($"/proc/{postmaster}/task/{postmaster}/children"))
                .Split(' ', StringSplitOptions.RemoveEmptyEntries)
            : [];

        // A child may have ended by itself in between; what counts is that none is left.
        const string Kill = """kill -"$0" "$@" 2>/dev/null || true""";
        await PostgresBinaries.RunAsync(PostgresBinaries.Shell(Kill, "/dev/null", [signal, postmaster, .. children]));
        await _server!.WaitForExitAsync();
        await Eventually.TrueAsync(() => !children.Any(child => Directory.Exists($"/proc/{child}")), "the server's processes are gone");
    }

    public async Task<string> LogAsync()
    {
        return await File.ReadAllTextAsync(Log);
    }

    public async ValueTask DisposeAsync()
    {
        _watcher.StandardInput.Close();
        await _watcher.WaitForExitAsync();
        _watcher.Dispose();
        _server?.Dispose();
    }
}
