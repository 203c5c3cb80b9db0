using System.Data;
using FluentMigrator;

namespace Metricity.Migrations.Guild;

/// <summary>
/// What Metricity for .NET adds to the original's tables, so that a fresh and an adopted database end equal. No stored row is rewritten:
/// added columns are null or have a constant default.
/// </summary>
[Migration(20261122060100, "guild_tables")]
internal sealed class GuildTables : Migration
{
    // An adopted database may have them.
    private const string OriginalIndexesSql =
        """
        create index if not exists ix_threads_type on threads (type);
        create index if not exists ix_messages_channel_id on messages (channel_id);
        create index if not exists ix_messages_thread_id on messages (thread_id);
        create index if not exists ix_messages_author_id on messages (author_id);
        """;

    private const string MemberEventsSql =
        """
        alter table member_events add constraint member_events_kind_check check (kind in ('join', 'leave', 'rejoin'));
        insert into member_events (user_id, kind, at, inferred)
            select id, 'join', joined_at, true from users order by joined_at, id;
        """;

    private const string UndescribeSql =
        """
        comment on table categories is null;
        comment on table channels is null;
        comment on table threads is null;
        comment on table users is null;
        comment on table messages is null;
        """;

    public override void Up()
    {
        Execute.Sql(OriginalIndexesSql);

        Alter.Table("categories").WithDescription("Channel categories of the guild; times in all tables are UTC");
        Alter.Table("channels").WithDescription("Channels of the guild, deleted ones included")
            .AddColumn("type").AsVarchar().Nullable()
                .WithColumnDescription("Kind of channel, for example text, voice or forum; null when not yet seen");
        Alter.Table("threads").WithDescription("Threads and forum posts, each below its parent channel")
            .AddColumn("owner_id").AsVarchar().Nullable()
                .WithColumnDescription("User who opened the thread; null when not known")
            .AddColumn("archived_at").AsDateTime().Nullable()
                .WithColumnDescription("When the thread was last archived or unarchived; null when not known")
            .AddColumn("deleted").AsBoolean().NotNullable().WithDefaultValue(false)
                .WithColumnDescription("True after the thread was deleted in Discord")
            .AddColumn("applied_tags").AsCustom("varchar[]").Nullable()
                .WithColumnDescription("Ids of the forum tags on the post; null when not known");
        Alter.Table("users").WithDescription("Members of the guild, past ones included, and other authors of messages")
            .AddColumn("left_at").AsDateTime().Nullable()
                .WithColumnDescription("When the member last left; null while in the guild, or when not known");
        Alter.Table("messages").WithDescription("One row per message: who, where, when; never what was written")
            .AddColumn("type").AsInt32().Nullable()
                .WithColumnDescription("Discord's number for the type of message (0 = ordinary, 19 = reply); null when not known")
            .AddColumn("edited_at").AsDateTime().Nullable()
                .WithColumnDescription("When the message was last edited; null when never, or when not known")
            .AddColumn("deleted_at").AsDateTime().Nullable()
                .WithColumnDescription("When the deletion was seen; null when not deleted, or when not known");
        Create.Index("ix_messages_created_at").OnTable("messages").OnColumn("created_at").Ascending();

        Create.Table("member_events").WithDescription("One row for each time a member joined, left or came back")
            .WithColumn("id").AsInt64().PrimaryKey("member_events_pkey").Identity()
            .WithColumn("user_id").AsVarchar().NotNullable()
                .ForeignKey("member_events_user_id_fkey", "users", "id").OnDelete(Rule.Cascade)
                .WithColumnDescription("The member, see users")
            .WithColumn("kind").AsVarchar().NotNullable()
                .WithColumnDescription("join, leave or rejoin")
            .WithColumn("at").AsDateTime().NotNullable()
                .WithColumnDescription("When it happened, or when it was found out if inferred is true")
            .WithColumn("inferred").AsBoolean().NotNullable().WithDefaultValue(false)
                .WithColumnDescription("True when found by comparing member lists, false when seen live")
            .WithColumn("earliest").AsDateTime().Nullable()
                .WithColumnDescription("Of an inferred event: it happened no earlier; null when at is exact, or when not known")
            .WithColumn("latest").AsDateTime().Nullable()
                .WithColumnDescription("Of an inferred event: it happened no later; null when at is exact, or when not known");
        Create.Index("ix_member_events_user_id_at_kind").OnTable("member_events")
            .OnColumn("user_id").Ascending().OnColumn("at").Ascending().OnColumn("kind").Ascending().WithOptions().Unique();
        Create.Index("ix_member_events_at").OnTable("member_events").OnColumn("at").Ascending();
        Execute.Sql(MemberEventsSql);

        Create.Table("message_tombstones")
            .WithDescription("Deletions that arrived before their message; such a message is stored as deleted")
            .WithColumn("id").AsVarchar().PrimaryKey("message_tombstones_pkey")
                .WithColumnDescription("Id of the message that is not stored yet")
            .WithColumn("deleted_at").AsDateTime().NotNullable()
                .WithColumnDescription("When the deletion was seen");
    }

    public override void Down()
    {
        Delete.Table("message_tombstones");
        Delete.Table("member_events");
        Delete.Index("ix_messages_created_at").OnTable("messages");
        Delete.Column("type").Column("edited_at").Column("deleted_at").FromTable("messages");
        Delete.Column("left_at").FromTable("users");
        Delete.Column("owner_id").Column("archived_at").Column("deleted").Column("applied_tags").FromTable("threads");
        Delete.Column("type").FromTable("channels");
        Execute.Sql(UndescribeSql);
    }
}
