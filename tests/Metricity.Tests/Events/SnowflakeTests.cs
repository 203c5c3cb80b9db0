using Metricity.Events;

namespace Metricity.Tests.Events;

public sealed class SnowflakeTests
{
    [Fact]
    public void Creation_time_is_the_upper_42_bits_since_2015()
    {
        var createdAt = new Snowflake(175928847299117063).CreatedAt;

        Assert.Equal(new DateTime(2016, 4, 30, 11, 18, 25, 796, DateTimeKind.Utc), createdAt);
        Assert.Equal(DateTimeKind.Utc, createdAt.Kind);
    }

    [Fact]
    public void Highest_id_has_a_creation_time()
    {
        Assert.Equal(2154, new Snowflake(ulong.MaxValue).CreatedAt.Year);
    }

    [Fact]
    public void Lowest_id_of_a_time_was_made_at_that_time()
    {
        var time = new DateTimeOffset(2024, 6, 1, 14, 0, 0, 123, TimeSpan.FromHours(2));

        var id = Snowflake.At(time);

        Assert.Equal(time.UtcDateTime, id.CreatedAt);
        Assert.True(new Snowflake(id.Value - 1).CreatedAt < time.UtcDateTime);
        Assert.True(Snowflake.At(DateTimeOffset.UnixEpoch).IsNone);
    }

    [Fact]
    public void Order_is_by_value_and_not_by_text()
    {
        Assert.True(new Snowflake(9).CompareTo(new Snowflake(10)) < 0);
    }

    [Fact]
    public void Shard_is_by_the_time_bits()
    {
        Assert.Equal(0, new Snowflake(1100000000000000000).ShardOf(1));
        Assert.Equal((int)((1100000000000000000UL >> 22) % 7), new Snowflake(1100000000000000000).ShardOf(7));
    }

    [Theory]
    [InlineData("1", true)]
    [InlineData("0001", true)]
    [InlineData("18446744073709551615", true)]
    [InlineData("18446744073709551616", false)]
    [InlineData("0", false)]
    [InlineData("", false)]
    [InlineData("+1", false)]
    [InlineData("-1", false)]
    [InlineData(" 1", false)]
    [InlineData("1 ", false)]
    [InlineData("1.0", false)]
    [InlineData("0x1", false)]
    [InlineData("１", false)]
    public void Only_decimal_digits_are_an_id(string text, bool expected)
    {
        Assert.Equal(expected, Snowflake.TryParse(text, out var fromChars));
        Assert.Equal(expected, Snowflake.TryParse(System.Text.Encoding.UTF8.GetBytes(text), out var fromBytes));
        Assert.Equal(expected, !fromChars.IsNone);
        Assert.Equal(fromChars, fromBytes);
    }

    [Fact]
    public void Text_is_what_was_read()
    {
        Assert.True(Snowflake.TryParse("1100000000000000000", out var id));

        Assert.Equal("1100000000000000000", id.ToString());
    }
}
