create view member_summary as
select u.id as member_id, u.name as member, u.bot as is_bot, u.is_staff, u.in_guild, u.created_at as account_created_at,
    u.joined_at, u.left_at, coalesce(a.messages, 0)::bigint as messages, coalesce(n.messages_30d, 0)::bigint as messages_30d,
    coalesce(a.deleted, 0)::bigint as deleted_messages, coalesce(a.channels, 0)::bigint as channels, a.first_hour as first_active,
    a.last_hour as last_active
from users u
left join rollup_authors a on a.author_id = u.id::bigint
left join lateral (
    select sum(r.messages) as messages_30d from rollup_author_hours r
    where a.last_hour >= date_trunc('hour', now() at time zone 'UTC' - interval '30 days') and r.author_id = a.author_id
        and r.hour >= date_trunc('hour', now() at time zone 'UTC' - interval '30 days')
) as n on true;

create function member_activity(since timestamp default null, until timestamp default null)
returns table (member_id varchar, member varchar, is_bot boolean, is_staff boolean, in_guild boolean, messages bigint,
    deleted_messages bigint, channels bigint, last_active timestamp)
language plpgsql stable parallel restricted security definer
set search_path from current set jit = off set work_mem = '64MB' set plan_cache_mode = force_custom_plan as $$
#variable_conflict use_column
declare
    first timestamp := date_trunc('hour', coalesce(member_activity.since, '-infinity'));
    last timestamp := coalesce(member_activity.until, 'infinity');
begin
    return query
    select u.id, u.name, u.bot, u.is_staff, u.in_guild, n.messages, n.deleted, n.channels, n.last_active
    from (
        select a.author_id, a.messages::bigint, a.deleted::bigint, a.channels::bigint, a.last_hour as last_active
        from rollup_authors a
        where first = '-infinity' and last = 'infinity'
        union all
        select p.author_id, sum(p.messages)::bigint, sum(p.deleted)::bigint, count(*) filter (where p.messages > 0),
            max(p.last_active)
        from (
            select r.author_id, r.channel_id, sum(r.messages) as messages, sum(r.deleted) as deleted,
                max(r.hour) filter (where r.messages > 0) as last_active
            from rollup_author_hours r
            where not (first = '-infinity' and last = 'infinity') and r.hour >= first and r.hour < last
            group by r.author_id, r.channel_id
        ) as p
        group by p.author_id
    ) as n
    join users u on u.id = n.author_id::text
    order by n.messages desc, u.id;
end
$$;

create function user_channels(member text, since timestamp default null)
returns table (channel_id varchar, channel varchar, category varchar, is_staff boolean, is_deleted boolean, messages bigint,
    deleted_messages bigint, share numeric, last_active timestamp)
language sql stable parallel restricted security definer set search_path from current set jit = off as $$
    select c.id, c.name, k.name, c.is_staff, c.deleted, n.messages, n.deleted,
        round(n.messages / nullif(sum(n.messages) over (), 0), 4), n.last_active
    from (
        select r.channel_id, sum(r.messages) as messages, sum(r.deleted) as deleted,
            max(r.hour) filter (where r.messages > 0) as last_active
        from rollup_author_hours r
        where r.author_id = user_channels.member::bigint
            and r.hour >= date_trunc('hour', coalesce(user_channels.since, '-infinity'))
        group by r.channel_id
    ) as n
    join channels c on c.id = n.channel_id::text
    left join categories k on k.id = c.category_id
    order by n.messages desc, n.deleted desc, c.id
$$;

create function user_activity(member text, since timestamp default null, until timestamp default null, zone text default 'UTC',
    step text default 'day')
