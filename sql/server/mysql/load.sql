-- How many sessions of others work, why that is not known, and what to do about it. Threads_running would count those who wait for
-- the migration's own locks, and never fall.
SELECT count(*), NULL, NULL
  FROM performance_schema.threads AS t
 WHERE t.type = 'FOREGROUND' AND t.processlist_id IS NOT NULL AND t.processlist_command NOT IN ('Sleep', 'Daemon')
   AND t.processlist_command NOT LIKE 'Binlog Dump%' AND coalesce(t.processlist_state, '') NOT LIKE 'Waiting for % metadata lock'
   AND NOT EXISTS (SELECT 1 FROM performance_schema.session_connect_attrs AS a
                    WHERE a.processlist_id = t.processlist_id AND a.attr_name = 'program_name' AND a.attr_value LIKE 'airshift: %');
