-- Task instances that have been queued or scheduled for $1 seconds or longer, by DAG and state: DAG, state, number, seconds of the
-- oldest, its task and its run. Since when one is scheduled is told by some versions; else its run's begin must do.
WITH absent AS (
         SELECT NULL::text AS run_id, NULL::timestamptz AS execution_date, NULL::timestamptz AS scheduled_dttm, NULL::timestamptz AS updated_at),
     waiting AS (
         SELECT t.* FROM absent, LATERAL (
                SELECT dag_id, task_id, state, run_id, execution_date, queued_dttm, scheduled_dttm, updated_at FROM task_instance
                 WHERE state IN ('queued', 'scheduled')) AS t),
     aged AS (
         SELECT w.dag_id, w.task_id, w.state, r.run_id,
                extract(epoch FROM clock_timestamp() - CASE WHEN w.state = 'queued' THEN coalesce(w.queued_dttm, r.start_date)
                                                            ELSE coalesce(w.scheduled_dttm, w.updated_at, r.start_date) END) AS seconds
           FROM waiting AS w
           LEFT JOIN LATERAL (
                SELECT d.run_id, d.start_date FROM dag_run AS d WHERE d.dag_id = w.dag_id AND d.run_id = w.run_id
                UNION ALL
                SELECT d.run_id, d.start_date FROM absent, LATERAL (SELECT dag_id, run_id, start_date, execution_date FROM dag_run) AS d
                 WHERE w.run_id IS NULL AND d.dag_id = w.dag_id AND d.execution_date = w.execution_date) AS r ON true)
SELECT dag_id, state, count(*), max(seconds), (array_agg(task_id ORDER BY seconds DESC))[1], coalesce((array_agg(run_id ORDER BY seconds DESC))[1], '?')
  FROM aged WHERE seconds >= $1::double precision
 GROUP BY dag_id, state
 ORDER BY 4 DESC, 1, 2;
