# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Ports for the servers that tests start. Source it; it starts nothing.
#
#   free_ports N     print the first of N successive ports on which nothing listens
#
# They are picked at random, below the range from which the kernel takes the ports of
# outgoing connections: any client on the machine may hold one of those just when a server
# wants it, and a test that names fixed ports runs only once at a time.

port_is_free() {
    ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

free_ports() {
    local wanted=$1 first port ephemeral try

    read -r ephemeral _ </proc/sys/net/ipv4/ip_local_port_range 2>/dev/null || ephemeral=32768
    [ "$ephemeral" -ge 16384 ] || ephemeral=32768
    for try in {1..200}; do
        # Not $RANDOM: tests seed it to repeat themselves, and two of them must not meet.
        first=$((10240 + SRANDOM % (ephemeral - 10240 - wanted)))
        for ((port = first; port < first + wanted; port++)); do
            port_is_free "$port" || continue 2
        done
        echo "$first"
        return 0
    done
    echo "ports.sh: no $wanted free ports in a row after $try tries" >&2
    return 1
}
