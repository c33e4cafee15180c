#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# `airshift clean` against the real `airflow db clean`: on copies of a populated database both
# leave the same rows in every table. With the table dag the real one of 3.x dies half-way, where a
# task still needs a version of an old DAG; airshift goes through.

set -u
# shellcheck source-path=SCRIPTDIR source=oracle.sh
. "$(dirname "$0")/oracle.sh"

oracle_begin
binary=$(oracle_airshift) || exit 77
airflow_env 3.3.2 >/dev/null || exit
# shellcheck disable=SC2119 # its arguments are settings, none here
pg_start || exit 1

# A line for each table: rows, and a sum over them that has no order.
sums() {
    pg_psql "$1" -At -c "SELECT format('SELECT %L, count(*), coalesce(sum(hashtextextended(t::text, 0)), 0) FROM %I t;', relname, relname)
        FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
         AND relname !~ '^_airflow_deleted' ORDER BY relname" | pg_psql "$1" -At -f -
}
most=job,dag_run,dataset_event,asset_event,partitioned_asset_key_log,import_error,log,sla_miss,task_fail,task_instance
most+=,task_instance_history,task_state_store,task_reschedule,xcom,_xcom_archive,callback,callback_request,celery_taskmeta
most+=,celery_tasksetmeta,trigger,dag_version,deadline,revoked_token,connection_test_request
# The moment by which a share of the runs is old.
moment() { # database share
    pg_psql "$1" -At -c "SELECT percentile_disc($2) WITHIN GROUP (ORDER BY start_date) FROM dag_run"
}

# Both on copies; what is left in $ORACLE_WORK/*.sums, how the real one ended in $real.
both() { # database moment [tables]
    local arguments=()
    [ -z "${3:-}" ] || arguments=(--tables "$3")
    pg_create real "$1" && pg_create ours "$1" || exit 1
    # Its order is that of a set, another one in each process; the second call takes what became old by the first.
    for _ in 1 2; do
        airflow_run "$version" "$(pg_url real)" db clean --clean-before-timestamp "$2" --yes --skip-archive \
            "${arguments[@]}" >"$ORACLE_WORK/real.log" 2>&1
        real=$?
    done
    # It writes down that it was called.
    pg_psql real -c "DELETE FROM log WHERE event LIKE 'cli%' AND dttm > now() - interval '1 hour'"
    oracle_logged ours "$binary" clean --url "$(pg_url ours)" --before "$2" --archive "$ORACLE_WORK/archive" \
        --progress none "${arguments[@]}"
    ours=$?
    sums "$1" >"$ORACLE_WORK/source.sums"
    sums real >"$ORACLE_WORK/real.sums"
    sums ours >"$ORACLE_WORK/ours.sums"
    smaller=$(diff "$ORACLE_WORK/source.sums" "$ORACLE_WORK/ours.sums" | grep -c '^>')
    rm -rf "$ORACLE_WORK/archive"
    pg_drop real
    pg_drop ours
}
judge() { # name
    if [ "$real" -eq 0 ] && [ "$ours" -eq 0 ] && [ "$smaller" -gt 0 ] && ! grep -q 'error when attempting' "$ORACLE_WORK/real.log" &&
        diff "$ORACLE_WORK/real.sums" "$ORACLE_WORK/ours.sums" >"$ORACLE_WORK/difference"; then
        oracle_pass "$1: the same rows are left, $smaller tables are smaller"
    else
        oracle_fail "$1: not the same (the real one ended with $real, airshift with $ours, $smaller tables are smaller)"
        tail -n 3 "$ORACLE_WORK/real.log"
        head -n 12 "$ORACLE_WORK/difference"
    fi
}

for version in 2.11.2 3.3.2; do
    source=source${version//./}
    if ! oracle_fresh "$version" "$source" || ! oracle_populate "$source" --rows "${ROWS:-300}"; then
        oracle_fail "$version: a populated database"
        continue
    fi
    # The real one of 3.x leaves sessions alone where FAB is not the auth manager.
    pg_psql "$source" -c 'DELETE FROM session'
    for share in 0.3 0.9; do
        before=$(moment "$source" "$share")
        both "$source" "$before" "$most"
        judge "$version, before $before, all tables but dag"
        both "$source" "$before" log,job
        judge "$version, before $before, log and job"
        both "$source" "$before" dag_run,import_error
        judge "$version, before $before, dag_run and import_error"
    done
    both "$source" "$before"
    if [ "$real" -ne 0 ] && grep -q 'violates foreign key constraint "task_instance_dag_version_id_fkey"' "$ORACLE_WORK/real.log"; then
        if [ "$ours" -eq 0 ] && [ "$smaller" -gt 0 ]; then
            oracle_pass "$version, all tables: the real one dies of a version that a task needs, airshift does not"
        else
            oracle_fail "$version, all tables: airshift ended with $ours"
        fi
    else
        judge "$version, all tables"
    fi
done
oracle_summary
