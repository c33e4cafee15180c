-- The signs of life of Airflow's own processes: kind, how many were heard of in the last $1 seconds, how many say that they run and
-- are silent, seconds since the last sign of any, host of one that is silent, whether Airflow needs one. A triggerer is needed where
-- tasks are deferred; a DAG processor is a process of its own since 3.0. What has been silent for a day is left over.
WITH need (kind, job_type, is_needed) AS (
         VALUES ('scheduler', 'SchedulerJob', true),
                ('triggerer', 'TriggererJob', EXISTS (SELECT FROM task_instance WHERE state = 'deferred')),
                ('DAG processor', 'DagProcessorJob', to_regclass('dag_bundle') IS NOT NULL)),
     beat AS (
         SELECT job_type, hostname, extract(epoch FROM clock_timestamp() - latest_heartbeat) AS silent
           FROM job WHERE state = 'running' AND job_type IN ('SchedulerJob', 'TriggererJob', 'DagProcessorJob'))
SELECT n.kind, count(*) FILTER (WHERE b.silent <= $1::double precision), count(*) FILTER (WHERE b.silent > $1::double precision AND b.silent < 86400),
       min(b.silent), coalesce(min(b.hostname) FILTER (WHERE b.silent > $1::double precision), ''), n.is_needed
  FROM need AS n LEFT JOIN beat AS b ON b.job_type = n.job_type
 GROUP BY n.kind, n.is_needed
 ORDER BY n.kind <> 'scheduler', n.kind;
