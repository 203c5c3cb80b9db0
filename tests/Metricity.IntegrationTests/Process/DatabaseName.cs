using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Metricity.Testing;
using Npgsql;

namespace Metricity.IntegrationTests.Process;

/// <summary>
/// A name of a server on this machine that a test can take away from the programs it starts: while it is lost, a look-up of it hangs, for
/// the one resolver that they know is a socket of ours that never answers. They run in a mount namespace of their own, with their own
/// <c>/etc/hosts</c>, <c>/etc/resolv.conf</c> and <c>/etc/nsswitch.conf</c>; the machine's stay as they are.
/// </summary>
/// <remarks>
/// That takes the right to mount and to listen on port 53, as root has it. Elsewhere a door stands in (<see cref="Door"/>): connections
/// are taken, and nothing is said on them. The programs have to bear that in the same way, but it is not the fault that a look-up gives.
/// </remarks>
internal sealed class DatabaseName : IAsyncDisposable
{
    private const string Host = "database.metricity.test";

    private const string Launch =
        """
        for file in hosts resolv.conf nsswitch.conf; do
            [ ! -e "/etc/$file" ] || mount --bind "$0/$file" "/etc/$file" || exit
        done
        exec "$@"
        """;

    private readonly int _port;
    private readonly string? _directory;
    private readonly Socket? _resolver;
    private readonly Door? _door;
    private int _asked;

    private DatabaseName(int port, string directory, Socket resolver, TimeSpan hang)
    {
        _port = port;
        _directory = directory;
        _resolver = resolver;
        Write("resolv.conf", string.Create(
            CultureInfo.InvariantCulture,
            $"nameserver {((IPEndPoint)resolver.LocalEndPoint!).Address}\noptions timeout:{hang.TotalSeconds:0} attempts:1\n"));
        Write("nsswitch.conf", "hosts: files dns\n");
        Give();
        _ = CountAsync(resolver);
    }

    private DatabaseName(Door door)
    {
        _port = door.Port;
        _door = door;
    }

    /// <summary>As the programs' errors name the server.</summary>
    public string Server => _door is null ? $"{Host}:{_port}" : $"127.0.0.1:{_port}";

    /// <summary>What to start a program with, so that it knows the name.</summary>
    public IReadOnlyList<string> Launcher => _directory is null ? [] : ["unshare", "--mount", "sh", "-c", Launch, _directory];

    /// <summary>Look-ups (or connections, where a door stands in) that were not answered.</summary>
    public int Unanswered => _door?.Kept ?? Volatile.Read(ref _asked) / 2; // a look-up asks for both kinds of address

    /// <summary>Given, until it is taken.</summary>
    /// <param name="port">Of the server, on the loopback.</param>
    /// <param name="hang">How long a look-up takes to fail. Whole seconds.</param>
    public static async Task<DatabaseName> CreateAsync(int port, TimeSpan hang)
    {
        var resolver = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        var directory = Directory.CreateTempSubdirectory("metricity-name-");
        try
        {
            // An address of its own for each, so that they do not meet.
            byte[] address = [127, (byte)Random.Shared.Next(1, 255), (byte)Random.Shared.Next(255), (byte)Random.Shared.Next(1, 255)];
            resolver.Bind(new IPEndPoint(new IPAddress(address), 53));
            var name = new DatabaseName(port, directory.FullName, resolver, hang);
            if (await name.IsKnownAsync())
            {
                return name;
            }

            await name.DisposeAsync();
        }
        catch (SocketException)
        {
            resolver.Dispose();
            directory.Delete(recursive: true);
        }

        return new DatabaseName(new Door(port));
    }

    /// <param name="connectionString">Of the server by its address.</param>
    public string In(string connectionString) => new NpgsqlConnectionStringBuilder(connectionString)
    {
        Host = _door is null ? Host : "127.0.0.1",
        Port = _port,
        Timeout = 2,
    }.ConnectionString;

    /// <summary>From now on nobody finds the server. Who is connected stays so.</summary>
    public void Take()
    {
        Write("hosts", "127.0.0.1 localhost\n");
        _door?.Close();
    }

    public void Give()
    {
        Write("hosts", $"127.0.0.1 localhost\n127.0.0.1 {Host}\n");
        _door?.Open();
    }

    /// <summary>Takes the name, and ends the connections to the database.</summary>
    public async Task TakeAsync(TestDatabase database)
    {
        Take();
        await database.ListAsync<bool>(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()");
        database.DataSource.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        _resolver?.Dispose();
        if (_directory is not null)
        {
            Directory.Delete(_directory, recursive: true);
        }

        if (_door is not null)
        {
            await _door.DisposeAsync();
        }
    }

    private async Task<bool> IsKnownAsync()
    {
        var start = new System.Diagnostics.ProcessStartInfo(Launcher[0], [.. Launcher.Skip(1), "getent", "ahostsv4", Host])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var look = System.Diagnostics.Process.Start(start)!;
        await look.WaitForExitAsync();

        return look.ExitCode == 0;
    }

    private async Task CountAsync(Socket resolver)
    {
        var question = new byte[512];
        try
        {
            while (true)
            {
                await resolver.ReceiveAsync(question);
                Interlocked.Increment(ref _asked);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    /// <summary>In place: the programs see the file itself, not its name.</summary>
    private void Write(string file, string text)
    {
        if (_directory is not null)
        {
            File.WriteAllText(Path.Combine(_directory, file), text);
        }
    }
}
