-- What the server counts: name, unit, value, how much of it in a second is a sign of work. The log is the whole server's. A
-- transaction's rows are counted when it ends; the size of the database shows a table that is being rewritten before.
SELECT 'write-ahead log', 'bytes',
       pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END, '0/0')::bigint, 50000
UNION ALL SELECT 'size of the database', 'bytes', pg_database_size(current_database()), 1
UNION ALL SELECT 'rows written', 'rows', tup_inserted + tup_updated + tup_deleted, 100 FROM pg_stat_database WHERE datname = current_database()
UNION ALL SELECT 'blocks read', 'blocks', blks_read, 0 FROM pg_stat_database WHERE datname = current_database()
UNION ALL SELECT 'temporary files', 'bytes', temp_bytes, 0 FROM pg_stat_database WHERE datname = current_database();
