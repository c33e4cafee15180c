#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# preflight_mysql.t - airshift preflight on a real MySQL: the page of a server in order, and each
# light made to change for real. TAP on stdout.

set -u
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib/mysql.sh
. "$here/../lib/mysql.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/tap.sh
. "$here/../lib/tap.sh"
airshift=${AIRSHIFT:-${top_builddir:-.}/build/airshift}
export LC_ALL=C
work=$(mktemp -d "${TMPDIR:-/tmp}/airshift-preflight-mysql.XXXXXX")
trap 'exec 9>&-; my_stop_all; rm -rf "$work"' EXIT
my_start || {
    not_ok 'a server starts'
    finish_tests
    exit 1
}
my_create airflow

global() { my_sql mysql -e "SET GLOBAL $1"; }
# The findings, one a line, in $out; the exit status in $status.
preflight() {
    printf '%s\n' "${url:-$(my_url airflow)}" >"$work/url"
    out=$(timeout 60 "$airshift" preflight --url-file "$work/url" --json "$@" 2>"$work/error" >"$work/page"
        echo $?)
    status=$out
    out=$(jq -r '.findings[] | "\(.light) \(.topic): \(.text) | \(.advice // "")"' "$work/page" 2>&1; cat "$work/error")
}
# The oldest server's release has two lights of its own.
release='^$' server='green server: MySQL [0-9.]+, no known bug' yellow=0
[ -z "${MYSQL_RELEASE:-}" ] || release="^yellow server: MySQL $MYSQL_RELEASE: " server="yellow server: MySQL $MYSQL_RELEASE: it is out of support" yellow=2
lights() { grep -vE "^green |$release" <<<"$out" | cut -d: -f1 | sort -u | paste -sd,; }

printf '%s\n' "$(my_url airflow)" >"$work/url"
my_grow airflow
"$airshift" migrate --url-file "$work/url" --to 2.11.2 --progress none >/dev/null 2>"$work/migrate" || cat "$work/migrate"
my_sql mysql -e "GRANT PROCESS ON *.* TO airflow@'%'; GRANT SELECT ON performance_schema.* TO airflow@'%'"
my_sql airflow -e "INSERT INTO job (state, job_type, latest_heartbeat, hostname) VALUES ('running', 'SchedulerJob', utc_timestamp(6), 'h1'), ('running', 'TriggererJob', utc_timestamp(6), 'h2')"
my_shutdown
my_restart innodb-flush-log-at-trx-commit=1 sync-binlog=1 innodb-doublewrite=ON gtid-mode=ON enforce-gtid-consistency=ON || not_ok 'it starts again'
fresh() { my_sql airflow -e 'SET time_zone = "+00:00"; UPDATE job SET latest_heartbeat = utc_timestamp(6)'; }

preflight --to 3.3.2
is "$status $(lights)" '0 ' 'a server in order is ready'
for line in 'plan: from 2\.10\.3-2\.11\S* to 3\.3\.2: [0-9]+ tables rewritten' 'disk: [0-9]+ MiB are needed, log included, [0-9]+ MiB are free' 'time zone: UTC' 'timeouts:' 'writable:' 'binary log: by row' \
    'durability:' 'settings:' 'replication: nobody receives' 'transactions: none' 'locks: nobody' 'connections: [0-9]+ connections are left' \
    'privileges: the user airflow@%' 'Airflow: Scheduler: 1 alive, [0-9]+ s ago, Triggerer: 1 alive'; do
    like "$out" "^green $line" "green: ${line%%:*}"
done
like "$out" "^$server" 'the release'
"$airshift" preflight --url-file "$work/url" --to 3.3.2 >"$work/page" 2>&1
is "$? $(tail -n 1 "$work/page" | cut -d, -f1-2)" "0 0 red, $yellow yellow" 'as text'

while IFS='|' read -r light setting other text; do
    [ -z "${MYSQL_RELEASE:-}" ] || [ "${setting%% *}" != sql_require_primary_key ] || continue # which came later
    before=$(my_sql mysql -e "SELECT @@GLOBAL.${setting%% *}")
    global "$setting"
    fresh 2>/dev/null
    preflight
    code=0
    [ "${light%% *}" = yellow ] || code=13
    is "$status $(lights)" "$code $light" "$setting"
    like "$out" "$light: .*$text" 'with what it is'
    case $before in *[!0-9]*) before="'$before'" ;; esac
    global "${other:-${setting%% *} = $before}"
