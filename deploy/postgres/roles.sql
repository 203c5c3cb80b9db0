-- Roles that may look and not touch. Run by docker-compose.yml (service roles) as the owner of the tables; may be run again at any time:
--   SECRETS=/folder/of/passwords psql --file=roles.sql
-- A password that cannot be read stops it before anything is changed.
\set ON_ERROR_STOP on
\set QUIET on
\set grafana_reader `cat "${SECRETS:-/run/secrets}/grafana_reader_password"`
\set metabase_reader `cat "${SECRETS:-/run/secrets}/metabase_reader_password"`
\set exporter `cat "${SECRETS:-/run/secrets}/exporter_password"`
\set metabase `cat "${SECRETS:-/run/secrets}/metabase_password"`
select length(:'grafana_reader') > 0 and length(:'metabase_reader') > 0 and length(:'exporter') > 0 and length(:'metabase') > 0
    as have_passwords \gset
\if :have_passwords
\else
  do $$ begin raise 'A password file is missing or empty: run scripts/secrets.sh.'; end $$;
\endif

select format('create role %I', name)
from unnest(array['metricity_reader', 'metricity_analyst', 'metricity_exporter', 'grafana', 'metabase_reader', 'metabase']) as name
where not exists (select from pg_roles where rolname = name) \gexec

-- metricity_reader and metricity_analyst are no logins: logins are granted them. metricity_reader may use the views and functions of the
-- insights schemas and nothing else, metricity_analyst these and the guilds' tables. Migrations give these rights too, to roles that there
-- are; here once more for roles that were made only now.
alter role metricity_reader nologin connection limit -1 password null;
alter role metricity_reader reset all;
alter role metricity_analyst nologin;
grant metricity_reader to metricity_analyst;
select format('revoke all on all tables in schema %1$I from metricity_reader; revoke all on schema %1$I from metricity_reader; '
    'alter default privileges in schema %1$I revoke select on tables from metricity_reader; '
    'grant usage on schema %1$I to metricity_analyst; grant select on all tables in schema %1$I to metricity_analyst', n.nspname)
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relname = 'metricity_migrations' and n.nspname <> 'metricity' \gexec
select format('grant usage on schema %1$I to metricity_reader; grant select on all tables in schema %1$I to metricity_reader; '
    'grant execute on all functions in schema %1$I to metricity_reader', i.nspname)
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
join pg_namespace i on i.nspname = case n.nspname when 'public' then 'insights' else n.nspname || '_insights' end
where c.relname = 'metricity_migrations' and n.nspname <> 'metricity' \gexec

-- grafana and metabase_reader: the logins of the dashboards and of Metabase's questions. Without just-in-time compilation, which takes longer
-- than the views it is done for.
alter role grafana login password :'grafana_reader' connection limit 20;
alter role metabase_reader login password :'metabase_reader' connection limit 20;
select format('grant metricity_reader to %1$I; alter role %1$I set default_transaction_read_only = on; '
    'alter role %1$I set statement_timeout = ''60s''; alter role %1$I set jit = off', name)
from unnest(array['grafana', 'metabase_reader']) as name \gexec

-- metricity_exporter: postgres_exporter. The server's statistics, no table.
alter role metricity_exporter login password :'exporter' connection limit 5;
grant pg_monitor to metricity_exporter;

-- metabase: owns the database in which Metabase keeps its own questions; nothing of ours.
alter role metabase login password :'metabase';
select 'create database metabase owner metabase' where not exists (select from pg_database where datname = 'metabase') \gexec
