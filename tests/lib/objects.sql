-- Objects of a user's own on a database of Airflow 2.11.2, and settings of its tables: what a
-- migration must keep. A role mine_reader and a tablespace "Mine space" must exist. (It warns
-- that wal_level is insufficient to publish.)
-- task_instance and dag_run are written again, dataset gets another name.
CREATE FUNCTION mine_trigger() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER mine_update BEFORE UPDATE ON task_instance FOR EACH ROW EXECUTE FUNCTION mine_trigger();
COMMENT ON TRIGGER mine_update ON task_instance IS 'audit; of ours';
CREATE TRIGGER mine_dates BEFORE UPDATE OF execution_date ON dag_run FOR EACH ROW
    WHEN (OLD.execution_date IS DISTINCT FROM NEW.execution_date) EXECUTE FUNCTION mine_trigger();
CREATE TRIGGER mine_dataset AFTER INSERT ON dataset FOR EACH ROW EXECUTE FUNCTION mine_trigger();
COMMENT ON TRIGGER mine_dataset ON dataset IS 'new ones';
ALTER TABLE dataset DISABLE TRIGGER mine_dataset;

CREATE MATERIALIZED VIEW mine_counts AS SELECT dag_id, count(*) AS n FROM task_instance GROUP BY dag_id;
CREATE UNIQUE INDEX mine_counts_dag ON mine_counts (dag_id);
CREATE INDEX mine_counts_n ON mine_counts (n DESC) WITH (fillfactor = 70);
COMMENT ON INDEX mine_counts_n IS 'by number';
ALTER MATERIALIZED VIEW mine_counts CLUSTER ON mine_counts_dag;
COMMENT ON MATERIALIZED VIEW mine_counts IS 'counted';
CREATE MATERIALIZED VIEW mine_empty AS SELECT dag_id FROM dag_run WITH NO DATA;
CREATE VIEW mine_view WITH (security_barrier) AS SELECT dag_id, state FROM task_instance;
COMMENT ON VIEW mine_view IS 'a view''s comment';
COMMENT ON COLUMN mine_view.state IS 'its state';
ALTER VIEW mine_view ALTER COLUMN state SET DEFAULT 'none';
CREATE TRIGGER mine_insert INSTEAD OF INSERT ON mine_view FOR EACH ROW EXECUTE FUNCTION mine_trigger();
CREATE RULE mine_rule AS ON DELETE TO mine_view DO INSTEAD NOTHING;
GRANT SELECT (dag_id) ON mine_view TO mine_reader;
CREATE VIEW mine_below AS SELECT dag_id, state, run_id FROM task_instance;
CREATE VIEW mine_above AS SELECT b.dag_id, v.state, c.n FROM mine_below b JOIN mine_view v USING (dag_id) LEFT JOIN mine_counts c USING (dag_id);
COMMENT ON VIEW mine_above IS 'over views';
CREATE MATERIALIZED VIEW mine_top AS SELECT dag_id, max(n) AS n FROM mine_above GROUP BY dag_id;
CREATE INDEX mine_top_dag ON mine_top (dag_id);
-- Over what gets other names.
CREATE VIEW mine_by_date AS SELECT dag_id, execution_date, state FROM dag_run WHERE execution_date > '2020-01-01';
CREATE VIEW mine_joined AS SELECT r.dag_id, r.execution_date AS day, t.task_id, d.id AS "it's"
    FROM dag_run r JOIN task_instance t USING (dag_id, run_id) CROSS JOIN dataset d;
GRANT SELECT (day) ON mine_joined TO mine_reader;
CREATE MATERIALIZED VIEW mine_by_day AS SELECT execution_date::date AS "the day", count(*) FROM mine_by_date GROUP BY 1 WITH NO DATA;
CREATE UNIQUE INDEX mine_by_day_key ON mine_by_day ("the day");
CREATE VIEW mine_dataset AS SELECT * FROM (SELECT id, created_at FROM dataset) AS dataset (id, execution_date);
-- Made anew, it is over a view that is younger than itself.
CREATE VIEW mine_young AS SELECT dag_id FROM mine_above;
CREATE OR REPLACE VIEW mine_below AS SELECT dag_id, state, run_id FROM task_instance WHERE dag_id IN (SELECT dag_id FROM log WHERE id > 0);
CREATE VIEW mine_elder AS SELECT 'x'::text AS dag_id;
CREATE VIEW mine_younger AS SELECT dag_id::text FROM dag_run;
CREATE OR REPLACE VIEW mine_elder AS SELECT dag_id FROM mine_younger;

