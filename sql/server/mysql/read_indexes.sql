-- Indexes of the tables of database $1 that are no constraints: table, name, definition in the grammar of the revision
-- language, valid, and whether the server made it for a foreign key, whose name it then has. The beginning of a column is
-- written as mysql_prefix(column, length). The comments are for servers of that version.
-- The server keeps expressions escaped twice, with an introducer before each text and backticks around names; k.b is a
-- backslash and k.m a mark, whatever the SQL mode.
SELECT s.table_name, s.index_name,
       concat('CREATE ', IF(min(s.non_unique) = 0, 'UNIQUE ', ''), 'INDEX "', replace(s.index_name, '"', '""'), '" ON "',
              replace(s.table_name, '"', '""'), '" ', IF(min(s.index_type) = 'BTREE', '', concat('USING ', lower(min(s.index_type)), ' ')),
              '(', group_concat(concat(
                  CASE WHEN s.sub_part IS NOT NULL AND s.index_type = 'BTREE'
                       THEN concat('mysql_prefix("', replace(s.column_name, '"', '""'), '", ', s.sub_part, ')')
                       WHEN s.column_name IS NOT NULL THEN concat('"', replace(s.column_name, '"', '""'), '"')
                       /*!80013 ELSE concat('(', replace(replace(replace(replace(replace(replace(replace(replace(s.expression, repeat(k.b, 4), k.m), concat(repeat(k.b, 3), ''''), ''''''),
               concat(k.b, ''''), ''''), k.m, k.b), '`', '"'), '_utf8mb4''', ''''), '_utf8mb3''', ''''), '_latin1''', ''''), ')') */
                       END,
                  IF(s.collation = 'D', ' DESC', '')) ORDER BY s.seq_in_index SEPARATOR ', '), ')'),
       't',
       IF(EXISTS (SELECT 1 FROM information_schema.referential_constraints AS r
                   WHERE r.constraint_schema = $1 AND r.table_name = s.table_name AND r.constraint_name = s.index_name),
          't', 'f')
  FROM information_schema.statistics AS s
 CROSS JOIN (SELECT char(92 USING utf8mb4) AS b, char(1 USING utf8mb4) AS m) AS k
 WHERE s.table_schema = $1
 GROUP BY s.table_name, s.index_name
HAVING min(s.non_unique) = 1 OR count(s.sub_part) > 0 OR count(s.column_name) < count(*)
 ORDER BY s.table_name, s.index_name;
