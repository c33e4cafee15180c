#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# monitor_mysql.t - what airshift monitor says of migrations on MySQL: none, idle, at work,
# behind locks on tables and rows, in line, airshift's own held up and broken off, and the real
# `airflow db migrate`, where that is installed. TAP on stdout.

set -u
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib/mysql.sh
. "$here/../lib/mysql.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/tap.sh
. "$here/../lib/tap.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/airflow_env.sh
. "$here/../lib/airflow_env.sh"
airshift=${AIRSHIFT:-${top_builddir:-.}/build/airshift}
export LC_ALL=C
unset MYSQL_PWD AIRFLOW__DATABASE__SQL_ALCHEMY_CONN
work=$(mktemp -d "${TMPDIR:-/tmp}/airshift-monitor.XXXXXX")
airflow=
clean_up() {
    [ -z "$airflow" ] || kill "$airflow" 2>/dev/null
    my_stop_all
    rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 1' INT TERM

# mon DATABASE [ARG ...]: output in $out, exit code in $status.
mon() {
    my_url "$1" >"$work/url"
    out=$(timeout 60 "$airshift" monitor --url-file "$work/url" --interval 0.5 "${@:2}" 2>&1)
    status=$?
}
verdict_is() { mon "$1" --json; [ "$(jq -r .verdict <<<"$out")" = "$2" ]; }
json() { jq -r "$1" <<<"$out"; }
# A session that takes lines on descriptor $1; its number is in $id.
open_session() { # descriptor name database
    mkfifo "$work/$2"
    : >"$work/$2.out"
    my_sql "$3" --unbuffered <"$work/$2" >"$work/$2.out" 2>"$work/$2.err" &
    eval "exec $1>\"\$work/$2\""
    rm "$work/$2"
    echo 'SELECT connection_id();' >&"$1"
    await 20 test -s "$work/$2.out"
    id=$(head -n 1 "$work/$2.out")
}
close_session() { # descriptor id
    my_sql mysql -e "KILL $2" 2>/dev/null
    eval "exec $1>&-"
    await 20 is_gone "$2"
}
is_gone() { [ "$(my_sql mysql -e "SELECT count(*) FROM performance_schema.threads WHERE processlist_id = $1")" = 0 ]; }
process() { my_sql mysql -e "SELECT processlist_command, processlist_state FROM performance_schema.threads WHERE processlist_id = $1"; }
is_process() { [[ $(process "$1") == *$2* ]]; }
# Whether that session has ended a statement that begins so.
has_done() {
    [ "$(my_sql mysql -e "SELECT count(*) FROM performance_schema.threads JOIN performance_schema.events_statements_current USING (thread_id)
        WHERE processlist_id = $1 AND processlist_command = 'Sleep' AND sql_text LIKE '$2%'")" = 1 ]
}

# shellcheck disable=SC2119 # no settings
my_start || { not_ok 'a server starts'; finish_tests; exit 1; }
my_create db
mon db
like "$status $out" '^19 .*' 'an empty database: nothing is migrating'
my_url db >"$work/url"
my_grow db
"$airshift" migrate --url-file "$work/url" --to 2.11.2 --progress none >/dev/null 2>&1
my_sql db <<'SQL'
CREATE TABLE users_own (id integer primary key auto_increment, a integer);
INSERT INTO users_own (a) VALUES (1), (2), (3);
CREATE TABLE big (id integer primary key auto_increment, a integer);
SQL
mon db --json
is "$status $(json '"\(.verdict) \(.revision) \(.sessions | length)"')" '19 nothing 5f2621c13b39 0' 'JSON, with the revision'
my_create half
my_url half >"$work/url"
my_grow half
"$airshift" migrate --url-file "$work/url" --to 3bda03debd04 --progress none >/dev/null 2>&1
my_sql half -e "ALTER TABLE dag_bundle DROP COLUMN template_params; UPDATE alembic_version SET version_num = 'f56f68b9e02f'"
mon half --json
is "$status $(json .verdict)" '18 broken' 'a revision that is applied in part'
like "$(json '.because | join(" ")')" '3bda03debd04 .*is applied in part: 1 of its 2 changes' 'which one, and how far'
my_drop half

# --- Airflow's lock -----------------------------------------------------------------------

open_session 7 holder db
holder=$id
echo "SELECT GET_LOCK('airflow_MIGRATIONS', 0);" >&7
await 20 has_done "$holder" 'SELECT GET_LOCK'
mon db
is "$status" 17 'a migration whose program does nothing is idle'
like "$out" "has Airflow's migration lock: pid $holder mysql \(root at localhost\), idle" 'the session is named'
my_create other
mon other
is "$status" 19 'of another database nothing migrates'
open_session 6 second db
second=$id
echo "SELECT GET_LOCK('airflow_MIGRATIONS', 30);" >&6
await 20 is_process "$second" 'User lock'
mon db --json
is "$status $(json ".sessions[] | select(.pid == $second) | \"\(.part) \(.blocked_by | join(\" \"))\"")" "17 queue $holder" 'a second one in line'
close_session 7 "$holder"
close_session 6 "$second"
open_session 7 holder other
holder=$id
echo "SELECT GET_LOCK('airflow_MIGRATIONS', 0);" >&7
await 20 has_done "$holder" 'SELECT GET_LOCK'
open_session 6 second db
second=$id
echo "SELECT GET_LOCK('airflow_MIGRATIONS', 30);" >&6
await 20 is_process "$second" 'User lock'
await 20 verdict_is db waiting
is "$status" 16 "the lock is the whole server's: one waits for another database's migration"
like "$(json .sentence)" "waiting for pid $holder" 'and is told for whom'
close_session 7 "$holder"
close_session 6 "$second"

