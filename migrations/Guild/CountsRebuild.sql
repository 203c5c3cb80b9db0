create function rollup_rebuild() returns void language plpgsql
set search_path from current set work_mem = '128MB' as $$
begin
    perform rollup_empty();

    -- In the order of time, so that a block range index over the hours leaves most of the table out.
    insert into rollup_author_hours (author_id, hour, channel_id, messages, deleted)
    select author_id::bigint, hour, channel_id::bigint, count(*) filter (where not is_deleted), count(*) filter (where is_deleted)
    from (
        select author_id, channel_id, is_deleted,
            date_trunc('hour', coalesce(created_at, timestamp '2015-01-01' + (id::bigint >> 22) * interval '1 ms')) as hour
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
        select channel_id::bigint as channel_id,
            date_trunc('hour', coalesce(created_at, timestamp '2015-01-01' + (id::bigint >> 22) * interval '1 ms')) as hour,
            count(*) as in_threads
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

comment on function rollup_rebuild() is 'Makes all counts of this schema anew from messages; writers wait until it is done';
