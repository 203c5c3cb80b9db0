-- Roles that may look and not touch. Run by docker-compose.yml (service roles) as the owner of the tables; may be run again at any time:
--   SECRETS=/folder/of/passwords psql --file=roles.sql
-- A password that cannot be read stops it before anything is changed.
\set ON_ERROR_STOP on
\set QUIET on
\set reader `cat "${SECRETS:-/run/secrets}/reader_password"`
\set exporter `cat "${SECRETS:-/run/secrets}/exporter_password"`
\set metabase `cat "${SECRETS:-/run/secrets}/metabase_password"`
select length(:'reader') > 0 and length(:'exporter') > 0 and length(:'metabase') > 0 as have_passwords \gset
\if :have_passwords
\else
  do $$ begin raise 'A password file is missing or empty: run scripts/secrets.sh.'; end $$;
\endif

select format('create role %I', name)
from unnest(array['metricity_reader', 'metricity_exporter', 'metabase']) as name
where not exists (select from pg_roles where rolname = name) \gexec

-- metricity_reader: dashboards. Every guild's tables and views, those of later migrations too; not the program's own state.
alter role metricity_reader login password :'reader' connection limit 20;
alter role metricity_reader set default_transaction_read_only = on;
alter role metricity_reader set statement_timeout = '60s';
select format('grant usage on schema %1$I to metricity_reader; grant select on all tables in schema %1$I to metricity_reader; '
    'alter default privileges in schema %1$I grant select on tables to metricity_reader', n.nspname)
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relname = 'metricity_migrations' and n.nspname <> 'metricity' \gexec

-- metricity_exporter: postgres_exporter. The server's statistics, no table.
alter role metricity_exporter login password :'exporter' connection limit 5;
grant pg_monitor to metricity_exporter;

-- metabase: owns the database in which Metabase keeps its own questions; nothing of ours.
alter role metabase login password :'metabase';
select 'create database metabase owner metabase' where not exists (select from pg_database where datname = 'metabase') \gexec
