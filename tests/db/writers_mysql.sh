# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# writers_mysql.sh - sessions that go on writing to a MySQL database while it is migrated, each
# transaction to two tables, and the ledger of what the server said yes to. Source it after
# mysql.sh and tap.sh; $work is a directory.

# One transaction after the other, in another order each time, with a table read before it or not.
writer() { # database writer's-number
    local i=0 number first second
    while [ -e "$work/writing" ]; do
        number=$(($2 * 1000000 + ++i))
        first="INSERT INTO log (dttm, event, owner) VALUES (now(6), '$number', 'writer')"
        second="INSERT INTO variable (\`key\`, val, is_encrypted) VALUES ('$number', 'writer', 0)"
        case $((RANDOM % 3)) in
        0) first="$second; $first" second='DO 0' ;;
        1) first="SELECT count(*) FROM dag_run; $first" ;;
        esac
        if my_sql "$1" -e "START TRANSACTION; $first; $second; COMMIT" >/dev/null 2>>"$work/writer_errors"; then
            echo "$number" >>"$work/acknowledged.$2"
        fi
    done
}

writers_begin() { # database number
    local i
    rm -f "$work"/acknowledged.* "$work/writer_errors"
    : >"$work/writing"
    writer_pids=()
    for ((i = 1; i <= $2; i++)); do
        writer "$1" "$i" &
        writer_pids+=($!)
    done
}

writers_end() {
    rm -f "$work/writing"
    wait "${writer_pids[@]}"
}

acknowledged() { cat "$work"/acknowledged.* 2>/dev/null | wc -l; }
more_than() { [ "$(acknowledged)" -gt "$1" ]; }
# The writers get on: two more of theirs are written.
writers_go_on() { # seconds
    local before
    before=$(acknowledged)
    await "$1" more_than $((before + 1))
}

# What was acknowledged is in both tables, and nothing is in one alone.
ledger_is_complete() { # database name
    my_sql "$1" -e "SELECT event FROM log WHERE owner = 'writer'" | sort >"$work/in_log"
    my_sql "$1" -e "SELECT \`key\` FROM variable WHERE val = 'writer'" | sort >"$work/in_variable"
    cat "$work"/acknowledged.* | sort >"$work/acknowledged"
    is "$(comm -23 "$work/acknowledged" "$work/in_log" | wc -l) $(diff "$work/in_log" "$work/in_variable" | head -n 3)" '0 ' \
        "$2: all that was acknowledged is there, and nothing by half"
    if [ "$(wc -l <"$work/acknowledged")" -lt 10 ]; then
        not_ok "$2: somebody wrote"
    fi
}
