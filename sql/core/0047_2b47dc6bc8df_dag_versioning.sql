-- revision: 2b47dc6bc8df
-- down_revision: d03e4a635aa3
-- version: 3.0.0
-- title: Add DAG versioning

-- upgrade

-- Serialized DAGs and their code are written anew by the DAG processor.
DELETE FROM dag_code;
DELETE FROM serialized_dag;
CREATE TABLE dag_version (
    id uuid NOT NULL,
    version_number integer NOT NULL,
    dag_id string_id(250) NOT NULL,
    created_at utc_timestamp NOT NULL,
    last_updated utc_timestamp NOT NULL,
    CONSTRAINT dag_version_dag_id_fkey FOREIGN KEY (dag_id) REFERENCES dag (dag_id) ON DELETE CASCADE,
    CONSTRAINT dag_version_pkey PRIMARY KEY (id),
    CONSTRAINT dag_id_v_name_v_number_unique_constraint UNIQUE (dag_id, version_number)
);
-- MySQL: the key of an AUTO_INCREMENT column cannot go while it counts.
-- @only mysql
ALTER TABLE dag_code ALTER COLUMN fileloc_hash TYPE big_integer;
-- @only postgres
ALTER TABLE dag_code DROP CONSTRAINT dag_code_pkey;
-- @only mysql
CALL drop_primary_key('dag_code');
ALTER TABLE dag_code DROP COLUMN fileloc_hash;
ALTER TABLE dag_code ADD COLUMN id uuid NOT NULL;
ALTER TABLE dag_code ADD CONSTRAINT dag_code_pkey PRIMARY KEY (id);
ALTER TABLE dag_code ADD COLUMN dag_version_id uuid NOT NULL;
ALTER TABLE dag_code ADD COLUMN source_code_hash string(32) NOT NULL;
ALTER TABLE dag_code ADD COLUMN dag_id string_id(250) NOT NULL;
ALTER TABLE dag_code ADD COLUMN created_at utc_timestamp NOT NULL;
ALTER TABLE dag_code ADD CONSTRAINT dag_code_dag_version_id_fkey FOREIGN KEY (dag_version_id) REFERENCES dag_version (id) ON DELETE CASCADE;
ALTER TABLE dag_code ADD CONSTRAINT dag_code_dag_version_id_uq UNIQUE (dag_version_id);
-- @only postgres
ALTER TABLE serialized_dag DROP CONSTRAINT serialized_dag_pkey;
-- @only mysql
CALL drop_primary_key('serialized_dag');
DROP INDEX idx_fileloc_hash;
ALTER TABLE serialized_dag DROP COLUMN fileloc_hash;
ALTER TABLE serialized_dag DROP COLUMN fileloc;
ALTER TABLE serialized_dag ADD COLUMN id uuid NOT NULL;
ALTER TABLE serialized_dag ADD COLUMN dag_version_id uuid NOT NULL;
ALTER TABLE serialized_dag ADD COLUMN created_at utc_timestamp NOT NULL;
ALTER TABLE serialized_dag ADD CONSTRAINT serialized_dag_pkey PRIMARY KEY (id);
ALTER TABLE serialized_dag ADD CONSTRAINT serialized_dag_dag_version_id_fkey FOREIGN KEY (dag_version_id)
    REFERENCES dag_version (id) ON DELETE CASCADE;
ALTER TABLE serialized_dag ADD CONSTRAINT serialized_dag_dag_version_id_uq UNIQUE (dag_version_id);
ALTER TABLE task_instance ADD COLUMN dag_version_id uuid;
ALTER TABLE task_instance ADD CONSTRAINT task_instance_dag_version_id_fkey FOREIGN KEY (dag_version_id)
    REFERENCES dag_version (id) ON DELETE CASCADE;
ALTER TABLE task_instance_history ADD COLUMN dag_version_id uuid;
ALTER TABLE dag_run DROP COLUMN dag_hash;
ALTER TABLE dag_run ADD COLUMN created_dag_version_id uuid;
ALTER TABLE dag_run ADD CONSTRAINT created_dag_version_id_fkey FOREIGN KEY (created_dag_version_id)
    REFERENCES dag_version (id) ON DELETE SET NULL;

-- downgrade

ALTER TABLE task_instance DROP CONSTRAINT task_instance_dag_version_id_fkey;
ALTER TABLE task_instance DROP COLUMN dag_version_id;
ALTER TABLE task_instance_history DROP COLUMN dag_version_id;
ALTER TABLE dag_run ADD COLUMN dag_hash string(32);
ALTER TABLE dag_run DROP CONSTRAINT created_dag_version_id_fkey;
ALTER TABLE dag_run DROP COLUMN created_dag_version_id;
DELETE FROM dag_code;
DELETE FROM serialized_dag;
-- @only postgres
ALTER TABLE dag_code DROP CONSTRAINT dag_code_pkey;
-- @only mysql
CALL drop_primary_key('dag_code');
ALTER TABLE dag_code DROP CONSTRAINT dag_code_dag_version_id_fkey;
-- MySQL: a column of a primary key must be NOT NULL beforehand; the server does that on its own.
ALTER TABLE dag_code ADD COLUMN fileloc_hash big_integer;
ALTER TABLE dag_code ADD CONSTRAINT dag_code_pkey PRIMARY KEY (fileloc_hash);
ALTER TABLE dag_code DROP COLUMN source_code_hash;
ALTER TABLE dag_code DROP COLUMN created_at;
ALTER TABLE dag_code DROP COLUMN id;
ALTER TABLE dag_code DROP COLUMN dag_version_id;
ALTER TABLE dag_code DROP COLUMN dag_id;
-- The primary key goes with its only column.
ALTER TABLE serialized_dag DROP COLUMN id;
ALTER TABLE serialized_dag DROP CONSTRAINT serialized_dag_dag_version_id_fkey;
ALTER TABLE serialized_dag DROP COLUMN created_at;
ALTER TABLE serialized_dag DROP COLUMN dag_version_id;
ALTER TABLE serialized_dag ADD COLUMN fileloc string(2000) NOT NULL;
ALTER TABLE serialized_dag ADD COLUMN fileloc_hash big_integer NOT NULL;
CREATE INDEX idx_fileloc_hash ON serialized_dag (fileloc_hash);
ALTER TABLE serialized_dag ADD CONSTRAINT serialized_dag_pkey PRIMARY KEY (dag_id);
DROP TABLE dag_version;
