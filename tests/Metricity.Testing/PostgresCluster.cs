using System.Diagnostics;
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
/// A private PostgreSQL server on a loopback port that it keeps over restarts, in a container or of the installed binaries
/// (<see cref="PostgresHosts"/>). It is gone when this process ends.
/// Superuser <c>postgres</c> needs no password; <see cref="PasswordRole"/> does. One caller at a time may start and stop it.
/// </summary>
public sealed class PostgresCluster : IAsyncDisposable
{
    /// <summary>Role that has to give its password; made by <see cref="CreatePasswordRoleAsync"/>.</summary>
    public const string PasswordRole = "secured_user";

    private const int StartAttempts = 5;
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);

    private static readonly string[] InitArguments = ["--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"];

    private const string InitScript =
        $$"""
        { echo 'host all {{PasswordRole}} all scram-sha-256'; cat "$PGDATA/pg_hba.conf"; } >"$PGDATA/pg_hba.new"
        mv "$PGDATA/pg_hba.new" "$PGDATA/pg_hba.conf"

        """;

    private PostgresCluster(IPostgresHost host, int port)
    {
        Host = host;
        Port = port;
    }

    public int Port { get; }

    /// <summary>The database <c>postgres</c> as superuser.</summary>
    public string ConnectionString => For("postgres");

    public bool IsRunning => Host.IsRunning;

    internal IPostgresHost Host { get; }

    /// <summary>Makes and starts a server on the preferred host.</summary>
    public static async Task<PostgresCluster> StartNewAsync()
    {
        return await StartNewAsync((await PostgresHosts.FindAsync())[0]);
    }

    /// <summary>Makes and starts a server.</summary>
    /// <param name="durable">
    /// True for PostgreSQL's default durability, as benchmarks need it. False (the default) leaves out fsync: committed rows then
    /// survive a killed server, not a killed machine.
    /// </param>
    public static Task<PostgresCluster> StartNewAsync(PostgresHostKind kind, bool durable = false)
    {
        return StartNewAsync(kind, durable, FreePort);
    }

    /// <param name="nextPort">Asked again when somebody took its port in between.</param>
    internal static async Task<PostgresCluster> StartNewAsync(PostgresHostKind kind, bool durable, Func<int> nextPort)
    {
        // Said in full, because the hosts and PostgreSQL's versions have defaults of their own. 13 keeps passwords as MD5 by default.
        var sync = durable ? "on" : "off";
        string[] settings =
        [
            $"fsync={sync}", $"full_page_writes={sync}", "synchronous_commit=on", "max_connections=200",
            "password_encryption=scram-sha-256",
        ];
        for (var attempt = 1; ; attempt++)
        {
            var port = nextPort();
            IPostgresHost host = kind == PostgresHostKind.Docker
                ? await PostgresContainer.CreateAsync(port, settings, InitArguments, InitScript)
                : await PostgresProcess.CreateAsync(port, settings, InitArguments, InitScript);
            var cluster = new PostgresCluster(host, port);
            try
            {
                await cluster.StartAsync();
                return cluster;
            }
            catch (InvalidOperationException) when (attempt < StartAttempts && !IsFree(port))
            {
                // Somebody took the port in between: try another one.
                await cluster.DisposeAsync();
            }
            catch
            {
                await cluster.DisposeAsync();
                throw;
            }
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
        await Host.StartAsync();
        var clock = Stopwatch.StartNew();
        while (!await AnswersAsync())
        {
            if (!Host.IsRunning || clock.Elapsed > StartLimit)
            {
                var log = (await Host.LogAsync()).TrimEnd().Split('\n').TakeLast(20);
                throw new InvalidOperationException($"PostgreSQL in {Host.Name} did not start on port {Port}:\n{string.Join('\n', log)}");
            }

            await Task.Delay(20);
        }
    }

    public Task StopAsync(PostgresStop how = PostgresStop.Fast)
    {
        return Host.SignalAsync(how == PostgresStop.Fast ? "INT" : "QUIT");
    }

    /// <summary>Ends every process of the server by SIGKILL, as a machine without memory would.</summary>
    public Task KillAsync()
    {
        return Host.SignalAsync("KILL");
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

    public ValueTask DisposeAsync()
    {
        return Host.DisposeAsync();
    }

    /// <summary>Below the range of outgoing connections (32768 and up), so that nobody gets it while the server is stopped.</summary>
    internal static int FreePort()
    {
        int port;
        do
        {
            port = Random.Shared.Next(20_000, 32_000);
        }
        while (!IsFree(port));

        return port;
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
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
}
