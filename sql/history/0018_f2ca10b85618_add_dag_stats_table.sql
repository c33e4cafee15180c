-- revision: f2ca10b85618
-- down_revision: 64de9cddf6c9
-- version: 1.7.1.3
-- title: Add ``dag_stats`` table

-- upgrade

CREATE TABLE dag_stats (
    dag_id string_id(250) NOT NULL,
    state  string(50) NOT NULL,
    count  integer NOT NULL,
    dirty  boolean NOT NULL,
    CONSTRAINT dag_stats_pkey PRIMARY KEY (dag_id, state)
);

-- downgrade

DROP TABLE dag_stats;
