-- The file of table $1 is $2 bytes long and holds $3 rows.
INSERT INTO airshift_clean_file (table_name, bytes, row_count) VALUES ($1, $2, $3)
    ON DUPLICATE KEY UPDATE bytes = $2, row_count = $3;
