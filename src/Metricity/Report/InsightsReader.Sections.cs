using Metricity.Database;
namespace Metricity.Report;

/// <summary>One method for each section of the report. Casts fix the types that the records take, whatever a view computes in.</summary>
internal sealed partial class InsightsReader
{
    /// <summary>A page stays readable; what is left out is counted.</summary>
    private const int MaxGaps = 100;

    /// <summary>
    /// True of a row of <c>activity</c> of which something is known. The function gives 0 also for times before the ledger begins; without
    /// a single message these are not known rather than silent.
    /// </summary>
    private const string IsKnown = "(messages + deleted_messages > 0 or covered > 0)";

    private const int MaxNewcomers = 25;
    private const int MaxMonths = 12;

    private sealed record FiguresRow(
        long? Messages, long? DeletedMessages, double? ActiveUsersADay, long? ActiveUsers, double? Covered, long LedgeredHours);

    private sealed record MovesRow(long? Joins, long? Leaves, long? Members);

    private sealed record ActivityRow(
        DateTime StartUtc, DateTime StartLocal, long? Messages, long? DeletedMessages, long? ActiveUsers, double? Covered);

    private sealed record ChannelSummaryRow(
        string Id, string Name, string? Category, string? Type, bool IsStaff, bool IsDeleted, long Messages, long DeletedMessages,
        long InThreads, long Users, DateTime? ActiveUtc, DateTime? ActiveLocal);

    private sealed record HelpRow(
        DateTime StartUtc, DateTime StartLocal, long? Opened, long? Answered, long? Resolved, double? FirstReply, double? Resolution,
        double? Covered);

    private sealed record MemberRow(
        DateTime StartUtc, DateTime StartLocal, long? Joins, long? Leaves, long? Inferred, long? Members, double? Covered);

    private sealed record RetentionRow(
        DateTime Month, long Newcomers, long StillHere, long? Stayed1Day, long? Stayed7Days, long? Stayed30Days, long? Stayed90Days,
        long? WroteWithin7Days);

    private sealed record NewcomerRow(
        string Id, string Name, bool IsBot, bool InGuild, DateTime JoinedUtc, DateTime JoinedLocal, double? AccountAgeDays, long Messages,
        long DeletedMessages, long Channels, int Score, string Reasons);

    private sealed record QuietRow(
        string Id, string Name, string? Category, long Messages, long Users, DateTime? ActiveUtc, DateTime? ActiveLocal, int? DaysQuiet,
        double? Covered);

    private sealed record GapRow(
        DateTime StartUtc, DateTime StartLocal, DateTime EndUtc, DateTime EndLocal, bool GoesOn, string? ChannelId, string? Channel,
        string Status, string? Reason, long MessagesFetched, long Total);

    private static async Task<PeriodFigures> ReadFiguresAsync(Session session, Period period)
    {
        // The average goes over days that were collected at all; the running day counts as the part of a day that it is.
        const string Sql =
            $"""
            select sum(messages) filter (where {IsKnown})::bigint as Messages,
                sum(deleted_messages) filter (where {IsKnown})::bigint as DeletedMessages,
                avg(active_users) filter (where {IsKnown})::float8 as ActiveUsersADay,
                (select count(*) from member_activity(@Since, @Until) m where m.messages > 0) as ActiveUsers,
                (select avg(c.covered)::float8 from coverage(@Since, @Until) c) as Covered,
                (select count(c.covered) from coverage(@Since, @Until) c) as LedgeredHours
            from activity(@Since, @Until, @Zone, 'day')
            """;
        const string MovesSql =
            """
            select sum(joins + rejoins) filter (where joins + rejoins + leaves > 0 or covered > 0)::bigint as Joins,
                sum(leaves) filter (where joins + rejoins + leaves > 0 or covered > 0)::bigint as Leaves,
                (array_agg(members order by starts_at desc) filter (where members is not null))[1]::bigint as Members
            from joins_and_leaves(@Since, @Until, @Zone, 'day')
            """;
        var row = await session.QuerySingleAsync<FiguresRow>(
            Sql, new { Since = period.SinceColumn, Until = period.UntilColumn, period.Zone });
        var moves = await session.QuerySingleAsync<MovesRow>(
            MovesSql, new { Since = period.SinceColumn, Until = period.UntilColumn, period.Zone });

        return new PeriodFigures(
            row.Messages,
            row.DeletedMessages,
            row.Messages is null ? null : row.ActiveUsers,
            row.ActiveUsersADay,
            moves.Members,
            moves.Joins,
            moves.Leaves,
            row.Covered,
            Math.Min(1, row.LedgeredHours / period.Hours));
    }

