namespace Metricity.DiscordSimulator.Seed;

/// <summary>Times of the seed are Unix milliseconds, which ids carry exactly.</summary>
internal static class SeedClock
{
    public const long Second = 1_000;
    public const long Minute = 60 * Second;
    public const long Hour = 60 * Minute;
    public const long Day = 24 * Hour;

    /// <summary>No end in sight.</summary>
    public const long Never = long.MaxValue;

    private const long DiscordEpoch = 1_420_070_400_000;

    public static long Of(DateTime utc) => new DateTimeOffset(utc.Ticks, TimeSpan.Zero).ToUnixTimeMilliseconds();

    public static DateTime ToTime(long at) => DateTime.UnixEpoch.AddTicks(at * TimeSpan.TicksPerMillisecond);

    /// <param name="low">Bits 21–0: told apart by them are ids of one millisecond.</param>
    public static ulong Id(long at, int low) => ((ulong)(at - DiscordEpoch) << 22) | (uint)low;
}
