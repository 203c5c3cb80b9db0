using FluentMigrator;
using FluentMigrator.Postgres;

namespace Metricity.Migrations.Guild;

/// <summary>
/// Counts of messages that are kept beside the rows, so that questions over years are answered at once. Triggers keep them, whoever writes:
/// the collector, a backfill, a cascade, an administrator (ADR 0011). <c>rollup_rebuild()</c> makes them anew from the rows.
/// </summary>
[Migration(20261124170000, "counts")]
internal sealed class Counts : Migration
{
    private const string StillThere = "Users with a message that is still there";

    // Rows that are written again and again leave room for their next version on the page.
    private const string FillFactorSql =
        """
        alter table rollup_hour_returns set (fillfactor = 80);
        alter table rollup_channel_hours set (fillfactor = 90);
        alter table rollup_channels set (fillfactor = 50);
        alter table rollup_author_hours set (fillfactor = 90);
        alter table rollup_authors set (fillfactor = 80);
        alter table rollup_threads set (fillfactor = 80);
        """;

    private const string DropFunctionsSql =
        """
        drop trigger rollup_messages_insert on messages;
        drop trigger rollup_messages_update on messages;
        drop trigger rollup_messages_delete on messages;
        drop trigger rollup_messages_truncate on messages;
        drop trigger rollup_threads_update on threads;
        drop function rollup_rebuild();
        drop function rollup_on_messages();
        drop function rollup_on_threads();
        drop function rollup_apply(bigint[], timestamp[], bigint[], integer[], integer[], integer[]);
        drop function rollup_turn(bigint[], timestamp[], boolean[]);
        drop function rollup_lose(bigint[], bigint[]);
        drop function rollup_recount_threads(bigint[]);
        drop function rollup_empty();
        drop function rollup_lock();
        """;

    public override void Up()
    {
        CreateGuildAndChannelTables();
        CreateAuthorTables();
        Execute.Sql(FillFactorSql);
        Execute.EmbeddedScript("Guild.CountsFunctions.sql");
        Execute.EmbeddedScript("Guild.CountsTriggers.sql");
        Execute.EmbeddedScript("Guild.CountsRebuild.sql");
        Execute.Sql("do $fill$ begin perform rollup_rebuild(); end $fill$;");
    }

    public override void Down()
    {
        Execute.Sql(DropFunctionsSql);
        Delete.Table("rollup_hours");
        Delete.Table("rollup_hour_returns");
        Delete.Table("rollup_channel_hours");
        Delete.Table("rollup_channels");
        Delete.Table("rollup_author_hours");
        Delete.Table("rollup_channel_authors");
        Delete.Table("rollup_authors");
        Delete.Table("rollup_threads");
    }

