-- What migrations leave behind, and what is half done, around the tables of schema $1; $2: whether a migration of
-- airshift's is recorded, so that what it made is no left-over. Columns: rank, kind, name, how sure (left: may go; rows:
-- holds rows, reported only; wrong: for a person; note), in words, SQL to look at it, SQL that removes or mends it.
WITH ours AS (
    SELECT c.oid, c.relname, c.relkind, c.relpages, n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = $1::text
), unfamiliar AS (
    SELECT n.nspname, count(*) FILTER (WHERE c.relname !~ '^(run|dirty|verified|aside|job|job_range|chain|chain_way|foreign_key|native_.*)$') AS tables
      FROM pg_namespace n LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relkind IN ('r', 'p', 'v', 'm')
     WHERE n.nspname = 'airshift' GROUP BY n.nspname
)
SELECT 1 AS rank, 'table' AS kind, relname::text AS name, 'rows' AS sure,
       CASE WHEN relname = '_xcom_archive' THEN 'pickled XComs that Airflow 3 cannot read'
            WHEN relname LIKE '\_airflow\_moved%' THEN 'rows that a revision could not keep'
            WHEN relname LIKE '\_airshift\_archive%' THEN 'rows with values that could not be converted'
            ELSE 'rows that --quarantine took out of a migration' END AS words,
       format('SELECT * FROM %I.%I LIMIT 10', nspname, relname) AS look_sql,
       format('DROP TABLE %I.%I', nspname, relname) AS mend_sql
  FROM ours WHERE relkind = 'r'
   AND (relname = '_xcom_archive' OR relname ~ '^_airflow_moved' OR relname ~ '^_airshift_(archive|quarantine)__')
UNION ALL
-- Between the drop of the old table and the rename of this one, it is the only copy.
SELECT 2, 'table', relname, 'wrong', 'a revision of Airflow''s was broken off while it copied a table into this one',
       format('SELECT * FROM %I.%I LIMIT 10', nspname, relname), NULL
  FROM ours WHERE relkind = 'r' AND relname IN ('__airflow_tmp_xcom', 'ab_view_menu_dg_tmp')
UNION ALL
SELECT 3, 'function', p.oid::regprocedure::text,
       CASE WHEN p.prosrc LIKE '%pgcrypto\_installed%'
             AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.refclassid = 'pg_proc'::regclass AND d.refobjid = p.oid)
            THEN 'left' ELSE 'note' END,
       CASE WHEN p.prosrc LIKE '%pgcrypto\_installed%' THEN 'Airflow''s revision d59cbbef95eb makes it for itself, and drops it at its end'
            ELSE 'has the name of a function that Airflow makes for a revision, but is another' END,
       format('SELECT pg_get_functiondef(%s)', p.oid), format('DROP FUNCTION %s', p.oid::regprocedure)
  FROM pg_proc p
 WHERE p.proname = 'uuid_generate_v7' AND p.pronamespace = quote_ident($1)::regnamespace
   AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
UNION ALL
SELECT 4, 'trigger', format('%I on %s', g.tgname, g.tgrelid::regclass), 'left', 'a guard of a migration that is no more',
       NULL, format('DROP TRIGGER %I ON %s', g.tgname, g.tgrelid::regclass)
  FROM pg_trigger g WHERE g.tgname LIKE 'airshift\_guard%' AND NOT $2::boolean
UNION ALL
SELECT 5, 'index', i.relname, 'left', 'built early by a migration that is no more', NULL,
       format('DROP INDEX %I.%I', i.nspname, i.relname)
  FROM ours i WHERE i.relkind = 'i' AND left(i.relname, 9) = 'airshift_' AND NOT $2::boolean
   AND NOT (left(i.relname, 15) = 'airshift_clean_' AND EXISTS (SELECT FROM pg_namespace WHERE nspname = 'airshift_clean'))
   AND NOT EXISTS (SELECT FROM pg_constraint o WHERE o.conindid = i.oid)
UNION ALL
SELECT 6, 'schema', 'airshift_new', 'left', 'tables built by a migration that is no more', NULL, 'DROP SCHEMA airshift_new CASCADE'
  FROM pg_namespace WHERE nspname = 'airshift_new' AND NOT $2::boolean
UNION ALL
SELECT 7, 'schema', 'airshift', CASE WHEN tables = 0 THEN 'left' ELSE 'note' END,
       CASE WHEN tables = 0 THEN 'the state of a migration that is no more' ELSE 'has tables that are not airshift''s' END,
       NULL, 'DROP SCHEMA airshift CASCADE'
  FROM unfamiliar WHERE NOT $2::boolean
UNION ALL
SELECT 8, 'schema', nspname, 'wrong',
       'the server does not force its writes to disk: the next `airshift migrate` restores that', NULL, NULL
  FROM pg_namespace WHERE nspname = 'airshift_durability' AND NOT $2::boolean
UNION ALL
SELECT 9, 'schema', nspname, 'note', '`airshift pause` stopped DAGs: `airshift unpause` gives them back', NULL, NULL
  FROM pg_namespace WHERE nspname = 'airshift_operator'
UNION ALL
SELECT 9, 'schema', nspname, 'note', '`airshift clean` is at work or was interrupted: the same command goes on, --discard gives it up', NULL, NULL
  FROM pg_namespace WHERE nspname = 'airshift_clean'
UNION ALL
SELECT 10, 'index', i.relname, 'wrong', format('of %s is not valid: it was not built to its end, or is just being built', x.indrelid::regclass),
       NULL, format('REINDEX INDEX %I.%I', i.nspname, i.relname)
  FROM ours i JOIN pg_index x ON x.indexrelid = i.oid WHERE NOT x.indisvalid AND left(i.relname, 9) <> 'airshift_'
UNION ALL
SELECT 11, 'constraint', o.conname, 'wrong', format('of %s is not validated', o.conrelid::regclass), NULL,
       format('ALTER TABLE %s VALIDATE CONSTRAINT %I', o.conrelid::regclass, o.conname)
  FROM pg_constraint o JOIN ours t ON t.oid = o.conrelid WHERE NOT o.convalidated AND NOT $2::boolean
UNION ALL
-- The slots of a switch have its name in theirs; the server keeps WAL for them for ever.
SELECT 12, 'replication slot', slot_name, CASE WHEN slot_name LIKE 'airshift\_%' THEN 'wrong' ELSE 'note' END,
       format('nobody reads from it, and the server keeps %s of WAL for it%s',
              pg_size_pretty(pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()
                                                  ELSE pg_current_wal_lsn() END, restart_lsn)),
              CASE WHEN slot_name LIKE 'airshift\_%' THEN '; where no switch is under way, drop it' ELSE '' END),
       NULL, format('SELECT pg_drop_replication_slot(%L)', slot_name)
  FROM pg_replication_slots WHERE NOT active AND restart_lsn IS NOT NULL
UNION ALL
SELECT 13, 'prepared transaction', gid, 'wrong', format('holds its locks since %s', prepared::timestamp(0)), NULL,
       format('ROLLBACK PREPARED %L', gid)
  FROM pg_prepared_xacts WHERE database = current_database()
 ORDER BY rank, name;
