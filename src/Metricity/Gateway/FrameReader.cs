using System.Net.WebSockets;
using System.Runtime.CompilerServices;

namespace Metricity.Gateway;

/// <summary>What came from the socket.</summary>
/// <param name="Payload">JSON, valid until the next read; empty for a close.</param>
/// <param name="Single">False when the payload may be several, one after the other.</param>
/// <param name="Compressed">It came through zlib.</param>
/// <param name="Closed">The server closed; its code is on the socket.</param>
internal readonly record struct Frame(ReadOnlyMemory<byte> Payload, bool Single, bool Compressed, bool Closed);

/// <summary>
/// Turns one connection's WebSocket messages into whole JSON payloads: reassembles fragments, inflates, and tells the monitor when
/// the socket is empty. One reader at a time; allocates nothing in the steady state.
/// </summary>
internal sealed class FrameReader : IDisposable
{
    private const int WireBytes = 16 * 1024;

    private readonly WebSocket _socket;
    private readonly HeartbeatMonitor _monitor;
    private readonly GatewayStatus _status;
    private readonly PayloadBuffer _payload;
    private readonly Inflater? _inflater;
    private readonly byte[] _wire;

    /// <param name="socket">Stays the caller's.</param>
    public FrameReader(WebSocket socket, HeartbeatMonitor monitor, GatewayContext context)
    {
        _socket = socket;
        _monitor = monitor;
        _status = context.Status;
        _payload = new PayloadBuffer(context.Options.MaxPayloadBytes);
        _inflater = context.Options.UsesZlib ? new Inflater() : null;
        _wire = context.Options.UsesZlib ? new byte[WireBytes] : [];
    }

    /// <summary>
    /// The next payload. Throws <see cref="InvalidDataException"/> (damaged stream), <see cref="PayloadTooLargeException"/>, or
    /// what the socket throws; after any of them the connection is of no use.
    /// </summary>
    public ValueTask<Frame> ReadAsync()
    {
        _payload.Clear();

        return _inflater is null ? ReadPlainAsync() : ReadCompressedAsync(_inflater);
    }

    public void Dispose()
    {
        _inflater?.Dispose();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Frame> ReadPlainAsync()
    {
        while (true)
        {
            var received = await Receive(_payload.Free, out var isAwaited);
            NoteReceived(received.Count, isAwaited);
            if (received.MessageType == WebSocketMessageType.Close)
            {
                return new Frame(default, Single: true, Compressed: false, Closed: true);
            }

            _payload.Advance(received.Count);
            if (received.EndOfMessage)
            {
                return Whole(received.MessageType == WebSocketMessageType.Binary && InflateWhole());
            }
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Frame> ReadCompressedAsync(Inflater inflater)
    {
        inflater.PassedFlush = false;
        var text = false;
        while (true)
        {
            var received = await Receive(_wire, out var isAwaited);
            NoteReceived(received.Count, isAwaited);
            if (received.MessageType == WebSocketMessageType.Close)
            {
                return new Frame(default, Single: true, Compressed: true, Closed: true);
            }

            if (received.MessageType == WebSocketMessageType.Text)
            {
                // Not compressed though compression was agreed on. Legal between payloads only.
                if (!text && _payload.Length > 0)
                {
                    throw new InvalidDataException("A text message came in the middle of a compressed payload.");
                }

                text = true;
                _payload.Append(_wire.AsSpan(0, received.Count));
            }
            else
            {
                inflater.Inflate(_wire.AsMemory(0, received.Count), _payload);
            }

            if (!received.EndOfMessage || (!text && !inflater.AtFlush))
            {
                continue;
            }

            if (_payload.Length == 0)
            {
                throw new InvalidDataException("A compressed payload was empty.");
            }

            _status.CountPayloadBytes(_payload.Length);

            return new Frame(_payload.Written, Single: text || !inflater.PassedFlush, Compressed: !text, Closed: false);
        }
    }

    private Frame Whole(bool compressed)
    {
        _status.CountPayloadBytes(_payload.Length);

        return new Frame(_payload.Written, Single: true, compressed, Closed: false);
    }

    /// <summary>Payload compression: a binary message of an uncompressed connection is a zlib stream of its own. Rare.</summary>
    private bool InflateWhole()
    {
        var compressed = _payload.Written.ToArray();
        _payload.Clear();
        using var inflater = new Inflater();
        inflater.Inflate(compressed, _payload);

        return true;
    }

    /// <summary>Never cancelled: cancelling aborts the socket. Whoever wants the read to end closes or aborts it.</summary>
    private ValueTask<ValueWebSocketReceiveResult> Receive(Memory<byte> into, out bool isAwaited)
    {
        var receive = _socket.ReceiveAsync(into, CancellationToken.None);
        isAwaited = !receive.IsCompleted;
        if (isAwaited)
        {
            _monitor.WaitsOnSocket();
        }

        return receive;
    }

    private void NoteReceived(int bytes, bool wasAwaited)
    {
        if (wasAwaited)
        {
            _monitor.SocketAnswered();
        }

        _status.CountWireBytes(bytes);
    }
}

/// <summary>
/// Where one payload is assembled. Grows by doubling up to a limit, and lets a giant array go with the next payload so that one
/// big GUILD_CREATE does not stay resident. Owned by the reader.
/// </summary>
internal sealed class PayloadBuffer(int maxBytes)
{
    private const int StartBytes = 64 * 1024;
    private const int KeepBytes = 1024 * 1024;

    private byte[] _bytes = new byte[StartBytes];

    public int Length { get; private set; }

    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, Length);

    /// <summary>Room for at least one more byte. Throws <see cref="PayloadTooLargeException"/> at the limit.</summary>
    public Memory<byte> Free
    {
        get
        {
            Reserve(1);

            return _bytes.AsMemory(Length);
        }
    }

    public void Advance(int count)
    {
        Length += count;
    }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        Reserve(bytes.Length);
        bytes.CopyTo(_bytes.AsSpan(Length));
        Length += bytes.Length;
    }

    public void Clear()
    {
        Length = 0;
        if (_bytes.Length > KeepBytes)
        {
            _bytes = new byte[StartBytes];
        }
    }

    private void Reserve(int count)
    {
        if (Length + (long)count > maxBytes)
        {
            throw new PayloadTooLargeException();
        }

        if (_bytes.Length - Length < count)
        {
            var size = Math.Max(_bytes.Length * 2L, Length + (long)count);
            Array.Resize(ref _bytes, (int)Math.Min(size, Math.Max(maxBytes, StartBytes)));
        }
    }
}

/// <summary>A payload passed <see cref="GatewayOptions.MaxPayloadBytes"/>.</summary>
internal sealed class PayloadTooLargeException : Exception;
