-- The sessions that migrate, those that wait for a lock, and those that others wait for: id, part in the migration (work,
-- lock, queue, airshift, or none), kind, name, user, address, the server's word for what it does, whether it executes a
-- statement, seconds since that changed, age of its transaction (-1: none), what it waits for in the server (type and event), a stamp
-- that is another one for each statement and change of state, query, the lock that it waits for, whom it waits for (ids),
-- the strongest lock that it has on a table that is waited for, what ends it.
-- Airflow holds its migration lock in one session and migrates in another of the same process, whose number clients tell
-- when they connect; without that lock, a session that changes tables is one. The lock is the whole server's.
WITH session AS (
         SELECT t.thread_id, t.processlist_id AS id, t.processlist_db AS db, t.processlist_user AS user,
                substring_index(coalesce(t.processlist_host, ''), ':', 1) AS host, t.processlist_command AS command,
                coalesce(t.processlist_state, '') AS state, coalesce(t.processlist_time, 0) AS seconds,
                coalesce(t.processlist_info, s.sql_text, '') AS query, coalesce(s.event_id, 0) AS event_id, coalesce(s.event_name, '') AS event,
                t.type, t.name AS thread_name, coalesce(p.attr_value, '') AS program, c.attr_value AS client
           FROM performance_schema.threads AS t
           LEFT JOIN performance_schema.events_statements_current AS s ON s.thread_id = t.thread_id AND s.nesting_event_level = 0
           LEFT JOIN performance_schema.session_connect_attrs AS p ON p.processlist_id = t.processlist_id AND p.attr_name = 'program_name'
           LEFT JOIN performance_schema.session_connect_attrs AS c ON c.processlist_id = t.processlist_id AND c.attr_name = '_pid'
          WHERE t.processlist_id IS NOT NULL AND t.processlist_id <> connection_id()),
     -- What is in each other's way: granted before asked for, and asked for exclusively before what comes later.
     -- MySQL 8.0.12 finds no NULL by <=> here.
     conflict AS (
         SELECT w.owner_thread_id AS waiting, g.owner_thread_id AS blocking, g.object_name, g.lock_type AS held
           FROM performance_schema.metadata_locks AS w
           JOIN performance_schema.metadata_locks AS g
             ON g.object_type = w.object_type AND coalesce(g.object_schema, '') = coalesce(w.object_schema, '') AND coalesce(g.object_name, '') = coalesce(w.object_name, '')
            AND g.owner_thread_id <> w.owner_thread_id
            AND ((g.lock_status = 'GRANTED' AND CASE w.lock_type
                       WHEN 'EXCLUSIVE' THEN true
                       WHEN 'SHARED_NO_READ_WRITE' THEN g.lock_type NOT IN ('SHARED', 'SHARED_HIGH_PRIO')
                       WHEN 'SHARED_NO_WRITE' THEN g.lock_type NOT IN ('SHARED', 'SHARED_HIGH_PRIO', 'SHARED_READ', 'SHARED_READ_ONLY')
                       WHEN 'SHARED_UPGRADABLE' THEN g.lock_type IN ('SHARED_UPGRADABLE', 'SHARED_NO_WRITE', 'SHARED_NO_READ_WRITE', 'EXCLUSIVE')
                       WHEN 'SHARED_READ_ONLY' THEN g.lock_type IN ('SHARED_WRITE', 'SHARED_WRITE_LOW_PRIO', 'SHARED_NO_READ_WRITE', 'EXCLUSIVE')
                       WHEN 'SHARED_WRITE' THEN g.lock_type IN ('SHARED_READ_ONLY', 'SHARED_NO_WRITE', 'SHARED_NO_READ_WRITE', 'EXCLUSIVE')
                       WHEN 'SHARED_READ' THEN g.lock_type IN ('SHARED_NO_READ_WRITE', 'EXCLUSIVE')
                       WHEN 'INTENTION_EXCLUSIVE' THEN g.lock_type IN ('SHARED', 'EXCLUSIVE')
                       WHEN 'SHARED' THEN g.lock_type IN ('INTENTION_EXCLUSIVE', 'EXCLUSIVE')
                       ELSE g.lock_type = 'EXCLUSIVE' END)
                 OR (g.lock_status = 'PENDING' AND g.lock_type = 'EXCLUSIVE' AND w.lock_type NOT IN ('EXCLUSIVE', 'SHARED_HIGH_PRIO')))
          WHERE w.lock_status = 'PENDING'
         UNION
         SELECT d.requesting_thread_id, d.blocking_thread_id, l.object_name, concat(l.lock_mode, ' on a row')
           FROM performance_schema.data_lock_waits AS d
           JOIN performance_schema.data_locks AS l ON l.engine_lock_id = d.blocking_engine_lock_id),
     holder AS (
         SELECT * FROM session WHERE id = is_used_lock('airflow_MIGRATIONS') AND db = database()),
     named AS (
         SELECT s.*,
                CASE WHEN s.program REGEXP '^airshift: (migrate|worker|worker [0-9]+|ranges|native|native reader|durability)$'
                          AND s.db IN (database(), concat(database(), '_airshift_new')) THEN 'airshift'
                     WHEN EXISTS (SELECT 1 FROM holder AS h WHERE h.id = s.id) THEN 'lock'
                     WHEN s.db = database() AND EXISTS (SELECT 1 FROM performance_schema.metadata_locks AS l WHERE l.owner_thread_id = s.thread_id
                                   AND l.object_type = 'USER LEVEL LOCK' AND l.object_name = 'airflow_migrations' AND l.lock_status = 'PENDING') THEN 'queue'
                     WHEN s.db = database() AND s.program NOT LIKE 'airshift: %'
                      AND EXISTS (SELECT 1 FROM holder AS h WHERE h.client = s.client AND h.host = s.host AND h.program NOT LIKE 'airshift: %') THEN 'work'
                     WHEN s.db = database() AND s.program NOT LIKE 'airshift: %' AND s.command <> 'Sleep'
                      AND s.event IN ('statement/sql/alter_table', 'statement/sql/create_table', 'statement/sql/drop_table', 'statement/sql/rename_table',
                                      'statement/sql/create_index', 'statement/sql/drop_index') THEN 'work'
                     ELSE '' END AS part
           FROM session AS s)
