using System.IO.Compression;
using System.Text;

namespace Metricity.Tests.Gateway;

/// <summary>The server's side of zlib-stream: one stream, flushed after every payload.</summary>
internal sealed class Deflater : IDisposable
{
    private readonly MemoryStream _out = new();
    private readonly ZLibStream _zlib;

    public Deflater()
    {
        _zlib = new ZLibStream(_out, CompressionLevel.Fastest);
    }

    public byte[] Next(string payload)
    {
        _zlib.Write(Encoding.UTF8.GetBytes(payload));
        _zlib.Flush();
        var bytes = _out.ToArray();
        _out.SetLength(0);
        return bytes;
    }

    public void Dispose()
    {
        _zlib.Dispose();
        _out.Dispose();
    }
}
