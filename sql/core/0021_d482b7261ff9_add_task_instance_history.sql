-- revision: d482b7261ff9
-- down_revision: c4602ba06b4b
-- version: 2.10.0
-- title: Add task_instance_history

-- next_kwargs is json, as 2.10 and 2.11 create it; 3.x would make it jsonb on PostgreSQL.
-- trigger_timeout has no time zone here, other than in task_instance.

-- upgrade

CREATE TABLE task_instance_history (
    id                   serial NOT NULL,
    task_id              string_id(250) NOT NULL,
    dag_id               string_id(250) NOT NULL,
    run_id               string_id(250) NOT NULL,
    map_index            integer NOT NULL DEFAULT -1,
    try_number           integer NOT NULL,
    start_date           utc_timestamp,
    end_date             utc_timestamp,
    duration             float,
    state                string(20),
    max_tries            integer DEFAULT -1,
    hostname             string(1000),
    unixname             string(1000),
    job_id               integer,
    pool                 string(256) NOT NULL,
    pool_slots           integer NOT NULL,
    queue                string(256),
    priority_weight      integer,
    operator             string(1000),
    custom_operator_name string(1000),
    queued_dttm          utc_timestamp,
    queued_by_job_id     integer,
    pid                  integer,
    executor             string(1000),
    executor_config      binary,
    updated_at           utc_timestamp,
    rendered_map_index   string(250),
    external_executor_id string(250),
    trigger_id           integer,
    trigger_timeout      naive_timestamp,
    next_method          string(1000),
    next_kwargs          json_document,
    task_display_name    string(2000),
    CONSTRAINT task_instance_history_pkey PRIMARY KEY (id),
    CONSTRAINT task_instance_history_ti_fkey FOREIGN KEY (dag_id, task_id, run_id, map_index)
        REFERENCES task_instance (dag_id, task_id, run_id, map_index) ON UPDATE CASCADE ON DELETE CASCADE,
    CONSTRAINT task_instance_history_dtrt_uq UNIQUE (dag_id, task_id, run_id, map_index, try_number)
);

-- @only postgres
-- @path direct
ALTER TABLE task_instance_history ALTER COLUMN next_kwargs TYPE jsonb_document;

-- downgrade

DROP TABLE task_instance_history;
