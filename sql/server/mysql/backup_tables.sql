-- The tables of the session's database: schema (there is one), name, quoted columns (those that are not computed), the
-- same as they are read (a number of single precision would be rounded), quoted columns of a primary key by which to cut,
-- blocks (there are none to read), bytes without indexes, estimated rows. The big ones first. What a restore notes is not among them.
-- A key serves where the order of its values is that of their texts as literals.
SELECT '', t.table_name,
       group_concat(concat('"', replace(c.column_name, '"', '""'), '"') ORDER BY c.ordinal_position SEPARATOR ', '),
       group_concat(concat('"', replace(c.column_name, '"', '""'), '"', IF(c.data_type = 'float', ' + 0e0', '')) ORDER BY c.ordinal_position SEPARATOR ', '),
       coalesce((SELECT IF(count(*) = sum(k.data_type IN ('tinyint', 'smallint', 'mediumint', 'int', 'bigint', 'decimal', 'char', 'varchar', 'date', 'datetime', 'timestamp')
                                          AND s.sub_part IS NULL AND s.collation = 'A'),
                           group_concat(concat('"', replace(s.column_name, '"', '""'), '"') ORDER BY s.seq_in_index SEPARATOR ', '), '')
                   FROM information_schema.statistics AS s
                   JOIN information_schema.columns AS k
                     ON k.table_schema = s.table_schema AND k.table_name = s.table_name AND k.column_name = s.column_name
                  WHERE s.table_schema = t.table_schema AND s.table_name = t.table_name AND s.index_name = 'PRIMARY'), ''),
       0, coalesce(t.data_length, 0), coalesce(t.table_rows, 0)
  FROM information_schema.tables AS t
  JOIN information_schema.columns AS c ON c.table_schema = t.table_schema AND c.table_name = t.table_name
 WHERE t.table_schema = database() AND t.table_type = 'BASE TABLE' AND t.table_name <> 'airshift_restore' AND c.generation_expression = ''
 GROUP BY t.table_schema, t.table_name, t.data_length, t.table_rows
 ORDER BY t.data_length DESC, t.table_name;
