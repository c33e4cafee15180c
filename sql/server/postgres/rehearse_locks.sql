-- Tables of Airflow's schema on which somebody else holds a lock that keeps writers out:
-- name, and whether readers too.
SELECT c.relname, bool_or(l.mode = 'AccessExclusiveLock')
  FROM pg_locks l
  JOIN pg_class c ON c.oid = l.relation
 WHERE l.locktype = 'relation' AND l.granted AND l.pid <> pg_backend_pid()
   AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
   AND l.mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
   AND c.relkind IN ('r', 'p')
   AND c.relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = to_regclass('alembic_version'))
 GROUP BY c.relname;
