#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# mysql_rehearse.sh - what rehearse.sh is for PostgreSQL: `airshift rehearse --against-airflow` with the
# real Airflow as the program, and `backup` and `restore` of a populated database that the real
# Airflow made, on a real MySQL. TAP on stdout.

set -u
# shellcheck source-path=SCRIPTDIR source=mysql_oracle.sh
. "$(dirname "$0")/mysql_oracle.sh"

mysql_oracle_begin rehearse log-bin=log
environment=$(airflow_env 3.3.2) || exit
my_create source
fill 2.11.2 source || { finish_tests; exit 1; }
cat >"$work/airflow" <<SH
#!/bin/sh
AIRFLOW_HOME='$work/home' AIRFLOW__CORE__AUTH_MANAGER=$FAB_MANAGER exec '$environment/bin/airflow' "\$@"
SH
chmod +x "$work/airflow"
AIRFLOW__CORE__FERNET_KEY=$(<"$work/key")
export AIRFLOW__CORE__FERNET_KEY

my_url source >"$work/source.url"
for mode in detached in-place; do
    timeout 900 "$airshift" rehearse --url-file "$work/source.url" --to 3.3.2 --report "$work/$mode" --mode "$mode" \
        --against-airflow "$work/airflow" --progress none >"$work/out" 2>&1
    is "$?" 0 "a rehearsal beside the real Airflow is a go, $mode" || tail -n 8 "$work/out" "$work/$mode/airflow.log" | sed 's/^/# /'
    grep -q 'every table has as many rows' "$work/$mode/rehearsal.json"
    is "$?" 0 "as many rows in every table, $mode"
    is "$(jq '[.airflow.seconds > 1, .airflow.wal_bytes > 1e5, (.airflow.samples | length > 1)] | all' "$work/$mode/rehearsal.json")" true \
        "the real one was watched, $mode"
done
grep -q 'd2f4e1b3c5a7' "$work/detached/airflow.log"
is "$?" 0 'the real one ran'

"$airshift" backup --url-file "$work/source.url" --to "$work/backup" --progress none >"$work/out" 2>&1
is "$?" 0 "backup: $(<"$work/out")"
my_create restored
my_url restored >"$work/restored.url"
"$airshift" restore --url-file "$work/restored.url" --from "$work/backup" --verify --progress none >"$work/out" 2>&1
is "$?" 0 "restore: $(<"$work/out")"
picture source >"$work/source.picture"
[ "$(wc -l <"$work/source.picture")" -gt 500 ]
is "$?" 0 'there is something to compare'
is "$(picture restored | diff "$work/source.picture" - | head -n 5)" '' 'the same tables, the same rows'
airflow_run 2.11.2 "$(my_url restored)" db check-migrations >"$work/out" 2>&1
is "$?" 0 'Airflow takes it for its own'
finish_tests
