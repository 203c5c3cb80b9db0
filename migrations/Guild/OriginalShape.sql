-- What the schema at the front of search_path holds: nothing of ours (passes), the tables of the original Metricity 2.8.0 complete and
-- ours to alter (passes), or anything else (MT001, with a sentence that lists every difference). Changes nothing.

do $check$
declare
    here constant oid := (select oid from pg_namespace where nspname = current_schema());
    original constant text[] := array['alembic_version', 'categories', 'channels', 'threads', 'users', 'messages'];
    ours constant text[] := array['member_events', 'message_tombstones'];
    revision text;
    findings text;
begin
    if not exists (select from pg_class where relnamespace = here and relname = any (original || ours)) then
        return;
    end if;

    if exists (
        select from pg_attribute a join pg_class c on c.oid = a.attrelid
        where c.relnamespace = here and c.relname = 'alembic_version' and a.attname = 'version_num'
    ) then
        select coalesce(string_agg(version_num, ', ' order by version_num), '(none)') into revision from alembic_version;
        if revision <> 'a192a8d3282c' then
            raise exception using errcode = 'MT001', message = format(
                'schema "%s" is at Alembic revision %s; Metricity for .NET adopts 2.8.0 (a192a8d3282c): '
                'upgrade with the original''s `alembic upgrade head` first', current_schema(), revision);
        end if;
    end if;

    with expected_column (tab, col, typ, required) as (values
        ('alembic_version', 'version_num', 'character varying(32)', true),
        ('categories', 'id', 'character varying', true),
        ('categories', 'name', 'character varying', true),
        ('categories', 'deleted', 'boolean', true),
        ('channels', 'id', 'character varying', true),
        ('channels', 'name', 'character varying', true),
        ('channels', 'category_id', 'character varying', false),
        ('channels', 'is_staff', 'boolean', true),
        ('channels', 'deleted', 'boolean', true),
        ('threads', 'id', 'character varying', true),
        ('threads', 'parent_channel_id', 'character varying', true),
        ('threads', 'created_at', 'timestamp without time zone', false),
        ('threads', 'name', 'character varying', true),
        ('threads', 'archived', 'boolean', true),
        ('threads', 'auto_archive_duration', 'integer', true),
        ('threads', 'locked', 'boolean', true),
        ('threads', 'type', 'character varying', true),
        ('users', 'id', 'character varying', true),
        ('users', 'name', 'character varying', true),
        ('users', 'avatar_hash', 'character varying', false),
        ('users', 'joined_at', 'timestamp without time zone', true),
        ('users', 'created_at', 'timestamp without time zone', true),
        ('users', 'is_staff', 'boolean', true),
        ('users', 'bot', 'boolean', true),
        ('users', 'in_guild', 'boolean', true),
        ('users', 'public_flags', 'json', false),
        ('users', 'pending', 'boolean', true),
        ('users', 'guild_avatar_hash', 'character varying', false),
        ('messages', 'id', 'character varying', true),
        ('messages', 'channel_id', 'character varying', true),
        ('messages', 'author_id', 'character varying', true),
        ('messages', 'created_at', 'timestamp without time zone', false),
        ('messages', 'is_deleted', 'boolean', true),
        ('messages', 'thread_id', 'character varying', false),
        ('messages', 'content_hash', 'character varying', false)
    ), expected_constraint (tab, def) as (values
        ('categories', 'PRIMARY KEY (id)'),
        ('channels', 'PRIMARY KEY (id)'),
        ('threads', 'PRIMARY KEY (id)'),
        ('users', 'PRIMARY KEY (id)'),
        ('messages', 'PRIMARY KEY (id)'),
        ('channels', 'FOREIGN KEY (category_id) REFERENCES categories(id) ON DELETE CASCADE'),
        ('threads', 'FOREIGN KEY (parent_channel_id) REFERENCES channels(id) ON DELETE CASCADE'),
        ('messages', 'FOREIGN KEY (channel_id) REFERENCES channels(id) ON DELETE CASCADE'),
        ('messages', 'FOREIGN KEY (thread_id) REFERENCES threads(id) ON DELETE CASCADE'),
        ('messages', 'FOREIGN KEY (author_id) REFERENCES users(id) ON DELETE CASCADE')
    ), added_column (tab, col) as (values
        ('channels', 'type'), ('threads', 'owner_id'), ('threads', 'archived_at'), ('threads', 'deleted'),
        ('threads', 'applied_tags'), ('users', 'left_at'), ('messages', 'type'), ('messages', 'edited_at'),
        ('messages', 'deleted_at')
    ), found as (
        select c.oid, c.relname as tab, c.relowner, c.relkind in ('r', 'p') as is_table
        from pg_class c where c.relnamespace = here and c.relname = any (original || ours)
    ), found_column as (
        select f.tab, a.attname as col, format_type(a.atttypid, a.atttypmod) as typ, a.attnotnull as required,
               a.atthasdef or a.attidentity <> '' or a.attgenerated <> '' as has_default
        from found f join pg_attribute a on a.attrelid = f.oid
        where a.attnum > 0 and not a.attisdropped and f.tab <> all (ours)
    ), finding (place, words) as (
        select array_position(original, t), format('table %s is missing', t)
        from unnest(original) t where not exists (select from found f where f.tab = t)
        union all
        select 10, format('%s is not a table', f.tab) from found f where not f.is_table
        union all
        select 20 + array_position(original, e.tab), format('column %s.%s is missing', e.tab, e.col)
        from expected_column e join found f on f.tab = e.tab
        where not exists (select from found_column c where c.tab = e.tab and c.col = e.col)
        union all
        select 30 + array_position(original, e.tab), format('column %s.%s is %s in place of %s', e.tab, e.col, c.typ, e.typ)
        from expected_column e join found_column c on c.tab = e.tab and c.col = e.col
        where c.typ <> e.typ
        union all
        select 40 + array_position(original, e.tab),
               format('column %s.%s %s', e.tab, e.col, case when c.required then 'does not allow nulls' else 'allows nulls' end)
        from expected_column e join found_column c on c.tab = e.tab and c.col = e.col
        where c.required <> e.required
        union all
        select 50, format('column %s.%s is not known and does not allow nulls', c.tab, c.col)
        from found_column c
        where c.required and not c.has_default
          and not exists (select from expected_column e where e.tab = c.tab and e.col = c.col)
          and not exists (select from added_column e where e.tab = c.tab and e.col = c.col)
        union all
        select 60, format('column %s.%s, which Metricity for .NET would add, is already there', c.tab, c.col)
        from found_column c join added_column a on a.tab = c.tab and a.col = c.col
        union all
        select 70 + array_position(original, e.tab), format('constraint %s of %s is missing', e.def, e.tab)
        from expected_constraint e join found f on f.tab = e.tab
        where not exists (
            select from pg_constraint k where k.conrelid = f.oid and pg_get_constraintdef(k.oid) = e.def)
        union all
        select 80, format('table %s, which Metricity for .NET would add, is already there', f.tab)
        from found f where f.tab = any (ours)
        union all
        select 90, format('table %s belongs to role %s and role %s may not change it',
                          f.tab, quote_ident(pg_get_userbyid(f.relowner)), quote_ident(current_user))
        from found f where f.is_table and f.tab <> 'alembic_version' and not pg_has_role(f.relowner, 'usage')
    )
    select string_agg(words, '; ' order by place, words) into findings from finding;

    if findings is not null then
        raise exception using errcode = 'MT001', message = format(
            'schema "%s" holds neither nothing nor a complete database of Metricity 2.8.0: %s; nothing was changed: '
            'repair this, or give Metricity another schema', current_schema(), findings);
    end if;
end
$check$;
