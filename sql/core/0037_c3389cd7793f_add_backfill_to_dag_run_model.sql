-- revision: c3389cd7793f
-- down_revision: 0d9e73a75ee4
-- version: 3.0.0
-- title: Add backfill to dag run model

-- upgrade

ALTER TABLE dag_run ADD COLUMN backfill_id integer;
ALTER TABLE dag_run ADD CONSTRAINT dag_run_backfill_id_fkey
    FOREIGN KEY (backfill_id) REFERENCES backfill (id);

-- downgrade

ALTER TABLE dag_run DROP CONSTRAINT dag_run_backfill_id_fkey;
ALTER TABLE dag_run DROP COLUMN backfill_id;
