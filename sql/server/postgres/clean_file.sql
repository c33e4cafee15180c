-- The file of table $1 is $2 bytes long and holds $3 rows.
INSERT INTO airshift_clean.file (table_name, bytes, rows) VALUES ($1, $2::bigint, $3::bigint)
    ON CONFLICT (table_name) DO UPDATE SET bytes = excluded.bytes, rows = excluded.rows;
