-- What the sessions of this database do at this moment: id, what they wait for in the server (its own words), a stamp that is
-- another one for each statement and change of state.
SELECT t.processlist_id, IF(t.processlist_command = 'Sleep', 'idle', coalesce(t.processlist_state, '')),
       concat(coalesce(s.event_id, 0), ' ', t.processlist_command)
  FROM performance_schema.threads AS t
  LEFT JOIN performance_schema.events_statements_current AS s ON s.thread_id = t.thread_id AND s.nesting_event_level = 0
 WHERE t.processlist_db IN (database(), concat(database(), '_airshift_new')) AND t.processlist_id <> connection_id();
