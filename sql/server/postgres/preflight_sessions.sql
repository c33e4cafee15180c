-- Transactions that are too old, prepared ones, locks on Airflow's tables, who has Airflow's migration lock, and the
-- connections that are left. $1: seconds after which a transaction is too old. $2: sessions that airshift opens. $3: the
-- server process as the client was told when it connected; a pooler in between tells a number of its own. PostgreSQL 13
-- does not say since when a session waits: there it is since when it executes its statement.
WITH session AS (
         SELECT a.pid, a.query_start, extract(epoch FROM clock_timestamp() - a.xact_start) AS seconds,
                format('session %s of %s (%s, %s)', a.pid, coalesce(a.usename, '?'), coalesce(nullif(a.application_name, ''), 'no application name'),
                       coalesce(a.state, '?')) AS who
           FROM pg_stat_activity a
          WHERE a.datname = current_database() AND a.pid <> pg_backend_pid() AND a.backend_type = 'client backend'),
     old AS (SELECT * FROM session WHERE seconds >= $1::float8 / 10 ORDER BY seconds DESC LIMIT 3),
     held AS (
         SELECT DISTINCT ON (l.pid) l.pid, l.mode, l.relation::regclass AS name
           FROM pg_locks l
          WHERE l.locktype = 'relation' AND l.granted AND l.pid <> pg_backend_pid()
            AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
            AND l.mode NOT IN ('AccessShareLock', 'RowShareLock', 'RowExclusiveLock')
            AND l.relation IN (SELECT oid FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace =
                                  (SELECT relnamespace FROM pg_class WHERE oid = to_regclass('alembic_version')))
          ORDER BY l.pid, l.mode = 'AccessExclusiveLock' DESC),
     blocked AS (
         SELECT s.who, s.seconds, array_to_string(pg_blocking_pids(s.pid), ', ') AS by FROM session s
          WHERE EXISTS (SELECT FROM pg_locks l WHERE l.pid = s.pid AND NOT l.granted
                           AND coalesce((to_jsonb(l) ->> 'waitstart')::timestamptz, s.query_start) < clock_timestamp() - interval '1 second')),
     migration AS (
         SELECT DISTINCT s.who FROM pg_locks l JOIN session s USING (pid)
          WHERE l.locktype = 'advisory' AND l.classid = 0 AND l.objid = 1 AND l.objsubid = 1 AND l.granted
            AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())),
     room AS (
         SELECT current_setting('max_connections')::bigint - current_setting('superuser_reserved_connections')::bigint
                    - (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()) AS server,
                (SELECT CASE WHEN datconnlimit >= 0 AND NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
                             THEN datconnlimit - (SELECT count(*) FROM session) END
                   FROM pg_database WHERE datname = current_database()) AS database,
                (SELECT CASE WHEN rolconnlimit >= 0 AND NOT rolsuper
                             THEN rolconnlimit - (SELECT count(*) FROM pg_stat_activity WHERE usename = current_user AND pid <> pg_backend_pid()) END
                   FROM pg_roles WHERE rolname = current_user) AS role),
     found (position, topic, light, text, advice) AS (
         SELECT 1, 'transactions', CASE WHEN seconds >= $1::float8 THEN 'red' ELSE 'yellow' END,
                format('%s has had a transaction open for %s s', who, round(seconds)),
                format('The migration waits for it, and new work waits behind the migration. End it in its client, or SELECT pg_terminate_backend(%s).', pid)
           FROM old
         UNION ALL
         SELECT 2, 'transactions', 'red', format('a prepared transaction of %s, %L, since %s', owner, gid, prepared::timestamp(0)),
                'It keeps its locks until somebody says COMMIT PREPARED or ROLLBACK PREPARED.'
           FROM pg_prepared_xacts WHERE database = current_database()
         UNION ALL
         SELECT 3, 'locks', 'red', format('%s has Airflow''s migration lock', who), 'A migration is running, airshift''s or Airflow''s own: `airshift status`.'
           FROM migration
         UNION ALL
         SELECT 4, 'locks', 'yellow', format('%s holds %s on %s', coalesce(s.who, 'session ' || held.pid), mode, name),
                'The migration waits for it: let it end first.'
           FROM held LEFT JOIN session s USING (pid)
         UNION ALL
         SELECT 5, 'locks', 'yellow', format('%s waits for a lock of session %s', who, by), 'Somebody stands in the way already: look what that session does.'
           FROM blocked
         UNION ALL
         SELECT 6, 'connections', 'red', format('%s connections are left, %s are needed', least(server, database, role), $2::bigint),
                'Fewer --workers, or raise the limit (max_connections, or CONNECTION LIMIT of the database or the role).'
           FROM room WHERE least(server, database, role) < $2::bigint
         UNION ALL
         SELECT 7, 'connections', 'red', 'a pooler is between airshift and the server',
                'Locks and settings of a session have to stay with it: name the server itself.'
          WHERE pg_backend_pid() <> $3::integer)
SELECT topic, light, text, advice FROM (
    SELECT * FROM found
    UNION ALL SELECT 1, 'transactions', 'green', coalesce('the oldest is ' || (SELECT round(max(seconds)::numeric, 1) FROM session) || ' s old', 'none is open'), NULL
              WHERE NOT EXISTS (SELECT FROM found WHERE topic = 'transactions')
    UNION ALL SELECT 3, 'locks', 'green', 'nobody holds a lock that a migration would wait for', NULL WHERE NOT EXISTS (SELECT FROM found WHERE topic = 'locks')
    UNION ALL SELECT 6, 'connections', 'green', (SELECT least(server, database, role) FROM room) || ' connections are left', NULL
              WHERE NOT EXISTS (SELECT FROM found WHERE topic = 'connections')) AS line
 ORDER BY position;
