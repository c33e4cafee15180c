-- How many sessions of others work (who waits for a lock does not), why that is not known, and what to do about it.
SELECT count(*), CASE WHEN NOT pg_has_role('pg_read_all_stats', 'MEMBER') THEN 'the sessions of others are not visible to this role' END,
       'GRANT pg_monitor to the role, or do without the limit on sessions.'
  FROM pg_stat_activity
 WHERE backend_type = 'client backend' AND state = 'active' AND wait_event_type IS DISTINCT FROM 'Lock' AND application_name NOT LIKE 'airshift:%';
