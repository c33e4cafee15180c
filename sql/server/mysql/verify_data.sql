-- Statements that count what should not be there, with what each is about: orphans behind
-- foreign keys, one a foreign key of database $1.
SELECT concat('rows of ', k.table_name, ' without their ', min(k.referenced_table_name), ' (', k.constraint_name, ')'),
       concat('SELECT count(*) FROM `', replace($1, '`', '``'), '`.`', k.table_name, '` AS a WHERE ',
              group_concat(concat('a.`', k.column_name, '` IS NOT NULL') ORDER BY k.ordinal_position SEPARATOR ' AND '),
              ' AND NOT EXISTS (SELECT 1 FROM `', replace(min(k.referenced_table_schema), '`', '``'), '`.`', min(k.referenced_table_name), '` AS b WHERE ',
              group_concat(concat('b.`', k.referenced_column_name, '` = a.`', k.column_name, '`') ORDER BY k.ordinal_position SEPARATOR ' AND '), ')')
  FROM information_schema.key_column_usage AS k
 WHERE k.table_schema = $1 AND k.referenced_table_name IS NOT NULL
 GROUP BY k.table_name, k.constraint_name
 ORDER BY k.table_name, k.constraint_name;
