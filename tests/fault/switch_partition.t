#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# switch_partition.t - the network between blue, green and airshift loses every packet (nobody is
# reset) at the states of a switch where it matters. Each command ends within seconds with an
# error that says so, blue is given back where it can be reached, as soon as it can be, there are
# never two masters, and after the network is back the switch goes on or is undone. Blue is behind
# a router of the test's own, in a network namespace (tests/lib/partition.sh); green is where
# airshift is, but speaks to blue from an address of its own.
set -u
# shellcheck source=tests/fault/switch_blue_apart.sh
. "${srcdir:-.}/tests/fault/switch_blue_apart.sh"

begin_switch_tests
prepare_partition

serves() {
    [ "$(client "$BLUE_PORT" "INSERT INTO dag_run (dag_id) VALUES ('after') RETURNING 'written'")" = written ]
}

"$base/cut" tool
is "$(PGPASSWORD=$ADMIN_PASSWORD PGCONNECT_TIMEOUT=2 "$bin/psql" -XAtq -h "$BLUE_HOST" -p "$BLUE_PORT" -U admin -d airflow \
    -c 'SELECT 1' 2>&1 | grep -c 'timeout expired')" 1 'a network that is cut says nothing'
heal
is "$(PGPASSWORD=$ADMIN_PASSWORD PGCONNECT_TIMEOUT=2 "$bin/psql" -XAtq -h "$BLUE_HOST" -p "$BLUE_PORT" -U admin -d airflow \
    -c 'SELECT 1' 2>&1)" 1 'and is whole again'

# --- before the fence: blue serves all the time ------------------------------------------------

cut_at start hold.end:after tool 4 unfenced 'before the fence'
is "$masters" 10 'before the fence: blue serves'
heal

# --- the fence: asked for and not heard, closed and not heard of, closed ------------------------

cut_at start fact.blue_read_only:after tool 4 unfencing 'the fence is not heard'
is "$masters" 10 'the fence is not heard: blue serves'
heal
await 20 no_watchdog
is "$(state)" unfenced 'the fence is not heard: unfenced'

# The statement is on its way in the server when the network is cut: it waits for a row.
mkfifo "$base/row.sql"
PGPASSWORD=$ADMIN_PASSWORD partition_blue "$bin/psql" -Xtq -h 127.0.0.1 -p "$BLUE_PORT" -U admin -d postgres -f "$base/row.sql" \
    >"$base/row.out" 2>&1 &
holder=$!
exec 5>"$base/row.sql"
printf '%s\n' 'BEGIN; ALTER DATABASE airflow CONNECTION LIMIT 17;' '\echo held' >&5
await 10 grep -q held "$base/row.out"
tool start >"$base/out" 2>&1 &
pid=$!
fence_waits() { [ "$(admin "$BLUE_PORT" "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query ~ 'CONNECTION LIMIT 0'")" = 1 ]; }
await 20 fence_waits || not_ok 'the fence waits' "$(cat "$base/out")"
"$base/cut" tool
t0=$(now_ms)
exec 5>&-
wait "$holder"
is_fenced() { [ "$(admin "$BLUE_PORT" "SELECT datconnlimit FROM pg_database WHERE datname = 'airflow'")" = 0 ]; }
await 10 is_fenced || not_ok 'the fence closes'
wait "$pid"
is "$? $(state)" '4 unfencing' 'the fence closes, and its answer is lost: exit code and state'
within "$(since "$t0")" "$LIMIT_MS" 'the fence closes, and its answer is lost: start ends'
observe 'the fence closes, and its answer is lost'
comes_back unfenced 'the fence closes, and its answer is lost'

cut_at start fence.end:after tool 4 unfencing 'fenced'
like "$(cat "$base/out")" 'the watchdog goes on' 'fenced: and says who goes on'
comes_back unfenced fenced

# --- blue and green do not hear each other: airshift lifts the fence itself ----------------------

