#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Every revision from 2.6.2 down to the first undone by itself on a real MySQL: the real chain
# goes down a step on one database, `airshift downgrade` on its twin, and tables and rows are
# compared. Where the real one fails, `airshift verify` must find nothing in the tables of the
# revision below that was not wrong before the step. TAP on stdout.
#
#   stairway_down_mysql_old.sh [--from REVISION] [--to REVISION]
#
# Above --from it is airshift that goes back.

set -u
# shellcheck source-path=SCRIPTDIR source=mysql_oracle.sh
. "$(dirname "$0")/mysql_oracle.sh"
top=c804e5c76e3e
bottom=e3a246e0dc1
from=$top
to=$bottom
while [ $# -gt 0 ]; do
    case $1 in
    --from) from=$2 && shift ;;
    --to) to=$2 && shift ;;
    *) sed -n '3,11s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
    esac
    shift
done

# What both are as the server says it; what differs then may be columns in another order, or
# numbers of permissions.
raw() { # database
    my_url "$1" >"$work/url-$1"
    {
        "$airshift" inspect catalog --url-file "$work/url-$1" | grep -v '^alembic_version ' | sort
        my_rows "$1" "--ignore-table=$1.alembic_version"
    } >"$work/raw-$1"
}

same() { # sets $found to what differs
    local database

    raw a &
    raw b
    wait "$!"
    found=
    if [ "$(grep -ac 'INSERT INTO' "$work/raw-a")" -lt "$least" ]; then
        found='there are too few rows to compare'
    elif ! cmp -s "$work/raw-a" "$work/raw-b"; then
        for database in a b; do
            {
                grep -av '^INSERT INTO ' "$work/raw-$database"
                <"$work/raw-$database" airflow_python 3.3.2 '' "$here/rows_mysql.py" --since 4000000000 \
                    --any-order --fab-by-name
            } >"$work/picture-$database"
        done
        found=$(diff "$work/picture-a" "$work/picture-b" | grep -a '^[<>]' | head -n 20 | cut -c 1-300)
    fi
}

# What is other on purpose: the real one takes the collation of ids away, and some of the revisions
# start a web application of today, which makes its table for sessions.
on_purpose() { # revision
    case $1 in
    7b2661a43ba3)
        echo '< dag_run column dag_id varchar(250)
> dag_run column dag_id varchar(250) COLLATE utf8mb3_bin
< dag_run column run_id varchar(250)
> dag_run column run_id varchar(250) COLLATE utf8mb3_bin'
        ;;
    8d48763f6d53)
        echo '< connection column conn_id varchar(250)
> connection column conn_id varchar(250) COLLATE utf8mb3_bin'
        ;;
    esac
}

# Where the real one fails, and the reason.
failure() { # revision
    case $1 in
    a3bcd0914482) echo 'Invalid use of NULL value' ;; # of DAGs that are stored compressed
    e655c0453f75) echo 'a foreign key constraint fails' ;; # tasks that are mapped and wait
    64a7d6477aae) echo 'Row size too large' ;;
    bbf4a7ad0465) echo "Duplicate entry '0' for key 'xcom.PRIMARY'" ;;
    08364691d074) echo "Duplicate key name 'task_reschedule_dag_task_date_fkey'" ;;
    cc1e65623dc7) echo "Unknown column 'dag.dag_display_name'" ;; # it asks its own version's models
    esac
}

# What the tables of a database have that is not the revision's: some is left by how the real one
# goes back further up.
wrong() { # database revision
    my_url "$1" >"$work/url"
    "$airshift" verify --url-file "$work/url" --to "$2" --without-fab 2>&1 | grep -v '^[0-9]* checks,' | sort
}

alone() { # revision below
    like "$answer" "$(failure "$1")" "$1 undone: the real one fails"
    wrong b "$2" >"$work/after"
    is "$code $(grep -m 1 '^error' "$work/out")$(comm -13 "$work/before" "$work/after")" '0 ' \
        "$1 undone: airshift does not"
    real_stop
    my_drop a && my_copy b a
    real_start 2.11.2 a
}

# Two of a task in one second, of which the later one stays. The real one fails on both.
same_second() {
    local row="'dag', 'task', '2021-01-01 00:00"

    for database in a b; do
        my_sql "$database" -e "INSERT INTO rendered_task_instance_fields
            (dag_id, task_id, execution_date, rendered_fields) VALUES ($row:01.2', '{\"later\": 1}')"
    done
    my_sql b -e "INSERT INTO rendered_task_instance_fields
        (dag_id, task_id, execution_date, rendered_fields) VALUES ($row:00.6', '{\"earlier\": 1}')"
}

undo() { # revision below
    [ -z "$(failure "$1")" ] || wrong b "$1" >"$work/before"
    [ "$1" != a66efa278eea ] || same_second
    downgrade b "$2"
    code=$?
    if [ -n "$(failure "$1")" ]; then
        real_back "$2"
        alone "$@"
        return
    fi
    if ! real_back "$2"; then
        not_ok "$1 undone: by the real one" "$answer"
        return 1
    fi
    case $1 in
    2c6edca13270 | 82b7c48c147f | a13f7613ad25) my_sql a -e 'DROP TABLE IF EXISTS session' ;;
    esac
    same
    is "$code $(grep -m 1 '^error' "$work/out")$found" "0 $(on_purpose "$1")" "$1 undone"
    if [ -n "$(on_purpose "$1")" ]; then
        real_stop
        my_drop a && my_copy b a
        real_start 2.11.2 a
    elif [ -n "$found" ]; then
        my_drop b && my_copy a b
    fi
    case $1 in
    849da589634d | 2c6edca13270 | 82b7c48c147f | a13f7613ad25 | ecb43d2a1842)
        # After these the process keeps a session in a transaction.
        real_stop
        real_start 2.11.2 a
        ;;
    esac
}

# Rows of 1.8, 2.2 and 2.6, with what the real ones made of the old ones. Not with the names of
# DAGs that differ in case only: without the collation of ids they are equal.
make_source() {
    my_create source && grow source d2ae31099d61 && my_sql source <"$here/mysql_rows_1_8.sql" &&
        grow source 587bdf053233 && sed 's/DAG /Dag_/g' "$here/mysql_rows_2_2.sql" | my_sql source &&
        fill 2.6.3 source
}

export AIRFLOW_TIMEOUT=300
mysql_oracle_begin down lock_wait_timeout=20
if ! make_source; then
    finish_tests
    exit 1
fi
if [ "$from" != "$top" ]; then
    downgrade source "$from"
    is "$?" 0 "a database at $from"
fi
# Which indexes the server made by itself is lost in a copy: all are copies.
my_copy source a && my_copy source b
airflow_python 2.11.2 "$(my_url a)" "$here/chain.py" places >"$work/places" 2>"$work/log"
real_start 2.11.2 a
least=1300
steps=0
revision=
while IFS=$'\t' read -r below _; do
    if [ -n "$revision" ]; then
        undo "$revision" "$below" || break
        steps=$((steps + 1))
    fi
    revision=$below
done < <(tac "$work/places" | sed -n "/^$from/,/^$to/p")
if [ "$revision" != "$to" ] || { [ "$from$to" = "$top$bottom" ] && [ "$steps" -lt 100 ]; }; then
    not_ok 'all revisions were undone' "$steps, down to $revision"
fi
finish_tests
