# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# ledger_lib.sh - what the tests of a switch under load share: writers (ledger.c) that put
# down what was acknowledged, and the questions that are asked of it. Sourced after
# switch_lib.sh; LEDGER is the program.
#
# shellcheck disable=SC2154 # base, bin and the like are switch_lib.sh's

LEDGER=${LEDGER:-${SWITCH_TOOL%/*}/ledger}
ledgers=()

make_ledger_table() {
    client "$BLUE_PORT" 'CREATE TABLE ledger (writer int, number bigint, PRIMARY KEY (writer, number))'
}

# In the background, into FILE.
start_ledger() { # conninfo file first writers rate
    : >>"$2"
    PGPASSWORD=$CLIENT_PASSWORD "$LEDGER" "$@" &
    ledgers+=($!)
}

stop_ledgers() {
    [ "${#ledgers[@]}" -eq 0 ] || { kill "${ledgers[@]}" && wait "${ledgers[@]}"; } 2>/dev/null
    ledgers=()
}

count_of() { grep -c "^$1 " "$2"; } # kind file

# Until so many more transactions than now are acknowledged.
await_acknowledged() { # file more
    local wanted=$(($(count_of ok "$1") + $2))

    # shellcheck disable=SC2317
    has_more() { [ "$(count_of ok "$1")" -ge "$2" ]; }
    await 20 has_more "$1" "$wanted"
}

# "writer number", sorted as comm wants it.
pairs_of() { # kind file ...
    local kind=$1

    shift
    awk -v kind="$kind" '$1 == kind { print $2, $3 }' "$@" | LC_ALL=C sort
}

rows_on() { # port
    admin "$1" "SELECT writer || ' ' || number FROM ledger" | LC_ALL=C sort
}

rows_of_archive() { # from stdin
    awk '/^COPY public\.ledger /{ inside = 1; next } /^\\\.$/{ inside = 0 } inside { print $1, $2 }' |
        LC_ALL=C sort
}
rows_in_archive() { zstd -qdc "$base/state/green-rows.sql.zst" | rows_of_archive; }

# Nothing acknowledged is missing, nothing is there that nobody tried, nothing twice.
ledger_is_true() { # description, file of rows that are there, ledger files ...
    local description=$1 there=$2

    shift 2
    pairs_of ok "$@" >"$base/acknowledged"
    pairs_of try "$@" >"$base/tried"
    is "$(LC_ALL=C comm -23 "$base/acknowledged" "$there" | head -n 3)" '' \
        "$description: nothing acknowledged is missing ($(wc -l <"$base/acknowledged") transactions)"
    is "$(LC_ALL=C comm -13 "$base/tried" "$there" | head -n 3)" '' "$description: nothing is there that nobody tried"
    is "$(uniq -d "$there" | head -n 3)" '' "$description: nothing is there twice"
}

errors_of() { # file ...
    cat "$@" | grep '^error ' | head -n 3
}

# Milliseconds of the transaction that took longest, of the lines behind a line number.
longest_of() { # file [lines to leave out]
    tail -n "+$((${2:-0} + 1))" "$1" | awk '$1 == "ok" && $4 > most { most = $4 } END { printf "%d\n", most }'
}

# Milliseconds that a writer was without an acknowledgement, at most.
longest_gap_of() { # file
    awk '$1 == "ok" { if ($2 in last && $5 - last[$2] > most) most = $5 - last[$2]; last[$2] = $5 }
        END { printf "%d\n", most }' "$1"
}
