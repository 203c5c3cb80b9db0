-- One call for a statement, whatever it changed: 2,000 messages in one insert cost one look at each of their hours and authors. The
-- transition tables of a statement do not all exist. Old rows may have no time of their own; the id tells it.

create function rollup_on_messages() returns trigger language plpgsql set search_path from current as $$
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
            select author_id::bigint as author_id,
                date_trunc('hour', coalesce(created_at, timestamp '2015-01-01' + (id::bigint >> 22) * interval '1 ms')) as hour,
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
            select author_id::bigint as author_id,
                date_trunc('hour', coalesce(created_at, timestamp '2015-01-01' + (id::bigint >> 22) * interval '1 ms')) as hour,
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
            select author_id::bigint as author_id,
                date_trunc('hour', coalesce(created_at, timestamp '2015-01-01' + (id::bigint >> 22) * interval '1 ms')) as hour,
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

create trigger rollup_messages_insert after insert on messages
    referencing new table as added for each statement execute function rollup_on_messages();
create trigger rollup_messages_update after update on messages
    referencing new table as added old table as removed for each statement execute function rollup_on_messages();
create trigger rollup_messages_delete after delete on messages
    referencing old table as removed for each statement execute function rollup_on_messages();
create trigger rollup_messages_truncate after truncate on messages
    for each statement execute function rollup_on_messages();

create function rollup_on_threads() returns trigger language plpgsql set search_path from current as $$
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

create trigger rollup_threads_update after update on threads
    referencing new table as added old table as removed for each statement execute function rollup_on_threads();
