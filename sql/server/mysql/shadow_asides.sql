-- The tables of database $1 that hold rows set aside: found ones, and applied ones.
SELECT table_name FROM information_schema.tables
 WHERE table_schema = $1 AND (table_name LIKE 'airshift|_found|_|_%' ESCAPE '|' OR table_name LIKE 'airshift|_aside|_|_%' ESCAPE '|') ORDER BY 1;
