-- Of database $1: what each table's text is compared by ('table', table, collation), that of a new
-- table ('database', '', collation), and how many bytes a character has at most under each
-- collation of the server ('bytes', collation, number).
SELECT 'table', table_name, table_collation FROM information_schema.tables
 WHERE table_schema = $1 AND table_type = 'BASE TABLE'
UNION ALL
SELECT 'database', '', default_collation_name FROM information_schema.schemata WHERE schema_name = $1
UNION ALL
SELECT 'bytes', a.collation_name, c.maxlen
  FROM information_schema.collation_character_set_applicability AS a
  JOIN information_schema.character_sets AS c ON c.character_set_name = a.character_set_name;
