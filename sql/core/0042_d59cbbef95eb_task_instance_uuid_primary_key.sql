-- revision: d59cbbef95eb
-- down_revision: 05234396c6fc
-- version: 3.0.0
-- title: Add UUID primary key to task_instance

-- upgrade

ALTER TABLE task_instance ADD COLUMN id uuid36;
-- @batch
UPDATE task_instance SET id = uuid_v7(coalesce(queued_dttm, start_date, now_utc()), 'task_instance', dag_id, task_id, run_id, map_index);
-- The cascade takes every foreign key on the old key, whatever its name; the seven of Airflow's own come back below.
-- @only postgres
ALTER TABLE task_instance DROP CONSTRAINT task_instance_pkey CASCADE;
-- @only mysql
ALTER TABLE rendered_task_instance_fields DROP CONSTRAINT rtif_ti_fkey;
-- @only mysql
ALTER TABLE task_fail DROP CONSTRAINT task_fail_ti_fkey;
-- @only mysql
ALTER TABLE task_instance_note DROP CONSTRAINT task_instance_note_ti_fkey;
-- @only mysql
ALTER TABLE task_reschedule DROP CONSTRAINT task_reschedule_ti_fkey;
-- @only mysql
ALTER TABLE xcom DROP CONSTRAINT xcom_task_instance_fkey;
-- @only mysql
ALTER TABLE task_instance_history DROP CONSTRAINT task_instance_history_ti_fkey;
-- @only mysql
ALTER TABLE task_map DROP CONSTRAINT task_map_task_instance_fkey;
-- @only mysql
CALL drop_primary_key('task_instance');
ALTER TABLE task_instance ALTER COLUMN id SET NOT NULL;
ALTER TABLE task_instance ADD CONSTRAINT task_instance_composite_key UNIQUE (dag_id, task_id, run_id, map_index);
ALTER TABLE task_instance ADD CONSTRAINT task_instance_pkey PRIMARY KEY (id);
ALTER TABLE rendered_task_instance_fields ADD CONSTRAINT rtif_ti_fkey FOREIGN KEY (dag_id, task_id, run_id, map_index)
    REFERENCES task_instance (dag_id, task_id, run_id, map_index) ON DELETE CASCADE;
ALTER TABLE task_fail ADD CONSTRAINT task_fail_ti_fkey FOREIGN KEY (dag_id, task_id, run_id, map_index)
    REFERENCES task_instance (dag_id, task_id, run_id, map_index) ON DELETE CASCADE;
ALTER TABLE task_instance_note ADD CONSTRAINT task_instance_note_ti_fkey FOREIGN KEY (dag_id, task_id, run_id, map_index)
    REFERENCES task_instance (dag_id, task_id, run_id, map_index) ON DELETE CASCADE;
ALTER TABLE task_reschedule ADD CONSTRAINT task_reschedule_ti_fkey FOREIGN KEY (dag_id, task_id, run_id, map_index)
    REFERENCES task_instance (dag_id, task_id, run_id, map_index) ON DELETE CASCADE;
ALTER TABLE xcom ADD CONSTRAINT xcom_task_instance_fkey FOREIGN KEY (dag_id, task_id, run_id, map_index)
    REFERENCES task_instance (dag_id, task_id, run_id, map_index) ON DELETE CASCADE;
ALTER TABLE task_instance_history ADD CONSTRAINT task_instance_history_ti_fkey FOREIGN KEY (dag_id, task_id, run_id, map_index)
    REFERENCES task_instance (dag_id, task_id, run_id, map_index) ON UPDATE CASCADE ON DELETE CASCADE;
ALTER TABLE task_map ADD CONSTRAINT task_map_task_instance_fkey FOREIGN KEY (dag_id, task_id, run_id, map_index)
    REFERENCES task_instance (dag_id, task_id, run_id, map_index) ON UPDATE CASCADE ON DELETE CASCADE;

-- downgrade

-- @only postgres
ALTER TABLE task_instance DROP CONSTRAINT task_instance_composite_key CASCADE;
-- @only mysql
ALTER TABLE rendered_task_instance_fields DROP CONSTRAINT rtif_ti_fkey;
-- @only mysql
ALTER TABLE task_fail DROP CONSTRAINT task_fail_ti_fkey;
-- @only mysql
ALTER TABLE task_instance_note DROP CONSTRAINT task_instance_note_ti_fkey;
-- @only mysql
ALTER TABLE task_reschedule DROP CONSTRAINT task_reschedule_ti_fkey;
-- @only mysql
ALTER TABLE xcom DROP CONSTRAINT xcom_task_instance_fkey;
-- @only mysql
ALTER TABLE task_instance_history DROP CONSTRAINT task_instance_history_ti_fkey;
-- @only mysql
ALTER TABLE task_map DROP CONSTRAINT task_map_task_instance_fkey;
-- @only mysql
ALTER TABLE task_instance DROP CONSTRAINT task_instance_composite_key;
-- @only postgres
ALTER TABLE task_instance DROP CONSTRAINT task_instance_pkey;
-- @only mysql
CALL drop_primary_key('task_instance');
ALTER TABLE task_instance DROP COLUMN id;
ALTER TABLE task_instance ADD CONSTRAINT task_instance_pkey PRIMARY KEY (dag_id, task_id, run_id, map_index);
ALTER TABLE rendered_task_instance_fields ADD CONSTRAINT rtif_ti_fkey FOREIGN KEY (dag_id, task_id, run_id, map_index)
    REFERENCES task_instance (dag_id, task_id, run_id, map_index) ON DELETE CASCADE;
ALTER TABLE task_fail ADD CONSTRAINT task_fail_ti_fkey FOREIGN KEY (dag_id, task_id, run_id, map_index)
    REFERENCES task_instance (dag_id, task_id, run_id, map_index) ON DELETE CASCADE;
ALTER TABLE task_instance_note ADD CONSTRAINT task_instance_note_ti_fkey FOREIGN KEY (dag_id, task_id, run_id, map_index)
    REFERENCES task_instance (dag_id, task_id, run_id, map_index) ON DELETE CASCADE;
ALTER TABLE task_reschedule ADD CONSTRAINT task_reschedule_ti_fkey FOREIGN KEY (dag_id, task_id, run_id, map_index)
    REFERENCES task_instance (dag_id, task_id, run_id, map_index) ON DELETE CASCADE;
ALTER TABLE xcom ADD CONSTRAINT xcom_task_instance_fkey FOREIGN KEY (dag_id, task_id, run_id, map_index)
    REFERENCES task_instance (dag_id, task_id, run_id, map_index) ON DELETE CASCADE;
ALTER TABLE task_instance_history ADD CONSTRAINT task_instance_history_ti_fkey FOREIGN KEY (dag_id, task_id, run_id, map_index)
    REFERENCES task_instance (dag_id, task_id, run_id, map_index) ON UPDATE CASCADE ON DELETE CASCADE;
ALTER TABLE task_map ADD CONSTRAINT task_map_task_instance_fkey FOREIGN KEY (dag_id, task_id, run_id, map_index)
    REFERENCES task_instance (dag_id, task_id, run_id, map_index) ON UPDATE CASCADE ON DELETE CASCADE;
