using System.Data;
using FluentMigrator;
using FluentMigrator.Postgres;

namespace Metricity.Migrations.State;

/// <summary>
/// Where the program is in Discord's log, which guild lives in which schema, the coverage ledger (what was collected and how, what is
/// missing, how far the fetching of it has got), and what is left of Discord's budget of session starts: for all processes, over restarts.
/// </summary>
[Migration(20261122060000, "program_state")]
internal sealed class ProgramState : Migration
{
    private const string ChecksSql =
        """
        alter table coverage
            add constraint coverage_kind_check check (kind in ('live', 'resumed', 'gap', 'backfill')),
            add constraint coverage_order_check check (ended_at >= started_at);
        alter table coverage_channels
            add constraint coverage_channels_part_check check (part in ('messages', 'public_threads', 'private_threads')),
            add constraint coverage_channels_state_check check (state in ('open', 'healed', 'unreadable', 'deleted'));
        alter table identify_budget add constraint identify_budget_one_row check (id);
        """;

    /// <summary>The descriptions that earlier builds gave otherwise.</summary>
    public const string LedgerCommentsSql =
        $"""
        comment on column coverage.reason is '{ReasonDescription}';
        comment on column coverage.ended_at is '{EndedDescription}';
        """;

    private const string ReasonDescription = "Of a gap: session_lost, events_missing, guild_outage, bot_removed or channel_hidden";

    private const string EndedDescription =
        "Null while the stretch goes on; a guild has at most one such row, and one for each of its channels";

    public override void Up()
    {
        Create.Table("positions")
            .WithDescription("How far Discord's event log is stored, one row per shard; committed together with the rows")
            .WithColumn("shard_id").AsInt32().PrimaryKey("positions_pkey")
            .WithColumn("shard_count").AsInt32().PrimaryKey("positions_pkey")
            .WithColumn("session_id").AsVarchar().Nullable()
                .WithColumnDescription("Gateway session that a restart resumes; null when the next start needs a new one")
            .WithColumn("resume_gateway_url").AsVarchar().Nullable()
                .WithColumnDescription("Address that Discord gave for resuming the session")
            .WithColumn("sequence").AsInt64().Nullable()
                .WithColumnDescription("Sequence number of the last event whose rows are committed")
            .WithColumn("epoch").AsInt64().NotNullable().WithDefaultValue(0)
                .WithColumnDescription("Grows with every new owner of the shard, so that an owner that was replaced cannot commit")
            .WithColumn("updated_at").AsDateTimeOffset().NotNullable().WithDefault(SystemMethods.CurrentDateTime)
                .WithColumnDescription("When the position was last committed")
            .WithColumn("received_at").AsDateTimeOffset().Nullable()
                .WithColumnDescription("When the newest committed event was received; what comes after it may be lost");

        Create.Table("guilds")
            .WithDescription("The guilds that are collected and the schema each one lives in")
            .WithColumn("guild_id").AsVarchar().PrimaryKey("guilds_pkey")
            .WithColumn("schema_name").AsVarchar().NotNullable()
                .WithColumnDescription("PostgreSQL schema with this guild's tables")
            .WithColumn("first_seen_at").AsDateTimeOffset().NotNullable().WithDefault(SystemMethods.CurrentDateTime)
                .WithColumnDescription("When Metricity first saw the guild")
            .WithColumn("members_synced_at").AsDateTimeOffset().Nullable()
                .WithColumnDescription("When the whole member list was last compared; null when never")
            .WithColumn("members_requested_at").AsDateTimeOffset().Nullable()
                .WithColumnDescription("When the member list was last asked for; Discord allows this once in 30 seconds");
        Create.UniqueConstraint("guilds_schema_name_key").OnTable("guilds").Column("schema_name");

        CreateLedger();
        CreateIdentifyBudget();
        Execute.Sql(ChecksSql);
    }

    public override void Down()
    {
        Delete.Table("identifies");
        Delete.Table("identify_budget");
        Delete.Table("coverage_channels");
        Delete.Table("coverage");
        Delete.Table("guilds");
        Delete.Table("positions");
    }

