#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# switch_watchdog.t - airshift is killed (SIGKILL) wherever blue is fenced; its watchdog gives
# blue back to the clients, says so in the journal, and from there the switch can be begun anew
# or aborted. From the point of no return on it keeps its hands off.
set -u
# shellcheck disable=SC2015
# shellcheck source=tests/db/switch_lib.sh
. "${srcdir:-.}/tests/db/switch_lib.sh"
begin_switch_tests

LIMIT_MS=3000
sed -i '/^\[spare\]/,/^\[airflow\]/{/^\[airflow\]/!d}' "$base/switch.conf" # one copy each is enough
sed -i 's#^drain = .*#&\nwatchdog = 0.2#' "$base/switch.conf"

serves() {
    [ "$(client "$BLUE_PORT" "INSERT INTO dag_run (dag_id) VALUES ('after') RETURNING 'written'")" = written ]
}

watchdogs() { pgrep -f "switch watchdog=[0-9]+ --config $base/switch.conf"; }
no_watchdog() { ! watchdogs >/dev/null; }

longest=0
gives_back() { # t0 in ms, what has happened, the state after it
    local took

    await 20 serves
    took=$(($(now_ms) - $1))
    [ "$took" -le "$longest" ] || longest=$took
    [ "$took" -le "$LIMIT_MS" ] && ok "$2: blue takes writes after $took ms" ||
        not_ok "$2: blue takes writes after $took ms" "$(cat "$base/state/watchdog.log")"
    await 20 no_watchdog
    is "$(state)" "$3" "$2: $3"
    observe "$2"
}

killed_at() { # verb, point:moment
    killed "$1" "${2%:*}" "${2##*:}" || not_ok "$2 was not reached"
}

# --- green still follows: blue serves, and the same replicas serve another try ---------------

for point in fact.blue_read_only:after fence.end:before fence.end:after drain.end:before \
    catch_up.begin:after catch_up.end:before; do
    killed_at start "$point"
    gives_back "$(now_ms)" "$point" unfenced
done
like "$(tool status)" '^watchdog +lifted blue.s fence: airshift had died in the state "drained", in the action "catch_up"' \
    'status says who lifted the fence, and why'
like "$(cat "$base/state/journal")" 'event=abandoned' 'and so does the journal'
is "$(private green "$GREEN_PORT" 'SELECT pg_is_in_recovery()')" t 'green follows blue'

# --- green is stale: it is never used --------------------------------------------------------

for point in catch_up.end:after cut:before promote:after detach.end:after migrate.end:after restore.end:after \
    verify.end:before commit.begin:after commit.end:before; do
    verb=start
    if [ "${point%.*}" = commit ]; then
        tool start >>"$base/out" 2>&1
        verb=cutover
    fi
    killed_at "$verb" "$point"
    gives_back "$(now_ms)" "$point" given_up
    case $point in
    cut:before)
        for verb in cutover resume; do
            tool "$verb" >"$base/out" 2>&1
            is $? 7 "$verb with a stale green is refused"
        done
        tool abort >>"$base/out" 2>&1
        is "$? $(state)" '0 aborted' 'given up, then abort'
        is "$(ls -d "$base"/green* 2>/dev/null)" '' 'nothing of green is left'
        ;;
    promote:after)
        killed_at start undo.end:before
        is "$(state)" given_up 'killed in the beginning anew: nothing is lost'
        ;;
    esac
done
tool start --until caught_up >>"$base/out" 2>&1
is "$? $(state)" '0 caught_up' 'start begins anew'
is "$(private green "$GREEN_PORT" "SELECT count(*) FROM dag_run WHERE dag_id = 'after'")" \
    "$(admin "$BLUE_PORT" "SELECT count(*) FROM dag_run WHERE dag_id = 'after'")" 'with a green that has everything'
no_watchdog && ok 'a command that has ended leaves no watchdog' || not_ok 'a command that has ended leaves no watchdog'
is "$(client "$BLUE_PORT" 'SELECT 1' | grep -c 'too many')" 1 'and what it left stays fenced'
killed_at abort undo.begin:after
gives_back "$(now_ms)" 'killed in an abort' aborted

# --- the whole process group, the watchdog itself, both ----------------------------------------

