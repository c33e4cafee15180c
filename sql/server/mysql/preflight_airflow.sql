-- Airflow's health: the signs of life of its own processes in the table job. One that says it runs and is silent has died
-- without a word, unless Airflow is stopped; what has been silent for a day is only left over.
WITH kind AS (
         SELECT replace(job_type, 'Job', '') AS kind, sum(silent < 60) AS alive, sum(silent >= 60 AND silent < 86400) AS ill, sum(silent >= 86400) AS left_over,
                min(silent) AS silent, min(IF(silent >= 60, hostname, NULL)) AS hostname
           FROM (SELECT job_type, hostname, timestampdiff(SECOND, latest_heartbeat, utc_timestamp(6)) AS silent FROM job
                  WHERE state = 'running' AND job_type IN ('SchedulerJob', 'TriggererJob', 'DagProcessorJob')) AS one
          GROUP BY job_type),
     found (light, text, advice) AS (
         SELECT IF(alive = 0, 'red', 'yellow'), concat(kind, ': ', ill, ' without a sign of life for more than a minute (on ', coalesce(hostname, '?'), '), ', alive, ' alive'),
                IF(alive = 0, 'Airflow is ill: nothing drains that way. Restart it and look again; where it was stopped by hand, this is its last word.',
                   'One of them died: see that it is gone.')
           FROM kind WHERE ill > 0
         UNION ALL
         SELECT 'yellow', concat(kind, ': ', left_over, ' that were never signed off, silent for more than a day'), 'Airflow''s next scheduler marks them as failed; nobody is harmed.'
           FROM kind WHERE left_over > 0 AND ill = 0 AND alive = 0)
SELECT 'Airflow', light, text, advice FROM found
UNION ALL
SELECT 'Airflow', 'green', coalesce((SELECT group_concat(concat(kind, ': ', alive, ' alive, ', silent, ' s ago') ORDER BY kind SEPARATOR ', ') FROM kind WHERE alive > 0), 'no scheduler runs'), NULL
 WHERE NOT EXISTS (SELECT 1 FROM found);
