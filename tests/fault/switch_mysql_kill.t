#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# switch_mysql_kill.t - on MySQL, airshift is killed (SIGKILL) before and after every record of
# its journal and in the middle of the steps that change most; then it goes on and the result is
# the same, or it is aborted and the old master serves as before. An observer looks after every
# kill: there is never more than one server that a client can write on. The servers are killed,
# too, and the watchdog gives blue back where airshift has died for good.
# shellcheck disable=SC2015
set -u
# shellcheck source=tests/db/switch_mysql_lib.sh
. "${srcdir:-.}/tests/db/switch_mysql_lib.sh"
begin_switch_mysql_tests
sed -i 's#^state_directory.*#&\nwatchdog = no#' "$base/switch.conf"
cp "$base/switch.conf" "$base/switch.two"
sed -i '/^\[spare\]/,/^\[airflow\]/{/^\[airflow\]/!d}' "$base/switch.conf" # one copy is enough

# --- one run undisturbed: what it writes down, and what comes out ------------------------

rows=$(contents "$BLUE_PORT")
undisturbed true

# --- killed everywhere, and carried on ----------------------------------------------------

sed -e 's/^fact.green_cut$/&\npromote/' "$base/steps.start" >"$base/steps"
kill_through start verified <"$base/steps"
is "$masters" 00 'nobody writes while blue is fenced'
is "$(contents "$BLUE_PORT")" "$rows" 'blue is unchanged'
is "$(private green "$GREEN_PORT" 'SELECT @@log_bin, @@super_read_only, @@innodb_redo_log_capacity' | tr '\t' ' ')" \
    '1 0 67108864' "green's settings are its own"
kill_through cutover switched <"$base/steps.cutover"
is "$masters" 01 'green is the only master'
is "$(grep -c "@127.0.0.1:$GREEN_PORT/" "$base/clients.env")" 1 'the clients are on green'
client "$GREEN_PORT" "INSERT INTO variable (\`key\`, val, is_encrypted) VALUES ('lost 1', '', 0), ('lost 2', '', 0)" >/dev/null
kill_through rollback rolled_back <"$base/steps.rollback"
is "$masters" 10 'blue is the only master'
is "$(contents "$BLUE_PORT")" "$rows" 'blue has its rows'
is "$(grep -c "@127.0.0.1:$BLUE_PORT/" "$base/clients.env")" 1 'the clients are on blue'
is "$(zstd -qdc "$base/state/green-rows.sql.zst" | grep -o "lost [12]" | sort -u | wc -l)" 2 'the archive has the rows'
printf '%s\n' clean.begin clean.end >"$base/steps"
kill_through finish finished <"$base/steps"
is "$(ls -d "$base"/green* 2>/dev/null)" '' 'nothing of the replica is left'
rm -rf "$base/state"

# --- killed where it hurts, and aborted ---------------------------------------------------

is_as_before() { # what has happened
    observe "$1"
    is "$(state) $masters $(admin "$BLUE_PORT" 'SELECT count(*) FROM performance_schema.persisted_variables') $(ls -d "$base"/green* 2>/dev/null)" \
        'aborted 10 0 ' "$1: blue serves, nothing is left"
    is "$(pgrep -f -c -- "--loose-airshift-phase=.*$base")" 0 "$1: no server of ours is left"
    is "$(contents "$BLUE_PORT")" "$rows" "$1: its rows are intact"
}

for point in copy:before copy:empty copy:clone copy:after provision.end:before fact.blue_read_only:after \
    fence.end:before cut:before promote:after detach.end:before restore.end:before; do
    killed start "${point%:*}" "${point##*:}" || not_ok "$point was not reached"
    killed abort undo.end before || not_ok "$point: abort did not get through"
    tool abort >>"$base/out" 2>&1 || tail -3 "$base/out" | sed 's/^/# /'
    is_as_before "$point, then abort"
done

# --- killed in the middle of a copy: it is made again; the servers are killed, too ----------

server_of() { # role
    local pid

    for pid in $(pgrep -f -- "mysqld.*$base/$1"); do
        [ "$(readlink "/proc/$pid/cwd")" != "$base/$1" ] || echo "$pid"
    done
}

crash() { # role
    local pid

    pid=$(server_of "$1")
    kill -9 "$pid"
    await 10 eval "! kill -0 $pid 2>/dev/null"
}

killed start copy clone || not_ok 'copy:clone was not reached'
is "$(server_of green | wc -l)" 1 'the server that was to be cloned into runs on'
tool start --until detached >>"$base/out" 2>&1
is "$? $(state)" '0 detached' 'killed in the middle of a copy: it is made again'
crash green
tool resume >>"$base/out" 2>&1
is "$? $(state)" '0 verified' 'green crashed before its migration: resume goes on'
crash green
my_kill
my_restart "${BLUE_SETTINGS[@]}"
observe 'a crash of all servers'
is "$masters" 00 'the fence outlives a crash of blue'
tool cutover >>"$base/out" 2>&1
is "$? $(state)" '0 switched' 'all servers crashed after the verification: cutover'
client "$GREEN_PORT" "INSERT INTO variable (\`key\`, val, is_encrypted) VALUES ('lost 3', '', 0)" >/dev/null
crash green
tool rollback >"$base/out" 2>&1
is "$? $(state)" '0 rolled_back' 'green crashed after the cutover: rollback'
like "$(zstd -qdc "$base/state/green-rows.sql.zst")" 'lost 3' 'the archive has its row'
observe 'the last rollback'
is "$masters" 10 'blue serves'
tool finish >>"$base/out" 2>&1
rm -rf "$base/state"

# --- the watchdog gives blue back -----------------------------------------------------------

sed -i 's/^watchdog = no/watchdog = yes/; s#^drain = .*#&\nwatchdog = 0.2#' "$base/switch.conf"
blue_serves() { [ "$(client "$BLUE_PORT" 'SELECT 1')" = 1 ] && is_writable "$BLUE_PORT"; }
settled() { [ "$(state)" = "$1" ]; }
for point in fence.end:after:unfenced catch_up.begin:after:unfenced promote:after:given_up verify.end:before:given_up; do
    at=${point%:*}
    killed start "${at%:*}" "${at##*:}" || not_ok "$at was not reached"
    t0=$(now_ms)
    await 20 blue_serves && ok "$at: blue takes writes after $(($(now_ms) - t0)) ms" || not_ok "$at: blue takes writes"
    await 20 settled "${point##*:}"
    is "$(state)" "${point##*:}" "$at: ${point##*:}"
done
tool abort >>"$base/out" 2>&1
is_as_before 'given up, then abort'
finish_tests
