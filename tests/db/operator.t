#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# operator.t - airshift pause, drain and unpause on databases of several Airflow versions,
# which airshift made: what ran runs again and nothing else, across a migration, kills and
# other people's changes. TAP on stdout.

set -u
# shellcheck source-path=SCRIPTDIR source=pg_test.sh
. "$(dirname "$0")/pg_test.sh"
# shellcheck source-path=SCRIPTDIR source=operator_lib.sh
. "$(dirname "$0")/operator_lib.sh"
pg_test_begin operator
# shellcheck disable=SC2119 # no settings of its own
pg_start || exit 1

# shellcheck disable=SC2034 # operator_lib.sh uses them
here="'public'" unchecked='SET session_replication_role = replica;' new_id='gen_random_uuid()' memory=airshift_operator.pause_dag
db_create() { pg_create "$1"; }
db_url() { pg_url "$1"; }
db_guest() {
    sql postgres 'CREATE ROLE guest LOGIN'
    sql "$1" 'GRANT ALL ON ALL TABLES IN SCHEMA public TO guest'
    printf 'postgresql://guest@127.0.0.1:%s/%s\n' "$PGT_PORT" "$1"
}
sql() { pg_psql "$1" -At -c "$2"; }
ago() { printf "now() - interval '%s seconds'" "$1"; }
defaults() {
    sql "$1" "SELECT format('ALTER TABLE %I ALTER %I SET DEFAULT %L;', table_name, column_name,
            CASE data_type WHEN 'boolean' THEN 'f' WHEN 'jsonb' THEN '{}' WHEN 'json' THEN '{}' ELSE '1' END)
        FROM information_schema.columns WHERE table_name = '$2' AND is_nullable = 'NO' AND column_default IS NULL
            AND data_type NOT IN ('uuid', 'timestamp with time zone')" | pg_psql "$1" -f -
}
kept() { sql "$1" "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'airshift%'"; }

test_operator
finish_tests
