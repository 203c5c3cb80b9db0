using System.Text.Json;
using Metricity.IntegrationTests.Process;
using Metricity.Migrations;
using Metricity.Testing;
using Npgsql;

namespace Metricity.IntegrationTests.Report;

/// <summary><c>metricity report</c> as a process on a filled database, which tests share that only read it.</summary>
public sealed class ReportCommandTests(ReportCommandTests.Filled filled) : IClassFixture<ReportCommandTests.Filled>
{
    [Fact]
    public async Task Text_answers_every_question()
    {
        var run = await filled.Bed.RunAsync();

        run.Says(0);
        Assert.StartsWith($"Guild {ReportBed.GuildId}, 30 days: ", run.Output, StringComparison.Ordinal);
        Assert.Matches(@"messages +1,249 ", run.Output);
        Assert.Matches(@"general +█+ +1,234 +0 +2 ", run.Output);
        Assert.Matches(@"<script>alert\(1\)</script>\[red\] \[2J \(staff\) +█+ +12 +0 +1 ", run.Output);
        Assert.Contains("2 threads opened; 50 % answered by others, first reply after 25 min", run.Output, StringComparison.Ordinal);
        Assert.Contains("1 user joined in the last 30 days; 1 of them scored 25 or more.", run.Output, StringComparison.Ordinal);
        Assert.Matches(@"empty-room +Community +0 +0 +never", run.Output);
        Assert.Matches(@"whole guild +missing +the connection was lost for too long", run.Output);
        Assert.DoesNotContain('\u001b', run.Output);
        Assert.Equal("", run.Errors);
    }

    [Fact]
    public async Task Json_holds_the_same_answers_and_tells_zero_from_not_known()
    {
        var run = await filled.Bed.RunAsync("--json", "--days", "30");

        run.Says(0);
        using var json = JsonDocument.Parse(run.Output);
        var report = json.RootElement;
        Assert.Equal(ReportBed.GuildId, report.GetProperty("guild_id").GetString());
        var period = report.GetProperty("overview").GetProperty("period");
        Assert.Equal(1_249, period.GetProperty("messages").GetInt64());
        Assert.Equal(2, period.GetProperty("active_users").GetInt64());
        Assert.Equal(1, period.GetProperty("joins").GetInt64());
        Assert.Equal(3, period.GetProperty("members").GetInt64());
        var days = report.GetProperty("activity").EnumerateArray().ToList();
        Assert.Equal(30, days.Count);
        Assert.Equal(
            [.. Enumerable.Range(0, 9), 23, 24], // before the ledger begins, and the gap
            Days(days, day => day.GetProperty("messages").ValueKind == JsonValueKind.Null));
        Assert.Equal(0, days[22].GetProperty("messages").GetInt64());
        Assert.Equal(1_200, days[26].GetProperty("messages").GetInt64());
        Assert.Equal(
            [("401", 1_234), ("403", 12), ("402", 3)],
            report.GetProperty("channels").EnumerateArray()
                .Select(channel => (channel.GetProperty("channel_id").GetString()!, channel.GetProperty("messages").GetInt32())));
        Assert.Equal(ReportBed.HostileName, report.GetProperty("channels")[1].GetProperty("channel").GetString());
        var help = report.GetProperty("help_threads");
        Assert.Equal((2, 1), (help.GetProperty("opened").GetInt32(), help.GetProperty("answered").GetInt32()));
        Assert.Equal(25, help.GetProperty("median_minutes_to_first_reply").GetDouble());
        Assert.Equal("503", report.GetProperty("newcomers").GetProperty("listed")[0].GetProperty("member_id").GetString());
        Assert.Equal(["404"], report.GetProperty("quiet_channels").EnumerateArray()
            .Select(channel => channel.GetProperty("channel_id").GetString()).Where(id => id != "402"));
        Assert.Equal(1, report.GetProperty("gap_count").GetInt32());
    }

