#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Databases of Airflow 2.1.4 and 2.2.5 with rows that lead to no run and no task: the real
# `airflow db migrate` looks for them before its first revision and moves them to tables
# named _airflow_moved__*, which the stairway, a revision at a time, never sees.
#
#   history_pairs.sh [--keep] [PAIR ...]
#
# The pairs (without a name all of them) run with both executors. Exit 77 if anything was
# skipped.

set -u
# shellcheck source-path=SCRIPTDIR source=oracle.sh
. "$(dirname "$0")/oracle.sh"

# name       source's revision  hops           moved tables
PAIRS='
2.1.4-2.11.2 ccde3e26fe78       2.11.2         5
2.2.5-2.6.3  587bdf053233       2.6.3          3
2.2.5-3.3.2  587bdf053233       2.11.2,3.3.2   3
'

selected=" "
while [ $# -gt 0 ]; do
    case $1 in
    --keep) ORACLE_KEEP=1 ;;
    -*) echo "history_pairs.sh: no option $1" >&2 && exit 2 ;;
    *) selected+="$1 " ;;
    esac
    shift
done

make_source() {
    local revision=$1 before=off
    [ "$revision" != ccde3e26fe78 ] || before=on
    pg_create source || return
    oracle_logged grow-source airflow_python 2.11.2 "$(pg_url source)" \
        "$ORACLE_DIR/chain.py" upgrade "$revision" || return
    pg_psql source -v ON_ERROR_STOP=1 -v before_run_ids="$before" \
        -f "$ORACLE_DIR/history_pairs.sql" >"$ORACLE_WORK/rows.log"
}

# From so far back the real one stands in its own way at b0d31815b5a6, unless it is
# stopped before that revision and called again. 2.11.2 fails after having stopped there
# (it looks for a pool as its own version has it), which is no matter if it got there.
real_hop() {
    local version=$1 command=migrate
    [ "$version" != 2.6.3 ] || command=upgrade
    case $version in
    2.*)
        airflow_run "$version" "$(pg_url real)" db "$command" \
            --to-revision "$ORACLE_BEFORE_BLOCK" >"$ORACLE_WORK/real-$version-1.log" 2>&1
        if [ "$(pg_psql real -At -c "SELECT version_num FROM alembic_version")" != "$ORACLE_BEFORE_BLOCK" ]; then
            tail -n 8 "$ORACLE_WORK/real-$version-1.log" >&2
            return 1
        fi
        ;;
    esac
    oracle_logged "real-$version-2" airflow_run "$version" "$(pg_url real)" db "$command"
}

# Each of the tables must be there with rows, or equal databases say nothing about them.
moved_tables() {
    local table count=0
    while read -r table; do
        [ "$(pg_psql "$1" -At -c "SELECT count(*) > 0 FROM \"$table\"")" = t ] || return
        count=$((count + 1))
    done < <(pg_psql "$1" -At -c "SELECT tablename FROM pg_tables WHERE tablename ~ '^_airflow_moved__2_[23]__dangling__'")
    echo "$count"
}

run_pair() {
    local name=$1 revision=$2 hops=$3 moved=$4 since hop executor
    for hop in 3.3.2 2.11.2 ${hops//,/ }; do
        if ! airflow_env "$hop" >/dev/null; then
            oracle_skip "$name: Airflow $hop cannot be installed here"
            return
        fi
    done
    if ! make_source "$revision"; then
        oracle_fail "$name: the source database could not be made"
        return
    fi
    since=$(date +%s)
    pg_create real source
    for hop in ${hops//,/ }; do
        if ! real_hop "$hop" || ! oracle_arrived real "$hop"; then
            oracle_fail "$name: the real migration to $hop failed"
            return
        fi
    done
    if [ "$(moved_tables real)" != "$moved" ]; then
        oracle_fail "$name: the real migration moved rows to $(moved_tables real) tables, not $moved"
        return
    fi
    for executor in chain fused; do
        pg_create "other_$executor" source
        for hop in ${hops//,/ }; do
            if ! oracle_shift "other_$executor" "$hop" "$executor"; then
                oracle_fail "$name $executor: airshift to $hop failed"
                continue 2
            fi
        done
        if oracle_compare real "other_$executor" source "$since" --relabel-fab --any-order; then
            oracle_pass "$name $executor"
        else
            oracle_fail "$name $executor: the databases differ"
        fi
    done
}

drop_all() {
    local database
    for database in source real other_chain other_fused; do
        pg_drop "$database"
    done
}

oracle_airshift >/dev/null || {
    echo "history_pairs.sh: SKIP: there is no airshift binary" >&2
    exit 77
}
oracle_begin
# shellcheck disable=SC2119 # its arguments are settings, none here
pg_start || exit 1
while read -r name revision hops moved; do
    if [ -n "$name" ] && { [ "$selected" = " " ] || [[ $selected == *" $name "* ]]; }; then
        echo "== $name"
        run_pair "$name" "$revision" "$hops" "$moved" </dev/null
        drop_all
    fi
done <<<"$PAIRS"
oracle_summary
