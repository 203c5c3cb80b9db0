-- PostgreSQL database dump

-- Dumped from database version 15.18 (Debian 15.18-0+deb12u1)
-- Dumped by pg_dump version 15.18 (Debian 15.18-0+deb12u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

CREATE SCHEMA insights;

CREATE SCHEMA metricity;

CREATE FUNCTION insights.activity(since timestamp without time zone DEFAULT NULL::timestamp without time zone, until timestamp without time zone DEFAULT NULL::timestamp without time zone, zone text DEFAULT 'UTC'::text, step text DEFAULT 'day'::text, channel text DEFAULT NULL::text) RETURNS TABLE(starts_at timestamp with time zone, period timestamp without time zone, messages bigint, deleted_messages bigint, active_users bigint, covered numeric)
    LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL RESTRICTED
    SET search_path TO 'insights', 'public', 'pg_temp'
    SET jit TO 'off'
    SET work_mem TO '64MB'
    SET plan_cache_mode TO 'force_custom_plan'
    AS $$
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

COMMENT ON FUNCTION insights.activity(since timestamp without time zone, until timestamp without time zone, zone text, step text, channel text) IS 'Messages and different users by hour, day, week or month of a time zone; of one channel or of all';

CREATE FUNCTION insights.channel_activity(since timestamp without time zone DEFAULT NULL::timestamp without time zone, until timestamp without time zone DEFAULT NULL::timestamp without time zone) RETURNS TABLE(channel_id character varying, channel character varying, category character varying, type character varying, is_staff boolean, is_deleted boolean, messages bigint, deleted_messages bigint, in_threads bigint, users bigint, last_active timestamp without time zone)
    LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL RESTRICTED
    SET search_path TO 'insights', 'public', 'pg_temp'
    SET jit TO 'off'
    SET work_mem TO '64MB'
    SET plan_cache_mode TO 'force_custom_plan'
    AS $$
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

COMMENT ON FUNCTION insights.channel_activity(since timestamp without time zone, until timestamp without time zone) IS 'Each channel in a period (UTC, from since, before until; empty = without limit)';

CREATE FUNCTION insights.channel_totals() RETURNS TABLE(channel_id character varying, channel character varying, category character varying, type character varying, is_staff boolean, is_deleted boolean, messages bigint, messages_30d bigint, deleted_messages bigint, in_threads bigint, users bigint, users_30d bigint, first_active timestamp without time zone, last_active timestamp without time zone, days_quiet bigint)
    LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL RESTRICTED
    SET search_path TO 'insights', 'public', 'pg_temp'
    SET jit TO 'off'
    SET work_mem TO '64MB'
    AS $$
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

COMMENT ON FUNCTION insights.channel_totals() IS 'The rows of channel_summary';

CREATE FUNCTION insights.coverage(since timestamp without time zone DEFAULT NULL::timestamp without time zone, until timestamp without time zone DEFAULT NULL::timestamp without time zone) RETURNS TABLE(hour timestamp without time zone, covered numeric)
    LANGUAGE sql STABLE SECURITY DEFINER PARALLEL RESTRICTED
    SET search_path TO 'insights', 'public', 'pg_temp'
    SET jit TO 'off'
    AS $$
    with span as (
        select date_trunc('hour', coalesce(coverage.since, min(c.started_at))) as first,
            least(coalesce(coverage.until, now() at time zone 'UTC'), now() at time zone 'UTC') as last
        from coverage c
    ), stretches as (
        select c.id, c.started_at, least(c.ended_at, span.last) as ended_at,
            max(c.ended_at) over (order by c.started_at, c.ended_at, c.id
                rows between unbounded preceding and 1 preceding) as reached
        from coverage c, span
        where c.is_complete and c.ended_at > span.first and c.started_at < span.last
    ), islands as (
        select greatest(min(started_at), min(span.first)) as started_at, max(ended_at) as ended_at
        from (
            select *, sum(case when started_at <= reached then 0 else 1 end) over (order by started_at, ended_at, id) as island
            from stretches
        ) as marked, span
        group by island
    ), known as (
        select h as hour, sum(date_part('epoch', least(i.ended_at, h + interval '1 hour') - greatest(i.started_at, h))) as seconds
        from islands i, generate_series(date_trunc('hour', i.started_at), i.ended_at, interval '1 hour') as h
        group by h
    ), begun as (
        select date_trunc('hour', min(c.started_at)) as hour from coverage c
    )
    select h, case when h >= begun.hour
        then round(least(1, coalesce(k.seconds, 0)
            / greatest(date_part('epoch', least(h + interval '1 hour', span.last) - h), 1))::numeric, 4) end
    from begun, span
    cross join generate_series(span.first, span.last - interval '1 microsecond', interval '1 hour') as h
    left join known k on k.hour = h
$$;

COMMENT ON FUNCTION insights.coverage(since timestamp without time zone, until timestamp without time zone) IS 'How much of each hour (UTC) was collected, 0 to 1; null before collecting began';

CREATE FUNCTION insights.hours_by_period(since timestamp without time zone, until timestamp without time zone, zone text, step text) RETURNS TABLE(starts_at timestamp without time zone, ends_at timestamp without time zone, period timestamp without time zone, hour timestamp without time zone, covered numeric)
    LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL RESTRICTED
    SET search_path TO 'insights', 'public', 'pg_temp'
    SET jit TO 'off'
    AS $$
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

COMMENT ON FUNCTION insights.hours_by_period(since timestamp without time zone, until timestamp without time zone, zone text, step text) IS 'The hours (UTC) of each period of periods(), and how much of each was collected, 0 to 1';

CREATE FUNCTION insights.hours_of_day(since timestamp without time zone DEFAULT NULL::timestamp without time zone, until timestamp without time zone DEFAULT NULL::timestamp without time zone, zone text DEFAULT 'UTC'::text) RETURNS TABLE(hour_of_day integer, messages numeric, active_users numeric, hours bigint)
    LANGUAGE sql STABLE SECURITY DEFINER PARALLEL RESTRICTED
    SET search_path TO 'insights', 'public', 'pg_temp'
    SET jit TO 'off'
    AS $$
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

COMMENT ON FUNCTION insights.hours_of_day(since timestamp without time zone, until timestamp without time zone, zone text) IS 'Messages and users in a mean hour by hour of the day, in a time zone; hours not collected are left out';

CREATE FUNCTION insights.joins_and_leaves(since timestamp without time zone DEFAULT NULL::timestamp without time zone, until timestamp without time zone DEFAULT NULL::timestamp without time zone, zone text DEFAULT 'UTC'::text, step text DEFAULT 'day'::text) RETURNS TABLE(starts_at timestamp with time zone, period timestamp without time zone, joins bigint, rejoins bigint, leaves bigint, net bigint, inferred bigint, members bigint, covered numeric)
    LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL RESTRICTED
    SET search_path TO 'insights', 'public', 'pg_temp'
    SET jit TO 'off'
    SET plan_cache_mode TO 'force_custom_plan'
    AS $$
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

COMMENT ON FUNCTION insights.joins_and_leaves(since timestamp without time zone, until timestamp without time zone, zone text, step text) IS 'Joins and leaves by hour, day, week or month of a time zone; members = at the end of the time';

CREATE FUNCTION insights.member_activity(since timestamp without time zone DEFAULT NULL::timestamp without time zone, until timestamp without time zone DEFAULT NULL::timestamp without time zone) RETURNS TABLE(member_id character varying, member character varying, is_bot boolean, is_staff boolean, in_guild boolean, messages bigint, deleted_messages bigint, channels bigint, last_active timestamp without time zone)
    LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL RESTRICTED
    SET search_path TO 'insights', 'public', 'pg_temp'
    SET jit TO 'off'
    SET work_mem TO '64MB'
    SET plan_cache_mode TO 'force_custom_plan'
    AS $$
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

COMMENT ON FUNCTION insights.member_activity(since timestamp without time zone, until timestamp without time zone) IS 'Who wrote in a period (UTC), most messages first';

CREATE FUNCTION insights.newcomers(days integer DEFAULT 7) RETURNS TABLE(member_id character varying, member character varying, is_bot boolean, account_created_at timestamp without time zone, joined_at timestamp without time zone, in_guild boolean, left_at timestamp without time zone, account_age_days numeric, messages bigint, deleted_messages bigint, channels bigint, messages_first_hour bigint, minutes_to_first_message numeric, score integer, reasons text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL RESTRICTED
    SET search_path TO 'insights', 'public', 'pg_temp'
    SET jit TO 'off'
    AS $$
#variable_conflict use_column
begin
    return query
    select f.id, f.name, f.bot, f.created_at, f.joined_at, f.in_guild, f.left_at, round(f.age, 1), f.messages, f.deleted,
        f.channels, f.first_hour, round(f.minutes, 1), least(100, r.score)::integer, r.reasons
    from (
        select u.*, extract(epoch from u.joined_at - u.created_at) / 86400 as age, n.*
        from users u
        cross join lateral (
            select count(*) filter (where not m.is_deleted) as messages, count(*) filter (where m.is_deleted) as deleted,
                count(distinct m.channel_id) as channels,
                count(*) filter (where m.created_at < u.joined_at + interval '1 hour') as first_hour,
                count(distinct m.channel_id) filter (where m.created_at < u.joined_at + interval '1 hour') as channels_first_hour,
                extract(epoch from min(m.created_at) - u.joined_at) / 60 as minutes
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

COMMENT ON FUNCTION insights.newcomers(days integer) IS 'Members who joined in the last days, the oddest first. score 0 to 100 is a sum: account younger than a day 25, than a week 15; 5 or more channels in the first hour 25; 20 or more messages in it 20; of 4 or more messages half deleted 25; wrote within a minute of joining 5';

CREATE FUNCTION insights.periods(since timestamp without time zone, until timestamp without time zone, zone text, step text) RETURNS TABLE(starts_at timestamp without time zone, ends_at timestamp without time zone, period timestamp without time zone)
    LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL RESTRICTED
    SET search_path TO 'insights', 'public', 'pg_temp'
    SET jit TO 'off'
    AS $$
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

COMMENT ON FUNCTION insights.periods(since timestamp without time zone, until timestamp without time zone, zone text, step text) IS 'The hours, days, weeks or months of a time zone that lie in a period; for the other functions';

SET default_tablespace = '';

SET default_table_access_method = heap;

CREATE TABLE public.channels (
    id character varying NOT NULL,
    name character varying NOT NULL,
    category_id character varying,
    is_staff boolean NOT NULL,
    deleted boolean DEFAULT false NOT NULL,
    type character varying
);

COMMENT ON TABLE public.channels IS 'Channels of the guild, deleted ones included';

COMMENT ON COLUMN public.channels.type IS 'Kind of channel, for example text, voice or forum; null when not yet seen';

CREATE TABLE public.rollup_threads (
    thread_id bigint NOT NULL,
    opened_by bigint,
    messages integer NOT NULL,
    deleted integer NOT NULL,
    replies integer NOT NULL,
    first_reply_at timestamp without time zone,
    last_message_at timestamp without time zone
)
WITH (fillfactor='80');

COMMENT ON TABLE public.rollup_threads IS 'Kept by triggers. What happened in a thread';

COMMENT ON COLUMN public.rollup_threads.opened_by IS 'Its owner; where that is not known, the author of the message that began it';

COMMENT ON COLUMN public.rollup_threads.replies IS 'Of messages, those by others than who opened the thread';

CREATE TABLE public.threads (
    id character varying NOT NULL,
    parent_channel_id character varying NOT NULL,
    created_at timestamp without time zone,
    name character varying NOT NULL,
    archived boolean NOT NULL,
    auto_archive_duration integer NOT NULL,
    locked boolean NOT NULL,
    type character varying NOT NULL,
    owner_id character varying,
    archived_at timestamp without time zone,
    deleted boolean DEFAULT false NOT NULL,
    applied_tags character varying[]
);

COMMENT ON TABLE public.threads IS 'Threads and forum posts, each below its parent channel';

COMMENT ON COLUMN public.threads.owner_id IS 'User who opened the thread; null when not known';

COMMENT ON COLUMN public.threads.archived_at IS 'When the thread was last archived or unarchived; null when not known';

COMMENT ON COLUMN public.threads.deleted IS 'True after the thread was deleted in Discord';

COMMENT ON COLUMN public.threads.applied_tags IS 'Ids of the forum tags on the post; null when not known';

CREATE TABLE public.users (
    id character varying NOT NULL,
    name character varying NOT NULL,
    avatar_hash character varying,
    joined_at timestamp without time zone NOT NULL,
    created_at timestamp without time zone NOT NULL,
    is_staff boolean NOT NULL,
    bot boolean NOT NULL,
    in_guild boolean NOT NULL,
    public_flags json,
    pending boolean NOT NULL,
    guild_avatar_hash character varying,
    left_at timestamp without time zone
);

COMMENT ON TABLE public.users IS 'Members of the guild, past ones included, and other authors of messages';

COMMENT ON COLUMN public.users.left_at IS 'When the member last left; null while in the guild, or when not known';

CREATE VIEW insights.thread_summary AS
 SELECT t.id AS thread_id,
    t.name AS thread,
    p.id AS channel_id,
    p.name AS channel,
    p.type AS channel_type,
    p.is_staff,
    COALESCE(((p.type)::text = ANY ((ARRAY['forum'::character varying, 'media'::character varying])::text[])), false) AS is_help,
    t.type,
    o.id AS opened_by_id,
    u.name AS opened_by,
    c.created_at,
    COALESCE(r.messages, 0) AS messages,
        CASE
            WHEN (o.id IS NOT NULL) THEN COALESCE(r.replies, 0)
            ELSE NULL::integer
        END AS replies,
    r.first_reply_at,
    round((EXTRACT(epoch FROM (r.first_reply_at - c.created_at)) / (60)::numeric), 1) AS minutes_to_first_reply,
    r.last_message_at,
        CASE
            WHEN t.deleted THEN 'deleted'::text
            WHEN t.archived THEN 'resolved'::text
            ELSE 'open'::text
        END AS status,
    e.resolved_at,
    round((EXTRACT(epoch FROM (e.resolved_at - c.created_at)) / (60)::numeric), 1) AS minutes_to_resolution,
    t.locked AS is_locked,
    (t.applied_tags)::text[] AS tags
   FROM ((((((public.threads t
     JOIN public.channels p ON (((p.id)::text = (t.parent_channel_id)::text)))
     LEFT JOIN public.rollup_threads r ON ((r.thread_id = (t.id)::bigint)))
     CROSS JOIN LATERAL ( SELECT COALESCE(t.created_at, ('2015-01-01 00:00:00'::timestamp without time zone + ((((t.id)::bigint >> 22))::double precision * '00:00:00.001'::interval))) AS created_at) c)
     CROSS JOIN LATERAL ( SELECT COALESCE(t.owner_id, (r.opened_by)::character varying) AS id) o)
     LEFT JOIN public.users u ON (((u.id)::text = (o.id)::text)))
     CROSS JOIN LATERAL ( SELECT
                CASE
                    WHEN (t.deleted OR (NOT t.archived)) THEN NULL::timestamp without time zone
                    WHEN (t.archived_at IS NULL) THEN r.last_message_at
                    WHEN ((t.archived_at - COALESCE(r.last_message_at, c.created_at)) >= make_interval(mins => t.auto_archive_duration)) THEN COALESCE(r.last_message_at, c.created_at)
                    ELSE t.archived_at
                END AS resolved_at) e);

COMMENT ON VIEW insights.thread_summary IS 'One row for each thread or forum post: who opened it, who answered and when, how it ended';

COMMENT ON COLUMN insights.thread_summary.thread_id IS 'Id of the thread';

COMMENT ON COLUMN insights.thread_summary.thread IS 'Title';

COMMENT ON COLUMN insights.thread_summary.channel_id IS 'Id of the channel that it is in';

COMMENT ON COLUMN insights.thread_summary.channel IS 'Name of the channel that it is in';

COMMENT ON COLUMN insights.thread_summary.channel_type IS 'Kind of that channel';

COMMENT ON COLUMN insights.thread_summary.is_staff IS 'True when that channel is of the staff';

COMMENT ON COLUMN insights.thread_summary.is_help IS 'True for posts in a forum';

COMMENT ON COLUMN insights.thread_summary.type IS 'public_thread, private_thread or news_thread';

COMMENT ON COLUMN insights.thread_summary.opened_by_id IS 'Id of who opened it; empty = not known';

COMMENT ON COLUMN insights.thread_summary.opened_by IS 'Name of who opened it';

COMMENT ON COLUMN insights.thread_summary.created_at IS 'UTC';

COMMENT ON COLUMN insights.thread_summary.messages IS 'Messages that are still there';

COMMENT ON COLUMN insights.thread_summary.replies IS 'Of messages, those by others than who opened it; empty = not known who did';

COMMENT ON COLUMN insights.thread_summary.first_reply_at IS 'First message by another, UTC; empty = nobody answered';

COMMENT ON COLUMN insights.thread_summary.minutes_to_first_reply IS 'From opening to the first reply';

COMMENT ON COLUMN insights.thread_summary.last_message_at IS 'UTC';

COMMENT ON COLUMN insights.thread_summary.status IS 'open, resolved (archived) or deleted';

COMMENT ON COLUMN insights.thread_summary.resolved_at IS 'When it was archived, UTC; when Discord did it because nobody wrote, the time of the last message';

COMMENT ON COLUMN insights.thread_summary.minutes_to_resolution IS 'From opening to resolved_at';

COMMENT ON COLUMN insights.thread_summary.is_locked IS 'True when only moderators can reopen it';

COMMENT ON COLUMN insights.thread_summary.tags IS 'Ids of the forum tags on the post';

CREATE FUNCTION insights.threads(since timestamp without time zone DEFAULT NULL::timestamp without time zone, until timestamp without time zone DEFAULT NULL::timestamp without time zone, channel text DEFAULT NULL::text) RETURNS SETOF insights.thread_summary
    LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL RESTRICTED
    SET search_path TO 'insights', 'public', 'pg_temp'
    SET jit TO 'off'
    SET plan_cache_mode TO 'force_custom_plan'
    SET max_parallel_workers_per_gather TO '0'
    AS $$
#variable_conflict use_column
begin
    return query
    select * from thread_summary s
    where s.created_at >= coalesce(threads.since, '-infinity') and s.created_at < coalesce(threads.until, 'infinity')
        and (threads.channel is null or s.channel_id = threads.channel)
    order by s.created_at desc;
end
$$;

COMMENT ON FUNCTION insights.threads(since timestamp without time zone, until timestamp without time zone, channel text) IS 'The threads opened in a period, of one channel or of all, newest first';

CREATE FUNCTION insights.threads_by_period(since timestamp without time zone DEFAULT NULL::timestamp without time zone, until timestamp without time zone DEFAULT NULL::timestamp without time zone, zone text DEFAULT 'UTC'::text, step text DEFAULT 'week'::text, channel text DEFAULT NULL::text, only_help boolean DEFAULT false) RETURNS TABLE(starts_at timestamp with time zone, period timestamp without time zone, opened bigint, answered bigint, answered_share numeric, resolved bigint, avg_minutes_to_first_reply numeric, median_minutes_to_first_reply numeric, avg_minutes_to_resolution numeric, median_minutes_to_resolution numeric)
    LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL RESTRICTED
    SET search_path TO 'insights', 'public', 'pg_temp'
    SET jit TO 'off'
    SET plan_cache_mode TO 'force_custom_plan'
    SET max_parallel_workers_per_gather TO '0'
    AS $$
#variable_conflict use_column
declare
    first timestamp := coalesce(threads_by_period.since, (select min(s.created_at) from thread_summary s),
        now() at time zone 'UTC');
begin
    return query
    select s.starts_at at time zone 'UTC', s.period, count(t.thread_id), count(t.first_reply_at),
        round(count(t.first_reply_at)::numeric / nullif(count(t.thread_id), 0), 4), count(t.resolved_at),
        round(avg(t.minutes_to_first_reply), 1),
        round((percentile_cont(0.5) within group (order by t.minutes_to_first_reply))::numeric, 1),
        round(avg(t.minutes_to_resolution), 1),
        round((percentile_cont(0.5) within group (order by t.minutes_to_resolution))::numeric, 1)
    from periods(first, threads_by_period.until, threads_by_period.zone, threads_by_period.step) as s
    left join (
        select *, date_trunc(threads_by_period.step, created_at at time zone 'UTC' at time zone threads_by_period.zone) as period
        from thread_summary
        where created_at >= first and created_at < coalesce(threads_by_period.until, 'infinity')
            and (threads_by_period.channel is null or channel_id = threads_by_period.channel)
            and (is_help or not threads_by_period.only_help)
    ) as t on t.period = s.period and (threads_by_period.step <> 'hour' or date_trunc('hour', t.created_at) = s.starts_at)
    group by s.starts_at, s.period
    order by s.starts_at;
end
$$;

COMMENT ON FUNCTION insights.threads_by_period(since timestamp without time zone, until timestamp without time zone, zone text, step text, channel text, only_help boolean) IS 'Threads opened by hour, day, week or month of a time zone; of one channel or all; only_help = in forums alone';

CREATE FUNCTION insights.user_activity(member text, since timestamp without time zone DEFAULT NULL::timestamp without time zone, until timestamp without time zone DEFAULT NULL::timestamp without time zone, zone text DEFAULT 'UTC'::text, step text DEFAULT 'day'::text) RETURNS TABLE(starts_at timestamp with time zone, period timestamp without time zone, messages bigint, deleted_messages bigint, channels bigint)
    LANGUAGE sql STABLE SECURITY DEFINER PARALLEL RESTRICTED
    SET search_path TO 'insights', 'public', 'pg_temp'
    SET jit TO 'off'
    AS $$
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

COMMENT ON FUNCTION insights.user_activity(member text, since timestamp without time zone, until timestamp without time zone, zone text, step text) IS 'Messages of a user (by id) by hour, day, week or month of a time zone';

CREATE FUNCTION insights.user_channels(member text, since timestamp without time zone DEFAULT NULL::timestamp without time zone) RETURNS TABLE(channel_id character varying, channel character varying, category character varying, is_staff boolean, is_deleted boolean, messages bigint, deleted_messages bigint, share numeric, last_active timestamp without time zone)
    LANGUAGE sql STABLE SECURITY DEFINER PARALLEL RESTRICTED
    SET search_path TO 'insights', 'public', 'pg_temp'
    SET jit TO 'off'
    AS $$
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

COMMENT ON FUNCTION insights.user_channels(member text, since timestamp without time zone) IS 'The channels that a user (by id) writes in, since a time or ever, most used first; share = part of all the messages of that user';

CREATE FUNCTION insights.week_pattern(since timestamp without time zone DEFAULT NULL::timestamp without time zone, until timestamp without time zone DEFAULT NULL::timestamp without time zone, zone text DEFAULT 'UTC'::text) RETURNS TABLE(day_of_week integer, hour_of_day integer, messages numeric, active_users numeric, hours bigint)
    LANGUAGE sql STABLE SECURITY DEFINER PARALLEL RESTRICTED
    SET search_path TO 'insights', 'public', 'pg_temp'
    SET jit TO 'off'
    AS $$
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

COMMENT ON FUNCTION insights.week_pattern(since timestamp without time zone, until timestamp without time zone, zone text) IS 'Messages and users in a mean hour of each weekday (1 = Monday), in a time zone; hours not collected are left out';

CREATE FUNCTION public.rollup_apply(author_ids bigint[], hours timestamp without time zone[], channel_ids bigint[], more_messages integer[], more_deleted integer[], more_in_threads integer[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'public'
    AS $$
declare
    turn_authors bigint[];
    turn_hours timestamp[];
    turn_active boolean[];
    lost_authors bigint[];
    lost_channels bigint[];
    grows boolean := not 0 > any(more_messages);
begin
    with delta as materialized (
        select * from unnest(author_ids, hours, channel_ids, more_messages, more_deleted, more_in_threads)
            as d (author_id, hour, channel_id, messages, deleted, in_threads)
    ), cells as (
        insert into rollup_author_hours as r (author_id, hour, channel_id, messages, deleted)
        select author_id, hour, channel_id, messages, deleted from delta
        order by author_id, hour, channel_id
        on conflict (author_id, hour, channel_id) do update set
            messages = r.messages + excluded.messages, deleted = r.deleted + excluded.deleted
        returning author_id, hour, channel_id, messages
    ), flow as materialized (
        select author_id, hour, channel_id, sum(messages) as messages, sum(deleted) as deleted, sum(in_threads) as in_threads,
            (sum(now) > 0)::integer - (sum(now) - sum(messages) > 0)::integer as active
        from (
            select author_id, hour, channel_id, messages, deleted, in_threads, 0 as now from delta
            union all
            select author_id, hour, channel_id, 0, 0, 0, messages from cells
        ) as c
        group by author_id, hour, channel_id
    ), of_channels as (
        insert into rollup_channel_hours as r (channel_id, hour, messages, deleted, in_threads, authors)
        select channel_id, hour, sum(messages), sum(deleted), sum(in_threads), sum(active) from flow
        group by channel_id, hour
        order by channel_id, hour
        on conflict (channel_id, hour) do update set
            messages = r.messages + excluded.messages, deleted = r.deleted + excluded.deleted,
            in_threads = r.in_threads + excluded.in_threads, authors = r.authors + excluded.authors
    ), pairs as (
        insert into rollup_channel_authors (channel_id, author_id)
        select distinct channel_id, author_id from flow
        where active > 0
        order by channel_id, author_id
        on conflict (channel_id, author_id) do nothing
        returning author_id, channel_id
    ), of_channel_totals as (
        insert into rollup_channels as r (channel_id, messages, deleted, in_threads, users, first_hour, last_hour)
        select channel_id, sum(messages), sum(deleted), sum(in_threads), sum(users), min(hour), max(hour)
        from (
            select channel_id, messages, deleted, in_threads, 0 as users, case when active > 0 then hour end as hour from flow
            union all
            select channel_id, 0, 0, 0, 1, null from pairs
        ) as c
        group by channel_id
        order by channel_id
        on conflict (channel_id) do update set
            messages = r.messages + excluded.messages, deleted = r.deleted + excluded.deleted,
            in_threads = r.in_threads + excluded.in_threads, users = r.users + excluded.users,
            first_hour = least(r.first_hour, excluded.first_hour), last_hour = greatest(r.last_hour, excluded.last_hour)
    ), turns as materialized (
        -- Whoever gains a channel is active now; the look at the others stops at the first. Only who loses one needs them counted.
        select author_id, hour, messages, deleted, last_hour, is_later, case
            when gained = 0 and lost = 0 then 0
            when is_later then 1
            when lost = 0 then 1 - exists (
                select from rollup_author_hours t where t.author_id = s.author_id and t.hour = s.hour and t.messages > 0)::integer
            else (
                select (count(*) + s.gained - s.lost > 0)::integer - (count(*) > 0)::integer from rollup_author_hours t
                where t.author_id = s.author_id and t.hour = s.hour and t.messages > 0)
            end as turn
        from (
            select a.*, grows and coalesce(hour > last_hour, true) as is_later
            from (
                select author_id, hour, sum(messages) as messages, sum(deleted) as deleted,
                    count(*) filter (where active > 0) as gained, count(*) filter (where active < 0) as lost,
                    (select r.last_hour from rollup_authors r where r.author_id = f.author_id) as last_hour
                from flow f group by author_id, hour
            ) as a
        ) as s
    ), returns as (
        insert into rollup_hour_returns as r (hour, gap, authors)
        select hour, least(coalesce(gap, 746), 746)::smallint, count(*)
        from (
            select hour,
                date_part('epoch', hour - coalesce(lag(hour) over (partition by author_id order by hour), last_hour)) / 3600 as gap
            from turns
            where turn > 0 and is_later
        ) as g
        group by 1, 2
        order by 1, 2
        on conflict (hour, gap) do update set authors = r.authors + excluded.authors
    ), of_authors as (
        insert into rollup_authors as r (author_id, messages, deleted, channels, first_hour, last_hour)
        select author_id, sum(messages), sum(deleted), sum(channels), min(hour), max(hour)
        from (
            select author_id, messages, deleted, 0 as channels, case when turn > 0 then hour end as hour from turns
            union all
            select author_id, 0, 0, 1, null from pairs
        ) as a
        group by author_id
        order by author_id
        on conflict (author_id) do update set
            messages = r.messages + excluded.messages, deleted = r.deleted + excluded.deleted,
            channels = r.channels + excluded.channels, first_hour = least(r.first_hour, excluded.first_hour),
            last_hour = greatest(r.last_hour, excluded.last_hour)
    ), of_guild as (
        insert into rollup_hours as r (hour, messages, deleted, authors)
        select hour, sum(messages), sum(deleted), sum(turn) from turns
        group by hour
        order by hour
        on conflict (hour) do update set
            messages = r.messages + excluded.messages, deleted = r.deleted + excluded.deleted,
            authors = r.authors + excluded.authors
    )
    select t.author_ids, t.hours, t.active, l.author_ids, l.channel_ids
    into turn_authors, turn_hours, turn_active, lost_authors, lost_channels
    from (
        select array_agg(author_id) as author_ids, array_agg(hour) as hours, array_agg(turn > 0) as active from turns
        where turn <> 0 and not is_later
    ) as t
    cross join (
        select array_agg(author_id) as author_ids, array_agg(channel_id) as channel_ids from flow where active < 0
    ) as l;

    if turn_authors is not null then
        perform rollup_turn(turn_authors, turn_hours, turn_active);
    end if;

    if lost_authors is not null then
        perform rollup_lose(lost_authors, lost_channels);
    end if;

    if 0 > any(more_messages) or 0 > any(more_deleted) then
        -- A moved or removed message can leave nothing behind; a row of zeros would be an answer that the rows do not give.
        delete from rollup_author_hours r
        using unnest(author_ids, hours, channel_ids) as d (author_id, hour, channel_id)
        where r.author_id = d.author_id and r.hour = d.hour and r.channel_id = d.channel_id and r.messages = 0 and r.deleted = 0;
        delete from rollup_channel_hours r
        using unnest(hours, channel_ids) as d (hour, channel_id)
        where r.channel_id = d.channel_id and r.hour = d.hour and r.messages = 0 and r.deleted = 0;
        delete from rollup_channels r where r.channel_id = any(channel_ids) and r.messages = 0 and r.deleted = 0;
        delete from rollup_authors r where r.author_id = any(author_ids) and r.messages = 0 and r.deleted = 0;
        delete from rollup_hours r where r.hour = any(hours) and r.messages = 0 and r.deleted = 0;
    end if;
end
$$;

CREATE FUNCTION public.rollup_empty() RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'public'
    AS $$
begin
    perform rollup_lock();
    truncate rollup_hours, rollup_hour_returns, rollup_channel_hours, rollup_channels, rollup_author_hours, rollup_channel_authors,
        rollup_authors, rollup_threads;
end
$$;

CREATE FUNCTION public.rollup_lock() RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'public'
    AS $$
begin
    -- One writer of a guild's counts at a time: what is read below must not change until it is written. The key is the table's own.
    perform pg_advisory_xact_lock(1380995148, 'rollup_hours'::regclass::oid::integer);
end
$$;

CREATE FUNCTION public.rollup_lose(author_ids bigint[], channel_ids bigint[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'public'
    AS $$
declare
    gone_authors bigint[];
    gone_channels bigint[];
begin
    with gone as (
        delete from rollup_channel_authors r
        using unnest(author_ids, channel_ids) as l (author_id, channel_id)
        where r.channel_id = l.channel_id and r.author_id = l.author_id and not exists (
            select from rollup_author_hours t
            where t.author_id = l.author_id and t.channel_id = l.channel_id and t.messages > 0)
        returning r.author_id, r.channel_id
    )
    select array_agg(author_id), array_agg(channel_id) into gone_authors, gone_channels from gone;

    update rollup_authors r
    set channels = r.channels - coalesce(cardinality(array_positions(gone_authors, r.author_id)), 0),
        first_hour = (select min(t.hour) from rollup_author_hours t where t.author_id = r.author_id and t.messages > 0),
        last_hour = (select max(t.hour) from rollup_author_hours t where t.author_id = r.author_id and t.messages > 0)
    where r.author_id = any(author_ids);

    update rollup_channels r
    set users = r.users - coalesce(cardinality(array_positions(gone_channels, r.channel_id)), 0),
        first_hour = (select min(t.hour) from rollup_channel_hours t where t.channel_id = r.channel_id and t.messages > 0),
        last_hour = (select max(t.hour) from rollup_channel_hours t where t.channel_id = r.channel_id and t.messages > 0)
    where r.channel_id = any(channel_ids);
end
$$;

CREATE FUNCTION public.rollup_on_messages() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'public'
    AS $$
declare
    authors bigint[];
    hours timestamp[];
    channels bigint[];
    more_messages integer[];
    more_deleted integer[];
    more_in_threads integer[];
begin
    if tg_op = 'TRUNCATE' then
        perform rollup_empty();
        return null;
    elsif tg_op = 'INSERT' then
        select array_agg(author_id), array_agg(hour), array_agg(channel_id), array_agg(messages), array_agg(deleted),
            array_agg(in_threads)
        into authors, hours, channels, more_messages, more_deleted, more_in_threads
        from (
            select author_id::bigint as author_id, date_trunc('hour', coalesce(created_at, timestamp '2015-01-01' + (id::bigint >> 22) * interval '1 ms')) as hour,
                channel_id::bigint as channel_id, sum(sign * (not is_deleted)::integer) as messages,
                sum(sign * is_deleted::integer) as deleted,
                sum(sign * (not is_deleted and thread_id is not null)::integer) as in_threads
            from (select *, 1 as sign from added) as m
            group by 1, 2, 3
        ) as d
        where messages <> 0 or deleted <> 0 or in_threads <> 0;
    elsif tg_op = 'UPDATE' then
        select array_agg(author_id), array_agg(hour), array_agg(channel_id), array_agg(messages), array_agg(deleted),
            array_agg(in_threads)
        into authors, hours, channels, more_messages, more_deleted, more_in_threads
        from (
            select author_id::bigint as author_id, date_trunc('hour', coalesce(created_at, timestamp '2015-01-01' + (id::bigint >> 22) * interval '1 ms')) as hour,
                channel_id::bigint as channel_id, sum(sign * (not is_deleted)::integer) as messages,
                sum(sign * is_deleted::integer) as deleted,
                sum(sign * (not is_deleted and thread_id is not null)::integer) as in_threads
            from (select *, 1 as sign from added union all select *, -1 from removed) as m
            group by 1, 2, 3
        ) as d
        where messages <> 0 or deleted <> 0 or in_threads <> 0;
    else
        select array_agg(author_id), array_agg(hour), array_agg(channel_id), array_agg(messages), array_agg(deleted),
            array_agg(in_threads)
        into authors, hours, channels, more_messages, more_deleted, more_in_threads
        from (
            select author_id::bigint as author_id, date_trunc('hour', coalesce(created_at, timestamp '2015-01-01' + (id::bigint >> 22) * interval '1 ms')) as hour,
                channel_id::bigint as channel_id, sum(sign * (not is_deleted)::integer) as messages,
                sum(sign * is_deleted::integer) as deleted,
                sum(sign * (not is_deleted and thread_id is not null)::integer) as in_threads
            from (select *, -1 as sign from removed) as m
            group by 1, 2, 3
        ) as d
        where messages <> 0 or deleted <> 0 or in_threads <> 0;
    end if;

    if authors is not null then
        perform rollup_lock();
        perform rollup_apply(authors, hours, channels, more_messages, more_deleted, more_in_threads);
    end if;

    if tg_op = 'INSERT' then
        with opened as materialized (
            select t.id, coalesce(t.owner_id, (select s.author_id from messages s where s.id = t.id and s.thread_id = t.id)) as by
            from threads t
            where t.id in (select thread_id from added)
        )
        insert into rollup_threads as r (thread_id, opened_by, messages, deleted, replies, first_reply_at, last_message_at)
        select t.id::bigint, t.by::bigint, count(*) filter (where not a.is_deleted), count(*) filter (where a.is_deleted),
            count(*) filter (where not a.is_deleted and a.author_id <> t.by),
            min(a.created_at) filter (where not a.is_deleted and a.author_id <> t.by),
            max(a.created_at) filter (where not a.is_deleted)
        from added a
        join opened t on t.id = a.thread_id
        group by t.id, t.by
        order by t.id
        on conflict (thread_id) do update set
            opened_by = excluded.opened_by, messages = r.messages + excluded.messages, deleted = r.deleted + excluded.deleted,
            replies = r.replies + excluded.replies, first_reply_at = least(r.first_reply_at, excluded.first_reply_at),
            last_message_at = greatest(r.last_message_at, excluded.last_message_at);

        -- Only now it is known who opened the thread.
        perform rollup_recount_threads(array_agg(t.id::bigint))
        from added a
        join threads t on t.id = a.thread_id
        where a.id = a.thread_id and t.owner_id is null
        having count(*) > 0;
    elsif tg_op = 'UPDATE' then
        perform rollup_recount_threads(array_agg(distinct c.thread_id::bigint))
        from (
            select unnest(array[a.thread_id, b.thread_id]) as thread_id
            from added a
            join removed b on b.id = a.id
            where (a.is_deleted, a.thread_id, a.author_id, a.created_at)
                is distinct from (b.is_deleted, b.thread_id, b.author_id, b.created_at)
        ) as c
        where c.thread_id is not null
        having count(*) > 0;
    else
        perform rollup_recount_threads(array_agg(distinct thread_id::bigint))
        from removed
        where thread_id is not null
        having count(*) > 0;
    end if;

    return null;
end
$$;

CREATE FUNCTION public.rollup_on_threads() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'public'
    AS $$
declare
    reopened bigint[];
begin
    select array_agg(a.id::bigint) into reopened
    from added a
    join removed b on b.id = a.id
    where a.owner_id is distinct from b.owner_id;

    if reopened is not null then
        perform rollup_lock();
        perform rollup_recount_threads(reopened);
    end if;

    return null;
end
$$;

CREATE FUNCTION public.rollup_rebuild() RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'public'
    SET work_mem TO '128MB'
    AS $$
begin
    perform rollup_empty();

    -- In the order of time, so that a block range index over the hours leaves most of the table out.
    insert into rollup_author_hours (author_id, hour, channel_id, messages, deleted)
    select author_id::bigint, hour, channel_id::bigint, count(*) filter (where not is_deleted), count(*) filter (where is_deleted)
    from (
        select author_id, channel_id, is_deleted, date_trunc('hour', coalesce(created_at, timestamp '2015-01-01' + (id::bigint >> 22) * interval '1 ms')) as hour
        from messages
    ) as m
    group by author_id, hour, channel_id
    order by hour;

    insert into rollup_channel_hours (channel_id, hour, messages, deleted, in_threads, authors)
    select c.channel_id, c.hour, c.messages, c.deleted, coalesce(t.in_threads, 0), c.authors
    from (
        select channel_id, hour, sum(messages) as messages, sum(deleted) as deleted, count(*) filter (where messages > 0) as authors
        from rollup_author_hours
        group by channel_id, hour
    ) as c
    left join (
        select channel_id::bigint as channel_id, date_trunc('hour', coalesce(created_at, timestamp '2015-01-01' + (id::bigint >> 22) * interval '1 ms')) as hour, count(*) as in_threads
        from messages
        where thread_id is not null and not is_deleted
        group by 1, 2
    ) as t on t.channel_id = c.channel_id and t.hour = c.hour
    order by c.hour;

    insert into rollup_channel_authors (channel_id, author_id)
    select distinct channel_id, author_id from rollup_author_hours
    where messages > 0
    order by channel_id, author_id;

    insert into rollup_channels (channel_id, messages, deleted, in_threads, users, first_hour, last_hour)
    select c.channel_id, c.messages, c.deleted, c.in_threads, coalesce(p.users, 0), c.first_hour, c.last_hour
    from (
        select channel_id, sum(messages) as messages, sum(deleted) as deleted, sum(in_threads) as in_threads,
            min(hour) filter (where messages > 0) as first_hour, max(hour) filter (where messages > 0) as last_hour
        from rollup_channel_hours
        group by channel_id
    ) as c
    left join (select channel_id, count(*) as users from rollup_channel_authors group by channel_id) as p using (channel_id)
    order by c.channel_id;

    with active as (
        select distinct author_id, hour from rollup_author_hours where messages > 0
    ), gaps as (
        select hour, date_part('epoch', hour - lag(hour) over (partition by author_id order by hour)) / 3600 as gap
        from active
    )
    insert into rollup_hour_returns (hour, gap, authors)
    select hour, case when gap <= 745 then gap else 746 end, count(*)
    from gaps
    group by 1, 2
    order by 1, 2;

    insert into rollup_authors (author_id, messages, deleted, channels, first_hour, last_hour)
    select a.author_id, a.messages, a.deleted, coalesce(p.channels, 0), a.first_hour, a.last_hour
    from (
        select author_id, sum(messages) as messages, sum(deleted) as deleted, min(hour) filter (where messages > 0) as first_hour,
            max(hour) filter (where messages > 0) as last_hour
        from rollup_author_hours
        group by author_id
    ) as a
    left join (select author_id, count(*) as channels from rollup_channel_authors group by author_id) as p using (author_id)
    order by a.author_id;

    insert into rollup_hours (hour, messages, deleted, authors)
    select c.hour, c.messages, c.deleted, coalesce(r.authors, 0)
    from (
        select hour, sum(messages) as messages, sum(deleted) as deleted from rollup_channel_hours group by hour
    ) as c
    left join (select hour, sum(authors) as authors from rollup_hour_returns group by hour) as r on r.hour = c.hour
    order by c.hour;

    perform rollup_recount_threads(array_agg(distinct thread_id::bigint)) from messages where thread_id is not null
    having count(*) > 0;
end
$$;

COMMENT ON FUNCTION public.rollup_rebuild() IS 'Makes all counts of this schema anew from messages; writers wait until it is done';

CREATE FUNCTION public.rollup_recount_threads(thread_ids bigint[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'public'
    AS $$
begin
    delete from rollup_threads r using unnest(thread_ids) as g (id) where r.thread_id = g.id;

    insert into rollup_threads (thread_id, opened_by, messages, deleted, replies, first_reply_at, last_message_at)
    select t.id::bigint, o.id::bigint, count(*) filter (where not m.is_deleted), count(*) filter (where m.is_deleted),
        count(*) filter (where not m.is_deleted and m.author_id <> o.id),
        min(m.created_at) filter (where not m.is_deleted and m.author_id <> o.id),
        max(m.created_at) filter (where not m.is_deleted)
    from (select distinct id::varchar as id from unnest(thread_ids) as g (id)) as g
    join threads t on t.id = g.id
    cross join lateral (
        select coalesce(t.owner_id, (select s.author_id from messages s where s.id = t.id and s.thread_id = t.id)) as id
    ) as o
    join messages m on m.thread_id = t.id
    group by t.id, o.id;
end
$$;

CREATE FUNCTION public.rollup_turn(author_ids bigint[], hours timestamp without time zone[], active boolean[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'public'
    AS $$
declare
    empty_hours timestamp[];
    empty_gaps smallint[];
begin
    with turns as materialized (
        select * from unnest(author_ids, hours, active) as f (author_id, hour, is_active)
    ), touched as (
        select author_id, hour, is_active, not is_active as was_active from turns
        union all
        select distinct n.author_id, n.hour, true, true
        from turns f
        cross join lateral (
            select t.author_id, t.hour from rollup_author_hours t
            where t.author_id = f.author_id and t.hour > f.hour and t.hour <= f.hour + interval '745 hours' and t.messages > 0
            order by t.hour limit 1
        ) as n
        where (n.author_id, n.hour) not in (select b.author_id, b.hour from turns b where b.is_active)
    ), gaps as (
        select hour, is_active, was_active,
            case when is_active then (select max(t.hour) from rollup_author_hours t
                where t.author_id = c.author_id and t.hour >= c.hour - interval '745 hours' and t.hour < c.hour and t.messages > 0)
            end as last,
            case when was_active then (select max(t.hour) from rollup_author_hours t
                where t.author_id = c.author_id and t.hour >= c.hour - interval '745 hours' and t.hour < c.hour
                    and case when t.messages > 0
                        then (t.author_id, t.hour) not in (select b.author_id, b.hour from turns b where b.is_active)
                        else (t.author_id, t.hour) in (select b.author_id, b.hour from turns b where not b.is_active)
                    end)
            end as last_before
        from touched c
    ), moves as (
        select hour, coalesce(date_part('epoch', hour - last) / 3600, 746)::smallint as gap, 1 as authors from gaps where is_active
        union all
        select hour, coalesce(date_part('epoch', hour - last_before) / 3600, 746)::smallint, -1 from gaps where was_active
    ), moved as (
        insert into rollup_hour_returns as r (hour, gap, authors)
        select hour, gap, sum(authors) from moves group by hour, gap having sum(authors) <> 0
        order by hour, gap
        on conflict (hour, gap) do update set authors = r.authors + excluded.authors
        returning hour, gap, authors
    )
    select array_agg(hour), array_agg(gap) into empty_hours, empty_gaps from moved where authors = 0;

    if empty_hours is not null then
        delete from rollup_hour_returns r
        using unnest(empty_hours, empty_gaps) as e (hour, gap)
        where r.hour = e.hour and r.gap = e.gap;
    end if;
end
$$;

CREATE TABLE public.member_events (
    id bigint NOT NULL,
    user_id character varying NOT NULL,
    kind character varying NOT NULL,
    at timestamp without time zone NOT NULL,
    inferred boolean DEFAULT false NOT NULL,
    earliest timestamp without time zone,
    latest timestamp without time zone,
    CONSTRAINT member_events_kind_check CHECK (((kind)::text = ANY ((ARRAY['join'::character varying, 'leave'::character varying, 'rejoin'::character varying])::text[])))
);

COMMENT ON TABLE public.member_events IS 'One row for each time a member joined, left or came back';

COMMENT ON COLUMN public.member_events.user_id IS 'The member, see users';

COMMENT ON COLUMN public.member_events.kind IS 'join, leave or rejoin';

COMMENT ON COLUMN public.member_events.at IS 'When it happened, or when it was found out if inferred is true';

COMMENT ON COLUMN public.member_events.inferred IS 'True when found by comparing member lists, false when seen live';

COMMENT ON COLUMN public.member_events.earliest IS 'Of an inferred event: it happened no earlier; null when at is exact, or when not known';

COMMENT ON COLUMN public.member_events.latest IS 'Of an inferred event: it happened no later; null when at is exact, or when not known';

CREATE VIEW insights.activity_by_day AS
 SELECT (a.period)::date AS day,
    a.messages,
    a.deleted_messages,
    a.active_users,
        CASE
            WHEN ((a.covered = (0)::numeric) AND (e.day IS NULL)) THEN NULL::bigint
            ELSE COALESCE(e.joins, (0)::bigint)
        END AS joins,
        CASE
            WHEN ((a.covered = (0)::numeric) AND (e.day IS NULL)) THEN NULL::bigint
            ELSE COALESCE(e.leaves, (0)::bigint)
        END AS leaves,
    a.covered
   FROM (insights.activity() a(starts_at, period, messages, deleted_messages, active_users, covered)
     LEFT JOIN ( SELECT (member_events.at)::date AS day,
            count(*) FILTER (WHERE ((member_events.kind)::text <> 'leave'::text)) AS joins,
            count(*) FILTER (WHERE ((member_events.kind)::text = 'leave'::text)) AS leaves
           FROM public.member_events
          GROUP BY ((member_events.at)::date)) e ON ((e.day = (a.period)::date)));

COMMENT ON VIEW insights.activity_by_day IS 'The whole server day by day (UTC); counts are empty where nothing was collected';

COMMENT ON COLUMN insights.activity_by_day.day IS 'UTC';

COMMENT ON COLUMN insights.activity_by_day.messages IS 'Messages that are still there';

COMMENT ON COLUMN insights.activity_by_day.deleted_messages IS 'Messages that were deleted since';

COMMENT ON COLUMN insights.activity_by_day.active_users IS 'Different users who wrote';

COMMENT ON COLUMN insights.activity_by_day.joins IS 'Joins, those of former members included';

COMMENT ON COLUMN insights.activity_by_day.leaves IS 'Leaves';

COMMENT ON COLUMN insights.activity_by_day.covered IS 'Which share of the day was collected, 0 to 1; empty = before collecting began';

CREATE VIEW insights.activity_by_hour AS
 SELECT a.period AS hour,
    a.messages,
    a.deleted_messages,
    a.active_users,
    a.covered
   FROM insights.activity(step => 'hour'::text) a(starts_at, period, messages, deleted_messages, active_users, covered);

COMMENT ON VIEW insights.activity_by_hour IS 'The whole server hour by hour (UTC); counts are empty where nothing was collected';

COMMENT ON COLUMN insights.activity_by_hour.hour IS 'Start of the hour, UTC';

COMMENT ON COLUMN insights.activity_by_hour.messages IS 'Messages that are still there';

COMMENT ON COLUMN insights.activity_by_hour.deleted_messages IS 'Messages that were deleted since';

COMMENT ON COLUMN insights.activity_by_hour.active_users IS 'Different users who wrote';

COMMENT ON COLUMN insights.activity_by_hour.covered IS 'Which share of the hour was collected, 0 to 1; empty = before collecting began';

CREATE VIEW insights.channel_summary AS
 SELECT channel_totals.channel_id,
    channel_totals.channel,
    channel_totals.category,
    channel_totals.type,
    channel_totals.is_staff,
    channel_totals.is_deleted,
    channel_totals.messages,
    channel_totals.messages_30d,
    channel_totals.deleted_messages,
    channel_totals.in_threads,
    channel_totals.users,
    channel_totals.users_30d,
    channel_totals.first_active,
    channel_totals.last_active,
    channel_totals.days_quiet
   FROM insights.channel_totals() channel_totals(channel_id, channel, category, type, is_staff, is_deleted, messages, messages_30d, deleted_messages, in_threads, users, users_30d, first_active, last_active, days_quiet);

COMMENT ON VIEW insights.channel_summary IS 'One row for each channel: how much it is used, ever and in the last 30 days; threads count to their channel';

COMMENT ON COLUMN insights.channel_summary.channel_id IS 'Id of the channel';

COMMENT ON COLUMN insights.channel_summary.channel IS 'Name';

COMMENT ON COLUMN insights.channel_summary.category IS 'Name of its category';

COMMENT ON COLUMN insights.channel_summary.type IS 'Kind of channel, for example text, voice or forum';

COMMENT ON COLUMN insights.channel_summary.is_staff IS 'True for channels of the staff, see the settings';

COMMENT ON COLUMN insights.channel_summary.is_deleted IS 'True when the channel was deleted in Discord; what was written there still counts';

COMMENT ON COLUMN insights.channel_summary.messages IS 'Messages that are still there';

COMMENT ON COLUMN insights.channel_summary.messages_30d IS 'Those of the last 30 days';

COMMENT ON COLUMN insights.channel_summary.deleted_messages IS 'Messages that were deleted since';

COMMENT ON COLUMN insights.channel_summary.in_threads IS 'Of messages, those in threads';

COMMENT ON COLUMN insights.channel_summary.users IS 'Different users who ever wrote';

COMMENT ON COLUMN insights.channel_summary.users_30d IS 'Different users who wrote in the last 30 days';

COMMENT ON COLUMN insights.channel_summary.first_active IS 'Start of the hour of the first message, UTC';

COMMENT ON COLUMN insights.channel_summary.last_active IS 'Start of the hour of the last message, UTC';

COMMENT ON COLUMN insights.channel_summary.days_quiet IS 'Whole days since the last message; empty = never used';

CREATE TABLE metricity.coverage (
    id bigint NOT NULL,
    guild_id character varying NOT NULL,
    kind character varying NOT NULL,
    reason character varying,
    started_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    session_id character varying,
    channel_id character varying,
    checked_from timestamp with time zone,
    planned_at timestamp with time zone,
    members_synced_at timestamp with time zone,
    healed_at timestamp with time zone,
    healed_by character varying,
    CONSTRAINT coverage_kind_check CHECK (((kind)::text = ANY ((ARRAY['live'::character varying, 'resumed'::character varying, 'gap'::character varying, 'backfill'::character varying])::text[]))),
    CONSTRAINT coverage_order_check CHECK ((ended_at >= started_at))
);

COMMENT ON TABLE metricity.coverage IS 'For each guild, one row per stretch of time: how it was collected, or that it is missing';

COMMENT ON COLUMN metricity.coverage.kind IS 'live = received as it happened; resumed = replayed by Discord after a break; gap = missed; backfill = history fetched on request';

COMMENT ON COLUMN metricity.coverage.reason IS 'Of a gap: session_lost, events_missing, guild_outage or bot_removed';

COMMENT ON COLUMN metricity.coverage.ended_at IS 'Null while the stretch goes on; every guild has at most one such row';

COMMENT ON COLUMN metricity.coverage.session_id IS 'Gateway session in which the stretch began';

COMMENT ON COLUMN metricity.coverage.channel_id IS 'Of a gap or backfill of one channel with its threads; null = the whole guild';

COMMENT ON COLUMN metricity.coverage.checked_from IS 'Stored messages from here on were compared with Discord''s history; older ones that were deleted in the gap are not known to be';

COMMENT ON COLUMN metricity.coverage.planned_at IS 'When the channels to fetch were last listed; null when not yet';

COMMENT ON COLUMN metricity.coverage.members_synced_at IS 'When the member list was compared after the gap; null when not yet';

COMMENT ON COLUMN metricity.coverage.healed_at IS 'When the last channel was fetched; null while something is missing';

COMMENT ON COLUMN metricity.coverage.healed_by IS 'history = fetched channel by channel over Discord''s REST interface';

CREATE TABLE metricity.coverage_channels (
    coverage_id bigint NOT NULL,
    channel_id character varying NOT NULL,
    part character varying NOT NULL,
    parent_id character varying,
    state character varying DEFAULT 'open'::character varying NOT NULL,
    reason character varying,
    cursor character varying,
    pages integer DEFAULT 0 NOT NULL,
    messages integer DEFAULT 0 NOT NULL,
    vanished integer DEFAULT 0 NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT coverage_channels_part_check CHECK (((part)::text = ANY ((ARRAY['messages'::character varying, 'public_threads'::character varying, 'private_threads'::character varying])::text[]))),
    CONSTRAINT coverage_channels_state_check CHECK (((state)::text = ANY ((ARRAY['open'::character varying, 'healed'::character varying, 'unreadable'::character varying, 'deleted'::character varying])::text[])))
);

COMMENT ON TABLE metricity.coverage_channels IS 'What has to be fetched for a gap or a backfill, and how far each part has got';

COMMENT ON COLUMN metricity.coverage_channels.channel_id IS 'Channel or thread';

COMMENT ON COLUMN metricity.coverage_channels.part IS 'messages of the channel or thread, or the list of its archived threads';

COMMENT ON COLUMN metricity.coverage_channels.parent_id IS 'Parent channel of a thread; null for a channel';

COMMENT ON COLUMN metricity.coverage_channels.state IS 'open = to be fetched; healed = complete; unreadable = see reason; deleted = gone';

COMMENT ON COLUMN metricity.coverage_channels.reason IS 'Why it cannot be read';

COMMENT ON COLUMN metricity.coverage_channels.cursor IS 'Where to go on: message id, archive time or thread id; null = from the start';

COMMENT ON COLUMN metricity.coverage_channels.pages IS 'Pages fetched and stored';

COMMENT ON COLUMN metricity.coverage_channels.messages IS 'Messages on these pages';

COMMENT ON COLUMN metricity.coverage_channels.vanished IS 'Stored messages that history no longer listed; marked as deleted without a time';

CREATE TABLE metricity.guilds (
    guild_id character varying NOT NULL,
    schema_name character varying NOT NULL,
    first_seen_at timestamp with time zone DEFAULT now() NOT NULL,
    members_synced_at timestamp with time zone,
    members_requested_at timestamp with time zone
);

COMMENT ON TABLE metricity.guilds IS 'The guilds that are collected and the schema each one lives in';

COMMENT ON COLUMN metricity.guilds.schema_name IS 'PostgreSQL schema with this guild''s tables';

COMMENT ON COLUMN metricity.guilds.first_seen_at IS 'When Metricity first saw the guild';

COMMENT ON COLUMN metricity.guilds.members_synced_at IS 'When the whole member list was last compared; null when never';

COMMENT ON COLUMN metricity.guilds.members_requested_at IS 'When the member list was last asked for; Discord allows this once in 30 seconds';

CREATE TABLE metricity.positions (
    shard_id integer NOT NULL,
    shard_count integer NOT NULL,
    session_id character varying,
    resume_gateway_url character varying,
    sequence bigint,
    epoch bigint DEFAULT 0 NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    received_at timestamp with time zone
);

COMMENT ON TABLE metricity.positions IS 'How far Discord''s event log is stored, one row per shard; committed together with the rows';

COMMENT ON COLUMN metricity.positions.session_id IS 'Gateway session that a restart resumes; null when the next start needs a new one';

COMMENT ON COLUMN metricity.positions.resume_gateway_url IS 'Address that Discord gave for resuming the session';

COMMENT ON COLUMN metricity.positions.sequence IS 'Sequence number of the last event whose rows are committed';

COMMENT ON COLUMN metricity.positions.epoch IS 'Grows with every new owner of the shard, so that an owner that was replaced cannot commit';

COMMENT ON COLUMN metricity.positions.updated_at IS 'When the position was last committed';

COMMENT ON COLUMN metricity.positions.received_at IS 'When the newest committed event was received; what comes after it may be lost';

CREATE TABLE public.metricity_migrations (
    "MigrationId" character varying(150) NOT NULL,
    "ProductVersion" character varying(32) NOT NULL
);

CREATE VIEW public.coverage AS
 WITH guild AS (
         SELECT g_1.guild_id,
            ( SELECT max(p.received_at) AS max
                   FROM metricity.positions p
                  WHERE ((((g_1.guild_id)::bigint >> 22) % (p.shard_count)::bigint) = p.shard_id)) AS received_at
           FROM ((metricity.guilds g_1
             JOIN pg_namespace n ON ((n.nspname = (g_1.schema_name)::text)))
             JOIN pg_class c_1 ON ((c_1.relnamespace = n.oid)))
          WHERE (c_1.oid = ('public.metricity_migrations'::regclass)::oid)
        )
 SELECT c.id,
    (c.started_at AT TIME ZONE 'UTC'::text) AS started_at,
    (
        CASE
            WHEN (c.ended_at IS NOT NULL) THEN c.ended_at
            WHEN ((c.kind)::text = 'gap'::text) THEN now()
            ELSE GREATEST(c.started_at, g.received_at)
        END AT TIME ZONE 'UTC'::text) AS ended_at,
    (c.ended_at IS NULL) AS goes_on,
        CASE
            WHEN ((c.kind)::text = ANY ((ARRAY['live'::character varying, 'resumed'::character varying])::text[])) THEN c.kind
            WHEN ((c.kind)::text = 'gap'::text) THEN (
            CASE
                WHEN (c.healed_at IS NULL) THEN 'gap'::text
                ELSE 'healed'::text
            END)::character varying
            WHEN (c.healed_at IS NULL) THEN 'backfill under way'::character varying
            ELSE 'backfilled'::character varying
        END AS status,
        CASE c.reason
            WHEN 'session_lost'::text THEN 'the connection was lost for too long'::character varying
            WHEN 'events_missing'::text THEN 'Discord left out events'::character varying
            WHEN 'guild_outage'::text THEN 'the server was in an outage at Discord'::character varying
            WHEN 'bot_removed'::text THEN 'the bot was not on the server'::character varying
            WHEN 'channel_hidden'::text THEN 'the bot could not see the channel'::character varying
            ELSE c.reason
        END AS reason,
    (((c.kind)::text = ANY ((ARRAY['live'::character varying, 'resumed'::character varying])::text[])) OR ((c.healed_at IS NOT NULL) AND (c.channel_id IS NULL))) AS is_complete,
    c.channel_id,
    (c.checked_from AT TIME ZONE 'UTC'::text) AS deletions_checked_from,
    (c.healed_at AT TIME ZONE 'UTC'::text) AS healed_at,
    c.healed_by,
    ( SELECT count(*) AS count
           FROM metricity.coverage_channels p
          WHERE (p.coverage_id = c.id)) AS parts,
    ( SELECT count(*) AS count
           FROM metricity.coverage_channels p
          WHERE ((p.coverage_id = c.id) AND ((p.state)::text = 'open'::text))) AS parts_open,
    ( SELECT count(*) AS count
           FROM metricity.coverage_channels p
          WHERE ((p.coverage_id = c.id) AND ((p.state)::text = 'unreadable'::text))) AS parts_unreadable,
    ( SELECT COALESCE(sum(p.messages), (0)::bigint) AS "coalesce"
           FROM metricity.coverage_channels p
          WHERE (p.coverage_id = c.id)) AS messages_fetched,
    ( SELECT COALESCE(sum(p.vanished), (0)::bigint) AS "coalesce"
           FROM metricity.coverage_channels p
          WHERE (p.coverage_id = c.id)) AS deletions_inferred
   FROM (metricity.coverage c
     JOIN guild g ON (((g.guild_id)::text = (c.guild_id)::text)));

COMMENT ON VIEW public.coverage IS 'Which times were collected, and which are missing; all times are UTC';

COMMENT ON COLUMN public.coverage.ended_at IS 'End of the stretch; while it goes on, the time of the last event that was stored';

COMMENT ON COLUMN public.coverage.goes_on IS 'True for the newest stretch';

COMMENT ON COLUMN public.coverage.status IS 'live, resumed (replayed by Discord after a break), healed (fetched afterwards), gap (missing, or not complete yet), backfilled, or backfill under way';

COMMENT ON COLUMN public.coverage.reason IS 'Why a gap came about';

COMMENT ON COLUMN public.coverage.is_complete IS 'True when nothing of the whole server is known to be missing';

COMMENT ON COLUMN public.coverage.channel_id IS 'The one channel, with its threads, that a gap or backfill is about; null = all of them';

COMMENT ON COLUMN public.coverage.deletions_checked_from IS 'Messages from before this time that were deleted in the gap still count as there';

COMMENT ON COLUMN public.coverage.parts_open IS 'Channels and threads that are still to be fetched';

COMMENT ON COLUMN public.coverage.parts_unreadable IS 'Channels and threads that the bot may not read, see coverage_channels';

COMMENT ON COLUMN public.coverage.messages_fetched IS 'Messages that Discord listed for the stretch, those included that were stored before';

COMMENT ON COLUMN public.coverage.deletions_inferred IS 'Stored messages that Discord no longer listed: marked as deleted, time not known';

CREATE VIEW insights.coverage_gaps AS
 SELECT c.started_at,
    c.ended_at,
    c.goes_on,
    c.channel_id,
    COALESCE(h.name, t.name) AS channel,
        CASE c.status
            WHEN 'gap'::text THEN 'open'::character varying
            ELSE c.status
        END AS status,
    c.reason,
    c.messages_fetched
   FROM ((public.coverage c
     LEFT JOIN public.channels h ON (((h.id)::text = (c.channel_id)::text)))
     LEFT JOIN public.threads t ON (((t.id)::text = (c.channel_id)::text)))
  WHERE ((c.status)::text = ANY ((ARRAY['gap'::character varying, 'healed'::character varying])::text[]))
  ORDER BY c.started_at DESC;

COMMENT ON VIEW insights.coverage_gaps IS 'Times in which nothing was collected, newest first: healed = fetched afterwards, open = still missing';

COMMENT ON COLUMN insights.coverage_gaps.goes_on IS 'True while it has not ended';

COMMENT ON COLUMN insights.coverage_gaps.channel_id IS 'The one channel it is about; empty = the whole server';

COMMENT ON COLUMN insights.coverage_gaps.messages_fetched IS 'Messages that Discord listed for it afterwards';

CREATE VIEW insights.hours_of_day AS
 SELECT h.hour_of_day,
    h.messages,
    h.active_users,
    m.messages AS messages_30d,
    m.active_users AS active_users_30d
   FROM (insights.hours_of_day() h(hour_of_day, messages, active_users, hours)
     LEFT JOIN insights.hours_of_day(date_trunc('hour'::text, ((now() AT TIME ZONE 'UTC'::text) - '30 days'::interval))) m(hour_of_day, messages, active_users, hours) ON ((m.hour_of_day = h.hour_of_day)));

COMMENT ON VIEW insights.hours_of_day IS 'When people are active: a mean hour by hour of the day (UTC); hours not collected are left out';

COMMENT ON COLUMN insights.hours_of_day.hour_of_day IS '0 to 23, UTC';

COMMENT ON COLUMN insights.hours_of_day.messages IS 'Messages in a mean hour';

COMMENT ON COLUMN insights.hours_of_day.active_users IS 'Different users in a mean hour';

COMMENT ON COLUMN insights.hours_of_day.messages_30d IS 'The same, last 30 days';

COMMENT ON COLUMN insights.hours_of_day.active_users_30d IS 'The same, last 30 days';

CREATE VIEW insights.joins_and_leaves_by_day AS
 SELECT (j.period)::date AS day,
    j.joins,
    j.rejoins,
    j.leaves,
    j.net,
    j.inferred,
    j.covered
   FROM insights.joins_and_leaves() j(starts_at, period, joins, rejoins, leaves, net, inferred, members, covered);

COMMENT ON VIEW insights.joins_and_leaves_by_day IS 'Joins and leaves day by day (UTC); counts are empty where nothing was collected';

COMMENT ON COLUMN insights.joins_and_leaves_by_day.day IS 'UTC';

COMMENT ON COLUMN insights.joins_and_leaves_by_day.joins IS 'First joins';

COMMENT ON COLUMN insights.joins_and_leaves_by_day.rejoins IS 'Joins of former members';

COMMENT ON COLUMN insights.joins_and_leaves_by_day.leaves IS 'Leaves';

COMMENT ON COLUMN insights.joins_and_leaves_by_day.net IS 'joins + rejoins - leaves';

COMMENT ON COLUMN insights.joins_and_leaves_by_day.inferred IS 'How many of these were found by comparing member lists, and not seen';

COMMENT ON COLUMN insights.joins_and_leaves_by_day.covered IS 'Which share of the day was collected, 0 to 1; empty = before collecting began';

CREATE TABLE public.rollup_author_hours (
    author_id bigint NOT NULL,
    hour timestamp without time zone NOT NULL,
    channel_id bigint NOT NULL,
    messages integer NOT NULL,
    deleted integer NOT NULL
)
WITH (fillfactor='90');

COMMENT ON TABLE public.rollup_author_hours IS 'Kept by triggers. Messages of a user in an hour in a channel, those in its threads included';

CREATE TABLE public.rollup_authors (
    author_id bigint NOT NULL,
    messages integer NOT NULL,
    deleted integer NOT NULL,
    channels integer NOT NULL,
    first_hour timestamp without time zone,
    last_hour timestamp without time zone
)
WITH (fillfactor='80');

COMMENT ON TABLE public.rollup_authors IS 'Kept by triggers. All messages of a user';

COMMENT ON COLUMN public.rollup_authors.channels IS 'Channels with a message that is still there';

COMMENT ON COLUMN public.rollup_authors.first_hour IS 'First hour (UTC) with a message that is still there';

COMMENT ON COLUMN public.rollup_authors.last_hour IS 'Last hour (UTC) with a message that is still there';

CREATE VIEW insights.member_summary AS
 SELECT u.id AS member_id,
    u.name AS member,
    u.bot AS is_bot,
    u.is_staff,
    u.in_guild,
    u.created_at AS account_created_at,
    u.joined_at,
    u.left_at,
    (COALESCE(a.messages, 0))::bigint AS messages,
    COALESCE(n.messages_30d, (0)::bigint) AS messages_30d,
    (COALESCE(a.deleted, 0))::bigint AS deleted_messages,
    (COALESCE(a.channels, 0))::bigint AS channels,
    a.first_hour AS first_active,
    a.last_hour AS last_active
   FROM ((public.users u
     LEFT JOIN public.rollup_authors a ON ((a.author_id = (u.id)::bigint)))
     LEFT JOIN LATERAL ( SELECT sum(r.messages) AS messages_30d
           FROM public.rollup_author_hours r
          WHERE ((a.last_hour >= date_trunc('hour'::text, ((now() AT TIME ZONE 'UTC'::text) - '30 days'::interval))) AND (r.author_id = a.author_id) AND (r.hour >= date_trunc('hour'::text, ((now() AT TIME ZONE 'UTC'::text) - '30 days'::interval))))) n ON (true));

COMMENT ON VIEW insights.member_summary IS 'One row for each user who is or was a member, or wrote; for one at a time; for lists see the function member_activity';

COMMENT ON COLUMN insights.member_summary.member_id IS 'Id of the user';

COMMENT ON COLUMN insights.member_summary.member IS 'User name';

COMMENT ON COLUMN insights.member_summary.is_bot IS 'True for bots';

COMMENT ON COLUMN insights.member_summary.is_staff IS 'True when the user has the staff role';

COMMENT ON COLUMN insights.member_summary.in_guild IS 'True while a member';

COMMENT ON COLUMN insights.member_summary.account_created_at IS 'When the account was made, UTC';

COMMENT ON COLUMN insights.member_summary.joined_at IS 'Last joining, UTC';

COMMENT ON COLUMN insights.member_summary.left_at IS 'Last leaving, UTC; empty while a member, or when not known';

COMMENT ON COLUMN insights.member_summary.messages IS 'Messages that are still there';

COMMENT ON COLUMN insights.member_summary.messages_30d IS 'Those of the last 30 days';

COMMENT ON COLUMN insights.member_summary.deleted_messages IS 'Messages that were deleted since';

COMMENT ON COLUMN insights.member_summary.channels IS 'Channels the user wrote in';

COMMENT ON COLUMN insights.member_summary.first_active IS 'Start of the hour of the first message, UTC';

COMMENT ON COLUMN insights.member_summary.last_active IS 'Start of the hour of the last message, UTC';

CREATE VIEW insights.quiet_channels AS
 SELECT s.channel_id,
    s.channel,
    s.category,
    s.messages_30d,
    s.users_30d,
    s.last_active,
    s.days_quiet,
    ( SELECT round(avg(h.covered), 4) AS round
           FROM insights.coverage(((now() AT TIME ZONE 'UTC'::text) - '30 days'::interval)) h(hour, covered)) AS covered_30d
   FROM insights.channel_summary s
  WHERE ((NOT s.is_staff) AND (NOT s.is_deleted) AND (s.messages_30d < 10) AND ((s.type IS NULL) OR ((s.type)::text = ANY ((ARRAY['text'::character varying, 'forum'::character varying, 'announcement'::character varying, 'news'::character varying, 'media'::character varying])::text[]))))
  ORDER BY s.days_quiet DESC, s.messages_30d, s.channel;

COMMENT ON VIEW insights.quiet_channels IS 'Channels that hardly anybody uses: fewer than 10 messages in 30 days; without those of the staff and deleted ones';

COMMENT ON COLUMN insights.quiet_channels.days_quiet IS 'Whole days since the last message; empty = never used';

COMMENT ON COLUMN insights.quiet_channels.covered_30d IS 'Which share of the last 30 days was collected, 0 to 1: below 1 the channel may be less quiet than it looks';

CREATE VIEW insights.recent_newcomers AS
 SELECT newcomers.member_id,
    newcomers.member,
    newcomers.is_bot,
    newcomers.account_created_at,
    newcomers.joined_at,
    newcomers.in_guild,
    newcomers.left_at,
    newcomers.account_age_days,
    newcomers.messages,
    newcomers.deleted_messages,
    newcomers.channels,
    newcomers.messages_first_hour,
    newcomers.minutes_to_first_message,
    newcomers.score,
    newcomers.reasons
   FROM insights.newcomers(30) newcomers(member_id, member, is_bot, account_created_at, joined_at, in_guild, left_at, account_age_days, messages, deleted_messages, channels, messages_first_hour, minutes_to_first_message, score, reasons);

COMMENT ON VIEW insights.recent_newcomers IS 'Who joined in the last 30 days, the oddest first; see the function newcomers';

COMMENT ON COLUMN insights.recent_newcomers.account_age_days IS 'Age of the account when joining';

COMMENT ON COLUMN insights.recent_newcomers.messages IS 'Messages since joining that are still there';

COMMENT ON COLUMN insights.recent_newcomers.deleted_messages IS 'Messages since joining that were deleted';

COMMENT ON COLUMN insights.recent_newcomers.channels IS 'Channels written in since joining';

COMMENT ON COLUMN insights.recent_newcomers.messages_first_hour IS 'Messages in the hour after joining';

COMMENT ON COLUMN insights.recent_newcomers.minutes_to_first_message IS 'From joining to the first message; empty = none';

COMMENT ON COLUMN insights.recent_newcomers.score IS '0 = nothing odd, to 100';

COMMENT ON COLUMN insights.recent_newcomers.reasons IS 'What the score is made of';

CREATE VIEW insights.retention_by_month AS
 WITH events AS (
         SELECT member_events.user_id,
            member_events.at,
            member_events.kind,
            min(member_events.at) FILTER (WHERE ((member_events.kind)::text <> 'leave'::text)) OVER (PARTITION BY member_events.user_id) AS joined_at
           FROM public.member_events
        ), stays AS (
         SELECT events.user_id,
            events.joined_at,
            min(events.at) FILTER (WHERE (((events.kind)::text = 'leave'::text) AND (events.at >= events.joined_at))) AS left_at
           FROM events
          WHERE (events.joined_at IS NOT NULL)
          GROUP BY events.user_id, events.joined_at
        ), people AS (
         SELECT s.joined_at,
            s.left_at,
            u.in_guild,
            a.first_hour,
            a.last_hour
           FROM ((stays s
             JOIN public.users u ON (((u.id)::text = (s.user_id)::text)))
             LEFT JOIN public.rollup_authors a ON ((a.author_id = (s.user_id)::bigint)))
          WHERE (NOT u.bot)
        ), months AS (
         SELECT date_trunc('month'::text, people.joined_at) AS month,
            count(*) AS newcomers,
            count(*) FILTER (WHERE people.in_guild) AS still_here,
            count(*) FILTER (WHERE ((people.left_at IS NULL) OR (people.left_at >= (people.joined_at + '1 day'::interval)))) AS d1,
            count(*) FILTER (WHERE ((people.left_at IS NULL) OR (people.left_at >= (people.joined_at + '7 days'::interval)))) AS d7,
            count(*) FILTER (WHERE ((people.left_at IS NULL) OR (people.left_at >= (people.joined_at + '30 days'::interval)))) AS d30,
            count(*) FILTER (WHERE ((people.left_at IS NULL) OR (people.left_at >= (people.joined_at + '90 days'::interval)))) AS d90,
            count(*) FILTER (WHERE (people.first_hour < (people.joined_at + '7 days'::interval))) AS wrote,
            count(*) FILTER (WHERE (people.last_hour >= (people.joined_at + '30 days'::interval))) AS wrote_later,
            ((now() AT TIME ZONE 'UTC'::text) - max(people.joined_at)) AS youngest
           FROM people
          GROUP BY (date_trunc('month'::text, people.joined_at))
        )
 SELECT (months.month)::date AS month,
    months.newcomers,
    months.still_here,
        CASE
            WHEN (months.youngest >= '1 day'::interval) THEN months.d1
            ELSE NULL::bigint
        END AS stayed_1_day,
        CASE
            WHEN (months.youngest >= '7 days'::interval) THEN months.d7
            ELSE NULL::bigint
        END AS stayed_7_days,
        CASE
            WHEN (months.youngest >= '30 days'::interval) THEN months.d30
            ELSE NULL::bigint
        END AS stayed_30_days,
        CASE
            WHEN (months.youngest >= '90 days'::interval) THEN months.d90
            ELSE NULL::bigint
        END AS stayed_90_days,
        CASE
            WHEN (months.youngest >= '7 days'::interval) THEN months.wrote
            ELSE NULL::bigint
        END AS wrote_within_7_days,
        CASE
            WHEN (months.youngest >= '30 days'::interval) THEN months.wrote_later
            ELSE NULL::bigint
        END AS wrote_after_30_days
   FROM months
  ORDER BY ((months.month)::date);

COMMENT ON VIEW insights.retention_by_month IS 'Who joined for the first time in a month (UTC), and how many of them stayed and wrote; without bots; empty = too early to tell';

COMMENT ON COLUMN insights.retention_by_month.month IS 'First day of the month';

COMMENT ON COLUMN insights.retention_by_month.newcomers IS 'Users who first joined in the month';

COMMENT ON COLUMN insights.retention_by_month.still_here IS 'Of these, members now';

COMMENT ON COLUMN insights.retention_by_month.stayed_1_day IS 'Of these, not gone within a day';

COMMENT ON COLUMN insights.retention_by_month.stayed_7_days IS 'Of these, not gone within 7 days';

COMMENT ON COLUMN insights.retention_by_month.stayed_30_days IS 'Of these, not gone within 30 days';

COMMENT ON COLUMN insights.retention_by_month.stayed_90_days IS 'Of these, not gone within 90 days';

COMMENT ON COLUMN insights.retention_by_month.wrote_within_7_days IS 'Of these, with a first message within 7 days of joining';

COMMENT ON COLUMN insights.retention_by_month.wrote_after_30_days IS 'Of these, with a message 30 days or more after joining';

CREATE VIEW insights.threads_by_month AS
 SELECT (date_trunc('month'::text, s.created_at))::date AS month,
    s.channel_id,
    s.channel,
    s.is_help,
    count(*) AS opened,
    count(s.first_reply_at) AS answered,
    round(((count(s.first_reply_at))::numeric / (count(*))::numeric), 4) AS answered_share,
    count(s.resolved_at) AS resolved,
    round(avg(s.minutes_to_first_reply), 1) AS avg_minutes_to_first_reply,
    round((percentile_cont((0.5)::double precision) WITHIN GROUP (ORDER BY ((s.minutes_to_first_reply)::double precision)))::numeric, 1) AS median_minutes_to_first_reply,
    round(avg(s.minutes_to_resolution), 1) AS avg_minutes_to_resolution,
    round((percentile_cont((0.5)::double precision) WITHIN GROUP (ORDER BY ((s.minutes_to_resolution)::double precision)))::numeric, 1) AS median_minutes_to_resolution
   FROM insights.thread_summary s
  GROUP BY ((date_trunc('month'::text, s.created_at))::date), s.channel_id, s.channel, s.is_help
  ORDER BY ((date_trunc('month'::text, s.created_at))::date), s.channel;

COMMENT ON VIEW insights.threads_by_month IS 'Threads opened in each month (UTC) and channel: how many were answered by others, how long answers and resolution took';

COMMENT ON COLUMN insights.threads_by_month.month IS 'First day of the month';

COMMENT ON COLUMN insights.threads_by_month.opened IS 'Threads opened';

COMMENT ON COLUMN insights.threads_by_month.answered IS 'Of these, with a message by another than who opened it';

COMMENT ON COLUMN insights.threads_by_month.answered_share IS 'answered / opened, 0 to 1';

COMMENT ON COLUMN insights.threads_by_month.resolved IS 'Of these, archived by now';

COMMENT ON COLUMN insights.threads_by_month.avg_minutes_to_first_reply IS 'Mean';

COMMENT ON COLUMN insights.threads_by_month.median_minutes_to_first_reply IS 'Half of them took less';

COMMENT ON COLUMN insights.threads_by_month.avg_minutes_to_resolution IS 'Mean';

COMMENT ON COLUMN insights.threads_by_month.median_minutes_to_resolution IS 'Half of them took less';

ALTER TABLE metricity.coverage ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME metricity.coverage_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE metricity.identifies (
    shard_id integer NOT NULL,
    shard_count integer NOT NULL,
    bucket integer NOT NULL,
    identified_at timestamp with time zone NOT NULL,
    session_before character varying,
    fruitless integer DEFAULT 0 NOT NULL
);

COMMENT ON TABLE metricity.identifies IS 'The last session start (IDENTIFY) of each shard; written before it is sent';

COMMENT ON COLUMN metricity.identifies.bucket IS 'Shards of one bucket keep 5 seconds between their session starts';

COMMENT ON COLUMN metricity.identifies.identified_at IS 'When it was about to be sent';

COMMENT ON COLUMN metricity.identifies.session_before IS 'positions.session_id at that time: still the same means that nothing came of it';

COMMENT ON COLUMN metricity.identifies.fruitless IS 'Session starts in a row, before this one, of which no event was ever committed';

CREATE TABLE metricity.identify_budget (
    id boolean DEFAULT true NOT NULL,
    total integer NOT NULL,
    remaining integer NOT NULL,
    resets_at timestamp with time zone NOT NULL,
    CONSTRAINT identify_budget_one_row CHECK (id)
);

COMMENT ON TABLE metricity.identify_budget IS 'Session starts (IDENTIFY) that Discord still allows the bot; one row';

COMMENT ON COLUMN metricity.identify_budget.total IS 'Allowed in a day';

COMMENT ON COLUMN metricity.identify_budget.remaining IS 'Left until resets_at; the lower of what Discord told and what we counted';

COMMENT ON COLUMN metricity.identify_budget.resets_at IS 'When the count starts anew';

CREATE TABLE metricity.metricity_migrations (
    "MigrationId" character varying(150) NOT NULL,
    "ProductVersion" character varying(32) NOT NULL
);

CREATE TABLE public.categories (
    id character varying NOT NULL,
    name character varying NOT NULL,
    deleted boolean DEFAULT false NOT NULL
);

COMMENT ON TABLE public.categories IS 'Channel categories of the guild; times in all tables are UTC';

CREATE VIEW public.coverage_by_hour AS
 WITH islands AS (
         SELECT min(marked.started_at) AS started_at,
            max(marked.ended_at) AS ended_at
           FROM ( SELECT stretches.started_at,
                    stretches.ended_at,
                    sum(
                        CASE
                            WHEN (stretches.started_at <= stretches.reached) THEN 0
                            ELSE 1
                        END) OVER (ORDER BY stretches.started_at, stretches.ended_at, stretches.id) AS island
                   FROM ( SELECT coverage.id,
                            coverage.started_at,
                            coverage.ended_at,
                            max(coverage.ended_at) OVER (ORDER BY coverage.started_at, coverage.ended_at, coverage.id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reached
                           FROM public.coverage
                          WHERE coverage.is_complete) stretches) marked
          GROUP BY marked.island
        ), hours AS (
         SELECT h_1.h AS hour,
            LEAST((h_1.h + '01:00:00'::interval), (now() AT TIME ZONE 'UTC'::text)) AS ends
           FROM ( SELECT date_trunc('hour'::text, min(coverage.started_at)) AS first,
                    (now() AT TIME ZONE 'UTC'::text) AS last
                   FROM public.coverage) span,
            LATERAL generate_series(span.first, span.last, '01:00:00'::interval) h_1(h)
        )
 SELECT h.hour,
    round(LEAST((1)::numeric, COALESCE(sum((EXTRACT(epoch FROM (LEAST(i.ended_at, h.ends) - GREATEST(i.started_at, h.hour))) / NULLIF(EXTRACT(epoch FROM (h.ends - h.hour)), (0)::numeric))) FILTER (WHERE (i.started_at IS NOT NULL)), (0)::numeric)), 4) AS covered
   FROM (hours h
     LEFT JOIN islands i ON (((i.started_at < h.ends) AND (i.ended_at > h.hour))))
  GROUP BY h.hour;

COMMENT ON VIEW public.coverage_by_hour IS 'How much of each hour was collected, 0 to 1: tells an hour without messages from one not known';

COMMENT ON COLUMN public.coverage_by_hour.covered IS 'Share of the hour, 0 to 1; of the running hour, of the part that is over';

CREATE VIEW public.coverage_by_day AS
 SELECT (date_trunc('day'::text, coverage_by_hour.hour))::date AS day,
    round(avg(coverage_by_hour.covered), 4) AS covered
   FROM public.coverage_by_hour
  GROUP BY ((date_trunc('day'::text, coverage_by_hour.hour))::date);

COMMENT ON VIEW public.coverage_by_day IS 'How much of each day was collected, 0 to 1';

CREATE VIEW public.coverage_channels AS
 SELECT c.id AS coverage_id,
    c.started_at,
    c.ended_at,
    p.channel_id,
    p.parent_id,
    COALESCE(t.name, h.name) AS name,
    p.part,
    p.state,
    p.reason,
    p.messages,
    p.vanished AS deletions_inferred,
    (p.updated_at AT TIME ZONE 'UTC'::text) AS updated_at
   FROM (((public.coverage c
     JOIN metricity.coverage_channels p ON ((p.coverage_id = c.id)))
     LEFT JOIN public.threads t ON (((t.id)::text = (p.channel_id)::text)))
     LEFT JOIN public.channels h ON (((h.id)::text = (p.channel_id)::text)));

COMMENT ON VIEW public.coverage_channels IS 'The channels and threads to be fetched for each gap and backfill, and how far each has got';

ALTER TABLE public.member_events ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.member_events_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.message_tombstones (
    id character varying NOT NULL,
    deleted_at timestamp without time zone NOT NULL
);

COMMENT ON TABLE public.message_tombstones IS 'Deletions that arrived before their message; such a message is stored as deleted';

COMMENT ON COLUMN public.message_tombstones.id IS 'Id of the message that is not stored yet';

COMMENT ON COLUMN public.message_tombstones.deleted_at IS 'When the deletion was seen';

CREATE TABLE public.messages (
    id character varying NOT NULL,
    channel_id character varying NOT NULL,
    author_id character varying NOT NULL,
    created_at timestamp without time zone,
    is_deleted boolean NOT NULL,
    thread_id character varying,
    type integer,
    edited_at timestamp without time zone,
    deleted_at timestamp without time zone
);

COMMENT ON TABLE public.messages IS 'One row per message: who, where, when; never what was written';

COMMENT ON COLUMN public.messages.type IS 'Discord''s number for the type of message (0 = ordinary, 19 = reply); null when not known';

COMMENT ON COLUMN public.messages.edited_at IS 'When the message was last edited; null when never, or when not known';

COMMENT ON COLUMN public.messages.deleted_at IS 'When the deletion was seen; null when not deleted, or when not known';

CREATE TABLE public.rollup_channel_authors (
    channel_id bigint NOT NULL,
    author_id bigint NOT NULL
);

COMMENT ON TABLE public.rollup_channel_authors IS 'Kept by triggers. Who has a message in a channel that is still there';

CREATE TABLE public.rollup_channel_hours (
    channel_id bigint NOT NULL,
    hour timestamp without time zone NOT NULL,
    messages integer NOT NULL,
    deleted integer NOT NULL,
    in_threads integer NOT NULL,
    authors integer NOT NULL
)
WITH (fillfactor='90');

COMMENT ON TABLE public.rollup_channel_hours IS 'Kept by triggers. Messages of an hour in a channel, those in its threads included';

COMMENT ON COLUMN public.rollup_channel_hours.in_threads IS 'Of messages, those in threads';

COMMENT ON COLUMN public.rollup_channel_hours.authors IS 'Users with a message that is still there';

CREATE TABLE public.rollup_channels (
    channel_id bigint NOT NULL,
    messages integer NOT NULL,
    deleted integer NOT NULL,
    in_threads integer NOT NULL,
    users integer NOT NULL,
    first_hour timestamp without time zone,
    last_hour timestamp without time zone
)
WITH (fillfactor='50');

COMMENT ON TABLE public.rollup_channels IS 'Kept by triggers. All messages of a channel, those in its threads included';

COMMENT ON COLUMN public.rollup_channels.users IS 'Users with a message that is still there';

COMMENT ON COLUMN public.rollup_channels.first_hour IS 'First hour (UTC) with a message that is still there';

COMMENT ON COLUMN public.rollup_channels.last_hour IS 'Last hour (UTC) with a message that is still there';

CREATE TABLE public.rollup_hour_returns (
    hour timestamp without time zone NOT NULL,
    gap smallint NOT NULL,
    authors integer NOT NULL
)
WITH (fillfactor='80');

COMMENT ON TABLE public.rollup_hour_returns IS 'Kept by triggers. The users who wrote in an hour, by how long they had been silent: with it the distinct users of a day, week or month in any time zone are a sum';

COMMENT ON COLUMN public.rollup_hour_returns.gap IS 'Hours since the hour in which they wrote before, 1 to 745 (a month of 31 days in which clocks are set back); 746 = longer, or never';

CREATE TABLE public.rollup_hours (
    hour timestamp without time zone NOT NULL,
    messages integer NOT NULL,
    deleted integer NOT NULL,
    authors integer NOT NULL
);

COMMENT ON TABLE public.rollup_hours IS 'Kept by triggers. Messages of an hour (UTC) in the whole guild';

COMMENT ON COLUMN public.rollup_hours.hour IS 'Start of the hour, UTC';

COMMENT ON COLUMN public.rollup_hours.messages IS 'Messages that are still there';

COMMENT ON COLUMN public.rollup_hours.deleted IS 'Messages that were deleted since';

COMMENT ON COLUMN public.rollup_hours.authors IS 'Users with a message that is still there';

COPY metricity.coverage (id, guild_id, kind, reason, started_at, ended_at, session_id, channel_id, checked_from, planned_at, members_synced_at, healed_at, healed_by) FROM stdin;
1	41771983423143937	live	\N	2026-11-01 10:00:00+00	2026-11-10 09:00:00+00	a0	\N	\N	\N	\N	\N	\N
2	41771983423143937	gap	session_lost	2026-11-10 09:00:00+00	2026-11-10 11:00:00+00	a1	\N	\N	\N	\N	2026-11-10 11:05:00+00	history
3	41771983423143937	live	\N	2026-11-10 11:00:00+00	\N	a1b2	\N	\N	\N	\N	\N	\N
4	41771983423143937	gap	channel_hidden	2026-11-15 00:00:00+00	\N	\N	1001	\N	\N	\N	\N	\N
\.

COPY metricity.coverage_channels (coverage_id, channel_id, part, parent_id, state, reason, cursor, pages, messages, vanished, updated_at) FROM stdin;
2	1000	messages	\N	healed	\N	77	3	250	1	2026-11-28 00:01:44.995378+00
4	1001	messages	\N	open	\N	\N	0	0	0	2026-11-28 00:01:44.995378+00
\.

COPY metricity.guilds (guild_id, schema_name, first_seen_at, members_synced_at, members_requested_at) FROM stdin;
41771983423143937	public	2026-11-01 10:00:00+00	2026-11-01 10:01:00+00	\N
81384788765712384	second	2026-11-02 10:00:00+00	\N	\N
\.

COPY metricity.identifies (shard_id, shard_count, bucket, identified_at, session_before, fruitless) FROM stdin;
0	1	0	2026-11-20 08:00:00+00	\N	0
\.

COPY metricity.identify_budget (id, total, remaining, resets_at) FROM stdin;
t	1000	996	2026-11-21 00:00:00+00
\.

COPY metricity.metricity_migrations ("MigrationId", "ProductVersion") FROM stdin;
20261122060000_program_state	10.0.0
20261122080000_coverage_ledger	10.0.0
20261122080100_identify_budget	10.0.0
20261124140000_channel_gaps	10.0.0
\.

COPY metricity.positions (shard_id, shard_count, session_id, resume_gateway_url, sequence, epoch, updated_at, received_at) FROM stdin;
0	1	a1b2	wss://gateway-us-east1-b.discord.gg	4711	3	2026-11-20 12:00:00+00	2026-11-20 11:59:59+00
\.

COPY public.categories (id, name, deleted) FROM stdin;
900	General	f
901	Staff	f
\.

COPY public.channels (id, name, category_id, is_staff, deleted, type) FROM stdin;
1000	general	900	f	f	text
1001	hidden	901	t	f	text
1002	help	900	f	f	forum
\.

COPY public.member_events (id, user_id, kind, at, inferred, earliest, latest) FROM stdin;
1	80	join	2026-11-01 00:00:00	t	\N	\N
2	81	join	2026-11-02 00:00:00	f	\N	\N
3	82	join	2026-11-03 00:00:00	f	\N	\N
4	82	leave	2026-11-09 00:00:00	t	2026-11-08 00:00:00	2026-11-09 00:00:00
\.

COPY public.message_tombstones (id, deleted_at) FROM stdin;
175928847299117999	2026-11-12 10:00:00
\.

COPY public.messages (id, channel_id, author_id, created_at, is_deleted, thread_id, type, edited_at, deleted_at) FROM stdin;
175928847299117063	1002	80	2026-11-10 12:00:00	f	175928847299117063	0	\N	\N
175928847299117064	1002	81	2026-11-10 12:05:00	f	175928847299117063	19	2026-11-10 12:06:00	\N
175928847299117065	1000	80	2026-11-11 12:05:00	t	\N	0	\N	2026-11-11 13:00:00
175928847299117066	1000	82	2026-11-08 12:05:00	f	\N	0	\N	\N
\.

COPY public.metricity_migrations ("MigrationId", "ProductVersion") FROM stdin;
20261122060100_guild_tables	10.0.0
20261122080030_coverage_views	10.0.0
20261124140030_channel_gaps_in_view	10.0.0
20261124170000_rollups	10.0.0
20261124170100_insights_schema	10.0.0
20261124170110_insights_activity	10.0.0
20261124170120_insights_threads	10.0.0
20261124170130_insights_people	10.0.0
\.

COPY public.rollup_author_hours (author_id, hour, channel_id, messages, deleted) FROM stdin;
80	2026-11-10 12:00:00	1002	1	0
80	2026-11-11 12:00:00	1000	0	1
81	2026-11-10 12:00:00	1002	1	0
82	2026-11-08 12:00:00	1000	1	0
\.

COPY public.rollup_authors (author_id, messages, deleted, channels, first_hour, last_hour) FROM stdin;
80	1	1	1	2026-11-10 12:00:00	2026-11-10 12:00:00
81	1	0	1	2026-11-10 12:00:00	2026-11-10 12:00:00
82	1	0	1	2026-11-08 12:00:00	2026-11-08 12:00:00
\.

COPY public.rollup_channel_authors (channel_id, author_id) FROM stdin;
1000	82
1002	80
1002	81
\.

COPY public.rollup_channel_hours (channel_id, hour, messages, deleted, in_threads, authors) FROM stdin;
1000	2026-11-08 12:00:00	1	0	0	1
1000	2026-11-11 12:00:00	0	1	0	0
1002	2026-11-10 12:00:00	2	0	2	2
\.

COPY public.rollup_channels (channel_id, messages, deleted, in_threads, users, first_hour, last_hour) FROM stdin;
1000	1	1	0	1	2026-11-08 12:00:00	2026-11-08 12:00:00
1002	2	0	2	2	2026-11-10 12:00:00	2026-11-10 12:00:00
\.

COPY public.rollup_hour_returns (hour, gap, authors) FROM stdin;
2026-11-08 12:00:00	746	1
2026-11-10 12:00:00	746	2
\.

COPY public.rollup_hours (hour, messages, deleted, authors) FROM stdin;
2026-11-08 12:00:00	1	0	1
2026-11-10 12:00:00	2	0	2
2026-11-11 12:00:00	0	1	0
\.

COPY public.rollup_threads (thread_id, opened_by, messages, deleted, replies, first_reply_at, last_message_at) FROM stdin;
175928847299117063	80	2	0	1	2026-11-10 12:05:00	2026-11-10 12:05:00
\.

COPY public.threads (id, parent_channel_id, created_at, name, archived, auto_archive_duration, locked, type, owner_id, archived_at, deleted, applied_tags) FROM stdin;
175928847299117063	1002	2016-04-30 11:18:25	How?	f	1440	f	public_thread	80	\N	f	{5,6}
\.

COPY public.users (id, name, avatar_hash, joined_at, created_at, is_staff, bot, in_guild, public_flags, pending, guild_avatar_hash, left_at) FROM stdin;
80	ada	\N	2026-11-01 00:00:00	2015-01-01 00:00:00	f	f	t	{"staff": true}	f	\N	\N
81	grace	\N	2026-11-02 00:00:00	2015-01-01 00:00:00	t	f	t	\N	f	\N	\N
82	left	\N	2026-11-03 00:00:00	2015-01-01 00:00:00	f	f	f	\N	f	\N	2026-11-09 00:00:00
\.

SELECT pg_catalog.setval('metricity.coverage_id_seq', 4, true);

SELECT pg_catalog.setval('public.member_events_id_seq', 4, true);

ALTER TABLE ONLY metricity.metricity_migrations
    ADD CONSTRAINT "PK_metricity_migrations" PRIMARY KEY ("MigrationId");

ALTER TABLE ONLY metricity.coverage_channels
    ADD CONSTRAINT coverage_channels_pkey PRIMARY KEY (coverage_id, channel_id, part);

ALTER TABLE ONLY metricity.coverage
    ADD CONSTRAINT coverage_pkey PRIMARY KEY (id);

ALTER TABLE ONLY metricity.guilds
    ADD CONSTRAINT guilds_pkey PRIMARY KEY (guild_id);

ALTER TABLE ONLY metricity.guilds
    ADD CONSTRAINT guilds_schema_name_key UNIQUE (schema_name);

ALTER TABLE ONLY metricity.identifies
    ADD CONSTRAINT identifies_pkey PRIMARY KEY (shard_id, shard_count);

ALTER TABLE ONLY metricity.identify_budget
    ADD CONSTRAINT identify_budget_pkey PRIMARY KEY (id);

ALTER TABLE ONLY metricity.positions
    ADD CONSTRAINT positions_pkey PRIMARY KEY (shard_id, shard_count);

ALTER TABLE ONLY public.metricity_migrations
    ADD CONSTRAINT "PK_metricity_migrations" PRIMARY KEY ("MigrationId");

ALTER TABLE ONLY public.categories
    ADD CONSTRAINT categories_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.channels
    ADD CONSTRAINT channels_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.member_events
    ADD CONSTRAINT member_events_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.message_tombstones
    ADD CONSTRAINT message_tombstones_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.messages
    ADD CONSTRAINT messages_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.rollup_author_hours
    ADD CONSTRAINT rollup_author_hours_pkey PRIMARY KEY (author_id, hour, channel_id);

ALTER TABLE ONLY public.rollup_authors
    ADD CONSTRAINT rollup_authors_pkey PRIMARY KEY (author_id);

ALTER TABLE ONLY public.rollup_channel_authors
    ADD CONSTRAINT rollup_channel_authors_pkey PRIMARY KEY (channel_id, author_id);

ALTER TABLE ONLY public.rollup_channel_hours
    ADD CONSTRAINT rollup_channel_hours_pkey PRIMARY KEY (channel_id, hour);

ALTER TABLE ONLY public.rollup_channels
    ADD CONSTRAINT rollup_channels_pkey PRIMARY KEY (channel_id);

ALTER TABLE ONLY public.rollup_hour_returns
    ADD CONSTRAINT rollup_hour_returns_pkey PRIMARY KEY (hour, gap);

ALTER TABLE ONLY public.rollup_hours
    ADD CONSTRAINT rollup_hours_pkey PRIMARY KEY (hour);

ALTER TABLE ONLY public.rollup_threads
    ADD CONSTRAINT rollup_threads_pkey PRIMARY KEY (thread_id);

ALTER TABLE ONLY public.threads
    ADD CONSTRAINT threads_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (id);

CREATE UNIQUE INDEX ix_coverage_channel_id_running ON metricity.coverage USING btree (guild_id, channel_id) WHERE (ended_at IS NULL);

CREATE UNIQUE INDEX ix_coverage_guild_id_running ON metricity.coverage USING btree (guild_id) WHERE ((ended_at IS NULL) AND (channel_id IS NULL));

CREATE INDEX ix_coverage_guild_id_started_at ON metricity.coverage USING btree (guild_id, started_at);

CREATE INDEX ix_member_events_at ON public.member_events USING btree (at);

CREATE UNIQUE INDEX ix_member_events_user_id_at_kind ON public.member_events USING btree (user_id, at, kind);

CREATE INDEX ix_messages_author_id ON public.messages USING btree (author_id);

CREATE INDEX ix_messages_channel_id ON public.messages USING btree (channel_id);

CREATE INDEX ix_messages_created_at ON public.messages USING btree (created_at);

CREATE INDEX ix_messages_thread_id ON public.messages USING btree (thread_id);

CREATE INDEX ix_rollup_author_hours_hour ON public.rollup_author_hours USING brin (hour) WITH (pages_per_range='16');

CREATE INDEX ix_rollup_channel_hours_hour ON public.rollup_channel_hours USING brin (hour) WITH (pages_per_range='16');

CREATE INDEX ix_threads_type ON public.threads USING btree (type);

CREATE TRIGGER rollup_messages_delete AFTER DELETE ON public.messages REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION public.rollup_on_messages();

CREATE TRIGGER rollup_messages_insert AFTER INSERT ON public.messages REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION public.rollup_on_messages();

CREATE TRIGGER rollup_messages_truncate AFTER TRUNCATE ON public.messages FOR EACH STATEMENT EXECUTE FUNCTION public.rollup_on_messages();

CREATE TRIGGER rollup_messages_update AFTER UPDATE ON public.messages REFERENCING OLD TABLE AS removed NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION public.rollup_on_messages();

CREATE TRIGGER rollup_threads_update AFTER UPDATE ON public.threads REFERENCING OLD TABLE AS removed NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION public.rollup_on_threads();

ALTER TABLE ONLY metricity.coverage_channels
    ADD CONSTRAINT coverage_channels_coverage_id_fkey FOREIGN KEY (coverage_id) REFERENCES metricity.coverage(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.channels
    ADD CONSTRAINT channels_category_id_fkey FOREIGN KEY (category_id) REFERENCES public.categories(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.member_events
    ADD CONSTRAINT member_events_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.messages
    ADD CONSTRAINT messages_author_id_fkey FOREIGN KEY (author_id) REFERENCES public.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.messages
    ADD CONSTRAINT messages_channel_id_fkey FOREIGN KEY (channel_id) REFERENCES public.channels(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.messages
    ADD CONSTRAINT messages_thread_id_fkey FOREIGN KEY (thread_id) REFERENCES public.threads(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.threads
    ADD CONSTRAINT threads_parent_channel_id_fkey FOREIGN KEY (parent_channel_id) REFERENCES public.channels(id) ON DELETE CASCADE;

GRANT USAGE ON SCHEMA insights TO metricity_reader;
GRANT USAGE ON SCHEMA insights TO metricity_analyst;

GRANT USAGE ON SCHEMA public TO metricity_analyst;

REVOKE ALL ON FUNCTION insights.activity(since timestamp without time zone, until timestamp without time zone, zone text, step text, channel text) FROM PUBLIC;
GRANT ALL ON FUNCTION insights.activity(since timestamp without time zone, until timestamp without time zone, zone text, step text, channel text) TO metricity_reader;
GRANT ALL ON FUNCTION insights.activity(since timestamp without time zone, until timestamp without time zone, zone text, step text, channel text) TO metricity_analyst;

REVOKE ALL ON FUNCTION insights.channel_activity(since timestamp without time zone, until timestamp without time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION insights.channel_activity(since timestamp without time zone, until timestamp without time zone) TO metricity_reader;
GRANT ALL ON FUNCTION insights.channel_activity(since timestamp without time zone, until timestamp without time zone) TO metricity_analyst;

REVOKE ALL ON FUNCTION insights.channel_totals() FROM PUBLIC;
GRANT ALL ON FUNCTION insights.channel_totals() TO metricity_reader;
GRANT ALL ON FUNCTION insights.channel_totals() TO metricity_analyst;

REVOKE ALL ON FUNCTION insights.coverage(since timestamp without time zone, until timestamp without time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION insights.coverage(since timestamp without time zone, until timestamp without time zone) TO metricity_reader;
GRANT ALL ON FUNCTION insights.coverage(since timestamp without time zone, until timestamp without time zone) TO metricity_analyst;

REVOKE ALL ON FUNCTION insights.hours_by_period(since timestamp without time zone, until timestamp without time zone, zone text, step text) FROM PUBLIC;
GRANT ALL ON FUNCTION insights.hours_by_period(since timestamp without time zone, until timestamp without time zone, zone text, step text) TO metricity_reader;
GRANT ALL ON FUNCTION insights.hours_by_period(since timestamp without time zone, until timestamp without time zone, zone text, step text) TO metricity_analyst;

REVOKE ALL ON FUNCTION insights.hours_of_day(since timestamp without time zone, until timestamp without time zone, zone text) FROM PUBLIC;
GRANT ALL ON FUNCTION insights.hours_of_day(since timestamp without time zone, until timestamp without time zone, zone text) TO metricity_reader;
GRANT ALL ON FUNCTION insights.hours_of_day(since timestamp without time zone, until timestamp without time zone, zone text) TO metricity_analyst;

REVOKE ALL ON FUNCTION insights.joins_and_leaves(since timestamp without time zone, until timestamp without time zone, zone text, step text) FROM PUBLIC;
GRANT ALL ON FUNCTION insights.joins_and_leaves(since timestamp without time zone, until timestamp without time zone, zone text, step text) TO metricity_reader;
GRANT ALL ON FUNCTION insights.joins_and_leaves(since timestamp without time zone, until timestamp without time zone, zone text, step text) TO metricity_analyst;

REVOKE ALL ON FUNCTION insights.member_activity(since timestamp without time zone, until timestamp without time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION insights.member_activity(since timestamp without time zone, until timestamp without time zone) TO metricity_reader;
GRANT ALL ON FUNCTION insights.member_activity(since timestamp without time zone, until timestamp without time zone) TO metricity_analyst;

REVOKE ALL ON FUNCTION insights.newcomers(days integer) FROM PUBLIC;
GRANT ALL ON FUNCTION insights.newcomers(days integer) TO metricity_reader;
GRANT ALL ON FUNCTION insights.newcomers(days integer) TO metricity_analyst;

REVOKE ALL ON FUNCTION insights.periods(since timestamp without time zone, until timestamp without time zone, zone text, step text) FROM PUBLIC;
GRANT ALL ON FUNCTION insights.periods(since timestamp without time zone, until timestamp without time zone, zone text, step text) TO metricity_reader;
GRANT ALL ON FUNCTION insights.periods(since timestamp without time zone, until timestamp without time zone, zone text, step text) TO metricity_analyst;

GRANT SELECT ON TABLE public.channels TO metricity_analyst;

GRANT SELECT ON TABLE public.rollup_threads TO metricity_analyst;

GRANT SELECT ON TABLE public.threads TO metricity_analyst;

GRANT SELECT ON TABLE public.users TO metricity_analyst;

GRANT SELECT ON TABLE insights.thread_summary TO metricity_reader;
GRANT SELECT ON TABLE insights.thread_summary TO metricity_analyst;

REVOKE ALL ON FUNCTION insights.threads(since timestamp without time zone, until timestamp without time zone, channel text) FROM PUBLIC;
GRANT ALL ON FUNCTION insights.threads(since timestamp without time zone, until timestamp without time zone, channel text) TO metricity_reader;
GRANT ALL ON FUNCTION insights.threads(since timestamp without time zone, until timestamp without time zone, channel text) TO metricity_analyst;

REVOKE ALL ON FUNCTION insights.threads_by_period(since timestamp without time zone, until timestamp without time zone, zone text, step text, channel text, only_help boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION insights.threads_by_period(since timestamp without time zone, until timestamp without time zone, zone text, step text, channel text, only_help boolean) TO metricity_reader;
GRANT ALL ON FUNCTION insights.threads_by_period(since timestamp without time zone, until timestamp without time zone, zone text, step text, channel text, only_help boolean) TO metricity_analyst;

REVOKE ALL ON FUNCTION insights.user_activity(member text, since timestamp without time zone, until timestamp without time zone, zone text, step text) FROM PUBLIC;
GRANT ALL ON FUNCTION insights.user_activity(member text, since timestamp without time zone, until timestamp without time zone, zone text, step text) TO metricity_reader;
GRANT ALL ON FUNCTION insights.user_activity(member text, since timestamp without time zone, until timestamp without time zone, zone text, step text) TO metricity_analyst;

REVOKE ALL ON FUNCTION insights.user_channels(member text, since timestamp without time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION insights.user_channels(member text, since timestamp without time zone) TO metricity_reader;
GRANT ALL ON FUNCTION insights.user_channels(member text, since timestamp without time zone) TO metricity_analyst;

REVOKE ALL ON FUNCTION insights.week_pattern(since timestamp without time zone, until timestamp without time zone, zone text) FROM PUBLIC;
GRANT ALL ON FUNCTION insights.week_pattern(since timestamp without time zone, until timestamp without time zone, zone text) TO metricity_reader;
GRANT ALL ON FUNCTION insights.week_pattern(since timestamp without time zone, until timestamp without time zone, zone text) TO metricity_analyst;

GRANT SELECT ON TABLE public.member_events TO metricity_analyst;

GRANT SELECT ON TABLE insights.activity_by_day TO metricity_reader;
GRANT SELECT ON TABLE insights.activity_by_day TO metricity_analyst;

GRANT SELECT ON TABLE insights.activity_by_hour TO metricity_reader;
GRANT SELECT ON TABLE insights.activity_by_hour TO metricity_analyst;

GRANT SELECT ON TABLE insights.channel_summary TO metricity_reader;
GRANT SELECT ON TABLE insights.channel_summary TO metricity_analyst;

GRANT SELECT ON TABLE public.metricity_migrations TO metricity_analyst;

GRANT SELECT ON TABLE public.coverage TO metricity_analyst;

GRANT SELECT ON TABLE insights.coverage_gaps TO metricity_reader;
GRANT SELECT ON TABLE insights.coverage_gaps TO metricity_analyst;

GRANT SELECT ON TABLE insights.hours_of_day TO metricity_reader;
GRANT SELECT ON TABLE insights.hours_of_day TO metricity_analyst;

GRANT SELECT ON TABLE insights.joins_and_leaves_by_day TO metricity_reader;
GRANT SELECT ON TABLE insights.joins_and_leaves_by_day TO metricity_analyst;

GRANT SELECT ON TABLE public.rollup_author_hours TO metricity_analyst;

GRANT SELECT ON TABLE public.rollup_authors TO metricity_analyst;

GRANT SELECT ON TABLE insights.member_summary TO metricity_reader;
GRANT SELECT ON TABLE insights.member_summary TO metricity_analyst;

GRANT SELECT ON TABLE insights.quiet_channels TO metricity_reader;
GRANT SELECT ON TABLE insights.quiet_channels TO metricity_analyst;

GRANT SELECT ON TABLE insights.recent_newcomers TO metricity_reader;
GRANT SELECT ON TABLE insights.recent_newcomers TO metricity_analyst;

GRANT SELECT ON TABLE insights.retention_by_month TO metricity_reader;
GRANT SELECT ON TABLE insights.retention_by_month TO metricity_analyst;

GRANT SELECT ON TABLE insights.threads_by_month TO metricity_reader;
GRANT SELECT ON TABLE insights.threads_by_month TO metricity_analyst;

GRANT SELECT ON TABLE public.categories TO metricity_analyst;

GRANT SELECT ON TABLE public.coverage_by_hour TO metricity_analyst;

GRANT SELECT ON TABLE public.coverage_by_day TO metricity_analyst;

GRANT SELECT ON TABLE public.coverage_channels TO metricity_analyst;

GRANT SELECT ON TABLE public.message_tombstones TO metricity_analyst;

GRANT SELECT ON TABLE public.messages TO metricity_analyst;

GRANT SELECT ON TABLE public.rollup_channel_authors TO metricity_analyst;

GRANT SELECT ON TABLE public.rollup_channel_hours TO metricity_analyst;

GRANT SELECT ON TABLE public.rollup_channels TO metricity_analyst;

GRANT SELECT ON TABLE public.rollup_hour_returns TO metricity_analyst;

GRANT SELECT ON TABLE public.rollup_hours TO metricity_analyst;

-- PostgreSQL database dump complete