    private void CreateLedger()
    {
        Create.Table("coverage")
            .WithDescription("For each guild, one row per stretch of time: how it was collected, or that it is missing")
            .WithColumn("id").AsInt64().PrimaryKey("coverage_pkey").Identity()
            .WithColumn("guild_id").AsVarchar().NotNullable()
            .WithColumn("kind").AsVarchar().NotNullable()
                .WithColumnDescription("live = received as it happened; resumed = replayed by Discord after a break; "
                    + "gap = missed; backfill = history fetched on request")
            .WithColumn("reason").AsVarchar().Nullable()
                .WithColumnDescription(ReasonDescription)
            .WithColumn("started_at").AsDateTimeOffset().NotNullable()
            .WithColumn("ended_at").AsDateTimeOffset().Nullable()
                .WithColumnDescription(EndedDescription)
            .WithColumn("session_id").AsVarchar().Nullable()
                .WithColumnDescription("Gateway session in which the stretch began")
            .WithColumn("channel_id").AsVarchar().Nullable()
                .WithColumnDescription("Of a gap or backfill of one channel with its threads; null = the whole guild")
            .WithColumn("checked_from").AsDateTimeOffset().Nullable()
                .WithColumnDescription("Stored messages from here on were compared with Discord's history; "
                    + "older ones that were deleted in the gap are not known to be")
            .WithColumn("planned_at").AsDateTimeOffset().Nullable()
                .WithColumnDescription("When the channels to fetch were last listed; null when not yet")
            .WithColumn("members_synced_at").AsDateTimeOffset().Nullable()
                .WithColumnDescription("When the member list was compared after the gap; null when not yet")
            .WithColumn("healed_at").AsDateTimeOffset().Nullable()
                .WithColumnDescription("When the last channel was fetched; null while something is missing")
            .WithColumn("healed_by").AsVarchar().Nullable()
                .WithColumnDescription("history = fetched channel by channel over Discord's REST interface");
        Create.Index("ix_coverage_guild_id_started_at").OnTable("coverage")
            .OnColumn("guild_id").Ascending().OnColumn("started_at").Ascending();
        Create.Index("ix_coverage_guild_id_running").OnTable("coverage")
            .OnColumn("guild_id").Ascending()
            .WithOptions().Unique().WithOptions().Filter("ended_at is null and channel_id is null");
        Create.Index("ix_coverage_channel_id_running").OnTable("coverage")
            .OnColumn("guild_id").Ascending().OnColumn("channel_id").Ascending()
            .WithOptions().Unique().WithOptions().Filter("ended_at is null");

        Create.Table("coverage_channels")
            .WithDescription("What has to be fetched for a gap or a backfill, and how far each part has got")
            .WithColumn("coverage_id").AsInt64().PrimaryKey("coverage_channels_pkey")
                .ForeignKey("coverage_channels_coverage_id_fkey", "coverage", "id").OnDelete(Rule.Cascade)
            .WithColumn("channel_id").AsVarchar().PrimaryKey("coverage_channels_pkey")
                .WithColumnDescription("Channel or thread")
            .WithColumn("part").AsVarchar().PrimaryKey("coverage_channels_pkey")
                .WithColumnDescription("messages of the channel or thread, or the list of its archived threads")
            .WithColumn("parent_id").AsVarchar().Nullable()
                .WithColumnDescription("Parent channel of a thread; null for a channel")
            .WithColumn("state").AsVarchar().NotNullable().WithDefaultValue("open")
                .WithColumnDescription("open = to be fetched; healed = complete; unreadable = see reason; deleted = gone")
            .WithColumn("reason").AsVarchar().Nullable()
                .WithColumnDescription("Why it cannot be read")
            .WithColumn("cursor").AsVarchar().Nullable()
                .WithColumnDescription("Where to go on: message id, archive time or thread id; null = from the start")
            .WithColumn("pages").AsInt32().NotNullable().WithDefaultValue(0)
                .WithColumnDescription("Pages fetched and stored")
            .WithColumn("messages").AsInt32().NotNullable().WithDefaultValue(0)
                .WithColumnDescription("Messages on these pages")
            .WithColumn("vanished").AsInt32().NotNullable().WithDefaultValue(0)
                .WithColumnDescription("Stored messages that history no longer listed; marked as deleted without a time")
            .WithColumn("updated_at").AsDateTimeOffset().NotNullable().WithDefault(SystemMethods.CurrentDateTime);
    }

    private void CreateIdentifyBudget()
    {
        Create.Table("identify_budget")
            .WithDescription("Session starts (IDENTIFY) that Discord still allows the bot; one row")
            .WithColumn("id").AsBoolean().PrimaryKey("identify_budget_pkey").WithDefaultValue(true)
            .WithColumn("total").AsInt32().NotNullable()
                .WithColumnDescription("Allowed in a day")
            .WithColumn("remaining").AsInt32().NotNullable()
                .WithColumnDescription("Left until resets_at; the lower of what Discord told and what we counted")
            .WithColumn("resets_at").AsDateTimeOffset().NotNullable()
                .WithColumnDescription("When the count starts anew");

        Create.Table("identifies")
            .WithDescription("The last session start (IDENTIFY) of each shard; written before it is sent")
            .WithColumn("shard_id").AsInt32().PrimaryKey("identifies_pkey")
            .WithColumn("shard_count").AsInt32().PrimaryKey("identifies_pkey")
            .WithColumn("bucket").AsInt32().NotNullable()
                .WithColumnDescription("Shards of one bucket keep 5 seconds between their session starts")
            .WithColumn("identified_at").AsDateTimeOffset().NotNullable()
                .WithColumnDescription("When it was about to be sent")
            .WithColumn("session_before").AsVarchar().Nullable()
                .WithColumnDescription("positions.session_id at that time: still the same means that nothing came of it")
            .WithColumn("fruitless").AsInt32().NotNullable().WithDefaultValue(0)
                .WithColumnDescription("Session starts in a row, before this one, of which no event was ever committed");
    }
}
