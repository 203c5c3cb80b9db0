using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Metricity.Tests.Gateway;

/// <summary>A WebSocket server on loopback that does only what the test says, frame by frame.</summary>
internal sealed class ScriptedGateway : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Channel<ScriptedConnection> _connections = Channel.CreateUnbounded<ScriptedConnection>();
    private int _refusals;
    private int _refusalStatus;

    private ScriptedGateway(WebApplication app)
    {
        _app = app;
    }

    public Uri Url { get; private set; } = null!;

    public int Refused { get; private set; }

    public static async Task<ScriptedGateway> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var gateway = new ScriptedGateway(app);
        app.UseWebSockets(new WebSocketOptions { KeepAliveInterval = TimeSpan.Zero });
        app.Run(gateway.ServeAsync);
        await app.StartAsync();
        gateway.Url = new Uri(app.Urls.Single().Replace("http:", "ws:", StringComparison.Ordinal));
        return gateway;
    }

    /// <summary>The next upgrades get this HTTP status instead.</summary>
    public void Refuse(int status, int times)
    {
        _refusalStatus = status;
        _refusals = times;
    }

    public async Task<ScriptedConnection> AcceptAsync()
    {
        return await _connections.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10));
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _app.DisposeAsync();
    }

    private async Task ServeAsync(HttpContext context)
    {
        if (_refusals > 0)
        {
            _refusals--;
            Refused++;
            context.Response.StatusCode = _refusalStatus;
            return;
        }

        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        using var connection = new ScriptedConnection(context, socket);
        await _connections.Writer.WriteAsync(connection);
        await connection.Done;
    }
}

/// <summary>The server's end of one connection. Compresses when the client asked for it.</summary>
internal sealed class ScriptedConnection : IDisposable
{
    private readonly HttpContext _context;
    private readonly WebSocket _socket;
    private readonly Deflater? _deflater;
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Channel<JsonElement> _received = Channel.CreateUnbounded<JsonElement>();
    private readonly TaskCompletionSource<int?> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ScriptedConnection(HttpContext context, WebSocket socket)
    {
        _context = context;
        _socket = socket;
        Path = context.Request.Path;
        Query = context.Request.QueryString.Value ?? "";
        _deflater = Query.Contains("compress=zlib-stream", StringComparison.Ordinal) ? new Deflater() : null;
        _ = ReceiveAllAsync();
    }

    /// <summary>Answer each heartbeat with op 11, as Discord does. Off by default; for uncompressed connections.</summary>
    public bool Acknowledges { get; set; }

    public string Path { get; }

    public string Query { get; }

    public Task Done => _done.Task;

    public async Task SendAsync(string json)
    {
        if (_deflater is null)
        {
            await SendTextAsync(json);
        }
        else
        {
            await SendBinaryAsync(_deflater.Next(json));
        }
    }

    public Task SendTextAsync(string json, bool end = true)
    {
        return SendMessageAsync(Encoding.UTF8.GetBytes(json), WebSocketMessageType.Text, end);
    }

    public Task SendBinaryAsync(byte[] bytes)
    {
        return SendMessageAsync(bytes, WebSocketMessageType.Binary, end: true);
    }

    public byte[] Compress(string json)
    {
        return _deflater!.Next(json);
    }

    public Task SendHelloAsync(int intervalMilliseconds = 60_000)
    {
        return SendAsync($$$"""{"t":null,"s":null,"op":10,"d":{"heartbeat_interval":{{{intervalMilliseconds}}}}}""");
    }

    public Task SendReadyAsync(string session, Uri resumeUrl, int sequence = 1)
    {
        return SendDispatchAsync(
            sequence, "READY", $$"""{"v":10,"session_id":"{{session}}","resume_gateway_url":"{{resumeUrl}}","guilds":[]}""");
    }

    public Task SendDispatchAsync(long sequence, string type = "MESSAGE_CREATE", string data = "{}")
    {
        return SendAsync($$"""{"t":"{{type}}","s":{{sequence}},"op":0,"d":{{data}}""" + "}");
    }

    /// <summary>The next payload that is no heartbeat (unless it is asked for); its <c>d</c>.</summary>
    public async Task<JsonElement> ExpectAsync(int op)
    {
        while (true)
        {
            var payload = await _received.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10));
            var actual = payload.GetProperty("op").GetInt32();
            if (actual == op)
            {
                return payload.GetProperty("d");
            }

            Assert.Equal(1, actual);
        }
    }

    /// <summary>HELLO, IDENTIFY, READY.</summary>
    public async Task AdmitAsync(string session, Uri resumeUrl, int intervalMilliseconds = 60_000)
    {
        await SendHelloAsync(intervalMilliseconds);
        await ExpectAsync(2);
        await SendReadyAsync(session, resumeUrl);
    }

    /// <summary>HELLO, RESUME; the RESUME's <c>d</c>.</summary>
    public async Task<JsonElement> ExpectResumeAsync(int intervalMilliseconds = 60_000)
    {
        await SendHelloAsync(intervalMilliseconds);
        return await ExpectAsync(6);
    }

    public Task CloseAsync(int code)
    {
        return _socket.CloseOutputAsync((WebSocketCloseStatus)code, "a reason", CancellationToken.None);
    }

    public void Abort()
    {
        _context.Abort();
        _done.TrySetResult();
    }

    /// <summary>The code the client closed with; null when it dropped the socket.</summary>
    public Task<int?> ClosedAsync()
    {
        return _closed.Task.WaitAsync(TimeSpan.FromSeconds(10));
    }

    /// <summary>Not of the semaphore: a send may still hold it when the client has gone away in the middle of it.</summary>
    public void Dispose() => _deflater?.Dispose();

    private async Task SendMessageAsync(byte[] bytes, WebSocketMessageType type, bool end)
    {
        await _sending.WaitAsync();
        try
        {
            await _socket.SendAsync(bytes, type, end, CancellationToken.None);
        }
        finally
        {
            _sending.Release();
        }
    }

    private async Task ReceiveAllAsync()
    {
        var buffer = new byte[8192];
        try
        {
            while (true)
            {
                var length = 0;
                ValueWebSocketReceiveResult part;
                do
                {
                    part = await _socket.ReceiveAsync(buffer.AsMemory(length), CancellationToken.None);
                    length += part.Count;
                }
                while (!part.EndOfMessage);
                if (part.MessageType == WebSocketMessageType.Close)
                {
                    _closed.TrySetResult((int?)_socket.CloseStatus);
                    if (_socket.State == WebSocketState.CloseReceived)
                    {
                        await _socket.CloseOutputAsync(_socket.CloseStatus!.Value, null, CancellationToken.None);
                    }

                    break;
                }

                using var json = JsonDocument.Parse(buffer.AsMemory(0, length));
                if (Acknowledges && json.RootElement.GetProperty("op").GetInt32() == 1)
                {
                    await SendTextAsync("""{"op":11}""");
                }

                await _received.Writer.WriteAsync(json.RootElement.Clone());
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or IOException)
        {
            _closed.TrySetResult(null);
        }

        _received.Writer.TryComplete();
        _done.TrySetResult();
    }
}
