-- Tables of this database: name, rows written and rows read since the server was started.
SELECT IF(object_schema = database(), object_name, concat(object_schema, '.', object_name)), count_write, count_fetch
  FROM performance_schema.table_io_waits_summary_by_table
 WHERE object_schema IN (database(), concat(database(), '_airshift_new')) AND (count_write > 0 OR count_fetch > 0)
 ORDER BY 1;
