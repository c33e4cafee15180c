-- revision: 6709f7a774b9
-- down_revision: none
-- version: 1.4.0
-- title: Create the tables of the FAB auth manager where they are missing

-- upgrade

-- A database that has any of these tables is stamped with this revision and does not run it.
CREATE TABLE IF NOT EXISTS ab_group (
    id serial NOT NULL,
    name string(100) NOT NULL,
    label string(150),
    description string(512),
    CONSTRAINT ab_group_pkey PRIMARY KEY (id),
    CONSTRAINT ab_group_name_uq UNIQUE (name)
);
CREATE TABLE IF NOT EXISTS ab_permission (
    id serial NOT NULL,
    name string(100) NOT NULL,
    CONSTRAINT ab_permission_pkey PRIMARY KEY (id),
    CONSTRAINT ab_permission_name_uq UNIQUE (name)
);
CREATE TABLE IF NOT EXISTS ab_register_user (
    id serial NOT NULL,
    first_name string(256) NOT NULL,
    last_name string(256) NOT NULL,
    username string(512) NOT NULL,
    password string(256),
    email string(512) NOT NULL,
    registration_date naive_timestamp,
    registration_hash string(256),
    CONSTRAINT ab_register_user_pkey PRIMARY KEY (id),
    CONSTRAINT ab_register_user_username_uq UNIQUE (username)
);
CREATE TABLE IF NOT EXISTS ab_role (
    id serial NOT NULL,
    name string(64) NOT NULL,
    CONSTRAINT ab_role_pkey PRIMARY KEY (id),
    CONSTRAINT ab_role_name_uq UNIQUE (name)
);
CREATE TABLE IF NOT EXISTS ab_user (
    id serial NOT NULL,
    first_name string(256) NOT NULL,
    last_name string(256) NOT NULL,
    username string(512) NOT NULL,
    password string(256),
    active boolean,
    email string(512) NOT NULL,
    last_login naive_timestamp,
    login_count integer,
    fail_login_count integer,
    created_on naive_timestamp,
    changed_on naive_timestamp,
    created_by_fk integer,
    changed_by_fk integer,
    CONSTRAINT ab_user_pkey PRIMARY KEY (id),
    CONSTRAINT ab_user_changed_by_fk_fkey FOREIGN KEY (changed_by_fk) REFERENCES ab_user (id),
    CONSTRAINT ab_user_created_by_fk_fkey FOREIGN KEY (created_by_fk) REFERENCES ab_user (id),
    CONSTRAINT ab_user_email_uq UNIQUE (email),
    CONSTRAINT ab_user_username_uq UNIQUE (username)
);
CREATE TABLE IF NOT EXISTS ab_view_menu (
    id serial NOT NULL,
    name string(250) NOT NULL,
    CONSTRAINT ab_view_menu_pkey PRIMARY KEY (id),
    CONSTRAINT ab_view_menu_name_uq UNIQUE (name)
);
CREATE TABLE IF NOT EXISTS ab_group_role (
    id serial NOT NULL,
    group_id integer,
    role_id integer,
    CONSTRAINT ab_group_role_pkey PRIMARY KEY (id),
    CONSTRAINT ab_group_role_group_id_fkey FOREIGN KEY (group_id) REFERENCES ab_group (id) ON DELETE CASCADE,
    CONSTRAINT ab_group_role_role_id_fkey FOREIGN KEY (role_id) REFERENCES ab_role (id) ON DELETE CASCADE,
    CONSTRAINT ab_group_role_group_id_role_id_uq UNIQUE (group_id, role_id)
);
-- @unless index idx_group_id on ab_group_role
CREATE INDEX idx_group_id ON ab_group_role (group_id);
-- @unless index idx_group_role_id on ab_group_role
CREATE INDEX idx_group_role_id ON ab_group_role (role_id);
CREATE TABLE IF NOT EXISTS ab_permission_view (
    id serial NOT NULL,
    permission_id integer,
    view_menu_id integer,
    CONSTRAINT ab_permission_view_pkey PRIMARY KEY (id),
    CONSTRAINT ab_permission_view_permission_id_fkey FOREIGN KEY (permission_id) REFERENCES ab_permission (id),
    CONSTRAINT ab_permission_view_view_menu_id_fkey FOREIGN KEY (view_menu_id) REFERENCES ab_view_menu (id),
    CONSTRAINT ab_permission_view_permission_id_view_menu_id_uq UNIQUE (permission_id, view_menu_id)
);
CREATE TABLE IF NOT EXISTS ab_user_group (
    id serial NOT NULL,
    user_id integer,
    group_id integer,
    CONSTRAINT ab_user_group_pkey PRIMARY KEY (id),
    CONSTRAINT ab_user_group_user_id_fkey FOREIGN KEY (user_id) REFERENCES ab_user (id) ON DELETE CASCADE,
    CONSTRAINT ab_user_group_group_id_fkey FOREIGN KEY (group_id) REFERENCES ab_group (id) ON DELETE CASCADE,
    CONSTRAINT ab_user_group_user_id_group_id_uq UNIQUE (user_id, group_id)
);
-- @unless index idx_user_group_id on ab_user_group
CREATE INDEX idx_user_group_id ON ab_user_group (group_id);
-- @unless index idx_user_id on ab_user_group
CREATE INDEX idx_user_id ON ab_user_group (user_id);
CREATE TABLE IF NOT EXISTS ab_user_role (
    id serial NOT NULL,
    user_id integer,
    role_id integer,
    CONSTRAINT ab_user_role_pkey PRIMARY KEY (id),
    CONSTRAINT ab_user_role_user_id_fkey FOREIGN KEY (user_id) REFERENCES ab_user (id) ON DELETE CASCADE,
    CONSTRAINT ab_user_role_role_id_fkey FOREIGN KEY (role_id) REFERENCES ab_role (id) ON DELETE CASCADE,
    CONSTRAINT ab_user_role_user_id_role_id_uq UNIQUE (user_id, role_id)
);
CREATE TABLE IF NOT EXISTS ab_permission_view_role (
    id serial NOT NULL,
    permission_view_id integer,
    role_id integer,
    CONSTRAINT ab_permission_view_role_pkey PRIMARY KEY (id),
    CONSTRAINT ab_permission_view_role_permission_view_id_fkey FOREIGN KEY (permission_view_id) REFERENCES ab_permission_view (id) ON DELETE CASCADE,
    CONSTRAINT ab_permission_view_role_role_id_fkey FOREIGN KEY (role_id) REFERENCES ab_role (id) ON DELETE CASCADE,
    CONSTRAINT ab_permission_view_role_permission_view_id_role_id_uq UNIQUE (permission_view_id, role_id)
);

-- downgrade

-- Nothing: the tables are older than the chain.
