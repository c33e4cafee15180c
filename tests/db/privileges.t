#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# privileges.t - ALTER DEFAULT PRIVILEGES: tables and sequences that the target version has anew
# get what those of their owner say for Airflow's schema, tables that are built anew keep what
# they had, whichever executor and whoever migrates. TAP on stdout.

set -u
# shellcheck source-path=SCRIPTDIR source=pg_test.sh
. "$(dirname "$0")/pg_test.sh"
pg_test_begin privileges
# shellcheck disable=SC2119 # no settings of its own
pg_start || exit 1

sql() { pg_psql "$1" -At -c "$2"; }
# as ROLE DATABASE COMMAND [ARG ...]: exit code in $code
as() {
    timeout 240 "$airshift" "$3" --url "postgresql://$1@127.0.0.1:$PGT_PORT/$2" "${@:4}" >"$work/out" 2>&1
    code=$?
    [ "$code" = 0 ] || tail -3 "$work/out" | sed 's/^/# /'
}
lib=$(dirname "$0")/../lib
grants() { pg_psql "$1" -At -f "$lib/grants.sql"; } # database

sql postgres 'CREATE ROLE airflow LOGIN; CREATE ROLE reader; CREATE ROLE writer; CREATE ROLE stranger'
pg_psql postgres -c 'CREATE DATABASE old OWNER airflow'
as airflow old migrate --to 2.11.2 --progress none
is "$code" 0 'a database of Airflow 2.11, of a role of its own'
pg_psql old -f "$lib/default_privileges.sql"
is $? 0 'grants and default privileges'
grants old >"$work/before"

for role in airflow postgres; do
    for executor in fused chain; do
        name=${role}_$executor
        pg_create "$name" old && sql postgres "ALTER DATABASE $name OWNER TO airflow"
        # The template brings its default privileges along, not its owner.
        as "$role" "$name" migrate --to 3.3.2 --executor "$executor" --progress none
        is "$code" 0 "$name: migrated"
        grants "$name" >"$work/$name"
        is "$(grep '^dag_version ' "$work/$name" | tr '\n' ';')" \
            'dag_version airflow DELETE INSERT REFERENCES SELECT TRUNCATE UPDATE;dag_version reader SELECT;dag_version writer INSERT+;' \
            "$name: a new table"
        is "$(grep '^backfill_id_seq ' "$work/$name" | tr '\n' ';')" \
            'backfill_id_seq airflow SELECT UPDATE USAGE;backfill_id_seq reader USAGE;' "$name: a new sequence"
        is "$(grep '^dag_run ' "$work/$name")" "$(grep '^dag_run ' "$work/before")" "$name: a table built anew, with grants"
        is "$(grep '^task_instance ' "$work/$name")" "$(grep '^task_instance ' "$work/before")" "$name: and without"
        is "$(sql "$name" "SELECT attacl FROM pg_attribute WHERE attrelid = 'task_instance'::regclass AND attname = 'state'")" \
            '{writer=r*/airflow}' "$name: a column's grant"
        is "$(grep -c stranger "$work/$name")" 0 "$name: nothing for those to whom another role's default privileges give"
    done
done
for name in airflow_chain postgres_fused postgres_chain; do
    is "$(diff "$work/airflow_fused" "$work/$name")" '' "$name: as airflow_fused, in every table"
done

finish_tests
