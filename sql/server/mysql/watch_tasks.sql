-- Task instances that have been queued or scheduled for $1 seconds or longer, by DAG and state: DAG, state, number, seconds of the
-- oldest, its task and its run. Since when one is scheduled is told by some versions; else its run's begin must do.
WITH absent AS (
         SELECT NULL AS run_id, NULL AS execution_date, NULL AS scheduled_dttm, NULL AS updated_at),
     waiting AS (
         SELECT t.* FROM absent, LATERAL (
                SELECT dag_id, task_id, state, run_id, execution_date, queued_dttm, scheduled_dttm, updated_at FROM task_instance
                 WHERE state IN ('queued', 'scheduled')) AS t),
     dated AS (
         SELECT d.* FROM absent, LATERAL (SELECT dag_id, run_id, start_date, execution_date FROM dag_run) AS d),
     aged AS (
         SELECT w.dag_id, w.task_id, w.state, r.run_id,
                timestampdiff(MICROSECOND, IF(w.state = 'queued', coalesce(w.queued_dttm, r.start_date),
                                              coalesce(w.scheduled_dttm, w.updated_at, r.start_date)), utc_timestamp(6)) / 1000000 AS seconds
           FROM waiting AS w
           LEFT JOIN dated AS r ON r.dag_id = w.dag_id AND (r.run_id = w.run_id OR (w.run_id IS NULL AND r.execution_date = w.execution_date))),
     ranked AS (
         SELECT aged.*, row_number() OVER (PARTITION BY dag_id, state ORDER BY seconds DESC) AS place FROM aged WHERE seconds >= $1)
SELECT dag_id, state, count(*), max(seconds), max(IF(place = 1, task_id, NULL)), coalesce(max(IF(place = 1, run_id, NULL)), '?')
  FROM ranked
 GROUP BY dag_id, state
 ORDER BY 4 DESC, 1, 2;
