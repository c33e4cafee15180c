#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# mysql_clean.sh - `airshift clean` against the real `airflow db clean` on a real MySQL: on copies
# of a database that the real Airflow made, filled, both leave the same rows in every table, and
# the archive puts back what went. TAP on stdout.

set -u
# shellcheck source-path=SCRIPTDIR source=mysql_oracle.sh
. "$(dirname "$0")/mysql_oracle.sh"
mysql_oracle_begin clean

# A line for each table: a sum over its rows that has no order.
sums() {
    my_sql "$1" -e "CHECKSUM TABLE $(my_sql "$1" -e "SET SESSION group_concat_max_len = 1000000; SELECT group_concat('\`', table_name, '\`' ORDER BY table_name) FROM information_schema.tables
        WHERE table_schema = database() AND table_name NOT LIKE '|_airflow|_deleted%' ESCAPE '|'") EXTENDED" | cut -d. -f2-
}
# Without trigger: the name is a word of MySQL's, and the real one gives that table up.
most=job,dag_run,dataset_event,asset_event,import_error,log,sla_miss,task_fail,task_instance,task_instance_history
most+=,task_reschedule,xcom,_xcom_archive,callback,callback_request,dag_version,deadline

version=2.11.2
my_create made
fill "$version" made || { finish_tests; exit 1; }
# A dump rounds numbers of single precision: all copies are to be alike.
my_copy made source
my_drop made
for share in 0.3 0.9; do
    before=$(my_sql source -e "SELECT start_date FROM (SELECT start_date, percent_rank() OVER (ORDER BY start_date) AS share FROM dag_run WHERE start_date IS NOT NULL) AS r
        WHERE share >= $share ORDER BY share LIMIT 1")
    my_copy source real
    my_copy source ours
    # Its order is that of a set, another one in each process; the second call takes what became old by the first.
    for _ in 1 2; do
        airflow_run "$version" "$(my_url real)" db clean --clean-before-timestamp "$before+00:00" --yes --skip-archive --tables "$most" >"$work/log" 2>&1
        real=$?
    done
    # It writes down that it was called.
    my_sql real -e "DELETE FROM log WHERE event LIKE 'cli%' AND dttm > utc_timestamp() - INTERVAL 1 HOUR"
    my_url ours >"$work/url"
    "$airshift" clean --url-file "$work/url" --before "$before" --archive "$work/archive" --tables "$most" --progress none >"$work/ours.log" 2>&1
    is "$real $? $(grep -c 'error when attempting' "$work/log")" '0 0 0' "$version, before $before: both end"
    sums source >"$work/source"
    sums ours >"$work/ours"
    is "$(sums real | diff - "$work/ours")" '' 'the same rows are left'
    smaller=$(diff "$work/source" "$work/ours" | grep -c '^>')
    [ "$smaller" -gt 3 ]
    is $? 0 "$smaller tables are smaller"
    zstd -dcq "$work"/archive/*.zst | my_sql ours --init-command='SET foreign_key_checks = 0'
    # A reference that may be empty was made so.
    is "$(sums ours | diff - "$work/source" | grep '^[<>]' | cut -f1 | sort -u | grep -vE '(task_instance|dag_run)$')" '' 'and the archive puts back those that went'
    rm -rf "$work/archive"
    my_drop real
    my_drop ours
done
finish_tests
