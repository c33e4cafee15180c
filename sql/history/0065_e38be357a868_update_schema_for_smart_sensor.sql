-- revision: e38be357a868
-- down_revision: 8d48763f6d53
-- version: 2.0.0
-- title: Add ``sensor_instance`` table

-- upgrade

CREATE TABLE IF NOT EXISTS sensor_instance (
    id                serial NOT NULL,
    task_id           string_id(250) NOT NULL,
    dag_id            string_id(250) NOT NULL,
    execution_date    utc_timestamp NOT NULL,
    state             string(20),
    try_number        integer,
    start_date        utc_timestamp,
    operator          string(1000) NOT NULL,
    op_classpath      string(1000) NOT NULL,
    hashcode          big_integer NOT NULL,
    shardcode         integer NOT NULL,
    poke_context      text NOT NULL,
    execution_context text,
    created_at        utc_timestamp NOT NULL,
    updated_at        utc_timestamp NOT NULL,
    CONSTRAINT sensor_instance_pkey PRIMARY KEY (id)
);
-- @unless index ti_primary_key on sensor_instance
CREATE UNIQUE INDEX ti_primary_key ON sensor_instance (dag_id, task_id, execution_date);
-- @unless index si_hashcode on sensor_instance
CREATE INDEX si_hashcode ON sensor_instance (hashcode);
-- @unless index si_shardcode on sensor_instance
CREATE INDEX si_shardcode ON sensor_instance (shardcode);
-- @unless index si_state_shard on sensor_instance
CREATE INDEX si_state_shard ON sensor_instance (state, shardcode);
-- @unless index si_updated_at on sensor_instance
CREATE INDEX si_updated_at ON sensor_instance (updated_at);

-- downgrade

DROP TABLE IF EXISTS sensor_instance;
