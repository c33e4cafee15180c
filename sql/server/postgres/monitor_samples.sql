-- What the sessions of this database do at this moment: id, what they wait for in the server (empty: nothing, they compute),
-- a stamp that is another one for each statement and change of state.
SELECT pid, CASE WHEN state = 'active' THEN CASE WHEN wait_event IS NULL THEN '' ELSE concat(wait_event_type, '/', wait_event) END
                 ELSE coalesce(state, '?') END,
       concat(query_start, ' ', state_change, ' ', state)
  FROM pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend';
