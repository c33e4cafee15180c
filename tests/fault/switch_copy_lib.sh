# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# switch_copy_lib.sh - what the tests of a copy that is cut share. Sourced after the engine's switch
# library; the test has slowly, fast, is_half, writes, left_on_blue and nothing_left.
#
# shellcheck disable=SC2154,SC2034,SC2015,SC2317 # base and the like are switch_lib.sh's; ok always succeeds

tool_pid=0
kill_tool() { kill -9 "$tool_pid"; }

# Until it is gone from the table of processes: before that, no other server may start in its place.
kill_server() { # pid
    kill -9 "$1"
    is_gone() { ! kill -0 "$1" 2>/dev/null; }
    await 20 is_gone "$1" || not_ok 'a server that was killed is gone' "$(ps -o pid,ppid,stat,cmd -p "$1")"
}

# A start, into the middle of whose copy a command comes; `took` is how long it goes on after that.
cut_copy() { # command, exit code, description, what puts the world right again
    local t0 status

    slowly
    "$SWITCH_TOOL" switch start --until provisioned --config "$base/switch.conf" >"$base/out" 2>&1 &
    tool_pid=$!
    await 60 is_half || not_ok "$3: no copy begins" "$(cat "$base/out")"
    kill -0 "$tool_pid" 2>/dev/null && [ "$(state)" = preflighted ] || not_ok "$3: the copy is under way" "$(cat "$base/out")"
    before=$(contents "$BLUE_PORT")
    t0=$(now_ms)
    "$1"
    wait "$tool_pid" 2>/dev/null
    status=$?
    took=$(($(now_ms) - t0))
    is "$status $(state)" "$2 preflighted" "$3: exit code and state"
    [ "$2" = "$KILLED" ] || like "$(cat "$base/out")" '^(airshift: )?error: provision: green: .*[a-z]' "$3: and says so"
    [ -z "${4:-}" ] || "$4"
    is "$(contents "$BLUE_PORT")" "$before" "$3: blue is unchanged"
    writes "$3"
    fast
}

no_program() { ! pgrep -f -- "$base/green" >/dev/null; }

# Nothing of the copy is left, nowhere.
aborts() { # description
    tool abort >"$base/out" 2>&1
    is "$? $(state)" '0 aborted' "$1: abort"
    is "$(ls -d "$base/green" "$base/green-airshift" 2>/dev/null)" '' "$1: abort removes the files"
    await 10 no_program && ok "$1: no program of it runs" || not_ok "$1: no program of it runs" "$(pgrep -af -- "$base/green")"
    has_left_blue() { [ "$(left_on_blue)" = "$nothing_left" ]; }
    await 10 has_left_blue && ok "$1: nothing is left on blue" || not_ok "$1: nothing is left on blue" "$(left_on_blue)"
    writes "$1, aborted"
}

# The same command makes a whole copy, which follows blue; then it goes.
starts_again() { # description
    tool start --until provisioned >"$base/out" 2>&1
    is "$? $(state)" '0 provisioned' "$1: start makes the copy"
    [ "$(state)" = provisioned ] || sed 's/^/#   /' "$base/out"
    has_all() { [ "$(rows_on_green)" = "$(rows_on_blue)" ]; }
    await 20 has_all && ok "$1: green has all of blue" || not_ok "$1: green has all of blue" "$(rows_on_green) $(rows_on_blue)"
    aborts "$1, then made"
}

rows_on_blue() { admin "$BLUE_PORT" 'SELECT count(*) FROM dag_run'; }
rows_on_green() { private green "$GREEN_PORT" 'SELECT count(*) FROM dag_run'; }
