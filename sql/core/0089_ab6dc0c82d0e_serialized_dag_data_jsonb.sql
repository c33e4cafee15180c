-- revision: ab6dc0c82d0e
-- down_revision: 15d84ca19038
-- version: 3.2.0
-- title: Store serialized_dag.data as jsonb

-- upgrade

-- @only postgres
ALTER TABLE serialized_dag ALTER COLUMN data TYPE jsonb_document USING data::jsonb;

-- downgrade

-- @only postgres
ALTER TABLE serialized_dag ALTER COLUMN data TYPE json_document USING data::json;
