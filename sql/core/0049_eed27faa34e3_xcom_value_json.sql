-- revision: eed27faa34e3
-- down_revision: 9fc3fc5de720
-- version: 3.0.0
-- title: Archive pickled xcom values, make xcom.value JSON

-- upgrade

CREATE TABLE IF NOT EXISTS _xcom_archive (
    dag_run_id integer NOT NULL,
    task_id string_id(250) NOT NULL,
    map_index integer DEFAULT -1 NOT NULL,
    key string_id(512) NOT NULL,
    dag_id string_id(250) NOT NULL,
    run_id string_id(250) NOT NULL,
    value long_binary,
    "timestamp" utc_timestamp NOT NULL,
    CONSTRAINT _xcom_archive_pkey PRIMARY KEY (dag_run_id, task_id, map_index, key)
);
INSERT INTO _xcom_archive (dag_run_id, task_id, map_index, key, dag_id, run_id, value, "timestamp")
SELECT dag_run_id, task_id, map_index, key, dag_id, run_id, value, "timestamp" FROM xcom WHERE is_pickled(value);
DELETE FROM xcom WHERE is_pickled(value);
-- @only postgres
ALTER TABLE xcom ALTER COLUMN value TYPE jsonb_document USING xcom_json(value);
-- MySQL cannot convert in place: the new column takes the old one's name, at the end of the table.
-- @only mysql
ALTER TABLE xcom ADD COLUMN value_json json_document;
-- @only mysql
-- @batch
UPDATE xcom SET value_json = xcom_json(value);
-- @only mysql
ALTER TABLE xcom DROP COLUMN value;
-- @only mysql
ALTER TABLE xcom RENAME COLUMN value_json TO value;

-- downgrade

-- @only postgres
ALTER TABLE xcom ALTER COLUMN value TYPE long_binary USING convert_to(value::text, 'UTF8');
-- @only mysql
ALTER TABLE xcom ADD COLUMN value_blob long_binary;
-- @only mysql
-- @batch
UPDATE xcom SET value_blob = CAST(value AS binary);
-- @only mysql
ALTER TABLE xcom DROP COLUMN value;
-- @only mysql
ALTER TABLE xcom RENAME COLUMN value_blob TO value;
DROP TABLE IF EXISTS _xcom_archive;
