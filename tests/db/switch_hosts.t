#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# switch_hosts.t - a switch with clients that know both servers by their URL and want the one
# that writes (target_session_attrs=read-write), whichever it names first: with
# [repoint] hosts = yes they find green after the cutover and blue after the rollback, nobody
# else tells them, and no acknowledged row is lost.
# shellcheck disable=SC2015
set -u
# shellcheck source=tests/db/switch_lib.sh
. "${srcdir:-.}/tests/db/switch_lib.sh"
# shellcheck source=tests/db/ledger_lib.sh
. "${srcdir:-.}/tests/db/ledger_lib.sh"
begin_switch_tests
trap 'stop_ledgers; clean_up' EXIT

sed -i "/^\[repoint\]/,/^\[switch\]/{/^file\|^hook/d}" "$base/switch.conf"
refused 's#^\[repoint\]#&\nhosts = maybe#' 3 'yes or no' 'what is neither yes nor no'
sed -i 's#^\[repoint\]#&\nhosts = yes#' "$base/switch.conf"

both() { # port port
    echo "host=127.0.0.1,127.0.0.1 port=$1,$2 target_session_attrs=read-write user=airflow dbname=airflow"
}
found() { # the port to which both kinds of client come
    local ports server

    for ports in "$BLUE_PORT $GREEN_PORT" "$GREEN_PORT $BLUE_PORT"; do
        # shellcheck disable=SC2086 # two words
        server=$(PGPASSWORD=$CLIENT_PASSWORD "$bin/psql" -XAtq "$(both $ports)" -c 'SELECT inet_server_port()' 2>&1)
        [ "$server" = "$1" ] || return 1
    done
}
found "$BLUE_PORT" && ok 'before, they find blue' || not_ok 'before, they find blue'

make_ledger_table
start_ledger "$(both "$BLUE_PORT" "$GREEN_PORT")" "$base/blue-first" 1 4 100
start_ledger "$(both "$GREEN_PORT" "$BLUE_PORT")" "$base/green-first" 11 4 100
all_go_on() { await_acknowledged "$base/blue-first" 50 && await_acknowledged "$base/green-first" 50; }
goes_on() { # description
    all_go_on && ok "$1" || not_ok "$1" "$(tail -n 1 "$base/blue-first" "$base/green-first")"
}
all_go_on
tool start >"$base/out" 2>&1
is "$? $(state)" '0 verified' 'start under load' || cat "$base/out"
observe 'the start'
is "$masters" 00 'no client can write anywhere then'
tool cutover >"$base/out" 2>&1
is "$? $(state)" '0 switched' 'cutover under load' || cat "$base/out"
like "$(cat "$base/out")" 'clients repointed to green by the hosts of their URL' 'which is told'
goes_on 'the clients write again'
found "$GREEN_PORT" && ok 'on green' || not_ok 'on green'
observe 'the cutover'
is "$masters" 01 'and there only'
like "$(client "$BLUE_PORT" "UPDATE dag_run SET state = 'x'")" 'read-only transaction' 'blue refuses them'
is "$(admin "$BLUE_PORT" "SELECT datconnlimit FROM pg_database WHERE datname = 'airflow'")" 17 'as many as before may read there'

# Who has come to blue meanwhile could not write there for the rest of its session.
open_session reader 'SELECT 1;' 1
tool rollback >"$base/out" 2>&1
is "$? $(state)" '0 rolled_back' 'rollback under load' || cat "$base/out"
like "$(cat "$base/out")" '1 sessions that read on blue are ended' 'one that reads on blue is ended'
exec 4>&-
wait $!
goes_on 'the clients write again'
found "$BLUE_PORT" && ok 'on blue' || not_ok 'on blue'
observe 'the rollback'
is "$masters" 10 'and there only'
rows_in_archive >"$base/archived"
tool finish >"$base/out" 2>&1
is "$? $(state)" '0 finished' 'finish' || cat "$base/out"
rm -rf "$base/state"

# --- killed on the way; blue that is gone ---------------------------------------------------

tool start >"$base/out" 2>&1
for point in commit.end:after repoint.begin:after repoint.end:before; do
    killed "$(verb_now cutover)" "${point%:*}" "${point##*:}" || not_ok "$point was not reached"
    observe "$point"
done
tool resume >"$base/out" 2>&1
is "$? $(state)" '0 switched' 'killed all through the cutover: resume leads the clients to green' || cat "$base/out"
goes_on 'where they write'
for point in fence_green.begin:after repoint_back.begin:after repoint_back.end:before; do
    killed "$(verb_now rollback)" "${point%:*}" "${point##*:}" || not_ok "$point was not reached"
    observe "$point"
done
tool resume >"$base/out" 2>&1
is "$? $(state)" '0 rolled_back' 'killed all through the rollback: resume leads them to blue' || cat "$base/out"
goes_on 'where they write'
rows_in_archive >>"$base/archived"
tool finish >"$base/out" 2>&1
rm -rf "$base/state"

tool start >"$base/out" 2>&1
killed cutover repoint.begin before || not_ok 'the repointing was not reached'
stop_server "$base/blue"
tool resume >"$base/out" 2>&1
is "$? $(state)" '0 switched' 'a blue that has died does not stop the cutover' || cat "$base/out"
like "$(cat "$base/out")" 'blue is not opened for reading' 'and is told'
goes_on 'the clients pass by it'
as_server "$bin/pg_ctl" -D "$base/blue" -w -l "$base/blue.log" start >/dev/null
observe 'the start of blue'
is "$masters" 01 'when it runs again it takes nobody who writes'
tool rollback >"$base/out" 2>&1
is "$? $(state)" '0 rolled_back' 'and it can be gone back to' || cat "$base/out"
goes_on 'the clients write there'
stop_ledgers
{
    rows_on "$BLUE_PORT"
    rows_in_archive
    cat "$base/archived"
} | LC_ALL=C sort >"$base/there"
ledger_is_true 'there and back, three times' "$base/there" "$base/blue-first" "$base/green-first"

finish_tests
