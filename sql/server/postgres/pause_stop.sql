-- Pauses what runs and remembers it, in one statement, so that neither can be without the other.
WITH stopped AS (UPDATE dag SET is_paused = true WHERE is_paused IS NOT TRUE RETURNING dag_id),
     kept AS (INSERT INTO airshift_operator.pause_dag (dag_id) SELECT dag_id FROM stopped
              ON CONFLICT (dag_id) DO UPDATE SET unpaused = NULL)
SELECT count(*) FROM stopped;
