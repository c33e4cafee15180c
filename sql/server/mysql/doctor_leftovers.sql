-- What migrations leave behind, and what is half done, around the tables of database $1; $2: whether a migration of
-- airshift's is recorded, so that what it made is no left-over. Columns: rank, kind, name, how sure (left: may go; rows:
-- holds rows, reported only; wrong: for a person; note), in words, SQL to look at it, SQL that removes or mends it.
WITH ours AS (
         SELECT table_name AS name, concat('`', replace($1, '`', '``'), '`.`', replace(table_name, '`', '``'), '`') AS quoted
           FROM information_schema.tables WHERE table_schema = $1 AND table_type = 'BASE TABLE'),
     beside AS (
         SELECT s.schema_name AS name, concat('`', replace(s.schema_name, '`', '``'), '`') AS quoted, s.schema_name = concat($1, '_airshift_new') AS is_new,
                (SELECT count(*) FROM information_schema.tables AS t WHERE t.table_schema = s.schema_name) AS tables,
                EXISTS (SELECT 1 FROM information_schema.tables AS t WHERE t.table_schema = s.schema_name AND t.table_name = 'airshift_run') AS has_run
           FROM information_schema.schemata AS s WHERE s.schema_name IN (concat($1, '_airshift_new'), concat($1, '_airshift_old')))
SELECT 1 AS position, 'table' AS kind, name, 'rows' AS sure,
       CASE WHEN name = '_xcom_archive' THEN 'pickled XComs that Airflow 3 cannot read'
            WHEN name LIKE '|_airflow|_moved%' ESCAPE '|' THEN 'rows that a revision could not keep'
            WHEN name LIKE '|_airshift|_archive%' ESCAPE '|' THEN 'rows with values that could not be converted'
            ELSE 'rows that --quarantine took out of a migration' END AS words,
       concat('SELECT * FROM ', quoted, ' LIMIT 10') AS look_sql, concat('DROP TABLE ', quoted) AS mend_sql
  FROM ours
 WHERE name = '_xcom_archive' OR name LIKE '|_airflow|_moved%' ESCAPE '|'
    OR name LIKE '|_airshift|_archive|_|_%' ESCAPE '|' OR name LIKE '|_airshift|_quarantine|_|_%' ESCAPE '|'
UNION ALL
-- Between the drop of the old table and the rename of this one, it is the only copy.
SELECT 2, 'table', name, 'wrong', 'a revision of Airflow''s was broken off while it copied a table into this one',
       concat('SELECT * FROM ', quoted, ' LIMIT 10'), NULL
  FROM ours WHERE name IN ('__airflow_tmp_xcom', 'ab_view_menu_dg_tmp')
UNION ALL
SELECT 3, 'function', r.routine_name, IF(r.routine_definition LIKE '%DECLARE unix_time_ms BIGINT%', 'left', 'note'),
       IF(r.routine_definition LIKE '%DECLARE unix_time_ms BIGINT%', 'Airflow''s revision d59cbbef95eb makes it for itself, and drops it at its end',
          'has the name of a function that Airflow makes for a revision, but is another, or its text may not be seen'),
       concat('SHOW CREATE FUNCTION `', replace($1, '`', '``'), '`.', r.routine_name), concat('DROP FUNCTION `', replace($1, '`', '``'), '`.', r.routine_name)
  FROM information_schema.routines AS r
 WHERE r.routine_schema = $1 AND r.routine_type = 'FUNCTION' AND r.routine_name = 'uuid_generate_v7'
UNION ALL
SELECT 4, 'table', name, 'left', 'of a migration that is no more', NULL, concat('DROP TABLE ', quoted)
  FROM ours WHERE (name LIKE 'airshift|_native|_%' ESCAPE '|' OR name = 'airshift_chain_part') AND $2 = 'false'
UNION ALL
-- A run is recorded once its table has a row, and then is no left-over.
SELECT 5, 'database', name, IF(tables = 0 OR has_run, 'left', 'wrong'),
       IF(tables = 0 OR has_run, 'of a migration that had hardly begun, and is no more', 'is not of airshift''s making, and in the way of `airshift migrate --mode detached`'),
       concat('SHOW TABLES FROM ', quoted), concat('DROP DATABASE ', quoted)
  FROM beside WHERE is_new AND $2 = 'false'
UNION ALL
SELECT 6, 'database', name, IF(tables = 0, 'left', 'wrong'),
       IF(tables = 0, 'of a migration that is no more', 'has the tables that a migration replaced, which no migration of airshift''s leaves behind: it is in the way of the next one'),
       concat('SHOW TABLES FROM ', quoted), concat('DROP DATABASE ', quoted)
  FROM beside WHERE NOT is_new AND $2 = 'false'
UNION ALL
SELECT 7, 'table', name, 'note', '`airshift pause` stopped DAGs: `airshift unpause` gives them back', NULL, NULL
  FROM ours WHERE name = 'airshift_pause_dag'
UNION ALL
SELECT 8, 'table', name, 'note', '`airshift clean` is at work or was interrupted: the same command goes on, --discard gives it up', NULL, NULL
  FROM ours WHERE name = 'airshift_clean_run'
 ORDER BY position, name;
