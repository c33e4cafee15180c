-- revision: e3a246e0dc1
-- down_revision: none
-- version: 1.5.0
-- title: Current schema

-- upgrade

-- Airflow makes only the tables that are not there: before 1.5 they were made without revisions.
CREATE TABLE IF NOT EXISTS connection (
    id        serial NOT NULL,
    conn_id   string_id(250),
    conn_type string(500),
    host      string(500),
    schema    string(500),
    login     string(500),
    password  string(500),
    port      integer,
    extra     string(5000),
    CONSTRAINT connection_pkey PRIMARY KEY (id)
);

CREATE TABLE IF NOT EXISTS dag (
    dag_id             string_id(250) NOT NULL,
    is_paused          boolean,
    is_subdag          boolean,
    is_active          boolean,
    last_scheduler_run naive_timestamp,
    last_pickled       naive_timestamp,
    last_expired       naive_timestamp,
    scheduler_lock     boolean,
    pickle_id          integer,
    fileloc            string(2000),
    owners             string(2000),
    CONSTRAINT dag_pkey PRIMARY KEY (dag_id)
);

CREATE TABLE IF NOT EXISTS dag_pickle (
    id           serial NOT NULL,
    pickle       binary,
    created_dttm naive_timestamp,
    pickle_hash  big_integer,
    CONSTRAINT dag_pickle_pkey PRIMARY KEY (id)
);

CREATE TABLE IF NOT EXISTS import_error (
    id         serial NOT NULL,
    timestamp  naive_timestamp,
    filename   string(1024),
    stacktrace text,
    CONSTRAINT import_error_pkey PRIMARY KEY (id)
);

CREATE TABLE IF NOT EXISTS job (
    id               serial NOT NULL,
    dag_id           string(250),
    state            string(20),
    job_type         string(30),
    start_date       naive_timestamp,
    end_date         naive_timestamp,
    latest_heartbeat naive_timestamp,
    executor_class   string(500),
    hostname         string(500),
    unixname         string(1000),
    CONSTRAINT job_pkey PRIMARY KEY (id)
);
-- @unless index job_type_heart on job
CREATE INDEX job_type_heart ON job (job_type, latest_heartbeat);

CREATE TABLE IF NOT EXISTS log (
    id             serial NOT NULL,
    dttm           naive_timestamp,
    dag_id         string_id(250),
    task_id        string_id(250),
    event          string(30),
    execution_date naive_timestamp,
    owner          string(500),
    CONSTRAINT log_pkey PRIMARY KEY (id)
);

CREATE TABLE IF NOT EXISTS sla_miss (
    task_id        string_id(250) NOT NULL,
    dag_id         string_id(250) NOT NULL,
    execution_date naive_timestamp NOT NULL,
    email_sent     boolean,
    timestamp      naive_timestamp,
    description    text,
    CONSTRAINT sla_miss_pkey PRIMARY KEY (task_id, dag_id, execution_date)
);

CREATE TABLE IF NOT EXISTS slot_pool (
    id          serial NOT NULL,
    pool        string_id(50),
    slots       integer,
    description text,
    CONSTRAINT slot_pool_pkey PRIMARY KEY (id),
    CONSTRAINT slot_pool_pool_uq UNIQUE (pool)
);

CREATE TABLE IF NOT EXISTS task_instance (
    task_id         string_id(250) NOT NULL,
    dag_id          string_id(250) NOT NULL,
    execution_date  naive_timestamp NOT NULL,
    start_date      naive_timestamp,
    end_date        naive_timestamp,
    duration        integer,
    state           string(20),
    try_number      integer,
    hostname        string(1000),
    unixname        string(1000),
    job_id          integer,
    pool            string(50),
    queue           string(50),
    priority_weight integer,
    CONSTRAINT task_instance_pkey PRIMARY KEY (task_id, dag_id, execution_date)
);
-- @unless index ti_dag_state on task_instance
CREATE INDEX ti_dag_state ON task_instance (dag_id, state);
-- @unless index ti_pool on task_instance
CREATE INDEX ti_pool ON task_instance (pool, state, priority_weight);
-- @unless index ti_state_lkp on task_instance
CREATE INDEX ti_state_lkp ON task_instance (dag_id, task_id, execution_date, state);

CREATE TABLE IF NOT EXISTS "user" (
    id       serial NOT NULL,
    username string_id(250),
    email    string(500),
    CONSTRAINT user_pkey PRIMARY KEY (id),
    CONSTRAINT user_username_uq UNIQUE (username)
);

CREATE TABLE IF NOT EXISTS variable (
    id  serial NOT NULL,
    key string_id(250),
    val text,
    CONSTRAINT variable_pkey PRIMARY KEY (id),
    CONSTRAINT variable_key_uq UNIQUE (key)
);

CREATE TABLE IF NOT EXISTS chart (
    id             serial NOT NULL,
    label          string(200),
    conn_id        string(250) NOT NULL,
    user_id        integer,
    chart_type     string(100),
    sql_layout     string(50),
    sql            text,
    y_log_scale    boolean,
    show_datatable boolean,
    show_sql       boolean,
    height         integer,
    default_params string(5000),
    x_is_date      boolean,
    iteration_no   integer,
    last_modified  naive_timestamp,
    CONSTRAINT chart_pkey PRIMARY KEY (id),
    CONSTRAINT chart_user_id_fkey FOREIGN KEY (user_id) REFERENCES "user" (id)
);

CREATE TABLE IF NOT EXISTS xcom (
    id             serial NOT NULL,
    key            string_id(512),
    value          binary,
    timestamp      naive_timestamp NOT NULL,
    execution_date naive_timestamp NOT NULL,
    task_id        string_id(250) NOT NULL,
    dag_id         string_id(250) NOT NULL,
    CONSTRAINT xcom_pkey PRIMARY KEY (id)
);

-- downgrade

DROP TABLE chart;
DROP TABLE variable;
DROP TABLE "user";
DROP TABLE task_instance;
DROP TABLE slot_pool;
DROP TABLE sla_miss;
DROP TABLE log;
DROP TABLE job;
DROP TABLE import_error;
DROP TABLE dag_pickle;
DROP TABLE dag;
DROP TABLE connection;
DROP TABLE xcom;
