-- Task instances that have been queued or scheduled for $1 seconds or longer, as in watch_tasks, one by one: DAG, state, seconds, task,
-- run, index where the task is mapped (-1: none), and the statement that clears it: without a state, the scheduler takes it anew. What
-- has gone on meanwhile is left alone.
WITH absent AS (
         SELECT NULL AS run_id, NULL AS execution_date, NULL AS scheduled_dttm, NULL AS updated_at, NULL AS map_index),
     waiting AS (
         SELECT t.* FROM absent, LATERAL (
                SELECT dag_id, task_id, state, run_id, execution_date, queued_dttm, scheduled_dttm, updated_at, map_index FROM task_instance
                 WHERE state IN ('queued', 'scheduled')) AS t),
     dated AS (
         SELECT d.* FROM absent, LATERAL (SELECT dag_id, run_id, start_date, execution_date FROM dag_run) AS d),
     aged AS (
         SELECT w.*, r.run_id AS run,
                timestampdiff(MICROSECOND, IF(w.state = 'queued', coalesce(w.queued_dttm, r.start_date),
                                              coalesce(w.scheduled_dttm, w.updated_at, r.start_date)), utc_timestamp(6)) / 1000000 AS seconds
           FROM waiting AS w
           LEFT JOIN dated AS r ON r.dag_id = w.dag_id AND (r.run_id = w.run_id OR (w.run_id IS NULL AND r.execution_date = w.execution_date)))
SELECT dag_id, state, seconds, task_id, coalesce(run, '?'), coalesce(map_index, -1),
       concat('UPDATE task_instance SET state = NULL, queued_dttm = NULL WHERE dag_id = ', '''', replace(dag_id, '''', ''''''), '''', ' AND task_id = ', '''', replace(task_id, '''', ''''''), '''',
              ' AND state = ', '''', replace(state, '''', ''''''), '''',
              IF(run_id IS NOT NULL, concat(' AND run_id = ', '''', replace(run_id, '''', ''''''), ''''), concat(' AND execution_date = ', '''', execution_date, '''')),
              ' AND queued_dttm <=> ', coalesce(concat('''', queued_dttm, ''''), 'NULL'),
              IF(map_index IS NOT NULL, concat(' AND map_index = ', map_index), ''))
  FROM aged WHERE seconds >= $1
 ORDER BY seconds DESC, dag_id, task_id;
