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
/// Turns one connection's WebSocket messages into whole JSON payloads: reassembles fragments, inflates, and tells the heart when
/// the socket is empty. One reader at a time; allocates nothing in the steady state.
/// </summary>
internal sealed class FrameReader : IDisposable
{
    private const int WireBytes = 16 * 1024;

    private readonly WebSocket _socket;
    private readonly Heart _heart;
    private readonly GatewayStatus _status;
    private readonly PayloadBuffer _payload;
    private readonly Inflater? _inflater;
    private readonly byte[] _wire;

    /// <param name="socket">Stays the caller's.</param>
    /// <param name="zlib">The connection was opened with zlib-stream.</param>
    public FrameReader(WebSocket socket, bool zlib, int maxBytes, Heart heart, GatewayStatus status)
    {
        _socket = socket;
        _heart = heart;
        _status = status;
        _payload = new PayloadBuffer(maxBytes);
        _inflater = zlib ? new Inflater() : null;
        _wire = zlib ? new byte[WireBytes] : [];
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
            var received = await ReceiveAsync(_payload.Free);
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
            var received = await ReceiveAsync(_wire);
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

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ValueWebSocketReceiveResult> ReceiveAsync(Memory<byte> into)
    {
        // Never cancelled: cancelling aborts the socket. Whoever wants the read to end closes or aborts it.
        var receive = _socket.ReceiveAsync(into, CancellationToken.None);
        ValueWebSocketReceiveResult received;
        if (receive.IsCompleted)
        {
            received = await receive;
        }
        else
        {
            _heart.WaitsOnSocket();
            received = await receive;
            _heart.SocketAnswered();
        }

        _status.CountWireBytes(received.Count);
        return received;
    }
}
