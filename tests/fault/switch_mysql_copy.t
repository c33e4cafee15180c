#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# switch_mysql_copy.t - as switch_copy_partition.t, with MySQL's servers: the clone of blue is
# cut when half of it is there. Its session on blue is ended, the new server and airshift are killed.
# (Where the network loses every packet, the server itself tries for five minutes before it gives up.)
set -u
# shellcheck source=tests/db/switch_mysql_lib.sh
. "${srcdir:-.}/tests/db/switch_mysql_lib.sh"
# shellcheck source=tests/fault/switch_copy_lib.sh
. "${srcdir:-.}/tests/fault/switch_copy_lib.sh"

begin_switch_mysql_tests
sed -i '/^\[spare\]/,/^\[airflow\]/{/^\[airflow\]/!d}' "$base/switch.conf"

# The real program, but a clone takes its time.
sed -i "s#\"\$@\"#\"\$@\" \$(case \"\$*\" in *airshift-phase=copy*) cat '$base/rate' ;; esac)#" "$base/bin/mysqld"
slowly() { echo '--loose-clone-max-data-bandwidth=4 --loose-clone-autotune-concurrency=OFF' >"$base/rate"; }
fast() { : >"$base/rate"; }

is_cloning() { [ "$(admin "$BLUE_PORT" "SELECT count(*) FROM information_schema.processlist WHERE command = 'clone' OR state LIKE '%clone%'")" -gt 0 ]; }
is_half() { is_cloning && [ "$(du -sm "$base/green/#clone" "$base/green" 2>/dev/null | tail -n 1 | cut -f1)" -ge 1 ] && half_of_it; }
half_of_it() {
    [ "$(MYSQL_PWD='' myt_run bin/mysql --no-defaults --batch --skip-column-names -S "$base/green-airshift/mysql.sock" -u root \
        -e "SELECT coalesce(sum(data), 0) > 8 << 20 FROM performance_schema.clone_progress" 2>/dev/null)" = 1 ]
}
writes() { # description
    is "$(client "$BLUE_PORT" "INSERT INTO variable (\`key\`, val, is_encrypted) VALUES (uuid(), '', 0); SELECT 'written'")" written "$1: blue serves"
}
# A session that sends the binary log finds that nobody listens when there is something to send.
left_on_blue() {
    client "$BLUE_PORT" "REPLACE INTO variable (\`key\`, val, is_encrypted) VALUES ('again', uuid(), 0)" >/dev/null
    admin "$BLUE_PORT" "SELECT count(*) FROM information_schema.processlist WHERE command IN ('clone', 'Binlog Dump', 'Binlog Dump GTID')"
}
# shellcheck disable=SC2034 # for switch_copy_lib.sh
nothing_left=0
rows_on_blue() { admin "$BLUE_PORT" 'SELECT count(*) FROM variable'; }
rows_on_green() { private green "$GREEN_PORT" 'SELECT count(*) FROM variable'; }
contents() { admin "$1" "SELECT md5(group_concat(id, dag_id, coalesce(state, '') ORDER BY id)) FROM dag_run"; }

end_clone() {
    local id

    for id in $(admin "$BLUE_PORT" "SELECT id FROM information_schema.processlist WHERE command = 'clone'"); do
        admin "$BLUE_PORT" "KILL $id"
    done
}
green_pid() {
    local pid

    for pid in $(pgrep mysqld) $(pgrep -f -- '--loose-airshift-phase='); do
        [ "$(readlink "/proc/$pid/cwd")" != "$base/green" ] || echo "$pid"
    done | head -n 1
}
kill_green() { kill_server "$(green_pid)"; }
# Not one file, process or argument names the copy any more.
no_program() { [ -z "$(green_pid)" ]; }

cut_copy end_clone 5 'the session of the clone is ended'
aborts 'the session of the clone is ended'
cut_copy kill_green 7 'the new server is killed'
starts_again 'the new server is killed'
cut_copy kill_tool "$KILLED" 'airshift is killed'
aborts 'airshift is killed'
cut_copy kill_tool "$KILLED" 'airshift is killed, and comes again'
starts_again 'airshift is killed, and comes again'
# A whole clone, and its server is killed when it begins to follow.
fast
AIRSHIFT_TEST_KILL_AT=provision.end:before tool start --until provisioned >"$base/out" 2>&1
is $? "$KILLED" 'killed with a whole clone'
kill_green
starts_again 'green and airshift are killed'

finish_tests
