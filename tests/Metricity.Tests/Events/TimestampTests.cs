using System.Text;
using Metricity.Events;

namespace Metricity.Tests.Events;

public sealed class TimestampTests
{
    [Theory]
    [InlineData("2021-04-12T23:40:39.855793+00:00", 2021, 4, 12, 23, 40, 39, 855793)]
    [InlineData("2021-04-12T23:40:39+00:00", 2021, 4, 12, 23, 40, 39, 0)]
    [InlineData("2021-04-12T23:40:39.8Z", 2021, 4, 12, 23, 40, 39, 800000)]
    [InlineData("2021-04-12T23:40:39.123456999999999999999999999Z", 2021, 4, 12, 23, 40, 39, 123456)]
    [InlineData("2021-04-12T23:40:39", 2021, 4, 12, 23, 40, 39, 0)]
    [InlineData("2021-04-12T23:40:39.5", 2021, 4, 12, 23, 40, 39, 500000)]
    [InlineData("2021-04-12T23:40:39+05:30", 2021, 4, 12, 18, 10, 39, 0)]
    [InlineData("2021-12-31T23:40:39-01:00", 2022, 1, 1, 0, 40, 39, 0)]
    [InlineData("2024-02-29T00:00:00Z", 2024, 2, 29, 0, 0, 0, 0)]
    public void Time_is_read_into_utc_to_the_microsecond(
        string text, int year, int month, int day, int hour, int minute, int second, int microseconds)
    {
        Assert.True(Timestamp.TryParse(Encoding.ASCII.GetBytes(text), out var utc));

        Assert.Equal(
            new DateTime(year, month, day, hour, minute, second, DateTimeKind.Utc).AddTicks(microseconds * TimeSpan.TicksPerMicrosecond),
            utc);
        Assert.Equal(DateTimeKind.Utc, utc.Kind);
    }

    [Theory]
    [InlineData("")]
    [InlineData("2021-04-12")]
    [InlineData("2021-04-12 23:40:39Z")]
    [InlineData("2023-02-29T00:00:00Z")]
    [InlineData("2021-13-01T00:00:00Z")]
    [InlineData("2021-00-01T00:00:00Z")]
    [InlineData("2021-01-00T00:00:00Z")]
    [InlineData("0000-01-01T00:00:00Z")]
    [InlineData("2021-04-12T24:00:00Z")]
    [InlineData("2021-04-12T23:60:00Z")]
    [InlineData("2021-04-12T23:00:60Z")]
    [InlineData("2021-04-12T23:40:39.Z")]
    [InlineData("2021-04-12T23:40:39.1+0000")]
    [InlineData("2021-04-12T23:40:39+24:00")]
    [InlineData("2021-04-12T23:40:39Zx")]
    [InlineData("2021-04-1xT23:40:39Z")]
    [InlineData("0001-01-01T00:00:00+00:01")]
    [InlineData("9999-12-31T23:59:59-00:01")]
    public void What_is_no_time_is_refused(string text)
    {
        Assert.False(Timestamp.TryParse(Encoding.ASCII.GetBytes(text), out _));
    }

    [Fact]
    public void Escaped_plus_sign_is_read()
    {
        var json = """{"id":"3","guild_id":"1","edited_timestamp":"2024-06-01T12:00:00.123000\u002B00:00"}""";

        var updated = Examples.Decode<MessageUpdated>("MESSAGE_UPDATE", json);

        Assert.Equal(new DateTime(2024, 6, 1, 12, 0, 0, 123, DateTimeKind.Utc), updated.EditedAt);
    }
}
