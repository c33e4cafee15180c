-- Task instances by state: state, number, age of the oldest in seconds, one of them for a person, and how many have no
-- sign of life for five minutes. Columns that only some versions have are looked up by name.
SELECT state, count(*),
       coalesce(max(extract(epoch FROM clock_timestamp() - since)), 0)::bigint,
       (array_agg(dag_id || '.' || task_id || ' of ' || coalesce(run, '?') ORDER BY since NULLS LAST))[1],
       count(*) FILTER (WHERE state = 'running' AND beat < clock_timestamp() - interval '5 minutes')
  FROM (SELECT t.state, t.dag_id, t.task_id, j ->> 'run_id' AS run,
               coalesce(t.start_date, (j ->> 'queued_dttm')::timestamptz) AS since,
               coalesce((j ->> 'last_heartbeat_at')::timestamptz,
                        (SELECT latest_heartbeat FROM job WHERE job.id = (j ->> 'job_id')::integer)) AS beat
          FROM (SELECT state, dag_id, task_id, start_date, to_jsonb(task_instance) AS j FROM task_instance
                 WHERE state IN ('running', 'queued', 'restarting', 'shutdown')) AS t) AS one
 GROUP BY state
 ORDER BY state = 'running' DESC, state;
