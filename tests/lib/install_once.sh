# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# install_once.sh - something that is fetched once and kept in a cache, for the tests. Source it.
#
#   install_once HOME WHO WHAT WHENCE COMMAND ...   runs the command, which fills HOME, unless that
#                                                   is complete. WHO says so: "WHO: fetching WHAT
#                                                   WHENCE", or "WHO: WHAT could not be installed"

install_once() {
    local home=$1 who=$2 what=$3 whence=$4 lock
    shift 4

    [ ! -e "$home/complete" ] || return 0
    mkdir -p "${home%/*}" || return 1
    # Two tests may want it at the same time.
    exec {lock}>"$home.lock"
    flock "$lock"
    if [ ! -e "$home/complete" ]; then
        echo "$who: fetching $what $whence" >&2
        rm -rf "$home"
        mkdir -p "$home"
        if ! "$@" >"$home/install.log" 2>&1; then
            tail -n 20 "$home/install.log" >&2
            echo "$who: $what could not be installed" >&2
            exec {lock}>&-
            return 1
        fi
        : >"$home/complete"
    fi
    exec {lock}>&-
}
