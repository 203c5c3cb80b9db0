using Metricity.Commands;

namespace Metricity.Tests.Commands;

public sealed class StatusTextTests
{
    [Fact]
    public void Status_is_told_in_five_fields()
    {
        var gapAt = new DateTime(2026, 11, 24, 10, 2, 0, DateTimeKind.Utc);

        var answer = StatusText.Describe("1.2.3", "3 s ago", 12_345, TimeSpan.FromSeconds(75), new GuildStatus(0.98765, 2, gapAt, gapAt));

        Assert.Equal("Metricity 1.2.3", answer.Title);
        Assert.Null(answer.Description);
        Assert.Equal(
            [
                ("Last event", "3 s ago"),
                ("Waiting for the database", "12,345 events"),
                ("Event to commit", "75 s"),
                ("Collected of the last 24 h", "98.7 %"),
                ("Open gaps", "2, the oldest since 2026-11-24 10:02 UTC"),
            ],
            answer.Fields);
    }

    [Fact]
    public void Nearly_all_is_not_rounded_up_to_all()
    {
        var answer = StatusText.Describe("1", "x", 1, TimeSpan.Zero, new GuildStatus(0.99999, 0, null, null));

        Assert.Contains(("Collected of the last 24 h", "99.9 %"), answer.Fields);
        Assert.Contains(("Waiting for the database", "1 event"), answer.Fields);
        Assert.Contains(("Open gaps", "none"), answer.Fields);
    }

    [Theory]
    [InlineData(0.4, "less than 1 s")]
    [InlineData(119, "119 s")]
    [InlineData(600, "10 min")]
    [InlineData(90_000, "25 h")]
    public void Ages_are_told_in_one_unit(double seconds, string expected)
    {
        Assert.Equal(expected, StatusText.Age(TimeSpan.FromSeconds(seconds)));
    }
}
