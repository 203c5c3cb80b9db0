using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Metricity.Migrations.State;

/// <summary>What is left of Discord's budget of session starts, and when each shard last used it: for all processes, over restarts.</summary>
[DbContext(typeof(StateContext))]
[Migration("20261122080100_identify_budget")]
internal sealed class IdentifyBudget : Migration
{
    private const string UpSql =
        """
        create table identify_budget (
            id boolean not null default true,
            total integer not null,
            remaining integer not null,
            resets_at timestamptz not null,
            constraint identify_budget_pkey primary key (id),
            constraint identify_budget_one_row check (id)
        );
        create table identifies (
            shard_id integer not null,
            shard_count integer not null,
            bucket integer not null,
            identified_at timestamptz not null,
            session_before varchar,
            fruitless integer not null default 0,
            constraint identifies_pkey primary key (shard_id, shard_count)
        );

        comment on table identify_budget is 'Session starts (IDENTIFY) that Discord still allows the bot; one row';
        comment on column identify_budget.total is 'Allowed in a day';
        comment on column identify_budget.remaining is 'Left until resets_at; the lower of what Discord told and what we counted';
        comment on column identify_budget.resets_at is 'When the count starts anew';
        comment on table identifies is 'The last session start (IDENTIFY) of each shard; written before it is sent';
        comment on column identifies.bucket is 'Shards of one bucket keep 5 seconds between their session starts';
        comment on column identifies.identified_at is 'When it was about to be sent';
        comment on column identifies.session_before is 'positions.session_id at that time: still the same means that nothing came of it';
        comment on column identifies.fruitless is 'Session starts in a row, before this one, of which no event was ever committed';
        """;

    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.Sql(UpSql);
    }

    protected override void Down(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.Sql("drop table identifies; drop table identify_budget;");
    }
}
