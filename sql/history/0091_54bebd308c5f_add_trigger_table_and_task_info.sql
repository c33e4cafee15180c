-- revision: 54bebd308c5f
-- down_revision: 30867afad44a
-- version: 2.2.0
-- title: Adds ``trigger`` table and deferrable operator columns to task instance

-- upgrade

CREATE TABLE trigger (
    id           serial NOT NULL,
    classpath    string(1000) NOT NULL,
    kwargs       json_document NOT NULL,
    created_date naive_timestamp NOT NULL,
    triggerer_id integer,
    CONSTRAINT trigger_pkey PRIMARY KEY (id)
);
ALTER TABLE task_instance ADD COLUMN trigger_id integer;
ALTER TABLE task_instance ADD COLUMN trigger_timeout naive_timestamp;
ALTER TABLE task_instance ADD COLUMN next_method string(1000);
ALTER TABLE task_instance ADD COLUMN next_kwargs json_document;
ALTER TABLE task_instance ADD CONSTRAINT task_instance_trigger_id_fkey FOREIGN KEY (trigger_id) REFERENCES trigger (id) ON DELETE CASCADE;
CREATE INDEX ti_trigger_id ON task_instance (trigger_id);

-- downgrade

ALTER TABLE task_instance DROP CONSTRAINT task_instance_trigger_id_fkey;
DROP INDEX ti_trigger_id;
ALTER TABLE task_instance DROP COLUMN trigger_id;
ALTER TABLE task_instance DROP COLUMN trigger_timeout;
ALTER TABLE task_instance DROP COLUMN next_method;
ALTER TABLE task_instance DROP COLUMN next_kwargs;
DROP TABLE trigger;
