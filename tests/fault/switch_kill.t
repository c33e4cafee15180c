#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# switch_kill.t - airshift is killed (SIGKILL) before and after every record of its journal
# and in the middle of the steps that change most; then it goes on and the result is the
# same, or it is aborted and the old master serves as before. An observer looks after every
# kill: there is never more than one server that a client can write on.
set -u
# shellcheck source=tests/db/switch_lib.sh
. "${srcdir:-.}/tests/db/switch_lib.sh"
begin_switch_tests
# Resuming is the subject: with a watchdog there would be nothing to resume.
sed -i 's#^state_directory.*#&\nwatchdog = no#' "$base/switch.conf"

# --- one run undisturbed: what it writes down, and what comes out ------------------------

rows=$(contents "$BLUE_PORT")
serve() {
    migrated=$(admin "$GREEN_PORT" "SELECT md5(string_agg(t::text, ',' ORDER BY id)) FROM dag_run t")
    client "$GREEN_PORT" "INSERT INTO dag_run (dag_id) SELECT 'lost' FROM generate_series(1, 5)" >/dev/null
}
undisturbed serve

# --- killed everywhere, and carried on ----------------------------------------------------

# Where steps change the most, in their middle too.
sed -e 's/^fact.green_cut$/&\npromote/' "$base/steps.start" >"$base/steps"
kill_through start verified <"$base/steps"
is "$masters" 00 'nobody writes while blue is fenced'
is "$(contents "$BLUE_PORT")" "$rows" 'blue is unchanged'
is "$(private green "$GREEN_PORT" "SELECT md5(string_agg(t::text, ',' ORDER BY id)) FROM dag_run t")" "$migrated" \
    'green is what it is without a kill'
is "$(private green "$GREEN_PORT" "SELECT string_agg(setting, ' ' ORDER BY name) FROM pg_settings WHERE name IN ('fsync', 'full_page_writes', 'wal_level', 'autovacuum')")" \
    'on on on replica' 'its durability is restored'

kill_through cutover switched <"$base/steps.cutover"
is "$masters" 01 'green is the only master'
is "$(admin "$GREEN_PORT" "SELECT md5(string_agg(t::text, ',' ORDER BY id)) FROM dag_run t")" "$migrated" \
    'green has its rows'
is "$(grep -c "@127.0.0.1:$GREEN_PORT/" "$base/clients.env")" 1 'the clients are on green'
client "$GREEN_PORT" "INSERT INTO dag_run (dag_id) SELECT 'lost' FROM generate_series(1, 5)" >/dev/null

kill_through rollback rolled_back <"$base/steps.rollback"
is "$masters" 10 'blue is the only master'
is "$(contents "$BLUE_PORT")" "$rows" 'blue has its rows'
is "$(grep -c "@127.0.0.1:$BLUE_PORT/" "$base/clients.env")" 1 'the clients are on blue'
is "$(zstd -qdc "$base/state/green-rows.sql.zst" | grep -c 'lost')" 5 'the archive has the rows'
printf '%s\n' clean.begin clean.end >"$base/steps"
kill_through finish finished <"$base/steps"
is "$(admin "$BLUE_PORT" 'SELECT count(*) FROM pg_replication_slots')" 0 'no slot is left'
is "$(ls -d "$base"/green* "$base"/spare* 2>/dev/null)" '' 'nothing of the replicas is left'
rm -rf "$base/state"

# --- killed where it hurts, and aborted ---------------------------------------------------

is_as_before() { # what has happened
    local left

    left=$(admin "$BLUE_PORT" "SELECT (SELECT count(*) FROM pg_replication_slots) || ' ' || datconnlimit || ' ' || (SELECT count(*) FROM pg_db_role_setting) FROM pg_database WHERE datname = 'airflow'")
    observe "$1"
    is "$(state) $masters $left $(ls -d "$base"/green* "$base"/spare* 2>/dev/null)" 'aborted 10 0 17 0 ' \
        "$1: blue serves, nothing is left"
    is "$(contents "$BLUE_PORT")" "$rows" "$1: its rows are intact"
}

