-- revision: cf87489a35df
-- down_revision: 7645189f3479
-- version: 3.0.0
-- title: Make task_instance.id the primary key of task_instance_note

-- upgrade

ALTER TABLE task_instance_note ADD COLUMN ti_id uuid36;
-- @batch
UPDATE task_instance_note SET ti_id = task_instance.id
FROM task_instance
WHERE task_instance_note.task_id = task_instance.task_id
  AND task_instance_note.dag_id = task_instance.dag_id
  AND task_instance_note.run_id = task_instance.run_id
  AND task_instance_note.map_index = task_instance.map_index;
ALTER TABLE task_instance_note ALTER COLUMN ti_id SET NOT NULL;
ALTER TABLE task_instance_note DROP CONSTRAINT task_instance_note_ti_fkey;
-- @only postgres
ALTER TABLE task_instance_note DROP CONSTRAINT task_instance_note_pkey;
-- @only mysql
CALL drop_primary_key('task_instance_note');
ALTER TABLE task_instance_note DROP COLUMN map_index;
ALTER TABLE task_instance_note DROP COLUMN dag_id;
ALTER TABLE task_instance_note DROP COLUMN task_id;
ALTER TABLE task_instance_note DROP COLUMN run_id;
ALTER TABLE task_instance_note ADD CONSTRAINT task_instance_note_pkey PRIMARY KEY (ti_id);
ALTER TABLE task_instance_note ADD CONSTRAINT task_instance_note_ti_fkey FOREIGN KEY (ti_id) REFERENCES task_instance (id) ON DELETE CASCADE;

-- downgrade

ALTER TABLE task_instance_note ADD COLUMN dag_id string_id(250);
ALTER TABLE task_instance_note ADD COLUMN task_id string_id(250);
ALTER TABLE task_instance_note ADD COLUMN run_id string_id(250);
ALTER TABLE task_instance_note ADD COLUMN map_index integer DEFAULT -1;
-- @batch
UPDATE task_instance_note SET dag_id = task_instance.dag_id, task_id = task_instance.task_id, run_id = task_instance.run_id, map_index = task_instance.map_index
FROM task_instance
WHERE task_instance_note.ti_id = task_instance.id;
ALTER TABLE task_instance_note DROP CONSTRAINT task_instance_note_ti_fkey;
-- @only postgres
ALTER TABLE task_instance_note DROP CONSTRAINT task_instance_note_pkey;
-- @only mysql
CALL drop_primary_key('task_instance_note');
ALTER TABLE task_instance_note DROP COLUMN ti_id;
ALTER TABLE task_instance_note ADD CONSTRAINT task_instance_note_ti_fkey FOREIGN KEY (dag_id, task_id, run_id, map_index)
    REFERENCES task_instance (dag_id, task_id, run_id, map_index) ON DELETE CASCADE;
ALTER TABLE task_instance_note ALTER COLUMN map_index SET NOT NULL;
ALTER TABLE task_instance_note ALTER COLUMN run_id SET NOT NULL;
ALTER TABLE task_instance_note ALTER COLUMN task_id SET NOT NULL;
ALTER TABLE task_instance_note ALTER COLUMN dag_id SET NOT NULL;
ALTER TABLE task_instance_note ADD CONSTRAINT task_instance_note_pkey PRIMARY KEY (dag_id, task_id, run_id, map_index);
