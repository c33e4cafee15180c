-- The files of the archive: whose rows, how long, how many.
SELECT table_name, bytes, rows FROM airshift_clean.file ORDER BY table_name;
