-- revision: f9da662e7089
-- down_revision: 786e3737b18f
-- version: 2.3.0
-- title: Add ``LogTemplate`` table to track changes to config values ``log_filename_template``

-- upgrade

CREATE TABLE log_template (
    id               serial NOT NULL,
    filename         text NOT NULL,
    elasticsearch_id text NOT NULL,
    created_at       utc_timestamp NOT NULL,
    CONSTRAINT log_template_pkey PRIMARY KEY (id)
);
ALTER TABLE dag_run ADD COLUMN log_template_id integer;
ALTER TABLE dag_run ADD CONSTRAINT task_instance_log_template_id_fkey FOREIGN KEY (log_template_id) REFERENCES log_template (id);

-- downgrade

ALTER TABLE dag_run DROP CONSTRAINT task_instance_log_template_id_fkey;
ALTER TABLE dag_run DROP COLUMN log_template_id;
DROP TABLE log_template;
