using Metricity.Migrations;
using Metricity.Testing;

namespace Metricity.IntegrationTests.Schema;

/// <summary>What the tests of this folder ask a database.</summary>
internal static class Catalog
{
    /// <summary>Every table, column, constraint, index and comment of a schema, a line each, in the order of the text.</summary>
    private const string DescribeSql =
        """
        with tables as (
            select c.oid, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
            where n.nspname = $1 and c.relkind = 'r'
        )
        select line from (
            select format('table %s: %s', relname, obj_description(oid, 'pg_class')) from tables
            union all
            select format('column %s.%s %s notnull=%s default=%s identity=%s: %s', t.relname, a.attname,
                          format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid), a.attidentity,
                          col_description(t.oid, a.attnum))
            from tables t
            join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
            left join pg_attrdef d on d.adrelid = t.oid and d.adnum = a.attnum
            union all
            select format('constraint %s of %s: %s', k.conname, t.relname, pg_get_constraintdef(k.oid))
            from tables t join pg_constraint k on k.conrelid = t.oid where k.contype <> 'n'
            union all
            select format('index of %s: %s', t.relname, pg_get_indexdef(i.indexrelid))
            from tables t join pg_index i on i.indrelid = t.oid
        ) as lines (line)
        order by line collate "C"
        """;

    public static Task<IReadOnlyList<string>> DescribeAsync(TestDatabase database, string schema = "public")
    {
        return database.ListAsync<string>(DescribeSql, schema);
    }

    /// <summary>
    /// A checksum for each of the original's tables over the values of its own columns and where the row lies (ctid), so that a row that
    /// was only rewritten shows too.
    /// </summary>
    public static Task<IReadOnlyList<string>> ChecksumsAsync(TestDatabase database)
    {
        return database.ListAsync<string>(
            """
            select 'alembic_version ' || md5(string_agg((ctid, version_num)::text, '|' order by ctid)) from alembic_version
            union all
            select 'categories ' || md5(string_agg((ctid, id, name, deleted)::text, '|' order by ctid)) from categories
            union all
            select 'channels ' || md5(string_agg((ctid, id, name, category_id, is_staff, deleted)::text, '|' order by ctid)) from channels
            union all
            select 'threads ' || md5(string_agg((ctid, id, parent_channel_id, created_at, name, archived, auto_archive_duration, locked,
                                                 type)::text, '|' order by ctid)) from threads
            union all
            select 'users ' || md5(string_agg((ctid, id, name, avatar_hash, joined_at, created_at, is_staff, bot, in_guild,
                                               public_flags::text, pending, guild_avatar_hash)::text, '|' order by ctid)) from users
            union all
            select 'messages ' || md5(string_agg((ctid, id, channel_id, author_id, created_at, is_deleted, thread_id,
                                                  content_hash)::text, '|' order by ctid)) from messages
            """);
    }

    public static SchemaMigrator Migrator(TestDatabase database, params string[] guildSchemas)
    {
        return new SchemaMigrator(database.ConnectionString, guildSchemas, _ => { });
    }

    public static async Task<bool> SchemaExistsAsync(TestDatabase database, string schema)
    {
        return await database.ScalarAsync<bool>("select exists (select from pg_namespace where nspname = $1)", schema);
    }
}
