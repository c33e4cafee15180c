# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# switch_partition_lib.sh - what the tests of a switch over a network that is cut share. Sourced
# after partition.sh and the engine's switch library; the test has "serves" (blue takes a write).
#
# shellcheck disable=SC2154 # base and the like are switch_lib.sh's

LIMIT_MS=15000 # of a command that meets a network that is cut; its own timeouts are 2 s and 4 s

heal() { "$base/cut" none; }

# The observer stands beside each server, whatever is cut between them.
beside() { # port command ...
    if [ "$1" = "$BLUE_PORT" ]; then
        partition_blue "${@:2}"
    else
        "${@:2}"
    fi
}

# Short timeouts, one copy, and what cuts.
prepare_partition() {
    partition_write_cut "$base/cut"
    sed -i '/^\[spare\]/,/^\[airflow\]/{/^\[airflow\]/!d}' "$base/switch.conf"
    sed -i -e 's/^catch_up = .*/catch_up = 4\nconnect = 2\nwatchdog = 0.2/' \
        -e 's/^\[green\]/&\nlisten_addresses = 127.0.0.1/' "$base/switch.conf"
}

no_watchdog() { ! pgrep -f "switch watchdog=[0-9]+ --config $base/switch.conf" >/dev/null; }

since() { echo $(($(now_ms) - $1)); } # t0 in ms

within() { # took limit description
    if [ "$1" -le "$2" ]; then
        ok "$3 after $1 ms"
    else
        not_ok "$3 after $1 ms" "$(cat "$base/out" "$base/state/watchdog.log" 2>/dev/null)"
    fi
}

longest=0
took=0
# The network is cut right at that record of the journal.
cut_at() { # verb, point:moment, what, exit code, state, description
    local status

    AIRSHIFT_TEST_RUN_AT=$2 AIRSHIFT_TEST_RUN="'$base/cut' $3; date +%s%3N >'$base/cut.at'" tool "$1" >"$base/out" 2>&1
    status=$?
    if [ ! -s "$base/cut.at" ]; then
        not_ok "$6: $2 was not reached" "$(cat "$base/out")"
        return
    fi
    took=$(since "$(cat "$base/cut.at")")
    rm "$base/cut.at"
    [ "$took" -le "$longest" ] || longest=$took
    is "$status $(state)" "$4 $5" "$6: exit code and state"
    within "$took" "$LIMIT_MS" "$6: $1 ends"
    [ "$4" -eq 0 ] || like "$(cat "$base/out")" "^(airshift: )?error: .*${7:-(connection to|no connection).*$BLUE_HOST}" \
        "$6: the error names what is not reached"
    observe "$6"
}

# Blue is fenced behind a network that is cut; it serves soon after it is back.
comes_back() { # state, description
    local t0

    is "$masters" 00 "$2: blue is still fenced"
    t0=$(now_ms)
    heal
    await 30 serves
    within "$(since "$t0")" 9000 "$2: the network is back, blue serves"
    await 20 no_watchdog
    is "$(state)" "$1" "$2: $1"
    observe "$2, healed"
}

# airshift dies in the moment of the cut, and nobody tells blue.
kill_cut() { # verb, point:moment, what, option ...
    AIRSHIFT_TEST_RUN_AT=$2 AIRSHIFT_TEST_RUN="'$base/cut' $3" AIRSHIFT_TEST_KILL_AT=$2 tool "$1" "${@:4}" >"$base/out" 2>&1
    [ $? -eq "$KILLED" ] || not_ok "$2 was not reached" "$(cat "$base/out")"
}

# From a switch that is verified there and back again; what is given is run while green serves.
around_no_return() { # command ...
    local t0

    cut_at cutover commit.begin:after all 4 verified 'cut right before the point of no return'
    is "$masters" 00 'cut right before the point of no return: nobody writes'
    heal
    cut_at cutover commit.end:after all 0 switched 'cut right after the point of no return'
    is "$masters" 01 'cut right after the point of no return: green is the master'
    "$@"
    t0=$(now_ms)
    tool rollback >"$base/out" 2>&1
    is "$? $(state)" '4 rolling_back' 'a rollback while blue is not reached: exit code and state'
    within "$(since "$t0")" "$LIMIT_MS" 'the rollback ends'
    observe 'a rollback while blue is not reached'
    is "$masters" 01 'and green goes on serving'
    heal
    tool resume >"$base/out" 2>&1
    is "$? $(state)" '0 rolled_back' 'resume ends the rollback'
    observe 'the rollback'
    is "$masters" 10 'and blue is the master'
}
