using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Metricity.Migrations.State;

/// <summary>
/// The coverage ledger: which stretch of time of a guild was collected and how, what is missing, and how far the fetching of it has got.
/// </summary>
[DbContext(typeof(StateContext))]
[Migration("20261122080000_coverage_ledger")]
internal sealed class CoverageLedger : Migration
{
    private const string UpSql =
        """
        alter table positions add column received_at timestamptz;
        update positions set received_at = updated_at where session_id is not null;

        create table coverage (
            id bigint generated always as identity,
            guild_id varchar not null,
            kind varchar not null,
            reason varchar,
            started_at timestamptz not null,
            ended_at timestamptz,
            session_id varchar,
            channel_id varchar,
            checked_from timestamptz,
            planned_at timestamptz,
            members_synced_at timestamptz,
            healed_at timestamptz,
            healed_by varchar,
            constraint coverage_pkey primary key (id),
            constraint coverage_kind_check check (kind in ('live', 'resumed', 'gap', 'backfill')),
            constraint coverage_order_check check (ended_at >= started_at)
        );
        create index ix_coverage_guild_id_started_at on coverage (guild_id, started_at);
        create unique index ix_coverage_guild_id_running on coverage (guild_id) where ended_at is null;

        create table coverage_channels (
            coverage_id bigint not null,
            channel_id varchar not null,
            part varchar not null,
            parent_id varchar,
            state varchar not null default 'open',
            reason varchar,
            cursor varchar,
            pages integer not null default 0,
            messages integer not null default 0,
            vanished integer not null default 0,
            updated_at timestamptz not null default now(),
            constraint coverage_channels_pkey primary key (coverage_id, channel_id, part),
            constraint coverage_channels_coverage_id_fkey foreign key (coverage_id) references coverage (id) on delete cascade,
            constraint coverage_channels_part_check check (part in ('messages', 'public_threads', 'private_threads')),
            constraint coverage_channels_state_check check (state in ('open', 'healed', 'unreadable', 'deleted'))
        );

        comment on column positions.received_at is 'When the newest committed event was received; what comes after it may be lost';
        comment on table coverage is 'For each guild, one row per stretch of time: how it was collected, or that it is missing';
        comment on column coverage.kind is 'live = received as it happened; resumed = replayed by Discord after a break; '
            'gap = missed; backfill = history fetched on request';
        comment on column coverage.reason is 'Of a gap: session_lost, events_missing, guild_outage or bot_removed';
        comment on column coverage.ended_at is 'Null while the stretch goes on; every guild has at most one such row';
        comment on column coverage.session_id is 'Gateway session in which the stretch began';
        comment on column coverage.channel_id is 'The one channel that a backfill is limited to; null = the whole guild';
        comment on column coverage.checked_from is 'Stored messages from here on were compared with Discord''s history; '
            'older ones that were deleted in the gap are not known to be';
        comment on column coverage.planned_at is 'When the channels to fetch were last listed; null when not yet';
        comment on column coverage.members_synced_at is 'When the member list was compared after the gap; null when not yet';
        comment on column coverage.healed_at is 'When the last channel was fetched; null while something is missing';
        comment on column coverage.healed_by is 'history = fetched channel by channel over Discord''s REST interface';
        comment on table coverage_channels is 'What has to be fetched for a gap or a backfill, and how far each part has got';
        comment on column coverage_channels.channel_id is 'Channel or thread';
        comment on column coverage_channels.part is 'messages of the channel or thread, or the list of its archived threads';
        comment on column coverage_channels.parent_id is 'Parent channel of a thread; null for a channel';
        comment on column coverage_channels.state is 'open = to be fetched; healed = complete; unreadable = see reason; deleted = gone';
        comment on column coverage_channels.reason is 'Why it cannot be read';
        comment on column coverage_channels.cursor is 'Where to go on: message id, archive time or thread id; null = from the start';
        comment on column coverage_channels.pages is 'Pages fetched and stored';
        comment on column coverage_channels.messages is 'Messages on these pages';
        comment on column coverage_channels.vanished is 'Stored messages that history no longer listed; marked as deleted without a time';
        """;

    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.Sql(UpSql);
    }

    protected override void Down(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.Sql("drop table coverage_channels; drop table coverage; alter table positions drop column received_at;");
    }
}
