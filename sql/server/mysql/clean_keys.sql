-- All foreign keys around the database: referring table, table referred to, what a DELETE does (c: cascades, n: sets, r: refuses),
-- the join of both (c and p), the referring columns, whether an index begins with them, which the server sees to.
SELECT crc32(concat(k.table_schema, '.', k.table_name)), crc32(concat(k.referenced_table_schema, '.', k.referenced_table_name)),
       CASE r.delete_rule WHEN 'CASCADE' THEN 'c' WHEN 'SET NULL' THEN 'n' ELSE 'r' END,
       group_concat(concat('c."', replace(k.column_name, '"', '""'), '" = p."', replace(k.referenced_column_name, '"', '""'), '"')
                    ORDER BY k.ordinal_position SEPARATOR ' AND '),
       group_concat(concat('"', replace(k.column_name, '"', '""'), '"') ORDER BY k.ordinal_position SEPARATOR ', '), 't'
  FROM information_schema.key_column_usage AS k
  JOIN information_schema.referential_constraints AS r
    ON r.constraint_schema = k.constraint_schema AND r.constraint_name = k.constraint_name AND r.table_name = k.table_name
 WHERE k.referenced_table_schema = database()
 GROUP BY k.table_schema, k.table_name, k.constraint_name, k.referenced_table_schema, k.referenced_table_name, r.delete_rule;
