-- Tables of this database: name, rows written and rows read since the statistics began.
SELECT CASE WHEN schemaname LIKE 'airshift%' THEN schemaname || '.' ELSE '' END || relname, n_tup_ins + n_tup_upd + n_tup_del,
       coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0)
  FROM pg_stat_user_tables ORDER BY 1;
