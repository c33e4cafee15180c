#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# doctor.t - airshift doctor on databases that are right, that say another revision than they
# are at, that are between two, and that have left-overs; and what a repair changes. That it
# knows what the real Airflow makes is tests/oracle/doctor.sh. TAP on stdout.

set -u
# shellcheck source-path=SCRIPTDIR source=pg_test.sh
. "$(dirname "$0")/pg_test.sh"
# shellcheck source-path=SCRIPTDIR source=doctor_lib.sh
. "$(dirname "$0")/doctor_lib.sh"
pg_test_begin doctor
trap 'exec 9>&-; pg_test_end' EXIT
pg_start max_prepared_transactions=2 wal_level=logical || exit 1

sql() { pg_psql "$1" -At -c "$2"; }
quiet() { PGOPTIONS='-c client_min_messages=warning' pg_psql "$1" -q -c "$2"; }
copy() { # copy FROM TO, which may be there
    pg_sessions_gone "$1" && quiet postgres "DROP DATABASE IF EXISTS $2 WITH (FORCE)" && quiet postgres "CREATE DATABASE $2 TEMPLATE $1"
}
dump() {
    (cd / && pgt_as "$PGT_BIN/pg_dump" -h "$PGT_DIR" -p "$PGT_PORT" --inserts "$1") | grep -vE '^(\\(un)?restrict|--|$)'
}
# shellcheck disable=SC2034 # doctor_lib.sh uses it
narrow='ALTER TABLE serialized_dag ALTER fileloc_hash TYPE integer'
db_create() { pg_create "$1"; }
db_url() { pg_url "$1"; }
definition() { dump "$1" | grep -A2 "CREATE TABLE public.$2 "; }

test_versions

# --- a revision applied in part ---
pg_create half
migrate half --to 09fa89ba1710
doctor half
is "$status" 0 'a revision in the middle'
"$airshift" inspect sql --from 09fa89ba1710 --to 3bda03debd04 >"$work/steps.sql"
migrate half --to 3bda03debd04
copy half db
# Its second half is undone, and the version is as before it.
quiet db "ALTER TABLE dag_bundle DROP COLUMN template_params; UPDATE alembic_version SET version_num = 'f56f68b9e02f'"
doctor db
like "$status $out" '^14 .*wrong: 3bda03debd04 .*is applied in part: 1 of its 2 changes' 'half of a revision'
like "$out" 'column dag_bundle.template_params is missing' 'what is missing'
like "$out" 'inspect sql --chain core --from f56f68b9e02f --to 3bda03debd04 --engine postgres' 'how to see its statements'
is "$(json db '"\(.core.verdict) \(.core.half.of.revision) \(.core.half.done)/\(.core.half.all)"')" 'between 3bda03debd04 1/2' 'as JSON'
dump db >"$work/before"
doctor db --repair --yes
dump db | cmp -s - "$work/before"
is "$? $status" '0 14' 'no version is written there'
quiet db 'ALTER TABLE dag_bundle ADD COLUMN template_params json'
doctor db --repair --yes
is "$status $(revision db)" '0 3bda03debd04' 'when the rest is done by hand, the version is written'

# --- drift ---
copy two db
quiet db 'DROP INDEX idx_dag_run_queued_dags; ALTER TABLE variable ALTER COLUMN key TYPE varchar(99)'
doctor db
like "$status $out" '^14 .*the tables are those of no revision; from 5f2621c13b39' 'a database that has drifted'
like "$out" 'column variable.key is character varying\(99\), not character varying\(250\)' 'a type'
like "$out" 'dag_run has fewer such indexes: btree \(state, dag_id\)' 'an index'
like "$out" '2 differences to 5f2621c13b39' 'how far it is'
dump db >"$work/before"
doctor db --repair --yes
dump db | cmp -s - "$work/before"
is "$? $status" '0 14' 'nothing is written there'
copy two db
quiet db "ALTER INDEX ti_state RENAME TO my_state; ALTER TABLE xcom RENAME CONSTRAINT xcom_pkey TO my_key; CREATE TABLE mine (id int);
    ALTER TABLE dag ADD COLUMN mine int; CREATE INDEX my_own ON dag (mine)"
