-- Why this session cannot defer the server's durability; '' where it can.
SELECT CASE
    WHEN NOT EXISTS (SELECT 1 FROM information_schema.user_privileges AS p
                      WHERE p.grantee = g.name AND p.privilege_type IN ('SUPER', 'SYSTEM_VARIABLES_ADMIN'))
        THEN concat('user ', g.name, ' has not the privilege SYSTEM_VARIABLES_ADMIN, which changes settings of the server')
    WHEN NOT EXISTS (SELECT 1 FROM information_schema.user_privileges AS p WHERE p.grantee = g.name AND p.privilege_type = 'RELOAD')
        THEN concat('user ', g.name, ' has not the privilege RELOAD, which brings everything to disk at the end')
    WHEN EXISTS (SELECT 1 FROM performance_schema.replication_connection_status WHERE service_state <> 'OFF')
      OR EXISTS (SELECT 1 FROM performance_schema.replication_applier_status WHERE service_state <> 'OFF')
        THEN 'the server is a replica that follows its source'
    WHEN EXISTS (SELECT 1 FROM performance_schema.threads WHERE processlist_command LIKE 'Binlog Dump%')
        THEN 'replicas read from the server, so it is not detached'
    ELSE '' END
  FROM (SELECT concat('''', substring_index(current_user(), '@', char_length(current_user()) - char_length(replace(current_user(), '@', ''))), '''@''',
                      substring_index(current_user(), '@', -1), '''') AS name) AS g;
