using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Metricity.Migrations.Guild;

/// <summary>The view of the ledger tells in words why a single channel has a gap.</summary>
[DbContext(typeof(GuildContext))]
[Migration("20261124140030_channel_gaps_in_view")]
internal sealed class ChannelGapsInView : Migration
{
    private const string Start =
        """
        create or replace view coverage as
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
        """;

    private const string ChannelHidden =
        """

                when 'channel_hidden' then 'the bot could not see the channel'
        """;

    private const string End =
        """

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
        """;

    private const string CommentSql =
        """

        comment on column coverage.channel_id is 'The one channel, with its threads, that a gap or backfill is about; null = all of them';
        """;

    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.Sql(Start + ChannelHidden + End + CommentSql);
    }

    protected override void Down(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.Sql(Start + End);
    }
}
