-- No DAG of $1 (a JSON array) may have more than $2 runs at once.
UPDATE dag SET max_active_runs = least(coalesce(max_active_runs, CAST($2 AS SIGNED)), CAST($2 AS SIGNED))
 WHERE CONVERT(dag_id USING utf8mb4) COLLATE utf8mb4_bin IN (SELECT wanted FROM JSON_TABLE($1, '$[*]' COLUMNS (wanted VARCHAR(250) PATH '$')) AS w);
