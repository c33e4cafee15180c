#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# mysql_doctor.sh - `airshift doctor` against the real Airflow on a real MySQL: it finds nothing
# wrong with what a version makes, and its revision without alembic_version; and it tells every
# state that a revision of the real chain can be broken off in. TAP on stdout.

set -u
# shellcheck source-path=SCRIPTDIR source=mysql_oracle.sh
. "$(dirname "$0")/mysql_oracle.sh"
mysql_oracle_begin doctor

doctor() { # database: $status and $found, "verdict revision"
    my_url "$1" >"$work/url"
    "$airshift" doctor --url-file "$work/url" --json >"$work/json" 2>"$work/err"
    status=$?
    found=$(jq -r '"\(.core.verdict) \(.core.half.of.revision // "none")"' "$work/json")
}
catalog() {
    my_url "$1" >"$work/url"
    "$airshift" inspect catalog --url-file "$work/url" | grep -v '^alembic_version ' | sort
}

for version in 2.6.3 2.11.2 3.0.6 3.3.2; do
    my_create new
    airflow_run "$version" "$(my_url new)" db "$(verb "$version")" >"$work/log" 2>&1 || not_ok "$version migrates" "$(tail -n 5 "$work/log")"
    doctor new
    is "$status $found" '0 right none' "nothing is wrong with what $version made"
    head=$(my_sql new -e 'SELECT version_num FROM alembic_version')
    my_sql new -e 'DELETE FROM alembic_version'
    doctor new
    is "$(jq -r --arg id "$head" '.core.is_bad and (.core.equal | map(.revision) | index($id)) != null' "$work/json")" true 'its revision is found without alembic_version'
    my_drop new
done

# What the real chain sends for a revision, statement by statement, on a copy of what was before.
my_create real
chain() {
    airflow_python 3.3.2 "$(my_url real)" "$here/chain.py" upgrade "$1" >"$work/log" 2>&1 || not_ok "the real chain goes to $1" "$(tail -n 5 "$work/log")"
}
before=69ddce9a7247
chain "$before"
for revision in b87d2135fa50 e812941398f4; do
    my_drop half
    my_copy real half
    catalog half >"$work/before"
    my_sql mysql -e "SET GLOBAL log_output = 'TABLE'; TRUNCATE general_log; SET GLOBAL general_log = ON"
    chain "$revision"
    my_sql mysql -e 'SET GLOBAL general_log = OFF'
    catalog real >"$work/after"
    my_sql mysql --raw -e "SELECT regexp_replace(CONVERT(argument USING utf8mb4), '[[:space:]]+', ' ') FROM general_log
        WHERE command_type = 'Query' AND argument REGEXP '^[[:space:]]*(ALTER|CREATE|DROP|RENAME|UPDATE|INSERT|DELETE) ' AND argument NOT LIKE '%alembic_version%' ORDER BY event_time, thread_id" >"$work/statements"
    count=0 parts=0 wrong=''
    while IFS= read -r statement; do
        count=$((count + 1))
        my_sql half -e "$statement" 2>"$work/err" || wrong+="$statement: $(cat "$work/err"); "
        catalog half >"$work/now"
        want="between $revision"
        ! cmp -s "$work/now" "$work/before" || want='right none'
        ! cmp -s "$work/now" "$work/after" || want='wrong version none'
        doctor half
        [ "$found" = "$want" ] || wrong+="after $count ($statement): $found, not $want; "
        [ "${found%% *}" != between ] || parts=$((parts + 1))
    done <"$work/statements"
    is "$wrong" '' "$revision: broken off after each of its $count statements, it is told"
    [ "$parts" -gt 2 ]
    is $? 0 "$revision: $parts of these are in part"
    is "$(cmp "$work/now" "$work/after")" '' "$revision: at the end it is whole"
done
finish_tests
