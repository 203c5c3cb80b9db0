namespace Metricity.DiscordSimulator;

/// <summary>Intent bits; an event with the mask <see cref="Always"/> is sent whatever was asked for.</summary>
public static class SimIntents
{
    public const int Always = 0;
    public const int Guilds = 1;
    public const int Members = 1 << 1;
    public const int Presences = 1 << 8;
    public const int Messages = 1 << 9;
    public const int DirectMessages = 1 << 12;
    public const int Content = 1 << 15;

    /// <summary>Every bit Discord has given a meaning; another one is close 4013.</summary>
    internal const long Known = 0x1FFFFL | (1 << 20) | (1 << 21) | (1 << 24) | (1 << 25);
}
