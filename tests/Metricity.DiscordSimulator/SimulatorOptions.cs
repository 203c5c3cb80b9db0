namespace Metricity.DiscordSimulator;

/// <summary>What the simulated Discord is like. Read once at the start; what a test changes later has a property elsewhere.</summary>
public sealed class SimulatorOptions
{
    /// <summary>Seed of every random choice (bucket names, session ids). Default 1.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Loopback TCP port for gateway and REST. 0 (default) takes a free one.</summary>
    public int Port { get; init; }

    /// <summary>The bot token that is accepted.</summary>
    public string Token { get; init; } = "sim-token";

    /// <summary>Dispatches a session holds for RESUME. Default 100, the least Discord is known to hold for one guild.</summary>
    public int ReplayBufferSize { get; init; } = 100;

    /// <summary>How long a session lives without a connection. Default 60 s.</summary>
    public TimeSpan SessionTtl { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Interval told in HELLO. Default 41.25 s, Discord's usual value.</summary>
    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromSeconds(41.25);

    /// <summary>The portal's MESSAGE_CONTENT toggle: fills content over REST, and lets IDENTIFY ask for the intent. Default off.</summary>
    public bool ContentToggle { get; init; }

    /// <summary>The portal's GUILD_MEMBERS toggle. Off: close 4014, and 403 for the member list. Default on.</summary>
    public bool MembersIntentEnabled { get; init; } = true;

    /// <summary>REST rate limits, per route and global. Default on; see <see cref="SimRest.SetLimit"/> for the figures.</summary>
    public bool RateLimits { get; init; } = true;

    /// <summary>IDENTIFYs left of 1000 in 24 h. One more than these resets the token, as Discord does.</summary>
    public int IdentifyRemaining { get; init; } = 1000;

    /// <summary>IDENTIFYs allowed per <see cref="IdentifyWindow"/> and bucket. Default 1.</summary>
    public int MaxConcurrency { get; init; } = 1;

    /// <summary>Window of <see cref="MaxConcurrency"/>; one too many gets op 9 false. Default 5 s, zero switches the rule off.</summary>
    public TimeSpan IdentifyWindow { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>One full member list (op 8) per guild in this time, else RATE_LIMITED. Default 30 s.</summary>
    public TimeSpan MemberRequestWindow { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Text that is put into every content-bearing field of every payload. Names that a collector rightly stores
    /// (username, channel, category, thread) never carry it. Null (default) = harmless filler.
    /// </summary>
    public string? Canary { get; init; }

    /// <summary>
    /// Whether message content is emptied as it is without the MESSAGE_CONTENT intent. Default: yes, except when a
    /// <see cref="Canary"/> is set, for then every field is filled, as if Discord broke its promise.
    /// </summary>
    public bool? BlankContent { get; init; }

    /// <summary>
    /// Channels that the bot cannot view come as <c>___hidden___</c> over the gateway and are left out of REST lists
    /// (in force from 16 November 2026). Default on; off is the older world, where everything is listed in full.
    /// </summary>
    public bool ObfuscateHiddenChannels { get; init; } = true;

    /// <summary>
    /// Permissions of the bot's own role in new guilds. Default VIEW_CHANNEL, READ_MESSAGE_HISTORY, CONNECT and no
    /// MANAGE_THREADS, so that private threads stay hidden until the bot is added.
    /// </summary>
    public ulong BotPermissions { get; init; } = SimPermissions.View | SimPermissions.History | SimPermissions.Connect;

    /// <summary>Refuse REST calls whose User-Agent does not begin with <c>DiscordBot (</c> (403, 40333). Default on.</summary>
    public bool RequireUserAgent { get; init; } = true;

    /// <summary>Clock of ids, timestamps, heartbeats, limits and session lifetimes.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    internal bool BlanksContent => BlankContent ?? Canary is null;
}
