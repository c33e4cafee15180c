-- revision: 044f740568ec
-- down_revision: 5f2621c13b39
-- version: 3.0.0
-- title: Drop ab_user.id foreign key

-- upgrade

ALTER TABLE dag_run_note DROP CONSTRAINT dag_run_note_user_fkey;
ALTER TABLE task_instance_note DROP CONSTRAINT task_instance_note_user_fkey;
-- MySQL made an index for each foreign key and keeps it when the key goes.
-- @only mysql
DROP INDEX dag_run_note_user_fkey;
-- @only mysql
DROP INDEX task_instance_note_user_fkey;

-- downgrade

-- @only mysql
CREATE INDEX task_instance_note_user_fkey ON task_instance_note (user_id);
-- @only mysql
CREATE INDEX dag_run_note_user_fkey ON dag_run_note (user_id);
ALTER TABLE task_instance_note ADD CONSTRAINT task_instance_note_user_fkey
    FOREIGN KEY (user_id) REFERENCES ab_user (id);
ALTER TABLE dag_run_note ADD CONSTRAINT dag_run_note_user_fkey
    FOREIGN KEY (user_id) REFERENCES ab_user (id);
