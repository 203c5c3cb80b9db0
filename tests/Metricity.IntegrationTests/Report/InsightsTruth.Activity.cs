using Metricity.DiscordSimulator.Seed;

namespace Metricity.IntegrationTests.Report;

internal sealed partial class InsightsTruth
{
    public InsightsRows ActivityByHour()
    {
        var rows = new InsightsRows("hour, messages, deleted_messages, active_users, covered");
        foreach (var (period, _, counts, covered) in Series(null, null, "UTC", "hour", null))
        {
            rows.Add(period.Local, counts?.Messages, counts?.Deleted, counts?.Users, covered);
        }

        return rows;
    }

    public InsightsRows ActivityByDay()
    {
        var rows = new InsightsRows("day, messages, deleted_messages, active_users, joins, leaves, covered");
        var events = _seed.MemberEvents.ToLookup(change => change.At.Date);
        foreach (var (period, _, counts, covered) in Series(null, null, "UTC", "day", null))
        {
            var joins = events[period.Local].Count(change => change.Kind != "leave");
            var leaves = events[period.Local].Count(change => change.Kind == "leave");
            var isKnown = covered is not 0 || joins + leaves > 0;
            rows.Add(period.Local, counts?.Messages, counts?.Deleted, counts?.Users, isKnown ? joins : null, isKnown ? leaves : null, covered);
        }

        return rows;
    }

    public InsightsRows Activity(DateTime? since, DateTime? until, string zone, string step, ulong? channel)
    {
        var rows = new InsightsRows("starts_at, period, messages, deleted_messages, active_users, covered");
        foreach (var (period, startsAt, counts, covered) in Series(since, until, zone, step, channel))
        {
            rows.Add(startsAt, period.Local, counts?.Messages, counts?.Deleted, counts?.Users, covered);
        }

        return rows;
    }

    public InsightsRows HoursOfDayView()
    {
        var rows = new InsightsRows("hour_of_day, messages, active_users, messages_30d, active_users_30d");
        var all = Averages(null, null, "UTC").ToLookup(cell => cell.Local.Hour);
        var month = Averages(MonthAgo, null, "UTC").ToLookup(cell => cell.Local.Hour);
        for (var hour = 0; hour < 24; hour++)
        {
            rows.Add(hour, Mean(all[hour], m => m.Messages), Mean(all[hour], m => m.Users), Mean(month[hour], m => m.Messages),
                Mean(month[hour], m => m.Users));
        }

        return rows;
    }

    public InsightsRows HoursOfDay(DateTime? since, DateTime? until, string zone)
    {
        var rows = new InsightsRows("hour_of_day, messages, active_users, hours");
        var cells = Averages(since, until, zone).ToLookup(cell => cell.Local.Hour);
        for (var hour = 0; hour < 24; hour++)
        {
            rows.Add(hour, Mean(cells[hour], m => m.Messages), Mean(cells[hour], m => m.Users), (long)cells[hour].Count());
        }

        return rows;
    }

    public InsightsRows WeekPattern(DateTime? since, DateTime? until, string zone)
    {
        var rows = new InsightsRows("day_of_week, hour_of_day, messages, active_users, hours");
        var cells = Averages(since, until, zone).ToLookup(cell => (Day: (((int)cell.Local.DayOfWeek + 6) % 7) + 1, cell.Local.Hour));
        for (var day = 1; day <= 7; day++)
        {
            for (var hour = 0; hour < 24; hour++)
            {
                var mine = cells[(day, hour)].ToList();
                rows.Add(day, hour, Mean(mine, m => m.Messages), Mean(mine, m => m.Users), (long)mine.Count);
            }
        }

        return rows;
    }

    public InsightsRows Coverage(DateTime since, DateTime until)
    {
        var rows = new InsightsRows("hour, covered");
        foreach (var hour in Hours(since, until))
        {
            rows.Add(hour, Covered(hour));
        }

        return rows;
    }

    public InsightsRows CoverageGaps()
    {
        var rows = new InsightsRows("started_at, ended_at, goes_on, channel_id, channel, status, reason, messages_fetched");
        foreach (var gap in _seed.Coverage.Where(stretch => stretch.Kind == "gap").OrderByDescending(gap => gap.StartedAt))
        {
            var fetched = gap.HealedAt is null ? 0 : Between(gap.StartedAt, gap.EndedAt)
                .Count(message => gap.ChannelId is null || message.ChannelId == gap.ChannelId);
            rows.Add(
                gap.StartedAt, gap.EndedAt, false, gap.ChannelId, gap.ChannelId is { } id ? _channels[id].Name : null,
                gap.HealedAt is null ? "open" : "healed",
                gap.Reason switch
                {
                    "session_lost" => "the connection was lost for too long",
                    "events_missing" => "Discord left out events",
                    "guild_outage" => "the server was in an outage at Discord",
                    "channel_hidden" => "the bot could not see the channel",
                    _ => throw new InvalidOperationException(gap.Reason),
                },
                (long)fetched);
        }

        return rows;
    }

    private sealed record Counts(long Messages, long Deleted, long Users);

    /// <summary>Counts are null where nothing was collected and nothing is stored: not known.</summary>
    private IEnumerable<(Period Period, DateTime StartsAt, Counts? Counts, decimal? Covered)> Series(
        DateTime? since, DateTime? until, string zone, string step, ulong? channel)
    {
        var mine = Between(since, until).Where(message => channel is null || message.ChannelId == channel);
        var byHour = mine.ToLookup(message => Hour(message.CreatedAt));
        foreach (var (period, startsAt, hours) in Periods(since ?? FirstCollected, until ?? _now, zone, step))
        {
            var stored = hours.SelectMany(hour => byHour[hour]).ToList();
            var covered = Covered(hours);

            yield return (period, startsAt, stored.Count == 0 && covered is 0 ? null : Count(stored), covered);
        }
    }

    /// <summary>Hours that were collected at least in part, or hold messages.</summary>
    private IEnumerable<(DateTime Local, Counts Counts)> Averages(DateTime? since, DateTime? until, string zone)
    {
        var byHour = Between(since, until).ToLookup(message => Hour(message.CreatedAt));
        foreach (var hour in Hours(since ?? FirstCollected, until ?? _now))
        {
            if (Covered(hour) > 0 || byHour.Contains(hour))
            {
                yield return (Local(hour, zone), Count([.. byHour[hour]]));
            }
        }
    }

    private static Counts Count(List<SeedMessage> stored)
    {
        var there = stored.Where(message => !message.IsDeleted).ToList();

        return new Counts(there.Count, stored.Count - there.Count, Distinct(there));
    }

    private static decimal? Mean(IEnumerable<(DateTime Local, Counts Counts)> cells, Func<Counts, long> value)
    {
        var values = cells.Select(cell => (decimal)value(cell.Counts)).ToList();

        return values.Count == 0 ? null : Round(values.Average(), 2);
    }
}
