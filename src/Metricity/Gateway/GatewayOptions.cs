using Microsoft.Extensions.Logging;

namespace Metricity.Gateway;

/// <summary>What every part of the gateway works with.</summary>
internal sealed record GatewayContext(GatewayOptions Options, GatewayStatus Status, TimeProvider Time, ILogger Logger);

/// <summary>Settings of one gateway client. The time limits are constants of operation; tests shorten them.</summary>
internal sealed class GatewayOptions
{
    public const string ZlibStream = "zlib-stream";
    public const string NoCompression = "none";

    /// <summary>The bot token, without the word "Bot".</summary>
    public required Secret Token { get; init; }

    /// <summary><see cref="ZlibStream"/> (the default) or <see cref="NoCompression"/>.</summary>
    public string Compression { get; init; } = ZlibStream;

    /// <summary>From 0 to <see cref="ShardCount"/> − 1. Default 0.</summary>
    public int ShardId { get; init; }

    /// <summary>Shards of the bot, this one included. Default 1.</summary>
    public int ShardCount { get; init; } = 1;

    /// <summary>Largest payload after inflating, in bytes; a larger one ends the connection. Default 64 MiB.</summary>
    public int MaxPayloadBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>TCP, TLS and the upgrade together. Default 20 s.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>From the upgrade to HELLO. Default 20 s.</summary>
    public TimeSpan HelloTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>From HELLO to the first dispatch. Long, since in an outage Discord keeps clients waiting. Default 3 min.</summary>
    public TimeSpan SessionTimeout { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>One send; then the connection counts as dead. Default 15 s.</summary>
    public TimeSpan SendTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Close frame and the server's answer together; then the socket is dropped. Default 2 s.</summary>
    public TimeSpan CloseTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>First step of the reconnect backoff, which doubles. Default 1 s.</summary>
    public TimeSpan BackoffBase { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Longest step of the reconnect backoff. Default 60 s.</summary>
    public TimeSpan BackoffMax { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>A connection live for this long starts the backoff anew. Short, as Discord's replay buffer may be. Default 10 s.</summary>
    public TimeSpan StableAfter { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Shortest random wait after op 9 (Discord staff: 1 to 5 s). Default 1 s.</summary>
    public TimeSpan InvalidSessionWaitMin { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Longest random wait after op 9. Default 5 s.</summary>
    public TimeSpan InvalidSessionWaitMax { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Least time between two IDENTIFYs (Discord: max_concurrency per 5 s). Default 5 s.</summary>
    public TimeSpan IdentifySpacing { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>RESUMEs that reach the server without success before the session is given up. Default 5.</summary>
    public int MaxResumeAttempts { get; init; } = 5;

    /// <summary>Time since the session was last live after which one failed RESUME gives it up. Default 5 min.</summary>
    public TimeSpan ResumeTimeLimit { get; init; } = TimeSpan.FromMinutes(5);

    internal bool UsesZlib => Compression == ZlibStream;

    /// <summary>Throws <see cref="ArgumentException"/>; the program's own validation speaks to the operator before this.</summary>
    internal void Validate()
    {
        if (Compression is not (ZlibStream or NoCompression))
        {
            throw new ArgumentException($"Compression must be {ZlibStream} or {NoCompression}.");
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(ShardCount, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(ShardId);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(ShardId, ShardCount);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxPayloadBytes, 1024);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxResumeAttempts, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(InvalidSessionWaitMax, InvalidSessionWaitMin);
        ArgumentOutOfRangeException.ThrowIfLessThan(BackoffMax, BackoffBase);
    }
}
