-- The two roles that others are granted: metricity_reader sees the views and functions of the insights schemas and nothing else,
-- metricity_analyst a guild's tables as well. Neither can log in. Given anew at each migration, so that a role that an administrator made
-- later gets its rights too. Roles belong to the whole server: another database's migration may make them in the same moment. Where they
-- are missing and may not be made, nothing is granted.

do $rights$
declare
    guild name := current_schema();
    views name := current_setting('metricity.views_schema');
    reader name;
begin
    if not exists (select from pg_namespace where nspname = views) then
        return;
    end if;

    foreach reader in array array['metricity_reader', 'metricity_analyst'] loop
        begin
            if not exists (select from pg_roles where rolname = reader) then
                execute format('create role %I nologin', reader);
            end if;
        exception
            when insufficient_privilege then return;
            when duplicate_object or unique_violation then null;
        end;
        execute format('grant usage on schema %I to %I', views, reader);
        execute format('grant select on all tables in schema %I to %I', views, reader);
        execute format('revoke execute on all functions in schema %I from public', views);
        execute format('grant execute on all functions in schema %I to %I', views, reader);
    end loop;

    execute format('grant usage on schema %I to metricity_analyst', guild);
    execute format('grant select on all tables in schema %I to metricity_analyst', guild);
end
$rights$;
