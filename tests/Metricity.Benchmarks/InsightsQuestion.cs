namespace Metricity.Benchmarks;

/// <summary>
/// A question of the guild's admins, asked of schema <c>insights</c> and of the plain five tables. In both, <c>$1</c> is the time since when
/// (null = all), <c>$2</c> the id of the busiest user, <c>$3</c> that of the busiest channel.
/// </summary>
/// <param name="Insights">With the view or function.</param>
/// <param name="Plain">Written by hand for the same answer.</param>
/// <param name="HasPeriod">False for what has no period of its own: asked once, for all time.</param>
internal sealed record InsightsQuestion(string Name, string Insights, string Plain, bool HasPeriod = true)
{
    /// <summary>In the order of the questions, then its uses.</summary>
    public static readonly InsightsQuestion[] All =
    [
        new(
            "messages and distinct users of each channel",
            "select * from insights.channel_activity($1::timestamp)",
            """
            select c.id, c.name, g.name, c.type, c.is_staff, c.deleted, count(m.id) filter (where not m.is_deleted),
                count(m.id) filter (where m.is_deleted), count(m.thread_id) filter (where not m.is_deleted),
                count(distinct m.author_id) filter (where not m.is_deleted), max(m.created_at) filter (where not m.is_deleted)
            from channels c
            left join categories g on g.id = c.category_id
            left join messages m on m.channel_id = c.id and ($1::timestamp is null or m.created_at >= $1::timestamp)
            group by c.id, g.name
            """),
        new(
            "channels, all time and 30 days side by side",
            "select * from insights.channel_summary",
            """
            select c.id, c.name, count(m.id) filter (where not m.is_deleted),
                count(m.id) filter (where not m.is_deleted and m.created_at >= now() at time zone 'UTC' - interval '30 days'),
                count(m.id) filter (where m.is_deleted), count(m.thread_id) filter (where not m.is_deleted),
                count(distinct m.author_id) filter (where not m.is_deleted),
                count(distinct m.author_id)
                    filter (where not m.is_deleted and m.created_at >= now() at time zone 'UTC' - interval '30 days'),
                min(m.created_at) filter (where not m.is_deleted), max(m.created_at) filter (where not m.is_deleted)
            from channels c
            left join messages m on m.channel_id = c.id
            group by c.id
            """,
            HasPeriod: false),
        new(
            "help threads by week, minutes to answer and resolution",
            "select * from insights.threads_by_period($1::timestamp, null, 'Europe/Berlin', 'week', null, true)",
            """
            with life as (
                select date_trunc('week', t.created_at at time zone 'UTC' at time zone 'Europe/Berlin') as period, t.created_at,
                    count(m.id) filter (where m.author_id <> t.owner_id) as replies,
                    min(m.created_at) filter (where m.author_id <> t.owner_id) as first_reply_at,
                    case
                        when not t.archived or t.deleted then null
                        when t.archived_at >= max(m.created_at) + t.auto_archive_duration * interval '1 minute' then max(m.created_at)
                        else t.archived_at
                    end as resolved_at
                from threads t
                join channels c on c.id = t.parent_channel_id and c.type = 'forum'
                left join messages m on m.thread_id = t.id and not m.is_deleted
                where $1::timestamp is null or t.created_at >= $1::timestamp
                group by t.id
            )
            select period, count(*), count(*) filter (where replies > 0), count(resolved_at),
                avg(extract(epoch from first_reply_at - created_at) / 60),
                percentile_cont(0.5) within group (order by extract(epoch from first_reply_at - created_at) / 60),
                avg(extract(epoch from resolved_at - created_at) / 60),
                percentile_cont(0.5) within group (order by extract(epoch from resolved_at - created_at) / 60)
            from life
            group by period
            """),
        new(
            "threads with the answers of others",
            "select * from insights.threads($1::timestamp)",
            """
            select t.id, t.name, t.parent_channel_id, c.name, t.owner_id, u.name, t.created_at, count(m.id),
                count(m.id) filter (where m.author_id <> t.owner_id), min(m.created_at) filter (where m.author_id <> t.owner_id),
                max(m.created_at), t.archived_at
            from threads t
            join channels c on c.id = t.parent_channel_id
            left join users u on u.id = t.owner_id
            left join messages m on m.thread_id = t.id and not m.is_deleted
            where $1::timestamp is null or t.created_at >= $1::timestamp
            group by t.id, c.name, u.name
            """),
        new(
            "active users by hour of day",
            "select * from insights.hours_of_day($1::timestamp, null, 'Europe/Berlin')",
            """
            select extract(hour from hour at time zone 'UTC' at time zone 'Europe/Berlin'), avg(messages), avg(users)
            from (
                select date_trunc('hour', created_at) as hour, count(*) as messages, count(distinct author_id) as users
                from messages
                where not is_deleted and ($1::timestamp is null or created_at >= $1::timestamp)
                group by 1
            ) as h
            group by 1
            """),
        new(
            "pattern of the week",
            "select * from insights.week_pattern($1::timestamp, null, 'Europe/Berlin')",
            """
            select extract(isodow from hour at time zone 'UTC' at time zone 'Europe/Berlin'),
                extract(hour from hour at time zone 'UTC' at time zone 'Europe/Berlin'), avg(messages), avg(users)
            from (
                select date_trunc('hour', created_at) as hour, count(*) as messages, count(distinct author_id) as users
                from messages
                where not is_deleted and ($1::timestamp is null or created_at >= $1::timestamp)
                group by 1
            ) as h
            group by 1, 2
            """),
        new(
            "newcomers who behave unusually",
            """
            select * from insights.newcomers(
                case when $1::timestamp is null then 3650 else extract(day from now() at time zone 'UTC' - $1::timestamp)::int end)
            """,
            """
            select u.id, u.name, u.created_at, u.joined_at, count(m.id) filter (where not m.is_deleted),
                count(m.id) filter (where m.is_deleted), count(distinct m.channel_id),
                count(m.id) filter (where m.created_at < u.joined_at + interval '1 hour'),
                count(distinct m.channel_id) filter (where m.created_at < u.joined_at + interval '1 hour'),
                min(m.created_at)
            from users u
            left join messages m on m.author_id = u.id and m.created_at >= u.joined_at
            where u.joined_at >= coalesce($1::timestamp, now() at time zone 'UTC' - interval '3650 days')
            group by u.id
            """),
        new(
            "channels that a member frequents",
            "select * from insights.user_channels($2, $1::timestamp)",
            """
            select c.id, c.name, count(*) filter (where not m.is_deleted), count(*) filter (where m.is_deleted), max(m.created_at)
            from messages m
            join channels c on c.id = m.channel_id
            where m.author_id = $2 and ($1::timestamp is null or m.created_at >= $1::timestamp)
            group by c.id
            """),
        new(
            "a member's days",
            "select * from insights.user_activity($2, $1::timestamp, null, 'Europe/Berlin', 'day')",
            """
            select date_trunc('day', created_at at time zone 'UTC' at time zone 'Europe/Berlin'), count(*) filter (where not is_deleted),
                count(*) filter (where is_deleted), count(distinct channel_id)
            from messages
            where author_id = $2 and ($1::timestamp is null or created_at >= $1::timestamp)
            group by 1
            """),
        .. Series("day"),
        .. Series("month"),
        new(
            "activity by hour",
            "select * from insights.activity($1::timestamp, null, 'UTC', 'hour')",
            """
            select date_trunc('hour', created_at), count(*) filter (where not is_deleted), count(*) filter (where is_deleted),
                count(distinct author_id) filter (where not is_deleted)
            from messages
            where $1::timestamp is null or created_at >= $1::timestamp
            group by 1
            """),
        new(
            "channels that nobody uses",
            "select * from insights.quiet_channels",
            """
            select c.id, c.name,
                count(m.id) filter (where m.created_at >= now() at time zone 'UTC' - interval '30 days') as month, max(m.created_at)
            from channels c
            left join messages m on m.channel_id = c.id and not m.is_deleted
            where not c.is_staff and not c.deleted and c.type in ('text', 'forum', 'news')
            group by c.id
            having count(m.id) filter (where m.created_at >= now() at time zone 'UTC' - interval '30 days') < 10
            """,
            HasPeriod: false),
        new(
            "joins and leaves by day",
            "select * from insights.joins_and_leaves($1::timestamp, null, 'Europe/Berlin', 'day')",
            """
            select date_trunc('day', at at time zone 'UTC' at time zone 'Europe/Berlin'), count(*) filter (where kind = 'join'),
                count(*) filter (where kind = 'rejoin'), count(*) filter (where kind = 'leave')
            from member_events
            where $1::timestamp is null or at >= $1::timestamp
            group by 1
            """),
        new(
            "retention of newcomers by month",
            "select * from insights.retention_by_month",
            """
            with newcomers as (
                select e.user_id, e.at as joined_at,
                    (select min(l.at) from member_events l where l.user_id = e.user_id and l.kind = 'leave') as left_at
                from member_events e
                where e.kind = 'join'
            ), writing as (
                select n.user_id, bool_or(m.created_at < n.joined_at + interval '7 days') as soon,
                    bool_or(m.created_at >= n.joined_at + interval '30 days') as late
                from newcomers n
                join messages m on m.author_id = n.user_id and m.created_at >= n.joined_at and not m.is_deleted
                group by n.user_id
            )
            select date_trunc('month', n.joined_at), count(*), count(*) filter (where n.left_at is null),
                count(*) filter (where n.left_at is null or n.left_at >= n.joined_at + interval '30 days'),
                count(*) filter (where w.soon), count(*) filter (where w.late)
            from newcomers n
            left join writing w using (user_id)
            group by 1
            """,
            HasPeriod: false),
        new(
            "members, one row each",
            "select * from insights.member_summary",
            """
            select u.id, u.name, u.joined_at, count(m.id) filter (where not m.is_deleted),
                count(m.id) filter (where not m.is_deleted and m.created_at >= now() at time zone 'UTC' - interval '30 days'),
                count(m.id) filter (where m.is_deleted), count(distinct m.channel_id) filter (where not m.is_deleted),
                min(m.created_at), max(m.created_at)
            from users u
            left join messages m on m.author_id = u.id
            group by u.id
            """,
            HasPeriod: false),
    ];

    private static InsightsQuestion[] Series(string step) =>
    [
        new(
            $"activity of the guild by {step}",
            $"select * from insights.activity($1::timestamp, null, 'Europe/Berlin', '{step}')",
            $"""
            select date_trunc('{step}', created_at at time zone 'UTC' at time zone 'Europe/Berlin'), count(*) filter (where not is_deleted),
                count(*) filter (where is_deleted), count(distinct author_id) filter (where not is_deleted)
            from messages
            where $1::timestamp is null or created_at >= $1::timestamp
            group by 1
            """),
        new(
            $"activity of the busiest channel by {step}",
            $"select * from insights.activity($1::timestamp, null, 'Europe/Berlin', '{step}', $3)",
            $"""
            select date_trunc('{step}', created_at at time zone 'UTC' at time zone 'Europe/Berlin'), count(*) filter (where not is_deleted),
                count(*) filter (where is_deleted), count(distinct author_id) filter (where not is_deleted)
            from messages
            where channel_id = $3 and ($1::timestamp is null or created_at >= $1::timestamp)
            group by 1
            """),
    ];
}
