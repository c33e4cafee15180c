-- Gives the DAGs of $1 (a JSON array) back, and writes down that it did. How many
-- are there still.
WITH given AS (UPDATE airshift_operator.pause_dag SET unpaused = clock_timestamp()
                WHERE dag_id IN (SELECT jsonb_array_elements_text($1::jsonb)) RETURNING dag_id),
     changed AS (UPDATE dag SET is_paused = false FROM given WHERE dag.dag_id = given.dag_id RETURNING 1)
SELECT count(*) FROM changed;
