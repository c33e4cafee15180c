#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# objects.t - objects of the user's own that hang on Airflow's tables, and what was set on the
# tables and their columns: after a migration in one go, which makes the tables anew, they are
# what the ALTERs of the chain leave, under the new names of tables and columns. What cannot
# be is refused before anything is changed. TAP on stdout.

set -u
# shellcheck source-path=SCRIPTDIR source=pg_test.sh
. "$(dirname "$0")/pg_test.sh"
pg_test_begin objects
# shellcheck disable=SC2119 # its arguments are settings
pg_start || { not_ok 'a server starts'; finish_tests; exit 1; }
pg_create own
pg_migrate own 2.11.2
is "$code" 0 'a database of Airflow 2.11.2'
pg_psql postgres -q -c 'CREATE ROLE mine_reader'
pgt_as mkdir "$PGT_DIR/tablespace"
pg_psql postgres -q -c "CREATE TABLESPACE \"Mine space\" LOCATION '$PGT_DIR/tablespace'"

pg_psql own -q -v ON_ERROR_STOP=1 2>"$work/err" <<'SQL'
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
SQL
is "$? $(grep ERROR "$work/err")" '0 ' 'with objects of the user'"'"'s own'

own() { # database: all that is not Airflow's, a line each
    "$PGT_BIN/pg_dump" -s -h 127.0.0.1 -p "$PGT_PORT" -U postgres "$1" |
        grep -E '^[^-]*(mine_|CLUSTER ON|SET STORAGE|n_distinct|SET COMPRESSION|SET STATISTICS|UNLOGGED)' | LC_ALL=C sort
    pg_psql "$1" -Atc "SELECT relname, relispopulated FROM pg_class WHERE relname LIKE 'mine%'" \
        -c "SELECT p.proname, r.rolname, p.prosecdef, p.provolatile FROM pg_proc p JOIN pg_roles r ON r.oid = p.proowner WHERE proname LIKE 'mine%'" \
        -c "SELECT relname, spcname FROM pg_class c JOIN pg_tablespace s ON s.oid = c.reltablespace WHERE relnamespace = 'public'::regnamespace" \
        -c "SELECT tgname, tgrelid::regclass, tgenabled FROM pg_trigger WHERE tgname LIKE 'mine%'" | LC_ALL=C sort
}

for database in chained column_type gone shown atomic published; do
    pg_psql postgres -qc "CREATE DATABASE $database TEMPLATE own"
done
pg_migrate chained 3.3.2 --executor chain
is "$code $(grep -o 'error: .*' <<<"$out")" '0 ' 'revision by revision, by the ALTERs of the chain'
own chained >"$work/chained"
[ "$(wc -l <"$work/chained")" -ge 70 ]
is $? 0 'there is something to compare'
like "$(cat "$work/chained")" 'CREATE TRIGGER mine_dates BEFORE UPDATE OF logical_date ON public.dag_run' 'under new names'
pg_migrate own 3.3.2
is "$code $(grep -o 'error: .*' <<<"$out")" '0 ' 'in one go'
own own >"$work/own"
is "$(diff "$work/chained" "$work/own")" '' 'both leave the same objects and settings'

# --- refused ------------------------------------------------------------------------------

refused() { # database sql pattern description
    local before

    pg_psql "$1" -q -v ON_ERROR_STOP=1 -c "$2"
    before=$(own "$1" | md5sum)
    pg_migrate "$1" 3.3.2
    like "$code $out" "^8 .*$3" "$4 is refused"
    is "$(own "$1" | md5sum) $(pg_psql "$1" -Atc 'SELECT version_num FROM alembic_version')" "$before 5f2621c13b39" 'nothing was changed'
}
refused column_type 'CREATE TYPE mine_type AS (ti task_instance, n int)' \
    'column "mine_type.ti" uses table "task_instance", and it cannot be moved' 'a type that is made of rows'
refused gone 'CREATE TRIGGER mine_gone BEFORE UPDATE OF external_trigger ON dag_run FOR EACH ROW EXECUTE FUNCTION mine_trigger()' \
    'trigger "mine_gone" uses table "dag_run", and column "external_trigger" is not in the target version' 'a trigger of a column that goes'
refused shown 'CREATE VIEW mine_top AS SELECT id FROM mine_runs()' \
    'function "mine_runs\(\)" uses table "dag_run", and it cannot be moved' 'a view over a function over a table'
refused atomic 'CREATE FUNCTION mine_dates() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM dag_run WHERE execution_date IS NULL; END' \
    'function "mine_dates\(\)" uses table "dag_run", and column "execution_date" is not in' 'a function over a column that gets another name'
refused published 'ALTER PUBLICATION mine_some SET TABLE dag_run (id, external_trigger)' \
    'publication "mine_some" uses table "dag_run", and column "external_trigger" is not in' 'a publication of a column that goes'
finish_tests
