#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# doctor_mysql.t - airshift doctor on a real MySQL: what doctor.t has of versions, and what is
# the server's own: nothing of a revision is taken back there, so every state that one can be
# broken off in is looked at; and what is left over. TAP on stdout.

set -u
# shellcheck source-path=SCRIPTDIR source=my_test.sh
. "$(dirname "$0")/my_test.sh"
# shellcheck source-path=SCRIPTDIR source=doctor_lib.sh
. "$(dirname "$0")/doctor_lib.sh"
my_test_begin doctor
trap 'exec 9>&-; my_test_end' EXIT
# shellcheck disable=SC2119 # no settings of its own
my_start || exit 1

# shellcheck disable=SC2034 # doctor_lib.sh uses it
narrow='ALTER TABLE serialized_dag MODIFY fileloc_hash int NOT NULL'
db_create() { my_create "$1" && my_grow "$1"; }
db_url() { my_url "$1"; }
sql() { my_sql "$1" -e "$2" | tr '\t' '|'; }
quiet() { my_sql "$1" -e "$2"; }
copy() { my_drop "$2" && my_copy "$1" "$2"; }
# A collation that is the database's own is not said of a copy.
dump() { myt_dump --routines "$1" | sed 's/ CHARACTER SET utf8mb4//; s/ COLLATE utf8mb4_unicode_ci//'; }
definition() { sql "$1" "SHOW CREATE TABLE $2"; }

test_versions

# --- a revision applied in part ---
# Every state between the first statement of a revision and its last, the version being as
# before it. The catalog itself says what is expected: as before, as after, or in part.
catalog() {
    db_url "$1" >"$work/url"
    "$airshift" inspect catalog --url-file "$work/url" | grep -v '^alembic_version ' | sort
}
steps() { # DATABASE FROM TO: fills $work/step.N, the number in $count
    rm -f "$work"/step.*
    "$airshift" inspect sql --history --engine mysql --from "$2" --to "$3" >"$work/steps.sql" || return 1
    awk -v RS=';\n' -v at="$work/step." 'NR > 1 && NF { printf "%s;\n", $0 >(at (NR - 1)) } NR == 1 { print $0 ";" >(at "0") }' "$work/steps.sql"
    count=$(($(find "$work" -name 'step.*' | wc -l) - 1))
}
my_create half
while read -r before revision expected; do
    migrate half --to "$before"
    doctor half
    is "$? $status" '0 0' "a database at $before"
    # As it will be, for comparison.
    copy half after
    steps half "$before" "$revision"
    cat "$work"/step.0 $(seq -f "$work/step.%g" "$count") | my_sql after >"$work/out" 2>&1
    is "$? $(cat "$work/out")" '0 ' "$revision: its $count statements"
    catalog half >"$work/catalog.before"
    catalog after >"$work/catalog.after"
    wrong='' found='' at=0
    while [ "$at" -lt "$count" ]; do
        at=$((at + 1))
        cat "$work/step.0" "$work/step.$at" | my_sql half || wrong+="statement $at failed; "
        catalog half >"$work/catalog"
        if cmp -s "$work/catalog" "$work/catalog.before"; then
            want="right none"
        elif cmp -s "$work/catalog" "$work/catalog.after"; then
            want="wrong version none"
        else
            want="between $revision"
        fi
        got=$(json half '"\(.core.verdict) \(.core.half.of.revision // "none")"')
        [ "$got" = "$want" ] || wrong+="after $at: $got, not $want; "
        found+="${got%% *} "
    done
    is "$wrong" '' "$revision: broken off after each of them, it is told"
    is "$(tr ' ' '\n' <<<"$found" | grep -c between)" "$expected" "$revision: in part after so many"
    doctor half --repair --yes
    is "$status $(revision half)" "0 $revision" "$revision: when the last is done by hand, a repair writes it"
