-- What the server counts: name, unit, value, how much of it in a second is a sign of work. All of it is the whole server's.
SELECT 'rows written', 'rows', sum(variable_value), 100 FROM performance_schema.global_status
 WHERE variable_name IN ('Innodb_rows_inserted', 'Innodb_rows_updated', 'Innodb_rows_deleted')
UNION ALL SELECT 'redo log', 'bytes', variable_value, 50000 FROM performance_schema.global_status WHERE variable_name = 'Innodb_os_log_written'
UNION ALL SELECT 'binary log', 'bytes', sum_number_of_bytes_write, 50000 FROM performance_schema.file_summary_by_event_name
           WHERE event_name = 'wait/io/file/sql/binlog'
UNION ALL SELECT 'data files', 'bytes', variable_value, 1000000 FROM performance_schema.global_status WHERE variable_name = 'Innodb_data_written'
UNION ALL SELECT 'temporary files', 'bytes', sum_number_of_bytes_write, 1 FROM performance_schema.file_summary_by_event_name
           WHERE event_name = 'wait/io/file/innodb/innodb_temp_file'
UNION ALL SELECT 'pages read', 'pages', variable_value, 0 FROM performance_schema.global_status WHERE variable_name = 'Innodb_pages_read';
