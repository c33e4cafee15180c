-- Those of $1 (a JSON array) that are no DAG's id.
SELECT wanted FROM JSON_TABLE($1, '$[*]' COLUMNS (wanted VARCHAR(250) PATH '$')) AS w
 WHERE CONVERT(wanted USING utf8mb4) COLLATE utf8mb4_bin NOT IN (SELECT dag_id FROM dag) ORDER BY wanted;
