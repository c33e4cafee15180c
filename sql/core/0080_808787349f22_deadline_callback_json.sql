-- revision: 808787349f22
-- down_revision: 3bda03debd04
-- version: 3.1.0
-- title: Make deadline.callback JSON

-- upgrade

ALTER TABLE deadline ADD COLUMN callback_new json_document;
-- The text is put together by hand: `json` keeps it, and it has to look as Python's json.dumps writes it.
-- Keyword arguments stored as a string with JSON in it are taken for that JSON.
-- @only postgres
-- @batch
UPDATE deadline SET callback_new = CAST(
    '{"__data__": {"path": ' || to_json(CAST(callback AS text))::text
    || ', "kwargs": ' || CASE
        WHEN json_typeof(callback_kwargs) = 'object' THEN callback_kwargs::text
        WHEN json_typeof(callback_kwargs) = 'string' AND starts_with(ltrim(callback_kwargs #>> '{}'), '{') THEN callback_kwargs #>> '{}'
        ELSE '{}' END
    || '}, "__classname__": "airflow.sdk.definitions.deadline.AsyncCallback", "__version__": 0}' AS json_document);
-- @only mysql
-- @batch
UPDATE deadline SET callback_new = json_object(
    '__data__', json_object(
        'path', callback,
        'kwargs', CASE WHEN json_type(callback_kwargs) = 'OBJECT' THEN callback_kwargs ELSE json_object() END),
    '__classname__', 'airflow.sdk.definitions.deadline.AsyncCallback',
    '__version__', 0);
ALTER TABLE deadline DROP COLUMN callback;
ALTER TABLE deadline DROP COLUMN callback_kwargs;
ALTER TABLE deadline RENAME COLUMN callback_new TO callback;
ALTER TABLE deadline ALTER COLUMN callback SET NOT NULL;

-- downgrade

ALTER TABLE deadline ADD COLUMN callback_old string(500);
ALTER TABLE deadline ADD COLUMN callback_kwargs json_document;
-- A callback without the serializer's envelope is read as its contents.
-- @only postgres
-- @batch
UPDATE deadline SET
    callback_old = left(CASE WHEN callback -> '__data__' IS NOT NULL
        THEN coalesce(callback #>> '{__data__,path}', '')
        ELSE coalesce(callback ->> 'path', '') END, 500),
    callback_kwargs = CASE
        WHEN callback -> '__data__' IS NOT NULL THEN
            CASE WHEN json_typeof(callback #> '{__data__,kwargs}') = 'object' THEN callback #> '{__data__,kwargs}' ELSE CAST('{}' AS json_document) END
        ELSE CASE WHEN json_typeof(callback -> 'kwargs') = 'object' THEN callback -> 'kwargs' ELSE CAST('{}' AS json_document) END
        END;
-- @only mysql
-- @batch
UPDATE deadline SET
    callback_old = left(coalesce(
        json_unquote(json_extract(callback, '$.__data__.path')),
        json_unquote(json_extract(callback, '$.path')), ''), 500),
    callback_kwargs = CASE
        WHEN json_type(json_extract(callback, '$.__data__.kwargs')) = 'OBJECT' THEN json_extract(callback, '$.__data__.kwargs')
        WHEN json_type(json_extract(callback, '$.kwargs')) = 'OBJECT' THEN json_extract(callback, '$.kwargs')
        ELSE json_object() END;
ALTER TABLE deadline DROP COLUMN callback;
ALTER TABLE deadline RENAME COLUMN callback_old TO callback;
ALTER TABLE deadline ALTER COLUMN callback SET NOT NULL;
