namespace Metricity.Gateway;

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