SELECT n.id, n.part,
       CASE WHEN n.command LIKE 'Binlog Dump%' OR n.thread_name LIKE 'thread/sql/replica%' OR n.thread_name LIKE 'thread/sql/slave%' THEN 'replication'
            WHEN n.type = 'BACKGROUND' OR n.user = 'event_scheduler' THEN 'server'
            WHEN n.program IN ('mysqldump', 'mysqlpump', 'xtrabackup') OR n.program = 'airshift: backup' THEN 'backup'
            WHEN n.program LIKE 'airshift: %' THEN 'airshift'
            ELSE 'client' END,
       n.program, coalesce(n.user, ''), n.host,
       CASE WHEN n.command <> 'Sleep' THEN 'active'
            WHEN x.trx_mysql_thread_id IS NOT NULL
              OR EXISTS (SELECT 1 FROM performance_schema.metadata_locks AS l
                          WHERE l.owner_thread_id = n.thread_id AND l.object_type = 'TABLE' AND l.lock_status = 'GRANTED') THEN 'idle in transaction'
            ELSE 'idle' END,
       IF(n.command <> 'Sleep', 't', 'f'), n.seconds,
       coalesce(greatest(timestampdiff(SECOND, x.trx_started, now()), 0), -1),
       '', n.state, concat(n.event_id, ' ', n.command), n.query,
       coalesce((SELECT CASE WHEN l.object_type = 'USER LEVEL LOCK' AND l.object_name = 'airflow_migrations' THEN 'Airflow''s migration lock'
                             ELSE concat(l.lock_type, ' metadata lock on ', coalesce(l.object_name, lower(l.object_type))) END
                   FROM performance_schema.metadata_locks AS l WHERE l.owner_thread_id = n.thread_id AND l.lock_status = 'PENDING' LIMIT 1),
                (SELECT concat(l.lock_mode, ' lock on a row of ', l.object_name)
                   FROM performance_schema.data_locks AS l WHERE l.thread_id = n.thread_id AND l.lock_status = 'WAITING' LIMIT 1), ''),
       coalesce((SELECT group_concat(DISTINCT b.id ORDER BY b.id SEPARATOR ',') FROM conflict AS c JOIN session AS b ON b.thread_id = c.blocking
                  WHERE c.waiting = n.thread_id), ''),
       coalesce((SELECT concat(c.held, ' on ', coalesce(c.object_name, 'the server')) FROM conflict AS c WHERE c.blocking = n.thread_id
                  ORDER BY c.held LIKE '%EXCLUSIVE%' DESC LIMIT 1), ''),
       concat('KILL ', n.id)
  FROM named AS n
  LEFT JOIN information_schema.innodb_trx AS x ON x.trx_mysql_thread_id = n.id
 WHERE n.part <> '' OR EXISTS (SELECT 1 FROM conflict AS c WHERE c.blocking = n.thread_id)
    OR (n.db = database() AND EXISTS (SELECT 1 FROM conflict AS c WHERE c.waiting = n.thread_id))
 ORDER BY n.id;
