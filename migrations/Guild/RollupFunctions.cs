namespace Metricity.Migrations.Guild;

/// <summary>The functions behind the triggers of <see cref="Rollups"/>. Part of that migration: once released it is never edited.</summary>
internal static class RollupFunctions
{
    /// <summary>
    /// <c>rollup_apply</c> takes what changes, each author, hour and channel once. Most of it lands in one row of
    /// <c>rollup_author_hours</c>; the tables of who was active change only when such a row begins or ends to hold a message that is there.
    /// <c>rollup_turn</c> takes the authors' hours that did, and moves the gaps before them and before the next active hour.
    /// </summary>
    public const string CountSql =
        """
        create function rollup_lock() returns void language plpgsql set search_path from current as $$
        begin
            -- One writer of a guild's counts at a time: what is read below must not change until it is written. The key is the table's own.
            perform pg_advisory_xact_lock(1380995148, 'rollup_hours'::regclass::oid::integer);
        end
        $$;

        create function rollup_turn(author_ids bigint[], hours timestamp[], active boolean[]) returns void
        language plpgsql set search_path from current as $$
        begin
            with turns as (
                select * from unnest(author_ids, hours, active) as f (author_id, hour, active)
            ), touched as (
                select author_id, hour from turns
                union
                select f.author_id, n.hour
                from turns f
                cross join lateral (
                    select t.hour from rollup_author_hours t
                    where t.author_id = f.author_id and t.hour > f.hour and t.hour <= f.hour + interval '24 hours' and t.messages > 0
                    order by t.hour limit 1
                ) as n
            ), gaps as (
                select c.author_id, c.hour, coalesce(f.active, true) as is_active, not coalesce(f.active, false) as was_active,
                    (select max(t.hour) from rollup_author_hours t
                     where t.author_id = c.author_id and t.hour >= c.hour - interval '24 hours' and t.hour < c.hour
                        and t.messages > 0) as last,
                    greatest((select max(t.hour) from rollup_author_hours t
                        where t.author_id = c.author_id and t.hour >= c.hour - interval '24 hours' and t.hour < c.hour and t.messages > 0
                            and (t.author_id, t.hour) not in (select b.author_id, b.hour from turns b where b.active)),
                        (select max(e.hour) from turns e
                         where not e.active and e.author_id = c.author_id and e.hour >= c.hour - interval '24 hours'
                            and e.hour < c.hour)) as last_before
                from touched c
                left join turns f on f.author_id = c.author_id and f.hour = c.hour
            ), moves as (
                select hour, coalesce(extract(epoch from hour - last) / 3600, 25)::smallint as gap, 1 as authors from gaps where is_active
                union all
                select hour, coalesce(extract(epoch from hour - last_before) / 3600, 25)::smallint, -1 from gaps where was_active
            )
            insert into rollup_hour_returns as r (hour, gap, authors)
            select hour, gap, sum(authors) from moves group by hour, gap having sum(authors) <> 0
            order by hour, gap
            on conflict (hour, gap) do update set authors = r.authors + excluded.authors;

            delete from rollup_hour_returns r
            using (select distinct hour from unnest(hours) as f (hour)) as f
            where r.hour >= f.hour and r.hour <= f.hour + interval '24 hours' and r.authors = 0;

            insert into rollup_authors as r (author_id, first_hour, last_hour, hours)
            select author_id, min(hour), max(hour), count(*)
            from unnest(author_ids, hours, active) as f (author_id, hour, active)
            where f.active
            group by author_id
            order by author_id
            on conflict (author_id) do update set
                first_hour = least(r.first_hour, excluded.first_hour),
                last_hour = greatest(r.last_hour, excluded.last_hour),
                hours = r.hours + excluded.hours;

            if false = any(active) then
                with gone as (
                    select author_id, count(*) as hours
                    from unnest(author_ids, hours, active) as f (author_id, hour, active)
                    where not f.active
                    group by author_id
                )
                update rollup_authors r
                set hours = r.hours - g.hours,
                    first_hour = coalesce((select min(t.hour) from rollup_author_hours t
                        where t.author_id = g.author_id and t.messages > 0), r.first_hour),
                    last_hour = coalesce((select max(t.hour) from rollup_author_hours t
                        where t.author_id = g.author_id and t.messages > 0), r.last_hour)
                from gone g
                where r.author_id = g.author_id;

                delete from rollup_authors r
                using unnest(author_ids) as f (author_id)
                where r.author_id = f.author_id and r.hours = 0;
            end if;
        end
        $$;

        create function rollup_apply(author_ids bigint[], hours timestamp[], channel_ids bigint[],
            more_messages integer[], more_deleted integer[], more_in_threads integer[]) returns void
        language plpgsql set search_path from current as $$
        declare
            turn_authors bigint[];
            turn_hours timestamp[];
            turn_active boolean[];
        begin
            with delta as (
                select * from unnest(author_ids, hours, channel_ids, more_messages, more_deleted, more_in_threads)
                    as d (author_id, hour, channel_id, messages, deleted, in_threads)
            ), cells as (
                insert into rollup_author_hours as r (author_id, hour, channel_id, messages, deleted)
                select author_id, hour, channel_id, messages, deleted from delta
                order by author_id, hour, channel_id
                on conflict (author_id, hour, channel_id) do update set
                    messages = r.messages + excluded.messages, deleted = r.deleted + excluded.deleted
                returning author_id, hour, channel_id, messages
            ), flow as (
                select d.*, (c.messages > 0)::integer - (c.messages - d.messages > 0)::integer as active
                from delta d
                join cells c using (author_id, hour, channel_id)
            ), of_channels as (
                insert into rollup_channel_hours as r (channel_id, hour, messages, deleted, in_threads, authors)
                select channel_id, hour, sum(messages), sum(deleted), sum(in_threads), sum(active) from flow
                group by channel_id, hour
                order by channel_id, hour
                on conflict (channel_id, hour) do update set
                    messages = r.messages + excluded.messages, deleted = r.deleted + excluded.deleted,
                    in_threads = r.in_threads + excluded.in_threads, authors = r.authors + excluded.authors
            ), of_pairs as (
                insert into rollup_channel_authors as r (channel_id, author_id, hours)
                select channel_id, author_id, sum(active) from flow
                where active <> 0
                group by channel_id, author_id
                order by channel_id, author_id
                on conflict (channel_id, author_id) do update set hours = r.hours + excluded.hours
            ), authors as materialized (
                select author_id, hour, sum(messages) as messages, sum(deleted) as deleted,
                    count(*) filter (where active > 0) as gained, count(*) filter (where active < 0) as lost
                from flow group by author_id, hour
            ), turns as materialized (
                -- Whoever gains a channel is active now; the look at the others stops at the first. Only who loses one needs them counted.
                select hour, author_id, messages, deleted, case
                    when gained = 0 and lost = 0 then 0
                    when lost = 0 then 1 - exists (
                        select from rollup_author_hours t where t.author_id = s.author_id and t.hour = s.hour and t.messages > 0)::integer
                    else (
                        select (count(*) + s.gained - s.lost > 0)::integer - (count(*) > 0)::integer from rollup_author_hours t
                        where t.author_id = s.author_id and t.hour = s.hour and t.messages > 0)
                    end as turn
                from authors s
            ), of_guild as (
                insert into rollup_hours as r (hour, messages, deleted, authors)
                select hour, sum(messages), sum(deleted), sum(turn) from turns
                group by hour
                order by hour
                on conflict (hour) do update set
                    messages = r.messages + excluded.messages, deleted = r.deleted + excluded.deleted, authors = r.authors + excluded.authors
            )
            select array_agg(author_id), array_agg(hour), array_agg(turn > 0)
            into turn_authors, turn_hours, turn_active
            from turns
            where turn <> 0;

            if turn_authors is not null then
                perform rollup_turn(turn_authors, turn_hours, turn_active);
            end if;

            if 0 > any(more_messages) or 0 > any(more_deleted) then
                -- A moved or removed message can leave nothing behind; a row of zeros would be an answer that the rows do not give.
                delete from rollup_author_hours r
                using unnest(author_ids, hours, channel_ids) as d (author_id, hour, channel_id)
                where (r.author_id, r.hour, r.channel_id) = (d.author_id, d.hour, d.channel_id) and r.messages = 0 and r.deleted = 0;
                delete from rollup_channel_hours r
                using unnest(hours, channel_ids) as d (hour, channel_id)
                where (r.channel_id, r.hour) = (d.channel_id, d.hour) and r.messages = 0 and r.deleted = 0;
                delete from rollup_channel_authors r
                using unnest(author_ids, channel_ids) as d (author_id, channel_id)
                where (r.channel_id, r.author_id) = (d.channel_id, d.author_id) and r.hours = 0;
                delete from rollup_hours r
                using unnest(hours) as d (hour)
                where r.hour = d.hour and r.messages = 0 and r.deleted = 0;
            end if;
        end
        $$;
        """;

    /// <summary>Who opened a thread is its owner or, where an old row has none, the author of the message with the thread's own id.</summary>
    public const string ThreadsSql =
        """
        create function rollup_recount_threads(thread_ids bigint[]) returns void
        language plpgsql set search_path from current as $$
        begin
            delete from rollup_threads r using unnest(thread_ids) as g (id) where r.thread_id = g.id;

            insert into rollup_threads (thread_id, messages, deleted, replies, first_reply_at, last_message_at)
            select t.id::bigint, count(*) filter (where not m.is_deleted), count(*) filter (where m.is_deleted),
                count(*) filter (where not m.is_deleted and m.author_id <> o.id),
                min(m.created_at) filter (where not m.is_deleted and m.author_id <> o.id),
                max(m.created_at) filter (where not m.is_deleted)
            from (select distinct id::varchar as id from unnest(thread_ids) as g (id)) as g
            join threads t on t.id = g.id
            cross join lateral (
                select coalesce(t.owner_id, (select s.author_id from messages s where s.id = t.id and s.thread_id = t.id)) as id
            ) as o
            join messages m on m.thread_id = t.id
            group by t.id;
        end
        $$;
        """;
}
