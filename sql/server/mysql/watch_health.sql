-- The signs of life of Airflow's own processes: kind, how many were heard of in the last $1 seconds, how many say that they run and
-- are silent, seconds since the last sign of any, host of one that is silent, whether Airflow needs one. A triggerer is needed where
-- tasks are deferred; a DAG processor is a process of its own since 3.0. What has been silent for a day is left over.
WITH need AS (
         SELECT 'scheduler' AS kind, 'SchedulerJob' AS job_type, true AS is_needed
         UNION ALL SELECT 'triggerer', 'TriggererJob', EXISTS (SELECT 1 FROM task_instance WHERE state = 'deferred')
         UNION ALL SELECT 'DAG processor', 'DagProcessorJob', EXISTS (SELECT 1 FROM information_schema.tables
                                                                       WHERE table_schema = database() AND table_name = 'dag_bundle')),
     beat AS (
         SELECT job_type, hostname, timestampdiff(MICROSECOND, latest_heartbeat, utc_timestamp(6)) / 1000000 AS silent
           FROM job WHERE state = 'running' AND job_type IN ('SchedulerJob', 'TriggererJob', 'DagProcessorJob'))
SELECT n.kind, coalesce(sum(b.silent <= $1), 0), coalesce(sum(b.silent > $1 AND b.silent < 86400), 0), min(b.silent),
       coalesce(min(IF(b.silent > $1, b.hostname, NULL)), ''), IF(n.is_needed, 't', 'f')
  FROM need AS n LEFT JOIN beat AS b ON b.job_type = n.job_type
 GROUP BY n.kind, n.is_needed
 ORDER BY n.kind <> 'scheduler', n.kind;
