-- revision: cc92b33c6709
-- down_revision: eaf332f43c7c
-- version: 3.1.0
-- title: Serialized DAGs of version 3 (nothing to do but on the way down)

-- upgrade

-- Airflow reads versions 1 to 3 as they are.

-- downgrade

-- @only postgres
-- @batch
UPDATE serialized_dag SET data = CAST(jsonb_set(CAST(data AS jsonb_document) - 'client_defaults', '{__version}', '2') AS json_document)
WHERE data ->> '__version' = '3' AND data_compressed IS NULL;
-- @only mysql
-- @batch
UPDATE serialized_dag SET data = json_set(json_remove(data, '$.client_defaults'), '$.__version', 2)
WHERE json_extract(data, '$.__version') = 3 AND data_compressed IS NULL;
-- @batch
UPDATE serialized_dag SET data_compressed = serialized_dag_v2(data_compressed) WHERE data_compressed IS NOT NULL;
