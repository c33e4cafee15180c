-- A CHECK constraint of a table of database $1 with triggers, and the table, where the name does not follow the table's: that
-- table and its new one would both have it in one database.
SELECT c.constraint_name, c.table_name
  FROM information_schema.table_constraints AS c
 WHERE c.table_schema = $1 AND c.constraint_type = 'CHECK'
   AND left(c.constraint_name, char_length(c.table_name) + 5) <> concat(c.table_name, '_chk_')
   AND EXISTS (SELECT 1 FROM information_schema.triggers AS t WHERE t.event_object_schema = $1 AND t.event_object_table = c.table_name)
 ORDER BY 1 LIMIT 1;
