-- The tables of the database, and those of others that refer to them: number, schema, name, quoted name, quoted columns that are not
-- computed, the columns' names one a line, blocks, file node (there is none), the columns of the primary key quoted, one a line, the columns
-- as they are read (a number of single precision would be rounded), rows in a block.
SELECT crc32(concat(t.table_schema, '.', t.table_name)), t.table_schema, t.table_name,
       concat(IF(t.table_schema = database(), '', concat('"', replace(t.table_schema, '"', '""'), '".')), '"', replace(t.table_name, '"', '""'), '"'),
       (SELECT group_concat(concat('"', replace(c.column_name, '"', '""'), '"') ORDER BY c.ordinal_position SEPARATOR ', ')
          FROM information_schema.columns AS c WHERE c.table_schema = t.table_schema AND c.table_name = t.table_name AND c.generation_expression = ''),
       (SELECT group_concat(c.column_name ORDER BY c.ordinal_position SEPARATOR '
')        FROM information_schema.columns AS c WHERE c.table_schema = t.table_schema AND c.table_name = t.table_name),
       greatest(1, floor(coalesce(t.data_length, 0) / 16384)), 0,
       (SELECT group_concat(concat('"', replace(s.column_name, '"', '""'), '"') ORDER BY s.seq_in_index SEPARATOR '
')        FROM information_schema.statistics AS s WHERE s.table_schema = t.table_schema AND s.table_name = t.table_name AND s.index_name = 'PRIMARY'),
       (SELECT group_concat(concat('t."', replace(c.column_name, '"', '""'), '"', IF(c.data_type = 'float', ' + 0e0', '')) ORDER BY c.ordinal_position SEPARATOR ', ')
          FROM information_schema.columns AS c WHERE c.table_schema = t.table_schema AND c.table_name = t.table_name AND c.generation_expression = ''),
       greatest(1, floor(coalesce(t.table_rows, 0) / greatest(1, floor(coalesce(t.data_length, 0) / 16384))))
  FROM information_schema.tables AS t
 WHERE t.table_type = 'BASE TABLE'
   AND (t.table_schema = database()
        OR (t.table_schema, t.table_name) IN (SELECT k.table_schema, k.table_name FROM information_schema.key_column_usage AS k
                                               WHERE k.referenced_table_schema = database()));