returns table (starts_at timestamptz, period timestamp, messages bigint, deleted_messages bigint, channels bigint)
language sql stable parallel restricted security definer set search_path from current set jit = off as $$
    with placed as materialized (
        select * from hours_by_period(coalesce(user_activity.since,
            (select min(f.hour) from rollup_author_hours f where f.author_id = user_activity.member::bigint),
            now() at time zone 'UTC'), user_activity.until, user_activity.zone, user_activity.step)
    ), counts as (
        select p.starts_at, sum(r.messages) as messages, sum(r.deleted) as deleted,
            count(distinct r.channel_id) filter (where r.messages > 0) as channels
        from placed p
        join rollup_author_hours r on r.hour = p.hour
        where r.author_id = user_activity.member::bigint
            and r.hour >= date_trunc('hour', coalesce(user_activity.since, '-infinity'))
        group by p.starts_at
    )
    select s.starts_at at time zone 'UTC', s.period,
        case when n.starts_at is not null or not x.is_unknown then coalesce(n.messages, 0) end,
        case when n.starts_at is not null or not x.is_unknown then coalesce(n.deleted, 0) end,
        case when n.starts_at is not null or not x.is_unknown then coalesce(n.channels, 0) end
    from (
        select p.starts_at, min(p.ends_at) as ends_at, min(p.period) as period, avg(p.covered) as covered
        from placed p
        group by p.starts_at
    ) as s
    left join counts n on n.starts_at = s.starts_at
    cross join lateral (
        select coalesce(s.covered = 0, s.ends_at <= coalesce((select min(hour) from rollup_hours), 'infinity')) as is_unknown
    ) as x
    order by s.starts_at
$$;

create function joins_and_leaves(since timestamp default null, until timestamp default null, zone text default 'UTC',
    step text default 'day')
returns table (starts_at timestamptz, period timestamp, joins bigint, rejoins bigint, leaves bigint, net bigint, inferred bigint,
    members bigint, covered numeric)
language plpgsql stable parallel restricted security definer
set search_path from current set jit = off set plan_cache_mode = force_custom_plan as $$
#variable_conflict use_column
declare
    begun timestamp := coalesce((select min(e.at) from member_events e), 'infinity');
    first timestamp;
    last timestamp;
begin
    select min(p.starts_at), max(p.ends_at) into first, last
    from periods(coalesce(joins_and_leaves.since, (select min(e.at) from member_events e)), joins_and_leaves.until,
        joins_and_leaves.zone, joins_and_leaves.step) as p;

    return query
    with steps as materialized (
        select p.starts_at, min(p.ends_at) as ends_at, min(p.period) as period, round(avg(p.covered), 4) as covered
        from hours_by_period(first, joins_and_leaves.until, joins_and_leaves.zone, joins_and_leaves.step) as p
        group by p.starts_at
    ), events as (
        select s.starts_at, count(*) filter (where e.kind = 'join') as joins, count(*) filter (where e.kind = 'rejoin') as rejoins,
            count(*) filter (where e.kind = 'leave') as leaves, count(*) filter (where e.inferred) as inferred
        from (
            select kind, inferred, at,
                date_trunc(joins_and_leaves.step, at at time zone 'UTC' at time zone joins_and_leaves.zone) as period
            from member_events where at >= first and at < last
        ) as e
        join steps s on s.period = e.period and (joins_and_leaves.step <> 'hour' or s.starts_at = date_trunc('hour', e.at))
        group by s.starts_at
    ), later as (
        select count(*) filter (where kind <> 'leave') - count(*) filter (where kind = 'leave') as net
        from member_events where at >= last
    )
    select s.starts_at at time zone 'UTC', s.period,
        case when e.starts_at is not null or not x.is_unknown then coalesce(e.joins, 0) end,
        case when e.starts_at is not null or not x.is_unknown then coalesce(e.rejoins, 0) end,
        case when e.starts_at is not null or not x.is_unknown then coalesce(e.leaves, 0) end,
        case when e.starts_at is not null or not x.is_unknown then coalesce(e.joins + e.rejoins - e.leaves, 0) end,
        case when e.starts_at is not null or not x.is_unknown then coalesce(e.inferred, 0) end,
        ((select count(*) from users where in_guild) - later.net
            - coalesce(sum(coalesce(e.joins + e.rejoins - e.leaves, 0)) over (order by s.starts_at desc
                rows between unbounded preceding and 1 preceding), 0))::bigint,
        s.covered
    from steps s
    cross join later
    left join events e on e.starts_at = s.starts_at
    cross join lateral (select coalesce(s.covered = 0, s.ends_at <= begun) as is_unknown) as x
    order by s.starts_at;
end
$$;

create view joins_and_leaves_by_day as
select j.period::date as day, j.joins, j.rejoins, j.leaves, j.net, j.inferred, j.covered from joins_and_leaves() as j;

