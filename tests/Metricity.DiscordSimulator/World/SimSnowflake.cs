namespace Metricity.DiscordSimulator;

/// <summary>Discord's ids: bits 63–22 are the milliseconds since 2015-01-01T00:00:00Z.</summary>
public static class SimSnowflake
{
    private const long EpochMs = 1420070400000;

    public static DateTimeOffset TimeOf(ulong id)
    {
        return DateTimeOffset.FromUnixTimeMilliseconds((long)(id >> 22) + EpochMs);
    }

    /// <summary>The lowest id of the given moment.</summary>
    public static ulong FirstAt(DateTimeOffset at)
    {
        return (ulong)(at.ToUnixTimeMilliseconds() - EpochMs) << 22;
    }
}
