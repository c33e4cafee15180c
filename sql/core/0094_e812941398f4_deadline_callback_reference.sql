-- revision: e812941398f4
-- down_revision: b87d2135fa50
-- version: 3.2.0
-- title: Move the callback of a deadline into the callback table

-- upgrade

ALTER TABLE deadline ADD COLUMN missed boolean;
ALTER TABLE deadline ADD COLUMN callback_id uuid;
-- One callback a deadline. Its key is computed from the deadline's, so that both tables agree without a lookup.
-- @only postgres
INSERT INTO callback (id, type, fetch_method, data, state, priority_weight, created_at)
SELECT uuid_v4('deadline_callback', d.id), 'triggerer', 'import_path',
    jsonb_build_object(
        '__var', jsonb_build_object(
            'path', coalesce(d.callback::jsonb -> '__data__' ->> 'path', ''),
            'kwargs', coalesce(nullif(d.callback::jsonb -> '__data__' -> 'kwargs', 'null'::jsonb), '{}'::jsonb),
            'prefix', 'deadline_alerts',
            'dag_id', coalesce(r.dag_id, '')),
        '__type', 'dict'),
    CASE WHEN d.callback_state IN ('success', 'failed') THEN d.callback_state ELSE 'pending' END,
    1, now_utc()
FROM deadline d LEFT JOIN dag_run r ON r.id = d.dagrun_id;
-- On MySQL Airflow draws a UUID of version 7, writes the plain object, takes a callback without __data__ as it is, and wants kwargs to be an object.
-- @only mysql
INSERT INTO callback (id, type, fetch_method, data, state, priority_weight, created_at)
SELECT uuid_v7(now_utc(), 'deadline_callback', d.id), 'triggerer', 'import_path',
    json_object(
        'path', CASE WHEN json_type(json_extract(coalesce(json_extract(d.callback, '$.__data__'), d.callback), '$.path')) = 'STRING'
                THEN json_unquote(json_extract(coalesce(json_extract(d.callback, '$.__data__'), d.callback), '$.path')) ELSE '' END,
        'kwargs', CASE WHEN json_type(json_extract(coalesce(json_extract(d.callback, '$.__data__'), d.callback), '$.kwargs')) = 'OBJECT'
                THEN json_extract(coalesce(json_extract(d.callback, '$.__data__'), d.callback), '$.kwargs') ELSE json_object() END,
        'prefix', 'deadline_alerts',
        'dag_id', coalesce(r.dag_id, '')),
    CASE WHEN d.callback_state IN ('success', 'failed') THEN d.callback_state ELSE 'pending' END,
    1, now_utc()
FROM deadline d LEFT JOIN dag_run r ON r.id = d.dagrun_id;
-- @only postgres
-- @batch
UPDATE deadline SET callback_id = uuid_v4('deadline_callback', id), missed = coalesce(callback_state IN ('success', 'failed'), false);
-- @only mysql
-- @batch
UPDATE deadline SET callback_id = uuid_v7(now_utc(), 'deadline_callback', id), missed = coalesce(callback_state IN ('success', 'failed'), false);
ALTER TABLE deadline ALTER COLUMN missed SET NOT NULL;
ALTER TABLE deadline ALTER COLUMN callback_id SET NOT NULL;
CREATE INDEX deadline_missed_deadline_time_idx ON deadline (missed, deadline_time);
CREATE INDEX deadline_callback_id_idx ON deadline (callback_id);
DROP INDEX deadline_callback_state_time_idx;
ALTER TABLE deadline ADD CONSTRAINT deadline_callback_id_fkey FOREIGN KEY (callback_id) REFERENCES callback (id) ON DELETE CASCADE;
ALTER TABLE deadline DROP CONSTRAINT deadline_trigger_id_fkey;
ALTER TABLE deadline DROP COLUMN callback;
ALTER TABLE deadline DROP COLUMN trigger_id;
ALTER TABLE deadline DROP COLUMN callback_state;

-- downgrade

ALTER TABLE deadline ADD COLUMN callback_state string(20);
ALTER TABLE deadline ADD COLUMN trigger_id integer;
ALTER TABLE deadline ADD COLUMN callback json_document;
ALTER TABLE deadline ALTER COLUMN callback_id DROP NOT NULL;
ALTER TABLE deadline DROP CONSTRAINT deadline_callback_id_fkey;
-- @only postgres
UPDATE deadline SET
    callback = json_build_object(
        '__data__', json_build_object('path', c.data -> '__var' ->> 'path', 'kwargs', c.data -> '__var' -> 'kwargs'),
        '__classname__', 'airflow.sdk.definitions.deadline.AsyncCallback',
        '__version__', 0),
    callback_state = CASE WHEN c.state IN ('success', 'failed') THEN c.state END,
    trigger_id = NULL,
    callback_id = NULL
FROM callback c WHERE c.id = deadline.callback_id;
-- @only mysql
UPDATE deadline SET
    callback = json_object(
        '__data__', json_object(
            'path', coalesce(json_extract(coalesce(json_extract(c.data, '$.__var'), c.data), '$.path'), ''),
            'kwargs', coalesce(json_extract(coalesce(json_extract(c.data, '$.__var'), c.data), '$.kwargs'), json_object())),
        '__classname__', 'airflow.sdk.definitions.deadline.AsyncCallback',
        '__version__', 0),
    callback_state = CASE WHEN c.state IN ('success', 'failed') THEN c.state END,
    trigger_id = NULL,
    callback_id = NULL
FROM callback c WHERE c.id = deadline.callback_id;
-- Airflow means to keep the callbacks that are still referred to, and has just cleared every reference: all go.
DELETE FROM callback WHERE id NOT IN (SELECT callback_id FROM deadline WHERE callback_id IS NOT NULL);
ALTER TABLE deadline ALTER COLUMN callback SET NOT NULL;
ALTER TABLE deadline ADD CONSTRAINT deadline_trigger_id_fkey FOREIGN KEY (trigger_id) REFERENCES trigger (id);
DROP INDEX deadline_missed_deadline_time_idx;
CREATE INDEX deadline_callback_state_time_idx ON deadline (callback_state, deadline_time);
DROP INDEX deadline_callback_id_idx;
ALTER TABLE deadline DROP COLUMN callback_id;
ALTER TABLE deadline DROP COLUMN missed;