# --- locks on tables and rows ---------------------------------------------------------------

open_session 8 blocker db
blocker=$id
echo "BEGIN; SELECT count(*) FROM task_instance WHERE task_id = 'a secret' AND dag_id = \"another secret\" AND try_number = 4711;" >&8
await 20 has_done "$blocker" 'SELECT count'
open_session 9 worker db
worker=$id
echo 'ALTER TABLE task_instance ADD COLUMN monitored integer;' >&9
await 20 is_process "$worker" 'metadata lock'
await 20 verdict_is db waiting
is "$status" 16 'a migration behind a lock waits'
my_sql db -e 'SELECT count(*) FROM task_instance' >/dev/null 2>&1 &
victim=$!
victims() { [ "$(my_sql mysql -e "SELECT count(*) FROM performance_schema.metadata_locks WHERE object_name = 'task_instance' AND lock_status = 'PENDING'")" = 2 ]; }
await 20 victims
mon db
like "$out" "^verdict: waiting for pid $blocker, which is idle in transaction\$" 'for whom, in words'
like "$out" "because: pid $worker waits for EXCLUSIVE metadata lock on task_instance in both looks" 'for what'
like "$out" "migrates: pid $worker mysql .*ALTER TABLE task_instance ADD COLUMN monitored integer" 'the working session is known'
like "$out" "\`- pid $blocker mysql \(root at localhost\), idle in transaction .*has SHARED_READ on task_instance: SELECT" 'below it who is in its way'
like "$out" "do: pid $blocker: may be ended, only its open transaction is taken back: KILL $blocker" 'a plain idle transaction may be ended'
unlike "$out" "KILL ($worker)" 'a session of the migration is never to be ended'
unlike "$out" 'secret|4711' 'literals of a query are not shown'
like "$out" '1 other session waits for the migration' 'who waits for the migration is no blocker'
mon db --json
is "$(json ".sessions[] | select(.pid == $worker) | \"\(.part) \(.ending) \(.blocked_by | join(\" \"))\"")" "work never $blocker" 'the same as JSON'
like "$(json ".sessions[] | select(.pid == $worker) | .advice")" 'never end it: .*half-applied' 'and why it is not to be ended'
# The one behind it reads, as the blocker does: these two are not in each other's way.
is "$(json '[.sessions[] | select(.part == "none" and (.blocked_by | length) > 0) | .blocked_by | join(" ")] | join(", ")')" "$worker" \
    'who reads waits for the migration alone'
