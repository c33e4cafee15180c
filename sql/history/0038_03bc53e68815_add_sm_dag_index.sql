-- revision: 03bc53e68815
-- down_revision: 0a2a5b66e19d, bf00311e1990
-- version: 1.10.2
-- title: Merge migrations heads

-- upgrade

CREATE INDEX sm_dag ON sla_miss (dag_id);

-- downgrade

DROP INDEX sm_dag;
