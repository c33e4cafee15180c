#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The table of bench/switch.sh, from its JSON lines: median, least and most of each figure, in milliseconds.
#
#   bench/switch_report.sh FILE
set -u
awk '{
    match($0, /"verb": "[a-z]+"/)
    verb = substr($0, RSTART + 9, RLENGTH - 10)
    actions = index($0, "\"actions_ms\"")
    for (at = 1; match(substr($0, at), /"[a-z_]+": [0-9]+/); at += RSTART + RLENGTH - 1) {
        split(substr($0, at + RSTART - 1, RLENGTH), pair, /[": ]+/)
        if (at > actions || at + RSTART > actions) print verb, "action:" pair[2], pair[3]
        else if (pair[2] ~ /_ms$/) print verb, pair[2], pair[3]
    }
}' "${1:?FILE}" | sort -k 1,1 -k 2,2 -k 3,3n | awk '
    function put() {
        if (count)
            printf "%-10s %-24s %8d %8d %8d  (%d)\n", verb, what,
                (count % 2 ? v[(count + 1) / 2] : (v[count / 2] + v[count / 2 + 1]) / 2), v[1], v[count], count
    }
    BEGIN { printf "%-10s %-24s %8s %8s %8s\n", "command", "what", "median", "least", "most" }
    $1 " " $2 != key { put(); key = $1 " " $2; verb = $1; what = $2; count = 0 }
    { v[++count] = $3 }
    END { put() }'