cut_at start fence.end:after green 10 unfenced 'green is cut off' 'replay'
is "$masters" 10 'green is cut off: blue serves, though the network is cut'
like "$(cat "$base/out")" 'hint: Does green still reach blue' 'green is cut off: and the hint says where to look'
heal
cut_at start drain.begin:after all 4 unfencing 'draining, all is cut'
comes_back unfenced 'draining, all is cut'

# --- airshift is killed while the network is cut: nobody tells blue --------------------------------

kill_cut start fence.end:after tool
observe killed
await 10 grep -q 'error: .*no connection' "$base/state/watchdog.log" || not_ok 'killed: the watchdog tries'
comes_back unfenced killed

kill_cut start fence.end:after tool --no-watchdog
observe 'killed without a watchdog'
is "$masters $(state)" '00 fenced' 'killed without a watchdog: blue stays fenced'
heal
tool resume >"$base/out" 2>&1
is "$? $(state)" '0 verified' 'killed without a watchdog: resume goes on, though blue still has the old session' || cat "$base/out"
is "$(grep -c 'error' "$base/out")" 0 'without an error'

# --- an abort; green detaches; detached -------------------------------------

"$base/cut" all
t0=$(now_ms)
tool abort >"$base/out" 2>&1
is "$? $(state)" '4 aborting' 'an abort while all is cut: exit code and state'
within "$(since "$t0")" "$LIMIT_MS" 'an abort while all is cut ends'
observe 'an abort while all is cut'
is "$masters" 00 'an abort while all is cut: blue is still fenced'
heal
tool resume >"$base/out" 2>&1
is "$? $(state)" '0 aborted' 'resume ends the abort'
observe 'the abort'
is "$masters" 10 'and blue serves'

cut_at start catch_up.end:after all 4 caught_up 'cut when green detaches'
is "$masters" 00 'cut when green detaches: blue stays fenced'
heal
AIRSHIFT_TEST_RUN_AT=detach.end:after AIRSHIFT_TEST_RUN="'$base/cut' all" tool resume >"$base/out" 2>&1
is "$? $(state)" '0 verified' 'resume goes on, and from then on needs no blue' || cat "$base/out"
t0=$(now_ms)
tool cutover >"$base/out" 2>&1
is "$? $(state)" '4 verified' 'no cutover without a look at blue'
within "$(since "$t0")" "$LIMIT_MS" 'the cutover ends'
heal

# --- right before and right after the point of no return -------------------------------------------

on_green() { client "$GREEN_PORT" "INSERT INTO dag_run (dag_id) VALUES ('on green')" >/dev/null; }
around_no_return on_green
tool finish >"$base/out" 2>&1
rm -rf "$base/state"

# --- a signal in the middle of a wait for a server that is gone --------------------------------------

# The timeouts of the URL go before those of the switch: with these nothing but the signal ends it.
sed -i 's/$/?tcp_user_timeout=300000\&keepalives_idle=300\&connect_timeout=2/' "$base/blue.url"
AIRSHIFT_TEST_RUN_AT=fence.end:after AIRSHIFT_TEST_RUN="'$base/cut' tool; touch '$base/cut.at'" \
    "$SWITCH_TOOL" switch start --config "$base/switch.conf" >"$base/out" 2>&1 &
pid=$!
await 60 test -e "$base/cut.at" || not_ok 'fence.end was not reached'
waits() { ss -Htn state established dst "$BLUE_HOST" | awk '$2 > 0 { found = 1 } END { exit !found }'; } # for an acknowledgement
await 10 waits || not_ok 'it waits for an answer'
t0=$(now_ms)
kill -TERM "$pid"
wait "$pid"
is "$? $(state)" '11 unfencing' 'SIGTERM ends the wait for a server that is gone: exit code and state'
within "$(since "$t0")" 30000 'it ends'
observe 'a signal while it is cut'
comes_back unfenced 'a signal while it is cut'
tool abort >"$base/out" 2>&1
is "$? $(state)" '0 aborted' 'and all is undone'
is "$(admin "$BLUE_PORT" 'SELECT count(*) FROM pg_replication_slots')" 0 'no slot is left on blue'
echo "# the longest command ended $longest ms after the cut"

finish_tests
