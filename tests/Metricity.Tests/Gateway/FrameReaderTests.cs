using System.IO.Compression;
using System.Net.WebSockets;
using System.Text;
using Metricity.Gateway;
using Microsoft.Extensions.Logging.Abstractions;

namespace Metricity.Tests.Gateway;

public sealed class FrameReaderTests
{
    private const int MaxBytes = 1024 * 1024;

    [Fact]
    public async Task Plain_fragments_make_one_payload()
    {
        var frames = Open(
            zlib: false,
            Text("""{"op":"""u8, end: false), Text("1"u8, end: false), Text("1}"u8), Text("""{"op":7}"""u8));

        Assert.Equal("""{"op":11}""", await ReadTextAsync(frames));
        Assert.Equal("""{"op":7}""", await ReadTextAsync(frames));
        Assert.True((await frames.ReadAsync()).Closed);
    }

    [Fact]
    public async Task Compressed_payloads_share_one_stream()
    {
        using var deflate = new Deflater();
        var frames = Open(zlib: true, Binary(deflate.Next("""{"op":11}""")), Binary(deflate.Next("""{"op":11,"d":null}""")));

        Assert.Equal("""{"op":11}""", await ReadTextAsync(frames));
        Assert.Equal("""{"op":11,"d":null}""", await ReadTextAsync(frames));
    }

    [Fact]
    public async Task Compressed_payload_may_be_split_anywhere_also_within_the_flush_mark()
    {
        var text = """{"op":0,"s":1,"t":"MESSAGE_CREATE","d":{"id":"1100000000000000001"}}""";
        var whole = new Deflater().Next(text);
        for (var cut = 1; cut < whole.Length; cut++)
        {
            // As two WebSocket messages, and as two fragments of one.
            foreach (var end in new[] { true, false })
            {
                var frames = Open(zlib: true, Binary(whole[..cut], end), Binary(whole[cut..]));

                var frame = await frames.ReadAsync();

                Assert.Equal(text, Encoding.UTF8.GetString(frame.Payload.Span));
                Assert.True(frame.Single);
            }
        }
    }

    [Fact]
    public async Task Two_payloads_in_one_message_are_marked_as_several_wherever_it_is_cut()
    {
        using var deflate = new Deflater();
        byte[] both = [.. deflate.Next("""{"op":11}"""), .. deflate.Next("""{"op":7}""")];
        for (var cut = 0; cut < both.Length - 1; cut++)
        {
            var frames = Open(zlib: true, Binary(both[..cut], end: false), Binary(both[cut..]));

            var frame = await frames.ReadAsync();

            Assert.Equal("""{"op":11}{"op":7}""", Encoding.UTF8.GetString(frame.Payload.Span));
            Assert.False(frame.Single);
        }
    }

    [Fact]
    public async Task Text_between_compressed_payloads_is_taken_as_it_is()
    {
        using var deflate = new Deflater();
        var frames = Open(
            zlib: true, Binary(deflate.Next("""{"op":11}""")), Text("""{"op":1}"""u8), Binary(deflate.Next("""{"op":7}""")));

        Assert.Equal("""{"op":11}""", await ReadTextAsync(frames));
        var text = await frames.ReadAsync();
        Assert.Equal("""{"op":1}""", Encoding.UTF8.GetString(text.Payload.Span));
        Assert.False(text.Compressed);
        Assert.Equal("""{"op":7}""", await ReadTextAsync(frames));
    }

    [Fact]
    public async Task Text_within_a_compressed_payload_is_damage()
    {
        var whole = new Deflater().Next("""{"op":11,"d":"something long enough to be inflated in part"}""");
        var frames = Open(zlib: true, Binary(whole[..^6]), Text("""{"op":1}"""u8));

        await Assert.ThrowsAsync<InvalidDataException>(async () => await frames.ReadAsync());
    }

    [Fact]
    public async Task Payload_compression_on_an_uncompressed_connection_is_understood()
    {
        using var blob = new MemoryStream();
        using (var zlib = new ZLibStream(blob, CompressionLevel.Fastest, leaveOpen: true))
        {
            zlib.Write("""{"op":0,"s":1,"t":"READY","d":{}}"""u8);
        }

        var frames = Open(zlib: false, Binary(blob.ToArray()), Text("""{"op":7}"""u8));

        Assert.Equal("""{"op":0,"s":1,"t":"READY","d":{}}""", await ReadTextAsync(frames));
        Assert.Equal("""{"op":7}""", await ReadTextAsync(frames));
    }

