-- revision: 82dbd68e6171
-- down_revision: cc92b33c6709
-- version: 3.1.8
-- title: Index task_reschedule by task instance, newest first

-- upgrade

-- MySQL would adopt the new index for the foreign key, so the key is taken off and put back around it.
-- @only mysql
ALTER TABLE task_reschedule DROP CONSTRAINT task_reschedule_ti_fkey;
CREATE INDEX idx_task_reschedule_ti_id_id_desc ON task_reschedule (ti_id, id DESC);
-- @only mysql
ALTER TABLE task_reschedule ADD CONSTRAINT task_reschedule_ti_fkey FOREIGN KEY (ti_id) REFERENCES task_instance (id) ON DELETE CASCADE;

-- downgrade

-- @only mysql
ALTER TABLE task_reschedule DROP CONSTRAINT task_reschedule_ti_fkey;
DROP INDEX idx_task_reschedule_ti_id_id_desc;
-- @only mysql
ALTER TABLE task_reschedule ADD CONSTRAINT task_reschedule_ti_fkey FOREIGN KEY (ti_id) REFERENCES task_instance (id) ON DELETE CASCADE;
