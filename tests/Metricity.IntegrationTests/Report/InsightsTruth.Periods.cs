namespace Metricity.IntegrationTests.Report;

internal sealed partial class InsightsTruth
{
    /// <summary>A period of a series: a local hour, day, week or month.</summary>
    /// <param name="Local">Its start as the clock on the wall shows it.</param>
    /// <param name="StartsAt">UTC.</param>
    private readonly record struct Period(DateTime StartsAt, DateTime Local);

    /// <summary>
    /// Periods with the UTC hours in them, in order; an hour belongs to the period in which it begins. The first period starts with the
    /// time that is asked for.
    /// </summary>
    private static List<(Period Period, DateTime StartsAt, List<DateTime> Hours)> Periods(
        DateTime since, DateTime until, string zone, string step)
    {
        var byPeriod = Hours(since, until).ToLookup(hour => PeriodOf(hour, zone, step));
        var periods = byPeriod.Select(group => group.Key).ToList();

        // A local day that begins at half past, and of which no whole hour has begun yet.
        if (step != "hour" && PeriodOf(until.AddTicks(-1), zone, step) is var last && !byPeriod.Contains(last))
        {
            periods.Add(last);
        }

        return [.. periods.Select(period =>
            (period, period.StartsAt < Hour(since) ? Hour(since) : period.StartsAt, byPeriod[period].ToList()))];
    }

    private static Period PeriodOf(DateTime hour, string zone, string step)
    {
        var place = TimeZoneInfo.FindSystemTimeZoneById(zone);
        var local = TimeZoneInfo.ConvertTimeFromUtc(DateTime.SpecifyKind(hour, DateTimeKind.Utc), place);
        if (step == "hour")
        {
            // The hour that the clock shows twice in autumn is two hours.
            return new Period(hour, DateTime.SpecifyKind(local.Date.AddHours(local.Hour), DateTimeKind.Unspecified));
        }

        var start = step switch
        {
            "day" => local.Date,
            "week" => local.Date.AddDays(-(((int)local.DayOfWeek + 6) % 7)),
            "month" => new DateTime(local.Year, local.Month, 1),
            _ => throw new ArgumentOutOfRangeException(nameof(step)),
        };
        start = DateTime.SpecifyKind(start, DateTimeKind.Unspecified);

        return new Period(TimeZoneInfo.ConvertTimeToUtc(start, place), start);
    }

    private static DateTime Local(DateTime hour, string zone) =>
        TimeZoneInfo.ConvertTimeFromUtc(DateTime.SpecifyKind(hour, DateTimeKind.Utc), TimeZoneInfo.FindSystemTimeZoneById(zone));

    /// <summary>Where a series of all messages begins: with the first thing that is known of them.</summary>
    private DateTime FirstCollected => Hour(new[] { _messages.Min(message => message.CreatedAt), LedgerBegins }.Min());

    /// <summary>Where a series of all joins and leaves begins: members tell when they joined, however long ago.</summary>
    private DateTime FirstJoin => Hour(_seed.MemberEvents.Min(change => change.At));
}