close_session 8 "$blocker"
await 20 has_done "$worker" 'ALTER TABLE'
wait "$victim"
is $? 0 'all go on'
close_session 9 "$worker"

# A row: the one that works is of the process with the lock.
open_session 8 blocker db
blocker=$id
echo 'BEGIN; UPDATE users_own SET a = 5 WHERE id = 2;' >&8
await 20 has_done "$blocker" UPDATE
open_session 9 worker db
worker=$id
echo "SELECT GET_LOCK('airflow_MIGRATIONS', 0); UPDATE users_own SET a = 6;" >&9
row_waits() { [ "$(my_sql mysql -e 'SELECT count(*) FROM performance_schema.data_lock_waits')" -gt 0 ]; }
await 20 row_waits
await 20 verdict_is db waiting
mon db
like "$out" "because: pid $worker waits for X.* lock on a row of users_own in both looks" 'a lock on a row'
like "$out" "do: pid $blocker: may be ended" 'and who has it'
close_session 8 "$blocker"
await 20 has_done "$worker" UPDATE

# --- at work --------------------------------------------------------------------------------

echo "SET SESSION cte_max_recursion_depth = 4000000000; INSERT INTO big (a)
    WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 3000) SELECT a.i FROM n AS a, n AS b, n AS c;" >&9
await 20 is_process "$worker" executing
await 20 verdict_is db moving
is "$status" 0 'one that writes is moving'
like "$(json '.because | join(" ")')" 'rows' 'because rows grow'
my_sql mysql -e "KILL $worker"
exec 9>&-
await 60 is_gone "$worker"
open_session 9 worker db
worker=$id
echo "SELECT GET_LOCK('airflow_MIGRATIONS', 0); SELECT sleep(30);" >&9
await 20 is_process "$worker" 'User sleep'
await 20 verdict_is db slow
is "$status" 15 'one that executes and does nothing is slow'
like "$(json '.because | join(" ")')" "pid $worker executes one statement for" 'with the evidence'
my_sql mysql -e "KILL $worker"
exec 9>&-
await 20 is_gone "$worker"

# --- how much longer: of a real ALTER TABLE -------------------------------------------------------

my_sql db -e "SET SESSION cte_max_recursion_depth = 1000; CREATE TABLE wide (id integer primary key auto_increment, a varchar(250));
    INSERT INTO wide (a) WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 900)
    SELECT repeat('x', 200) FROM n AS a, n AS b"
open_session 9 worker db
worker=$id
ends() { [ "$(my_sql mysql -e "SELECT processlist_command FROM performance_schema.threads WHERE processlist_id = $worker")" = Sleep ]; }
foretells() { # what it is told by: sets $left; false while it is not known
    mon db --json
    left=$(json '.remaining_seconds // empty')
    [ -n "$left" ] && [[ $(json .remaining_of) =~ $1 ]]
}
# A prediction from half a second is rough, and so is the server's own estimate of the whole.
is_foretold() { # what it is told by, change, how rough, description
    local real t0

    echo "ALTER TABLE wide $2;" >&9
    await 30 foretells "$1"
    is "$? $(json .verdict)" '0 moving' "$4: how much longer"
    t0=$(date +%s%3N)
    await 120 ends
    real=$(($(date +%s%3N) - t0))
    is "$(jq -n --argjson left "${left:-0}" --argjson real "$real" --argjson rough "$3" \
        '($left * 1000) as $l | $l < $real * $rough + 3000 and $real < $l * $rough + 3000')" true "$4: said ${left:-?} s, it took $real ms"
}

is_foretold '^copy to tmp table$' 'ADD COLUMN b integer, ALGORITHM=COPY' 4 'an ALTER that copies'
is_foretold '^alter table ' 'ADD COLUMN c integer FIRST, ALGORITHM=INPLACE' 10 'an ALTER in place'
close_session 9 "$worker"
my_sql db -e 'DROP TABLE wide'

# --- airshift's own -------------------------------------------------------------------------

