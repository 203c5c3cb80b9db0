-- Discord archives by itself a thread that nobody has written in for auto_archive_duration. The wait says nothing of when the question
-- was settled, so such a thread counts as resolved at its last message. Threads are too few to wait for parallel workers to start.
create view thread_summary as
select t.id as thread_id, t.name as thread, p.id as channel_id, p.name as channel, p.type as channel_type, p.is_staff,
    coalesce(p.type in ('forum', 'media'), false) as is_help, t.type, o.id as opened_by_id, u.name as opened_by, c.created_at,
    coalesce(r.messages, 0) as messages, case when o.id is not null then coalesce(r.replies, 0) end as replies, r.first_reply_at,
    round(extract(epoch from r.first_reply_at - c.created_at)::numeric / 60, 1) as minutes_to_first_reply, r.last_message_at,
    case when t.deleted then 'deleted' when t.archived then 'resolved' else 'open' end as status, e.resolved_at,
    round(extract(epoch from e.resolved_at - c.created_at)::numeric / 60, 1) as minutes_to_resolution, t.locked as is_locked,
    t.applied_tags::text[] as tags
from threads t
join channels p on p.id = t.parent_channel_id
left join rollup_threads r on r.thread_id = t.id::bigint
cross join lateral (
    select coalesce(t.created_at, timestamp '2015-01-01' + (t.id::bigint >> 22) * interval '1 ms') as created_at
) as c
cross join lateral (
    select coalesce(t.owner_id, r.opened_by::varchar) as id
) as o
left join users u on u.id = o.id
cross join lateral (
    select case
        when t.deleted or not t.archived then null
        when t.archived_at is null then r.last_message_at
        when t.archived_at - coalesce(r.last_message_at, c.created_at) >= make_interval(mins => t.auto_archive_duration)
            then coalesce(r.last_message_at, c.created_at)
        else t.archived_at
    end as resolved_at
) as e;

create function threads(since timestamp default null, until timestamp default null, channel text default null)
returns setof thread_summary language plpgsql stable parallel restricted security definer
set search_path from current set jit = off set plan_cache_mode = force_custom_plan set max_parallel_workers_per_gather = 0 as $$
#variable_conflict use_column
begin
    return query
    select * from thread_summary s
    where s.created_at >= coalesce(threads.since, '-infinity') and s.created_at < coalesce(threads.until, 'infinity')
        and (threads.channel is null or s.channel_id = threads.channel)
    order by s.created_at desc;
end
$$;

create view threads_by_month as
select date_trunc('month', s.created_at)::date as month, s.channel_id, s.channel, s.is_help, count(*) as opened,
    count(s.first_reply_at) as answered, round(count(s.first_reply_at)::numeric / count(*), 4) as answered_share,
    count(s.resolved_at) as resolved, round(avg(s.minutes_to_first_reply), 1) as avg_minutes_to_first_reply,
    round((percentile_cont(0.5) within group (order by s.minutes_to_first_reply))::numeric, 1) as median_minutes_to_first_reply,
    round(avg(s.minutes_to_resolution), 1) as avg_minutes_to_resolution,
    round((percentile_cont(0.5) within group (order by s.minutes_to_resolution))::numeric, 1) as median_minutes_to_resolution
from thread_summary s
group by 1, 2, 3, 4
order by 1, 3;

create function threads_by_period(since timestamp default null, until timestamp default null, zone text default 'UTC',
    step text default 'week', channel text default null, only_help boolean default false)
returns table (starts_at timestamptz, period timestamp, opened bigint, answered bigint, answered_share numeric, resolved bigint,
    avg_minutes_to_first_reply numeric, median_minutes_to_first_reply numeric, avg_minutes_to_resolution numeric,
    median_minutes_to_resolution numeric)
language plpgsql stable parallel restricted security definer
set search_path from current set jit = off set plan_cache_mode = force_custom_plan set max_parallel_workers_per_gather = 0 as $$
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

comment on view thread_summary is 'One row for each thread or forum post: who opened it, who answered and when, how it ended';
comment on column thread_summary.thread_id is 'Id of the thread';
comment on column thread_summary.thread is 'Title';
comment on column thread_summary.channel_id is 'Id of the channel that it is in';
comment on column thread_summary.channel is 'Name of the channel that it is in';
comment on column thread_summary.channel_type is 'Kind of that channel';
comment on column thread_summary.is_staff is 'True when that channel is of the staff';
comment on column thread_summary.is_help is 'True for posts in a forum';
comment on column thread_summary.type is 'public_thread, private_thread or news_thread';
comment on column thread_summary.opened_by_id is 'Id of who opened it; empty = not known';
comment on column thread_summary.opened_by is 'Name of who opened it';
comment on column thread_summary.created_at is 'UTC';
comment on column thread_summary.messages is 'Messages that are still there';
comment on column thread_summary.replies is 'Of messages, those by others than who opened it; empty = not known who did';
comment on column thread_summary.first_reply_at is 'First message by another, UTC; empty = nobody answered';
comment on column thread_summary.minutes_to_first_reply is 'From opening to the first reply';
comment on column thread_summary.last_message_at is 'UTC';
comment on column thread_summary.status is 'open, resolved (archived) or deleted';
comment on column thread_summary.resolved_at
    is 'When it was archived, UTC; when Discord did it because nobody wrote, the time of the last message';
comment on column thread_summary.minutes_to_resolution is 'From opening to resolved_at';
comment on column thread_summary.is_locked is 'True when only moderators can reopen it';
comment on column thread_summary.tags is 'Ids of the forum tags on the post';
comment on function threads(timestamp, timestamp, text) is 'The threads opened in a period, of one channel or of all, newest first';
comment on view threads_by_month
    is 'Threads opened in each month (UTC) and channel: how many were answered by others, how long answers and '
    'resolution took';
comment on column threads_by_month.month is 'First day of the month';
comment on column threads_by_month.opened is 'Threads opened';
comment on column threads_by_month.answered is 'Of these, with a message by another than who opened it';
comment on column threads_by_month.answered_share is 'answered / opened, 0 to 1';
comment on column threads_by_month.resolved is 'Of these, archived by now';
comment on column threads_by_month.avg_minutes_to_first_reply is 'Mean';
comment on column threads_by_month.median_minutes_to_first_reply is 'Half of them took less';
comment on column threads_by_month.avg_minutes_to_resolution is 'Mean';
comment on column threads_by_month.median_minutes_to_resolution is 'Half of them took less';
comment on function threads_by_period(timestamp, timestamp, text, text, text, boolean)
    is 'Threads opened by hour, day, week or month of a time zone; of one channel or all; only_help = in forums alone';
