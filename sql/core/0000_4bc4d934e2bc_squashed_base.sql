-- revision: 4bc4d934e2bc
-- down_revision: none
-- version: 2.6.2
-- title: Create initial database state from Airflow v2.6.2
-- also: c804e5c76e3e

-- The schema of 2.6.2, as the squashed base of 3.3 creates it. A database that really was at
-- 2.6.2 differs in small ways (dag_code.fileloc_hash without a sequence, json for jsonb);
-- it never runs this upgrade.

-- upgrade

CREATE TABLE ab_permission (
    id   serial NOT NULL,
    name string(100) NOT NULL,
    CONSTRAINT ab_permission_pkey PRIMARY KEY (id),
    CONSTRAINT ab_permission_name_uq UNIQUE (name)
);

CREATE TABLE ab_register_user (
    id                serial NOT NULL,
    first_name        string(256) NOT NULL,
    last_name         string(256) NOT NULL,
    username          string(512) NOT NULL,
    email             string(512) NOT NULL,
    password          string(256),
    registration_date naive_timestamp,
    registration_hash string(256),
    CONSTRAINT ab_register_user_pkey PRIMARY KEY (id),
    CONSTRAINT ab_register_user_username_uq UNIQUE (username)
);

CREATE TABLE ab_role (
    id   serial NOT NULL,
    name string(64) NOT NULL,
    CONSTRAINT ab_role_pkey PRIMARY KEY (id),
    CONSTRAINT ab_role_name_uq UNIQUE (name)
);

CREATE TABLE ab_user (
    id               serial NOT NULL,
    first_name       string(256) NOT NULL,
    last_name        string(256) NOT NULL,
    username         string(512) NOT NULL,
    email            string(512) NOT NULL,
    password         string(256),
    active           boolean,
    last_login       naive_timestamp,
    login_count      integer,
    fail_login_count integer,
    created_on       naive_timestamp,
    changed_on       naive_timestamp,
    created_by_fk    integer,
    changed_by_fk    integer,
    CONSTRAINT ab_user_changed_by_fk_fkey FOREIGN KEY (changed_by_fk)
        REFERENCES ab_user (id),
    CONSTRAINT ab_user_created_by_fk_fkey FOREIGN KEY (created_by_fk)
        REFERENCES ab_user (id),
    CONSTRAINT ab_user_pkey PRIMARY KEY (id),
    CONSTRAINT ab_user_email_uq UNIQUE (email),
    CONSTRAINT ab_user_username_uq UNIQUE (username)
);

CREATE TABLE ab_view_menu (
    id   serial NOT NULL,
    name string(250) NOT NULL,
    CONSTRAINT ab_view_menu_pkey PRIMARY KEY (id),
    CONSTRAINT ab_view_menu_name_uq UNIQUE (name)
);

CREATE TABLE callback_request (
    id               serial NOT NULL,
    created_at       utc_timestamp NOT NULL,
    priority_weight  integer NOT NULL,
    callback_data    json_document NOT NULL,
    callback_type    string_id(20) NOT NULL,
    processor_subdir string_id(2000),
    CONSTRAINT callback_request_pkey PRIMARY KEY (id)
);

CREATE TABLE connection (
    id                 serial NOT NULL,
    conn_id            string_id(250) NOT NULL,
    conn_type          string_id(500) NOT NULL,
    description        text,
    host               string_id(500),
    schema             string_id(500),
    login              string_id(500),
    password           string_id(5000),
    port               integer,
    is_encrypted       boolean,
    is_extra_encrypted boolean,
    extra              text,
    CONSTRAINT connection_pkey PRIMARY KEY (id),
    CONSTRAINT connection_conn_id_uq UNIQUE (conn_id)
);

