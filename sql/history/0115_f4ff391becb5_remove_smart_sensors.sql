-- revision: f4ff391becb5
-- down_revision: 0038cd0c28b4
-- version: 2.4.0
-- title: Remove smart sensors

-- upgrade

DROP TABLE sensor_instance;
-- @batch
UPDATE task_instance SET state = 'failed' WHERE state = 'sensing';

-- downgrade

CREATE TABLE sensor_instance (
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
CREATE UNIQUE INDEX ti_primary_key ON sensor_instance (dag_id, task_id, execution_date);
CREATE INDEX si_hashcode ON sensor_instance (hashcode);
CREATE INDEX si_shardcode ON sensor_instance (shardcode);
CREATE INDEX si_state_shard ON sensor_instance (state, shardcode);
CREATE INDEX si_updated_at ON sensor_instance (updated_at);
