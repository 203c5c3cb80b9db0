using Metricity.DiscordSimulator.Seed;

namespace Metricity.IntegrationTests.Insights;

internal sealed partial class InsightsTruth
{
    private ILookup<ulong, SeedMessage>? _byAuthor;

    private ILookup<ulong, SeedMessage> ByAuthor => _byAuthor ??= _messages.ToLookup(message => message.AuthorId);

    public InsightsRows MemberSummary()
    {
        var rows = new InsightsRows(
            "member_id, member, is_bot, is_staff, in_guild, account_created_at, joined_at, left_at, messages, messages_30d, deleted_messages, "
            + "channels, first_active, last_active");
        foreach (var user in _seed.Users)
        {
            var all = ByAuthor[user.Id].ToList();
            var there = all.Where(message => !message.IsDeleted).ToList();
            rows.Add(
                user.Id, user.Name, false, user.IsStaff, user.IsInGuild, user.CreatedAt, user.JoinedAt, user.LeftAt, (long)there.Count,
                (long)there.Count(message => message.CreatedAt >= MonthAgo), (long)(all.Count - there.Count),
                (long)there.Select(message => message.ChannelId).Distinct().Count(),
                there.Count == 0 ? null : Hour(there.Min(message => message.CreatedAt)),
                there.Count == 0 ? null : Hour(there.Max(message => message.CreatedAt)));
        }

        return rows;
    }

    public InsightsRows UserActivity(ulong member, DateTime? since, DateTime? until, string zone, string step)
    {
        var rows = new InsightsRows("starts_at, period, messages, deleted_messages, channels");
        var mine = ByAuthor[member].Where(message =>
            (since is null || message.CreatedAt >= since) && (until is null || message.CreatedAt < until)).ToList();
        var byPeriod = mine.ToLookup(message => PeriodOf(Hour(message.CreatedAt), zone, step));
        foreach (var (period, hours) in Periods(since ?? Begin, until ?? _now, zone, step))
        {
            var stored = byPeriod[period].ToList();
            var there = stored.Where(message => !message.IsDeleted).ToList();
            var isKnown = stored.Count > 0 || Covered(hours) is not 0;
            rows.Add(
                period.StartsAt, period.Local, isKnown ? (long)there.Count : null, isKnown ? (long)(stored.Count - there.Count) : null,
                isKnown ? (long)there.Select(message => message.ChannelId).Distinct().Count() : null);
        }

        return rows;
    }

    public InsightsRows JoinsAndLeavesByDay()
    {
        var rows = new InsightsRows("day, joins, rejoins, leaves, net, inferred, covered");
        var first = new[] { _seed.MemberEvents.Min(change => change.At), Begin }.Min();
        foreach (var (period, hours) in Periods(first, _now, "UTC", "day"))
        {
            rows.Add([period.Local, .. Changes(period, hours, "UTC", "day"), Covered(hours)]);
        }

        return rows;
    }

    public InsightsRows JoinsAndLeaves(DateTime? since, DateTime? until, string zone, string step)
    {
        var rows = new InsightsRows("starts_at, period, joins, rejoins, leaves, net, inferred, members, covered");
        var first = new[] { _seed.MemberEvents.Min(change => change.At), Begin }.Min();
        foreach (var (period, hours) in Periods(since ?? first, until ?? _now, zone, step))
        {
            var end = hours[^1].AddHours(1);
            var members = _seed.MemberEvents.Where(change => change.At < end).Sum(change => change.Kind == "leave" ? -1 : 1);
            rows.Add([period.StartsAt, period.Local, .. Changes(period, hours, zone, step), (long)members, Covered(hours)]);
        }

        return rows;
    }