create view retention_by_month as
with events as (
    select user_id, at, kind, min(at) filter (where kind <> 'leave') over (partition by user_id) as joined_at from member_events
), stays as (
    select user_id, joined_at, min(at) filter (where kind = 'leave' and at >= joined_at) as left_at
    from events
    where joined_at is not null
    group by user_id, joined_at
), people as (
    select s.joined_at, s.left_at, u.in_guild, a.first_hour, a.last_hour
    from stays s
    join users u on u.id = s.user_id
    left join rollup_authors a on a.author_id = s.user_id::bigint
    where not u.bot
), months as (
    select date_trunc('month', joined_at) as month, count(*) as newcomers, count(*) filter (where in_guild) as still_here,
        count(*) filter (where left_at is null or left_at >= joined_at + interval '1 day') as d1,
        count(*) filter (where left_at is null or left_at >= joined_at + interval '7 days') as d7,
        count(*) filter (where left_at is null or left_at >= joined_at + interval '30 days') as d30,
        count(*) filter (where left_at is null or left_at >= joined_at + interval '90 days') as d90,
        count(*) filter (where first_hour < joined_at + interval '7 days') as wrote,
        count(*) filter (where last_hour >= joined_at + interval '30 days') as wrote_later,
        now() at time zone 'UTC' - max(joined_at) as youngest
    from people
    group by 1
)
select month::date as month, newcomers, still_here, case when youngest >= interval '1 day' then d1 end as stayed_1_day,
    case when youngest >= interval '7 days' then d7 end as stayed_7_days,
    case when youngest >= interval '30 days' then d30 end as stayed_30_days,
    case when youngest >= interval '90 days' then d90 end as stayed_90_days,
    case when youngest >= interval '7 days' then wrote end as wrote_within_7_days,
    case when youngest >= interval '30 days' then wrote_later end as wrote_after_30_days
from months
order by month;

create function newcomers(days integer default 7)
returns table (member_id varchar, member varchar, is_bot boolean, account_created_at timestamp, joined_at timestamp,
    in_guild boolean, left_at timestamp, account_age_days numeric, messages bigint, deleted_messages bigint, channels bigint,
    messages_first_hour bigint, minutes_to_first_message numeric, score integer, reasons text)
language plpgsql stable parallel restricted security definer set search_path from current set jit = off as $$
#variable_conflict use_column
begin
    return query
    select f.id, f.name, f.bot, f.created_at, f.joined_at, f.in_guild, f.left_at, round(f.age, 1), f.messages, f.deleted,
        f.channels, f.first_hour, round(f.minutes, 1), least(100, r.score)::integer, r.reasons
    from (
        select u.*, extract(epoch from u.joined_at - u.created_at)::numeric / 86400 as age, n.*
        from users u
        cross join lateral (
            select count(*) filter (where not m.is_deleted) as messages, count(*) filter (where m.is_deleted) as deleted,
                count(distinct m.channel_id) as channels,
                count(*) filter (where m.created_at < u.joined_at + interval '1 hour') as first_hour,
                count(distinct m.channel_id) filter (where m.created_at < u.joined_at + interval '1 hour') as channels_first_hour,
                extract(epoch from min(m.created_at) - u.joined_at)::numeric / 60 as minutes
            from messages m
            where m.author_id = u.id and m.created_at >= u.joined_at
        ) as n
        where u.joined_at >= now() at time zone 'UTC' - make_interval(days => newcomers.days)
    ) as f
    cross join lateral (
        select coalesce(sum(p.points), 0) as score, string_agg(p.reason, ', ' order by p.points desc, p.reason) as reasons
        from (values
            (25, 'account younger than a day', f.age < 1),
            (15, 'account younger than a week', f.age >= 1 and f.age < 7),
            (25, '5 or more channels in the first hour', f.channels_first_hour >= 5),
            (20, '20 or more messages in the first hour', f.first_hour >= 20),
            (25, 'half of the messages deleted', f.messages + f.deleted >= 4 and f.deleted >= f.messages),
            (5, 'wrote within a minute of joining', f.minutes < 1)
        ) as p (points, reason, holds)
        where p.holds
    ) as r
    order by r.score desc, f.joined_at desc, f.id;
end
$$;

create view recent_newcomers as
select * from newcomers(30);

