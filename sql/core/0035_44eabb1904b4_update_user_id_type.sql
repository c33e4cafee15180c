-- revision: 44eabb1904b4
-- down_revision: 16cbcb1c8c36
-- version: 3.0.0
-- title: Update dag_run_note.user_id and task_instance_note.user_id columns to String

-- upgrade

ALTER TABLE dag_run_note ALTER COLUMN user_id TYPE string(128);
ALTER TABLE task_instance_note ALTER COLUMN user_id TYPE string(128);

-- downgrade

-- A user who is not a row of ab_user (a name such as "admin") cannot be kept.
-- @only postgres
-- @batch
UPDATE dag_run_note SET user_id = NULL WHERE user_id !~ '^[0-9]+$';
-- @only mysql
-- @batch
UPDATE dag_run_note SET user_id = NULL WHERE NOT regexp_like(user_id, '^[0-9]+$');
-- @only postgres
-- @batch
UPDATE task_instance_note SET user_id = NULL WHERE user_id !~ '^[0-9]+$';
-- @only mysql
-- @batch
UPDATE task_instance_note SET user_id = NULL WHERE NOT regexp_like(user_id, '^[0-9]+$');

-- @only postgres
ALTER TABLE dag_run_note ALTER COLUMN user_id TYPE integer USING user_id::integer;
-- @only mysql
ALTER TABLE dag_run_note ALTER COLUMN user_id TYPE integer;
-- @only postgres
ALTER TABLE task_instance_note ALTER COLUMN user_id TYPE integer USING user_id::integer;
-- @only mysql
ALTER TABLE task_instance_note ALTER COLUMN user_id TYPE integer;