    private static async Task<IReadOnlyList<ActivityPoint>> ReadActivityAsync(
        Session session, Period period, ReportStep step, string? channelId)
    {
        const string Sql =
            $"""
            select starts_at at time zone 'UTC' as StartUtc, period as StartLocal,
                case when {IsKnown} then messages end::bigint as Messages,
                case when {IsKnown} then deleted_messages end::bigint as DeletedMessages,
                case when {IsKnown} then active_users end::bigint as ActiveUsers, covered::float8 as Covered
            from activity(@Since, @Until, @Zone, @Step, @Channel)
            order by starts_at
            """;
        var rows = await session.QueryAsync<ActivityRow>(
            Sql, new { Since = period.SinceColumn, Until = period.UntilColumn, period.Zone, Step = Name(step), Channel = channelId });

        return [.. rows.Select(row => new ActivityPoint(
            Moment(row.StartUtc, row.StartLocal), row.Messages, row.DeletedMessages, row.ActiveUsers, row.Covered))];
    }

    private static async Task<IReadOnlyList<ChannelRow>> ReadChannelsAsync(Session session, Period period, string[]? chosen)
    {
        const string Sql =
            """
            select channel_id as Id, channel as Name, category as Category, type as Type, is_staff as IsStaff, is_deleted as IsDeleted,
                messages::bigint as Messages, deleted_messages::bigint as DeletedMessages, in_threads::bigint as InThreads,
                users::bigint as Users, last_active as ActiveUtc, last_active at time zone 'UTC' at time zone @Zone as ActiveLocal
            from channel_activity(@Since, @Until)
            where case when @Chosen::text[] is null then messages > 0 or deleted_messages > 0 else channel_id = any(@Chosen) end
            order by messages desc, users desc, channel, channel_id
            """;
        var rows = await session.QueryAsync<ChannelSummaryRow>(
            Sql, new { Since = period.SinceColumn, Until = period.UntilColumn, period.Zone, Chosen = chosen });

        return [.. rows.Select(row => new ChannelRow(
            row.Id, row.Name, row.Category, row.Type, row.IsStaff, row.IsDeleted, row.Messages, row.DeletedMessages, row.InThreads,
            row.Users, Moment(row.ActiveUtc, row.ActiveLocal)))];
    }

    private static async Task<HelpFigures> ReadHelpAsync(Session session, Period period)
    {
        const string Sql =
            """
            select count(*) as Opened, count(first_reply_at) as Answered, count(*) filter (where status = 'resolved') as Resolved,
                percentile_cont(0.5) within group (order by minutes_to_first_reply::float8) as MinutesToFirstReply,
                percentile_cont(0.5) within group (order by minutes_to_resolution::float8) as MinutesToResolution
            from threads(@Since, @Until)
            where is_help
            """;

        return await session.QuerySingleAsync<HelpFigures>(Sql, new { Since = period.SinceColumn, Until = period.UntilColumn });
    }

