-- revision: 92c57b58940d
-- down_revision: da3f683c3a5a
-- version: 1.10.13
-- title: Create FAB Tables

-- upgrade

-- Most databases have them: before, Flask-AppBuilder made them at the first start of the RBAC user interface.
CREATE TABLE IF NOT EXISTS ab_permission (
    id   serial NOT NULL,
    name string(100) NOT NULL,
    CONSTRAINT ab_permission_pkey PRIMARY KEY (id),
    CONSTRAINT ab_permission_name_uq UNIQUE (name)
);
CREATE TABLE IF NOT EXISTS ab_view_menu (
    id   serial NOT NULL,
    name string(100) NOT NULL,
    CONSTRAINT ab_view_menu_pkey PRIMARY KEY (id),
    CONSTRAINT ab_view_menu_name_uq UNIQUE (name)
);
CREATE TABLE IF NOT EXISTS ab_role (
    id   serial NOT NULL,
    name string(64) NOT NULL,
    CONSTRAINT ab_role_pkey PRIMARY KEY (id),
    CONSTRAINT ab_role_name_uq UNIQUE (name)
);
CREATE TABLE IF NOT EXISTS ab_permission_view (
    id            serial NOT NULL,
    permission_id integer,
    view_menu_id  integer,
    CONSTRAINT ab_permission_view_pkey PRIMARY KEY (id),
    CONSTRAINT ab_permission_view_permission_id_view_menu_id_uq UNIQUE (permission_id, view_menu_id),
    CONSTRAINT ab_permission_view_permission_id_fkey FOREIGN KEY (permission_id) REFERENCES ab_permission (id),
    CONSTRAINT ab_permission_view_view_menu_id_fkey FOREIGN KEY (view_menu_id) REFERENCES ab_view_menu (id)
);
CREATE TABLE IF NOT EXISTS ab_permission_view_role (
    id                 serial NOT NULL,
    permission_view_id integer,
    role_id            integer,
    CONSTRAINT ab_permission_view_role_pkey PRIMARY KEY (id),
    CONSTRAINT ab_permission_view_role_permission_view_id_role_id_uq UNIQUE (permission_view_id, role_id),
    CONSTRAINT ab_permission_view_role_permission_view_id_fkey FOREIGN KEY (permission_view_id) REFERENCES ab_permission_view (id),
    CONSTRAINT ab_permission_view_role_role_id_fkey FOREIGN KEY (role_id) REFERENCES ab_role (id)
);
CREATE TABLE IF NOT EXISTS ab_user (
    id               serial NOT NULL,
    first_name       string(64) NOT NULL,
    last_name        string(64) NOT NULL,
    username         string(64) NOT NULL,
    password         string(256),
    active           boolean,
    email            string(64) NOT NULL,
    last_login       naive_timestamp,
    login_count      integer,
    fail_login_count integer,
    created_on       naive_timestamp,
    changed_on       naive_timestamp,
    created_by_fk    integer,
    changed_by_fk    integer,
    CONSTRAINT ab_user_pkey PRIMARY KEY (id),
    CONSTRAINT ab_user_email_uq UNIQUE (email),
    CONSTRAINT ab_user_username_uq UNIQUE (username),
    CONSTRAINT ab_user_changed_by_fk_fkey FOREIGN KEY (changed_by_fk) REFERENCES ab_user (id),
    CONSTRAINT ab_user_created_by_fk_fkey FOREIGN KEY (created_by_fk) REFERENCES ab_user (id)
);
CREATE TABLE IF NOT EXISTS ab_user_role (
    id      serial NOT NULL,
    user_id integer,
    role_id integer,
    CONSTRAINT ab_user_role_pkey PRIMARY KEY (id),
    CONSTRAINT ab_user_role_user_id_role_id_uq UNIQUE (user_id, role_id),
    CONSTRAINT ab_user_role_role_id_fkey FOREIGN KEY (role_id) REFERENCES ab_role (id),
    CONSTRAINT ab_user_role_user_id_fkey FOREIGN KEY (user_id) REFERENCES ab_user (id)
);
CREATE TABLE IF NOT EXISTS ab_register_user (
    id                serial NOT NULL,
    first_name        string(64) NOT NULL,
    last_name         string(64) NOT NULL,
    username          string(64) NOT NULL,
    password          string(256),
    email             string(64) NOT NULL,
    registration_date naive_timestamp,
    registration_hash string(256),
    CONSTRAINT ab_register_user_pkey PRIMARY KEY (id),
    CONSTRAINT ab_register_user_username_uq UNIQUE (username)
);

-- downgrade

-- The groups of later versions, on which Airflow's own fails.
DROP TABLE IF EXISTS ab_group_role;
DROP TABLE IF EXISTS ab_user_group;
DROP TABLE IF EXISTS ab_group;
DROP TABLE IF EXISTS ab_permission_view_role;
DROP TABLE IF EXISTS ab_permission_view;
DROP TABLE IF EXISTS ab_permission;
DROP TABLE IF EXISTS ab_view_menu;
DROP TABLE IF EXISTS ab_user_role;
DROP TABLE IF EXISTS ab_role;
DROP TABLE IF EXISTS ab_user;
DROP TABLE IF EXISTS ab_register_user;