CREATE TABLE dag (
    dag_id                          string_id(250) NOT NULL,
    max_active_tasks                integer NOT NULL,
    has_task_concurrency_limits     boolean NOT NULL,
    root_dag_id                     string_id(250),
    is_paused                       boolean,
    is_subdag                       boolean,
    is_active                       boolean,
    last_parsed_time                utc_timestamp,
    last_pickled                    utc_timestamp,
    last_expired                    utc_timestamp,
    scheduler_lock                  boolean,
    pickle_id                       integer,
    fileloc                         string_id(2000),
    processor_subdir                string_id(2000),
    owners                          string_id(2000),
    description                     text,
    default_view                    string_id(25),
    schedule_interval               text,
    timetable_description           string_id(1000),
    max_active_runs                 integer,
    has_import_errors               boolean DEFAULT false,
    next_dagrun                     utc_timestamp,
    next_dagrun_data_interval_start utc_timestamp,
    next_dagrun_data_interval_end   utc_timestamp,
    next_dagrun_create_after        utc_timestamp,
    CONSTRAINT dag_pkey PRIMARY KEY (dag_id)
);
CREATE INDEX idx_next_dagrun_create_after ON dag (next_dagrun_create_after);
CREATE INDEX idx_root_dag_id ON dag (root_dag_id);

CREATE TABLE dag_code (
    fileloc_hash big_serial NOT NULL,
    fileloc      string_id(2000) NOT NULL,
    last_updated utc_timestamp NOT NULL,
    source_code  medium_text NOT NULL,
    CONSTRAINT dag_code_pkey PRIMARY KEY (fileloc_hash)
);

CREATE TABLE dag_pickle (
    id           serial NOT NULL,
    pickle       binary,
    created_dttm utc_timestamp,
    pickle_hash  big_integer,
    CONSTRAINT dag_pickle_pkey PRIMARY KEY (id)
);

CREATE TABLE dataset (
    id          serial NOT NULL,
    uri         uri_string(3000) NOT NULL,
    extra       json_document NOT NULL,
    created_at  utc_timestamp NOT NULL,
    updated_at  utc_timestamp NOT NULL,
    is_orphaned boolean NOT NULL DEFAULT false,
    CONSTRAINT dataset_pkey PRIMARY KEY (id)
);
CREATE UNIQUE INDEX idx_uri_unique ON dataset (uri);

CREATE TABLE dataset_event (
    id               serial NOT NULL,
    dataset_id       integer NOT NULL,
    extra            json_document NOT NULL,
    timestamp        utc_timestamp NOT NULL,
    source_task_id   string_id(250),
    source_dag_id    string_id(250),
    source_run_id    string_id(250),
    source_map_index integer DEFAULT -1,
    CONSTRAINT dataset_event_pkey PRIMARY KEY (id)
);
CREATE INDEX idx_dataset_id_timestamp ON dataset_event (dataset_id, timestamp);

CREATE TABLE import_error (
    id         serial NOT NULL,
    timestamp  utc_timestamp,
    filename   string_id(1024),
    stacktrace text,
    CONSTRAINT import_error_pkey PRIMARY KEY (id)
);

CREATE TABLE job (
    id               serial NOT NULL,
    dag_id           string_id(250),
    state            string_id(20),
    job_type         string_id(30),
    start_date       utc_timestamp,
    end_date         utc_timestamp,
    latest_heartbeat utc_timestamp,
    executor_class   string_id(500),
    hostname         string_id(500),
    unixname         string_id(1000),
    CONSTRAINT job_pkey PRIMARY KEY (id)
);
CREATE INDEX idx_job_dag_id ON job (dag_id);
CREATE INDEX idx_job_state_heartbeat ON job (state, latest_heartbeat);
CREATE INDEX job_type_heart ON job (job_type, latest_heartbeat);

CREATE TABLE log (
    id             serial NOT NULL,
    dttm           utc_timestamp,
    dag_id         string_id(250),
    task_id        string_id(250),
    map_index      integer,
    event          string_id(30),
    execution_date utc_timestamp,
    owner          string_id(500),
    extra          text,
    CONSTRAINT log_pkey PRIMARY KEY (id)
);
CREATE INDEX idx_log_dag ON log (dag_id);
CREATE INDEX idx_log_dttm ON log (dttm);
CREATE INDEX idx_log_event ON log (event);