    private static async Task<IReadOnlyList<HelpPoint>> ReadHelpPointsAsync(Session session, Period period, ReportStep step)
    {
        // The periods come from the activity, which tells how much of each was collected; without that, no thread means no knowledge.
        const string Sql =
            $"""
            select a.starts_at at time zone 'UTC' as StartUtc, a.period as StartLocal,
                case when t.opened > 0 or {IsKnown} then coalesce(t.opened, 0) end::bigint as Opened,
                case when t.opened > 0 or {IsKnown} then coalesce(t.answered, 0) end::bigint as Answered,
                case when t.opened > 0 or {IsKnown} then coalesce(t.resolved, 0) end::bigint as Resolved,
                t.median_minutes_to_first_reply::float8 as FirstReply, t.median_minutes_to_resolution::float8 as Resolution,
                a.covered::float8 as Covered
            from activity(@Since, @Until, @Zone, @Step) a
            left join threads_by_period(@Since, @Until, @Zone, @Step, null, true) t on t.starts_at = a.starts_at
            order by a.starts_at
            """;
        var rows = await session.QueryAsync<HelpRow>(
            Sql, new { Since = period.SinceColumn, Until = period.UntilColumn, period.Zone, Step = Name(step) });

        return [.. rows.Select(row => new HelpPoint(
            Moment(row.StartUtc, row.StartLocal), row.Opened, row.Answered, row.Resolved, row.FirstReply, row.Resolution, row.Covered))];
    }

    private static async Task<IReadOnlyList<HourOfDay>> ReadHoursAsync(Session session, Period period)
    {
        const string Sql =
            """
            select hour_of_day::int as Hour, messages::float8 as Messages, active_users::float8 as ActiveUsers, hours::bigint as Hours
            from hours_of_day(@Since, @Until, @Zone)
            """;
        var rows = await session.QueryAsync<HourOfDay>(Sql, new { Since = period.SinceColumn, Until = period.UntilColumn, period.Zone });
        var byHour = rows.ToDictionary(row => row.Hour);

        return [.. Enumerable.Range(0, 24).Select(hour => byHour.GetValueOrDefault(hour) ?? new HourOfDay(hour, null, null, 0))];
    }

    private static async Task<IReadOnlyList<HourOfWeek>> ReadWeekAsync(Session session, Period period)
    {
        const string Sql =
            """
            select day_of_week::int as Day, hour_of_day::int as Hour, messages::float8 as Messages, active_users::float8 as ActiveUsers,
                hours::bigint as Hours
            from week_pattern(@Since, @Until, @Zone)
            """;
        var rows = await session.QueryAsync<HourOfWeek>(Sql, new { Since = period.SinceColumn, Until = period.UntilColumn, period.Zone });
        var byHour = rows.ToDictionary(row => (row.Day, row.Hour));

        return [.. from day in Enumerable.Range(1, 7)
                   from hour in Enumerable.Range(0, 24)
                   select byHour.GetValueOrDefault((day, hour)) ?? new HourOfWeek(day, hour, null, null, 0)];
    }

    private static async Task<IReadOnlyList<MemberPoint>> ReadMembersAsync(Session session, Period period, ReportStep step)
    {
        const string Sql =
            """
            select starts_at at time zone 'UTC' as StartUtc, period as StartLocal,
                case when joins + rejoins + leaves > 0 or covered > 0 then joins + rejoins end::bigint as Joins,
                case when joins + rejoins + leaves > 0 or covered > 0 then leaves end::bigint as Leaves,
                inferred::bigint as Inferred, members::bigint as Members, covered::float8 as Covered
            from joins_and_leaves(@Since, @Until, @Zone, @Step)
            order by starts_at
            """;
        var rows = await session.QueryAsync<MemberRow>(
            Sql, new { Since = period.SinceColumn, Until = period.UntilColumn, period.Zone, Step = Name(step) });

        return [.. rows.Select(row => new MemberPoint(
            Moment(row.StartUtc, row.StartLocal), row.Joins, row.Leaves, row.Inferred, row.Members, row.Covered))];
    }

    private static async Task<IReadOnlyList<RetentionMonth>> ReadRetentionAsync(Session session)
    {
        const string Sql =
            """
            select month::timestamp as Month, newcomers::bigint as Newcomers, still_here::bigint as StillHere,
                stayed_1_day::bigint as Stayed1Day, stayed_7_days::bigint as Stayed7Days, stayed_30_days::bigint as Stayed30Days,
                stayed_90_days::bigint as Stayed90Days, wrote_within_7_days::bigint as WroteWithin7Days
            from retention_by_month
            order by month desc
            limit @Most
            """;
        var rows = await session.QueryAsync<RetentionRow>(Sql, new { Most = MaxMonths });

        return [.. rows.Select(row => new RetentionMonth(
            DateOnly.FromDateTime(row.Month), row.Newcomers, row.StillHere, row.Stayed1Day, row.Stayed7Days, row.Stayed30Days,
            row.Stayed90Days, row.WroteWithin7Days))];
    }

