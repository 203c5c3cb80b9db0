using System.Buffers.Binary;

namespace Metricity.DiscordSimulator;

/// <summary>
/// Reads what a client sends: masked WebSocket frames (RFC 6455) into whole messages. Our own, because the simulator must
/// also write what no WebSocket library writes, on the same stream.
/// </summary>
internal sealed class FrameReader(Stream stream)
{
    public const int Continuation = 0;
    public const int Text = 1;
    public const int Binary = 2;
    public const int Close = 8;
    public const int Ping = 9;
    public const int Pong = 10;

    /// <summary>Far above the 4096 bytes a client may send, so that too much is seen as such.</summary>
    private const int MaxMessage = 1 << 20;

    private readonly byte[] _header = new byte[14];

    /// <summary>The next message or control frame; null when the client is gone or does not speak WebSocket.</summary>
    public async Task<(int Opcode, byte[] Payload)?> ReadAsync(CancellationToken ct)
    {
        var opcode = 0;
        byte[] message = [];
        while (true)
        {
            if (await FillAsync(_header.AsMemory(0, 2), ct) is false)
            {
                return null;
            }

            var final = (_header[0] & 0x80) != 0;
            var frameOpcode = _header[0] & 0x0F;
            var length = await ReadLengthAsync(_header[1] & 0x7F, ct);
            if (length is < 0 or > MaxMessage || message.Length + length > MaxMessage || (_header[1] & 0x80) == 0)
            {
                return null;
            }

            var mask = new byte[4];
            var payload = new byte[length];
            if (!await FillAsync(mask, ct) || !await FillAsync(payload, ct))
            {
                return null;
            }

            for (var i = 0; i < payload.Length; i++)
            {
                payload[i] ^= mask[i & 3];
            }

            if (frameOpcode >= Close)
            {
                return (frameOpcode, payload);
            }

            opcode = frameOpcode == Continuation ? opcode : frameOpcode;
            message = message.Length == 0 ? payload : [.. message, .. payload];
            if (final)
            {
                return (opcode, message);
            }
        }
    }

    private async Task<long> ReadLengthAsync(int shortLength, CancellationToken ct)
    {
        var bytes = shortLength switch { 126 => 2, 127 => 8, _ => 0 };
        if (bytes == 0)
        {
            return shortLength;
        }

        var buffer = new byte[8];
        return await FillAsync(buffer.AsMemory(8 - bytes), ct) ? BinaryPrimitives.ReadInt64BigEndian(buffer) : -1;
    }

    private async Task<bool> FillAsync(Memory<byte> target, CancellationToken ct)
    {
        return await stream.ReadAtLeastAsync(target, target.Length, throwOnEndOfStream: false, ct) == target.Length;
    }
}
