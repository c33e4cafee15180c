-- How far sessions are that execute a statement: id, what, phase, done, total (0: not known), unit. The stages of an ALTER TABLE are
-- counted whether or not the consumer events_stages_current is switched on; the total is the server's estimate, and grows.
SELECT t.processlist_id, substring_index(g.event_name, '/', -1), '', g.work_completed, coalesce(g.work_estimated, 0), 'pieces'
  FROM performance_schema.events_stages_current AS g
  JOIN performance_schema.threads AS t ON t.thread_id = g.thread_id
 WHERE t.processlist_db IN (database(), concat(database(), '_airshift_new')) AND t.processlist_id <> connection_id()
   AND g.work_completed IS NOT NULL AND t.processlist_command <> 'Sleep'
UNION ALL
SELECT t.processlist_id, 'rows handled', '', sum(v.variable_value), 0, 'rows'
  FROM performance_schema.status_by_thread AS v
  JOIN performance_schema.threads AS t ON t.thread_id = v.thread_id
 WHERE t.processlist_db IN (database(), concat(database(), '_airshift_new')) AND t.processlist_id <> connection_id()
   AND v.variable_name IN ('Handler_write', 'Handler_update', 'Handler_delete', 'Handler_read_next', 'Handler_read_rnd_next', 'Handler_read_key')
   AND t.processlist_command <> 'Sleep'
 GROUP BY t.processlist_id
 ORDER BY 1;