begin_drained() { # in the background, in a group of its own; $pid
    [ "$(state)" = unfenced ] || tool start --until provisioned >>"$base/out" 2>&1
    private green "$GREEN_PORT" 'SELECT pg_wal_replay_resume()' >/dev/null
    AIRSHIFT_TEST_RUN_AT=hold.end:after AIRSHIFT_TEST_RUN="$(pausing)" setsid "$SWITCH_TOOL" switch start --config "$base/switch.conf" >"$base/out" 2>&1 &
    pid=$!
    is_drained() { [ "$(state)" = drained ]; }
    await 20 is_drained || not_ok 'it did not drain'
}

begin_drained
kill -9 -- "-$pid"
gives_back "$(now_ms)" 'the process group is killed' unfenced
wait "$pid" 2>/dev/null
begin_drained
kill -9 "$(watchdogs)"
private green "$GREEN_PORT" 'SELECT pg_wal_replay_resume()' >/dev/null
wait "$pid"
is "$? $(state)" '0 verified' 'the watchdog is killed: airshift goes on'
like "$(cat "$base/out")" 'another one is started' 'with another one'
tool abort >>"$base/out" 2>&1
begin_drained
kill -9 "$(watchdogs)" "$pid"
wait "$pid" 2>/dev/null
observe 'both are killed'
is "$masters $(state)" '00 drained' 'both are killed: blue stays fenced'
tool abort >>"$base/out" 2>&1
is "$? $(state)" '0 aborted' 'until somebody says abort'

# --- somebody goes on in time; no watchdog wanted; blue down -----------------------------------

sed -i 's/^watchdog = .*/watchdog = 30/' "$base/switch.conf"
killed_at start detach.end:after
tool resume >>"$base/out" 2>&1
is "$? $(state)" '0 verified' 'resumed in time'
await 20 no_watchdog && ok 'the first watchdog leaves it to the second' ||
    not_ok 'the first watchdog leaves it to the second'
observe 'a resume in time'
is "$masters $(state)" '00 verified' 'blue stays fenced, green is ready'
sed -i 's/^watchdog = .*/watchdog = 0.2/' "$base/switch.conf"
killed_at cutover commit.end:after
await 20 no_watchdog
like "$(cat "$base/state/watchdog.log")" 'nothing to do in the state "committed"' \
    'behind the point of no return it does nothing'
observe 'killed behind the point of no return'
is "$masters" 00 'blue stays fenced there'
tool resume >>"$base/out" 2>&1
is "$? $(state)" '0 switched' 'and the cutover is resumed'
tool rollback >>"$base/out" 2>&1
tool finish >>"$base/out" 2>&1
rm -rf "$base/state"

AIRSHIFT_TEST_KILL_AT=drain.end:after "$SWITCH_TOOL" switch start --no-watchdog --config "$base/switch.conf" \
    >>"$base/out" 2>&1
no_watchdog && ok '--no-watchdog: there is none' || not_ok '--no-watchdog: there is none'
observe '--no-watchdog'
is "$masters $(state)" '00 drained' '--no-watchdog: blue stays fenced'
sed -i 's/^watchdog = .*/watchdog = 1/' "$base/switch.conf"
killed_at resume catch_up.end:after
stop_server "$base/blue"
await 20 grep -q '^airshift: error.*blue' "$base/state/watchdog.log" ||
    await 1 grep -q 'error' "$base/state/watchdog.log" || not_ok 'it did not try' "$(cat "$base/state/watchdog.log")"
as_server "$bin/pg_ctl" -D "$base/blue" -w -l "$base/blue.log" start >/dev/null 2>&1
is_given_up() { [ "$(state)" = given_up ]; }
await 60 is_given_up
serves && ok 'blue was down: it is tried again until it serves' ||
    not_ok 'blue was down: it is tried again until it serves' "$(cat "$base/state/watchdog.log")"
await 20 no_watchdog
tool abort >>"$base/out" 2>&1

# --- an outage that is too long ------------------------------------------------------------------

sed -i 's/^watchdog = .*/watchdog = 0.2\noutage = 1/' "$base/switch.conf"
printf '#!/bin/sh\nexec sleep 600\n' >"$base/migrate"
tool start >>"$base/out" 2>&1
is $? "$KILLED" 'an outage longer than [timeouts] outage is ended'
gives_back "$(now_ms)" 'an outage that is too long' given_up
is "$(grep -c "$ADMIN_PASSWORD\|$ADMIN_PASSWORD_URL" "$base/state/watchdog.log")" 0 'no password in its log'
echo "# longest: $longest ms"

finish_tests
