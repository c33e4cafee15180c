-- The archive tables of database $1.
SELECT table_name FROM information_schema.tables
 WHERE table_schema = $1 AND table_name LIKE '|_airshift|_archive|_|_%' ESCAPE '|' ORDER BY 1;
