-- The DAGs that Airflow knows at present: id, whether it is paused, seconds by which its next run is overdue (empty: none is due), whether
-- that is only estimated, and of its scheduled runs that were due in the last $1 seconds: their number, the newest, seconds
-- that it began late (or has not begun until now), whether it has begun, the same seconds of the worst.
-- A column that a version does not have is taken from "absent". Before Airflow 2.0 nothing says when a run is due: the
-- distance of the last two does. Only the newest hundred thousand runs are looked at.
WITH absent AS (
         SELECT NULL::boolean AS is_active, NULL::boolean AS is_stale, NULL::timestamptz AS next_dagrun_create_after,
                NULL::text AS schedule_interval, NULL::timestamptz AS logical_date, NULL::timestamptz AS execution_date,
                NULL::timestamptz AS run_after, NULL::timestamptz AS data_interval_end),
     known AS (
         SELECT d.* FROM absent, LATERAL (
                SELECT dag_id, coalesce(is_paused, false) AS is_paused, coalesce(is_active, NOT is_stale, true) AS is_there,
                       next_dagrun_create_after AS due, coalesce(schedule_interval::text, 'null') <> 'null' AS has_schedule FROM dag) AS d
          WHERE d.is_there),
     run AS (
         SELECT r.* FROM absent, LATERAL (
                SELECT dag_id, run_id, start_date, coalesce(run_after, data_interval_end) AS due, coalesce(logical_date, execution_date) AS logical
                  FROM dag_run WHERE id > (SELECT max(id) - 100000 FROM dag_run) AND run_id LIKE 'scheduled\_\_%') AS r),
     spaced AS (
         SELECT run.*, logical - lag(logical) OVER (PARTITION BY dag_id ORDER BY logical) AS gap,
                row_number() OVER (PARTITION BY dag_id ORDER BY logical DESC) AS age FROM run),
     timed AS (
         SELECT dag_id, run_id, start_date, coalesce(due, logical + gap) AS due, age, logical + 2 * gap AS next_due FROM spaced),
     recent AS (
         SELECT dag_id, count(*) AS runs, (array_agg(run_id ORDER BY age))[1] AS run_id,
                (array_agg(extract(epoch FROM coalesce(start_date, clock_timestamp()) - due) ORDER BY age))[1] AS late,
                (array_agg(start_date IS NOT NULL ORDER BY age))[1] AS has_begun,
                max(extract(epoch FROM coalesce(start_date, clock_timestamp()) - due)) AS worst
           FROM timed WHERE due BETWEEN clock_timestamp() - $1::double precision * interval '1 second' AND clock_timestamp()
          GROUP BY dag_id),
     has AS (
         SELECT EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'dag'::regclass AND attname = 'next_dagrun_create_after' AND NOT attisdropped) AS due)
SELECT k.dag_id, k.is_paused,
       CASE WHEN has.due THEN extract(epoch FROM clock_timestamp() - k.due)
            WHEN k.has_schedule THEN extract(epoch FROM clock_timestamp() - t.next_due) END,
       NOT has.due, coalesce(r.runs, 0), r.run_id, greatest(r.late, 0), coalesce(r.has_begun, true), greatest(r.worst, 0)
  FROM has, known AS k
  LEFT JOIN timed AS t ON t.dag_id = k.dag_id AND t.age = 1
  LEFT JOIN recent AS r ON r.dag_id = k.dag_id
 ORDER BY k.dag_id;
