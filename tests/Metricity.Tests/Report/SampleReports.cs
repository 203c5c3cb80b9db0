using Metricity.Report;

namespace Metricity.Tests.Report;

/// <summary>
/// Reports to draw, made without a database. Figures follow a weekly rhythm from a fixed seed, so that a picture looks like a guild's.
/// </summary>
internal static class SampleReports
{
    public const string GuildId = "267624335836053506";

    /// <summary>A Tuesday, in the middle of the day.</summary>
    public static readonly DateTime Until = new(2026, 11, 24, 15, 30, 0, DateTimeKind.Utc);

    /// <summary>A name that would break out of HTML, of the terminal's markup and of its line.</summary>
    public const string Hostile = "<script>alert('x')</script>\"&[red]\u001b[2J\u202Eevil\r\n\u0000";

    /// <summary>As long as Discord lets a channel's name be, without a place to break it.</summary>
    private static readonly string Longest = "off-topic-" + new string('x', 90);

    public static GuildReport Normal() => Make(days: 30, channels: 28);

    public static GuildReport OneDay() => Make(days: 1, channels: 12);

    public static GuildReport Year() => Make(days: 365, channels: 28);

    /// <summary>Days 5 to 9 are not known at all, day 12 in part; the ledger begins on day 3.</summary>
    public static GuildReport WithGaps()
    {
        var report = Make(days: 30, channels: 28);
        var gap = new LedgerGap(
            At(report.Since.Utc.AddDays(5)), At(report.Since.Utc.AddDays(10)), false, null, null, "gap", "the connection was lost for too long", 0);

        return report with
        {
            Activity = [.. report.Activity.Select((point, day) => point with
            {
                Messages = Known(point.Messages, day),
                DeletedMessages = Known(point.DeletedMessages, day),
                ActiveUsers = Known(point.ActiveUsers, day),
                Covered = Covered(day),
            })],
            ChannelSeries = [.. report.ChannelSeries.Select(series => series with
            {
                Points = [.. series.Points.Select((point, day) => point with { Messages = Known(point.Messages, day), Covered = Covered(day) })],
            })],
            Members = [.. report.Members.Select((point, day) => point with
            {
                Joins = Known(point.Joins, day),
                Leaves = Known(point.Leaves, day),
                Members = Known(point.Members, day),
                Covered = Covered(day),
            })],
            HelpPoints = [.. report.HelpPoints.Select((point, week) => week == 1
                ? new HelpPoint(point.Start, null, null, null, null, null, 0)
                : point with { Covered = week == 2 ? 0.7 : 1 })],
            Week = [.. report.Week.Select(hour => hour is { Day: 3, Hour: < 6 } ? hour with { Messages = null, ActiveUsers = null, Hours = 0 } : hour)],
            Now = report.Now with { Covered = 0.79, Ledgered = 0.9 },
            Before = new PeriodFigures(null, null, null, null, null, null, null, null, 0),
            Gaps =
            [
                new LedgerGap(At(report.Since.Utc.AddDays(12).AddHours(8)), At(report.Since.Utc.AddDays(12).AddHours(14)), false,
                    null, null, "healed", "Discord left out events", 1_204),
                gap,
                new LedgerGap(At(report.Since.Utc.AddDays(1)), At(report.Since.Utc.AddDays(29)), true,
                    "400000000000000003", "python-help", "gap", "the bot could not see the channel", 0),
            ],
            GapCount = 3,
        };

        static long? Known(long? value, int day) => day is < 3 or (>= 5 and < 10) ? null : value;

        static double? Covered(int day) => day switch { < 3 => null, >= 5 and < 10 => 0, 12 => 0.75, _ => 1 };
    }

