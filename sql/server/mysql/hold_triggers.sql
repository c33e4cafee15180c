-- A trigger of a table of database $1, and the table: it cannot go to another database with its table, and to drop it takes a lock
-- that nobody has while others are kept from writing.
SELECT trigger_name, event_object_table FROM information_schema.triggers WHERE event_object_schema = $1 ORDER BY 1 LIMIT 1;
