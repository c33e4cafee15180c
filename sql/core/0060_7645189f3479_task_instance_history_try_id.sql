-- revision: 7645189f3479
-- down_revision: e00344393f31
-- version: 3.0.0
-- title: Add try_id to task_instance_history

-- upgrade

ALTER TABLE task_instance_history ADD COLUMN task_instance_id uuid36;
ALTER TABLE task_instance_history ADD COLUMN try_id uuid36;
-- @batch
UPDATE task_instance_history SET try_id = uuid_v7(now_utc(), 'task_instance_history', id);
-- @batch
UPDATE task_instance_history SET task_instance_id = task_instance.id
FROM task_instance
WHERE task_instance_history.task_id = task_instance.task_id
  AND task_instance_history.dag_id = task_instance.dag_id
  AND task_instance_history.run_id = task_instance.run_id
  AND task_instance_history.map_index = task_instance.map_index;
ALTER TABLE task_instance_history ALTER COLUMN try_id SET NOT NULL;
-- Takes the primary key and the sequence along.
ALTER TABLE task_instance_history DROP COLUMN id;
ALTER TABLE task_instance_history ALTER COLUMN task_instance_id SET NOT NULL;
ALTER TABLE task_instance_history ADD CONSTRAINT task_instance_history_pkey PRIMARY KEY (try_id);

-- downgrade

-- @only postgres
ALTER TABLE task_instance_history DROP CONSTRAINT task_instance_history_pkey;
-- @only mysql
CALL drop_primary_key('task_instance_history');
ALTER TABLE task_instance_history ADD COLUMN id integer;
ALTER TABLE task_instance_history DROP COLUMN task_instance_id;
-- A helper column numbers the rows; its sequence goes with it.
-- @only postgres
ALTER TABLE task_instance_history ADD COLUMN row_num serial;
-- @only postgres
UPDATE task_instance_history SET id = row_num;
-- @only postgres
ALTER TABLE task_instance_history DROP COLUMN row_num;
-- @only postgres
CREATE SEQUENCE IF NOT EXISTS task_instance_history_id_seq OWNED BY task_instance_history.id;
-- @only postgres
ALTER TABLE task_instance_history ALTER COLUMN id SET DEFAULT nextval('task_instance_history_id_seq');
-- @only postgres
CALL sync_sequence('task_instance_history', 'id');
-- There they are numbered in the order of the key that goes.
-- @only mysql
UPDATE task_instance_history SET id = n.number
FROM (SELECT try_id, row_number() OVER (ORDER BY try_id) AS number FROM task_instance_history) AS n
WHERE n.try_id = task_instance_history.try_id;
ALTER TABLE task_instance_history ALTER COLUMN id SET NOT NULL;
ALTER TABLE task_instance_history DROP COLUMN try_id;
ALTER TABLE task_instance_history ADD CONSTRAINT task_instance_history_pkey PRIMARY KEY (id);
-- @only mysql
ALTER TABLE task_instance_history ALTER COLUMN id TYPE serial;
