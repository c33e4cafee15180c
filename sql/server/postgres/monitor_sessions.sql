-- The sessions that migrate, those that wait for a lock, and those that others wait for: id, part in the migration (work,
-- lock, queue, airshift, or none), kind, name, user, address, the server's word for what it does, whether it executes a
-- statement, seconds since that changed, age of its transaction (-1: none), what it waits for in the server (type and event), a stamp
-- that is another one for each statement and change of state, query, the lock that it waits for, whom it waits for (ids;
-- 0 is a prepared transaction), the strongest lock that it has on a table that is waited for, what ends it.
-- Airflow holds its migration lock in one session and migrates in another, which is known by what it locks. What another
-- role does is not shown to one without pg_read_all_stats: then most columns are NULL.
WITH here AS (
         SELECT oid FROM pg_database WHERE datname = current_database()),
     locks AS MATERIALIZED (
         SELECT l.*, l.locktype = 'advisory' AND l.classid = 0 AND l.objid = 1 AND l.objsubid = 1 AND l.database = here.oid AS is_airflow,
                l.locktype = 'relation' AND l.database = here.oid
                  AND l.mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock') AS is_strong,
                l.locktype = 'relation' AND l.database = here.oid
                  AND l.relation IN (to_regclass('alembic_version'), to_regclass('alembic_version_fab')) AS is_version
           FROM pg_locks AS l, here),
     activity AS MATERIALIZED (
         SELECT * FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type IS DISTINCT FROM 'parallel worker'),
     waits AS MATERIALIZED (
         SELECT a.pid, b.pid AS blocker
           FROM activity AS a, LATERAL (SELECT DISTINCT unnest(pg_blocking_pids(a.pid)) AS pid) AS b
          WHERE a.datname = current_database() AND EXISTS (SELECT FROM locks WHERE locks.pid = a.pid AND NOT granted)),
     holder AS (
         SELECT a.* FROM activity AS a WHERE a.pid IN (SELECT pid FROM locks WHERE is_airflow AND granted)),
     named AS (
         SELECT a.*,
                CASE WHEN a.application_name ~ '^airshift: (migrate|worker [0-9]+|native|native reader|durability)$' THEN 'airshift'
                     WHEN EXISTS (SELECT FROM locks AS l WHERE l.pid = a.pid AND l.is_airflow AND l.granted) THEN 'lock'
                     WHEN EXISTS (SELECT FROM locks AS l WHERE l.pid = a.pid AND l.is_airflow) THEN 'queue'
                     WHEN a.backend_type = 'client backend' AND EXISTS (SELECT FROM locks AS l WHERE l.pid = a.pid AND l.is_strong)
                      AND (EXISTS (SELECT FROM locks AS l WHERE l.pid = a.pid AND l.is_version)
                           OR EXISTS (SELECT FROM holder AS h WHERE (h.usename, h.application_name) = (a.usename, a.application_name)
                                                               AND h.client_addr IS NOT DISTINCT FROM a.client_addr)) THEN 'work'
                     -- Between two revisions it has no lock; it was opened right after the one with the migration lock.
                     WHEN EXISTS (SELECT FROM holder AS h WHERE (h.usename, h.application_name) = (a.usename, a.application_name)
                                     AND h.client_addr IS NOT DISTINCT FROM a.client_addr AND h.application_name NOT LIKE 'airshift: %'
                                     AND a.backend_start BETWEEN h.backend_start AND h.backend_start + interval '10 seconds') THEN 'work'
                     WHEN EXISTS (SELECT FROM locks AS l WHERE l.pid = a.pid AND l.is_version AND l.granted AND l.mode = 'RowExclusiveLock') THEN 'work'
                     ELSE '' END AS part
           FROM activity AS a WHERE a.datname = current_database())
SELECT coalesce(a.pid, w.blocker), coalesce(n.part, ''),
       CASE WHEN a.pid IS NULL THEN 'prepared'
            WHEN a.backend_type = 'autovacuum worker' THEN CASE WHEN a.query LIKE '%(to prevent wraparound)%' THEN 'wraparound' ELSE 'vacuum' END
            WHEN a.backend_type IN ('walsender', 'logical replication worker', 'logical replication apply worker',
                                    'logical replication tablesync worker') THEN 'replication'
            WHEN a.backend_type IS DISTINCT FROM 'client backend' AND a.backend_type IS NOT NULL THEN 'server'
            WHEN a.application_name IN ('pg_dump', 'pg_basebackup') OR a.application_name = 'airshift: backup' THEN 'backup'
            WHEN a.application_name LIKE 'airshift: %' THEN 'airshift'
            ELSE 'client' END,
       coalesce(nullif(a.application_name, ''), nullif(a.backend_type, 'client backend'), ''),
       coalesce(a.usename, ''), CASE WHEN a.backend_type = 'client backend' THEN coalesce(host(a.client_addr), 'local') ELSE '' END,
       coalesce(a.state, CASE WHEN a.pid IS NULL THEN 'prepared' ELSE '?' END), coalesce(a.state = 'active', false),
       coalesce(extract(epoch FROM clock_timestamp() - CASE WHEN a.state = 'active' THEN a.query_start ELSE coalesce(a.state_change, a.backend_start) END), 0),
       coalesce(extract(epoch FROM clock_timestamp() - a.xact_start), -1),
       coalesce(a.wait_event_type, ''), coalesce(a.wait_event, ''),
       concat(a.query_start, ' ', a.state_change, ' ', a.state), coalesce(a.query, ''),
       coalesce((SELECT CASE WHEN l.locktype = 'relation' THEN format('%s on %s', l.mode, CASE WHEN l.database = here.oid THEN l.relation::regclass::text ELSE 'a table of another database' END)
                             WHEN l.is_airflow THEN 'Airflow''s migration lock'
                             WHEN l.locktype IN ('transactionid', 'tuple') THEN 'a row that another transaction changed'
                             ELSE format('%s (%s)', l.mode, l.locktype) END
                   FROM locks AS l, here WHERE l.pid = a.pid AND NOT l.granted LIMIT 1),
                CASE WHEN a.wait_event = 'SyncRep' THEN 'a synchronous replica' END, ''),
       coalesce((SELECT string_agg(w2.blocker::text, ',' ORDER BY w2.blocker) FROM waits AS w2 WHERE w2.pid = a.pid), ''),
       coalesce((SELECT format('%s on %s', l.mode, l.relation::regclass) FROM locks AS l, here
                  WHERE l.pid = a.pid AND l.granted AND l.locktype = 'relation' AND l.database = here.oid
                    AND l.relation IN (SELECT relation FROM locks WHERE NOT granted AND locktype = 'relation')
                  ORDER BY l.is_strong DESC, l.mode = 'AccessExclusiveLock' DESC, l.mode = 'RowExclusiveLock' DESC LIMIT 1), ''),
       CASE WHEN a.pid IS NULL THEN (SELECT 'ROLLBACK PREPARED ' || quote_literal(gid) FROM pg_prepared_xacts WHERE database = current_database()
                                       ORDER BY prepared LIMIT 1)
            ELSE format('SELECT pg_terminate_backend(%s)', a.pid) END
  FROM (SELECT DISTINCT pid AS blocker FROM (SELECT pid FROM named WHERE part <> '' UNION SELECT pid FROM waits UNION SELECT blocker FROM waits) AS x) AS w
  LEFT JOIN activity AS a ON a.pid = w.blocker
  LEFT JOIN named AS n ON n.pid = w.blocker
 ORDER BY 1;
