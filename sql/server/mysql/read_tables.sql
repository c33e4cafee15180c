-- Tables of database $1, but airshift's own: name, name, owner (there is none), storage options, persistence, comment, estimated rows,
-- pages, bytes with indexes, bytes of the clustered index, kind.
SELECT t.table_name, t.table_name, '', nullif(t.create_options, ''), 'p', nullif(t.table_comment, ''),
       coalesce(t.table_rows, -1), floor(coalesce(t.data_length, 0) / 16384),
       coalesce(t.data_length, 0) + coalesce(t.index_length, 0), coalesce(t.data_length, 0), 'r'
  FROM information_schema.tables AS t
 WHERE t.table_schema = $1 AND t.table_type = 'BASE TABLE' AND t.table_name NOT LIKE 'airshift|_%' ESCAPE '|'
 ORDER BY t.table_name;