    private static async Task<NewcomerFigures> ReadNewcomersAsync(Session session, Period period, int days)
    {
        const string CountSql =
            "select count(*) as Total, count(*) filter (where score >= @Least) as Suspects from newcomers(@Days)";
        const string Sql =
            """
            select member_id as Id, member as Name, is_bot as IsBot, in_guild as InGuild, joined_at as JoinedUtc,
                joined_at at time zone 'UTC' at time zone @Zone as JoinedLocal, account_age_days::float8 as AccountAgeDays,
                messages::bigint as Messages, deleted_messages::bigint as DeletedMessages, channels::bigint as Channels,
                score::int as Score, coalesce(reasons, '') as Reasons
            from newcomers(@Days)
            where score >= @Least
            order by score desc, joined_at desc, member_id
            limit @Most
            """;
        var counts = await session.QuerySingleAsync<(long Total, long Suspects)>(
            CountSql, new { Days = days, Least = NewcomerFigures.MinScore });
        var rows = await session.QueryAsync<NewcomerRow>(
            Sql, new { Days = days, Least = NewcomerFigures.MinScore, Most = MaxNewcomers, period.Zone });

        return new NewcomerFigures(days, counts.Total, counts.Suspects, [.. rows.Select(row => new Newcomer(
            row.Id, row.Name, row.IsBot, row.InGuild, Moment(row.JoinedUtc, row.JoinedLocal), row.AccountAgeDays, row.Messages,
            row.DeletedMessages, row.Channels, row.Score, row.Reasons))]);
    }

    private static async Task<IReadOnlyList<QuietChannel>> ReadQuietAsync(Session session, Period period)
    {
        const string Sql =
            """
            select channel_id as Id, channel as Name, category as Category, messages_30d::bigint as Messages, users_30d::bigint as Users,
                last_active as ActiveUtc, last_active at time zone 'UTC' at time zone @Zone as ActiveLocal, days_quiet::int as DaysQuiet,
                covered_30d::float8 as Covered
            from quiet_channels
            """;
        var rows = await session.QueryAsync<QuietRow>(Sql, new { period.Zone });

        return [.. rows.Select(row => new QuietChannel(
            row.Id, row.Name, row.Category, row.Messages, row.Users, Moment(row.ActiveUtc, row.ActiveLocal), row.DaysQuiet, row.Covered))];
    }

    private static async Task<(IReadOnlyList<LedgerGap> Gaps, long Count)> ReadGapsAsync(Session session, Period period)
    {
        const string Sql =
            """
            select started_at as StartUtc, started_at at time zone 'UTC' at time zone @Zone as StartLocal,
                ended_at as EndUtc, ended_at at time zone 'UTC' at time zone @Zone as EndLocal, goes_on as GoesOn,
                channel_id as ChannelId, channel as Channel, status as Status, reason as Reason,
                coalesce(messages_fetched, 0)::bigint as MessagesFetched, count(*) over () as Total
            from coverage_gaps
            where ended_at > @Since or goes_on
            order by started_at desc
            limit @Most
            """;
        var rows = await session.QueryAsync<GapRow>(Sql, new { Since = period.SinceColumn, period.Zone, Most = MaxGaps });

        return ([.. rows.Select(row => new LedgerGap(
            Moment(row.StartUtc, row.StartLocal), Moment(row.EndUtc, row.EndLocal), row.GoesOn, row.ChannelId, row.Channel, row.Status,
            row.Reason, row.MessagesFetched))], rows.Count > 0 ? rows[0].Total : 0);
    }

    /// <summary>As the functions spell a step.</summary>
    private static string Name(ReportStep step) => step switch
    {
        ReportStep.Hour => "hour",
        ReportStep.Day => "day",
        ReportStep.Week => "week",
        _ => "month",
    };
}
