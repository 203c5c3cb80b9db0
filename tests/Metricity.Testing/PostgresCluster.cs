using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Metricity.Testing;

/// <summary>How a server is stopped: see the PostgreSQL manual, "Shutting Down the Server".</summary>
public enum PostgresStop
{
    /// <summary>Ends the sessions, writes a checkpoint.</summary>
    Fast,

    /// <summary>Ends at once; the next start replays the log.</summary>
    Immediate,
}

/// <summary>
/// A private PostgreSQL server of the installed binaries, on a loopback port that it keeps over restarts, with its data in a temporary
/// directory. A watching shell ends it and removes the directory when this process ends, however that happens.
/// Superuser <c>postgres</c> needs no password; <see cref="PasswordRole"/> does. One caller at a time may start and stop it.
/// </summary>
public sealed class PostgresCluster : IAsyncDisposable
{
    /// <summary>Role that has to give its password; made by <see cref="CreatePasswordRoleAsync"/>.</summary>
    public const string PasswordRole = "secured_user";

    private const int StartAttempts = 5;
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);

    private readonly string _directory;
    private readonly Process _watcher;
    private readonly string[] _settings;
    private Process? _server;

    private PostgresCluster(string directory, Process watcher, string[] settings)
    {
        _directory = directory;
        _watcher = watcher;
        _settings = settings;
    }

    public int Port { get; private set; }

    /// <summary>The database <c>postgres</c> as superuser.</summary>
    public string ConnectionString => For("postgres");

    public bool IsRunning => _server is { HasExited: false };

    private string Data => Path.Combine(_directory, "data");

    private string Log => Path.Combine(_directory, "log");

    /// <summary>Makes and starts a server.</summary>
    /// <param name="durable">
    /// True for PostgreSQL's default durability, as benchmarks need it. False (the default) leaves out fsync: committed rows then
    /// survive a killed server, not a killed machine.
    /// </param>
    public static async Task<PostgresCluster> StartNewAsync(bool durable = false)
    {
        // /tmp, because the path of a Unix socket has room for 107 bytes and the server's user must be able to enter it.
        var directory = await PostgresBinaries.RunAsync(PostgresBinaries.Shell("mktemp -d /tmp/metricity-pg.XXXXXX", "/dev/null"));
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
        string[] settings = durable ? [] : ["-c", "fsync=off", "-c", "full_page_writes=off"];
        var cluster = new PostgresCluster(directory, watcher, settings);
        try
        {
            await PostgresBinaries.RunAsync(PostgresBinaries.Server(
                cluster.Log, "initdb", "-D", cluster.Data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"));
            const string AskPassword =
                """{ echo 'host all secured_user all scram-sha-256'; cat "$0"; } >"$0.new" && mv "$0.new" "$0" """;
            await PostgresBinaries.RunAsync(PostgresBinaries.Shell(AskPassword, "/dev/null", Path.Combine(cluster.Data, "pg_hba.conf")));
            for (var attempt = 1; ; attempt++)
            {
                cluster.Port = FreePort();
                try
                {
                    await cluster.StartAsync();
                    return cluster;
                }
                catch (InvalidOperationException) when (attempt < StartAttempts)
                {
                    // Somebody took the port in between: try another one.
                }
            }
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>A connection string of this server for that database and role.</summary>
    public string For(string database, string role = "postgres", string? password = null)
    {
        return new NpgsqlConnectionStringBuilder
        {
            Host = "127.0.0.1",
            Port = Port,
            Database = database,
            Username = role,
            Password = password,
        }.ConnectionString;
    }

    /// <summary>Starts the server, on the same port as before, and waits until it takes connections.</summary>
    public async Task StartAsync()
    {
        _server = Process.Start(PostgresBinaries.Server(
            Log,
            "postgres",
            ["-D", Data, "-p", Port.ToString(CultureInfo.InvariantCulture), "-k", _directory, "-c", "listen_addresses=127.0.0.1",
             "-c", "max_connections=200", .. _settings]))!;
        var clock = Stopwatch.StartNew();
        while (!await AnswersAsync())
        {
            if (_server.HasExited || clock.Elapsed > StartLimit)
            {
                throw new InvalidOperationException("PostgreSQL did not start:\n" + string.Join('\n', File.ReadLines(Log).TakeLast(20)));
            }

            await Task.Delay(20);
        }
    }

    public async Task StopAsync(PostgresStop how = PostgresStop.Fast)
    {
        await SignalAsync(how == PostgresStop.Fast ? "INT" : "QUIT", [Postmaster()]);
        await _server!.WaitForExitAsync();
    }

    /// <summary>Ends every process of the server by SIGKILL, as a machine without memory would.</summary>
    public async Task KillAsync()
    {
        var postmaster = Postmaster();
        var children = (await File.ReadAllTextAsync($"/proc/{postmaster}/task/{postmaster}/children"))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var all = children.Prepend(postmaster).ToArray();
        await SignalAsync("KILL", all);
        await _server!.WaitForExitAsync();
        await Eventually.TrueAsync(() => !children.Any(child => Directory.Exists($"/proc/{child}")), "the server's processes are gone");
    }

    public async Task RestartAsync(PostgresStop how = PostgresStop.Fast)
    {
        await StopAsync(how);
        await StartAsync();
    }

    /// <summary>Makes <see cref="PasswordRole"/>, which can log in with this password only.</summary>
    public async Task CreatePasswordRoleAsync(string password, bool createDatabases = false)
    {
        await using var connection = new NpgsqlConnection(ConnectionString);
        await connection.OpenAsync();
        var rights = createDatabases ? "createdb" : "nocreatedb";
        var literal = password.Replace("'", "''", StringComparison.Ordinal);
        await using var command = new NpgsqlCommand($"create role {PasswordRole} login {rights} password '{literal}'", connection);
        await command.ExecuteNonQueryAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _watcher.StandardInput.Close();
        await _watcher.WaitForExitAsync();
        _watcher.Dispose();
        _server?.Dispose();
    }

    private async Task<bool> AnswersAsync()
    {
        try
        {
            await using var connection = new NpgsqlConnection(
                new NpgsqlConnectionStringBuilder(ConnectionString) { Pooling = false, Timeout = 2 }.ConnectionString);
            await connection.OpenAsync();
            return true;
        }
        catch (NpgsqlException)
        {
            return false; // not yet
        }
    }

    private string Postmaster()
    {
        return File.ReadLines(Path.Combine(Data, "postmaster.pid")).First();
    }

    private static async Task SignalAsync(string signal, string[] processes)
    {
        // A child may have ended by itself in between; the caller waits for the postmaster.
        const string Kill = """kill -"$0" "$@" 2>/dev/null || true""";
        await PostgresBinaries.RunAsync(PostgresBinaries.Shell(Kill, "/dev/null", [signal, .. processes]));
    }

    /// <summary>Below the range of outgoing connections (32768 and up), so that nobody gets it while the server is stopped.</summary>
    private static int FreePort()
    {
        while (true)
        {
            var port = Random.Shared.Next(20_000, 32_000);
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // taken
            }
        }
    }
}
