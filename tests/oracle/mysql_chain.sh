#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# mysql_chain.sh - a database of Airflow 1.8.2 with rows, on a real MySQL: airshift makes of it
# what Airflow's own chain makes, tables and rows. Then it is killed with SIGKILL after each
# statement about the catalog, before it has noted it, and at the other steps; the same command
# goes on each time, to the same end. TAP on stdout.

set -u
# shellcheck source-path=SCRIPTDIR source=mysql_oracle.sh
. "$(dirname "$0")/mysql_oracle.sh"
source=d2ae31099d61
target=a4c2fd67d16b

migrate() { # database [option ...]
    my_url "$1" >"$work/url"
    "$airshift" migrate --url-file "$work/url" --to "$target" --executor chain "${@:2}" >"$work/out" 2>"$work/err"
}

# Tables and rows as text. The order of the tables' columns is part of a row's text.
like_airflow() { # database text
    picture "$1" >"$work/ours"
    if [ "$(grep -c 'INSERT INTO' "$work/real")" -lt 200 ]; then
        not_ok "$2: there are rows to compare"
    fi
    is "$(diff "$work/real" "$work/ours" | head -n 40)" '' "$2"
}

mysql_oracle_begin chain
my_create source
if ! grow source "$source"; then
    finish_tests
    exit 1
fi
my_sql source <"$here/mysql_rows_1_8.sql"
my_copy source real
grow real "$target"
picture real >"$work/real"

my_copy source plain
migrate plain
is "$?" 0 'the migration ends well'
like "$(cat "$work/out")" 'migrated from 1.8.2 to 1.10.10' 'and says so'
like_airflow plain 'the tables and rows are those that Airflow makes'
is "$(my_sql plain -e "SHOW TABLES LIKE 'airshift%'")" '' 'nothing of its own is left'
migrate plain
like "$? $(cat "$work/out")" '^0 .*at 1.10.10 already' 'a second run has nothing to do'

# Each run goes one statement further: it dies when the statement is done and not yet noted.
my_copy source killed
deaths=0
while [ "$deaths" -lt 1000 ]; do
    AIRSHIFT_TEST_KILL_AT=chain-part:after migrate killed
    code=$?
    [ "$code" -eq 137 ] || break
    deaths=$((deaths + 1))
done
is "$code" 0 "killed after each of $deaths statements about the catalog, it arrives"
if [ "$deaths" -lt 40 ]; then
    not_ok 'it was killed often' "$deaths times"
fi
like_airflow killed 'with the tables and rows that Airflow makes'

# Between two versions.
my_copy source between
AIRSHIFT_TEST_KILL_AT=chain-rows:commit migrate between
migrate between --discard
is "$?" 7 'what is half done cannot be discarded'
migrate between --mode detached
is "$?" 0 'and is finished the way it was begun'
like_airflow between 'where Airflow arrives'
my_drop between

for point in chain-part:before chain-rows:commit chain-stamp:commit 0e2a74e0fc9f:before \
    0e2a74e0fc9f:after chain-end:before; do
    my_copy source "point"
    AIRSHIFT_TEST_KILL_AT=$point migrate point
    is "$?" 137 "$point: killed"
    if [ "$point" = chain-rows:commit ]; then
        my_url point >"$work/url"
        "$airshift" check --url-file "$work/url" >"$work/out" 2>&1
        is "$?" 1 "$point: check still says what the version table says"
    fi
    migrate point
    is "$?" 0 "$point: the next run arrives"
    like_airflow point "$point: where Airflow does"
    my_drop point
done

# Airflow's lock, and a table that somebody uses.
my_copy source locked
mkfifo "$work/fifo"
my_sql locked --unbuffered <"$work/fifo" >"$work/held" &
holder=$!
exec 3>"$work/fifo"
echo "SELECT get_lock('airflow_MIGRATIONS', 1);" >&3
await 30 test -s "$work/held"
migrate locked --lock-wait 1
is "$?" 6 "Airflow's migration lock is respected"
echo "SELECT release_lock('airflow_MIGRATIONS'); BEGIN; SELECT count(*) FROM dag_run;" >&3
has_read() { [ "$(wc -l <"$work/held")" -ge 3 ]; }
await 30 has_read
migrate locked --lock-wait 1
is "$?" 6 'a table in use ends it with the exit code of a lock'
like "$(cat "$work/err")" 'goes on from here' 'and says how to go on'
exec 3>&-
wait "$holder"
holder=
migrate locked
is "$?" 0 'the next run goes on'
like_airflow locked 'and arrives where Airflow does'

# What cannot be done is said before anything is changed.
my_copy source refused
picture refused >"$work/before"
migrate refused --dry-run
is "$?" 2 '--dry-run is refused'
migrate refused --verify-rows
is "$?" 9 '--verify-rows is refused'
migrate refused --discard
is "$?" 0 'there is nothing to discard'
picture refused >"$work/after"
is "$(diff "$work/before" "$work/after")" '' 'and changes nothing'
finish_tests
