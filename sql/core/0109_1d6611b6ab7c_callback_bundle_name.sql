-- revision: 1d6611b6ab7c
-- down_revision: 888b59e02a5b
-- version: 3.2.0
-- title: Add callback.bundle_name, and fill it for DAG processor callbacks

-- upgrade

ALTER TABLE callback ADD COLUMN bundle_name string_id(250);
-- The request is a JSON text inside the document, or a nested document.
-- @only postgres
-- @batch
UPDATE callback SET bundle_name = CASE jsonb_typeof(data -> '__var' -> 'req_data')
    WHEN 'string' THEN (data -> '__var' ->> 'req_data')::jsonb ->> 'bundle_name'
    WHEN 'object' THEN data -> '__var' -> 'req_data' -> '__var' ->> 'bundle_name' END
WHERE type = 'dag_processor';
-- @only mysql
-- @batch
UPDATE callback SET bundle_name = json_unquote(nullif(CASE json_type(json_extract(data, '$.__var.req_data'))
    WHEN 'STRING' THEN json_extract(CAST(json_unquote(json_extract(data, '$.__var.req_data')) AS json), '$.bundle_name')
    WHEN 'OBJECT' THEN json_extract(data, '$.__var.req_data.__var.bundle_name') END, CAST('null' AS json)))
WHERE type = 'dag_processor';

-- downgrade

ALTER TABLE callback DROP COLUMN bundle_name;
