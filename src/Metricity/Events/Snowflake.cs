using System.Buffers.Text;
using System.Globalization;

namespace Metricity.Events;

/// <summary>
/// A Discord id: 64 unsigned bits whose upper 42 are milliseconds since 2015-01-01T00:00:00Z
/// (Discord docs, "API Reference: Snowflakes"). Ordered by value, which is by time to the millisecond.
/// </summary>
internal readonly record struct Snowflake(ulong Value) : IComparable<Snowflake>
{
    private const long DiscordEpochMilliseconds = 1_420_070_400_000;

    /// <summary>When the id was made, in UTC, to the millisecond.</summary>
    public DateTime CreatedAt => DateTime.UnixEpoch.AddMilliseconds((long)(Value >> 22) + DiscordEpochMilliseconds);

    public bool IsNone => Value == 0;

    /// <summary>The lowest id that can have been made at <paramref name="time"/>; zero for times before 2015.</summary>
    public static Snowflake At(DateTimeOffset time)
    {
        var milliseconds = time.ToUnixTimeMilliseconds() - DiscordEpochMilliseconds;

        return new Snowflake(milliseconds <= 0 ? 0 : (ulong)milliseconds << 22);
    }

    /// <summary>The shard that Discord sends this guild's events to (Discord docs, "Gateway: Sharding").</summary>
    public int ShardOf(int shardCount) => (int)((Value >> 22) % (ulong)shardCount);

    /// <summary>Reads decimal digits and nothing else. False for zero, which is no id.</summary>
    public static bool TryParse(ReadOnlySpan<byte> digits, out Snowflake id)
    {
        var ok = Utf8Parser.TryParse(digits, out ulong value, out var used) && used == digits.Length && value != 0;
        id = new Snowflake(ok ? value : 0);

        return ok;
    }

    /// <inheritdoc cref="TryParse(ReadOnlySpan{byte}, out Snowflake)"/>
    public static bool TryParse(ReadOnlySpan<char> digits, out Snowflake id)
    {
        var ok = ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value != 0;
        id = new Snowflake(ok ? value : 0);

        return ok;
    }

    public int CompareTo(Snowflake other) => Value.CompareTo(other.Value);

    /// <summary>The decimal form, as Discord sends it and as the tables keep it.</summary>
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}
