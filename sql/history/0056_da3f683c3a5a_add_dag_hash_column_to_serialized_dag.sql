-- revision: da3f683c3a5a
-- down_revision: a66efa278eea
-- version: 1.10.12
-- title: Add ``dag_hash`` Column to ``serialized_dag`` table

-- upgrade

ALTER TABLE serialized_dag ADD COLUMN dag_hash string(32) NOT NULL DEFAULT 'Hash not calculated yet';

-- downgrade

ALTER TABLE serialized_dag DROP COLUMN dag_hash;
