#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# `airshift rehearse --against-airflow` with the real Airflow as the program, and `backup`
# and `restore` of a populated database that the real Airflow made.

set -u
# shellcheck source-path=SCRIPTDIR source=oracle.sh
. "$(dirname "$0")/oracle.sh"

oracle_begin
binary=$(oracle_airshift) || exit 77
environment=$(airflow_env 3.3.2) || exit
# shellcheck disable=SC2119 # its arguments are settings, none here
pg_start || exit 1
oracle_fresh 2.11.2 source || exit 1
oracle_populate source --rows 60 || exit 1
pg_sessions_gone source || exit 1
cat >"$ORACLE_WORK/airflow" <<EOF
#!/bin/sh
AIRFLOW_HOME='$ORACLE_WORK/home' AIRFLOW__CORE__AUTH_MANAGER=$FAB_MANAGER exec '$environment/bin/airflow' "\$@"
EOF
chmod +x "$ORACLE_WORK/airflow"

passes() { # name command ...
    local name=$1
    shift
    if "$@" >"$ORACLE_WORK/last.log" 2>&1; then
        oracle_pass "$name"
    else
        oracle_fail "$name"
        tail -n 8 "$ORACLE_WORK/last.log"
    fi
}
dump() { "$PGT_BIN/pg_dump" -h 127.0.0.1 -p "$PGT_PORT" -U postgres "$@" | grep -v -e '^--' -e '^.restrict' -e '^.unrestrict'; }

export AIRFLOW__CORE__FERNET_KEY=$ORACLE_FERNET_KEY
passes "a rehearsal beside the real Airflow is a go" "$binary" rehearse --url "$(pg_url source)" --to 3.3.2 \
    --report "$ORACLE_WORK/report" --against-airflow "$ORACLE_WORK/airflow" --progress none
passes "as many rows in every table" grep -q 'every table has as many rows' "$ORACLE_WORK/report/rehearsal.json"
passes "the real one ran" grep -q 'Database migrating done\|Database migration done\|upgrade.*-> d2f4e1b3c5a7' "$ORACLE_WORK/report/airflow.log"

passes "backup" "$binary" backup --url "$(pg_url source)" --to "$ORACLE_WORK/backup" --progress none
pg_create restored
passes "restore" "$binary" restore --url "$(pg_url restored)" --from "$ORACLE_WORK/backup" --verify --progress none
passes "the same definitions" diff <(dump -s source) <(dump -s restored)
passes "the same rows" diff <(dump -a source | sort) <(dump -a restored | sort)
passes "Airflow takes it for its own" airflow_run 2.11.2 "$(pg_url restored)" db check-migrations
oracle_summary
