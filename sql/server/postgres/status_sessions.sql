-- The sessions of airshift in this database, but for those that only look: pid, purpose, state, seconds in it, and
-- whether it has Airflow's migration lock. With nobody of airshift's having it, whoever has it is in the list, too.
SELECT a.pid, coalesce(nullif(a.application_name, ''), a.backend_type, 'session'), coalesce(a.state, '?'),
       coalesce(extract(epoch FROM clock_timestamp() - coalesce(a.state_change, a.backend_start))::bigint, 0),
       l.pid IS NOT NULL, coalesce(a.usename, '?')
  FROM pg_stat_activity AS a
  LEFT JOIN (SELECT DISTINCT pid FROM pg_locks
              WHERE locktype = 'advisory' AND classid = 0 AND objid = 1 AND objsubid = 1 AND granted
                AND database = (SELECT oid FROM pg_database WHERE datname = current_database())) AS l ON l.pid = a.pid
 WHERE a.datname = current_database() AND a.pid <> pg_backend_pid() AND a.backend_type IS DISTINCT FROM 'parallel worker'
   AND (l.pid IS NOT NULL OR a.application_name ~ '^airshift: (migrate|worker [0-9]+|native|native reader|durability)$')
 ORDER BY l.pid IS NULL, a.backend_start, a.pid;
