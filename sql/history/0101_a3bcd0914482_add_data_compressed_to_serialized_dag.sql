-- revision: a3bcd0914482
-- down_revision: e655c0453f75
-- version: 2.3.0
-- title: add data_compressed to serialized_dag

-- upgrade

ALTER TABLE serialized_dag ALTER COLUMN data DROP NOT NULL;
ALTER TABLE serialized_dag ADD COLUMN data_compressed binary;

-- downgrade

-- Airflow fails where a DAG is compressed, and so not in `data`. Such DAGs are set aside; they
-- are made again from their files.
-- @nonempty
CREATE TABLE _airflow_moved__2_3__compressed_serialized_dag AS
SELECT * FROM serialized_dag WHERE data IS NULL;
-- @if table _airflow_moved__2_3__compressed_serialized_dag
DELETE FROM serialized_dag WHERE data IS NULL;
ALTER TABLE serialized_dag ALTER COLUMN data SET NOT NULL;
ALTER TABLE serialized_dag DROP COLUMN data_compressed;
