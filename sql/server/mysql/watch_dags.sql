-- The DAGs that Airflow knows at present: id, whether it is paused, seconds by which its next run is overdue (empty: none is due), whether
-- that is only estimated, and of its scheduled runs that were due in the last $1 seconds: their number, the newest, seconds
-- that it began late (or has not begun until now), whether it has begun, the same seconds of the worst.
-- A column that a version does not have is taken from "absent". Before Airflow 2.0 nothing says when a run is due: the
-- distance of the last two does. Only the newest hundred thousand runs are looked at.
WITH absent AS (
         SELECT NULL AS is_active, NULL AS is_stale, NULL AS next_dagrun_create_after, NULL AS schedule_interval, NULL AS logical_date,
                NULL AS execution_date, NULL AS run_after, NULL AS data_interval_end),
     known AS (
         SELECT d.* FROM absent, LATERAL (
                SELECT dag_id, coalesce(is_paused, false) AS is_paused, coalesce(is_active, NOT is_stale, true) AS is_there,
                       next_dagrun_create_after AS due, coalesce(schedule_interval, 'null') <> 'null' AS has_schedule FROM dag) AS d
          WHERE d.is_there),
     run AS (
         SELECT r.* FROM absent, LATERAL (
                SELECT dag_id, run_id, start_date, coalesce(run_after, data_interval_end) AS due, coalesce(logical_date, execution_date) AS logical
                  FROM dag_run WHERE id > (SELECT CAST(max(id) AS SIGNED) - 100000 FROM dag_run) AND run_id LIKE 'scheduled|_|_%' ESCAPE '|') AS r),
     spaced AS (
         SELECT run.*, timestampdiff(MICROSECOND, lag(logical) OVER (PARTITION BY dag_id ORDER BY logical), logical) AS gap,
                row_number() OVER (PARTITION BY dag_id ORDER BY logical DESC) AS age FROM run),
     timed AS (
         SELECT dag_id, run_id, start_date, coalesce(due, logical + INTERVAL gap MICROSECOND) AS due, age, logical + INTERVAL 2 * gap MICROSECOND AS next_due
           FROM spaced),
     due AS (
         SELECT timed.*, timestampdiff(MICROSECOND, due, coalesce(start_date, utc_timestamp(6))) / 1000000 AS late,
                row_number() OVER (PARTITION BY dag_id ORDER BY age) AS newest
           FROM timed WHERE due BETWEEN utc_timestamp(6) - INTERVAL $1 SECOND AND utc_timestamp(6)),
     recent AS (
         SELECT dag_id, count(*) AS runs, max(IF(newest = 1, run_id, NULL)) AS run_id, max(IF(newest = 1, late, NULL)) AS late,
                max(IF(newest = 1, start_date IS NOT NULL, NULL)) AS has_begun, max(late) AS worst
           FROM due GROUP BY dag_id),
     has AS (
         SELECT EXISTS (SELECT 1 FROM information_schema.columns WHERE table_schema = database() AND table_name = 'dag'
                           AND column_name = 'next_dagrun_create_after') AS due)
SELECT k.dag_id, IF(k.is_paused, 't', 'f'),
       CASE WHEN has.due THEN timestampdiff(MICROSECOND, k.due, utc_timestamp(6)) / 1000000
            WHEN k.has_schedule THEN timestampdiff(MICROSECOND, t.next_due, utc_timestamp(6)) / 1000000 END,
       IF(has.due, 'f', 't'), coalesce(r.runs, 0), r.run_id, greatest(r.late, 0), IF(coalesce(r.has_begun, true), 't', 'f'), greatest(r.worst, 0)
  FROM has JOIN known AS k
  LEFT JOIN timed AS t ON t.dag_id = k.dag_id AND t.age = 1
  LEFT JOIN recent AS r ON r.dag_id = k.dag_id
 ORDER BY k.dag_id;
