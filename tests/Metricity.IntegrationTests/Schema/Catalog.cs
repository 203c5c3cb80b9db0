using Metricity.Migrations;
using Metricity.Testing;

namespace Metricity.IntegrationTests.Schema;

/// <summary>What the tests of this folder ask a database.</summary>
internal static class Catalog
{
    /// <summary>
    /// All that the catalog says of some schemas, a line each, in the order of the text: relations with options, rights and comments; columns
    /// and their order; constraints, indexes, triggers, views and functions as PostgreSQL spells them, white space as one blank.
    /// </summary>
    private const string DescribeSql =
        """
        with relations as (
            select c.oid, c.relname, c.relkind, c.reloptions, n.nspname,
                coalesce(c.relacl, acldefault(case c.relkind when 'S' then 's' else 'r' end::"char", c.relowner)) as rights
            from pg_class c join pg_namespace n on n.oid = c.relnamespace
            where n.nspname = any ($1) and c.relkind in ('r', 'v', 'S')
        ), columns as (
            select r.nspname, r.relname, r.relkind, a.attname, a.attnum, a.atttypid, a.atttypmod, a.attnotnull, a.attidentity,
                pg_get_expr(d.adbin, d.adrelid) as value, col_description(r.oid, a.attnum) as comment
            from relations r
            join pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
            left join pg_attrdef d on d.adrelid = r.oid and d.adnum = a.attnum
            where r.relkind <> 'S'
        )
        select regexp_replace(line, '\s+', ' ', 'g') from (
            select format('schema %s: %s, rights %s', nspname, obj_description(oid, 'pg_namespace'),
                coalesce(nspacl, acldefault('n', nspowner))) from pg_namespace
            where nspname = any ($1) and nspname <> 'public'
            union all
            select format('%s %s.%s: %s, options %s, rights %s', case relkind when 'r' then 'table' when 'v' then 'view' else 'sequence' end,
                nspname, relname, obj_description(oid, 'pg_class'), reloptions, rights)
            from relations
            union all
            select format('column %s.%s.%s %s notnull=%s default=%s identity=%s: %s', nspname, relname, attname,
                format_type(atttypid, atttypmod), attnotnull, value, attidentity, comment)
            from columns
            union all
            select format('columns of %s.%s: %s', nspname, relname, string_agg(attname, ', ' order by attnum))
            from columns group by nspname, relname
            union all
            select format('constraint %s of %s.%s: %s', k.conname, r.nspname, r.relname, pg_get_constraintdef(k.oid))
            from relations r join pg_constraint k on k.conrelid = r.oid where k.contype <> 'n'
            union all
            select format('index of %s.%s: %s', r.nspname, r.relname, pg_get_indexdef(i.indexrelid))
            from relations r join pg_index i on i.indrelid = r.oid
            union all
            select format('trigger of %s.%s: %s', r.nspname, r.relname, pg_get_triggerdef(t.oid))
            from relations r join pg_trigger t on t.tgrelid = r.oid where not t.tgisinternal
            union all
            select format('view %s.%s: %s', nspname, relname, pg_get_viewdef(oid)) from relations where relkind = 'v'
            union all
            select format('function %s.%s(%s): %s, rights %s: %s', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid),
                obj_description(p.oid, 'pg_proc'), coalesce(p.proacl, acldefault('f', p.proowner)), pg_get_functiondef(p.oid))
            from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname = any ($1)
        ) as lines (line)
        order by line collate "C"
        """;

    /// <param name="database">Where to look.</param>
    /// <param name="schemas">None = <c>public</c>.</param>
    public static Task<IReadOnlyList<string>> DescribeAsync(TestDatabase database, params string[] schemas)
    {
        return database.ListAsync<string>(DescribeSql, [schemas is [] ? ["public"] : schemas]);
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
