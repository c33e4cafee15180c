-- revision: b87d2135fa50
-- down_revision: 69ddce9a7247
-- version: 3.2.0
-- title: Turn callback_request into callback, with a UUID key and columns for every kind of callback

-- upgrade

-- Airflow throws away the DAG processor callbacks that are still waiting.
DELETE FROM callback_request;
ALTER TABLE callback_request RENAME TO callback;
ALTER TABLE callback ADD COLUMN type string(20) NOT NULL;
ALTER TABLE callback ADD COLUMN fetch_method string(20) NOT NULL;
ALTER TABLE callback ADD COLUMN data jsonb_document NOT NULL;
ALTER TABLE callback ADD COLUMN state string(10);
ALTER TABLE callback ADD COLUMN output text;
ALTER TABLE callback ADD COLUMN trigger_id integer;
ALTER TABLE callback ADD CONSTRAINT callback_trigger_id_fkey FOREIGN KEY (trigger_id) REFERENCES trigger (id);
-- The old key goes, and with it the sequence it owns.
ALTER TABLE callback DROP COLUMN id;
ALTER TABLE callback ADD COLUMN id uuid NOT NULL;
ALTER TABLE callback ADD CONSTRAINT callback_pkey PRIMARY KEY (id);
ALTER TABLE callback DROP COLUMN callback_data;
ALTER TABLE callback DROP COLUMN callback_type;

-- downgrade

DELETE FROM callback;
ALTER TABLE callback ADD COLUMN callback_type string(20) NOT NULL;
ALTER TABLE callback ADD COLUMN callback_data jsonb_document NOT NULL;
ALTER TABLE callback DROP COLUMN id;
ALTER TABLE callback ADD COLUMN id integer NOT NULL;
ALTER TABLE callback ADD CONSTRAINT callback_request_pkey PRIMARY KEY (id);
ALTER TABLE callback DROP CONSTRAINT callback_trigger_id_fkey;
ALTER TABLE callback DROP COLUMN trigger_id;
ALTER TABLE callback DROP COLUMN output;
ALTER TABLE callback DROP COLUMN state;
ALTER TABLE callback DROP COLUMN data;
ALTER TABLE callback DROP COLUMN fetch_method;
ALTER TABLE callback DROP COLUMN type;
ALTER TABLE callback RENAME TO callback_request;
-- @only postgres
CREATE SEQUENCE IF NOT EXISTS callback_request_id_seq;
-- @only postgres
ALTER TABLE callback_request ALTER COLUMN id SET DEFAULT nextval('callback_request_id_seq');
-- @only postgres
ALTER SEQUENCE callback_request_id_seq OWNED BY callback_request.id;
-- MySQL: the column becomes AUTO_INCREMENT. The table is empty, so there is no counter to set.
-- @only mysql
ALTER TABLE callback_request ALTER COLUMN id TYPE serial;
