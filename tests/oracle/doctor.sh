#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# `airshift doctor` against the real Airflow: it must find nothing wrong with what a version
# makes in an empty database, nor at any revision of Airflow's own chain, neither from the
# first one on nor from the squashed base; and without alembic_version it must find the place.

set -u
# shellcheck source-path=SCRIPTDIR source=oracle.sh
. "$(dirname "$0")/oracle.sh"

oracle_begin
binary=$(oracle_airshift) || exit 77
# shellcheck disable=SC2119 # no settings of its own
pg_start || exit 1

doctor() { # DATABASE: its exit status, and what is wrong
    "$binary" doctor --url "$(pg_url "$1")" >"$ORACLE_WORK/doctor.log" 2>&1
    echo "$? $(grep -A3 '^wrong' "$ORACLE_WORK/doctor.log" | head -n 4 | tr '\n' '|')"
}
# Whether the doctor, without alembic_version, has the revision among those it names.
finds() { # DATABASE REVISION
    "$binary" doctor --url "$(pg_url "$1")" --json | jq -e --arg id "$2" \
        '.core.is_bad and (.core.equal | map(.revision) | index($id)) != null' >/dev/null
}

for version in 2.6.3 2.7.3 2.9.3 2.10.5 2.11.2 3.0.6 3.1.8 3.2.2 3.3.2; do
    oracle_fresh "$version" "fresh_$version" || exit 1
    found=$(doctor "fresh_$version")
    if [ "$found" = '0 ' ]; then
        oracle_pass "nothing is wrong with what $version made"
    else
        oracle_fail "nothing is wrong with what $version made: $found"
    fi
    head=$(pg_psql "fresh_$version" -At -c 'SELECT version_num FROM alembic_version')
    pg_psql "fresh_$version" -q -c 'DELETE FROM alembic_version'
    if finds "fresh_$version" "$head"; then
        oracle_pass "its revision is found without alembic_version"
    else
        oracle_fail "its revision is found without alembic_version"
    fi
done

# A process of its own goes through the revisions, one after the other, and waits in between.
climb() { # VERSION DATABASE REVISION ...
    local version=$1 database=$2 revision line found bad=0 count=0
    local -a pipe
    shift 2
    coproc CHAIN { airflow_python "$version" "$(pg_url "$database")" "$ORACLE_DIR/chain.py" serve 2>"$ORACLE_WORK/chain.log"; }
    # shellcheck disable=SC2153 # bash sets it
    pipe=("${CHAIN[@]}")
    read -r line <&"${pipe[0]}"
    for revision in "$@"; do
        echo "$revision" >&"${pipe[1]}"
        read -r line <&"${pipe[0]}" || line=
        if [[ $line != done* ]]; then
            oracle_fail "the real chain goes to $revision: $line"
            break
        fi
        count=$((count + 1))
        found=$(doctor "$database")
        [ "$found" != '0 ' ] || continue
        bad=$((bad + 1))
        [ "$bad" -gt 5 ] || oracle_fail "$database at $revision: $found"
    done
    echo >&"${pipe[1]}"
    wait "$!" 2>/dev/null
    if [ "$bad" = 0 ] && [ "$count" = "$#" ] && [ "$count" -gt 0 ]; then
        oracle_pass "nothing is wrong at any of $count revisions of $version's chain ($database)"
    fi
}
pg_create list || exit 1
known() { airflow_python "$1" "$(pg_url list)" "$ORACLE_DIR/chain.py" list 2>>"$ORACLE_WORK/list.log" | cut -f1; }
mapfile -t history < <(awk 'FNR == 1 { print $3 }' "$ORACLE_TREE"/sql/history/*.sql)
mapfile -t two < <(known 2.11.2 | sed '1,/c804e5c76e3e/d')
mapfile -t three < <(known 3.3.2)
mapfile -t after_two < <(printf '%s\n' "${three[@]}" | sed '1,/5f2621c13b39/d')
[ "${#history[@]}" -gt 100 ] && [ "${#two[@]}" -gt 20 ] && [ "${#after_two[@]}" -gt 80 ] || exit 1
# The permission revisions leave a session open that a later one waits for: a new process
# takes over from there.
mapfile -t first < <(printf '%s\n' "${history[@]}" | sed '/ecb43d2a1842/q')
pg_create grown && pg_create created || exit 1
climb 2.11.2 grown "${first[@]}"
climb 2.11.2 grown "${history[@]:${#first[@]}}" "${two[@]}"
climb 3.3.2 grown "${after_two[@]}"
climb 3.3.2 created "${three[@]}"
oracle_summary
