using System.Buffers.Binary;
using System.IO.Compression;

namespace Metricity.Benchmarks.Load;

/// <summary>
/// Everything one connection is sent, as the bytes that go through the socket: unmasked WebSocket messages one after another, either plain
/// text or one zlib stream flushed after every payload. Made before anybody connects, so that sending costs next to nothing.
/// </summary>
internal sealed class EncodedLoad
{
    private readonly byte[] _bytes;
    private readonly int[] _ends;

    private EncodedLoad(byte[] bytes, int[] ends)
    {
        _bytes = bytes;
        _ends = ends;
    }

    public static EncodedLoad Make(int port, int messages, bool zlib)
    {
        using var wire = new MemoryStream();
        using var deflated = new MemoryStream();
        using var deflater = new ZLibStream(deflated, CompressionLevel.Optimal);
        var ends = new int[messages + 3];
        for (var i = 0; i < ends.Length; i++)
        {
            var payload = i switch
            {
                0 => Payloads.Hello(),
                1 => Payloads.Ready(port),
                2 => Payloads.Guild(),
                _ => Payloads.Message(i - 3),
            };
            if (zlib)
            {
                deflated.SetLength(0);
                deflater.Write(payload);
                deflater.Flush();
                WriteFrame(wire, binary: true, deflated.GetBuffer().AsSpan(0, (int)deflated.Length));
            }
            else
            {
                WriteFrame(wire, binary: false, payload);
            }

            ends[i] = checked((int)wire.Length);
        }

        return new EncodedLoad(wire.ToArray(), ends);
    }

    /// <summary>HELLO.</summary>
    public ReadOnlyMemory<byte> Hello => _bytes.AsMemory(0, _ends[0]);

    /// <summary>READY and GUILD_CREATE.</summary>
    public ReadOnlyMemory<byte> Session => _bytes.AsMemory(_ends[0].._ends[2]);

    /// <summary>All messages.</summary>
    public ReadOnlyMemory<byte> Messages => _bytes.AsMemory(_ends[2]);

    public ReadOnlyMemory<byte> Message(int message) => _bytes.AsMemory(_ends[message + 2].._ends[message + 3]);

    private static void WriteFrame(MemoryStream wire, bool binary, ReadOnlySpan<byte> payload)
    {
        Span<byte> header = stackalloc byte[10];
        header[0] = binary ? (byte)0x82 : (byte)0x81;
        int length;
        if (payload.Length < 126)
        {
            header[1] = (byte)payload.Length;
            length = 2;
        }
        else if (payload.Length <= ushort.MaxValue)
        {
            header[1] = 126;
            BinaryPrimitives.WriteUInt16BigEndian(header[2..], (ushort)payload.Length);
            length = 4;
        }
        else
        {
            header[1] = 127;
            BinaryPrimitives.WriteUInt64BigEndian(header[2..], (ulong)payload.Length);
            length = 10;
        }

        wire.Write(header[..length]);
        wire.Write(payload);
    }
}