CREATE TABLE log_template (
    id               serial NOT NULL,
    filename         text NOT NULL,
    elasticsearch_id text NOT NULL,
    created_at       utc_timestamp NOT NULL,
    CONSTRAINT log_template_pkey PRIMARY KEY (id)
);

CREATE TABLE serialized_dag (
    dag_id           string_id(250) NOT NULL,
    fileloc          string_id(2000) NOT NULL,
    fileloc_hash     big_integer NOT NULL,
    last_updated     utc_timestamp NOT NULL,
    dag_hash         string_id(32) NOT NULL,
    data             json_document,
    data_compressed  binary,
    processor_subdir string_id(2000),
    CONSTRAINT serialized_dag_pkey PRIMARY KEY (dag_id)
);
CREATE INDEX idx_fileloc_hash ON serialized_dag (fileloc_hash);

CREATE TABLE slot_pool (
    id          serial NOT NULL,
    pool        string_id(256),
    slots       integer,
    description text,
    CONSTRAINT slot_pool_pkey PRIMARY KEY (id),
    CONSTRAINT slot_pool_pool_uq UNIQUE (pool)
);

CREATE TABLE trigger (
    id           serial NOT NULL,
    classpath    string_id(1000) NOT NULL,
    kwargs       json_document NOT NULL,
    created_date utc_timestamp NOT NULL,
    triggerer_id integer,
    CONSTRAINT trigger_pkey PRIMARY KEY (id)
);

CREATE TABLE variable (
    id           serial NOT NULL,
    key          string_id(250),
    val          medium_text,
    description  text,
    is_encrypted boolean,
    CONSTRAINT variable_pkey PRIMARY KEY (id),
    CONSTRAINT variable_key_uq UNIQUE (key)
);

CREATE TABLE ab_permission_view (
    id            serial NOT NULL,
    permission_id integer,
    view_menu_id  integer,
    CONSTRAINT ab_permission_view_permission_id_fkey FOREIGN KEY (permission_id)
        REFERENCES ab_permission (id),
    CONSTRAINT ab_permission_view_view_menu_id_fkey FOREIGN KEY (view_menu_id)
        REFERENCES ab_view_menu (id),
    CONSTRAINT ab_permission_view_pkey PRIMARY KEY (id),
    CONSTRAINT ab_permission_view_permission_id_view_menu_id_uq UNIQUE (permission_id, view_menu_id)
);

CREATE TABLE ab_user_role (
    id      serial NOT NULL,
    user_id integer,
    role_id integer,
    CONSTRAINT ab_user_role_role_id_fkey FOREIGN KEY (role_id)
        REFERENCES ab_role (id),
    CONSTRAINT ab_user_role_user_id_fkey FOREIGN KEY (user_id)
        REFERENCES ab_user (id),
    CONSTRAINT ab_user_role_pkey PRIMARY KEY (id),
    CONSTRAINT ab_user_role_user_id_role_id_uq UNIQUE (user_id, role_id)
);

CREATE TABLE dag_owner_attributes (
    dag_id string_id(250) NOT NULL,
    owner  string_id(500) NOT NULL,
    link   string_id(500) NOT NULL,
    CONSTRAINT "dag.dag_id" FOREIGN KEY (dag_id)
        REFERENCES dag (dag_id) ON DELETE CASCADE,
    CONSTRAINT dag_owner_attributes_pkey PRIMARY KEY (dag_id, owner)
);

