-- Tables of Airflow's on which somebody else holds a lock that keeps writers out: name, and whether readers too.
SELECT l.object_name, IF(max(l.lock_type IN ('EXCLUSIVE', 'SHARED_NO_READ_WRITE')), 't', 'f')
  FROM performance_schema.metadata_locks AS l
  JOIN performance_schema.threads AS t ON t.thread_id = l.owner_thread_id
 WHERE l.object_type = 'TABLE' AND l.object_schema = database() AND l.lock_status = 'GRANTED'
   AND l.lock_type IN ('SHARED_NO_WRITE', 'SHARED_READ_ONLY', 'SHARED_NO_READ_WRITE', 'EXCLUSIVE')
   AND t.processlist_id <> connection_id()
 GROUP BY l.object_name;
