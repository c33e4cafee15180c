-- Gives the DAGs of $1 (a JSON array) back, and writes down that it did, in the transaction of the caller. How many
-- are there still.
UPDATE airshift_pause_dag SET unpaused = utc_timestamp(6)
 WHERE dag_id IN (SELECT wanted FROM JSON_TABLE($1, '$[*]' COLUMNS (wanted VARCHAR(250) PATH '$')) AS w);
UPDATE dag SET is_paused = FALSE
 WHERE CONVERT(dag_id USING utf8mb4) COLLATE utf8mb4_bin IN (SELECT wanted FROM JSON_TABLE($1, '$[*]' COLUMNS (wanted VARCHAR(250) PATH '$')) AS w);
SELECT count(*) FROM dag
 WHERE CONVERT(dag_id USING utf8mb4) COLLATE utf8mb4_bin IN (SELECT wanted FROM JSON_TABLE($1, '$[*]' COLUMNS (wanted VARCHAR(250) PATH '$')) AS w);
