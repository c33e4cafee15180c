-- revision: a56c9515abdc
-- down_revision: c8ffec048a3b
-- version: 1.10.3
-- title: Remove ``dag_stat`` table

-- upgrade

DROP TABLE dag_stats;

-- downgrade

CREATE TABLE dag_stats (
    dag_id string(250) NOT NULL,
    state  string(50) NOT NULL,
    count  integer NOT NULL,
    dirty  boolean NOT NULL,
    CONSTRAINT dag_stats_pkey PRIMARY KEY (dag_id, state)
);
