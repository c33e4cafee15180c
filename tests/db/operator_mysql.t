#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# operator_mysql.t - operator.t's test on a real MySQL. TAP on stdout.

set -u
# shellcheck source-path=SCRIPTDIR source=my_test.sh
. "$(dirname "$0")/my_test.sh"
# shellcheck source-path=SCRIPTDIR source=operator_lib.sh
. "$(dirname "$0")/operator_lib.sh"
my_test_begin operator
settings=(gtid-mode=ON enforce-gtid-consistency=ON sql-require-primary-key=ON)
[ -z "${MYSQL_RELEASE:-}" ] || settings=() # the oldest server cannot grow an Airflow with GTIDs
my_start "${settings[@]}" || exit 1

# shellcheck disable=SC2034 # operator_lib.sh uses them
here='database()' unchecked='SET foreign_key_checks = 0;' new_id='uuid()' memory=airshift_pause_dag
db_create() { my_create "$1" && my_grow "$1"; }
db_url() { my_url "$1"; }
db_guest() {
    my_sql mysql -e "CREATE USER guest@'%' IDENTIFIED BY 'g'; GRANT SELECT, INSERT, UPDATE, DELETE ON \`$1\`.* TO guest@'%'"
    printf 'mysql://guest:g@127.0.0.1:%s/%s\n' "$MYT_PORT" "$1"
}
# Not strict: a column that wants a value gets one.
sql() { my_sql "$1" --default-character-set=utf8mb4 -e "SET sql_mode = 'ANSI,NO_BACKSLASH_ESCAPES', time_zone = '+00:00'; $2"; }
ago() { printf 'utc_timestamp(6) - INTERVAL %s SECOND' "$1"; }
defaults() { :; }
kept() { sql "$1" "SELECT count(*) FROM information_schema.tables WHERE table_schema = database() AND table_name LIKE 'airshift%'"; }

test_operator
finish_tests
