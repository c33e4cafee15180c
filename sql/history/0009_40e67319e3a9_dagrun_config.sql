-- revision: 40e67319e3a9
-- down_revision: 2e541a1dcfed
-- version: 1.6.0
-- title: Add ``conf`` column in ``dag_run`` table

-- upgrade

ALTER TABLE dag_run ADD COLUMN conf binary;

-- downgrade

ALTER TABLE dag_run DROP COLUMN conf;
