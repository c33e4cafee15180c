-- What the role may do: own Airflow's tables, make schemas, and see what others do.
WITH me AS (SELECT * FROM pg_roles WHERE rolname = current_user),
     place AS (SELECT relnamespace AS oid FROM pg_class WHERE oid = to_regclass('alembic_version')),
     foreign_table AS (
         SELECT c.relname, pg_get_userbyid(c.relowner) AS owner FROM pg_class c
          WHERE c.relkind IN ('r', 'p') AND c.relnamespace = (SELECT oid FROM place) AND NOT pg_has_role(c.relowner, 'USAGE')),
     found (light, text, advice) AS (
         SELECT 'red', format('the role %s does not own %s of Airflow''s tables, %s among them (its owner is %s)', current_user,
                              (SELECT count(*) FROM foreign_table), relname, owner),
                format('Log in as the owner, or GRANT %I TO %I.', owner, current_user)
           FROM (SELECT * FROM foreign_table ORDER BY relname LIMIT 1) AS one
         UNION ALL
         SELECT 'red', format('the role %s may not make a schema in this database', current_user),
                format('airshift builds in schemas of its own: GRANT CREATE ON DATABASE %I TO %I.', current_database(), current_user)
          WHERE NOT has_database_privilege(current_database(), 'CREATE')
         UNION ALL
         SELECT 'red', format('the role %s may make no table in the schema %s', current_user, oid::regnamespace),
                format('GRANT CREATE ON SCHEMA %s TO %I.', oid::regnamespace, current_user)
           FROM place WHERE NOT has_schema_privilege(oid, 'CREATE')
         UNION ALL
         SELECT 'yellow', format('the role %s does not see what other roles'' sessions do', current_user),
                format('Old transactions, lags and locks of others may be missing on this page: GRANT pg_monitor TO %I.', current_user)
          WHERE NOT pg_has_role('pg_read_all_stats', 'USAGE'))
SELECT 'privileges', light, text, advice FROM found
UNION ALL
SELECT 'privileges', 'green', format('the role %s may do all that a migration needs%s', current_user,
                                     CASE WHEN (SELECT rolsuper FROM me) THEN ' (a superuser)' ELSE '; a switch needs a superuser, who alone passes its fence' END), NULL
 WHERE NOT EXISTS (SELECT FROM found);
