create function coverage(since timestamp default null, until timestamp default null)
returns table (hour timestamp, covered numeric)
language sql stable parallel restricted security definer set search_path from current set jit = off as $$
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

create view coverage_gaps as
select c.started_at, c.ended_at, c.goes_on, c.channel_id, coalesce(h.name, t.name) as channel,
    case c.status when 'gap' then 'open' else c.status end as status, c.reason, c.messages_fetched
from coverage c
left join channels h on h.id = c.channel_id
left join threads t on t.id = c.channel_id
where c.status in ('gap', 'healed')
order by c.started_at desc;

comment on function coverage is 'How much of each hour (UTC) was collected, 0 to 1; null before collecting began';
comment on view coverage_gaps
    is 'Times in which nothing was collected, newest first: healed = fetched afterwards, open = still missing';
comment on column coverage_gaps.goes_on is 'True while it has not ended';
comment on column coverage_gaps.channel_id is 'The one channel it is about; empty = the whole server';
comment on column coverage_gaps.messages_fetched is 'Messages that Discord listed for it afterwards';