done <<'END'
red time zone|time_zone = '+02:00'||time zone \+02:00, not UTC
yellow timeouts|lock_wait_timeout = 10||lock_wait_timeout is 10 s
yellow timeouts|wait_timeout = 60||wait_timeout is 60 s
yellow timeouts|max_execution_time = 5000||max_execution_time is 5000 ms
red writable|read_only = ON||read_only is on
red writable|super_read_only = ON|super_read_only = OFF, GLOBAL read_only = OFF|super_read_only is on
yellow durability|sync_binlog = 0||sync_binlog is 0
yellow settings|max_allowed_packet = 4194304||max_allowed_packet is 4 MB
yellow settings|sql_require_primary_key = ON||sql_require_primary_key is on
red connections|max_connections = 3||[0-3] connections are left, 4 are needed
END
fresh
preflight
is "$status $(lights)" '0 ' 'and all is as before'

# --- transactions and locks ---
exec 9> >(myt_admin --batch --skip-column-names --unbuffered airflow >"$work/session" 2>&1)
echo "BEGIN; SELECT 'begun', id FROM job FOR UPDATE;" >&9
await 20 grep -qs begun "$work/session"
# InnoDB keeps what it says of transactions as long as it is asked again within 0.1 s.
unasked() { read -rt 0.15 <> <(:) || true; }
old() { unasked; [ "$(my_sql mysql -e "SELECT coalesce(max(timestampdiff(SECOND, trx_started, now())), 0) >= $1 FROM information_schema.innodb_trx")" = 1 ]; }
await 20 old 1
unasked
preflight --long-transaction 10
is "$status $(lights)" '0 yellow transactions' 'a transaction that is a tenth of too old'
preflight --long-transaction 1
is "$status $(lights)" '13 red transactions' 'a transaction that is too old'
like "$out" 'red transactions: session [0-9]+ of root .*KILL [0-9]+' 'whose'
echo "ROLLBACK; LOCK TABLES dag READ; SELECT 'locked';" >&9
await 20 grep -qs locked "$work/session"
preflight
is "$status $(lights)" '0 yellow locks' 'a lock on a table'
like "$out" 'yellow locks: session [0-9]+ of root .* has dag locked' 'on which'
echo "UNLOCK TABLES; SELECT 'taken', GET_LOCK('airflow_MIGRATIONS', 0);" >&9
await 20 grep -qs taken "$work/session"
preflight
is "$status $(lights)" '13 red locks' "Airflow's migration lock"
exec 9>&-

# --- the user, the release, Airflow ---
my_sql mysql -e "CREATE USER guest@'%' IDENTIFIED BY 'guest'; GRANT SELECT, INSERT ON airflow.* TO guest@'%'"
url="mysql://guest:guest@127.0.0.1:$MYT_PORT/airflow" preflight
like "$status $(lights)" '^13 red privileges,.*yellow privileges' 'a user that may not do much'
like "$out" 'red privileges: the user guest@% lacks ALTER, CREATE, DELETE, DROP, REFERENCES, UPDATE on.*GRANT ALTER, ' 'what it lacks'
release() {
    # shellcheck disable=SC2016 # a parameter's name
    sed "s/\$1/$1/g" sql/server/mysql/preflight_server.sql | my_sql airflow 2>&1
}
like "$(release 80029)" $'server\tred\tMySQL 8\.0\.29: .*INSTANT' '8.0.29'
like "$(release 80401)" $'server\tyellow\tMySQL 8\.4\.1: it does not start again' '8.4.1'
like "$(release 80408)" $'server\tgreen\tMySQL 8\.4\.8, no known bug' '8.4.8'
my_sql airflow -e "UPDATE job SET latest_heartbeat = utc_timestamp(6) - INTERVAL 5 MINUTE WHERE job_type = 'SchedulerJob'"
preflight
is "$status $(lights)" '13 red Airflow' 'a scheduler without a heartbeat'
like "$out" 'red Airflow: Scheduler: 1 without a sign of life .*\(on h1\), 0 alive' 'which'
my_sql airflow -e "UPDATE job SET latest_heartbeat = utc_timestamp(6) - INTERVAL 5 DAY"
preflight
is "$status $(lights)" '0 yellow Airflow' 'left over for days'
my_sql airflow -e "UPDATE alembic_version SET version_num = 'bogus'; DELETE FROM job"
preflight
is "$status $(lights)" '13 red plan,red revision' 'a revision that nobody knows'
finish_tests
