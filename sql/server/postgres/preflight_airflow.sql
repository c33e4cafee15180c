-- Airflow's health: the signs of life of its own processes in the table job. One that says it runs and is silent has died
-- without a word, unless Airflow is stopped; what has been silent for a day is only left over.
WITH job_of AS (
         SELECT replace(job_type, 'Job', '') AS kind, hostname, extract(epoch FROM clock_timestamp() - latest_heartbeat) AS silent
           FROM job
          WHERE state = 'running' AND job_type IN ('SchedulerJob', 'TriggererJob', 'DagProcessorJob')),
     kind AS (
         SELECT kind, count(*) FILTER (WHERE silent < 60) AS alive, count(*) FILTER (WHERE silent >= 60 AND silent < 86400) AS ill,
                count(*) FILTER (WHERE silent >= 86400) AS left_over, min(silent) AS silent,
                min(hostname) FILTER (WHERE silent >= 60) AS hostname
           FROM job_of GROUP BY kind),
     found (light, text, advice) AS (
         SELECT CASE WHEN alive = 0 THEN 'red' ELSE 'yellow' END,
                format('%s: %s without a sign of life for more than a minute (on %s), %s alive', kind, ill, coalesce(hostname, '?'), alive),
                CASE WHEN alive = 0 THEN 'Airflow is ill: nothing drains that way. Restart it and look again; where it was stopped by hand, this is its last word.'
                     ELSE 'One of them died: see that it is gone.' END
           FROM kind WHERE ill > 0
         UNION ALL
         SELECT 'yellow', format('%s: %s that were never signed off, silent for more than a day', kind, left_over),
                'Airflow''s next scheduler marks them as failed; nobody is harmed.'
           FROM kind WHERE left_over > 0 AND ill = 0 AND alive = 0)
SELECT 'Airflow', light, text, advice FROM found
UNION ALL
SELECT 'Airflow', 'green', coalesce((SELECT string_agg(format('%s: %s alive, %s s ago', kind, alive, round(silent)), ', ' ORDER BY kind) FROM kind WHERE alive > 0),
                                    'no scheduler runs'), NULL
 WHERE NOT EXISTS (SELECT FROM found);
