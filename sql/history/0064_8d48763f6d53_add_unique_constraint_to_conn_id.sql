-- revision: 8d48763f6d53
-- down_revision: 8f966b9c467a
-- version: 2.0.0
-- title: Add unique constraint to ``conn_id``

-- upgrade

ALTER TABLE connection ALTER COLUMN conn_id SET NOT NULL;
ALTER TABLE connection ADD CONSTRAINT unique_conn_id UNIQUE (conn_id);

-- downgrade

-- Since 2.9.2 it is connection_conn_id_uq, on which Airflow's own fails.
CALL drop_unique('connection', 'conn_id');
-- On MySQL Airflow's own takes the collation of ids away here.
ALTER TABLE connection ALTER COLUMN conn_id DROP NOT NULL;
