#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Rows and objects on which the real `airflow db migrate` refuses, dies half-way or loses
# data, on databases that the real Airflow made: airshift does better on each, or the same.
# failures.py has the list.
#
#   failures.sh [--executors fused,chain] [--only REGEXP] [--prove] [--keep]
#
# --prove runs the real migration on the fatal cases as well, so that the list can be
# trusted; that takes minutes. Exit 77 where an Airflow cannot be installed.

set -u
# shellcheck source=oracle.sh
. "$(dirname "$0")/oracle.sh"

# failures.py calls back for the real one: --airflow VERSION URL ARG ...
if [ "${1:-}" = --airflow ]; then
    shift
    airflow_run "$@"
    exit
fi

arguments=()
while [ $# -gt 0 ]; do
    case $1 in
    --executors | --only) arguments+=("$1" "$2") && shift ;;
    --prove) arguments+=(--prove) ;;
    --keep) ORACLE_KEEP=1 ;;
    *) sed -n '3,12s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
    esac
    shift
done

for version in 2.6.3 2.11.2 3.3.2; do
    airflow_env "$version" >/dev/null || exit
done
if ! binary=$(oracle_airshift); then
    echo "failures.sh: SKIP: there is no airshift binary" >&2
    exit 77
fi
oracle_begin
# shellcheck disable=SC2119 # its arguments are settings, none here
pg_start || exit 1
oracle_fresh 2.11.2 t_2_11_2 && oracle_fresh 2.6.3 t_2_6_3 || exit 1
# make_old DATABASE REVISION ...
make_old() {
    local database=$1 revision
    pg_create "$database" || return
    for revision in "${@:2}"; do
        oracle_logged "init-$database" airflow_python 2.11.2 "$(pg_url "$database")" \
            "$ORACLE_DIR/chain.py" upgrade "$revision" || return
    done
}
make_old t_1_10_15 "${ORACLE_ANCIENT[1.10.15]}" && make_old t_2_3_4 "${ORACLE_ANCIENT[2.3.4]}" &&
    make_old t_2_5_3 "$ORACLE_BEFORE_BLOCK" 290244fb8b83 || exit 1
export ORACLE_FERNET_KEY PYTHONDONTWRITEBYTECODE=1
oracle_python "$ORACLE_DIR/failures.py" --port "$PGT_PORT" --bin "$PGT_BIN" --airshift "$binary" \
    --airflow "$ORACLE_DIR/failures.sh" --fernet-key "$ORACLE_FERNET_KEY" "${arguments[@]}"