comment on view member_summary
    is 'One row for each user who is or was a member, or wrote; for one at a time; for lists see the function '
    'member_activity';
comment on column member_summary.member_id is 'Id of the user';
comment on column member_summary.member is 'User name';
comment on column member_summary.is_bot is 'True for bots';
comment on column member_summary.is_staff is 'True when the user has the staff role';
comment on column member_summary.in_guild is 'True while a member';
comment on column member_summary.account_created_at is 'When the account was made, UTC';
comment on column member_summary.joined_at is 'Last joining, UTC';
comment on column member_summary.left_at is 'Last leaving, UTC; empty while a member, or when not known';
comment on column member_summary.messages is 'Messages that are still there';
comment on column member_summary.messages_30d is 'Those of the last 30 days';
comment on column member_summary.deleted_messages is 'Messages that were deleted since';
comment on column member_summary.channels is 'Channels the user wrote in';
comment on column member_summary.first_active is 'Start of the hour of the first message, UTC';
comment on column member_summary.last_active is 'Start of the hour of the last message, UTC';
comment on function member_activity(timestamp, timestamp) is 'Who wrote in a period (UTC), most messages first';
comment on function user_channels(text, timestamp)
    is 'The channels that a user (by id) writes in, since a time or ever, most used first; share = part of all the '
    'messages of that user';
comment on function user_activity(text, timestamp, timestamp, text, text)
    is 'Messages of a user (by id) by hour, day, week or month of a time zone';
comment on function joins_and_leaves(timestamp, timestamp, text, text)
    is 'Joins and leaves by hour, day, week or month of a time zone; members = at the end of the time';
comment on view joins_and_leaves_by_day is 'Joins and leaves day by day (UTC); counts are empty where nothing was collected';
comment on column joins_and_leaves_by_day.day is 'UTC';
comment on column joins_and_leaves_by_day.joins is 'First joins';
comment on column joins_and_leaves_by_day.rejoins is 'Joins of former members';
comment on column joins_and_leaves_by_day.leaves is 'Leaves';
comment on column joins_and_leaves_by_day.net is 'joins + rejoins - leaves';
comment on column joins_and_leaves_by_day.inferred is 'How many of these were found by comparing member lists, and not seen';
comment on column joins_and_leaves_by_day.covered
    is 'Which share of the day was collected, 0 to 1; empty = before collecting began';
comment on view retention_by_month
    is 'Who joined for the first time in a month (UTC), and how many of them stayed and wrote; without bots; empty = '
    'too early to tell';
comment on column retention_by_month.month is 'First day of the month';
comment on column retention_by_month.newcomers is 'Users who first joined in the month';
comment on column retention_by_month.still_here is 'Of these, members now';
comment on column retention_by_month.stayed_1_day is 'Of these, not gone within a day';
comment on column retention_by_month.stayed_7_days is 'Of these, not gone within 7 days';
comment on column retention_by_month.stayed_30_days is 'Of these, not gone within 30 days';
comment on column retention_by_month.stayed_90_days is 'Of these, not gone within 90 days';
comment on column retention_by_month.wrote_within_7_days is 'Of these, with a first message within 7 days of joining';
comment on column retention_by_month.wrote_after_30_days is 'Of these, with a message 30 days or more after joining';
comment on function newcomers(integer)
    is 'Members who joined in the last days, the oddest first. score 0 to 100 is a sum: account younger than a day 25, '
    'than a week 15; 5 or more channels in the first hour 25; 20 or more messages in it 20; of 4 or more messages '
    'half deleted 25; wrote within a minute of joining 5';
comment on view recent_newcomers is 'Who joined in the last 30 days, the oddest first; see the function newcomers';
comment on column recent_newcomers.account_age_days is 'Age of the account when joining';
comment on column recent_newcomers.messages is 'Messages since joining that are still there';
comment on column recent_newcomers.deleted_messages is 'Messages since joining that were deleted';
comment on column recent_newcomers.channels is 'Channels written in since joining';
comment on column recent_newcomers.messages_first_hour is 'Messages in the hour after joining';
comment on column recent_newcomers.minutes_to_first_message is 'From joining to the first message; empty = none';
comment on column recent_newcomers.score is '0 = nothing odd, to 100';
comment on column recent_newcomers.reasons is 'What the score is made of';
