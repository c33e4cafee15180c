#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# switch_clock.t - the machine's date jumps by a day, forwards and backwards, in the middle of a
# switch (tests/fault/clock_jump.c, for airshift and all that it starts; blue is another machine).
# No wait ends early, none lasts longer, and the watchdog gives blue back as soon as without.
set -u
# shellcheck source=tests/db/switch_lib.sh
. "${srcdir:-.}/tests/db/switch_lib.sh"
command -v "${CC:-cc}" >/dev/null || skip_all 'switch_clock.t: no C compiler for the clock that jumps'
begin_switch_tests
"${CC:-cc}" -shared -fPIC -O1 -o "$base/clock_jump.so" "${srcdir:-.}/tests/fault/clock_jump.c" || {
    not_ok 'the clock that jumps is built'
    finish_tests
    exit 1
}
sed -i '/^\[spare\]/,/^\[airflow\]/{/^\[airflow\]/!d}' "$base/switch.conf" # one copy is enough
sed -i 's/^catch_up = .*/catch_up = 3\nwatchdog = 1\noutage = 600/' "$base/switch.conf"

DAY=86400
WATCHDOG_MS=3000 # beside the second that it waits for a resume

# Whatever waits for longer than that waits for the next day.
jumping() { # option of the tool ...
    CLOCK_JUMP=$base/jump LD_PRELOAD=$base/clock_jump.so timeout 60 "$SWITCH_TOOL" switch "$@" --config "$base/switch.conf"
}

jump_at() { # verb, point:moment, seconds [command that goes with it]
    rm -f "$base/jump"
    AIRSHIFT_TEST_RUN_AT=$2 AIRSHIFT_TEST_RUN="echo $3 >'$base/jump.new' && mv '$base/jump.new' '$base/jump'${4:+ && $4}" jumping "$1" >"$base/out" 2>&1
    status=$?
    [ -e "$base/jump" ] || not_ok "$2 was not reached" "$(cat "$base/out")"
}

serves() {
    [ "$(client "$BLUE_PORT" "INSERT INTO dag_run (dag_id) VALUES ('after') RETURNING 'written'")" = written ]
}
no_watchdog() { ! pgrep -f "switch watchdog=[0-9]+ --config $base/switch.conf" >/dev/null; }

echo "$DAY" >"$base/jump"
is "$(($(CLOCK_JUMP=$base/jump LD_PRELOAD=$base/clock_jump.so date +%s) - $(date +%s) > DAY - 60))" 1 'the date jumps'

for jump in "$DAY" "-$DAY"; do
    jump_at start fence.end:after "$jump"
    is "$status $(state)" '0 verified' "$jump s behind the fence: start"
    day=$(date -u -d "@$(($(date +%s) + jump))" +%Y-%m-%d)
    like "$(tail -n 1 "$base/state/journal")" "$day" "$jump s: the journal has the date that jumped"
    jump_at cutover commit.begin:after "$jump"
    is "$status $(state)" '0 switched' "$jump s at the point of no return: cutover"
    jump_at rollback fence_green.end:after "$jump"
    is "$status $(state)" '0 rolled_back' "$jump s on the way back: rollback"
    observe "$jump s"
    is "$masters" 10 "$jump s: blue is the only master"
    jumping finish >"$base/out" 2>&1
    rm -rf "$base/state"

    # A wait with a limit.
    rm -f "$base/jump"
    jumping start --until provisioned >"$base/out" 2>&1
    t0=$(now_ms)
    jump_at start hold.end:after "$jump" "$(pausing)" # the wait begins after that
    took=$(($(now_ms) - t0))
    is "$status $(state)" '10 unfenced' "$jump s: green does not catch up in time"
    is "$((took >= 3000 && took < 10000))" 1 "$jump s: the time to catch up is 3 s ($took ms)"
    private green "$GREEN_PORT" 'SELECT pg_wal_replay_resume()' >/dev/null

    # A death behind the fence, and the date jumps with it.
    AIRSHIFT_TEST_KILL_AT=drain.end:after jump_at start drain.end:after "$jump"
    is "$status" "$KILLED" "$jump s: airshift dies"
    t0=$(now_ms)
    await 20 serves
    took=$(($(now_ms) - t0))
    is "$((took >= 500 && took <= 1000 + WATCHDOG_MS))" 1 "$jump s: the watchdog waits a second, blue serves after $took ms"
    await 20 no_watchdog
    is "$(state)" unfenced "$jump s: unfenced"

    rm -f "$base/jump"
    jumping abort >"$base/out" 2>&1
    is "$? $(state)" '0 aborted' "$jump s: abort"
done

finish_tests
