-- role.sql - two roles that may do what airshift does and no more, for psql. Run it in Airflow's
-- database, as a superuser, or as a role that may make roles and is a member of the one that owns
-- Airflow's tables:
--
--     psql -d airflow -f role.sql
--     psql -d airflow -c '\password airshift_read' -c '\password airshift_migrate'
--
-- airshift_read     plan, check, verify, status, doctor, preflight, inspect, backup: reads only
-- airshift_migrate  migrate, downgrade, clean, pause, drain, unpause
--
-- A switch, rehearse and --defer-durability take a superuser (a switch, because nobody else passes
-- the connection limit of 0 that fences the old master). Other names and another schema:
-- -v read=NAME -v migrate=NAME -v schema=NAME. It may be run again. Its end says how to undo it.
\set ON_ERROR_STOP on
\if :{?schema} \else \set schema public
\endif
\if :{?read} \else \set read airshift_read
\endif
\if :{?migrate} \else \set migrate airshift_migrate
\endif
SET client_min_messages = warning;
SELECT current_database() AS database,
       (SELECT pg_get_userbyid(c.relowner) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname = :'schema' AND c.relname = 'alembic_version') AS owner \gset
\if :{?owner} \else
    \echo 'role.sql: schema ' :schema ' has no table alembic_version: is this the database of Airflow?'
    SELECT 1 / 0 AS "no Airflow here";
\endif

SELECT format('CREATE ROLE %I LOGIN', name) FROM unnest(ARRAY[:'read', :'migrate']) AS name
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec
BEGIN;

-- Reads everything there is, and everything that the owner is going to make: also what
-- airshift keeps in schemas of its own while it migrates.
GRANT CONNECT ON DATABASE :"database" TO :"read";
GRANT USAGE ON SCHEMA :"schema" TO :"read";
GRANT SELECT ON ALL TABLES IN SCHEMA :"schema" TO :"read";
GRANT SELECT ON ALL SEQUENCES IN SCHEMA :"schema" TO :"read";
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" GRANT USAGE ON SCHEMAS TO :"read";
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" GRANT SELECT ON TABLES TO :"read";
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" GRANT SELECT ON SEQUENCES TO :"read";

-- Tables can be changed by their owner only. The role takes the owner's place as soon as it is
-- connected, so that all it makes is the owner's, too.
GRANT :"owner" TO :"migrate";
ALTER ROLE :"migrate" IN DATABASE :"database" SET role = :'owner';
GRANT CONNECT ON DATABASE :"database" TO :"migrate";
-- For the schemas "airshift" and "airshift_new", which are there while it works, and for
-- "airshift_operator", in which a pause is remembered, and "airshift_clean".
GRANT CREATE ON DATABASE :"database" TO :"owner";
GRANT USAGE, CREATE ON SCHEMA :"schema" TO :"owner";
COMMIT;

-- Who waits for whom, and the lag of replicas. Only a superuser can grant it, or a role that
-- has it with ADMIN OPTION; airshift does without, but cannot name other roles' statements, and
-- on a server with replicas does not migrate in place.
SELECT pg_has_role(current_user, 'pg_read_all_stats', 'USAGE WITH ADMIN OPTION')
       OR (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS may \gset
\if :may
    GRANT pg_read_all_stats TO :"read", :"owner";
\else
    \echo 'role.sql: GRANT pg_read_all_stats TO ' :read ', ' :owner '; is left to a superuser'
\endif

-- To undo it:
--     REVOKE CREATE ON DATABASE airflow FROM airflow;  REVOKE pg_read_all_stats FROM airflow;
--     DROP OWNED BY airshift_read, airshift_migrate;   DROP ROLE airshift_read, airshift_migrate;
-- (The second line in each database where it was run, by a superuser.)
