#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Every revision by itself on a real MySQL: the real chain takes the step on one database,
# the statements of `airshift inspect sql --engine mysql` on its twin, and the catalogs are
# compared (`airshift inspect catalog`, which mysql_catalog.sh holds against the server's own
# words). Where a step differs, the twin becomes a copy, so that it shows once.
#
#   stairway_mysql.sh [--to REVISION] [--keep]
#
# From nothing to 5f2621c13b39 with 2.11.2's chain, from there with 3.3.2's: the way of
# everything that is older than 2.7.

set -u
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib/mysql.sh
. "$here/../lib/mysql.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/airflow_env.sh
. "$here/../lib/airflow_env.sh"
airshift=${AIRSHIFT:-$here/../../build/airshift}
export LC_ALL=C
to=
keeps_logs=0
while [ $# -gt 0 ]; do
    case $1 in
    --to) to=$2 && shift ;;
    --keep) keeps_logs=1 ;;
    *) sed -n '3,12s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
    esac
    shift
done
work=$(mktemp -d "${TMPDIR:-/tmp}/airshift-stairway.XXXXXX")
export AIRFLOW_WORK=$work
finish() {
    my_stop_all
    if [ "$keeps_logs" = 1 ]; then echo "logs kept in $work" >&2; else rm -rf "$work"; fi
}
trap finish EXIT
trap 'exit 130' INT TERM

catalog() { # database
    my_url "$1" >"$work/url-$1"
    "$airshift" inspect catalog --url-file "$work/url-$1" | grep -v '^alembic_version ' | sort
}

become_copy() {
    my_drop b && my_create b &&
        myt_run bin/mysqldump --no-defaults --socket="$MYT_DIR/socket" -u root --skip-lock-tables \
            --set-gtid-purged=OFF a >"$work/dump" 2>/dev/null && my_sql b <"$work/dump"
}

# The real chain takes a step: real_step REVISION, or -REVISION to go back to it.
real_step() {
    echo "$1" >&"${real[1]}" && read -r -t 300 answer <&"${real[0]}" || answer='no answer'
    case $answer in done*) ;; *) return 1 ;; esac
}

# In the order of our files, in which the branches lie one after the other.
revisions() {
    local file
    for file in "$here"/../../sql/history/*.sql "$here"/../../sql/core/[0-9]*.sql; do
        case $file in *_squashed_base.sql) continue ;; esac
        awk 'NR == 1 || NR == 3 { printf "%s\t", $3 } NR == 4 { sub(/^-- title: /, ""); print; exit }' "$file"
    done | awk -F '\t' -v to="$to" '{ print } $1 == to { exit }'
}

# A process of the real chain, of one Airflow version.
start_real() {
    coproc real { airflow_python "$1" "$(my_url a)" "$here/chain.py" serve 2>>"$work/real.log"; }
    read -r -t 300 answer <&"${real[0]}" || exit 1
}
stop_real() {
    local input=${real[1]}
    exec {input}>&-
    # shellcheck disable=SC2154 # coproc sets it
    wait "$real_PID"
}

# shellcheck disable=SC2119 # no settings
my_start && my_create a && my_create b && my_create airshift || exit 1
version_of_chain=2.11.2
start_real "$version_of_chain"
passed=0
failed=0
previous=none
while IFS=$'\t' read -r revision version title; do
    name="$revision $version ${title:0:60}"
    problem=
    if ! real_step "$revision"; then
        echo "FAIL $name: the real chain: $answer"
        failed=$((failed + 1))
        break
    fi
    case $revision in
    # The web application of 2.11, which these start, has its own table for sessions.
    2c6edca13270 | 82b7c48c147f | a13f7613ad25) my_sql a -e 'DROP TABLE session' ;;
    esac
    if ! "$airshift" inspect sql --history --engine mysql --from "$previous" --to "$revision" >"$work/sql" 2>"$work/sql.log"; then
        problem=$(grep -m 1 'not written' "$work/sql" || tail -n 1 "$work/sql.log")
    elif ! my_sql b <"$work/sql" >"$work/run.log" 2>&1; then
        problem=$(grep -m 1 ERROR "$work/run.log")
    fi
    catalog a >"$work/a"
    catalog b >"$work/b"
    if [ "$(wc -l <"$work/a")" -lt 20 ]; then
        problem="the catalog has $(wc -l <"$work/a") lines"
    elif ! diff "$work/a" "$work/b" >"$work/diff"; then
        problem="${problem:+$problem; }$(grep -c '^[<>]' "$work/diff") lines differ"
    fi
    if [ -n "$problem" ]; then
        echo "FAIL $name: $problem"
        grep '^[<>]' "$work/diff" | head -n 12
        failed=$((failed + 1))
        become_copy || exit 1
    else
        echo "PASS $name"
        passed=$((passed + 1))
    fi
    previous=$revision
    case $revision in
    849da589634d | 2c6edca13270 | 82b7c48c147f | a13f7613ad25 | ecb43d2a1842 | 5f2621c13b39)
        # After these the process keeps a session in a transaction, or its chain is at its end.
        stop_real
        [ "$revision" != 5f2621c13b39 ] || version_of_chain=3.3.2
        start_real "$version_of_chain"
        ;;
    esac
done < <(revisions)
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] || { keeps_logs=1; exit 1; }