CREATE FUNCTION mine_runs() RETURNS SETOF dag_run LANGUAGE sql STABLE AS 'SELECT * FROM dag_run';
COMMENT ON FUNCTION mine_runs IS 'of runs';
CREATE FUNCTION mine_name(task_instance) RETURNS text LANGUAGE sql AS 'SELECT $1.task_id';
REVOKE ALL ON FUNCTION mine_name FROM PUBLIC;
GRANT EXECUTE ON FUNCTION mine_name TO mine_reader;
CREATE FUNCTION mine_atomic() RETURNS bigint LANGUAGE sql SECURITY DEFINER
    BEGIN ATOMIC SELECT count(*) FROM task_instance WHERE state = 'failed'; END;
ALTER FUNCTION mine_atomic OWNER TO mine_reader;

CREATE PUBLICATION mine_some FOR TABLE task_instance (dag_id, task_id, run_id, map_index, state) WHERE (state = 'failed'),
    dag_run (id, execution_date) WHERE (execution_date > '2024-01-01'), dataset (id, created_at), dataset_event WITH (publish = 'insert');

CREATE STATISTICS mine_pairs ON dag_id, task_id FROM task_instance;
ALTER STATISTICS mine_pairs SET STATISTICS 50;
ALTER STATISTICS mine_pairs OWNER TO mine_reader;
COMMENT ON STATISTICS mine_pairs IS 'pairs';
CREATE STATISTICS mine_dates ON execution_date, (lower(dag_id)) FROM dag_run;
CREATE STATISTICS mine_gone ON external_trigger, dag_id FROM dag_run;

CREATE INDEX mine_index ON task_instance (operator) WITH (fillfactor = 70);
COMMENT ON INDEX mine_index IS 'an index''s comment';
CREATE INDEX mine_expression ON task_instance (lower(operator));
ALTER INDEX mine_expression ALTER COLUMN 1 SET STATISTICS 300;
ALTER TABLE task_instance ADD CONSTRAINT mine_check CHECK (pool_slots < 1000);
COMMENT ON CONSTRAINT mine_check ON task_instance IS 'not too many';
ALTER TABLE task_instance CLUSTER ON mine_index;
ALTER TABLE task_instance ALTER COLUMN executor_config SET STORAGE EXTERNAL, ALTER COLUMN operator SET (n_distinct = 5),
    ALTER COLUMN operator SET COMPRESSION pglz, ALTER COLUMN queue SET STATISTICS 500;
ALTER TABLE dag_run ALTER COLUMN execution_date SET STATISTICS 400, ALTER COLUMN external_trigger SET STATISTICS 300;
GRANT SELECT (execution_date, external_trigger), UPDATE (state) ON dag_run TO mine_reader;
ALTER TABLE dataset ALTER COLUMN uri SET STATISTICS 77;
GRANT SELECT ON dataset TO mine_reader WITH GRANT OPTION;
ALTER TABLE log SET UNLOGGED;
ALTER TABLE dag_run SET TABLESPACE "Mine space";
ALTER TABLE log SET TABLESPACE "Mine space";
ALTER INDEX dag_run_pkey SET TABLESPACE "Mine space";
ALTER INDEX mine_index SET TABLESPACE "Mine space";
ALTER INDEX idx_log_event SET TABLESPACE "Mine space";
ALTER INDEX slot_pool_pool_uq SET TABLESPACE "Mine space";

CREATE SCHEMA mine_schema;
CREATE TABLE mine_schema.uses (dataset int REFERENCES dataset (id), run int CONSTRAINT mine_run REFERENCES dag_run ON DELETE CASCADE);
