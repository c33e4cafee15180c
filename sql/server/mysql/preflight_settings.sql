-- The server's settings: airshift's own sessions have set theirs. $1: bytes that a migration writes, not used here.
WITH found (position, topic, light, text, advice) AS (
         SELECT 1, 'time zone', 'red', concat('the server has the time zone ', IF(@@GLOBAL.time_zone = 'SYSTEM', concat('of its system, ', @@system_time_zone), @@GLOBAL.time_zone), ', not UTC'),
                'Airflow''s TIMESTAMPs would be shifted by what does not ask for UTC: SET PERSIST time_zone = ''+00:00''.'
          WHERE upper(IF(@@GLOBAL.time_zone = 'SYSTEM', @@system_time_zone, @@GLOBAL.time_zone)) NOT IN ('+00:00', 'UTC', 'ETC/UTC', 'GMT', 'UCT', 'ZULU')
         UNION ALL
         SELECT 2, 'timeouts', 'yellow', concat('lock_wait_timeout is ', @@GLOBAL.lock_wait_timeout, ' s'),
                'airshift has its own, but `airflow db migrate` would be cut off in the middle, and DDL cannot be rolled back.'
          WHERE @@GLOBAL.lock_wait_timeout < 60
         UNION ALL
         SELECT 2, 'timeouts', 'yellow', concat('wait_timeout is ', @@GLOBAL.wait_timeout, ' s'),
                'Sessions of Airflow and of hooks that are silent that long are ended: raise it for the day.'
          WHERE @@GLOBAL.wait_timeout < 600
         UNION ALL
         SELECT 2, 'timeouts', 'yellow', concat('max_execution_time is ', @@GLOBAL.max_execution_time, ' ms'),
                'Queries of `airflow db migrate` would be cut off: SET GLOBAL max_execution_time = 0 for the day.'
          WHERE @@GLOBAL.max_execution_time > 0
         UNION ALL
         SELECT 3, 'writable', 'red', IF(@@GLOBAL.super_read_only, 'super_read_only is on', 'read_only is on'),
                'Nothing can be migrated: name the master, or SET GLOBAL read_only = OFF (a fence of a switch sets it).'
          WHERE @@GLOBAL.read_only OR @@GLOBAL.super_read_only
         UNION ALL
         SELECT 3, 'writable', 'red', 'offline_mode is on', 'Only administrators get in: SET GLOBAL offline_mode = OFF.' WHERE @@GLOBAL.offline_mode
         UNION ALL
         SELECT 4, 'binary log', 'yellow', 'there is no binary log', 'No replica can follow, and there is no way back by a replica: a switch needs log_bin.' WHERE NOT @@GLOBAL.log_bin
         UNION ALL
         SELECT 4, 'binary log', 'red', concat('binlog_format is ', @@GLOBAL.binlog_format),
                'Replicas would compute their own values, UUIDs among them: SET PERSIST binlog_format = ROW.'
          WHERE @@GLOBAL.log_bin AND @@GLOBAL.binlog_format <> 'ROW'
         UNION ALL
         SELECT 4, 'binary log', 'yellow', concat('gtid_mode is ', @@GLOBAL.gtid_mode), 'A replica is then followed by file and position, which a switch has to read at the right moment.'
          WHERE @@GLOBAL.log_bin AND @@GLOBAL.gtid_mode <> 'ON'
         UNION ALL
         SELECT 5, 'durability', 'yellow', concat_ws(', ', IF(@@GLOBAL.innodb_flush_log_at_trx_commit <> 1, concat('innodb_flush_log_at_trx_commit is ', @@GLOBAL.innodb_flush_log_at_trx_commit), NULL),
                       IF(@@GLOBAL.log_bin AND @@GLOBAL.sync_binlog <> 1, concat('sync_binlog is ', @@GLOBAL.sync_binlog), NULL), IF(@@GLOBAL.innodb_doublewrite = 'OFF', 'innodb_doublewrite is OFF', NULL)),
                'A crash of the machine loses what was committed: set it to 1, or have a backup.'
          WHERE @@GLOBAL.innodb_flush_log_at_trx_commit <> 1 OR (@@GLOBAL.log_bin AND @@GLOBAL.sync_binlog <> 1) OR @@GLOBAL.innodb_doublewrite = 'OFF'
         UNION ALL
         SELECT 6, 'settings', 'red', 'explicit_defaults_for_timestamp is off', 'Airflow refuses to migrate then: SET PERSIST explicit_defaults_for_timestamp = ON.'
          WHERE NOT @@GLOBAL.explicit_defaults_for_timestamp
         UNION ALL
         SELECT 6, 'settings', 'yellow', concat('max_allowed_packet is ', @@GLOBAL.max_allowed_packet DIV 1048576, ' MB'), 'Large XComs and serialized DAGs do not fit into one statement: 64 MB is usual.'
          WHERE @@GLOBAL.max_allowed_packet < 16777216
         UNION ALL
         SELECT 6, 'settings', 'yellow', 'sql_require_primary_key is on', 'Some tables of Airflow''s have none: turn it off for the day.' 
          FROM performance_schema.global_variables WHERE variable_name = 'sql_require_primary_key' AND variable_value = 'ON')
SELECT topic, light, text, advice FROM (
    SELECT * FROM found
    UNION ALL SELECT 1, 'time zone', 'green', 'UTC', NULL WHERE NOT EXISTS (SELECT 1 FROM found WHERE topic = 'time zone')
    UNION ALL SELECT 2, 'timeouts', 'green', 'no statement, lock or session is cut off soon', NULL WHERE NOT EXISTS (SELECT 1 FROM found WHERE topic = 'timeouts')
    UNION ALL SELECT 3, 'writable', 'green', 'transactions may write', NULL WHERE NOT EXISTS (SELECT 1 FROM found WHERE topic = 'writable')
    UNION ALL SELECT 4, 'binary log', 'green', 'by row, with GTIDs', NULL WHERE NOT EXISTS (SELECT 1 FROM found WHERE topic = 'binary log')
    UNION ALL SELECT 5, 'durability', 'green', 'what is committed survives a crash', NULL WHERE NOT EXISTS (SELECT 1 FROM found WHERE topic = 'durability')
    UNION ALL SELECT 6, 'settings', 'green', 'nothing that Airflow stumbles over', NULL WHERE NOT EXISTS (SELECT 1 FROM found WHERE topic = 'settings')) AS line
 WHERE $1 >= 0
 ORDER BY position;
