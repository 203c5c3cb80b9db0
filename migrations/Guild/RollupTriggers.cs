namespace Metricity.Migrations.Guild;

/// <summary>
/// What sets the functions of <see cref="RollupFunctions"/> going, and what makes all counts anew. Part of the migration
/// <see cref="Rollups"/>: once released it is never edited.
/// </summary>
internal static class RollupTriggers
{
    // Old rows may have no time of their own; the id tells it.
    private const string Hour =
        "date_trunc('hour', coalesce(created_at, timestamp '2015-01-01' + (id::bigint >> 22) * interval '1 ms'))";

    // Before and after it: which rows count, with which sign. The transition tables of a statement do not all exist.
    private const string CountUpToRows =
        $"""
                select array_agg(author_id), array_agg(hour), array_agg(channel_id), array_agg(messages), array_agg(deleted),
                    array_agg(in_threads)
                into authors, hours, channels, more_messages, more_deleted, more_in_threads
                from (
                    select author_id::bigint as author_id, {Hour} as hour,
                        channel_id::bigint as channel_id, sum(sign * (not is_deleted)::integer) as messages,
                        sum(sign * is_deleted::integer) as deleted,
                        sum(sign * (not is_deleted and thread_id is not null)::integer) as in_threads
                    from (
        """;

    private const string CountFromRows =
        """
        ) as m
                    group by 1, 2, 3
                ) as d
                where messages <> 0 or deleted <> 0 or in_threads <> 0;
        """;

    // One call for a statement, whatever it changed: 2,000 messages in one insert cost one look at each of their hours and authors.
    public const string Sql =
        $"""
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
        {CountUpToRows}select *, 1 as sign from added{CountFromRows}
            elsif tg_op = 'UPDATE' then
        {CountUpToRows}select *, 1 as sign from added union all select *, -1 from removed{CountFromRows}
            else
        {CountUpToRows}select *, -1 as sign from removed{CountFromRows}
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
        """;

    public const string RebuildSql =
        $"""
        create function rollup_rebuild() returns void language plpgsql
        set search_path from current set work_mem = '128MB' as $$
        begin
            perform rollup_empty();

            -- In the order of time, so that a block range index over the hours leaves most of the table out.
            insert into rollup_author_hours (author_id, hour, channel_id, messages, deleted)
            select author_id::bigint, hour, channel_id::bigint, count(*) filter (where not is_deleted), count(*) filter (where is_deleted)
            from (
                select author_id, channel_id, is_deleted, {Hour} as hour
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
                select channel_id::bigint as channel_id, {Hour} as hour, count(*) as in_threads
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
        """;
}
