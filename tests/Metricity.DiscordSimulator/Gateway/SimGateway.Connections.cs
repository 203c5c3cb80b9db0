using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Metricity.DiscordSimulator;

/// <summary>The life of a connection, from the HTTP upgrade to its end.</summary>
public sealed partial class SimGateway
{
    private const string WebSocketGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    private static readonly TimeSpan CloseReplyTime = TimeSpan.FromSeconds(2);

    private int _connectionNumber;

    internal async Task HandleAsync(HttpContext http)
    {
        Interlocked.Increment(ref _upgradeRequests);
        Signal.Pulse();
        if (_refusals.TryDequeue(out var status))
        {
            if (status == 0)
            {
                http.Abort();
                return;
            }

            http.Response.StatusCode = status;
            return;
        }

        var upgrade = http.Features.Get<IHttpUpgradeFeature>();
        var key = http.Request.Headers.SecWebSocketKey.ToString();
        if (upgrade is not { IsUpgradableRequest: true } || key.Length == 0)
        {
            http.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }

        http.Response.Headers.Connection = "Upgrade";
        http.Response.Headers.Upgrade = "websocket";
        http.Response.Headers.SecWebSocketAccept = Accept(key);
        await using var stream = await upgrade.UpgradeAsync();
        await RunAsync(http, stream);
    }

#pragma warning disable CA5350 // RFC 6455 asks for SHA-1 here; nothing is protected by it.
    private static string Accept(string key)
    {
        return Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + WebSocketGuid)));
    }
#pragma warning restore CA5350

    private async Task RunAsync(HttpContext http, Stream stream)
    {
        SimConnection connection;
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
        lock (World.Gate)
        {
            var query = http.Request.QueryString.Value ?? "";
            var zlib = http.Request.Query["compress"] == "zlib-stream";
            connection = new SimConnection(this, stream, http.Abort, ended.Cancel, ++_connectionNumber, query, zlib);
            _connections.Add(connection);
        }

        var writer = connection.WriteLoopAsync(ended.Token);
        try
        {
            Greet(connection, http.Request.Query["v"].ToString(), http.Request.Query["encoding"].ToString(), ended.Token);
            await ReadLoopAsync(connection, new FrameReader(stream), ended.Token);
        }
        catch (Exception error) when (error is IOException or OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // TCP was dropped, by either side: an ordinary end.
        }
        finally
        {
            End(connection);
            await Task.WhenAny(writer, Task.Delay(CloseReplyTime, CancellationToken.None));
            await ended.CancelAsync();
            await writer;
        }
    }

    private void Greet(SimConnection connection, string version, string encoding, CancellationToken ct)
    {
        Greeting greeting;
        lock (World.Gate)
        {
            greeting = _greetings.TryDequeue(out var scripted) ? scripted : Greeting.Normal;
        }

        if (greeting.Delay > TimeSpan.Zero)
        {
            RunInBackground(async () =>
            {
                await Task.Delay(greeting.Delay, _options.TimeProvider, ct);
                Greet(connection, greeting);
            });
            return;
        }

        if (version != "10" || encoding is not ("" or "json"))
        {
            lock (World.Gate)
            {
                Close(connection, 4012, "Invalid API version.");
            }

            return;
        }

        Greet(connection, greeting);
    }

    private void Greet(SimConnection connection, Greeting greeting)
    {
        lock (World.Gate)
        {
            if (greeting.SendsReconnect)
            {
                connection.Send(Outgoing.Json(ReconnectPayload));
            }

            if (!greeting.SendsHello)
            {
                return;
            }

            var patience = HeartbeatInterval * 1.5;
            connection.Watchdog = _options.TimeProvider.CreateTimer(_ => MissedHeartbeat(connection), null, patience, Timeout.InfiniteTimeSpan);
            connection.Send(Outgoing.Json(World.Wire.Build(w =>
            {
                w.WriteStartObject();
                w.WriteNull("t"u8);
                w.WriteNull("s"u8);
                w.WriteNumber("op"u8, 10);
                w.WriteStartObject("d"u8);
                w.WriteNumber("heartbeat_interval"u8, (int)HeartbeatInterval.TotalMilliseconds);
                Trace(w);
                w.WriteEndObject();
                w.WriteEndObject();
            })));
            if (BeatAfterHello)
            {
                connection.Send(Outgoing.Json(BeatPayload));
            }
        }
    }

    private async Task ReadLoopAsync(SimConnection connection, FrameReader reader, CancellationToken ct)
    {
        while (await reader.ReadAsync(ct) is { } message)
        {
            lock (World.Gate)
            {
                switch (message.Opcode)
                {
                    case FrameReader.Close:
                        OnClientClose(connection, message.Payload);
                        return;
                    case FrameReader.Ping:
                        connection.Send(new Outgoing(OutgoingKind.Pong) { Bytes = message.Payload });
                        break;
                    case FrameReader.Text or FrameReader.Binary when connection.IsOpen:
                        OnMessage(connection, message.Opcode, message.Payload);
                        break;
                    default:
                        break;
                }
            }
        }
    }

    private void OnClientClose(SimConnection connection, byte[] payload)
    {
        var code = payload.Length >= 2 ? (payload[0] << 8) | payload[1] : 1005;
        connection.ClientCloseCode = code;
        LastClientCloseCode = code;
        var first = connection.IsOpen;
        Detach(connection);
        if (first && code is 1000 or 1001 && connection.Session is { } session)
        {
            Kill(session);
        }

        if (first)
        {
            connection.Finish(new Outgoing(OutgoingKind.Close) { Code = code == 1005 ? 0 : code });
        }
    }

    private void End(SimConnection connection)
    {
        lock (World.Gate)
        {
            if (connection.IsOpen)
            {
                LastClientCloseCode = null;
            }

            Detach(connection);
            connection.Finish(null);
            connection.IsEnded = true;
        }

        Signal.Pulse();
    }

    private void MissedHeartbeat(SimConnection connection)
    {
        lock (World.Gate)
        {
            MissedHeartbeats++;
            Close(connection, MissedHeartbeatCode, "Session heartbeat missed.");
        }
    }

    /// <summary>Runs work that nobody awaits; what goes wrong is kept in <see cref="Failures"/>.</summary>
    private void RunInBackground(Func<Task> work)
    {
        _ = Task.Run(async () =>
        {
            try
            {
                await work();
            }
            catch (OperationCanceledException)
            {
                // The connection it worked for has ended.
            }
            catch (Exception error)
            {
                lock (World.Gate)
                {
                    _failures.Add(error);
                }

                Signal.Pulse();
            }
        });
    }
}

/// <summary>What comes first on a connection.</summary>
internal readonly record struct Greeting(TimeSpan Delay, bool SendsHello, bool SendsReconnect)
{
    public static Greeting Normal { get; } = new(TimeSpan.Zero, SendsHello: true, SendsReconnect: false);
}
