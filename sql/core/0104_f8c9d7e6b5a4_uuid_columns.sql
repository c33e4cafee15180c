-- revision: f8c9d7e6b5a4
-- down_revision: 53ff648b8a26
-- version: 3.2.0
-- title: Store every UUID as 32 hexadecimal digits on MySQL

-- upgrade

-- PostgreSQL has a type of its own for them and is left alone.
-- @only mysql
ALTER TABLE task_instance_note DROP CONSTRAINT task_instance_note_ti_fkey;
-- @only mysql
ALTER TABLE task_reschedule DROP CONSTRAINT task_reschedule_ti_fkey;
-- @only mysql
ALTER TABLE hitl_detail DROP CONSTRAINT hitl_detail_ti_fkey;
-- @only mysql
ALTER TABLE hitl_detail_history DROP CONSTRAINT hitl_detail_history_tih_fkey;
-- @batch
-- @only mysql
UPDATE task_instance SET id = replace(id, '-', '');
-- @batch
-- @only mysql
UPDATE task_instance_note SET ti_id = replace(ti_id, '-', '');
-- @batch
-- @only mysql
UPDATE task_reschedule SET ti_id = replace(ti_id, '-', '');
-- @batch
-- @only mysql
UPDATE hitl_detail SET ti_id = replace(ti_id, '-', '');
-- @batch
-- @only mysql
UPDATE task_instance_history SET task_instance_id = replace(task_instance_id, '-', '');
-- @batch
-- @only mysql
UPDATE hitl_detail_history SET ti_history_id = replace(ti_history_id, '-', '');
-- @only mysql
ALTER TABLE task_instance ALTER COLUMN id TYPE uuid;
-- @only mysql
ALTER TABLE task_instance_note ALTER COLUMN ti_id TYPE uuid;
-- @only mysql
ALTER TABLE task_reschedule ALTER COLUMN ti_id TYPE uuid;
-- @only mysql
ALTER TABLE hitl_detail ALTER COLUMN ti_id TYPE uuid;
-- @only mysql
ALTER TABLE task_instance_history ALTER COLUMN task_instance_id TYPE uuid;
-- @only mysql
ALTER TABLE hitl_detail_history ALTER COLUMN ti_history_id TYPE uuid;
-- @only mysql
ALTER TABLE task_instance_note ADD CONSTRAINT task_instance_note_ti_fkey FOREIGN KEY (ti_id) REFERENCES task_instance (id) ON UPDATE CASCADE ON DELETE CASCADE;
-- @only mysql
ALTER TABLE task_reschedule ADD CONSTRAINT task_reschedule_ti_fkey FOREIGN KEY (ti_id) REFERENCES task_instance (id) ON DELETE CASCADE;
-- @only mysql
ALTER TABLE hitl_detail ADD CONSTRAINT hitl_detail_ti_fkey FOREIGN KEY (ti_id) REFERENCES task_instance (id) ON UPDATE CASCADE ON DELETE CASCADE;
-- @only mysql
ALTER TABLE hitl_detail_history ADD CONSTRAINT hitl_detail_history_tih_fkey FOREIGN KEY (ti_history_id) REFERENCES task_instance_history (task_instance_id) ON UPDATE CASCADE ON DELETE CASCADE;

-- downgrade

-- @only mysql
ALTER TABLE task_instance_note DROP CONSTRAINT task_instance_note_ti_fkey;
-- @only mysql
ALTER TABLE task_reschedule DROP CONSTRAINT task_reschedule_ti_fkey;
-- @only mysql
ALTER TABLE hitl_detail DROP CONSTRAINT hitl_detail_ti_fkey;
-- @only mysql
ALTER TABLE hitl_detail_history DROP CONSTRAINT hitl_detail_history_tih_fkey;
-- @only mysql
ALTER TABLE task_instance ALTER COLUMN id TYPE uuid36;
-- @only mysql
ALTER TABLE task_instance_note ALTER COLUMN ti_id TYPE uuid36;
-- @only mysql
ALTER TABLE task_reschedule ALTER COLUMN ti_id TYPE uuid36;
-- @only mysql
ALTER TABLE hitl_detail ALTER COLUMN ti_id TYPE uuid36;
-- @only mysql
ALTER TABLE task_instance_history ALTER COLUMN task_instance_id TYPE uuid36;
-- @only mysql
ALTER TABLE hitl_detail_history ALTER COLUMN ti_history_id TYPE uuid36;
-- Not to be run twice on a row.
-- @only mysql
UPDATE task_instance SET id = concat(substr(id, 1, 8), '-', substr(id, 9, 4), '-', substr(id, 13, 4), '-', substr(id, 17, 4), '-', substr(id, 21, 12));
-- @only mysql
UPDATE task_instance_note SET ti_id = concat(substr(ti_id, 1, 8), '-', substr(ti_id, 9, 4), '-', substr(ti_id, 13, 4), '-', substr(ti_id, 17, 4), '-', substr(ti_id, 21, 12));
-- @only mysql
UPDATE task_reschedule SET ti_id = concat(substr(ti_id, 1, 8), '-', substr(ti_id, 9, 4), '-', substr(ti_id, 13, 4), '-', substr(ti_id, 17, 4), '-', substr(ti_id, 21, 12));
-- @only mysql
UPDATE hitl_detail SET ti_id = concat(substr(ti_id, 1, 8), '-', substr(ti_id, 9, 4), '-', substr(ti_id, 13, 4), '-', substr(ti_id, 17, 4), '-', substr(ti_id, 21, 12));
-- @only mysql
UPDATE task_instance_history SET task_instance_id = concat(substr(task_instance_id, 1, 8), '-', substr(task_instance_id, 9, 4), '-', substr(task_instance_id, 13, 4), '-', substr(task_instance_id, 17, 4), '-', substr(task_instance_id, 21, 12));
-- @only mysql
UPDATE hitl_detail_history SET ti_history_id = concat(substr(ti_history_id, 1, 8), '-', substr(ti_history_id, 9, 4), '-', substr(ti_history_id, 13, 4), '-', substr(ti_history_id, 17, 4), '-', substr(ti_history_id, 21, 12));
-- @only mysql
ALTER TABLE task_instance_note ADD CONSTRAINT task_instance_note_ti_fkey FOREIGN KEY (ti_id) REFERENCES task_instance (id) ON UPDATE CASCADE ON DELETE CASCADE;
-- @only mysql
ALTER TABLE task_reschedule ADD CONSTRAINT task_reschedule_ti_fkey FOREIGN KEY (ti_id) REFERENCES task_instance (id) ON DELETE CASCADE;
-- @only mysql
ALTER TABLE hitl_detail ADD CONSTRAINT hitl_detail_ti_fkey FOREIGN KEY (ti_id) REFERENCES task_instance (id) ON UPDATE CASCADE ON DELETE CASCADE;
-- @only mysql
ALTER TABLE hitl_detail_history ADD CONSTRAINT hitl_detail_history_tih_fkey FOREIGN KEY (ti_history_id) REFERENCES task_instance_history (task_instance_id) ON UPDATE CASCADE ON DELETE CASCADE;
