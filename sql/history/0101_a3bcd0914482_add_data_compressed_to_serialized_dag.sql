-- revision: a3bcd0914482
-- down_revision: e655c0453f75
-- version: 2.3.0
-- title: add data_compressed to serialized_dag

-- upgrade

ALTER TABLE serialized_dag ALTER COLUMN data DROP NOT NULL;
ALTER TABLE serialized_dag ADD COLUMN data_compressed binary;

-- downgrade

ALTER TABLE serialized_dag ALTER COLUMN data SET NOT NULL;
ALTER TABLE serialized_dag DROP COLUMN data_compressed;
