using Metricity.DiscordSimulator.Seed;
using Metricity.Testing;
using Npgsql;

namespace Metricity.IntegrationTests.Report;

/// <summary>
/// Every view and function of schema <c>insights</c> over a seeded guild, whole: all rows and columns equal those computed from the seed in
/// the test's own code. One seed ends at a fixed time and has the clock change of March in Berlin in it, the other ends now, so that the
/// views of the last 30 days have something to say. Both have deletions, open and healed gaps, and a gap of one channel.
/// </summary>
public sealed class InsightsTruthTests(InsightsTruthTests.Guilds guilds) : IClassFixture<InsightsTruthTests.Guilds>
{
    private const string Fixed = "fixed";
    private const string Recent = "recent";

    /// <summary>00:00 on 14 April 2026 in Berlin.</summary>
    private static readonly DateTime FixedUntil = new(2026, 4, 13, 22, 0, 0, DateTimeKind.Utc);

    public static TheoryData<string, string> Views { get; } = Each(
        "channel_summary", "quiet_channels", "activity_by_hour", "activity_by_day", "hours_of_day", "thread_summary", "threads_by_month",
        "member_summary", "joins_and_leaves_by_day", "retention_by_month", "recent_newcomers", "coverage_gaps");

    [Theory]
    [MemberData(nameof(Views))]
    public Task Each_view_tells_what_was_seeded(string guild, string view) => ShouldBeAsync(
        guild,
        $"select * from insights.{view}",
        truth => view switch
        {
            "channel_summary" => truth.ChannelSummary(),
            "quiet_channels" => truth.QuietChannels(),
            "activity_by_hour" => truth.ActivityByHour(),
            "activity_by_day" => truth.ActivityByDay(),
            "hours_of_day" => truth.HoursOfDayView(),
            "thread_summary" => truth.ThreadSummary(),
            "threads_by_month" => truth.ThreadsByMonth(),
            "member_summary" => truth.MemberSummary(),
            "joins_and_leaves_by_day" => truth.JoinsAndLeavesByDay(),
            "retention_by_month" => truth.RetentionByMonth(),
            "recent_newcomers" => truth.Newcomers(30),
            "coverage_gaps" => truth.CoverageGaps(),
            _ => throw new ArgumentOutOfRangeException(nameof(view)),
        });

    [Theory]
    [InlineData("Europe/Berlin", "hour")]
    [InlineData("Europe/Berlin", "day")]
    [InlineData("Europe/Berlin", "week")]
    [InlineData("Europe/Berlin", "month")]
    [InlineData("America/New_York", "day")]
    [InlineData("Asia/Kolkata", "day")]
    [InlineData("UTC", "hour")]
    public async Task Series_follow_the_clock_of_the_zone(string zone, string step)
    {
        foreach (var guild in new[] { Fixed, Recent })
        {
            var seed = guilds[guild].Seed;
            var (since, until) = (seed.Options.Since.AddDays(10), seed.Options.Until.AddDays(-1));
            var forum = seed.Channels.First(channel => channel.Type == "forum").Id;
            var busiest = seed.Messages().CountBy(message => message.AuthorId).MaxBy(count => count.Value).Key;
            foreach (var (from, to) in new (DateTime?, DateTime?)[] { (since, until), (null, null) })
            {
                await ShouldBeAsync(
                    guild, "select * from insights.activity($1::timestamp, $2::timestamp, $3, $4)",
                    truth => truth.Activity(from, to, zone, step, null), from, to, zone, step);
                await ShouldBeAsync(
                    guild, "select * from insights.activity($1::timestamp, $2::timestamp, $3, $4, $5)",
                    truth => truth.Activity(from, to, zone, step, forum), from, to, zone, step, $"{forum}");
                await ShouldBeAsync(
                    guild, "select * from insights.user_activity($5, $1::timestamp, $2::timestamp, $3, $4)",
                    truth => truth.UserActivity(busiest, from, to, zone, step), from, to, zone, step, $"{busiest}");
                await ShouldBeAsync(
                    guild, "select * from insights.joins_and_leaves($1::timestamp, $2::timestamp, $3, $4)",
                    truth => truth.JoinsAndLeaves(from, to, zone, step), from, to, zone, step);
                await ShouldBeAsync(
                    guild, "select * from insights.threads_by_period($1::timestamp, $2::timestamp, $3, $4)",
                    truth => truth.ThreadsByPeriod(from, to, zone, step, null, onlyHelp: false), from, to, zone, step);
                await ShouldBeAsync(
                    guild, "select * from insights.threads_by_period($1::timestamp, $2::timestamp, $3, $4, only_help => true)",
                    truth => truth.ThreadsByPeriod(from, to, zone, step, null, onlyHelp: true), from, to, zone, step);
                await ShouldBeAsync(
                    guild, "select * from insights.threads_by_period($1::timestamp, $2::timestamp, $3, $4, $5)",
                    truth => truth.ThreadsByPeriod(from, to, zone, step, forum, onlyHelp: false), from, to, zone, step, $"{forum}");
            }
        }
    }

