-- Sessions outside group $2 that have had a lock on a table of database $1 for $3 seconds or longer, and wait for none: a long
-- query, or a transaction that somebody left open.
SELECT DISTINCT t.processlist_id, coalesce(t.processlist_user, '?'), coalesce(t.processlist_command, '?'), t.processlist_time,
       left(regexp_replace(coalesce(t.processlist_info, ''), '[[:space:]]+', ' '), 120)
  FROM performance_schema.metadata_locks AS m
  JOIN performance_schema.threads AS t ON t.thread_id = m.owner_thread_id
 WHERE m.object_type = 'TABLE' AND m.object_schema = $1 AND m.lock_status = 'GRANTED' AND t.processlist_time >= $3
   AND NOT EXISTS (SELECT 1 FROM performance_schema.metadata_locks AS w
                    WHERE w.owner_thread_id = m.owner_thread_id AND w.lock_status = 'PENDING')
   AND NOT EXISTS (SELECT 1 FROM performance_schema.user_variables_by_thread AS v
                    WHERE v.thread_id = m.owner_thread_id AND v.variable_name = 'airshift_group' AND v.variable_value = $2)
 ORDER BY 1;
