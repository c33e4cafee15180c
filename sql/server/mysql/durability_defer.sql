-- The statements that defer durability, one a row. They end with the server: none of them is persisted but the redo log.
SELECT IF(s.name = 'redo_log', 'ALTER INSTANCE DISABLE INNODB REDO_LOG', concat('SET GLOBAL ', s.name, ' = ', s.deferred))
  FROM airshift_durability.setting AS s
 WHERE s.name <> 'redo_log'
    OR EXISTS (SELECT 1 FROM performance_schema.global_status WHERE variable_name = 'Innodb_redo_log_enabled' AND variable_value = 'ON');
