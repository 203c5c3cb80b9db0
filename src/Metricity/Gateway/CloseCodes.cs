namespace Metricity.Gateway;

/// <summary>What a connection's end means for the session.</summary>
internal enum CloseAction
{
    /// <summary>Reconnect and RESUME.</summary>
    Resume,

    /// <summary>The session is gone: reconnect and IDENTIFY.</summary>
    Identify,

    /// <summary>Stop; a person must act.</summary>
    Refuse,
}

/// <summary>
/// The table of close codes. "Reconnect" is from Discord's Opcodes and Status Codes page, "resume" from docs pull request 7172.
/// Unknown codes resume: in the worst case that ends in op 9 and one wasted connection.
/// </summary>
internal static class CloseCodes
{
    /// <summary>Our own close. 1000 and 1001 would end the session at once, any other code keeps it.</summary>
    public const int KeepSession = 4000;

    public const int AuthenticationFailed = 4004;
    public const int InvalidShard = 4010;
    public const int ShardingRequired = 4011;
    public const int InvalidVersion = 4012;
    public const int InvalidIntents = 4013;
    public const int DisallowedIntents = 4014;

    /// <param name="code">The server's code; null when it closed without one or the connection broke.</param>
    public static CloseAction ActionFor(int? code)
    {
        return code switch
        {
            AuthenticationFailed or InvalidShard or ShardingRequired or InvalidVersion or InvalidIntents or DisallowedIntents
                => CloseAction.Refuse,
            4001 or 4003 or 4005 or 4006 or 4007 or 4009 => CloseAction.Identify,
            _ => CloseAction.Resume,
        };
    }

    /// <summary>A sentence for the operator that names the setting or switch and the way out.</summary>
    public static string RefusalFor(int code)
    {
        return code switch
        {
            AuthenticationFailed => "Discord does not accept the bot token (4004): copy a fresh one from the Developer Portal, "
                + "page Bot, into Discord:Token.",
            InvalidShard => "Discord does not accept the shard number (4010): it must be smaller than the number of shards.",
            ShardingRequired => "Discord asks for more shards (4011): this bot is in too many guilds for one connection.",
            InvalidVersion => "Discord no longer speaks gateway version 10 (4012): update Metricity.",
            InvalidIntents => "Discord does not know the requested intents (4013): update Metricity.",
            DisallowedIntents => "Discord refuses the Server Members intent (4014): switch on \"Server Members Intent\" in the "
                + "Developer Portal, page Bot, and start again.",
            _ => $"Discord closed the connection for good ({code}).",
        };
    }
}
