using System.IO.Compression;

namespace Metricity.Gateway;

/// <summary>
/// Discord's transport compression: one zlib stream for a whole connection, flushed (00 00 FF FF) after every payload. The
/// compressed bytes pass through the framework's inflater straight into the payload buffer. Owned by the reader.
/// </summary>
internal sealed class Inflater : IDisposable
{
    private const uint FlushMark = 0x0000FFFF;
    private static ReadOnlySpan<byte> FlushBytes => [0x00, 0x00, 0xFF, 0xFF];

    private readonly FeedStream _feed = new();
    private readonly ZLibStream _zlib;
    private uint _tail = uint.MaxValue;

    public Inflater()
    {
        _zlib = new ZLibStream(_feed, CompressionMode.Decompress);
    }

    /// <summary>The bytes so far end in a flush: if the WebSocket message ends here too, so does the payload.</summary>
    public bool AtFlush => _tail == FlushMark;

    /// <summary>A flush mark was seen before the end, so the bytes may hold several payloads. Reset by the owner.</summary>
    public bool PassedFlush { get; set; }

    /// <summary>Throws <see cref="InvalidDataException"/> when the stream is damaged, and <see cref="PayloadTooLargeException"/>.</summary>
    /// <param name="compressed">Must stay valid during the call only; may end anywhere.</param>
    /// <param name="into">Takes the inflated bytes.</param>
    public void Inflate(ReadOnlyMemory<byte> compressed, PayloadBuffer into)
    {
        NoteFlushes(compressed.Span, into.Length > 0);
        _feed.Feed(compressed);
        while (true)
        {
            var count = _zlib.Read(into.Free.Span);
            if (count == 0)
            {
                break;
            }

            into.Advance(count);
        }

        if (!_feed.IsEmpty)
        {
            throw new InvalidDataException("The zlib stream ended before its data did.");
        }
    }

    public void Dispose()
    {
        _zlib.Dispose();
    }

    private void NoteFlushes(ReadOnlySpan<byte> bytes, bool inPayload)
    {
        if (bytes.IsEmpty)
        {
            return;
        }

        PassedFlush |= AtFlush && inPayload;
        for (var i = 0; i < Math.Min(bytes.Length, 4); i++)
        {
            _tail = (_tail << 8) | bytes[i];
            PassedFlush |= _tail == FlushMark && i + 1 < bytes.Length;
        }

        if (bytes.Length > 4)
        {
            var mark = bytes.IndexOf(FlushBytes);
            PassedFlush |= mark >= 0 && mark < bytes.Length - 4;
            foreach (var last in bytes[^4..])
            {
                _tail = (_tail << 8) | last;
            }
        }
    }

    /// <summary>Gives the inflater what is there and then "nothing now", which it survives.</summary>
    private sealed class FeedStream : Stream
    {
        private ReadOnlyMemory<byte> _pending;

        public bool IsEmpty => _pending.IsEmpty;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public void Feed(ReadOnlyMemory<byte> bytes)
        {
            _pending = bytes;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            var count = Math.Min(buffer.Length, _pending.Length);
            _pending.Span[..count].CopyTo(buffer);
            _pending = _pending[count..];

            return count;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