    // Ids are bigint here, which takes 8 bytes of what costs 20 as text, twice: in the row and in its key. BI tools see the views alone.
    private void CreateGuildAndChannelTables()
    {
        Create.Table("rollup_hours")
            .WithDescription("Kept by triggers. Messages of an hour (UTC) in the whole guild")
            .WithColumn("hour").AsDateTime().PrimaryKey("rollup_hours_pkey").WithColumnDescription("Start of the hour, UTC")
            .WithColumn("messages").AsInt32().NotNullable().WithColumnDescription("Messages that are still there")
            .WithColumn("deleted").AsInt32().NotNullable().WithColumnDescription("Messages that were deleted since")
            .WithColumn("authors").AsInt32().NotNullable().WithColumnDescription(StillThere);

        Create.Table("rollup_hour_returns")
            .WithDescription("Kept by triggers. The users who wrote in an hour, by how long they had been silent: "
                + "with it the distinct users of a day, week or month in any time zone are a sum")
            .WithColumn("hour").AsDateTime().PrimaryKey("rollup_hour_returns_pkey")
            .WithColumn("gap").AsInt16().PrimaryKey("rollup_hour_returns_pkey")
                .WithColumnDescription("Hours since the hour in which they wrote before, 1 to 745 (a month of 31 days in "
                    + "which clocks are set back); 746 = longer, or never")
            .WithColumn("authors").AsInt32().NotNullable();

        Create.Table("rollup_channel_hours")
            .WithDescription("Kept by triggers. Messages of an hour in a channel, those in its threads included")
            .WithColumn("channel_id").AsInt64().PrimaryKey("rollup_channel_hours_pkey")
            .WithColumn("hour").AsDateTime().PrimaryKey("rollup_channel_hours_pkey")
            .WithColumn("messages").AsInt32().NotNullable()
            .WithColumn("deleted").AsInt32().NotNullable()
            .WithColumn("in_threads").AsInt32().NotNullable().WithColumnDescription("Of messages, those in threads")
            .WithColumn("authors").AsInt32().NotNullable().WithColumnDescription(StillThere);
        Create.Index("ix_rollup_channel_hours_hour").OnTable("rollup_channel_hours")
            .OnColumn("hour").Ascending().WithOptions().UsingBrin().PagesPerRange(16);

        Create.Table("rollup_channels")
            .WithDescription("Kept by triggers. All messages of a channel, those in its threads included")
            .WithColumn("channel_id").AsInt64().PrimaryKey("rollup_channels_pkey")
            .WithColumn("messages").AsInt32().NotNullable()
            .WithColumn("deleted").AsInt32().NotNullable()
            .WithColumn("in_threads").AsInt32().NotNullable()
            .WithColumn("users").AsInt32().NotNullable().WithColumnDescription(StillThere)
            .WithColumn("first_hour").AsDateTime().Nullable().WithColumnDescription("First hour (UTC) with a message that is still there")
            .WithColumn("last_hour").AsDateTime().Nullable().WithColumnDescription("Last hour (UTC) with a message that is still there");

        Create.Table("rollup_threads")
            .WithDescription("Kept by triggers. What happened in a thread")
            .WithColumn("thread_id").AsInt64().PrimaryKey("rollup_threads_pkey")
            .WithColumn("opened_by").AsInt64().Nullable()
                .WithColumnDescription("Its owner; where that is not known, the author of the message that began it")
            .WithColumn("messages").AsInt32().NotNullable()
            .WithColumn("deleted").AsInt32().NotNullable()
            .WithColumn("replies").AsInt32().NotNullable()
                .WithColumnDescription("Of messages, those by others than who opened the thread")
            .WithColumn("first_reply_at").AsDateTime().Nullable()
            .WithColumn("last_message_at").AsDateTime().Nullable();
    }

    private void CreateAuthorTables()
    {
        Create.Table("rollup_author_hours")
            .WithDescription("Kept by triggers. Messages of a user in an hour in a channel, those in its threads included")
            .WithColumn("author_id").AsInt64().PrimaryKey("rollup_author_hours_pkey")
            .WithColumn("hour").AsDateTime().PrimaryKey("rollup_author_hours_pkey")
            .WithColumn("channel_id").AsInt64().PrimaryKey("rollup_author_hours_pkey")
            .WithColumn("messages").AsInt32().NotNullable()
            .WithColumn("deleted").AsInt32().NotNullable();
        Create.Index("ix_rollup_author_hours_hour").OnTable("rollup_author_hours")
            .OnColumn("hour").Ascending().WithOptions().UsingBrin().PagesPerRange(16);

        Create.Table("rollup_channel_authors")
            .WithDescription("Kept by triggers. Who has a message in a channel that is still there")
            .WithColumn("channel_id").AsInt64().PrimaryKey("rollup_channel_authors_pkey")
            .WithColumn("author_id").AsInt64().PrimaryKey("rollup_channel_authors_pkey");

        Create.Table("rollup_authors")
            .WithDescription("Kept by triggers. All messages of a user")
            .WithColumn("author_id").AsInt64().PrimaryKey("rollup_authors_pkey")
            .WithColumn("messages").AsInt32().NotNullable()
            .WithColumn("deleted").AsInt32().NotNullable()
            .WithColumn("channels").AsInt32().NotNullable().WithColumnDescription("Channels with a message that is still there")
            .WithColumn("first_hour").AsDateTime().Nullable().WithColumnDescription("First hour (UTC) with a message that is still there")
            .WithColumn("last_hour").AsDateTime().Nullable().WithColumnDescription("Last hour (UTC) with a message that is still there");
    }
}
