-- Constraints of the tables of database $1: table, name, definition in the grammar of the revision language, type, valid,
-- for a foreign key the database of the table it refers to, not enforced, columns. Foreign keys come last. A unique index is a constraint.
-- A unique one on expressions or beginnings of columns is among the indexes. The comments are for servers of that version.
-- The server keeps expressions escaped twice, with an introducer before each text and backticks around names; k.b is a
-- backslash and k.m a mark, whatever the SQL mode.
SELECT table_name, constraint_name, definition, kind, valid, referenced, 'f' AS unenforced, NULL AS all_columns FROM (
SELECT s.table_name, s.index_name AS constraint_name,
       concat(IF(s.index_name = 'PRIMARY', 'PRIMARY KEY (', 'UNIQUE ('),
              group_concat(concat('"', replace(s.column_name, '"', '""'), '"') ORDER BY s.seq_in_index SEPARATOR ', '),
              ')') AS definition,
       IF(s.index_name = 'PRIMARY', 'p', 'u') AS kind, 't' AS valid, NULL AS referenced
  FROM information_schema.statistics AS s
 WHERE s.table_schema = $1 AND s.non_unique = 0
 GROUP BY s.table_name, s.index_name
HAVING count(s.sub_part) = 0 AND count(s.column_name) = count(*)
UNION ALL
SELECT k.table_name, k.constraint_name,
       concat('FOREIGN KEY (',
              group_concat(concat('"', replace(k.column_name, '"', '""'), '"') ORDER BY k.ordinal_position SEPARATOR ', '),
              ') REFERENCES "', replace(k.referenced_table_name, '"', '""'), '" (',
              group_concat(concat('"', replace(k.referenced_column_name, '"', '""'), '"')
                           ORDER BY k.ordinal_position SEPARATOR ', '), ')',
              IF(r.delete_rule = 'NO ACTION', '', concat(' ON DELETE ', r.delete_rule)),
              IF(r.update_rule = 'NO ACTION', '', concat(' ON UPDATE ', r.update_rule))),
       'f', 't', k.referenced_table_schema
  FROM information_schema.key_column_usage AS k
  JOIN information_schema.referential_constraints AS r
    ON r.constraint_schema = k.constraint_schema AND r.constraint_name = k.constraint_name AND r.table_name = k.table_name
 WHERE k.table_schema = $1 AND k.referenced_table_name IS NOT NULL
 GROUP BY k.table_name, k.constraint_name, k.referenced_table_name, k.referenced_table_schema, r.delete_rule, r.update_rule
/*!80016
UNION ALL
SELECT t.table_name, t.constraint_name,
       concat('CHECK (', replace(replace(replace(replace(replace(replace(replace(replace(c.check_clause, repeat(k.b, 4), k.m), concat(repeat(k.b, 3), ''''), ''''''),
               concat(k.b, ''''), ''''), k.m, k.b), '`', '"'), '_utf8mb4''', ''''), '_utf8mb3''', ''''), '_latin1''', ''''), ')'),
       'c', IF(t.enforced = 'YES', 't', 'f'), NULL
  FROM information_schema.check_constraints AS c
  JOIN information_schema.table_constraints AS t
    ON t.constraint_schema = c.constraint_schema AND t.constraint_name = c.constraint_name AND t.constraint_type = 'CHECK'
 CROSS JOIN (SELECT char(92 USING utf8mb4) AS b, char(1 USING utf8mb4) AS m) AS k
 WHERE c.constraint_schema = $1
*/
) AS all_of_them
 ORDER BY kind = 'f', table_name, constraint_name;
