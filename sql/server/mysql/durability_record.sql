-- Remembers what is about to be changed: each setting, its value and the one it gets. What does not wait for the disk as it
-- is stays so. The redo log can be off from 8.0.21 on, which takes a privilege of its own.
SET SESSION sql_log_bin = 0;
CREATE DATABASE IF NOT EXISTS airshift_durability;
DROP TABLE IF EXISTS airshift_durability.noting;
CREATE TABLE airshift_durability.noting (name VARCHAR(64) CHARACTER SET utf8mb4 PRIMARY KEY, value VARCHAR(64) NOT NULL, deferred VARCHAR(64) NOT NULL);
INSERT INTO airshift_durability.noting (name, value, deferred)
SELECT variable_name, variable_value, IF(variable_name = 'sync_binlog', '0', '2') FROM performance_schema.global_variables
 WHERE variable_name = 'innodb_flush_log_at_trx_commit' AND variable_value = '1' OR variable_name = 'sync_binlog' AND variable_value <> '0'
UNION ALL
SELECT 'redo_log', 'ON', 'OFF' FROM performance_schema.global_status
 WHERE variable_name = 'Innodb_redo_log_enabled' AND variable_value = 'ON'
   AND EXISTS (SELECT 1 FROM information_schema.user_privileges
                WHERE privilege_type = 'INNODB_REDO_LOG_ENABLE' AND replace(grantee, '''', '') = current_user());
RENAME TABLE airshift_durability.noting TO airshift_durability.setting;
