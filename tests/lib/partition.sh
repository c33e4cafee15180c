# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# partition.sh - a network for a test, which loses what it is told to. Source it; it makes
# three network namespaces of its own and nothing else on the machine changes.
#
#     blue 10.81.1.2 --- router --- 10.81.2.2 tool
#                                   10.81.2.3 what runs as a given user in the same place
#
#   partition_enter SCRIPT [USER]   run SCRIPT again where the tool is, and end with its status
#   partition_blue COMMAND ...      run a command where blue is
#   partition_write_cut FILE        write a program FILE: "tool", "green" (the user's address),
#                                   "all"; "none"
#                                   heals. Packets vanish in the router: nobody is reset, nothing
#                                   is reported, as with a cable or a firewall that fails.
#
# It takes root. Where there are no namespaces, the script ends as skipped (77), and says why.

partition_skip() {
    printf '1..0 # SKIP %s: %s\n' "${partition_script##*/}" "$1"
    exit 77
}

partition_leave() {
    local part

    for part in tool blue router; do
        ip netns del "$PARTITION-$part" 2>/dev/null
    done
}

partition_make() {
    local part

    for part in blue router tool; do
        ip netns add "$PARTITION-$part" && ip -n "$PARTITION-$part" link set lo up || return 1
    done
    ip -n "$PARTITION-blue" link add net0 type veth peer name blue netns "$PARTITION-router" &&
        ip -n "$PARTITION-tool" link add net0 type veth peer name tool netns "$PARTITION-router" &&
        ip -n "$PARTITION-router" address add 10.81.1.1/24 dev blue &&
        ip -n "$PARTITION-router" address add 10.81.2.1/24 dev tool &&
        ip -n "$PARTITION-blue" address add 10.81.1.2/24 dev net0 &&
        ip -n "$PARTITION-tool" address add 10.81.2.2/24 dev net0 &&
        ip -n "$PARTITION-tool" address add 10.81.2.3/24 dev net0 || return 1
    for part in blue tool; do
        ip -n "$PARTITION-router" link set "$part" up &&
            ip -n "$PARTITION-$part" link set net0 up || return 1
    done
    ip -n "$PARTITION-blue" route add default via 10.81.1.1 &&
        ip -n "$PARTITION-tool" route add default via 10.81.2.1 src 10.81.2.2 &&
        ip netns exec "$PARTITION-router" sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward' || return 1
    [ -z "${1:-}" ] || {
        ip -n "$PARTITION-tool" rule add uidrange "$1-$1" lookup 100 &&
            ip -n "$PARTITION-tool" route add default via 10.81.2.1 src 10.81.2.3 table 100
    }
}

partition_enter() { # script [user]
    local user='' problem

    partition_script=$1
    [ -z "${PARTITION:-}" ] || return 0
    [ "$(id -u)" -eq 0 ] || partition_skip 'only root can make network namespaces'
    command -v ip >/dev/null || partition_skip 'there is no ip (iproute2)'
    [ -z "${2:-}" ] || user=$(id -u "$2" 2>/dev/null) || partition_skip "no user $2"
    export PARTITION=airshift-$$
    trap partition_leave EXIT
    trap 'exit 130' INT TERM
    problem=$(partition_make "$user" 2>&1) ||
        partition_skip "network namespaces cannot be made here: ${problem##*$'\n'}"
    ip netns exec "$PARTITION-tool" bash "$1"
    exit $?
}

partition_blue() {
    ip netns exec "$PARTITION-blue" "$@"
}

partition_write_cut() { # file
    cat >"$1" <<EOF
#!/bin/bash
lose() { # from or to, address
    ip -n $PARTITION-router rule add "\$1" "\$2" blackhole
}
while ip -n $PARTITION-router rule del blackhole 2>/dev/null; do :; done
case \$1 in
tool) lose from 10.81.2.2 && lose to 10.81.2.2 ;;
green) lose from 10.81.2.3 && lose to 10.81.2.3 ;;
all) lose from 10.81.1.2 && lose to 10.81.1.2 ;;
none) : ;;
*) exit 2 ;;
esac
EOF
    chmod 755 "$1"
}