CREATE TABLE dag_run (
    id                       serial NOT NULL,
    dag_id                   string_id(250) NOT NULL,
    execution_date           utc_timestamp NOT NULL,
    run_id                   string_id(250) NOT NULL,
    run_type                 string_id(50) NOT NULL,
    queued_at                utc_timestamp,
    start_date               utc_timestamp,
    end_date                 utc_timestamp,
    state                    string_id(50),
    creating_job_id          integer,
    external_trigger         boolean,
    conf                     binary,
    data_interval_start      utc_timestamp,
    data_interval_end        utc_timestamp,
    last_scheduling_decision utc_timestamp,
    dag_hash                 string_id(32),
    log_template_id          integer,
    updated_at               utc_timestamp,
    CONSTRAINT task_instance_log_template_id_fkey FOREIGN KEY (log_template_id)
        REFERENCES log_template (id),
    CONSTRAINT dag_run_pkey PRIMARY KEY (id),
    CONSTRAINT dag_run_dag_id_execution_date_key UNIQUE (dag_id, execution_date),
    CONSTRAINT dag_run_dag_id_run_id_key UNIQUE (dag_id, run_id)
);
CREATE INDEX dag_id_state ON dag_run (dag_id, state);
CREATE INDEX idx_dag_run_dag_id ON dag_run (dag_id);
CREATE INDEX idx_dag_run_queued_dags ON dag_run (state, dag_id);
CREATE INDEX idx_dag_run_running_dags ON dag_run (state, dag_id);
CREATE INDEX idx_last_scheduling_decision ON dag_run (last_scheduling_decision);

CREATE TABLE dag_schedule_dataset_reference (
    dataset_id integer NOT NULL,
    dag_id     string_id(250) NOT NULL,
    created_at utc_timestamp NOT NULL,
    updated_at utc_timestamp NOT NULL,
    CONSTRAINT dsdr_dag_id_fkey FOREIGN KEY (dag_id)
        REFERENCES dag (dag_id) ON DELETE CASCADE,
    CONSTRAINT dsdr_dataset_fkey FOREIGN KEY (dataset_id)
        REFERENCES dataset (id) ON DELETE CASCADE,
    CONSTRAINT dsdr_pkey PRIMARY KEY (dataset_id, dag_id)
);

CREATE TABLE dag_tag (
    name   string_id(100) NOT NULL,
    dag_id string_id(250) NOT NULL,
    CONSTRAINT dag_tag_dag_id_fkey FOREIGN KEY (dag_id)
        REFERENCES dag (dag_id) ON DELETE CASCADE,
    CONSTRAINT dag_tag_pkey PRIMARY KEY (name, dag_id)
);

CREATE TABLE dag_warning (
    dag_id       string_id(250) NOT NULL,
    warning_type string_id(50) NOT NULL,
    message      text NOT NULL,
    timestamp    utc_timestamp NOT NULL,
    CONSTRAINT dcw_dag_id_fkey FOREIGN KEY (dag_id)
        REFERENCES dag (dag_id) ON DELETE CASCADE,
    CONSTRAINT dag_warning_pkey PRIMARY KEY (dag_id, warning_type)
);

CREATE TABLE dataset_dag_run_queue (
    dataset_id    integer NOT NULL,
    target_dag_id string_id(250) NOT NULL,
    created_at    utc_timestamp NOT NULL,
    CONSTRAINT ddrq_dataset_fkey FOREIGN KEY (dataset_id)
        REFERENCES dataset (id) ON DELETE CASCADE,
    CONSTRAINT ddrq_dag_fkey FOREIGN KEY (target_dag_id)
        REFERENCES dag (dag_id) ON DELETE CASCADE,
    CONSTRAINT datasetdagrunqueue_pkey PRIMARY KEY (dataset_id, target_dag_id)
);

CREATE TABLE task_outlet_dataset_reference (
    dataset_id integer NOT NULL,
    dag_id     string_id(250) NOT NULL,
    task_id    string_id(250) NOT NULL,
    created_at utc_timestamp NOT NULL,
    updated_at utc_timestamp NOT NULL,
    CONSTRAINT todr_dag_id_fkey FOREIGN KEY (dag_id)
        REFERENCES dag (dag_id) ON DELETE CASCADE,
    CONSTRAINT todr_dataset_fkey FOREIGN KEY (dataset_id)
        REFERENCES dataset (id) ON DELETE CASCADE,
    CONSTRAINT todr_pkey PRIMARY KEY (dataset_id, dag_id, task_id)
);

