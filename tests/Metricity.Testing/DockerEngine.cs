using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Metricity.Testing;

/// <summary>
/// Finds a Docker engine without Testcontainers, which waits for a socket that never answers without limit, in a static initialiser.
/// </summary>
internal static class DockerEngine
{
    public const string HostVariable = "DOCKER_HOST";

    public const string DefaultSocket = "/var/run/docker.sock";

    /// <summary>For each endpoint. An engine at rest answers within milliseconds.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    /// <param name="environment">Gives a variable of the environment.</param>
    /// <returns>The endpoint of the first engine that answers, or null.</returns>
    public static Task<Uri?> FindAsync(Func<string, string?> environment)
    {
        return FindAsync(Candidates(environment, File.Exists), TimeProvider.System);
    }

    public static async Task<Uri?> FindAsync(IEnumerable<Uri> candidates, TimeProvider time)
    {
        foreach (var endpoint in candidates)
        {
            if (await AnswersAsync(endpoint, time))
            {
                return endpoint;
            }
        }

        return null;
    }

    /// <summary>As docker itself: DOCKER_HOST and nothing else where it is set. Else the sockets, the user's own ones last.</summary>
    public static IEnumerable<Uri> Candidates(Func<string, string?> environment, Func<string, bool> exists)
    {
        if (environment(HostVariable) is { Length: > 0 } host)
        {
            return Uri.TryCreate(host, UriKind.Absolute, out var endpoint) ? [endpoint] : [];
        }

        string[] sockets =
            [DefaultSocket, $"{environment("HOME")}/.docker/run/docker.sock", $"{environment("XDG_RUNTIME_DIR")}/docker.sock"];
        return sockets.Where(exists).Select(path => new Uri($"unix://{path}"));
    }

    private static async Task<bool> AnswersAsync(Uri endpoint, TimeProvider time)
    {
        using var limit = new CancellationTokenSource(Limit, time);
        try
        {
            using var socket = await ConnectAsync(endpoint, limit.Token);
            if (socket is null)
            {
                return false;
            }

            await socket.SendAsync("GET /_ping HTTP/1.0\r\nHost: docker\r\n\r\n"u8.ToArray(), limit.Token);
            var line = new byte["HTTP/1.0 200".Length];
            await using var stream = new NetworkStream(socket);
            await stream.ReadExactlyAsync(line, limit.Token);
            return Encoding.ASCII.GetString(line) is "HTTP/1.0 200" or "HTTP/1.1 200";
        }
        catch (Exception error) when (error is SocketException or IOException or OperationCanceledException or ArgumentException)
        {
            return false; // nobody there, nobody who answers, or no path of a socket
        }
    }

    /// <summary>Null for an engine on another machine, since a container's port is looked for on 127.0.0.1, and for one that wants keys.</summary>
    private static async Task<Socket?> ConnectAsync(Uri endpoint, CancellationToken token)
    {
        EndPoint? address = endpoint.Scheme switch
        {
            "unix" => new UnixDomainSocketEndPoint(endpoint.LocalPath),
            "tcp" or "http" when endpoint.IsLoopback => new DnsEndPoint(endpoint.Host, endpoint.Port < 0 ? 2375 : endpoint.Port),
            _ => null,
        };
        if (address is null)
        {
            return null;
        }

        var socket = address is UnixDomainSocketEndPoint
            ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            : new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(address, token);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