    public InsightsRows RetentionByMonth()
    {
        var rows = new InsightsRows(
            "month, newcomers, still_here, stayed_1_day, stayed_7_days, stayed_30_days, stayed_90_days, wrote_within_7_days, "
            + "wrote_after_30_days");
        var leaves = _seed.MemberEvents.Where(change => change.Kind == "leave").ToLookup(change => change.UserId, change => change.At);
        var joins = _seed.MemberEvents.Where(change => change.Kind == "join");
        foreach (var month in joins.GroupBy(change => new DateTime(change.At.Year, change.At.Month, 1)))
        {
            var youngest = month.Max(change => change.At);
            long? Stayed(int days) => youngest.AddDays(days) > _now ? null : month.Count(change =>
                !leaves[change.UserId].Any(left => left < change.At.AddDays(days)));
            rows.Add(
                month.Key, (long)month.Count(), (long)month.Count(change => _users[change.UserId].IsInGuild),
                Stayed(1), Stayed(7), Stayed(30), Stayed(90),
                youngest.AddDays(7) > _now ? null : (long)month.Count(change => ByAuthor[change.UserId].Any(message =>
                    !message.IsDeleted && Hour(message.CreatedAt) >= Hour(change.At) && Hour(message.CreatedAt) < change.At.AddDays(7))),
                youngest.AddDays(30) > _now ? null : (long)month.Count(change => ByAuthor[change.UserId].Any(message =>
                    !message.IsDeleted && Hour(message.CreatedAt) >= change.At.AddDays(30))));
        }

        return rows;
    }

    public InsightsRows Newcomers(int days)
    {
        var rows = new InsightsRows(
            "member_id, member, is_bot, account_created_at, joined_at, in_guild, left_at, account_age_days, messages, deleted_messages, "
            + "channels, messages_first_hour, minutes_to_first_message, score, reasons");
        foreach (var user in _seed.Users.Where(user => user.JoinedAt >= _now.AddDays(-days)))
        {
            var all = ByAuthor[user.Id].Where(message => message.CreatedAt >= user.JoinedAt).ToList();
            var firstHour = all.Where(message => message.CreatedAt < user.JoinedAt.AddHours(1)).ToList();
            var deleted = all.Count(message => message.IsDeleted);
            var age = (user.JoinedAt - user.CreatedAt).TotalDays;
            DateTime? first = all.Count == 0 ? null : all.Min(message => message.CreatedAt);
            var score = 0;
            var reasons = new List<string>();
            void Judge(bool holds, int points, string reason)
            {
                if (holds)
                {
                    score += points;
                    reasons.Add(reason);
                }
            }

            Judge(age < 1, 25, "account younger than 1 day");
            Judge(age is >= 1 and < 7, 15, "account younger than 7 days");
            Judge(firstHour.Select(message => message.ChannelId).Distinct().Count() >= 5, 25, "5 or more channels in the first hour");
            Judge(firstHour.Count >= 20, 20, "20 or more messages in the first hour");
            Judge(all.Count >= 4 && deleted * 2 >= all.Count, 25, "half or more of the messages deleted");
            Judge(first is { } at && at < user.JoinedAt.AddMinutes(1), 5, "wrote within 1 minute of joining");
            rows.Add(
                user.Id, user.Name, false, user.CreatedAt, user.JoinedAt, user.IsInGuild, user.LeftAt,
                Round((user.JoinedAt - user.CreatedAt).Ticks / (decimal)TimeSpan.TicksPerDay, 1), (long)(all.Count - deleted), (long)deleted,
                (long)all.Select(message => message.ChannelId).Distinct().Count(), (long)firstHour.Count, Minutes(user.JoinedAt, first),
                score, reasons.Count == 0 ? null : string.Join(", ", reasons));
        }

        return rows;
    }

    /// <summary>joins, rejoins, leaves, net, inferred.</summary>
    private object?[] Changes(Period period, List<DateTime> hours, string zone, string step)
    {
        var (first, end) = (hours[0], hours[^1].AddHours(1));
        var mine = _seed.MemberEvents.Where(change => change.At >= first && change.At < end
            && PeriodOf(Hour(change.At), zone, step) == period).ToList();
        if (mine.Count == 0 && Covered(hours) is 0)
        {
            return [null, null, null, null, null];
        }

        var joins = mine.Count(change => change.Kind == "join");
        var rejoins = mine.Count(change => change.Kind == "rejoin");
        var leaves = mine.Count(change => change.Kind == "leave");

        return [(long)joins, (long)rejoins, (long)leaves, (long)(joins + rejoins - leaves), (long)mine.Count(change => change.IsInferred)];
    }
}
