-- Those of $1 (a JSON array) that are no DAG's id.
SELECT wanted FROM jsonb_array_elements_text($1::jsonb) AS wanted
 WHERE NOT EXISTS (SELECT FROM dag WHERE dag_id = wanted) ORDER BY wanted;
