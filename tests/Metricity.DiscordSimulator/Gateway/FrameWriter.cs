using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace Metricity.DiscordSimulator;

/// <summary>
/// Builds the bytes of one connection: payloads, compressed or not, into WebSocket frames. Many payloads may gather before
/// one write to the socket. Used by the connection's writer only.
/// </summary>
internal sealed class FrameWriter(SimGateway gateway, bool zlibStream) : IDisposable
{
    private const int PayloadCompressionFrom = 512;

    private readonly ArrayBufferWriter<byte> _out = new(64 * 1024);
    private readonly MemoryStream _compressed = new();
    private ZLibStream? _zlib;
    private int _joined;

    /// <summary>IDENTIFY asked for payload compression: larger payloads are a zlib blob each.</summary>
    public bool CompressPayloads { get; set; }

    public int Count => _out.WrittenCount;

    public ReadOnlyMemory<byte> Written => _out.WrittenMemory;

    public void Clear()
    {
        _out.ResetWrittenCount();
    }

    public void Dispatch(SimDispatch dispatch, int intents)
    {
        Span<byte> number = stackalloc byte[24];
        dispatch.Sequence.TryFormat(number, out var digits, default, CultureInfo.InvariantCulture);
        Payload(dispatch.Event.Head, number[..digits], ",\"op\":0,\"d\":"u8, dispatch.Event.BodyFor(intents), "}"u8);
    }

    public void Payload(ReadOnlySpan<byte> json)
    {
        Payload(json, default, default, default, default);
    }

    /// <summary>One frame or, when the test wants it, several.</summary>
    public void Message(int opcode, ReadOnlySpan<byte> payload)
    {
        var parts = Math.Clamp(gateway.FragmentFrames, 1, Math.Max(1, payload.Length));
        for (var i = 0; i < parts; i++)
        {
            var from = (int)((long)payload.Length * i / parts);
            var to = (int)((long)payload.Length * (i + 1) / parts);
            Header(i == 0 ? opcode : FrameReader.Continuation, i == parts - 1, to - from);
            _out.Write(payload[from..to]);
        }
    }

    public void Close(int code, string reason)
    {
        if (code == 0)
        {
            Header(FrameReader.Close, final: true, 0);
            return;
        }

        var text = Encoding.UTF8.GetBytes(reason);
        Header(FrameReader.Close, final: true, 2 + text.Length);
        BinaryPrimitives.WriteUInt16BigEndian(_out.GetSpan(2), (ushort)code);
        _out.Advance(2);
        _out.Write(text);
    }

    /// <summary>The beginning of a frame that never ends.</summary>
    public void BrokenFrame()
    {
        Header(zlibStream ? FrameReader.Binary : FrameReader.Text, final: true, 1000);
        _out.Write("{\"t\":\"MESSAGE_CR"u8);
    }

    /// <summary>The beginning of a message that never ends: a whole first frame, without the last.</summary>
    public void BrokenMessage()
    {
        Header(zlibStream ? FrameReader.Binary : FrameReader.Text, final: false, 8);
        _out.Write(zlibStream ? [0x78, 1, 2, 3, 4, 5, 6, 7] : "{\"t\":\"ME"u8);
    }

    /// <summary>A whole message with half of a compressed payload, of which the other half never comes.</summary>
    public void BrokenPayload()
    {
        if (!zlibStream)
        {
            BrokenMessage();
            return;
        }

        _zlib ??= new ZLibStream(_compressed, CompressionLevel.Fastest, leaveOpen: true);
        _zlib.Write("""{"t":"MESSAGE_CREATE","s":1,"op":0,"d":{}}"""u8);
        _zlib.Flush();
        Message(FrameReader.Binary, Compressed()[..(int)(_compressed.Length / 2)]);
    }

    public void Raw(ReadOnlySpan<byte> bytes)
    {
        _out.Write(bytes);
    }

    public void Dispose()
    {
        _zlib?.Dispose();
        _compressed.Dispose();
    }

    private void Payload(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b, ReadOnlySpan<byte> c, ReadOnlySpan<byte> d, ReadOnlySpan<byte> e)
    {
        var length = a.Length + b.Length + c.Length + d.Length + e.Length;
        if (zlibStream)
        {
            _zlib ??= new ZLibStream(_compressed, CompressionLevel.Fastest, leaveOpen: true);
            WriteAll(_zlib, a, b, c, d, e);
            _zlib.Flush();
            EndPayload();
        }
        else if (CompressPayloads && length >= PayloadCompressionFrom)
        {
            using (var blob = new ZLibStream(_compressed, CompressionLevel.Fastest, leaveOpen: true))
            {
                WriteAll(blob, a, b, c, d, e);
            }

            Message(FrameReader.Binary, Compressed());
            _compressed.SetLength(0);
        }
        else if (gateway.FragmentFrames > 1)
        {
            WriteAll(_compressed, a, b, c, d, e);
            Message(FrameReader.Text, Compressed());
            _compressed.SetLength(0);
        }
        else
        {
            Header(FrameReader.Text, final: true, length);
            _out.Write(a);
            _out.Write(b);
            _out.Write(c);
            _out.Write(d);
            _out.Write(e);
        }
    }

    private static void WriteAll(
        Stream stream,
        ReadOnlySpan<byte> a,
        ReadOnlySpan<byte> b,
        ReadOnlySpan<byte> c,
        ReadOnlySpan<byte> d,
        ReadOnlySpan<byte> e)
    {
        stream.Write(a);
        stream.Write(b);
        stream.Write(c);
        stream.Write(d);
        stream.Write(e);
    }

    /// <summary>Sends what the zlib stream gave for a payload: in one message, in several, or together with the next.</summary>
    private void EndPayload()
    {
        if (++_joined < gateway.JoinPayloads)
        {
            return;
        }

        _joined = 0;
        var bytes = Compressed();
        if (gateway.TakeCorruption())
        {
            // A block of type 3, which no deflate stream has; the suffix stays, so the client takes the payload for whole.
            bytes[..^4].Fill(0xFF);
        }

        var parts = Math.Clamp(gateway.SplitMessages, 1, bytes.Length);
        for (var i = 0; i < parts; i++)
        {
            Message(FrameReader.Binary, bytes[Cut(bytes.Length, i, parts)..Cut(bytes.Length, i + 1, parts)]);
        }

        _compressed.SetLength(0);
    }

    /// <summary>Even parts, except that the last is two bytes: the suffix 00 00 FF FF is always torn apart.</summary>
    private static int Cut(int length, int index, int parts)
    {
        return index == parts - 1 && parts > 1 ? length - 2 : (int)((long)length * index / parts);
    }

    private Span<byte> Compressed()
    {
        return _compressed.GetBuffer().AsSpan(0, (int)_compressed.Length);
    }

    private void Header(int opcode, bool final, int length)
    {
        var span = _out.GetSpan(10);
        span[0] = (byte)((final ? 0x80 : 0) | opcode);
        switch (length)
        {
            case < 126:
                span[1] = (byte)length;
                _out.Advance(2);
                break;
            case <= ushort.MaxValue:
                span[1] = 126;
                BinaryPrimitives.WriteUInt16BigEndian(span[2..], (ushort)length);
                _out.Advance(4);
                break;
            default:
                span[1] = 127;
                BinaryPrimitives.WriteUInt64BigEndian(span[2..], (ulong)length);
                _out.Advance(10);
                break;
        }
    }
}
