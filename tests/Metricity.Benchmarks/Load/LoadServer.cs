using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace Metricity.Benchmarks.Load;

/// <summary>
/// The least that counts as a gateway: HELLO; READY and GUILD_CREATE after IDENTIFY; then messages, as fast as the socket takes them or at
/// random intervals. Any number of connections, one after another, each is sent the same. Own code down to TCP, so that it costs little.
/// </summary>
internal sealed class LoadServer
{
    public const string Verb = "serve-messages";
    private const int SendBytes = 256 * 1024;

    private readonly EncodedLoad _plain;
    private readonly EncodedLoad _zlib;
    private readonly int _count;
    private readonly int _perSecond;

    private LoadServer(int port, int count, int perSecond)
    {
        _count = count;
        _perSecond = perSecond;
        _plain = EncodedLoad.Make(port, count, zlib: false);
        _zlib = EncodedLoad.Make(port, count, zlib: true);
    }

    /// <summary>Options: <c>--count</c> messages for each connection, <c>--per-second</c> (0 = flood), <c>--burst</c>.</summary>
    public static async Task<int> RunAsync(Arguments arguments)
    {
        LoadPlan.Burst = arguments.Number("burst", LoadPlan.Burst);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        var server = new LoadServer(port, arguments.Number("count", 100_000), arguments.Number("per-second", 0));
        var accepting = server.AcceptAsync(listener);
        await await Task.WhenAny(accepting, ChildProcess.ServeAsync(port));

        return 0;
    }

    private async Task AcceptAsync(TcpListener listener)
    {
        while (true)
        {
            using var socket = await listener.AcceptSocketAsync();
            socket.NoDelay = true;
            try
            {
                await ServeAsync(socket);
            }
            catch (Exception e) when (e is SocketException or IOException)
            {
                // The client has what it wants and left.
            }
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        await using var stream = new NetworkStream(socket);
        var load = await UpgradeAsync(stream) ? _zlib : _plain;
        await stream.WriteAsync(load.Hello);
        await ReadFrameAsync(stream); // IDENTIFY
        await stream.WriteAsync(load.Session);
        var closing = ReadToCloseAsync(stream);
        if (_perSecond > 0)
        {
            for (var i = 0; i < _count; i++)
            {
                // From nothing to twice the mean, so that some messages come close together.
                await Task.Delay(TimeSpan.FromSeconds(2.0 * (LoadPlan.Mix(i) % 1_000) / 1_000 / _perSecond));
                await stream.WriteAsync(load.Message(i));
            }
        }
        else
        {
            for (var rest = load.Messages; !rest.IsEmpty; rest = rest[Math.Min(SendBytes, rest.Length)..])
            {
                await stream.WriteAsync(rest[..Math.Min(SendBytes, rest.Length)]);
            }
        }

        await closing;
        await stream.WriteAsync(new byte[] { 0x88, 0x00 });
    }

    /// <summary>Answers the upgrade request (RFC 6455, section 4.2). True when it asks for compression.</summary>
    private static async Task<bool> UpgradeAsync(NetworkStream stream)
    {
        const string KeyHeader = "Sec-WebSocket-Key: ";
        var request = new StringBuilder();
        var buffer = new byte[4096];
        while (!request.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            var count = await stream.ReadAsync(buffer);
            if (count == 0)
            {
                throw new IOException("No request came.");
            }

            request.Append(Encoding.ASCII.GetString(buffer, 0, count));
        }

        var lines = request.ToString().Split("\r\n");
        var key = lines.First(line => line.StartsWith(KeyHeader, StringComparison.OrdinalIgnoreCase))[KeyHeader.Length..];
#pragma warning disable CA5350 // The handshake is defined with SHA-1; it protects nothing.
        var accept = Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")));
#pragma warning restore CA5350
        var answer = string.Create(
            CultureInfo.InvariantCulture,
            $"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n");
        await stream.WriteAsync(Encoding.ASCII.GetBytes(answer));

        return lines[0].Contains("compress=zlib-stream", StringComparison.Ordinal);
    }

    private static async Task ReadToCloseAsync(NetworkStream stream)
    {
        while (await ReadFrameAsync(stream) != 8)
        {
            // Heartbeats go unanswered: the interval is an hour.
        }
    }

    /// <summary>Reads one client frame (masked) and gives its opcode.</summary>
    private static async Task<int> ReadFrameAsync(NetworkStream stream)
    {
        var header = new byte[2];
        await stream.ReadExactlyAsync(header);
        var length = header[1] & 0x7F;
        if (length == 126)
        {
            var extended = new byte[2];
            await stream.ReadExactlyAsync(extended);
            length = BinaryPrimitives.ReadUInt16BigEndian(extended);
        }

        await stream.ReadExactlyAsync(new byte[4 + length]);

        return header[0] & 0x0F;
    }
}