CREATE TABLE ab_permission_view_role (
    id                 serial NOT NULL,
    permission_view_id integer,
    role_id            integer,
    CONSTRAINT ab_permission_view_role_permission_view_id_fkey FOREIGN KEY (permission_view_id)
        REFERENCES ab_permission_view (id),
    CONSTRAINT ab_permission_view_role_role_id_fkey FOREIGN KEY (role_id)
        REFERENCES ab_role (id),
    CONSTRAINT ab_permission_view_role_pkey PRIMARY KEY (id),
    CONSTRAINT ab_permission_view_role_permission_view_id_role_id_uq UNIQUE (permission_view_id, role_id)
);

CREATE TABLE dag_run_note (
    dag_run_id integer NOT NULL,
    created_at utc_timestamp NOT NULL,
    updated_at utc_timestamp NOT NULL,
    user_id    integer,
    content    string_id(1000),
    CONSTRAINT dag_run_note_dr_fkey FOREIGN KEY (dag_run_id)
        REFERENCES dag_run (id) ON DELETE CASCADE,
    CONSTRAINT dag_run_note_user_fkey FOREIGN KEY (user_id)
        REFERENCES ab_user (id),
    CONSTRAINT dag_run_note_pkey PRIMARY KEY (dag_run_id)
);

CREATE TABLE dagrun_dataset_event (
    dag_run_id integer NOT NULL,
    event_id   integer NOT NULL,
    CONSTRAINT dagrun_dataset_event_dag_run_id_fkey FOREIGN KEY (dag_run_id)
        REFERENCES dag_run (id) ON DELETE CASCADE,
    CONSTRAINT dagrun_dataset_event_event_id_fkey FOREIGN KEY (event_id)
        REFERENCES dataset_event (id) ON DELETE CASCADE,
    CONSTRAINT dagrun_dataset_event_pkey PRIMARY KEY (dag_run_id, event_id)
);
CREATE INDEX idx_dagrun_dataset_events_dag_run_id ON dagrun_dataset_event (dag_run_id);
CREATE INDEX idx_dagrun_dataset_events_event_id ON dagrun_dataset_event (event_id);

CREATE TABLE task_instance (
    task_id              string_id(250) NOT NULL,
    dag_id               string_id(250) NOT NULL,
    run_id               string_id(250) NOT NULL,
    map_index            integer NOT NULL DEFAULT -1,
    pool                 string_id(256) NOT NULL,
    pool_slots           integer NOT NULL,
    start_date           utc_timestamp,
    end_date             utc_timestamp,
    duration             float,
    state                string_id(20),
    try_number           integer,
    max_tries            integer DEFAULT -1,
    hostname             string_id(1000),
    unixname             string_id(1000),
    job_id               integer,
    queue                string_id(256),
    priority_weight      integer,
    operator             string_id(1000),
    queued_dttm          utc_timestamp,
    queued_by_job_id     integer,
    pid                  integer,
    executor_config      binary,
    updated_at           utc_timestamp,
    external_executor_id string_id(250),
    trigger_id           integer,
    trigger_timeout      utc_timestamp,
    next_method          string_id(1000),
    next_kwargs          jsonb_document,
    CONSTRAINT task_instance_dag_run_fkey FOREIGN KEY (dag_id, run_id)
        REFERENCES dag_run (dag_id, run_id) ON DELETE CASCADE,
    CONSTRAINT task_instance_trigger_id_fkey FOREIGN KEY (trigger_id)
        REFERENCES trigger (id) ON DELETE CASCADE,
    CONSTRAINT task_instance_pkey PRIMARY KEY (dag_id, task_id, run_id, map_index)
);
CREATE INDEX ti_dag_run ON task_instance (dag_id, run_id);
CREATE INDEX ti_dag_state ON task_instance (dag_id, state);
CREATE INDEX ti_job_id ON task_instance (job_id);
CREATE INDEX ti_pool ON task_instance (pool, state, priority_weight);
CREATE INDEX ti_state ON task_instance (state);
CREATE INDEX ti_state_lkp ON task_instance (dag_id, task_id, run_id, state);
CREATE INDEX ti_trigger_id ON task_instance (trigger_id);

