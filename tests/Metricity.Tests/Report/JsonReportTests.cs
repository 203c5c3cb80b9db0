using System.Text.Json;
using Metricity.Report;

namespace Metricity.Tests.Report;

public sealed class JsonReportTests
{
    [Fact]
    public void Ids_are_strings_and_figures_numbers()
    {
        var report = SampleReports.WithHugeNumbers();

        var json = Parse(report);

        Assert.Equal(1, json.GetProperty("version").GetInt32());
        Assert.Equal(SampleReports.GuildId, json.GetProperty("guild_id").GetString());
        Assert.Equal("2026-11-24T15:30:00Z", json.GetProperty("until").GetString());
        Assert.Equal(9_007_199_254_740_993, json.GetProperty("overview").GetProperty("period").GetProperty("messages").GetInt64());
        var channel = json.GetProperty("channels")[0];
        Assert.Equal(report.Channels[0].Id, channel.GetProperty("channel_id").GetString());
        Assert.Equal(report.Newcomers.Rows[0].Id, json.GetProperty("newcomers").GetProperty("listed")[0].GetProperty("member_id").GetString());
        AssertIdsAreStrings(json);
    }

    [Fact]
    public void What_is_not_known_is_null_and_not_zero()
    {
        var activity = Parse(SampleReports.WithGaps()).GetProperty("activity").EnumerateArray().ToList();

        Assert.Equal(JsonValueKind.Null, activity[0].GetProperty("messages").ValueKind);
        Assert.Equal(JsonValueKind.Null, activity[0].GetProperty("covered").ValueKind);
        Assert.Equal(JsonValueKind.Null, activity[5].GetProperty("messages").ValueKind);
        Assert.Equal(0, activity[5].GetProperty("covered").GetDouble());
        Assert.True(activity[3].GetProperty("messages").GetInt64() > 0);
        Assert.Equal(0, Parse(SampleReports.Empty()).GetProperty("activity")[0].GetProperty("messages").GetInt64());
    }

    [Fact]
    public void Hostile_names_come_back_as_they_are_and_stand_escaped()
    {
        var text = JsonReport.Render(SampleReports.WithHostileNames());

        using var json = JsonDocument.Parse(text);
        Assert.Equal(SampleReports.Hostile, json.RootElement.GetProperty("channels")[0].GetProperty("channel").GetString());
        Assert.DoesNotContain('\u001b', text);
        Assert.DoesNotContain("<script", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(400)]
    public void Every_channel_is_listed(int channels)
    {
        Assert.Equal(channels, Parse(SampleReports.Make(30, channels)).GetProperty("channels").GetArrayLength());
    }

    private static JsonElement Parse(GuildReport report)
    {
        using var json = JsonDocument.Parse(JsonReport.Render(report));

        return json.RootElement.Clone();
    }

    private static void AssertIdsAreStrings(JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.Array)
        {
            Assert.All(element.EnumerateArray(), AssertIdsAreStrings);
        }
        else if (element.ValueKind == JsonValueKind.Object)
        {
            foreach (var property in element.EnumerateObject())
            {
                if (property.Name == "id" || property.Name.EndsWith("_id", StringComparison.Ordinal))
                {
                    Assert.Contains(property.Value.ValueKind, new[] { JsonValueKind.String, JsonValueKind.Null });
                }

                AssertIdsAreStrings(property.Value);
            }
        }
    }
}