    public static GuildReport Empty() => Make(days: 30, channels: 0) with
    {
        Now = new PeriodFigures(0, 0, 0, 0, 0, 0, 0, 1, 1),
        Before = new PeriodFigures(null, null, null, null, null, null, null, null, 0),
        Activity = [.. Make(30, 0).Activity.Select(point => point with { Messages = 0, DeletedMessages = 0, ActiveUsers = 0 })],
        Help = new HelpFigures(0, 0, 0, null, null),
        HelpPoints = [],
        Hours = [.. Enumerable.Range(0, 24).Select(hour => new HourOfDay(hour, null, null, 0))],
        Week = [.. from day in Enumerable.Range(1, 7) from hour in Enumerable.Range(0, 24) select new HourOfWeek(day, hour, null, null, 0)],
        Members = [],
        Retention = [],
        Newcomers = new NewcomerFigures(30, 0, 0, []),
        Quiet = [],
    };

    /// <summary>Every name is hostile.</summary>
    public static GuildReport WithHostileNames()
    {
        var report = Normal();

        return report with
        {
            Channels = [.. report.Channels.Select(channel => channel with { Name = Hostile, Category = Hostile })],
            ChannelSeries = [.. report.ChannelSeries.Select(series => series with { Name = Hostile })],
            Newcomers = report.Newcomers with { Rows = [.. report.Newcomers.Rows.Select(user => user with { Name = Hostile })] },
            Quiet = [.. report.Quiet.Select(channel => channel with { Name = Hostile, Category = Hostile })],
            Gaps = [new LedgerGap(report.Since, report.Until, false, "4", Hostile, "gap", Hostile, 0)],
            GapCount = 1,
        };
    }

    public static GuildReport WithHugeNumbers()
    {
        const long Huge = 9_007_199_254_740_993;
        var report = Normal();

        return report with
        {
            Now = new PeriodFigures(Huge, Huge, Huge, Huge, Huge, Huge, Huge, 1, 1),
            Activity = [.. report.Activity.Select(point => point with { Messages = Huge, ActiveUsers = Huge })],
            Channels = [.. report.Channels.Select(channel => channel with { Messages = Huge, Users = Huge, InThreads = Huge })],
        };
    }

    /// <param name="channels">Those in use; half as many are quiet.</param>
    public static GuildReport Make(int days, int channels)
    {
        var random = new Random(days);
        var step = days switch { <= 2 => ReportStep.Hour, <= 92 => ReportStep.Day, <= 730 => ReportStep.Week, _ => ReportStep.Month };
        var since = Until.Date.AddDays(1 - days);
        var starts = Starts(since, step).ToList();
        var activity = starts.Select(start => Point(start, step, random, 1)).ToList();
        var rows = Enumerable.Range(0, channels).Select(i => Row(i, random)).OrderByDescending(row => row.Messages).ToList();
        var messages = activity.Sum(point => point.Messages);
        var members = 12_340L;
        var helpStep = days <= 14 ? ReportStep.Day : days <= 730 ? ReportStep.Week : ReportStep.Month;

        return new GuildReport
        {
            GuildId = GuildId,
            Schema = "public",
            Zone = "UTC",
            Days = days,
            Step = step,
            Since = At(since),
            Until = At(Until),
            Now = new PeriodFigures(messages, messages / 40, 2_345, 612.4, 12_871, 1_204, 533, 0.998, 1),
            Before = new PeriodFigures((long)(messages! * 0.91), messages / 50, 2_190, 580.2, 12_200, 1_310, 498, 1, 1),
            Activity = activity,
            Channels = rows,
            ChannelSeries = [.. rows.Take(6).Select((row, i) => new ChannelSeries(
                row.Id, row.Name, [.. starts.Select(start => Point(start, step, random, 0.3 / (i + 1)))]))],
            Help = new HelpFigures(412, 361, 298, 12.5, 410),
            HelpPoints = [.. Starts(since, helpStep).Select(start => new HelpPoint(
                At(start), 60 + random.Next(40), 50 + random.Next(10), 30 + random.Next(20), 5 + (random.NextDouble() * 25),
                200 + (random.NextDouble() * 500), 1))],
            HelpStep = helpStep,
            Hours = [.. Enumerable.Range(0, 24).Select(hour => new HourOfDay(hour, 40 * Rhythm(hour), 18 * Rhythm(hour), days))],
            Week = [.. from day in Enumerable.Range(1, 7)
                       from hour in Enumerable.Range(0, 24)
                       select new HourOfWeek(day, hour, (day >= 6 ? 70 : 40) * Rhythm(hour), 18 * Rhythm(hour), 4)],
            Members = [.. starts.Select(start => new MemberPoint(
                At(start), 30 + random.Next(25), 10 + random.Next(15), 1, members += random.Next(30), 1))],
            Retention = [.. Enumerable.Range(0, 6).Select(i => new RetentionMonth(
                new DateOnly(2026, 11, 1).AddMonths(-i), 1_100 + (i * 37), 900 - (i * 41), i == 0 ? null : 1_020, i == 0 ? null : 940,
                i < 2 ? null : 830, i < 4 ? null : 700, i == 0 ? null : 410))],
            Newcomers = new NewcomerFigures(Math.Min(days, 30), 1_204, 7, [.. Enumerable.Range(0, channels == 0 ? 0 : 7).Select(i => new Newcomer(
                $"50000000000000000{i}", i == 2 ? "a_rather_long_user_name_of_32_chr" : $"newcomer{i}", i == 5, i != 3, At(Until.AddHours(-5 * i)),
                0.4 * i, 44 - (i * 5), 31 - (i * 4), 9 - i, 95 - (i * 10),
                "account younger than 1 day (+25), 5 or more channels in the first hour (+25), 20 or more messages in the first hour (+20)"))]),
            Quiet = [.. Enumerable.Range(0, channels / 2).Select(i => new QuietChannel(
                $"60000000000000000{i}", $"quiet-corner-{i}", i % 3 == 0 ? null : "Topics", i, i / 2, i == 0 ? null : At(Until.AddDays(-90 + i)),
                i == 0 ? null : 90 - i, 1))],
            Gaps = [],
            GapCount = 0,
        };
    }

