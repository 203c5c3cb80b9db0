namespace Metricity.DiscordSimulator;

/// <summary>How member requests (op 8) are answered.</summary>
public enum SimChunks
{
    Normal,

    /// <summary>Not at all.</summary>
    None,

    /// <summary>Last chunk first.</summary>
    Reversed,

    /// <summary>The middle one never comes.</summary>
    OneMissing,

    /// <summary>All with a nonce that nobody asked for.</summary>
    WrongNonce,

    /// <summary>The next request gets RATE_LIMITED with the whole window; then <see cref="Normal"/>.</summary>
    RateLimitedOnce,

    /// <summary>The next request gets half of its chunks, then TCP is dropped; then <see cref="Normal"/>.</summary>
    DisconnectMidway,
}
