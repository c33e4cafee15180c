-- How far each table is.
SELECT table_name, filenode::bigint, block, kept, is_done FROM airshift_clean.place;
