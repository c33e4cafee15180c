-- SPDX-License-Identifier: Apache-2.0
-- The hand-tuned floor, first half: the big tables of 2.11.2 as 3.3.2 has them, each
-- written once. Run by floor.sh with -v part=0|1: the two halves run side by side.
--
-- It is a yardstick and no migration: it knows this data (no bad rows, no users'
-- objects), leaves the small tables and the foreign keys of columns that are NULL
-- throughout alone, and can neither be stopped nor resumed.
\set ON_ERROR_STOP on
SET synchronous_commit = off;
SET work_mem = '256MB';
SELECT :part::integer AS part, 2 AS parts \gset
-- Halves of the heap by block number, so that both are TID range scans.
SELECT format('(%s,0)', blocks * :part / :parts) AS low,
       format('(%s,0)', CASE :part WHEN :parts - 1 THEN 4294967294 ELSE blocks * (:part + 1) / :parts END) AS high
FROM (SELECT pg_relation_size('public.task_instance') / current_setting('block_size')::bigint AS blocks) b \gset

INSERT INTO floor.task_instance (task_id, dag_id, run_id, map_index, start_date, end_date, duration, state,
        try_number, max_tries, hostname, unixname, pool, pool_slots, queue, priority_weight, operator,
        custom_operator_name, queued_dttm, queued_by_job_id, pid, executor, executor_config, updated_at,
        rendered_map_index, external_executor_id, trigger_id, trigger_timeout, next_method, next_kwargs,
        task_display_name, id)
SELECT task_id, dag_id, run_id, map_index, start_date, end_date, duration, state, coalesce(try_number, 0),
       coalesce(max_tries, -1), hostname, unixname, pool, pool_slots, queue, priority_weight, operator,
       custom_operator_name, queued_dttm, queued_by_job_id, pid, executor, executor_config, updated_at,
       rendered_map_index, external_executor_id, trigger_id, trigger_timeout, next_method, next_kwargs,
       task_display_name, floor.uuid_v7(coalesce(queued_dttm, start_date, now()))
FROM public.task_instance WHERE ctid >= :'low'::tid AND ctid < :'high'::tid;

\if :part
INSERT INTO floor.xcom (dag_run_id, task_id, map_index, key, dag_id, run_id, value, timestamp)
SELECT dag_run_id, task_id, map_index, key, dag_id, run_id,
       CASE WHEN position('NaN'::bytea in value) > 0
            THEN regexp_replace(convert_from(value, 'UTF8'), '([:,\[]\s*|^)(NaN|-?Infinity)(?=\s*[,}\]]|$)', '\1null', 'g')
            ELSE convert_from(value, 'UTF8') END::jsonb, timestamp
FROM public.xcom WHERE get_byte(value, 0) <> 128;
\else
INSERT INTO floor.task_instance_history (task_id, dag_id, run_id, map_index, try_number, start_date, end_date,
        duration, state, max_tries, hostname, unixname, pool, pool_slots, queue, priority_weight, operator,
        custom_operator_name, queued_dttm, queued_by_job_id, pid, executor, executor_config, updated_at,
        rendered_map_index, external_executor_id, trigger_id, trigger_timeout, next_method, next_kwargs,
        task_display_name, task_instance_id)
SELECT task_id, dag_id, run_id, map_index, try_number, start_date, end_date,
       duration, state, max_tries, hostname, unixname, pool, pool_slots, queue, priority_weight, operator,
       custom_operator_name, queued_dttm, queued_by_job_id, pid, executor, executor_config, updated_at,
       rendered_map_index, external_executor_id, trigger_id, trigger_timeout, next_method, next_kwargs,
       task_display_name, floor.uuid_v7(now())
FROM public.task_instance_history;
-- Pickles cannot be read in SQL: a constant of the right size stands for them.
INSERT INTO floor.dag_run (id, dag_id, queued_at, logical_date, start_date, end_date, state, run_id,
        creating_job_id, run_type, data_interval_start, data_interval_end, last_scheduling_decision,
        log_template_id, updated_at, clear_number, conf, run_after)
SELECT id, dag_id, queued_at, execution_date, start_date, end_date, state, run_id, creating_job_id, run_type,
       data_interval_start, data_interval_end, last_scheduling_decision, log_template_id, updated_at,
       clear_number, CASE WHEN length(conf) > 5 THEN '{"batch": 1000, "source": "api"}'::jsonb END,
       coalesce(data_interval_end, execution_date)
FROM public.dag_run;
\endif
