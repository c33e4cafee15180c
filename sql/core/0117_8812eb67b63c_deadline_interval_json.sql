-- revision: 8812eb67b63c
-- down_revision: acc215baed80
-- version: 3.3.0
-- title: Store the interval of a deadline alert as a serialized document

-- upgrade

-- @only postgres
ALTER TABLE deadline_alert ALTER COLUMN "interval" TYPE json_document USING to_json("interval");
-- NaN and the infinities became JSON strings and stay so.
-- @only postgres
UPDATE deadline_alert SET "interval" = json_build_object('__classname__', 'datetime.timedelta', '__version__', 2, '__data__', "interval"::text::double precision)
WHERE json_typeof("interval") = 'number';
-- @only mysql
ALTER TABLE deadline_alert ALTER COLUMN "interval" TYPE json_document;
-- @only mysql
UPDATE deadline_alert SET "interval" = json_object('__classname__', 'datetime.timedelta', '__version__', 2, '__data__', "interval");

-- downgrade

-- An interval that is no timedelta has no number: as in Airflow, NOT NULL then refuses.
-- @only postgres
ALTER TABLE deadline_alert ALTER COLUMN "interval" TYPE float USING CASE
    WHEN json_typeof("interval") = 'number' THEN "interval"::text::double precision
    WHEN "interval" ->> '__classname__' = 'datetime.timedelta' THEN ("interval" ->> '__data__')::double precision END;
-- @only mysql
UPDATE deadline_alert SET "interval" = CASE
    WHEN json_extract("interval", '$.__data__') IS NOT NULL THEN json_extract("interval", '$.__data__')
    WHEN json_extract("interval", '$.__classname__') IS NULL THEN "interval" END;
-- @only mysql
ALTER TABLE deadline_alert ALTER COLUMN "interval" TYPE float;
