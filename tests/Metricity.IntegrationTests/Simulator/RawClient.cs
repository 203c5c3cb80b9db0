using System.IO.Compression;
using System.Net.Http.Headers;
using System.Net.WebSockets;
using System.Text.Json;

namespace Metricity.IntegrationTests.SimulatorTests;

/// <summary>A bare gateway client that shares no code with the collector: it only sends and receives payloads.</summary>
internal sealed class RawClient : IDisposable
{
    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(10);

    private readonly byte[] _chunk = new byte[1 << 16];
    private readonly MemoryStream _message = new();
    private readonly MemoryStream _compressed = new();
    private ZLibStream? _zlib;

    private RawClient(ClientWebSocket socket)
    {
        Socket = socket;
    }

    public ClientWebSocket Socket { get; }

    public long Sequence { get; private set; }

    public string SessionId { get; private set; } = "";

    /// <summary>WebSocket messages received so far.</summary>
    public int Messages { get; private set; }

    /// <summary>Binary ones among them.</summary>
    public int BinaryMessages { get; private set; }

    public static async Task<RawClient> ConnectAsync(Uri url, bool zlib = false)
    {
        var socket = new ClientWebSocket();
        await socket.ConnectAsync(new Uri(url, "?v=10&encoding=json" + (zlib ? "&compress=zlib-stream" : "")), CancellationToken.None);
        return new RawClient(socket) { IsZlib = zlib };
    }

    public bool IsZlib { get; private init; }

    public static HttpClient Http(DiscordSimulator.Simulator simulator)
    {
        var http = new HttpClient { BaseAddress = new Uri(simulator.ApiBaseUrl + "/") };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bot", simulator.Token);
        http.DefaultRequestHeaders.UserAgent.ParseAdd("DiscordBot (https://example.org, 1.0)");
        return http;
    }

    /// <summary>HELLO, IDENTIFY, READY.</summary>
    public async Task<JsonElement> IdentifyAsync(int intents = 515, string token = "sim-token", bool compress = false)
    {
        await ExpectAsync(10);
        var properties = new { os = "linux", browser = "raw", device = "raw" };
        await SendAsync(new { op = 2, d = new { token, intents, compress, properties } });
        var ready = await DispatchAsync("READY");
        SessionId = ready.GetProperty("session_id").GetString()!;
        return ready;
    }

    public async Task ResumeAsync(string sessionId, long sequence, string token = "sim-token")
    {
        await ExpectAsync(10);
        await SendAsync(new { op = 6, d = new { token, session_id = sessionId, seq = sequence } });
    }

    public Task SendAsync(object payload)
    {
        return Socket.SendAsync(JsonSerializer.SerializeToUtf8Bytes(payload), WebSocketMessageType.Text, true, CancellationToken.None);
    }

    /// <summary>The <c>d</c> of the next dispatch, which must be of this type.</summary>
    public async Task<JsonElement> DispatchAsync(string type)
    {
        var payload = await ReceiveAsync();
        Assert.Equal(type, payload.GetProperty("t").GetString());
        return payload.GetProperty("d");
    }

    public async Task<JsonElement> ExpectAsync(int op)
    {
        var payload = await ReceiveAsync();
        Assert.Equal(op, payload.GetProperty("op").GetInt32());
        return payload.GetProperty("d");
    }

    public async Task<JsonElement> ReceiveAsync()
    {
        var bytes = await ReceiveBytesAsync() ?? throw new InvalidOperationException($"Closed with {(int?)Socket.CloseStatus}.");
        using var document = JsonDocument.Parse(bytes);
        var payload = document.RootElement.Clone();
        if (payload.GetProperty("s").ValueKind == JsonValueKind.Number)
        {
            Sequence = Math.Max(Sequence, payload.GetProperty("s").GetInt64());
        }

        return payload;
    }

    /// <summary>The close code; everything before it is thrown away.</summary>
    public async Task<int> CloseCodeAsync()
    {
        while (await ReceiveBytesAsync() is not null)
        {
        }

        return (int)Socket.CloseStatus!.Value;
    }

    public void Dispose()
    {
        _zlib?.Dispose();
        _compressed.Dispose();
        _message.Dispose();
        Socket.Dispose();
    }

    private async Task<byte[]?> ReceiveBytesAsync()
    {
        using var guard = new CancellationTokenSource(Guard);
        _message.SetLength(0);
        while (true)
        {
            var result = await Socket.ReceiveAsync(_chunk, guard.Token);
            if (result.MessageType == WebSocketMessageType.Close)
            {
                return null;
            }

            _message.Write(_chunk, 0, result.Count);
            if (!result.EndOfMessage)
            {
                continue;
            }

            Messages++;
            var bytes = _message.ToArray();
            if (result.MessageType == WebSocketMessageType.Text)
            {
                return bytes;
            }

            BinaryMessages++;
            if (!IsZlib)
            {
                return Inflate(new ZLibStream(new MemoryStream(bytes), CompressionMode.Decompress));
            }

            if (_message.Length >= 4 && bytes.AsSpan()[^4..].SequenceEqual<byte>([0, 0, 0xFF, 0xFF]))
            {
                return InflateStream(bytes);
            }
        }
    }

    private byte[] InflateStream(byte[] bytes)
    {
        var at = _compressed.Position;
        _compressed.SetLength(at);
        _compressed.Write(bytes);
        _compressed.Position = at;
        _zlib ??= new ZLibStream(_compressed, CompressionMode.Decompress, leaveOpen: true);
        return Inflate(_zlib);
    }

    private static byte[] Inflate(Stream zlib)
    {
        var plain = new MemoryStream();
        zlib.CopyTo(plain);
        return plain.ToArray();
    }
}