doctor db
like "$status $out" '^0 .*task_instance: my_state, not ti_state.*nothing is wrong$' "names of a user's own do no harm"
like "$out" 'xcom: my_key, not xcom_pkey' 'but are told'
like "$out" "a user's own.*: 3 objects" "so are a user's own objects"
is "$(json db '.own | sort | join(", ")')" 'dag: btree (mine), dag: mine, table mine' 'all of them in the JSON'
copy newest db
quiet db 'CREATE INDEX kept ON task_instance (dag_id, task_id, run_id, map_index); CREATE INDEX again ON log (dttm, id)'
doctor db
is "$status" 0 'neither is an index too many'
quiet db 'ALTER TABLE task_instance ADD COLUMN execution_date timestamptz'
doctor db
like "$status $out" '^14 .*column task_instance.execution_date is there, too' 'but a column of another revision is'

# --- left-overs ---
copy newest db
quiet db "CREATE TABLE _airflow_moved__2_3__dangling__xcom AS SELECT 1 AS id;
    CREATE TABLE _airshift_quarantine__log AS SELECT generate_series(1, 3) AS id;
    INSERT INTO _xcom_archive (dag_run_id, task_id, map_index, key, dag_id, run_id, timestamp) VALUES (1, 't', -1, 'k', 'd', 'r', now())"
doctor db
like "$status $out" '^0 .*_xcom_archive pickled XComs.*, 1 row ' 'moved rows are no fault'
like "$out" '_airshift_quarantine__log rows .*, 3 rows .*look at it: SELECT \* FROM public._airshift_quarantine__log LIMIT 10' 'but are told, with their number'
doctor db --repair --yes
is "$status $(sql db 'SELECT count(*) FROM _xcom_archive')" '0 1' 'a repair leaves them'
doctor db --repair --drop-moved --yes
is "$status $(sql db "SELECT count(*) FROM pg_class WHERE relname ~ '^_(airflow|airshift|xcom)'")" '0 0' 'until it is told to drop them'
is "$(sql db 'SELECT count(*) FROM slot_pool')" 1 'and them only'

copy newest db
# As revision d59cbbef95eb has it, and one of a user's own of that name.
quiet db "CREATE FUNCTION uuid_generate_v7(p_timestamp timestamptz) RETURNS uuid LANGUAGE plpgsql AS \$\$
    DECLARE pgcrypto_installed boolean := false; BEGIN RETURN gen_random_uuid(); END \$\$;
    CREATE FUNCTION uuid_generate_v7() RETURNS uuid LANGUAGE sql AS 'SELECT gen_random_uuid()';
    CREATE SCHEMA airshift_new; CREATE TABLE airshift_new.log (id int);
    CREATE SCHEMA airshift; CREATE TABLE airshift.dirty (relation oid);
    CREATE FUNCTION airshift.mark_dirty() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
    CREATE TRIGGER airshift_guard AFTER INSERT ON log FOR EACH STATEMENT EXECUTE FUNCTION airshift.mark_dirty();
    CREATE INDEX airshift_early ON log (dttm, event)"
doctor db
like "$status $out" '^14 .*function uuid_generate_v7\(timestamp with time zone\) .*--repair. removes it' "a function of Airflow's"
like "$out" 'note: function uuid_generate_v7\(\) has the name' "another of a user's"
for what in 'trigger airshift_guard on log' 'index airshift_early' 'schema airshift_new' 'schema airshift the state'; do
    like "$out" "wrong: $what" "$what"