done <<'END'
142555e44c17 7b2661a43ba3 27
f56f68b9e02f 3bda03debd04 1
69ddce9a7247 b87d2135fa50 12
END
# The whole of a page.
copy half db
quiet db "ALTER TABLE callback DROP COLUMN state; UPDATE alembic_version SET version_num = '69ddce9a7247'"
doctor db
like "$status $out" '^14 .*says 69ddce9a7247 .*wrong: b87d2135fa50 .*is applied in part: [0-9]+ of its [0-9]+ changes' 'half of a revision'
like "$out" 'column callback.state is missing' 'what is missing'
like "$out" 'inspect sql --chain core --from 69ddce9a7247 --to b87d2135fa50 --engine mysql' 'how to see its statements'
dump db >"$work/before"
doctor db --repair --yes
dump db | cmp -s - "$work/before"
is "$? $status" '0 14' 'no version is written there'
# airshift's own, broken off: that is in its journal, and is not for the doctor.
copy half db
AIRSHIFT_TEST_KILL_AT=e812941398f4:before migrate db --to e812941398f4 --executor chain
is $? 137 'a migration revision by revision is killed'
doctor db
like "$status $out" '^14 .*a migration revision by revision was broken off.*the same command goes on' 'it is told'
doctor db --repair --yes
like "$status $out" '^7 .*must be ended first' 'nothing is repaired meanwhile'
migrate db --to e812941398f4
doctor db
is "$? $status" '0 0' 'gone on with, all is well'

# --- drift ---
copy two db
# shellcheck disable=SC2016 # a name
quiet db 'DROP INDEX ti_state ON task_instance; ALTER TABLE variable MODIFY `key` varchar(99); ALTER TABLE dag_run MODIFY state varchar(50) NOT NULL'
doctor db
like "$status $out" '^14 .*the tables are those of no revision; from 5f2621c13b39' 'a database that has drifted'
like "$out" 'column variable.key is varchar\(99\), not varchar\(250\)' 'a type'
like "$out" 'column dag_run.state is varchar\(50\) NOT NULL, not varchar\(50\)' 'a column that may not be NULL'
like "$out" 'task_instance has no index: btree \(state\)' 'an index'
dump db >"$work/before"
doctor db --repair --yes
dump db | cmp -s - "$work/before"
is "$? $status" '0 14' 'nothing is written there'
copy two db
quiet db 'ALTER TABLE task_instance RENAME INDEX ti_state TO my_state; CREATE TABLE mine (id int); ALTER TABLE dag ADD COLUMN mine int, ADD INDEX my_own (mine);
    ALTER TABLE log MODIFY event varchar(60) CHARACTER SET latin1'
doctor db
like "$status $out" '^0 .*task_instance: my_state, not ti_state.*nothing is wrong$' "names and collations of a user's own do no harm"
is "$(json db '.own | sort | join(", ")')" 'dag: btree (mine), dag: mine, table mine' "a user's own objects are told"
quiet db 'ALTER TABLE dag_tag DROP FOREIGN KEY dag_tag_dag_id_fkey'
doctor db
like "$status $out" '^14 .*dag_tag has no constraint: FOREIGN KEY' 'a foreign key that is missing'

# --- left-overs ---
copy newest db
quiet db "CREATE TABLE _airflow_moved__2_3__dangling__xcom AS SELECT 1 AS id;
    CREATE TABLE _airshift_archive__unpickle_json AS SELECT 1 AS id UNION SELECT 2 UNION SELECT 3"
doctor db
like "$status $out" '^0 .*note: table _airflow_moved__2_3__dangling__xcom rows that a revision could not keep, 1 row ' 'moved rows are no fault'
# shellcheck disable=SC2016 # names
like "$out" '_airshift_archive__unpickle_json rows .*, 3 rows .*look at it: SELECT \* FROM `db`.`_airshift_archive__unpickle_json` LIMIT 10' 'but are told, with their number'
doctor db --repair --yes
is "$status $(sql db 'SELECT count(*) FROM _airflow_moved__2_3__dangling__xcom')" '0 1' 'a repair leaves them'
doctor db --repair --drop-moved --yes
is "$status $(sql db "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'db' AND table_name REGEXP '^_(airflow|airshift|xcom)'")" '0 0' 'until it is told to drop them'
is "$(sql db 'SELECT count(*) FROM slot_pool')" 1 'and them only'