my_sql db -e 'DROP TABLE big, users_own; ALTER TABLE task_instance DROP COLUMN monitored'
my_sql db -e "SET SESSION cte_max_recursion_depth = 1000000, foreign_key_checks = 0; INSERT INTO dag_run (dag_id, run_id, run_type, execution_date, state)
    WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 200000)
    SELECT 'd', concat('run', i), 'manual', '2020-01-01' + INTERVAL i MINUTE, 'success' FROM n"
migrate() {
    my_url db >"$work/url2"
    exec "$airshift" migrate --url-file "$work/url2" --to 3.3.2 --mode detached --progress none
}
open_session 8 blocker db
blocker=$id
echo "BEGIN; SELECT count(*) FROM dag;" >&8
await 20 has_done "$blocker" 'SELECT count'
migrate >"$work/migrate" 2>&1 &
migration=$!
is "$(await 60 foretells '^copy of dag_run$' && json .verdict)" moving 'of its own tables it says how much longer'
await 120 verdict_is db waiting
is "$status" 16 'airshift behind a lock waits'
mon db
like "$out" "verdict: waiting for pid $blocker, which is idle in transaction" 'for whom'
like "$out" 'migration from .* to 3.3.2, begun .*: [0-9]+ of [0-9]+ jobs done' 'with how far it is'
kill -KILL "$migration"
wait "$migration" 2>/dev/null
close_session 8 "$blocker"
await 60 verdict_is db broken
is "$status" 18 'killed, it is broken off half-way'
like "$(json '.because | join(" ")')" 'a run from .* to 3.3.2 is recorded' 'with the evidence'
(migrate) >"$work/migrate" 2>&1
is $? 0 'the same command goes on'
mon db
is "$status" 19 'and nothing is migrating any more'

# --- rights ---------------------------------------------------------------------------------

my_sql mysql --init-command="SET @airshift_database = 'db'" <"$here/../../sql/server/mysql/role.sql"
my_sql mysql -e "ALTER USER airshift_read IDENTIFIED BY 'x' ACCOUNT UNLOCK; CREATE USER poor IDENTIFIED BY 'x'; GRANT SELECT ON db.* TO poor"
echo "mysql://airshift_read:x@127.0.0.1:$MYT_PORT/db" >"$work/url"
out=$("$airshift" monitor --url-file "$work/url" --interval 0.2 2>&1)
is "$?" 19 'the role that reads may do it'
echo "mysql://poor:x@127.0.0.1:$MYT_PORT/db" >"$work/url"
out=$("$airshift" monitor --url-file "$work/url" --interval 0.2 2>&1)
like "$? ${out//$'\n'/ }" '^[45] .*role.sql' 'another is told what makes one'

# --- the real one ---------------------------------------------------------------------------

if airflow_env 2.11.2 >/dev/null; then
    my_create real
    my_url real >"$work/url"
    my_grow real
    "$airshift" migrate --url-file "$work/url" --to 2.6.2 --progress none >/dev/null 2>&1
    open_session 8 blocker real
    blocker=$id
    echo 'BEGIN; SELECT count(*) FROM dag_run; SELECT count(*) FROM task_instance;' >&8
    await 20 has_done "$blocker" 'SELECT count(*) FROM task_instance'
    AIRFLOW_WORK=$work AIRFLOW_TIMEOUT=120 airflow_run 2.11.2 "$(my_url real)" db migrate >"$work/airflow.log" 2>&1 &
    airflow=$!
    await 90 verdict_is real waiting
    is "$status" 16 'the real airflow db migrate behind a lock waits'
    mon real
    like "$out" "verdict: waiting for pid $blocker, which is idle in transaction" 'for whom'
    like "$out" "has Airflow's migration lock: pid [0-9]+ " 'its session with the lock is known'
    like "$out" 'migrates: pid [0-9]+ .*(ALTER|CREATE|DROP) ' 'and the one that works'
    like "$out" "do: pid $blocker: may be ended" 'who may be ended'
    close_session 8 "$blocker"
    wait "$airflow"
    is $? 0 'it ends when the lock is free'
    airflow=
    mon real
    is "$status" 19 'and nothing is migrating any more'
else
    skip 'the real airflow db migrate' 'Airflow 2.11.2 cannot be installed here'
fi
finish_tests