done
doctor db --repair --yes
is "$status" 0 'a repair removes them'
is "$(sql db "SELECT string_agg(oid::regprocedure::text, ' ') FROM pg_proc WHERE proname = 'uuid_generate_v7'")" 'uuid_generate_v7()' "but not the user's"
quiet db 'DROP FUNCTION uuid_generate_v7()'
diff <(dump newest) <(dump db) >"$work/diff"
is "$? $(head -n 3 "$work/diff")" '0 ' 'nothing else is gone'
quiet db 'CREATE SCHEMA airshift; CREATE TABLE airshift.holiday (id int)'
doctor db --repair --yes
is "$status $(sql db "SELECT to_regclass('airshift.holiday') IS NOT NULL")" '0 t' "a schema of that name with a user's tables stays"

# A part that fails takes the others back.
copy newest db
quiet db "UPDATE alembic_version SET version_num = '29ce7909c52b';
    CREATE TABLE _airflow_moved__2_3__dangling__xcom AS SELECT 1 AS id; CREATE VIEW mine AS SELECT * FROM _airflow_moved__2_3__dangling__xcom"
doctor db --repair --drop-moved --yes
like "$status $out" '^5 .*nothing was changed' "a table that a user's view needs"
is "$(revision db)" 29ce7909c52b 'then nothing is repaired'

copy newest db
quiet db "CREATE UNIQUE INDEX CONCURRENTLY broken ON log ((1)) WHERE false" # valid: its name only
quiet db "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'broken'::regclass"
quiet db "ALTER TABLE log ADD CONSTRAINT later CHECK (id > 0) NOT VALID"
pg_psql db -q -c BEGIN -c 'UPDATE slot_pool SET slots = slots' -c "PREPARE TRANSACTION 'forgotten'"
quiet db "SELECT pg_create_physical_replication_slot('airshift_green_20261127', true)" >/dev/null
doctor db
like "$status $out" '^14 .*wrong: index broken of log is not valid.*REINDEX INDEX' 'an index that is not valid'
like "$out" 'wrong: constraint later of log is not validated .*VALIDATE CONSTRAINT later' 'a constraint that is not validated'
like "$out" "wrong: prepared transaction forgotten holds its locks .*ROLLBACK PREPARED 'forgotten'" 'a prepared transaction'
like "$out" 'wrong: replication slot airshift_green_20261127 nobody reads' "a slot of a switch's"
doctor db --repair --yes
is "$status $(sql db "SELECT (SELECT count(*) FROM pg_prepared_xacts), (SELECT count(*) FROM pg_replication_slots)")" '14 1|1' 'what a person must decide on stays'
quiet db "ROLLBACK PREPARED 'forgotten'"
quiet db "SELECT pg_drop_replication_slot('airshift_green_20261127')" >/dev/null

# --- migrations under way ---
copy two db
AIRSHIFT_TEST_KILL_AT=begin:after "$airshift" migrate --url "$(pg_url db)" --to 3.3.2 --progress none >/dev/null 2>&1
is $? 137 'a migration is killed'
doctor db
like "$status $out" '^14 .*a migration to 3.3.2.* was broken off.*--discard' 'a migration that was broken off'
unlike "$out" 'migration that is no more' 'what belongs to it is no left-over'
doctor db --repair --yes
like "$status $out" '^7 .*must be ended first.*--discard' 'nothing is repaired meanwhile'
"$airshift" migrate --url "$(pg_url db)" --discard >/dev/null 2>&1
doctor db
is "$status" 0 'given up, all is well'
copy newest db
quiet db "DELETE FROM alembic_version"
mkfifo "$work/session"
pg_psql db <"$work/session" >/dev/null 2>&1 &
exec 9>"$work/session"
echo 'SELECT pg_advisory_lock(1);' >&9
# shellcheck disable=SC2016 # the command is for eval
await 20 eval '[ "$(json db .at_work)" = true ]'
is $? 0 "somebody holds Airflow's migration lock"
doctor db --repair --yes
like "$status $out $(revision db)" '^6 .*a migration is running.* none$' 'nothing is repaired then'
exec 9>&-

# --- the command line ---
doctor newest --yes
like "$status $out" '^2 .*go with --repair' '--yes alone'
doctor newest --drop-moved
like "$status $out" '^2 .*go with --repair' '--drop-moved alone'
finish_tests