copy newest db
# As revision d59cbbef95eb has it, whose end drops it.
my_sql db <<'SQL'
DELIMITER //
CREATE FUNCTION uuid_generate_v7(p_timestamp DATETIME(3)) RETURNS CHAR(36) DETERMINISTIC
BEGIN
    DECLARE unix_time_ms BIGINT;
    RETURN uuid();
END//
DELIMITER ;
CREATE DATABASE db_airshift_new; CREATE DATABASE db_airshift_old;
CREATE TABLE db.airshift_native_unpickle_json (id int);
SQL
doctor db
like "$status $out" '^14 .*function uuid_generate_v7 .*--repair. removes it' "a function of Airflow's"
for what in 'table airshift_native_unpickle_json' 'database db_airshift_new' 'database db_airshift_old'; do
    like "$out" "wrong: $what of a migration.*" "$what"
done
doctor db --repair --yes
is "$status" 0 'a repair removes them'
is "$(sql mysql "SELECT count(*) FROM information_schema.schemata WHERE schema_name LIKE 'db|_airshift%' ESCAPE '|'")" 0 'they are gone'
is "$(diff <(dump newest) <(dump db))" '' 'and nothing else is'
quiet db "CREATE FUNCTION uuid_generate_v7() RETURNS CHAR(36) NO SQL RETURN uuid(); CREATE DATABASE db_airshift_new; CREATE TABLE db_airshift_new.mine (id int);
    CREATE DATABASE db_airshift_old; CREATE TABLE db_airshift_old.dag (id int)"
doctor db --repair --yes
like "$status $out" "^14 .*note: function uuid_generate_v7 has the name" "a function of a user's stays"
like "$out" "wrong: database db_airshift_new is not of airshift's making" 'so does a database'
like "$out" 'wrong: database db_airshift_old has the tables that a migration replaced' 'and one with rows in it'
is "$(sql mysql "SELECT count(*) FROM information_schema.schemata WHERE schema_name LIKE 'db|_airshift%' ESCAPE '|'")" 2 'both are there'
my_drop db_airshift_new
my_drop db_airshift_old

# What cannot be taken back is counted.
copy newest db
quiet db "UPDATE alembic_version SET version_num = '29ce7909c52b'; CREATE TABLE _airflow_moved__one AS SELECT 1 AS id; CREATE TABLE _airflow_moved__two (id int PRIMARY KEY);
    CREATE TABLE mine (id int, CONSTRAINT keeps FOREIGN KEY (id) REFERENCES _airflow_moved__two (id))"
doctor db --repair --drop-moved --yes
like "$status $out" '^5 .*3 of [45] statements were carried out, then: .*keeps' "a table that a user's key needs"
is "$(revision db)" d2f4e1b3c5a7 'what came before it is done'

# --- migrations under way ---
for point in shadow-begin:between shadow-build:before; do
    copy two db
    AIRSHIFT_TEST_KILL_AT=$point migrate db --to 3.3.2 --mode detached
    is $? 137 "a migration is killed: $point"
    doctor db
    case $point in
    shadow-begin*)
        like "$status $out" '^14 .*wrong: database db_airshift_new of a migration that had hardly begun' 'before it is recorded, that is a left-over'
        doctor db --repair --yes
        is "$status" 0 'which a repair removes'
        ;;
    *)
        like "$status $out" '^14 .*a migration to 3.3.2.* was broken off.*--discard' 'a migration that was broken off'
        unlike "$out" 'that is no more|hardly begun' 'what belongs to it is no left-over'
        doctor db --repair --yes
        like "$status $out" '^7 .*must be ended first.*--discard' 'nothing is repaired meanwhile'
        ;;
    esac
done
migrate db --discard
doctor db
is "$? $status" '0 0' 'given up, all is well'

copy newest db
quiet db "DELETE FROM alembic_version"
exec 9> >(myt_admin --batch --skip-column-names --unbuffered db >"$work/session" 2>&1)
echo "SELECT 'taken', GET_LOCK('airflow_MIGRATIONS', 0);" >&9
await 20 grep -qs taken "$work/session"
is "$(json db .at_work)" true "somebody holds Airflow's migration lock"
doctor db --repair --yes
like "$status $out $(revision db)" '^6 .*a migration is running.* none$' 'nothing is repaired then'
exec 9>&-
finish_tests
