using System.IO.Compression;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace Metricity.Benchmarks;

/// <summary>
/// The least a program can do that wants six fields of each message: a socket, an inflater, one pass of <see cref="Utf8JsonReader"/>. No
/// session, no heartbeat, no checks, no records; what the collector's own way is measured against.
/// </summary>
internal static class BareReader
{
    /// <summary>Receives until so many payloads of MESSAGE_CREATE's size came. <paramref name="atFirst"/> is called at the first.</summary>
    public static async Task ReceiveAsync(Uri address, bool zlib, int messages, Action atFirst)
    {
        using var socket = new ClientWebSocket();
        socket.Options.KeepAliveInterval = TimeSpan.Zero;
        var query = zlib ? "/?v=10&encoding=json&compress=zlib-stream" : "/?v=10&encoding=json";
        await socket.ConnectAsync(new Uri(address, query), CancellationToken.None);
        var wire = new byte[64 * 1024];
        var payload = new byte[256 * 1024];
        var compressed = new MemoryStream();
        await using var inflater = new ZLibStream(compressed, CompressionMode.Decompress);
        var sum = 0L;
        for (var i = -3; i < messages; i++)
        {
            var length = 0;
            ValueWebSocketReceiveResult received;
            do
            {
                received = await socket.ReceiveAsync((zlib ? wire : payload).AsMemory(zlib ? 0 : length), CancellationToken.None);
                length += zlib ? Inflate(inflater, compressed, wire.AsSpan(0, received.Count), payload.AsSpan(length)) : received.Count;
            }
            while (!received.EndOfMessage);

            if (i == -3)
            {
                await socket.SendAsync(
                    Encoding.UTF8.GetBytes("""{"op":2,"d":{}}"""), WebSocketMessageType.Text, true, CancellationToken.None);
            }
            else if (i >= 0)
            {
                if (i == 0)
                {
                    atFirst();
                }

                sum += ReadSixFields(payload.AsSpan(0, length));
            }
        }

        Check(sum);
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
    }

    /// <summary>The same fields of payloads that lie in memory.</summary>
    public static void ReadMemory(byte[][] payloads, int messages)
    {
        var sum = 0L;
        for (var i = 0; i < messages; i++)
        {
            sum += ReadSixFields(payloads[i % payloads.Length]);
        }

        Check(sum);
    }

    private static int Inflate(ZLibStream inflater, MemoryStream compressed, ReadOnlySpan<byte> bytes, Span<byte> into)
    {
        compressed.SetLength(0);
        compressed.Write(bytes);
        compressed.Position = 0;
        var length = 0;
        while (inflater.Read(into[length..]) is > 0 and var count)
        {
            length += count;
        }

        return length;
    }

    /// <summary>Sequence, message, channel, guild, author and type; one pass over all tokens.</summary>
    private static long ReadSixFields(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        var sum = 0L;
        while (reader.Read())
        {
            if (reader.TokenType != JsonTokenType.PropertyName)
            {
                continue;
            }

            switch (reader.CurrentDepth)
            {
                case 1 when reader.ValueTextEquals("s"u8):
                    reader.Read();
                    sum += reader.GetInt64();
                    break;
                case 2 when reader.ValueTextEquals("type"u8):
                    reader.Read();
                    sum += reader.GetInt32();
                    break;
                case 2 when reader.ValueTextEquals("id"u8)
                    || reader.ValueTextEquals("channel_id"u8)
                    || reader.ValueTextEquals("guild_id"u8):
                    reader.Read();
                    sum += Id(ref reader);
                    break;
                case 2 when reader.ValueTextEquals("author"u8):
                    reader.Read();
                    break;
                case 3 when reader.ValueTextEquals("id"u8):
                    reader.Read();
                    sum += Id(ref reader);
                    break;
                case 2 or 3:
                    reader.Skip();
                    break;
            }
        }

        return sum;
    }

    private static long Id(ref Utf8JsonReader reader) =>
        System.Buffers.Text.Utf8Parser.TryParse(reader.ValueSpan, out long id, out _) ? id : throw new InvalidDataException();

    private static void Check(long sum)
    {
        if (sum == 0)
        {
            throw new InvalidDataException("Nothing was read.");
        }
    }
}
