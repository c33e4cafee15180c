-- The statements that give the settings back, one a row. Turning the redo log on brings all pages to disk.
SELECT IF(s.name = 'redo_log', 'ALTER INSTANCE ENABLE INNODB REDO_LOG', concat('SET GLOBAL ', s.name, ' = ', s.value))
  FROM airshift_durability.setting AS s
 WHERE s.name <> 'redo_log'
    OR EXISTS (SELECT 1 FROM performance_schema.global_status WHERE variable_name = 'Innodb_redo_log_enabled' AND variable_value = 'OFF')
 ORDER BY s.name = 'redo_log' DESC;
