-- revision: 03bc53e68815
-- down_revision: 0a2a5b66e19d, bf00311e1990
-- version: 1.10.2
-- title: Merge migrations heads

-- upgrade

CREATE INDEX sm_dag ON sla_miss (dag_id);

-- downgrade

DROP INDEX IF EXISTS sm_dag;
-- 3.0 takes the table away and does not bring it back; all that is older knows it.
CREATE TABLE IF NOT EXISTS sla_miss (
    task_id string_id(250) NOT NULL,
    dag_id string_id(250) NOT NULL,
    execution_date utc_timestamp NOT NULL,
    email_sent boolean,
    timestamp utc_timestamp,
    description text,
    notification_sent boolean,
    CONSTRAINT sla_miss_pkey PRIMARY KEY (task_id, dag_id, execution_date)
);
