-- Remembers what runs and pauses it, in the transaction of the caller. The rows of dag are locked before they are
-- remembered: nobody else pauses one in between.
INSERT IGNORE INTO airshift_pause (one, begun) VALUES (1, utc_timestamp(6));
INSERT INTO airshift_pause_dag (dag_id, unpaused)
SELECT dag_id, NULL FROM dag WHERE is_paused IS NOT TRUE FOR UPDATE
    ON DUPLICATE KEY UPDATE unpaused = NULL;
UPDATE dag SET is_paused = TRUE
 WHERE is_paused IS NOT TRUE
   AND dag_id IN (SELECT dag_id FROM airshift_pause_dag WHERE unpaused IS NULL);
SELECT row_count();