    private static Moment At(DateTime utc) =>
        new(DateTime.SpecifyKind(utc, DateTimeKind.Utc), DateTime.SpecifyKind(utc, DateTimeKind.Unspecified));

    private static IEnumerable<DateTime> Starts(DateTime since, ReportStep step)
    {
        var at = step switch
        {
            ReportStep.Week => since.AddDays(-(((int)since.DayOfWeek + 6) % 7)),
            ReportStep.Month => new DateTime(since.Year, since.Month, 1, 0, 0, 0, DateTimeKind.Utc),
            _ => since,
        };
        while (at < Until)
        {
            yield return at;
            at = step switch
            {
                ReportStep.Hour => at.AddHours(1),
                ReportStep.Day => at.AddDays(1),
                ReportStep.Week => at.AddDays(7),
                _ => at.AddMonths(1),
            };
        }
    }

    private static ActivityPoint Point(DateTime start, ReportStep step, Random random, double part)
    {
        var base_ = step switch { ReportStep.Hour => 60 * Rhythm(start.Hour), ReportStep.Day => 1_400, ReportStep.Week => 9_000, _ => 40_000 };
        var weekend = step == ReportStep.Day && start.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday ? 1.4 : 1;
        var messages = (long)(base_ * weekend * part * (0.8 + (random.NextDouble() * 0.4)));

        return new ActivityPoint(At(start), messages, messages / 40, messages / 3, 1);
    }

    private static ChannelRow Row(int i, Random random)
    {
        var messages = (long)(20_000 / (i + 1.5) * (0.7 + (random.NextDouble() * 0.6)));

        return new ChannelRow(
            $"4000000000000000{i:00}",
            i switch { 0 => "general", 1 => "python-help", 2 => Longest, _ => $"topic-{i}" },
            i % 4 == 0 ? null : "Community", i == 1 ? "forum" : "text", i == 4, i == 7, messages, messages / 50, i == 1 ? messages : messages / 9,
            Math.Max(1, messages / 12), At(Until.AddHours(-i * 7)));
    }

    /// <summary>Quiet at night, most in the evening.</summary>
    private static double Rhythm(int hour) => 0.15 + (0.85 * Math.Pow(Math.Sin(Math.PI * ((hour + 20) % 24) / 24.0), 2));
}
