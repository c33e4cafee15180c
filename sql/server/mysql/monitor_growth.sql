-- How far the tables are that airshift makes anew in its own database: id, what, phase, size of the new file, size of the old one (which is
-- about what the new one will have, keys included), unit. Shows to those with PROCESS only. (Elsewhere
-- the files of an open transaction are nobody else's to see.)
SELECT t.processlist_id, concat('copy of ', l.object_name), '', n.file_size, o.file_size, 'bytes'
  FROM performance_schema.threads AS t
  JOIN performance_schema.metadata_locks AS l ON l.owner_thread_id = t.thread_id AND l.object_type = 'TABLE' AND l.lock_status = 'GRANTED'
   AND l.lock_type = 'SHARED_WRITE' AND l.object_schema = concat(database(), '_airshift_new')
  JOIN information_schema.innodb_tablespaces AS n ON n.name = concat(l.object_schema, '/', l.object_name)
  JOIN information_schema.innodb_tablespaces AS o ON o.name = concat(database(), '/', l.object_name)
 WHERE t.processlist_id <> connection_id() AND t.processlist_command <> 'Sleep'
 ORDER BY 1, 2;
