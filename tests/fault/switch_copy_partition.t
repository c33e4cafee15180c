#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# switch_copy_partition.t - the copy of blue is cut when half of it is there: its connections are ended, the
# network between green and blue loses every packet, pg_basebackup, airshift and blue are killed. Blue
# serves on, unchanged; the next `start` makes a whole copy of it, and `abort` leaves nothing behind.
# Blue is behind a router of the test's own (tests/lib/partition.sh).
set -u
# shellcheck source=tests/fault/switch_blue_apart.sh
. "${srcdir:-.}/tests/fault/switch_blue_apart.sh"
# shellcheck source=tests/fault/switch_copy_lib.sh
. "${srcdir:-.}/tests/fault/switch_copy_lib.sh"

# What is cut is noticed after some seconds, and not after a minute.
blue_url() {
    printf 'postgresql://admin:%s@%s:%s/airflow?keepalives_idle=2&keepalives_interval=1&tcp_user_timeout=5000' \
        "$ADMIN_PASSWORD_URL" "$BLUE_HOST" "$BLUE_PORT"
}
begin_switch_tests
prepare_partition

# The real programs, but a copy takes its time.
mkdir "$base/slow"
ln -s "$bin"/* "$base/slow/"
rm "$base/slow/pg_basebackup"
# shellcheck disable=SC2016 # the script replaces it
printf '#!/bin/sh\nexec %q "$@" --max-rate="$(cat %q)"\n' "$bin/pg_basebackup" "$base/rate" >"$base/slow/pg_basebackup"
chmod 755 "$base/slow/pg_basebackup"
sed -i "s#^bin_directory = .*#bin_directory = $base/slow#" "$base/switch.conf"
slowly() { echo 4M >"$base/rate"; }
fast() { echo 1024M >"$base/rate"; }
admin "$BLUE_PORT" "CREATE TABLE ballast AS SELECT repeat(md5(n::text), 30) AS text FROM generate_series(1, 20000) n"

is_half() { [ "$(du -sm "$base/green" 2>/dev/null | awk '{ print $1 } END { if (NR == 0) print 0 }')" -ge 12 ]; }
writes() { # description
    is "$(client "$BLUE_PORT" "INSERT INTO dag_run (dag_id) VALUES ('meanwhile') RETURNING 'written'")" written "$1: blue serves"
}
left_on_blue() {
    admin "$BLUE_PORT" "SELECT (SELECT count(*) FROM pg_replication_slots), (SELECT count(*) FROM pg_stat_replication)"
}
nothing_left='0|0'
sender() { # what its query is like
    admin "$BLUE_PORT" "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE backend_type = 'walsender' AND query LIKE '$1%'"
}
end_backup() { [ "$(sender BASE_BACKUP)" = 1 ] || not_ok 'no session makes a copy'; }
end_stream() { [ "$(sender START_REPLICATION)" = 1 ] || not_ok 'no session streams'; }
kill_backup() { kill -9 "$(pgrep -f "pg_basebackup -D $base/green" | head -n 1)"; }
kill_blue() {
    kill_server "$(head -n 1 "$base/blue/postmaster.pid")"
    # shellcheck disable=SC2317
    blue_is_gone() { ! "$bin/pg_isready" -q -h "$base" -p "$BLUE_PORT"; }
    await 10 blue_is_gone
}
start_blue() { await 20 as_server "$bin/pg_ctl" -D "$base/blue" -w -l "$base/blue.log" start >/dev/null 2>&1; }
cut_network() { "$base/cut" all; }

cut_copy end_backup 7 'the connection of the copy is lost'
aborts 'the connection of the copy is lost'
cut_copy end_stream 7 'the connection of the log is lost'
starts_again 'the connection of the log is lost'
cut_copy kill_backup 7 'pg_basebackup is killed'
starts_again 'pg_basebackup is killed'
cut_copy kill_tool "$KILLED" 'airshift is killed'
aborts 'airshift is killed'
cut_copy kill_tool "$KILLED" 'airshift is killed, and comes again'
starts_again 'airshift is killed, and comes again'
cut_copy kill_blue 7 'blue is killed' start_blue
starts_again 'blue is killed'
cut_copy cut_network 7 'the network is cut' heal
within "$took" 25000 'the network is cut: the copy is given up'
starts_again 'the network is cut'
cut_copy cut_network 7 'the network is cut again' heal
aborts 'the network is cut again'

# A whole copy, and its server is killed when it begins to follow.
fast
AIRSHIFT_TEST_KILL_AT=provision.end:before tool start --until provisioned >"$base/out" 2>&1
is $? "$KILLED" 'killed with a whole copy'
kill_server "$(head -n 1 "$base/green/postmaster.pid")"
starts_again 'green and airshift are killed'

finish_tests