CREATE TABLE rendered_task_instance_fields (
    dag_id          string_id(250) NOT NULL,
    task_id         string_id(250) NOT NULL,
    run_id          string_id(250) NOT NULL,
    map_index       integer NOT NULL DEFAULT -1,
    rendered_fields json_document NOT NULL,
    k8s_pod_yaml    json_document,
    CONSTRAINT rtif_ti_fkey FOREIGN KEY (dag_id, task_id, run_id, map_index)
        REFERENCES task_instance (dag_id, task_id, run_id, map_index) ON DELETE CASCADE,
    CONSTRAINT rendered_task_instance_fields_pkey PRIMARY KEY (dag_id, task_id, run_id, map_index)
);

CREATE TABLE task_fail (
    id         serial NOT NULL,
    task_id    string_id(250) NOT NULL,
    dag_id     string_id(250) NOT NULL,
    run_id     string_id(250) NOT NULL,
    map_index  integer NOT NULL DEFAULT -1,
    start_date utc_timestamp,
    end_date   utc_timestamp,
    duration   integer,
    CONSTRAINT task_fail_ti_fkey FOREIGN KEY (dag_id, task_id, run_id, map_index)
        REFERENCES task_instance (dag_id, task_id, run_id, map_index) ON DELETE CASCADE,
    CONSTRAINT task_fail_pkey PRIMARY KEY (id)
);
CREATE INDEX idx_task_fail_task_instance ON task_fail (dag_id, task_id, run_id, map_index);

CREATE TABLE task_instance_note (
    task_id    string_id(250) NOT NULL,
    dag_id     string_id(250) NOT NULL,
    run_id     string_id(250) NOT NULL,
    map_index  integer NOT NULL,
    created_at utc_timestamp NOT NULL,
    updated_at utc_timestamp NOT NULL,
    user_id    integer,
    content    string_id(1000),
    CONSTRAINT task_instance_note_ti_fkey FOREIGN KEY (dag_id, task_id, run_id, map_index)
        REFERENCES task_instance (dag_id, task_id, run_id, map_index) ON DELETE CASCADE,
    CONSTRAINT task_instance_note_user_fkey FOREIGN KEY (user_id)
        REFERENCES ab_user (id),
    CONSTRAINT task_instance_note_pkey PRIMARY KEY (task_id, dag_id, run_id, map_index)
);

CREATE TABLE task_map (
    dag_id    string_id(250) NOT NULL,
    task_id   string_id(250) NOT NULL,
    run_id    string_id(250) NOT NULL,
    map_index integer NOT NULL,
    length    integer NOT NULL,
    keys      jsonb_document,
    CONSTRAINT ck_task_map_task_map_length_not_negative CHECK (length >= 0),
    CONSTRAINT task_map_task_instance_fkey FOREIGN KEY (dag_id, task_id, run_id, map_index)
        REFERENCES task_instance (dag_id, task_id, run_id, map_index) ON UPDATE CASCADE ON DELETE CASCADE,
    CONSTRAINT task_map_pkey PRIMARY KEY (dag_id, task_id, run_id, map_index)
);

CREATE TABLE task_reschedule (
    id              serial NOT NULL,
    task_id         string_id(250) NOT NULL,
    dag_id          string_id(250) NOT NULL,
    run_id          string_id(250) NOT NULL,
    map_index       integer NOT NULL DEFAULT -1,
    try_number      integer NOT NULL,
    start_date      utc_timestamp NOT NULL,
    end_date        utc_timestamp NOT NULL,
    duration        integer NOT NULL,
    reschedule_date utc_timestamp NOT NULL,
    CONSTRAINT task_reschedule_dr_fkey FOREIGN KEY (dag_id, run_id)
        REFERENCES dag_run (dag_id, run_id) ON DELETE CASCADE,
    CONSTRAINT task_reschedule_ti_fkey FOREIGN KEY (dag_id, task_id, run_id, map_index)
        REFERENCES task_instance (dag_id, task_id, run_id, map_index) ON DELETE CASCADE,
    CONSTRAINT task_reschedule_pkey PRIMARY KEY (id)
);
CREATE INDEX idx_task_reschedule_dag_run ON task_reschedule (dag_id, run_id);
CREATE INDEX idx_task_reschedule_dag_task_run ON task_reschedule (dag_id, task_id, run_id, map_index);

