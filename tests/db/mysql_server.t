#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# mysql_server.t - what the other tests of MySQL stand on: the private servers of
# tests/lib/mysql.sh are MySQL and not MariaDB, two run beside each other, a killed one comes
# back with its rows, and none is left behind. Skipped nowhere. TAP on stdout.

set -u
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib/mysql.sh
. "$here/../lib/mysql.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/tap.sh
. "$here/../lib/tap.sh"
export LC_ALL=C
trap my_stop_all EXIT

if ! my_start log-bin=binlog gtid-mode=ON enforce-gtid-consistency=ON; then
    not_ok 'a server starts'
    finish_tests
    exit 1
fi
first=$MYT_DIR
like "$(my_sql mysql -e 'SELECT concat(version(), @@version_comment)')" '^9\..*Debian' \
    'it is MySQL of the newer suite'
like "$(my_sql mysql -e 'SELECT @@log_bin, @@gtid_mode')" '^1.ON$' 'settings are taken'

my_create one
my_sql one -e 'CREATE TABLE t (a INT PRIMARY KEY); INSERT INTO t VALUES (1), (2)'
is "$(my_sql mysql -e "SELECT default_collation_name FROM information_schema.schemata
    WHERE schema_name = 'one'")" utf8mb4_unicode_ci 'a database is as Airflow wants it'
is "$(my_url one)" "mysql+mysqldb://airflow:airflow%2Fp%40ss@127.0.0.1:$MYT_PORT/one" \
    'its URL names the user, the port and the database'

my_start
second=$MYT_DIR
is "$(my_sql mysql -e "SELECT count(*) FROM information_schema.schemata
    WHERE schema_name = 'one'")" 0 'a second server has nothing of the first'
second_uuid=$(my_sql mysql -e 'SELECT @@server_uuid')

my_select "$first"
my_kill
is "$(pgrep -f -c -- "--datadir=$first/" || true)" 0 'a killed server is gone'
my_restart log-bin=binlog
is "$(my_sql one -e 'SELECT group_concat(a) FROM t')" 1,2 'and comes back with its rows'
unlike "$(my_sql mysql -e 'SELECT @@server_uuid')" "$second_uuid" \
    'each server has an identity of its own'
my_shutdown
like "$(tail -n 3 "$first/server.log")" 'Shutdown complete' 'a server can be ended in order'

my_select "$second"
my_drop one
my_stop
my_stop_all
is "$(pgrep -f -c -- "--datadir=($first|$second)/" || true)" 0 'no server is left'
is "$(printf '%s\n' "$first"* "$second"*)" "$first*
$second*" 'and nothing of their directories'
finish_tests
