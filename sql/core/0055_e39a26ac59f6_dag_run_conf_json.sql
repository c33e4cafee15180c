-- revision: e39a26ac59f6
-- down_revision: 38770795785f
-- version: 3.0.0
-- title: Make dag_run.conf JSON

-- upgrade

ALTER TABLE dag_run ADD COLUMN conf_json jsonb_document;
-- The empty dict as pickle protocol 5 writes it stays NULL; other protocols' empty dicts become {}.
-- @only postgres
-- @batch
UPDATE dag_run SET conf_json = unpickle_json(conf) WHERE conf <> '\x80057D942E';
-- @only mysql
-- @batch
UPDATE dag_run SET conf_json = unpickle_json(conf) WHERE conf <> X'80057D942E';
ALTER TABLE dag_run DROP COLUMN conf;
ALTER TABLE dag_run RENAME COLUMN conf_json TO conf;

-- downgrade

ALTER TABLE dag_run ADD COLUMN conf_pickle binary;
-- @batch
UPDATE dag_run SET conf_pickle = pickle_json(conf) WHERE conf IS NOT NULL;
ALTER TABLE dag_run DROP COLUMN conf;
ALTER TABLE dag_run RENAME COLUMN conf_pickle TO conf;
