# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# switch_blue_apart.sh - a PostgreSQL blue behind a router of the test's own, in a network
# namespace: what the tests of a switch over a network that is cut begin with. Sourced first: the
# test is begun again in the namespace.
#
# shellcheck disable=SC2154 # base and the like are switch_lib.sh's

# shellcheck source=tests/lib/partition.sh
. "${srcdir:-.}/tests/lib/partition.sh"
partition_enter "$0" "${SERVER_USER:-postgres}"
BLUE_HOST=10.81.1.2
BLUE_NETWORK=10.81.2.0/24
BLUE_LISTEN=127.0.0.1,$BLUE_HOST
export BLUE_HOST BLUE_NETWORK BLUE_LISTEN
# shellcheck source=tests/db/switch_lib.sh
. "${srcdir:-.}/tests/db/switch_lib.sh"

# shellcheck source=tests/fault/switch_partition_lib.sh
. "${srcdir:-.}/tests/fault/switch_partition_lib.sh"

as_server() {
    local place=()

    case " $* " in
    *" $base/blue "*) place=(ip netns exec "$PARTITION-blue") ;;
    esac
    (cd / && exec "${place[@]}" setpriv --reuid "$SERVER_USER" --regid "$SERVER_USER" --init-groups -- "$@")
}

admin() { # port sql
    PGPASSWORD=$ADMIN_PASSWORD PGOPTIONS='-c default_transaction_read_only=off' \
        beside "$1" "$bin/psql" -XAtq -h 127.0.0.1 -p "$1" -U admin -d airflow -v ON_ERROR_STOP=1 -c "$2" 2>&1
}

client() { # port sql
    PGPASSWORD=$CLIENT_PASSWORD PGCONNECT_TIMEOUT=3 beside "$1" "$bin/psql" -XAtq -h 127.0.0.1 -p "$1" \
        -U airflow -d airflow -v ON_ERROR_STOP=1 -c "$2" 2>&1
}
