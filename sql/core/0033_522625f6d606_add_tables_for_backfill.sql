-- revision: 522625f6d606
-- down_revision: 1cdc775ca98f
-- version: 3.0.0
-- title: Add tables for backfill

-- upgrade

CREATE TABLE backfill (
    id              serial NOT NULL,
    dag_id          string(250) NOT NULL,
    from_date       utc_timestamp NOT NULL,
    to_date         utc_timestamp NOT NULL,
    dag_run_conf    json_document NOT NULL,
    is_paused       boolean,
    max_active_runs integer NOT NULL,
    created_at      utc_timestamp NOT NULL,
    completed_at    utc_timestamp,
    updated_at      utc_timestamp NOT NULL,
    CONSTRAINT backfill_pkey PRIMARY KEY (id)
);

CREATE TABLE backfill_dag_run (
    id           serial NOT NULL,
    backfill_id  integer NOT NULL,
    dag_run_id   integer,
    sort_ordinal integer NOT NULL,
    CONSTRAINT backfill_dag_run_pkey PRIMARY KEY (id),
    CONSTRAINT ix_bdr_backfill_id_dag_run_id UNIQUE (backfill_id, dag_run_id),
    CONSTRAINT bdr_backfill_fkey FOREIGN KEY (backfill_id)
        REFERENCES backfill (id) ON DELETE CASCADE,
    CONSTRAINT bdr_dag_run_fkey FOREIGN KEY (dag_run_id)
        REFERENCES dag_run (id) ON DELETE SET NULL
);

-- downgrade

DROP TABLE backfill_dag_run;
DROP TABLE backfill;
