using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Metricity.Migrations.State;

/// <summary>Where the program is in Discord's log, and which guild lives in which schema.</summary>
[DbContext(typeof(StateContext))]
[Migration("20261122060000_program_state")]
internal sealed class ProgramState : Migration
{
    private const string UpSql =
        """
        create table positions (
            shard_id integer not null,
            shard_count integer not null,
            session_id varchar,
            resume_gateway_url varchar,
            sequence bigint,
            epoch bigint not null default 0,
            updated_at timestamptz not null default now(),
            constraint positions_pkey primary key (shard_id, shard_count)
        );
        create table guilds (
            guild_id varchar not null,
            schema_name varchar not null,
            first_seen_at timestamptz not null default now(),
            members_synced_at timestamptz,
            members_requested_at timestamptz,
            constraint guilds_pkey primary key (guild_id),
            constraint guilds_schema_name_key unique (schema_name)
        );

        comment on table positions is 'How far Discord''s event log is stored, one row per shard; committed together with the rows';
        comment on column positions.session_id is 'Gateway session that a restart resumes; null when the next start needs a new one';
        comment on column positions.resume_gateway_url is 'Address that Discord gave for resuming the session';
        comment on column positions.sequence is 'Sequence number of the last event whose rows are committed';
        comment on column positions.epoch is 'Grows with every new owner of the shard, so that an owner that was replaced cannot commit';
        comment on column positions.updated_at is 'When the position was last committed';
        comment on table guilds is 'The guilds that are collected and the schema each one lives in';
        comment on column guilds.schema_name is 'PostgreSQL schema with this guild''s tables';
        comment on column guilds.first_seen_at is 'When Metricity first saw the guild';
        comment on column guilds.members_synced_at is 'When the whole member list was last compared; null when never';
        comment on column guilds.members_requested_at is 'When the member list was last asked for; Discord allows this once in 30 seconds';
        """;

    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.Sql(UpSql);
    }

    protected override void Down(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.Sql("drop table guilds; drop table positions;");
    }
}