cp "$base/switch.conf" "$base/switch.keep"
sed -i '/^\[spare\]/,/^\[airflow\]/{/^\[airflow\]/!d}' "$base/switch.conf" # one copy each is enough
for point in preflight.end:before copy:before provision.end:before fact.blue_read_only:after \
    fence.end:before drain.end:before catch_up.end:before cut:before promote:after fact.green_boot:after \
    detach.end:before migrate.end:before fact.green_synced:before restore.end:before \
    commit.end:before; do
    verb=start
    if [ "$point" = commit.end:before ]; then
        tool start >>"$base/out" 2>&1
        verb=cutover
    fi
    killed "$verb" "${point%:*}" "${point##*:}" || not_ok "$point was not reached"
    # The abort is killed too, once.
    killed abort undo.end before || not_ok "$point: abort did not get through"
    tool abort >>"$base/out" 2>&1 || tail -3 "$base/out" | sed 's/^/# /'
    is_as_before "$point, then abort"
done

cp "$base/switch.keep" "$base/switch.conf"

# --- killed at any time, and the servers with it -------------------------------------------

postmaster() { head -n 1 "$base/$1/postmaster.pid" 2>/dev/null; }

crash() { # role: the server and all its processes, as when the memory runs out
    local pid children

    pid=$(postmaster "$1")
    children=$(ps -o pid= --ppid "$pid")
    # shellcheck disable=SC2086
    kill -9 "$pid" $children
    await 10 eval "! kill -0 $pid 2>/dev/null"
}

kill_in_copy() {
    local pid

    "$SWITCH_TOOL" switch start --config "$base/switch.conf" >>"$base/out" 2>&1 &
    pid=$!
    await 30 test -e "$base/green/base" || not_ok 'the copy did not begin'
    kill -9 "$pid"
    wait "$pid" 2>/dev/null
}

kill_in_copy
tool abort >>"$base/out" 2>&1 || tail -3 "$base/out" | sed 's/^/# /'
is_as_before 'killed in the middle of a copy, then abort'
kill_in_copy
tool start --until detached >>"$base/out" 2>&1
is $? 0 'killed in the middle of a copy: it is made again'
crash green
tool resume >>"$base/out" 2>&1
is "$? $(state)" '0 verified' 'green crashed before its migration: resume goes on'
crash green
crash spare
crash blue
as_server "$bin/pg_ctl" -D "$base/blue" -w -l "$base/blue.log" start >/dev/null 2>&1
observe 'a crash of all servers'
is "$masters" 00 'the fence outlives a crash of blue'
tool cutover >>"$base/out" 2>&1
is "$? $(state)" '0 switched' 'all servers crashed after the verification: cutover'
client "$GREEN_PORT" "INSERT INTO dag_run (dag_id) SELECT 'lost' FROM generate_series(1, 3)" >/dev/null
crash green
tool rollback >"$base/out" 2>&1
is "$? $(state)" '0 rolled_back' 'green crashed after the cutover: rollback'
like "$(cat "$base/out")" '^3 rows of 1 tables' 'the archive has the rows though the counters are lost'
like "$(cat "$base/out")" 'is not known' 'it says that deletes cannot be counted'
observe 'the last rollback'
is "$masters" 10 'blue serves'

tool finish >>"$base/out" 2>&1
rm -rf "$base/state"

# --- back from right behind the point of no return ------------------------------------------

for point in commit.end:after open.end:before repoint.end:before; do
    tool start >>"$base/out" 2>&1
    killed cutover "${point%:*}" "${point##*:}" || not_ok "$point was not reached"
    tool abort >>"$base/out" 2>&1
    is $? 7 "$point: no abort any more"
    tool rollback >>"$base/out" 2>&1
    observe "$point, then rollback"
    is "$? $(state) $masters" '0 rolled_back 10' "$point, then rollback: blue serves"
    is "$(contents "$BLUE_PORT")" "$rows" "$point, then rollback: its rows are intact"
    is "$(grep -c "@127.0.0.1:$BLUE_PORT/" "$base/clients.env")" 1 "$point, then rollback: the clients are on blue"
    tool finish >>"$base/out" 2>&1
    rm -rf "$base/state"
done

finish_tests
