-- Transactions that are too old, locks on Airflow's tables that DDL waits for, who has Airflow's migration lock, and the
-- connections that are left. $1: seconds after which a transaction is too old. $2: sessions that airshift opens. $3: the
-- session's id as the client was told when it connected; a proxy in between tells a number of its own.
WITH session AS (
         SELECT p.id, concat('session ', p.id, ' of ', p.user, ' (', coalesce(a.attr_value, 'no program name'), ', ', lower(p.command), ')') AS who
           FROM information_schema.processlist p
           LEFT JOIN performance_schema.session_account_connect_attrs a ON a.processlist_id = p.id AND a.attr_name = 'program_name'),
     transaction_of AS (
         SELECT t.trx_mysql_thread_id AS id, timestampdiff(SECOND, t.trx_started, now()) AS seconds FROM information_schema.innodb_trx t
          WHERE t.trx_mysql_thread_id <> connection_id()),
     found (position, topic, light, text, advice) AS (
         SELECT 1, 'transactions', IF(t.seconds >= $1, 'red', 'yellow'), concat(coalesce(s.who, concat('session ', t.id)), ' has had a transaction open for ', t.seconds, ' s'),
                concat('DDL waits for it, and everybody else behind the DDL. End it in its client, or KILL ', t.id, '.')
           FROM transaction_of t LEFT JOIN session s USING (id) WHERE t.seconds >= $1 / 10
         UNION ALL
         SELECT 2, 'locks', 'red', concat(s.who, ' has Airflow''s migration lock'), 'A migration is running, airshift''s or Airflow''s own: `airshift status`.'
           FROM session s WHERE s.id = is_used_lock('airflow_MIGRATIONS') AND s.id <> connection_id()
         UNION ALL
         SELECT 2, 'locks', 'yellow', concat(coalesce(s.who, concat('session ', t.processlist_id)), ' has ', group_concat(DISTINCT m.object_name ORDER BY m.object_name SEPARATOR ', '), ' locked'),
                'The migration waits for it: let it end first.'
           FROM performance_schema.metadata_locks m
           JOIN performance_schema.threads t ON t.thread_id = m.owner_thread_id
           LEFT JOIN session s ON s.id = t.processlist_id
          WHERE m.object_type = 'TABLE' AND m.object_schema = database() AND m.lock_status = 'GRANTED'
            AND m.lock_type IN ('SHARED_NO_WRITE', 'SHARED_NO_READ_WRITE', 'SHARED_UPGRADABLE', 'SHARED_READ_ONLY', 'EXCLUSIVE') AND t.processlist_id <> connection_id()
          GROUP BY t.processlist_id, s.who
         UNION ALL
         SELECT 3, 'connections', 'red', concat(@@GLOBAL.max_connections - number, ' connections are left, ', $2, ' are needed'), 'Fewer --workers, or SET GLOBAL max_connections.'
           FROM (SELECT count(*) AS number FROM information_schema.processlist WHERE id <> connection_id() AND user NOT IN ('system user', 'event_scheduler')) c
          WHERE @@GLOBAL.max_connections - number < $2
         UNION ALL
         SELECT 3, 'connections', 'red', 'a proxy is between airshift and the server', 'Locks and settings of a session have to stay with it: name the server itself.'
          WHERE connection_id() <> $3)
SELECT topic, light, text, advice FROM (
    SELECT * FROM found
    UNION ALL SELECT 1, 'transactions', 'green', coalesce((SELECT concat('the oldest is ', max(seconds), ' s old') FROM transaction_of), 'none is open'), NULL
      WHERE NOT EXISTS (SELECT 1 FROM found WHERE topic = 'transactions')
    UNION ALL SELECT 2, 'locks', 'green', 'nobody holds a lock that a migration would wait for', NULL WHERE NOT EXISTS (SELECT 1 FROM found WHERE topic = 'locks')
    UNION ALL SELECT 3, 'connections', 'green', concat(@@GLOBAL.max_connections - (SELECT count(*) FROM information_schema.processlist WHERE id <> connection_id() AND user NOT IN ('system user', 'event_scheduler')), ' connections are left'), NULL
      WHERE NOT EXISTS (SELECT 1 FROM found WHERE topic = 'connections')) AS line
 ORDER BY position;
