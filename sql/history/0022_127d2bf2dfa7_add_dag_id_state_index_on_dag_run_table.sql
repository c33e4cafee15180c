-- revision: 127d2bf2dfa7
-- down_revision: 5e7d17757c7a
-- version: 1.7.1.3
-- title: Add ``dag_id``/``state`` index on ``dag_run`` table

-- upgrade

CREATE INDEX dag_id_state ON dag_run (dag_id, state);

-- downgrade

DROP INDEX dag_id_state;
