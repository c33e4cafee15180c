-- The files of the archive: whose rows, how long, how many.
SELECT table_name, bytes, row_count FROM airshift_clean_file ORDER BY table_name;
