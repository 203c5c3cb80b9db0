using Metricity.DiscordSimulator.Seed;

namespace Metricity.IntegrationTests.Report;

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

    public InsightsRows MemberActivity(DateTime? since, DateTime? until)
    {
        var rows = new InsightsRows(
            "member_id, member, is_bot, is_staff, in_guild, messages, deleted_messages, channels, last_active");
        foreach (var group in Between(since, until).GroupBy(message => message.AuthorId))
        {
            var user = _users[group.Key];
            var there = group.Where(message => !message.IsDeleted).ToList();
            rows.Add(
                user.Id, user.Name, false, user.IsStaff, user.IsInGuild, (long)there.Count, (long)(group.Count() - there.Count),
                (long)there.Select(message => message.ChannelId).Distinct().Count(),
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
        DateTime? first = ByAuthor[member].Any() ? ByAuthor[member].Min(message => message.CreatedAt) : null;
        foreach (var (period, startsAt, hours) in Periods(since ?? first ?? _now, until ?? _now, zone, step))
        {
            var stored = byPeriod[period].ToList();
            var there = stored.Where(message => !message.IsDeleted).ToList();
            var isKnown = stored.Count > 0 || Covered(hours) is not 0;
            rows.Add(
                startsAt, period.Local, isKnown ? (long)there.Count : null, isKnown ? (long)(stored.Count - there.Count) : null,
                isKnown ? (long)there.Select(message => message.ChannelId).Distinct().Count() : null);
        }

        return rows;
    }

    public InsightsRows JoinsAndLeavesByDay()
    {
        var rows = new InsightsRows("day, joins, rejoins, leaves, net, inferred, covered");
        foreach (var (period, startsAt, hours) in Periods(FirstJoin, _now, "UTC", "day"))
        {
            rows.Add([period.Local, .. Changes(startsAt, period.Local.AddDays(1), hours), Covered(hours)]);
        }

        return rows;
    }

    public InsightsRows JoinsAndLeaves(DateTime? since, DateTime? until, string zone, string step)
    {
        var rows = new InsightsRows("starts_at, period, joins, rejoins, leaves, net, inferred, members, covered");
        var periods = Periods(since ?? FirstJoin, until ?? _now, zone, step);
        for (var i = 0; i < periods.Count; i++)
        {
            // Of joins and leaves the exact time is known: they are not bound to whole hours.
            var (period, startsAt, hours) = periods[i];
            var end = i + 1 < periods.Count ? periods[i + 1].StartsAt : until ?? _now;
            var members = _seed.MemberEvents.Where(change => change.At < end).Sum(change => change.Kind == "leave" ? -1 : 1);
            rows.Add([startsAt, period.Local, .. Changes(startsAt, end, hours), (long)members, Covered(hours)]);
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
            (int Points, string Reason, bool Holds)[] signs =
            [
                (25, "account younger than a day", age < 1),
                (15, "account younger than a week", age is >= 1 and < 7),
                (25, "5 or more channels in the first hour", firstHour.Select(message => message.ChannelId).Distinct().Count() >= 5),
                (20, "20 or more messages in the first hour", firstHour.Count >= 20),
                (25, "half of the messages deleted", all.Count >= 4 && deleted * 2 >= all.Count),
                (5, "wrote within a minute of joining", first is { } at && at < user.JoinedAt.AddMinutes(1)),
            ];
            var held = signs.Where(sign => sign.Holds).OrderByDescending(sign => sign.Points).ThenBy(sign => sign.Reason, StringComparer.Ordinal);
            rows.Add(
                user.Id, user.Name, false, user.CreatedAt, user.JoinedAt, user.IsInGuild, user.LeftAt,
                Round((user.JoinedAt - user.CreatedAt).Ticks / (decimal)TimeSpan.TicksPerDay, 1), (long)(all.Count - deleted), (long)deleted,
                (long)all.Select(message => message.ChannelId).Distinct().Count(), (long)firstHour.Count, Minutes(user.JoinedAt, first),
                held.Sum(sign => sign.Points), held.Any() ? string.Join(", ", held.Select(sign => sign.Reason)) : null);
        }

        return rows;
    }

    /// <summary>joins, rejoins, leaves, net, inferred.</summary>
    private object?[] Changes(DateTime startsAt, DateTime end, List<DateTime> hours)
    {
        var mine = _seed.MemberEvents.Where(change => change.At >= startsAt && change.At < end).ToList();
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
