-- Who holds locks on tables of Airflow's schema, the longest first: for a person who must end them. Readers only with $1.
SELECT format('session %s of %s (%s, %s for %s s) holds %s on %s', a.pid, coalesce(a.usename, '?'),
              coalesce(nullif(a.application_name, ''), 'no application name'), coalesce(a.state, '?'),
              coalesce(extract(epoch FROM clock_timestamp() - a.xact_start)::bigint, 0), l.mode, l.relation::regclass)
  FROM (SELECT DISTINCT ON (pid) pid, mode, relation
          FROM pg_locks
         WHERE locktype = 'relation' AND granted AND pid <> pg_backend_pid()
           AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
           AND relation IN (SELECT oid FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace =
                               (SELECT relnamespace FROM pg_class WHERE oid = to_regclass('alembic_version')))
           AND ($1::boolean OR mode NOT IN ('AccessShareLock', 'RowShareLock'))
         ORDER BY pid, mode = 'AccessExclusiveLock' DESC) AS l
  JOIN pg_stat_activity AS a ON a.pid = l.pid
 ORDER BY a.xact_start
 LIMIT 3;
