-- What a run has built in database $1: all but what remembers it.
SELECT table_name FROM information_schema.tables
 WHERE table_schema = $1 AND (table_name NOT LIKE 'airshift|_%' ESCAPE '|' OR table_name LIKE 'airshift|_native|_%' ESCAPE '|') ORDER BY 1;
