-- The statements that bring to disk what was written meanwhile, one a row.
SELECT 'FLUSH NO_WRITE_TO_BINLOG ENGINE LOGS' UNION ALL SELECT 'FLUSH NO_WRITE_TO_BINLOG BINARY LOGS' FROM DUAL WHERE @@GLOBAL.log_bin = 1;
