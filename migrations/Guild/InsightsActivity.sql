-- A function, because a view cannot leave just-in-time compilation out, which costs more here than all the rest.
create function channel_totals()
returns table (channel_id varchar, channel varchar, category varchar, type varchar, is_staff boolean, is_deleted boolean,
    messages bigint, messages_30d bigint, deleted_messages bigint, in_threads bigint, users bigint, users_30d bigint,
    first_active timestamp, last_active timestamp, days_quiet bigint)
language plpgsql stable parallel restricted security definer
set search_path from current set jit = off set work_mem = '64MB' as $$
#variable_conflict use_column
begin
    return query
    with counts as (
        select channel_id, sum(messages) as messages from rollup_channel_hours
        where hour >= date_trunc('hour', now() at time zone 'UTC' - interval '30 days')
        group by channel_id
    ), users as (
        select channel_id, count(*) as users
        from (
            select distinct channel_id, author_id from rollup_author_hours
            where hour >= date_trunc('hour', now() at time zone 'UTC' - interval '30 days') and messages > 0
        ) as d
        group by channel_id
    )
    select c.id as channel_id, c.name as channel, k.name as category, c.type, c.is_staff, c.deleted as is_deleted,
        coalesce(r.messages, 0)::bigint as messages, coalesce(n.messages, 0)::bigint as messages_30d,
        coalesce(r.deleted, 0)::bigint as deleted_messages, coalesce(r.in_threads, 0)::bigint as in_threads,
        coalesce(r.users, 0)::bigint as users, coalesce(u.users, 0)::bigint as users_30d,
        r.first_hour as first_active, r.last_hour as last_active,
        extract(epoch from now() at time zone 'UTC' - r.last_hour)::bigint / 86400 as days_quiet
    from channels c
    left join categories k on k.id = c.category_id
    left join rollup_channels r on r.channel_id = c.id::bigint
    left join counts n on n.channel_id = c.id::bigint
    left join users u on u.channel_id = c.id::bigint;
end
$$;

create view channel_summary as
select * from channel_totals();

create view quiet_channels as
select s.channel_id, s.channel, s.category, s.messages_30d, s.users_30d, s.last_active, s.days_quiet,
    (select round(avg(h.covered), 4) from coverage(now() at time zone 'UTC' - interval '30 days') as h) as covered_30d
from channel_summary s
where not s.is_staff and not s.is_deleted and s.messages_30d < 10
    and (s.type is null or s.type in ('text', 'forum', 'announcement', 'news', 'media'))
order by s.days_quiet desc nulls first, s.messages_30d, s.channel;

create function channel_activity(since timestamp default null, until timestamp default null)
returns table (channel_id varchar, channel varchar, category varchar, type varchar, is_staff boolean, is_deleted boolean,
    messages bigint, deleted_messages bigint, in_threads bigint, users bigint, last_active timestamp)
language plpgsql stable parallel restricted security definer
set search_path from current set jit = off set work_mem = '64MB' set plan_cache_mode = force_custom_plan as $$
#variable_conflict use_column
declare
    first timestamp := date_trunc('hour', coalesce(channel_activity.since, '-infinity'));
    last timestamp := coalesce(channel_activity.until, 'infinity');
begin
    if first = '-infinity' and last = 'infinity' then
        return query
        select s.channel_id, s.channel, s.category, s.type, s.is_staff, s.is_deleted, s.messages, s.deleted_messages, s.in_threads,
            s.users, s.last_active
        from channel_totals() as s;
        return;
    end if;

    return query
    with counts as (
        select r.channel_id, sum(r.messages) as messages, sum(r.deleted) as deleted, sum(r.in_threads) as in_threads,
            max(r.hour) filter (where r.messages > 0) as last_active
        from rollup_channel_hours r
        where r.hour >= first and r.hour < last
        group by r.channel_id
    ), users as (
        select d.channel_id, count(*) as users
        from (
            select distinct r.channel_id, r.author_id from rollup_author_hours r
            where r.hour >= first and r.hour < last and r.messages > 0
        ) as d
        group by d.channel_id
    )
    select c.id, c.name, k.name, c.type, c.is_staff, c.deleted, coalesce(n.messages, 0)::bigint, coalesce(n.deleted, 0)::bigint,
        coalesce(n.in_threads, 0)::bigint, coalesce(u.users, 0)::bigint, n.last_active
    from channels c
    left join categories k on k.id = c.category_id
    left join counts n on n.channel_id = c.id::bigint
    left join users u on u.channel_id = c.id::bigint;
