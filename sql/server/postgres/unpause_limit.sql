-- No DAG of $1 (a JSON array) may have more than $2 runs at once.
UPDATE dag SET max_active_runs = least(max_active_runs, $2::integer)
 WHERE dag_id IN (SELECT jsonb_array_elements_text($1::jsonb));
