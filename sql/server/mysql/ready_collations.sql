-- Of database $1: what each table's text is compared by ('table', table, collation), that of a new
-- table ('database', '', collation), and how many bytes a character has at most under each
-- collation of the server ('bytes', collation, number). Before 8.0.30 utf8mb3_bin, which the server takes, is shown as
-- utf8_bin.
SELECT 'table', table_name, IF(left(table_collation, 5) = 'utf8_', concat('utf8mb3', substr(table_collation, 5)), table_collation) FROM information_schema.tables
 WHERE table_schema = $1 AND table_type = 'BASE TABLE'
UNION ALL
SELECT 'database', '', IF(left(default_collation_name, 5) = 'utf8_', concat('utf8mb3', substr(default_collation_name, 5)), default_collation_name) FROM information_schema.schemata WHERE schema_name = $1
UNION ALL
SELECT 'bytes', IF(left(a.collation_name, 5) = 'utf8_', concat('utf8mb3', substr(a.collation_name, 5)), a.collation_name), c.maxlen
  FROM information_schema.collation_character_set_applicability AS a
  JOIN information_schema.character_sets AS c ON c.character_set_name = a.character_set_name;