end
$$;

-- With a plan for each call, since one for any period would go by the index even where the whole table is asked for. An hour belongs to
-- the period in which it begins. The distinct users of a period are those in each of its hours whose hour before lies before the period:
-- rollup_hour_returns tells how many. In a single channel they are counted from who wrote when.
create function periods(since timestamp, until timestamp, zone text, step text)
returns table (starts_at timestamp, ends_at timestamp, period timestamp)
language plpgsql stable parallel restricted security definer set search_path from current set jit = off as $$
#variable_conflict use_column
declare
    first timestamp := date_trunc('hour', coalesce(periods.since, least((select min(hour) from rollup_hours),
        (select min(c.started_at) from coverage c))));
    last timestamp := least(periods.until, now() at time zone 'UTC');
begin
    if periods.step not in ('hour', 'day', 'week', 'month') then
        raise exception 'step is %, not one of hour, day, week, month', quote_literal(periods.step) using errcode = '22023';
    end if;

    if periods.step = 'hour' then
        return query
        select h, h + interval '1 hour', h at time zone 'UTC' at time zone periods.zone
        from generate_series(first, last - interval '1 microsecond', interval '1 hour') as h;
    else
        return query
        select greatest(p.at, first), least(p.ends, last), p.local
        from (
            select l at time zone periods.zone at time zone 'UTC' as at, l as local,
                (l + ('1 ' || periods.step)::interval) at time zone periods.zone at time zone 'UTC' as ends
            from generate_series(date_trunc(periods.step, first at time zone 'UTC' at time zone periods.zone),
                last at time zone 'UTC' at time zone periods.zone, ('1 ' || periods.step)::interval) as l
        ) as p
        where p.ends > first and p.at < last;
    end if;
end
$$;

create function hours_by_period(since timestamp, until timestamp, zone text, step text)
returns table (starts_at timestamp, ends_at timestamp, period timestamp, hour timestamp, covered numeric)
language plpgsql stable parallel restricted security definer set search_path from current set jit = off as $$
#variable_conflict use_column
declare
    first timestamp;
    last timestamp;
begin
    select min(p.starts_at), max(p.ends_at) into first, last
    from periods(hours_by_period.since, hours_by_period.until, hours_by_period.zone, hours_by_period.step) as p;

    -- An hour of a clock that is set back comes twice under one name.
    return query
    select p.starts_at, p.ends_at, p.period, k.hour, k.covered
    from periods(hours_by_period.since, hours_by_period.until, hours_by_period.zone, hours_by_period.step) as p
    left join (
        select c.hour, c.covered,
            date_trunc(hours_by_period.step, c.hour at time zone 'UTC' at time zone hours_by_period.zone) as period
        from coverage(first, last) as c
    ) as k on k.period = p.period and (hours_by_period.step <> 'hour' or k.hour = p.starts_at);
end
$$;

create function activity(since timestamp default null, until timestamp default null, zone text default 'UTC',
    step text default 'day', channel text default null)
returns table (starts_at timestamptz, period timestamp, messages bigint, deleted_messages bigint, active_users bigint,
    covered numeric)
language plpgsql stable parallel restricted security definer
set search_path from current set jit = off set work_mem = '64MB' set plan_cache_mode = force_custom_plan as $$
#variable_conflict use_column
declare
    begun timestamp := coalesce((select min(hour) from rollup_hours), 'infinity');
    first timestamp := date_trunc('hour', coalesce(activity.since, '-infinity'));
    last timestamp := coalesce(activity.until, 'infinity');
