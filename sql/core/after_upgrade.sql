-- title: What `airflow db migrate` sees to after the revisions

-- upgrade

-- The pool every task without one runs in.
-- @from 2.7.0
INSERT INTO slot_pool (pool, slots, description, include_deferred)
SELECT 'default_pool', setting('core', 'default_pool_task_slot_count', '128')::integer, 'Default pool', false
WHERE NOT EXISTS (SELECT 1 FROM slot_pool WHERE pool = 'default_pool');
-- @from 2.0.0
-- @before 2.7.0
INSERT INTO slot_pool (pool, slots, description)
SELECT 'default_pool', setting('core', 'default_pool_task_slot_count', '128')::integer, 'Default pool'
WHERE NOT EXISTS (SELECT 1 FROM slot_pool WHERE pool = 'default_pool');
-- Airflow 2 forgets the serialized DAGs after a migration that changed the schema, and parses the files anew.
-- @from 2.3.0
-- @before 3.0.0
-- @changed
DELETE FROM serialized_dag;
-- The newest row of log_template says where the logs of new runs are. From 3.2.0 on Airflow loses this row: it closes the session
-- before the row is written, and so keeps to the template that is there.
-- Where there is none yet (before 2.3), the one of old comes first, unless the user has set his own; since 2.7, Airflow no longer
-- recognises its own default. The two statements see each other's rows, so they run as they stand.
-- @from 2.3.0
-- @before 2.7.0
-- @late
INSERT INTO log_template (filename, elasticsearch_id, created_at)
SELECT '{{ ti.dag_id }}/{{ ti.task_id }}/{{ ts }}/{{ try_number }}.log', '{dag_id}-{task_id}-{execution_date}-{try_number}', now_utc()
WHERE NOT EXISTS (SELECT 1 FROM log_template)
    AND setting('logging', 'log_filename_template', 'default') = 'default'
    AND setting('elasticsearch', 'log_id_template', 'default') = 'default';
-- @from 2.3.0
-- @before 3.0.0
-- @late
INSERT INTO log_template (filename, elasticsearch_id, created_at)
SELECT setting('logging', 'log_filename_template', 'dag_id={{ ti.dag_id }}/run_id={{ ti.run_id }}/task_id={{ ti.task_id }}/{% if ti.map_index >= 0 %}map_index={{ ti.map_index }}/{% endif %}attempt={{ try_number }}.log'), setting('elasticsearch', 'log_id_template', '{dag_id}-{task_id}-{run_id}-{map_index}-{try_number}'), now_utc()
WHERE NOT EXISTS (
    SELECT 1 FROM log_template l
    WHERE l.id = (SELECT max(id) FROM log_template)
        AND l.filename = setting('logging', 'log_filename_template', 'dag_id={{ ti.dag_id }}/run_id={{ ti.run_id }}/task_id={{ ti.task_id }}/{% if ti.map_index >= 0 %}map_index={{ ti.map_index }}/{% endif %}attempt={{ try_number }}.log')
        AND l.elasticsearch_id = setting('elasticsearch', 'log_id_template', '{dag_id}-{task_id}-{run_id}-{map_index}-{try_number}'));
-- What 2.11 writes on the way through it. Runs that name no template have the oldest one, so that without this the logs of all that
-- is older than 2.3 could not be found. A new database has no runs, and gets no row.
-- @path hop
-- @from 3.0.0
-- @late
INSERT INTO log_template (filename, elasticsearch_id, created_at)
SELECT setting('logging', 'log_filename_template', 'dag_id={{ ti.dag_id }}/run_id={{ ti.run_id }}/task_id={{ ti.task_id }}/{% if ti.map_index >= 0 %}map_index={{ ti.map_index }}/{% endif %}attempt={{ try_number }}.log'), setting('elasticsearch', 'log_id_template', '{dag_id}-{task_id}-{run_id}-{map_index}-{try_number}'), now_utc()
WHERE EXISTS (SELECT 1 FROM dag_run) AND NOT EXISTS (
    SELECT 1 FROM log_template l
    WHERE l.id = (SELECT max(id) FROM log_template)
        AND l.filename = setting('logging', 'log_filename_template', 'dag_id={{ ti.dag_id }}/run_id={{ ti.run_id }}/task_id={{ ti.task_id }}/{% if ti.map_index >= 0 %}map_index={{ ti.map_index }}/{% endif %}attempt={{ try_number }}.log')
        AND l.elasticsearch_id = setting('elasticsearch', 'log_id_template', '{dag_id}-{task_id}-{run_id}-{map_index}-{try_number}'));
-- @from 3.0.0
-- @before 3.2.0
-- @late
INSERT INTO log_template (filename, elasticsearch_id, created_at)
SELECT setting('logging', 'log_filename_template', 'dag_id={{ ti.dag_id }}/run_id={{ ti.run_id }}/task_id={{ ti.task_id }}/{% if ti.map_index >= 0 %}map_index={{ ti.map_index }}/{% endif %}attempt={{ try_number|default(ti.try_number) }}.log'), setting('elasticsearch', 'log_id_template', '{dag_id}-{task_id}-{run_id}-{map_index}-{try_number}'), now_utc()
WHERE NOT EXISTS (
    SELECT 1 FROM log_template l
    WHERE l.id = (SELECT max(id) FROM log_template)
        AND l.filename = setting('logging', 'log_filename_template', 'dag_id={{ ti.dag_id }}/run_id={{ ti.run_id }}/task_id={{ ti.task_id }}/{% if ti.map_index >= 0 %}map_index={{ ti.map_index }}/{% endif %}attempt={{ try_number|default(ti.try_number) }}.log')
        AND l.elasticsearch_id = setting('elasticsearch', 'log_id_template', '{dag_id}-{task_id}-{run_id}-{map_index}-{try_number}'));