    [Fact]
    public async Task Corrupted_stream_is_damage()
    {
        var whole = new Deflater().Next("""{"op":11}""");
        whole[2] ^= 0xFF;
        var frames = Open(zlib: true, Binary(whole), Binary([0x00, 0x00, 0xFF, 0xFF]));

        await Assert.ThrowsAsync<InvalidDataException>(async () => await frames.ReadAsync());
    }

    [Fact]
    public async Task Binary_garbage_is_damage()
    {
        var frames = Open(zlib: true, Binary([1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0xFF, 0xFF]));

        await Assert.ThrowsAsync<InvalidDataException>(async () => await frames.ReadAsync());
    }

    [Fact]
    public async Task Payload_that_inflates_beyond_the_limit_is_refused()
    {
        var bomb = new Deflater().Next(new string('x', MaxBytes + 1));
        var frames = Open(zlib: true, Binary(bomb));

        await Assert.ThrowsAsync<PayloadTooLargeException>(async () => await frames.ReadAsync());
    }

    [Fact]
    public async Task Plain_payload_beyond_the_limit_is_refused()
    {
        var frames = Open(zlib: false, Text(new byte[MaxBytes + 1]));

        await Assert.ThrowsAsync<PayloadTooLargeException>(async () => await frames.ReadAsync());
    }

    [Fact]
    public async Task Giant_payload_is_read_whole_and_followed_by_a_small_one()
    {
        var giant = "\"" + new string('x', MaxBytes - 100) + "\"";
        using var deflate = new Deflater();
        var frames = Open(zlib: true, Binary(deflate.Next(giant)), Binary(deflate.Next("""{"op":7}""")));

        Assert.Equal(giant, await ReadTextAsync(frames));
        Assert.Equal("""{"op":7}""", await ReadTextAsync(frames));
    }

#if DEBUG
    // Unoptimised code makes a state machine an object, so that a payload costs three of them.
    private const int BytesPerPayload = 500;
#else
    private const int BytesPerPayload = 1;
#endif

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Reading_allocates_nothing_in_the_steady_state(bool zlib)
    {
        const int Count = 2000;
        var json = """{"t":"MESSAGE_CREATE","s":7,"op":0,"d":{"id":"1100000000000000001","content":""}}""";
        using var deflate = new Deflater();
        var script = Enumerable.Range(0, Count)
            .Select(_ => zlib ? Binary(deflate.Next(json)) : Text(Encoding.UTF8.GetBytes(json)))
            .ToArray();
        var frames = Open(zlib, script);
        for (var i = 0; i < Count / 2; i++)
        {
            await frames.ReadAsync();
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Count / 2; i++)
        {
            await frames.ReadAsync();
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, BytesPerPayload * Count / 2);
    }

    private static async Task<string> ReadTextAsync(FrameReader frames)
    {
        var frame = await frames.ReadAsync();
        return Encoding.UTF8.GetString(frame.Payload.Span);
    }

    private static FrameReader Open(bool zlib, params ScriptedSocket.Message[] script)
    {
        var options = new GatewayOptions
        {
            Token = new Secret("token"),
            Compression = zlib ? GatewayOptions.ZlibStream : GatewayOptions.NoCompression,
            MaxPayloadBytes = MaxBytes,
        };
        var context = new GatewayContext(options, new GatewayStatus(), TimeProvider.System, NullLogger.Instance);
        return new FrameReader(new ScriptedSocket(script), new HeartbeatMonitor(TimeProvider.System), context);
    }

    private static ScriptedSocket.Message Text(ReadOnlySpan<byte> bytes, bool end = true)
    {
        return new ScriptedSocket.Message(WebSocketMessageType.Text, bytes.ToArray(), end);
    }

    private static ScriptedSocket.Message Binary(byte[] bytes, bool end = true)
    {
        return new ScriptedSocket.Message(WebSocketMessageType.Binary, bytes, end);
    }
}
