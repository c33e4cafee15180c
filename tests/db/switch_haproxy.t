#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# switch_haproxy.t - a switch with clients that write all the time through a real HAProxy,
# some of them through a PgBouncer in front of it: no acknowledged row is lost there and
# back; who comes through the PgBouncer does not see an error either.
# shellcheck disable=SC2015
set -u
# shellcheck source=tests/db/switch_lib.sh
. "${srcdir:-.}/tests/db/switch_lib.sh"
# shellcheck source=tests/db/ledger_lib.sh
. "${srcdir:-.}/tests/db/ledger_lib.sh"
[ -x /usr/sbin/pgbouncer ] && [ -x /usr/sbin/haproxy ] || skip_all 'no haproxy or no pgbouncer'
begin_switch_tests

HAPROXY_PORT=$(free_ports 2)
POOLER_PORT=$((HAPROXY_PORT + 1))

stop_proxies() {
    local name

    stop_ledgers
    for name in haproxy pooler; do
        [ ! -s "$base/$name.pid" ] || kill -9 "$(cat "$base/$name.pid")"
    done
}
trap 'stop_proxies; clean_up' EXIT

cat >"$base/haproxy.cfg" <<EOF
global
    stats socket $base/haproxy.sock mode 600 level admin
    stats socket $base/looker.sock mode 600 level user
defaults
    mode tcp
    timeout connect 5s
    timeout client 1h
    timeout server 1h
frontend airflow
    bind 127.0.0.1:$HAPROXY_PORT
    default_backend postgres
backend postgres # of Airflow
    option pgsql-check user airflow
    server master 127.0.0.1:$BLUE_PORT check inter 500 rise 60
EOF
cp "$base/haproxy.cfg" "$base/haproxy.was"
cat >"$base/pooler.ini" <<EOF
[databases]
airflow = host=127.0.0.1 port=$HAPROXY_PORT dbname=airflow
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = $POOLER_PORT
unix_socket_dir =
auth_type = scram-sha-256
auth_file = $base/users.txt
admin_users = boss
pool_mode = transaction
default_pool_size = 5
logfile = $base/pooler.log
pidfile = $base/pooler.pid
EOF
printf '"airflow" "%s"\n"boss" "b"\n' "$CLIENT_PASSWORD" >"$base/users.txt"
[ "$(id -u)" -ne 0 ] || chown "$SERVER_USER" "$base/pooler.ini" "$base/users.txt"
as_server /usr/sbin/pgbouncer -q -d "$base/pooler.ini"
start_haproxy() { /usr/sbin/haproxy -q -D -f "$base/haproxy.cfg" -p "$base/haproxy.pid"; }
start_haproxy

through() { # port sql
    PGPASSWORD=$CLIENT_PASSWORD timeout 20 "$bin/psql" -XAtq -h 127.0.0.1 -p "$1" -U airflow -d airflow \
        -v ON_ERROR_STOP=1 -c "$2" 2>&1
}
serves() { # port: of the server that the clients reach
    [ "$(through "$HAPROXY_PORT" "SELECT inet_server_port()")" = "$1" ]
}
ask_haproxy() { # command
    python3 - "$base/haproxy.sock" "$1" <<'EOP'
import socket
import sys

with socket.socket(socket.AF_UNIX) as haproxy:
    haproxy.connect(sys.argv[1])
    haproxy.sendall(sys.argv[2].encode() + b"\n")
    while block := haproxy.recv(65536):
        print(block.decode(), end="")
EOP
}
await 10 serves "$BLUE_PORT" || skip_all 'HAProxy does not serve'

printf 'postgresql://boss@127.0.0.1:%s/pgbouncer\n' "$POOLER_PORT" >"$base/poolers.url"
chmod 600 "$base/poolers.url"
sed -i -e '/^\[spare\]/,/^\[airflow\]/{/^\[airflow\]/!d}' \
    -e '/^\[repoint\]/,/^\[switch\]/{/^\[switch\]/!d}' \
    -e "s#^\[switch\]#[pgbouncer]\nadmin_url_file = $base/poolers.url\ndatabase = airflow\nrepoint = no\n[haproxy]\nsocket = $base/haproxy.sock\nserver = postgres/master\nfile = $base/haproxy.cfg\n&#" \
    "$base/switch.conf"
cp "$base/switch.conf" "$base/switch.keep"

