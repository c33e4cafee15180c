# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# What the oracle's tests on a real MySQL share: the libraries, the program, a directory that
# goes at the end, and a server. Source it; it decides nothing about what is compared.
#
#   mysql_oracle_begin NAME [SETTING ...]
#                             makes the directory $work, with the Fernet key in $work/key, and
#                             starts a server, or ends the test
#   mysql_oracle_end          what runs at exit; a test with more to end sets its own trap. A
#                             process whose id is in $holder ends, too
#   grow DATABASE REVISION    the chain of a real Airflow that knows all old ones goes there
#   fill VERSION DATABASE     that version's schema, made by it, with rows
#   fill_newest DATABASE      Airflow 3.3.2 made of an older one with rows, or the test ends
#   picture DATABASE [TABLE]  its tables and rows as text; of a big TABLE, a sum over all values
#   real_start VERSION DATABASE, real_back REVISION, real_stop
#                             a process of a real Airflow's chain on a database; it goes back to
#                             a revision, or says in $answer why not
#   downgrade DATABASE REVISION
#                             the same by airshift; what it says is in $work/out
#
# $airshift is the program, $here this directory.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib/mysql.sh
. "$here/../lib/mysql.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/airflow_env.sh
. "$here/../lib/airflow_env.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/tap.sh
. "$here/../lib/tap.sh"
airshift=${AIRSHIFT:-${top_builddir:-.}/build/airshift}
export LC_ALL=C

holder=

mysql_oracle_end() {
    [ -z "$holder" ] || kill "$holder" 2>/dev/null
    my_stop_all
    rm -rf "$work"
}

mysql_oracle_begin() { # name [setting ...]
    work=$(mktemp -d "${TMPDIR:-/tmp}/airshift-$1.XXXXXX") || exit 1
    export AIRFLOW_WORK=$work
    (umask 077 && printf '%s' "$ORACLE_FERNET_KEY" >"$work/key")
    trap mysql_oracle_end EXIT
    my_start "${@:2}" || {
        not_ok 'a server starts'
        finish_tests
        exit 1
    }
}

grow() {
    airflow_python 2.11.2 "$(my_url "$1")" "$here/chain.py" upgrade "$2" >"$work/grow.log" 2>&1 || {
        not_ok "Airflow's chain goes to $2" "$(tail -n 5 "$work/grow.log")"
        return 1
    }
}

# What Airflow calls its migration: 2.7 renamed it.
verb() {
    case $1 in 2.[0-6].*) echo upgrade ;; *) echo migrate ;; esac
}

fill() {
    if ! airflow_run "$1" "$(my_url "$2")" db "$(verb "$1")" >"$work/fill.log" 2>&1 ||
        ! airflow_python "$1" "$(my_url "$2")" "$here/populate_mysql.py" --fernet-key "$ORACLE_FERNET_KEY" \
            --avoid deep,nan >"$work/fill.log" 2>&1; then
        not_ok "a database of $1 is filled" "$(tail -n 5 "$work/fill.log")"
        return 1
    fi
}

# Airflow 3.3.2 made of an older one with rows; without it the test ends.
fill_newest() { # database
    my_create "$1"
    if ! fill 2.11.2 "$1" || ! airflow_run 3.3.2 "$(my_url "$1")" db migrate >"$work/log" 2>&1; then
        not_ok 'a database of 3.3.2 with rows' "$(tail -n 5 "$work/log")"
        finish_tests
        exit 1
    fi
}

picture() { # database [table]
    local columns

    my_url "$1" >"$work/url"
    "$airshift" inspect catalog --url-file "$work/url" | sort || return
    if [ -z "${2:-}" ]; then
        my_rows "$1"
        return
    fi
    columns=$(my_sql "$1" -e "SET SESSION group_concat_max_len = 100000;
        SELECT group_concat(concat('coalesce(hex(\`', column_name, '\`), \'-\')') ORDER BY ordinal_position)
        FROM information_schema.columns WHERE table_schema = '$1' AND table_name = '$2'")
    my_rows "$1" "--ignore-table=$1.$2" &&
        my_sql "$1" -e "SELECT count(*), sum(crc32(concat_ws('|', $columns))) FROM $2"
}

real_start() { # version database
    coproc real { airflow_python "$1" "$(my_url "$2")" "$here/chain.py" serve 2>>"$work/real.log"; }
    read -r -t 300 answer <&"${real[0]}"
}

real_back() { # revision
    # One that has ended by itself has no pipes any more.
    [ -n "${real[1]:-}" ] && echo "-$1" >&"${real[1]}" && read -r -t 300 answer <&"${real[0]}" || answer='no answer'
    case $answer in done*) ;; *) return 1 ;; esac
}

real_stop() {
    local input=${real[1]:-} process=${real_PID:-}

    # A process that has failed has taken its pipes along.
    [ -z "$process" ] || { exec {input}>&- && wait "$process"; } 2>/dev/null
}

downgrade() { # database revision
    my_url "$1" >"$work/url"
    "$airshift" downgrade --url-file "$work/url" --to "$2" --without-fab --yes --fernet-key-file "$work/key" \
        >"$work/out" 2>&1
}
