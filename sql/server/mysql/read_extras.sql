-- What hangs on the tables of database $1 and is not the table itself: table, kind, name, SQL that takes it away, SQL that
-- puts it back, columns it uses (array), whether it cannot be moved. The comments are for servers of that version.
SELECT p.table_name, 'grant', p.grantee, NULL,
       concat('GRANT ', group_concat(p.privilege_type ORDER BY p.privilege_type SEPARATOR ', '), ' ON `', replace($1, '`', '``'), '`.`', p.table_name,
              '` TO ', p.grantee), NULL, 'f', 1 AS position
  FROM information_schema.table_privileges AS p
 WHERE p.table_schema = $1
 GROUP BY p.table_name, p.grantee
UNION ALL
SELECT g.event_object_table, 'trigger', g.trigger_name, concat('DROP TRIGGER `', replace($1, '`', '``'), '`.`', g.trigger_name, '`'),
       concat('CREATE TRIGGER `', replace($1, '`', '``'), '`.`', g.trigger_name, '` ', g.action_timing, ' ', g.event_manipulation, ' ON `', replace($1, '`', '``'), '`.`',
              g.event_object_table, '` FOR EACH ROW ', g.action_statement), NULL, 'f', 2
  FROM information_schema.triggers AS g
 WHERE g.event_object_schema = $1
UNION ALL
SELECT c.table_name, 'on update', c.column_name, NULL, NULL, concat('{"', c.column_name, '"}'), 't', 3
  FROM information_schema.columns AS c
 WHERE c.table_schema = $1 AND c.extra LIKE '%on update%'
UNION ALL
SELECT DISTINCT i.table_name, 'partitions', i.table_name, NULL, NULL, NULL, 't', 4
  FROM information_schema.partitions AS i
 WHERE i.table_schema = $1 AND i.partition_name IS NOT NULL
UNION ALL
SELECT DISTINCT s.table_name, 'invisible index', s.index_name, NULL,
       concat('ALTER TABLE `', replace($1, '`', '``'), '`.`', s.table_name, '` ALTER INDEX `', s.index_name, '` INVISIBLE'), NULL, 'f', 5
  FROM information_schema.statistics AS s
 WHERE s.table_schema = $1 AND s.is_visible = 'NO'
UNION ALL
SELECT DISTINCT k.referenced_table_name, 'foreign key from another schema', k.constraint_name,
       concat('ALTER TABLE `', k.table_schema, '`.`', k.table_name, '` DROP FOREIGN KEY `', k.constraint_name, '`'),
       NULL, NULL, 't', 6
  FROM information_schema.key_column_usage AS k
 WHERE k.referenced_table_schema = $1 AND k.table_schema <> $1
/*!80013
UNION ALL
SELECT u.table_name, 'view', concat(u.view_schema, '.', u.view_name),
       concat('DROP VIEW `', u.view_schema, '`.`', u.view_name, '`'),
       concat('CREATE SQL SECURITY ', v.security_type, ' VIEW `', u.view_schema, '`.`', u.view_name, '` AS ', v.view_definition),
       (SELECT concat('{', replace(trim(LEADING '[' FROM trim(TRAILING ']' FROM json_arrayagg(c.column_name))), '", "', '","'), '}')
          FROM information_schema.columns AS c
         WHERE c.table_schema = u.table_schema AND c.table_name = u.table_name
           AND instr(v.view_definition, concat('.`', replace(c.column_name, '`', '``'), '`')) > 0), 'f', 7
  FROM information_schema.view_table_usage AS u
  JOIN information_schema.views AS v ON v.table_schema = u.view_schema AND v.table_name = u.view_name
 WHERE u.table_schema = $1
*/
 ORDER BY 8, 1, 3;
