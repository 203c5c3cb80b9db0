using System.Data;
using FluentMigrator;

namespace Metricity.Migrations.Guild;

/// <summary>
/// The five tables of the original Metricity 2.8.0 (without <c>content_hash</c>), with the original's names of keys. Where the original's
/// database is adopted, <see cref="Adoption"/> notes this migration as applied, and <c>down</c> leaves the tables to it.
/// </summary>
[Migration(Version, Name)]
internal sealed class OriginalTables : Migration
{
    public const long Version = 20261122060030;
    public const string Name = "original_tables";

    public override void Up()
    {
        Create.Table("categories")
            .WithColumn("id").AsVarchar().PrimaryKey("categories_pkey")
            .WithColumn("name").AsVarchar().NotNullable()
            .WithColumn("deleted").AsBoolean().NotNullable().WithDefaultValue(false);

        Create.Table("channels")
            .WithColumn("id").AsVarchar().PrimaryKey("channels_pkey")
            .WithColumn("name").AsVarchar().NotNullable()
            .WithColumn("category_id").AsVarchar().Nullable()
                .ForeignKey("channels_category_id_fkey", "categories", "id").OnDelete(Rule.Cascade)
            .WithColumn("is_staff").AsBoolean().NotNullable()
            .WithColumn("deleted").AsBoolean().NotNullable().WithDefaultValue(false);

        Create.Table("threads")
            .WithColumn("id").AsVarchar().PrimaryKey("threads_pkey")
            .WithColumn("parent_channel_id").AsVarchar().NotNullable()
                .ForeignKey("threads_parent_channel_id_fkey", "channels", "id").OnDelete(Rule.Cascade)
            .WithColumn("created_at").AsDateTime().Nullable()
            .WithColumn("name").AsVarchar().NotNullable()
            .WithColumn("archived").AsBoolean().NotNullable()
            .WithColumn("auto_archive_duration").AsInt32().NotNullable()
            .WithColumn("locked").AsBoolean().NotNullable()
            .WithColumn("type").AsVarchar().NotNullable();

        Create.Table("users")
            .WithColumn("id").AsVarchar().PrimaryKey("users_pkey")
            .WithColumn("name").AsVarchar().NotNullable()
            .WithColumn("avatar_hash").AsVarchar().Nullable()
            .WithColumn("joined_at").AsDateTime().NotNullable()
            .WithColumn("created_at").AsDateTime().NotNullable()
            .WithColumn("is_staff").AsBoolean().NotNullable()
            .WithColumn("bot").AsBoolean().NotNullable()
            .WithColumn("in_guild").AsBoolean().NotNullable()
            .WithColumn("public_flags").AsCustom("json").Nullable()
            .WithColumn("pending").AsBoolean().NotNullable()
            .WithColumn("guild_avatar_hash").AsVarchar().Nullable();

        Create.Table("messages")
            .WithColumn("id").AsVarchar().PrimaryKey("messages_pkey")
            .WithColumn("channel_id").AsVarchar().NotNullable()
                .ForeignKey("messages_channel_id_fkey", "channels", "id").OnDelete(Rule.Cascade)
            .WithColumn("author_id").AsVarchar().NotNullable()
                .ForeignKey("messages_author_id_fkey", "users", "id").OnDelete(Rule.Cascade)
            .WithColumn("created_at").AsDateTime().Nullable()
            .WithColumn("is_deleted").AsBoolean().NotNullable()
            .WithColumn("thread_id").AsVarchar().Nullable()
                .ForeignKey("messages_thread_id_fkey", "threads", "id").OnDelete(Rule.Cascade);
    }

    public override void Down()
    {
        Delete.Table("messages");
        Delete.Table("threads");
        Delete.Table("channels");
        Delete.Table("categories");
        Delete.Table("users");
    }
}
