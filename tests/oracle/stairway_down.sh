#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Every revision undone by itself: the real chain goes down a step on one database,
# `airshift downgrade` on its twin, and the two are compared.
#
#   stairway_down.sh [--rows N] [--every] [--real-twice] [--only REVISION,...]
#                    [--path core|history] [--keep]
#
# `core`, the default: from 3.3.2 down to its squashed base, on rows of 3.3.2.
# `history`: from 2.6.2 down to 1.5.0 with 2.11.2's chain, on the rows of history_rows.sql.
# The options are those of stairway.sh.

set -u
# shellcheck source-path=SCRIPTDIR source=oracle.sh
. "$(dirname "$0")/oracle.sh"

rows=60
arguments=()
real_twice=0
path=core
while [ $# -gt 0 ]; do
    case $1 in
    --rows) rows=$2 && shift ;;
    --only) arguments+=("$1" "$2") && shift ;;
    --path) path=$2 && shift ;;
    --every) arguments+=(--every) ;;
    --real-twice) real_twice=1 ;;
    --keep) ORACLE_KEEP=1 ;;
    *) sed -n '3,13s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
    esac
    shift
done

case $path in
core) real=3.3.2 ;;
history) real=2.11.2 ;;
*) echo "stairway_down.sh: no path $path" >&2 && exit 2 ;;
esac
env=$(airflow_env "$real") || exit
if [ "$real_twice" = 0 ]; then
    if ! binary=$(oracle_airshift); then
        echo "stairway_down.sh: SKIP: there is no airshift binary" >&2
        exit 77
    fi
    arguments+=(--airshift "$binary")
fi
oracle_begin
# Some old revisions wait for a lock that their own process holds in another session.
pg_start lock_timeout=20s || exit 1
pg_create empty || exit 1
airflow_python "$real" "$(pg_url empty)" "$ORACLE_DIR/chain.py" list 2>"$ORACLE_WORK/list.log" \
    >"$ORACLE_WORK/known" || exit 1
if [ "$path" = core ]; then
    oracle_fresh 3.3.2 base && oracle_populate base --rows "$rows" --extras || exit 1
    # As a whole, with what Airflow does for the FAB provider's tables.
    whole() { # whole DATABASE VERSION: down by airshift, or by the real Airflow
        pg_create "$1" base || return
        if [ "$1" = ours ] && [ "$real_twice" = 0 ]; then
            oracle_logged "$1-$2" "$binary" downgrade --url "$(pg_url "$1")" --to "$2" \
                --fernet-key-file "$ORACLE_KEY_FILE" --yes
        else
            oracle_logged "$1-$2" airflow_run 3.3.2 "$(pg_url "$1")" db downgrade --to-version "$2" --yes
        fi
    }
    for version in 2.9.3 2.10.5; do
        since=$(date +%s)
        if whole real "$version" && whole ours "$version" &&
            oracle_compare real ours base "$since" --quiet; then
            oracle_pass "from 3.3.2 to $version"
        else
            oracle_fail "from 3.3.2 to $version"
        fi
        pg_drop real
        pg_drop ours
    done
    export AIRFLOW__CORE__AUTH_MANAGER=$FAB_MANAGER
    # It makes JSON of tokens before it decrypts them.
    arguments+=(--real-fails 1949afb29106)
    cp "$ORACLE_WORK/known" "$ORACLE_WORK/revisions"
    if [ "$(wc -l <"$ORACLE_WORK/revisions")" -ne 124 ]; then
        echo "stairway_down.sh: not 123 revisions and a base" >&2
        exit 1
    fi
fi
if [ "$path" = history ]; then
    oracle_grown 1.10.15 base && oracle_populate base --rows "$rows" || exit 1
    airflow_python "$real" "$(pg_url empty)" "$ORACLE_DIR/chain.py" places 2>>"$ORACLE_WORK/list.log" \
        >"$ORACLE_WORK/revisions" || exit 1
    # A compressed DAG is not in the column that becomes NOT NULL.
    arguments+=(--relabel-fab --real-fails a3bcd0914482,e655c0453f75,8d48763f6d53,bbf4a7ad0465,08364691d074,cc1e65623dc7)
    # See stairway.sh.
    arguments+=(--restart-after "849da589634d,2c6edca13270,82b7c48c147f,a13f7613ad25,$ORACLE_BEFORE_BLOCK")
    arguments+=(--differs a13f7613ad25=5,82b7c48c147f=5,2c6edca13270=5)
fi
pg_create a base && pg_create b base || exit 1

export AIRFLOW__DATABASE__SQL_ALCHEMY_POOL_ENABLED=False
export AIRFLOW__CORE__LOAD_EXAMPLES=False AIRFLOW_HOME=$ORACLE_WORK/home-$real
export AIRFLOW__CORE__FERNET_KEY=$ORACLE_FERNET_KEY
oracle_python "$ORACLE_DIR/stairway.py" --down --server "postgresql+psycopg2://postgres@127.0.0.1:$PGT_PORT" \
    --chain "$ORACLE_WORK/home-$real	$env/bin/python	$ORACLE_DIR/chain.py	serve" \
    --revisions "$ORACLE_WORK/revisions" --logs "$ORACLE_WORK" \
    --key-file "$ORACLE_KEY_FILE" --fernet-key "$ORACLE_FERNET_KEY" "${arguments[@]}"
status=$?
[ "$status" -eq 0 ] || ORACLE_KEEP=1
[ "$path" = history ] || oracle_summary || status=1
exit "$status"