export PGPASSWORD=b # of the console
refused 's#haproxy.sock#looker.sock#' 7 'Permission denied' 'a socket that only looks'
refused 's#haproxy.sock#absent.sock#' 4 'No such file' 'an HAProxy that does not run'
refused 's#postgres/master#postgres/slave#' 3 'has no server "postgres/slave"' 'a server that it does not know'
refused "s#^file = .*#file = $base/pooler.ini#" 3 'pooler.ini" has no server' 'a file without its line'
is "$(state)" configured 'nothing was changed'

# --- there and back under load ------------------------------------------------------------

make_ledger_table
start_ledger "host=127.0.0.1 port=$HAPROXY_PORT user=airflow dbname=airflow" "$base/direct" 1 4 100
start_ledger "host=127.0.0.1 port=$POOLER_PORT user=airflow dbname=airflow" "$base/pooled" 11 6 150
both_go_on() { await_acknowledged "$base/direct" 50 && await_acknowledged "$base/pooled" 50; }
both_go_on
tool start >"$base/out" 2>&1
is "$? $(state)" '0 verified' 'start under load' || cat "$base/out"
tool cutover >"$base/out" 2>&1
is "$? $(state)" '0 switched' 'cutover under load' || cat "$base/out"
like "$(cat "$base/out")" 'clients repointed to green by HAProxy' 'by HAProxy'
both_go_on && ok 'the clients write on green' || not_ok 'the clients write on green'
serves "$GREEN_PORT" && ok 'which is where HAProxy leads' || not_ok 'which is where HAProxy leads'
is "$(sed "s/:$GREEN_PORT /:$BLUE_PORT /" "$base/haproxy.cfg" | diff - "$base/haproxy.was")" '' 'one word of its file is another'
tool rollback >"$base/out" 2>&1
is "$? $(state)" '0 rolled_back' 'rollback under load' || cat "$base/out"
both_go_on && ok 'the clients write on blue again' || not_ok 'the clients write on blue again'
serves "$BLUE_PORT" && ok 'HAProxy leads to blue' || not_ok 'HAProxy leads to blue'
is "$(cmp "$base/haproxy.cfg" "$base/haproxy.was" 2>&1)" '' 'and so does its file'
is "$(errors_of "$base/pooled")" '' 'through PgBouncer not one transaction failed'
echo "# through HAProxy alone: $(count_of error "$base/direct") errors, no answer for $(longest_gap_of "$base/direct") ms at most"
echo "# through PgBouncer: $(count_of error "$base/pooled") errors, no answer for $(longest_gap_of "$base/pooled") ms at most"
rows_in_archive >"$base/archived"
tool finish >"$base/out" 2>&1
rm -rf "$base/state"

# --- killed on the way; an HAProxy that dies ------------------------------------------------

tool start >"$base/out" 2>&1
ask_haproxy 'set server postgres/master health down' >"$base/seen" # as a check that meets the fence
is "$(ask_haproxy 'show servers state postgres' | awk '$4 == "master" { print $6 }')" 0 'HAProxy takes blue as down'
for point in commit.end:after repoint.begin:after repoint.end:before; do
    killed "$(verb_now cutover)" "${point%:*}" "${point##*:}" || not_ok "$point was not reached"
done
tool resume >"$base/out" 2>&1
is "$? $(state)" '0 switched' 'killed all through the cutover: resume leads the clients to green'
both_go_on && ok 'where they write, before 60 health checks are good' ||
    not_ok 'where they write, before 60 health checks are good'
kill -9 "$(cat "$base/haproxy.pid")"
await 10 port_is_free "$HAPROXY_PORT"
tool rollback >"$base/out" 2>&1
is "$? $(state)" '0 rolled_back' 'an HAProxy that has died does not stop the rollback' || cat "$base/out"
like "$(cat "$base/out")" 'it reads its file when it starts' 'and is told'
start_haproxy
await 10 serves "$BLUE_PORT" && ok 'when it runs again it leads to blue' || not_ok 'when it runs again it leads to blue'
both_go_on && ok 'the clients write on blue' || not_ok 'the clients write on blue'
stop_ledgers
{
    rows_on "$BLUE_PORT"
    rows_in_archive
    cat "$base/archived"
} | LC_ALL=C sort >"$base/there"
ledger_is_true 'there and back, twice' "$base/there" "$base/direct" "$base/pooled"

finish_tests