begin
    return query
    with placed as materialized (
        select p.*, (date_part('epoch', p.hour - min(p.hour) over (partition by p.starts_at)) / 3600)::smallint as hours_in
        from hours_by_period(activity.since, activity.until, activity.zone, activity.step) as p
    ), counts as (
        select p.starts_at, sum(r.messages) as messages, sum(r.deleted) as deleted
        from placed p
        join (
            select g.hour, g.messages, g.deleted from rollup_hours g where activity.channel is null
            union all
            select c.hour, c.messages, c.deleted from rollup_channel_hours c where c.channel_id = activity.channel::bigint
        ) as r on r.hour = p.hour
        group by p.starts_at
    ), users as (
        select p.starts_at, sum(g.authors) as users
        from placed p
        join rollup_hours g on g.hour = p.hour
        where activity.channel is null and activity.step = 'hour'
        group by p.starts_at
        union all
        select p.starts_at, sum(g.authors)
        from placed p
        join rollup_hour_returns g on g.hour = p.hour and g.gap > p.hours_in
        where activity.channel is null and activity.step <> 'hour'
        group by p.starts_at
        union all
        select p.starts_at, count(distinct r.author_id)
        from placed p
        join rollup_author_hours r on r.hour = p.hour
        where r.channel_id = activity.channel::bigint and r.messages > 0 and r.hour >= first and r.hour < last
        group by p.starts_at
    )
    select s.starts_at at time zone 'UTC', s.period,
        case when n.messages is not null or not x.is_unknown then coalesce(n.messages, 0)::bigint end,
        case when n.messages is not null or not x.is_unknown then coalesce(n.deleted, 0)::bigint end,
        case when n.messages is not null or not x.is_unknown then coalesce(u.users, 0)::bigint end,
        s.covered
    from (
        select p.starts_at, min(p.ends_at) as ends_at, min(p.period) as period, round(avg(p.covered), 4) as covered
        from placed p
        group by p.starts_at
    ) as s
    left join counts n on n.starts_at = s.starts_at
    left join users u on u.starts_at = s.starts_at
    cross join lateral (
        -- Before the ledger begins, what is stored came from another collector: from its first message on, silence is silence.
        select coalesce(s.covered = 0, s.ends_at <= begun) as is_unknown
    ) as x
    order by s.starts_at;
end
$$;

create function week_pattern(since timestamp default null, until timestamp default null, zone text default 'UTC')
returns table (day_of_week integer, hour_of_day integer, messages numeric, active_users numeric, hours bigint)
language sql stable parallel restricted security definer set search_path from current set jit = off as $$
    select extract(isodow from local)::integer, extract(hour from local)::integer, round(avg(messages), 2),
        round(avg(active_users), 2), count(*)
    from (
        select k.hour at time zone 'UTC' at time zone week_pattern.zone as local, coalesce(r.messages, 0) as messages,
            coalesce(r.authors, 0) as active_users
        from coverage(coalesce(week_pattern.since,
            (select least(min(g.hour), (select min(c.started_at) from coverage c)) from rollup_hours g)), week_pattern.until) as k
        left join rollup_hours r on r.hour = k.hour
        where k.covered is distinct from 0 or r.hour is not null
    ) as h
    group by 1, 2
    order by 1, 2
$$;

create function hours_of_day(since timestamp default null, until timestamp default null, zone text default 'UTC')
returns table (hour_of_day integer, messages numeric, active_users numeric, hours bigint)
language sql stable parallel restricted security definer set search_path from current set jit = off as $$
    select extract(hour from local)::integer, round(avg(messages), 2), round(avg(active_users), 2), count(*)
    from (
        select k.hour at time zone 'UTC' at time zone hours_of_day.zone as local, coalesce(r.messages, 0) as messages,
            coalesce(r.authors, 0) as active_users
        from coverage(coalesce(hours_of_day.since,
            (select least(min(g.hour), (select min(c.started_at) from coverage c)) from rollup_hours g)), hours_of_day.until) as k
        left join rollup_hours r on r.hour = k.hour
        where k.covered is distinct from 0 or r.hour is not null
    ) as h
    group by 1
    order by 1
$$;

create view activity_by_hour as
select a.period as hour, a.messages, a.deleted_messages, a.active_users, a.covered from activity(step => 'hour') as a;

create view activity_by_day as
select a.period::date as day, a.messages, a.deleted_messages, a.active_users,
    case when a.covered = 0 and e.day is null then null else coalesce(e.joins, 0) end as joins,
    case when a.covered = 0 and e.day is null then null else coalesce(e.leaves, 0) end as leaves, a.covered
from activity() as a
left join (
    select at::date as day, count(*) filter (where kind <> 'leave') as joins, count(*) filter (where kind = 'leave') as leaves
    from member_events group by 1
) as e on e.day = a.period::date;

