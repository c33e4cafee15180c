-- Bytes of binary log so far, bytes of the database and of the one in which its new tables are made, bytes of temporary
-- files (-1: not told). The names of tablespaces have a dash written out.
SELECT (SELECT coalesce(sum(sum_number_of_bytes_write), 0) FROM performance_schema.file_summary_by_event_name
         WHERE event_name = 'wait/io/file/sql/binlog'),
       (SELECT coalesce(sum(s.allocated_size), 0) FROM information_schema.innodb_tablespaces AS s
         WHERE substring_index(s.name, '/', 1) IN (d.name, concat(d.name, '_airshift_new'), concat(d.name, '_airshift_old'))),
       -1
  FROM (SELECT replace(database(), '-', '@002d') AS name) AS d;
