-- What the server counts, as in monitor_counters, but shows to those with PROCESS only: rows that open transactions changed.
SELECT 'rows changed by open transactions', 'rows', coalesce(sum(trx_rows_modified), 0), 100 FROM information_schema.innodb_trx;