create view hours_of_day as
select h.hour_of_day, h.messages, h.active_users, m.messages as messages_30d, m.active_users as active_users_30d
from hours_of_day() as h
left join hours_of_day(date_trunc('hour', now() at time zone 'UTC' - interval '30 days')) as m on m.hour_of_day = h.hour_of_day;

comment on view channel_summary
    is 'One row for each channel: how much it is used, ever and in the last 30 days; threads count to their channel';
comment on column channel_summary.channel_id is 'Id of the channel';
comment on column channel_summary.channel is 'Name';
comment on column channel_summary.category is 'Name of its category';
comment on column channel_summary.type is 'Kind of channel, for example text, voice or forum';
comment on column channel_summary.is_staff is 'True for channels of the staff, see the settings';
comment on column channel_summary.is_deleted is 'True when the channel was deleted in Discord; what was written there still counts';
comment on column channel_summary.messages is 'Messages that are still there';
comment on column channel_summary.messages_30d is 'Those of the last 30 days';
comment on column channel_summary.deleted_messages is 'Messages that were deleted since';
comment on column channel_summary.in_threads is 'Of messages, those in threads';
comment on column channel_summary.users is 'Different users who ever wrote';
comment on column channel_summary.users_30d is 'Different users who wrote in the last 30 days';
comment on column channel_summary.first_active is 'Start of the hour of the first message, UTC';
comment on column channel_summary.last_active is 'Start of the hour of the last message, UTC';
comment on column channel_summary.days_quiet is 'Whole days since the last message; empty = never used';
comment on function channel_totals() is 'The rows of channel_summary';
comment on view quiet_channels
    is 'Channels that hardly anybody uses: fewer than 10 messages in 30 days; without those of the staff and deleted '
    'ones';
comment on column quiet_channels.covered_30d
    is 'Which share of the last 30 days was collected, 0 to 1: below 1 the channel may be less quiet than it looks';
comment on column quiet_channels.days_quiet is 'Whole days since the last message; empty = never used';
comment on function channel_activity(timestamp, timestamp)
    is 'Each channel in a period (UTC, from since, before until; empty = without limit)';
comment on function periods(timestamp, timestamp, text, text)
    is 'The hours, days, weeks or months of a time zone that lie in a period; for the other functions';
comment on function hours_by_period(timestamp, timestamp, text, text)
    is 'The hours (UTC) of each period of periods(), and how much of each was collected, 0 to 1';
comment on function activity(timestamp, timestamp, text, text, text)
    is 'Messages and different users by hour, day, week or month of a time zone; of one channel or of all';
comment on function week_pattern(timestamp, timestamp, text)
    is 'Messages and users in a mean hour of each weekday (1 = Monday), in a time zone; hours not collected are left '
    'out';
comment on function hours_of_day(timestamp, timestamp, text)
    is 'Messages and users in a mean hour by hour of the day, in a time zone; hours not collected are left out';
comment on view activity_by_hour is 'The whole server hour by hour (UTC); counts are empty where nothing was collected';
comment on column activity_by_hour.hour is 'Start of the hour, UTC';
comment on column activity_by_hour.messages is 'Messages that are still there';
comment on column activity_by_hour.deleted_messages is 'Messages that were deleted since';
comment on column activity_by_hour.active_users is 'Different users who wrote';
comment on column activity_by_hour.covered is 'Which share of the hour was collected, 0 to 1; empty = before collecting began';
comment on view activity_by_day is 'The whole server day by day (UTC); counts are empty where nothing was collected';
comment on column activity_by_day.day is 'UTC';
comment on column activity_by_day.messages is 'Messages that are still there';
comment on column activity_by_day.deleted_messages is 'Messages that were deleted since';
comment on column activity_by_day.active_users is 'Different users who wrote';
comment on column activity_by_day.joins is 'Joins, those of former members included';
comment on column activity_by_day.leaves is 'Leaves';
comment on column activity_by_day.covered is 'Which share of the day was collected, 0 to 1; empty = before collecting began';
comment on view hours_of_day is 'When people are active: a mean hour by hour of the day (UTC); hours not collected are left out';
comment on column hours_of_day.hour_of_day is '0 to 23, UTC';
comment on column hours_of_day.messages is 'Messages in a mean hour';
comment on column hours_of_day.active_users is 'Different users in a mean hour';
comment on column hours_of_day.messages_30d is 'The same, last 30 days';
comment on column hours_of_day.active_users_30d is 'The same, last 30 days';
