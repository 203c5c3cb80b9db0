using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Metricity.Migrations.Guild;

/// <summary>
/// The schema with the views and functions that answer the admins' questions: <c>insights</c> beside <c>public</c>, <c>NAME_insights</c>
/// beside any other guild's schema. Names are found when a view or function is made; what reads them needs rights to this schema alone.
/// </summary>
[DbContext(typeof(GuildContext))]
[Migration("20261124170100_insights_schema")]
internal sealed class InsightsSchema : Migration
{
    /// <summary>Before the SQL of a later migration: what it creates goes into the schema of views, and finds the tables by name.</summary>
    public const string Enter =
        $"""
        do $enter$
        begin
            perform set_config('search_path', format('%I, %I, pg_temp', {SchemaName.OfViewsSql}, current_schema()), true);
        end
        $enter$;

        """;

    /// <summary>Put after it: the next migration finds the guild's schema first again.</summary>
    public const string Leave =
        """

        do $leave$
        begin
            perform set_config('search_path', quote_ident((current_schemas(false))[2]), true);
        end
        $leave$;
        """;

    private const string UpSql =
        $"""
        do $make$
        begin
            execute format('create schema %I', {SchemaName.OfViewsSql});
        end
        $make$;
        """;

    private const string FunctionsSql =
        """
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
        """;

    private const string DownSql =
        $"""
        do $drop$
        begin
            execute format('drop schema %I cascade', {SchemaName.OfViewsSql});
            if exists (select from pg_roles where rolname = 'metricity_analyst') then
                execute format('revoke all on all tables in schema %I from metricity_analyst', current_schema());
                execute format('revoke all on schema %I from metricity_analyst', current_schema());
            end if;
        end
        $drop$;
        """;

    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.Sql(UpSql);
        migrationBuilder.Sql(Enter + FunctionsSql + Leave);
    }

    protected override void Down(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.Sql(DownSql);
    }
}