    [Fact]
    public async Task Page_goes_to_a_file_or_to_standard_output()
    {
        var file = Path.Combine(Path.GetTempPath(), $"metricity-report-{Guid.NewGuid():N}.html");
        try
        {
            var toFile = await filled.Bed.RunAsync("--html", file);
            var toOutput = await filled.Bed.RunAsync("--html", "-");

            toFile.Says(0);
            toOutput.Says(0);
            Assert.Equal($"The report is in {file}; open it with a browser.", toFile.Output);
            foreach (var page in new[] { await File.ReadAllTextAsync(file), toOutput.Output })
            {
                Assert.StartsWith("<!DOCTYPE html>", page, StringComparison.Ordinal);
                Assert.EndsWith("</html>", page.TrimEnd(), StringComparison.Ordinal);
                Assert.Contains("1,249", page, StringComparison.Ordinal);
                Assert.Contains("&lt;script&gt;alert(1)&lt;/script&gt;", page, StringComparison.Ordinal);
                Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
            }
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Zone_decides_where_days_begin_and_channels_may_be_chosen_by_name_or_id()
    {
        var run = await filled.Bed.RunAsync("--json", "--days", "7", "--zone", "asia/tokyo", "--channel", "#General", "--channel", "404");

        run.Says(0);
        using var json = JsonDocument.Parse(run.Output);
        Assert.Equal("Asia/Tokyo", json.RootElement.GetProperty("zone").GetString());
        Assert.EndsWith("T15:00:00Z", json.RootElement.GetProperty("activity")[0].GetProperty("starts_at").GetString(), StringComparison.Ordinal);
        Assert.Equal(["401", "404"], Ids("channels"));
        Assert.Equal(["401", "404"], Ids("channel_activity"));

        IEnumerable<string> Ids(string name) =>
            json.RootElement.GetProperty(name).EnumerateArray().Select(channel => channel.GetProperty("channel_id").GetString()!);
    }

    [Fact]
    public async Task Guild_without_a_row_gets_a_report_all_the_same()
    {
        await using var bed = await ReportBed.CreateAsync(isFilled: false);

        foreach (var arguments in new[] { Array.Empty<string>(), ["--json"], ["--html", "-"], ["--days", "1"], ["--days", "3650"] })
        {
            var run = await bed.RunAsync(arguments);

            run.Says(0);
            Assert.NotEqual("", run.Output);
        }
    }

    [Fact]
    public async Task Second_guild_is_asked_by_its_id()
    {
        await using var bed = await ReportBed.CreateAsync();
        await new SchemaMigrator(bed.Database.ConnectionString, ["public", "Guild-two"], _ => { }).UpAsync(null, CancellationToken.None);
        bed.Environment["Guilds__1__Id"] = "42";
        bed.Environment["Guilds__1__Schema"] = "Guild-two";

        var first = await bed.RunAsync();
        var second = await bed.RunAsync("--guild", "42");

        first.Says(0);
        Assert.EndsWith("Other guilds of the settings: 42 (--guild).", first.Output, StringComparison.Ordinal);
        second.Says(0);
        Assert.StartsWith("Guild 42, 30 days: ", second.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("general", second.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--days: '0' is not a whole number from 1 to 3650", "--days", "0")]
    [InlineData("--days: '3651' is not a whole number", "--days", "3651")]
    [InlineData("--days: 'week' is not a whole number", "--days", "week")]
    [InlineData("There is no time zone 'Mars/Base'. Use an IANA name", "--zone", "Mars/Base")]
    [InlineData("There is no channel 'nowhere'. Give a channel's id or its name", "--channel", "general", "--channel", "nowhere")]
    [InlineData("--guild: 'my guild' is no Discord id", "--guild", "my guild")]
    [InlineData("--guild: 99 is not in the settings", "--guild", "99")]
    [InlineData("--json and --html - both write to standard output", "--json", "--html", "-")]
    [InlineData("--html: the file '/nowhere/report.html' cannot be written", "--html", "/nowhere/report.html")]
    public async Task Wrong_usage_ends_with_2_and_a_sentence(string sentence, params string[] arguments)
    {
        var run = await filled.Bed.RunAsync(arguments);

        run.Says(2, sentence);
        Assert.Equal("", run.Output);
    }

    [Fact]
    public async Task Login_that_may_read_the_views_alone_is_enough_and_one_that_may_not_is_told_what_to_grant()
    {
        await using var bed = await ReportBed.CreateAsync();
        var role = $"report_{Guid.NewGuid():N}";
        await bed.Database.ExecuteAsync($"create role {role} login password '{MetricityProcess.Password}'");
        try
        {
            bed.Environment["ConnectionStrings__Metricity"] = new NpgsqlConnectionStringBuilder(bed.Database.ConnectionString)
            {
                Username = role,
                Password = MetricityProcess.Password,
            }.ConnectionString;

            var refused = await bed.RunAsync();
            await bed.Database.ExecuteAsync($"grant metricity_reader to {role}");
            var granted = await bed.RunAsync();

            refused.Says(3, "may not read schema \"insights\": grant metricity_reader to it.");
            granted.Says(0);
            Assert.Matches(@"messages +1,249 ", granted.Output);
        }
        finally
        {
            await bed.Database.ExecuteAsync($"drop role {role}");
        }
    }

    [Fact]
    public async Task Database_without_the_views_ends_with_3_and_tells_to_migrate()
    {
        await using var database = await TestDatabase.CreateEmptyAsync();

        var run = await ReportAsync(database.ConnectionString);

        run.Says(3, "The database has no schema \"insights\"", "run `metricity --migrate`");
    }

    [Fact]
    public async Task Database_that_is_away_ends_with_3()
    {
        var run = await ReportAsync("Host=127.0.0.1;Port=1;Username=nobody;Database=nothing");

        run.Says(3, "The database cannot be reached");
    }

    private static Task<FinishedProcess> ReportAsync(string connectionString) => MetricityProcess.RunAsync(
        new Dictionary<string, string> { ["ConnectionStrings__Metricity"] = ProcessBed.WithPassword(connectionString) }, "report");

    private static IEnumerable<int> Days(List<JsonElement> days, Func<JsonElement, bool> matches) =>
        days.Select((day, i) => (Day: day, Index: i)).Where(entry => matches(entry.Day)).Select(entry => entry.Index);

    public sealed class Filled : IAsyncLifetime
    {
        internal ReportBed Bed { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Bed = await ReportBed.CreateAsync();

        public ValueTask DisposeAsync() => Bed.DisposeAsync();
    }
}
