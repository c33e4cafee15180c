-- revision: a4c2d171ae18
-- down_revision: 1d6611b6ab7c
-- version: 3.3.0
-- title: Add xcom.dag_result

-- upgrade

ALTER TABLE xcom ADD COLUMN dag_result boolean;

-- downgrade

ALTER TABLE xcom DROP COLUMN dag_result;
