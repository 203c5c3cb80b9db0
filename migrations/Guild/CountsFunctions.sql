-- rollup_apply takes what changes, each author, hour and channel once. Most of it lands in one row of rollup_author_hours; the tables of
-- who was active change only when such a row begins or ends to hold a message that is there. Where nothing is taken away, an hour after the
-- author's last one needs no look at others. rollup_turn takes the other authors' hours that changed, and moves the gaps before them and
-- before the next active hour; rollup_lose takes the authors' channels that may have lost their last message. No statement joins what it
-- unnests: after five calls PostgreSQL plans without knowing how long the arrays are, and would compare everything with everything.

create function rollup_lock() returns void language plpgsql set search_path from current as $$
begin
    -- One writer of a guild's counts at a time: what is read below must not change until it is written. The key is the table's own.
    perform pg_advisory_xact_lock(1380995148, 'rollup_hours'::regclass::oid::integer);
end
$$;

create function rollup_empty() returns void language plpgsql set search_path from current as $$
begin
    perform rollup_lock();
    truncate rollup_hours, rollup_hour_returns, rollup_channel_hours, rollup_channels, rollup_author_hours, rollup_channel_authors,
        rollup_authors, rollup_threads;
end
$$;

create function rollup_turn(author_ids bigint[], hours timestamp[], active boolean[]) returns void
language plpgsql set search_path from current as $$
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

create function rollup_lose(author_ids bigint[], channel_ids bigint[]) returns void
language plpgsql set search_path from current as $$
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

create function rollup_apply(author_ids bigint[], hours timestamp[], channel_ids bigint[],
    more_messages integer[], more_deleted integer[], more_in_threads integer[]) returns void
language plpgsql set search_path from current as $$
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

-- Who opened a thread is its owner; where an old row has none, the author of the message with the thread's own id.
create function rollup_recount_threads(thread_ids bigint[]) returns void
language plpgsql set search_path from current as $$
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
