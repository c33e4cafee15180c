-- revision: e00344393f31
-- down_revision: 6a9e7a527a88
-- version: 3.0.0
-- title: Remove dag_run.external_trigger

-- upgrade

ALTER TABLE dag_run DROP COLUMN external_trigger;

-- downgrade

ALTER TABLE dag_run ADD COLUMN external_trigger boolean;
-- @batch
UPDATE dag_run SET external_trigger = CASE WHEN run_type = 'manual' THEN true ELSE false END;
