-- Task instances that have been queued or scheduled for $1 seconds or longer, as in watch_tasks, one by one: DAG, state, seconds, task,
-- run, index where the task is mapped (-1: none), and the statement that clears it: without a state, the scheduler takes it anew. What
-- has gone on meanwhile is left alone.
WITH absent AS (
         SELECT NULL::text AS run_id, NULL::timestamptz AS execution_date, NULL::timestamptz AS scheduled_dttm, NULL::timestamptz AS updated_at,
                NULL::integer AS map_index),
     waiting AS (
         SELECT t.* FROM absent, LATERAL (
                SELECT dag_id, task_id, state, run_id, execution_date, queued_dttm, scheduled_dttm, updated_at, map_index FROM task_instance
                 WHERE state IN ('queued', 'scheduled')) AS t),
     aged AS (
         SELECT w.*, r.run_id AS run,
                extract(epoch FROM clock_timestamp() - CASE WHEN w.state = 'queued' THEN coalesce(w.queued_dttm, r.start_date)
                                                            ELSE coalesce(w.scheduled_dttm, w.updated_at, r.start_date) END) AS seconds
           FROM waiting AS w
           LEFT JOIN LATERAL (
                SELECT d.run_id, d.start_date FROM dag_run AS d WHERE d.dag_id = w.dag_id AND d.run_id = w.run_id
                UNION ALL
                SELECT d.run_id, d.start_date FROM absent, LATERAL (SELECT dag_id, run_id, start_date, execution_date FROM dag_run) AS d
                 WHERE w.run_id IS NULL AND d.dag_id = w.dag_id AND d.execution_date = w.execution_date) AS r ON true)
SELECT dag_id, state, seconds, task_id, coalesce(run, '?'), coalesce(map_index, -1),
       concat('UPDATE task_instance SET state = NULL, queued_dttm = NULL WHERE ', format('dag_id = %L AND task_id = %L AND state = %L', dag_id, task_id, state),
              CASE WHEN run_id IS NOT NULL THEN format(' AND run_id = %L', run_id) ELSE format(' AND execution_date = %L', execution_date) END,
              format(' AND queued_dttm IS NOT DISTINCT FROM %L::timestamptz', queued_dttm),
              CASE WHEN map_index IS NOT NULL THEN concat(' AND map_index = ', map_index) END)
  FROM aged WHERE seconds >= $1::double precision
 ORDER BY seconds DESC, dag_id, task_id;
