-- How far the commands are whose progress the server counts: id, what, phase, done, total (0: not known), unit.
-- Of COPY this release does not tell it.
SELECT p.pid, concat('CREATE INDEX on ', p.relid::regclass), phase, CASE WHEN tuples_total > 0 THEN tuples_done ELSE blocks_done END,
       CASE WHEN tuples_total > 0 THEN tuples_total ELSE blocks_total END, CASE WHEN tuples_total > 0 THEN 'rows' ELSE 'blocks' END
  FROM pg_stat_progress_create_index AS p WHERE datname = current_database()
UNION ALL
SELECT pid, concat(command, ' of ', relid::regclass), phase, heap_blks_scanned, heap_blks_total, 'blocks'
  FROM pg_stat_progress_cluster WHERE datname = current_database()
UNION ALL
SELECT pid, concat('VACUUM of ', relid::regclass), phase, heap_blks_scanned, heap_blks_total, 'blocks'
  FROM pg_stat_progress_vacuum WHERE datname = current_database()
UNION ALL
SELECT pid, concat('ANALYZE of ', relid::regclass), phase, sample_blks_scanned, sample_blks_total, 'blocks'
  FROM pg_stat_progress_analyze WHERE datname = current_database()
ORDER BY 1;
