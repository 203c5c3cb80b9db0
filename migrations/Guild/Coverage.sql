-- The ledger as a guild's admins see it: views on the rows of this guild alone. The schema is found by the identity of its own table, so
-- that renaming the schema breaks nothing.

create view coverage as
with guild as (
    select g.guild_id,
        (select max(p.received_at) from metricity.positions p
         where (g.guild_id::bigint >> 22) % p.shard_count = p.shard_id) as received_at
    from metricity.guilds g
    join pg_namespace n on n.nspname = g.schema_name
    join pg_class c on c.relnamespace = n.oid
    where c.oid = 'metricity_migrations'::regclass
)
select c.id,
    c.started_at at time zone 'UTC' as started_at,
    case
        when c.ended_at is not null then c.ended_at
        when c.kind = 'gap' then now()
        else greatest(c.started_at, g.received_at)
    end at time zone 'UTC' as ended_at,
    c.ended_at is null as goes_on,
    case
        when c.kind in ('live', 'resumed') then c.kind
        when c.kind = 'gap' then case when c.healed_at is null then 'gap' else 'healed' end
        when c.healed_at is null then 'backfill under way'
        else 'backfilled'
    end as status,
    case c.reason
        when 'session_lost' then 'the connection was lost for too long'
        when 'events_missing' then 'Discord left out events'
        when 'guild_outage' then 'the server was in an outage at Discord'
        when 'bot_removed' then 'the bot was not on the server'
        when 'channel_hidden' then 'the bot could not see the channel'
        else c.reason
    end as reason,
    c.kind in ('live', 'resumed') or (c.healed_at is not null and c.channel_id is null) as is_complete,
    c.channel_id,
    c.checked_from at time zone 'UTC' as deletions_checked_from,
    c.healed_at at time zone 'UTC' as healed_at,
    c.healed_by,
    (select count(*) from metricity.coverage_channels p where p.coverage_id = c.id) as parts,
    (select count(*) from metricity.coverage_channels p where p.coverage_id = c.id and p.state = 'open') as parts_open,
    (select count(*) from metricity.coverage_channels p where p.coverage_id = c.id and p.state = 'unreadable') as parts_unreadable,
    (select coalesce(sum(p.messages), 0) from metricity.coverage_channels p where p.coverage_id = c.id) as messages_fetched,
    (select coalesce(sum(p.vanished), 0) from metricity.coverage_channels p where p.coverage_id = c.id) as deletions_inferred
from metricity.coverage c
join guild g on g.guild_id = c.guild_id;

create view coverage_channels as
select c.id as coverage_id, c.started_at, c.ended_at, p.channel_id, p.parent_id,
    coalesce(t.name, h.name) as name, p.part, p.state, p.reason, p.messages, p.vanished as deletions_inferred,
    p.updated_at at time zone 'UTC' as updated_at
from coverage c
join metricity.coverage_channels p on p.coverage_id = c.id
left join threads t on t.id = p.channel_id
left join channels h on h.id = p.channel_id;

create view coverage_by_hour as
with islands as (
    select min(started_at) as started_at, max(ended_at) as ended_at
    from (
        select started_at, ended_at,
            sum(case when started_at <= reached then 0 else 1 end) over (order by started_at, ended_at, id) as island
        from (
            select id, started_at, ended_at,
                max(ended_at) over (order by started_at, ended_at, id rows between unbounded preceding and 1 preceding) as reached
            from coverage
            where is_complete
        ) as stretches
    ) as marked
    group by island
), hours as (
    select h as hour, least(h + interval '1 hour', now() at time zone 'UTC') as ends
    from (select date_trunc('hour', min(started_at)) as first, now() at time zone 'UTC' as last from coverage) as span,
        generate_series(span.first, span.last, interval '1 hour') as h
)
select h.hour,
    round(least(1, coalesce(sum(
        extract(epoch from least(i.ended_at, h.ends) - greatest(i.started_at, h.hour))::numeric
        / nullif(extract(epoch from h.ends - h.hour)::numeric, 0)) filter (where i.started_at is not null), 0)), 4) as covered
from hours h
left join islands i on i.started_at < h.ends and i.ended_at > h.hour
group by h.hour;

create view coverage_by_day as
select date_trunc('day', hour)::date as day, round(avg(covered), 4) as covered
from coverage_by_hour
group by 1;

comment on view coverage is 'Which times were collected, and which are missing; all times are UTC';
comment on column coverage.ended_at is 'End of the stretch; while it goes on, the time of the last event that was stored';
comment on column coverage.goes_on is 'True for the newest stretch';
comment on column coverage.status is 'live, resumed (replayed by Discord after a break), healed (fetched afterwards), '
    'gap (missing, or not complete yet), backfilled, or backfill under way';
comment on column coverage.reason is 'Why a gap came about';
comment on column coverage.is_complete is 'True when nothing of the whole server is known to be missing';
comment on column coverage.channel_id is 'The one channel, with its threads, that a gap or backfill is about; null = all of them';
comment on column coverage.deletions_checked_from is 'Messages from before this time that were deleted in the gap '
    'still count as there';
comment on column coverage.parts_open is 'Channels and threads that are still to be fetched';
comment on column coverage.parts_unreadable is 'Channels and threads that the bot may not read, see coverage_channels';
comment on column coverage.messages_fetched is 'Messages that Discord listed for the stretch, '
    'those included that were stored before';
comment on column coverage.deletions_inferred is 'Stored messages that Discord no longer listed: marked as deleted, time not known';
comment on view coverage_channels is 'The channels and threads to be fetched for each gap and backfill, and how far each has got';
comment on view coverage_by_hour is 'How much of each hour was collected, 0 to 1: '
    'tells an hour without messages from one not known';
comment on column coverage_by_hour.covered is 'Share of the hour, 0 to 1; of the running hour, of the part that is over';
comment on view coverage_by_day is 'How much of each day was collected, 0 to 1';
