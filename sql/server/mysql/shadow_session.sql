-- For the sessions that fill the new tables. What is read stays as it is, so it need not be locked; the new rows are checked
-- by queries. A key of 0 is a key, no wish for a new one. Each ALTER takes about four times the buffer for sorting, however many
-- rows there are (ten keys of task_instance: 1061 MB with 256 MB, 133 MB with 32 MB, and no faster).
SET SESSION transaction_isolation = 'READ-COMMITTED';
SET SESSION foreign_key_checks = 0;
SET SESSION unique_checks = 1;
SET SESSION sql_mode = concat(@@SESSION.sql_mode, ',NO_AUTO_VALUE_ON_ZERO');
/*!80027 SET SESSION innodb_ddl_buffer_size = 33554432 */;
