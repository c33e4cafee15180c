-- The locks on tables of the databases $1 and $2 that sessions have or wait for.
SELECT t.processlist_id, m.lock_status, m.object_schema, m.object_name
  FROM performance_schema.metadata_locks AS m
  JOIN performance_schema.threads AS t ON t.thread_id = m.owner_thread_id
 WHERE m.object_type = 'TABLE' AND m.object_schema IN ($1, $2);