CREATE TABLE xcom (
    dag_run_id integer NOT NULL,
    task_id    string_id(250) NOT NULL,
    map_index  integer NOT NULL DEFAULT -1,
    key        string_id(512) NOT NULL,
    dag_id     string_id(250) NOT NULL,
    run_id     string_id(250) NOT NULL,
    timestamp  utc_timestamp NOT NULL,
    value      binary,
    CONSTRAINT xcom_task_instance_fkey FOREIGN KEY (dag_id, task_id, run_id, map_index)
        REFERENCES task_instance (dag_id, task_id, run_id, map_index) ON DELETE CASCADE,
    CONSTRAINT xcom_pkey PRIMARY KEY (dag_run_id, task_id, map_index, key)
);
CREATE INDEX idx_xcom_key ON xcom (key);
CREATE INDEX idx_xcom_task_instance ON xcom (dag_id, task_id, run_id, map_index);

-- The first template is that of the logs written before 2.3.
INSERT INTO log_template (filename, elasticsearch_id, created_at) VALUES
    ('{{ ti.dag_id }}/{{ ti.task_id }}/{{ ts }}/{{ try_number }}.log',
     '{dag_id}-{task_id}-{execution_date}-{try_number}',
     now_utc()),
    ('dag_id={{ ti.dag_id }}/run_id={{ ti.run_id }}/task_id={{ ti.task_id }}/{% if ti.map_index >= 0 %}map_index={{ ti.map_index }}/{% endif %}attempt={{ try_number }}.log',
     '{dag_id}-{task_id}-{run_id}-{map_index}-{try_number}',
     now_utc());

-- With its id written out, so the sequence stays at its start, as in Airflow.
INSERT INTO slot_pool (id, pool, slots, description)
VALUES (1, 'default_pool', 128, 'Default pool');
-- @only mysql
ALTER TABLE dag ALTER COLUMN has_import_errors SET DEFAULT computed(false);
-- @only mysql
ALTER TABLE dataset ALTER COLUMN is_orphaned SET DEFAULT computed(false);

-- downgrade

-- The tables go in the order their references allow, and their indexes with them.
-- DROP TABLE xcom etc. are unconditional; what other chains own is not: the ab_ tables
-- belong to the FAB provider in 3.x, and sla_miss is in databases that were older than
-- the squashed base, which does not create it.
DROP TABLE xcom;
DROP TABLE task_reschedule;
DROP TABLE task_map;
DROP TABLE task_instance_note;
DROP TABLE task_fail;
DROP TABLE rendered_task_instance_fields;
DROP TABLE task_instance;
DROP TABLE dagrun_dataset_event;
DROP TABLE dag_run_note;
DROP TABLE IF EXISTS ab_permission_view_role;
DROP TABLE task_outlet_dataset_reference;
DROP TABLE dataset_dag_run_queue;
DROP TABLE dag_warning;
DROP TABLE dag_tag;
DROP TABLE dag_schedule_dataset_reference;
DROP TABLE dag_run;
DROP TABLE dag_owner_attributes;
DROP TABLE IF EXISTS ab_user_role;
DROP TABLE IF EXISTS ab_permission_view;
DROP TABLE variable;
DROP TABLE trigger;
DROP TABLE slot_pool;
DROP TABLE IF EXISTS sla_miss;
DROP TABLE serialized_dag;
DROP TABLE log_template;
DROP TABLE log;
DROP TABLE job;
DROP TABLE import_error;
DROP TABLE dataset_event;
DROP TABLE dataset;
DROP TABLE dag_pickle;
DROP TABLE dag_code;
DROP TABLE dag;
DROP TABLE connection;
DROP TABLE callback_request;
DROP TABLE IF EXISTS ab_view_menu;
DROP TABLE IF EXISTS ab_user;
DROP TABLE IF EXISTS ab_role;
DROP TABLE IF EXISTS ab_register_user;
DROP TABLE IF EXISTS ab_permission;
