-- revision: cf5dc11e79ad
-- down_revision: 03afc6b6f902
-- version: 2.0.0
-- title: Drop ``user`` and ``chart`` table

-- upgrade

-- Events that users noted in Airflow 1 stay; only their reference to the users goes.
-- @if table known_event
CALL drop_foreign_keys('known_event', 'user_id');
DROP TABLE IF EXISTS chart;
DROP TABLE IF EXISTS users;

-- downgrade

CREATE TABLE users (
    id        serial NOT NULL,
    username  string(250),
    email     string(500),
    password  string(255),
    superuser boolean,
    CONSTRAINT users_pkey PRIMARY KEY (id),
    CONSTRAINT users_username_uq UNIQUE (username)
);
CREATE TABLE chart (
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
    last_modified  utc_timestamp,
    CONSTRAINT chart_pkey PRIMARY KEY (id),
    CONSTRAINT chart_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id)
);