    [Theory]
    [InlineData(Fixed, "Europe/Berlin")]
    [InlineData(Recent, "Europe/Berlin")]
    [InlineData(Fixed, "Asia/Kolkata")]
    public async Task Hours_of_day_and_week_are_means_of_what_was_collected(string guild, string zone)
    {
        var options = guilds[guild].Seed.Options;
        foreach (var (from, to) in new (DateTime?, DateTime?)[] { (options.Since.AddDays(10), options.Until.AddDays(-3)), (null, null) })
        {
            await ShouldBeAsync(
                guild, "select * from insights.hours_of_day($1::timestamp, $2::timestamp, $3)",
                truth => truth.HoursOfDay(from, to, zone), from, to, zone);
            await ShouldBeAsync(
                guild, "select * from insights.week_pattern($1::timestamp, $2::timestamp, $3)",
                truth => truth.WeekPattern(from, to, zone), from, to, zone);
        }
    }

    [Theory]
    [InlineData(Fixed)]
    [InlineData(Recent)]
    public async Task Channels_members_threads_and_coverage_of_a_period(string guild)
    {
        var seed = guilds[guild].Seed;
        var (since, until) = (seed.Options.Since.AddDays(20), seed.Options.Until.AddDays(-5));
        var forum = seed.Channels.First(channel => channel.Type == "forum").Id;
        await ShouldBeAsync(
            guild, "select * from insights.channel_activity($1::timestamp, $2::timestamp)",
            truth => truth.ChannelActivity(since, until), since, until);
        await ShouldBeAsync(guild, "select * from insights.channel_activity()", truth => truth.ChannelActivity(null, null));
        await ShouldBeAsync(
            guild, "select * from insights.member_activity($1::timestamp, $2::timestamp)",
            truth => truth.MemberActivity(since, until), since, until);
        await ShouldBeAsync(guild, "select * from insights.member_activity()", truth => truth.MemberActivity(null, null));
        await ShouldBeAsync(
            guild, "select * from insights.threads($1::timestamp, $2::timestamp)",
            truth => truth.Threads(since, until, null), since, until);
        await ShouldBeAsync(
            guild, "select * from insights.threads($1::timestamp, $2::timestamp, $3)",
            truth => truth.Threads(since, until, forum), since, until, $"{forum}");
        await ShouldBeAsync(
            guild, "select * from insights.coverage($1::timestamp, $2::timestamp)",
            truth => truth.Coverage(seed.Options.Since, seed.Options.Until), seed.Options.Since, seed.Options.Until);
    }

    [Theory]
    [InlineData(Fixed)]
    [InlineData(Recent)]
    public async Task One_member_at_a_time(string guild)
    {
        var seed = guilds[guild].Seed;
        var since = seed.Options.Since.AddDays(20);
        var counts = seed.Messages().CountBy(message => message.AuthorId).ToDictionary();
        var silent = seed.Users.First(user => !counts.ContainsKey(user.Id)).Id;
        var spammer = seed.Users[^1].Id;
        foreach (var member in counts.OrderByDescending(count => count.Value).Take(5).Select(count => count.Key).Append(silent).Append(spammer))
        {
            await ShouldBeAsync(
                guild, "select * from insights.user_channels($1)", truth => truth.UserChannels(member, null), $"{member}");
            await ShouldBeAsync(
                guild, "select * from insights.user_channels($1, $2::timestamp)", truth => truth.UserChannels(member, since), $"{member}",
                since);
        }
    }

    [Theory]
    [InlineData(7)]
    [InlineData(60)]
    [InlineData(4000)]
    public async Task Newcomers_of_so_many_days(int days)
    {
        await ShouldBeAsync(Recent, "select * from insights.newcomers($1)", truth => truth.Newcomers(days), days);
    }

    private async Task ShouldBeAsync(string guild, string sql, Func<InsightsTruth, InsightsRows> compute, params object?[] values)
    {
        var (seed, database) = guilds[guild];
        await using var connection = await database.DataSource.OpenConnectionAsync();

        // Within a transaction now() stands still, for the views as for the truth.
        await using var transaction = await connection.BeginTransactionAsync();
        await using var clock = new NpgsqlCommand("select now() at time zone 'UTC'", connection);
        var truth = new InsightsTruth(seed, (DateTime)(await clock.ExecuteScalarAsync())!);

        var found = await InsightsRows.ReadAsync(connection, sql, values);

        found.ShouldBe(compute(truth));
    }

    private static TheoryData<string, string> Each(params string[] views)
    {
        var data = new TheoryData<string, string>();
        foreach (var view in views)
        {
            data.Add(Fixed, view);
            data.Add(Recent, view);
        }

        return data;
    }

    /// <summary>Both guilds, seeded once.</summary>
    public sealed class Guilds : IAsyncLifetime
    {
        private readonly Dictionary<string, (GuildSeed Seed, TestDatabase Database)> _guilds = [];

        public (GuildSeed Seed, TestDatabase Database) this[string name] => _guilds[name];

        public async ValueTask InitializeAsync()
        {
            var now = TimeProvider.System.GetUtcNow().UtcDateTime;
            await AddAsync(Fixed, 11, FixedUntil);
            await AddAsync(Recent, 12, now.Date.AddHours(now.Hour));
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var (_, database) in _guilds.Values)
            {
                await database.DisposeAsync();
            }
        }

        private async Task AddAsync(string name, int number, DateTime until)
        {
            var seed = new GuildSeed(new GuildSeedOptions
            {
                Messages = 20_000,
                Days = 70,
                Users = 900,
                Channels = 36,
                Threads = 250,
                Gaps = 4,
                Seed = number,
                Until = until,
            });
            var database = await TestDatabase.CreateAsync();
            _guilds.Add(name, (seed, database));
            await new SeedWriter(database.ConnectionString, "public", _ => { }).WriteAsync(seed, CancellationToken.None);
        }
    }
}
