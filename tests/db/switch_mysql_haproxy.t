#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# switch_mysql_haproxy.t - a switch on MySQL with clients that write all the time through a real
# HAProxy: it leads them to green and back again, no acknowledged row is lost, and nothing is
# there that nobody tried. HAProxy cannot make them wait: from the fence to the cutover they meet
# errors, which are counted, and how long nobody was served is measured.
# shellcheck disable=SC2015
set -u
# shellcheck source=tests/db/switch_mysql_lib.sh
. "${srcdir:-.}/tests/db/switch_mysql_lib.sh"
# shellcheck source=tests/db/ledger_lib.sh
. "${srcdir:-.}/tests/db/ledger_lib.sh"
[ -x /usr/sbin/haproxy ] || skip_all 'switch_mysql_haproxy.t: no haproxy'
begin_switch_mysql_tests
HAPROXY_PORT=$(free_ports 1)
LIMIT_MS=15000 # of the cutover, and of the way back, as the clients see them: far from what it takes, half of it a restart

stop_proxy() {
    stop_ledgers
    [ ! -s "$base/haproxy.pid" ] || kill -9 "$(cat "$base/haproxy.pid")"
}
trap 'stop_proxy; clean_up' EXIT

cat >"$base/haproxy.cfg" <<EOF2
global
    stats socket $base/haproxy.sock mode 600 level admin
defaults
    mode tcp
    timeout connect 5s
    timeout client 1h
    timeout server 1h
frontend airflow
    bind 127.0.0.1:$HAPROXY_PORT
    default_backend mysql
backend mysql
    server master 127.0.0.1:$BLUE_PORT check inter 500
EOF2
cp "$base/haproxy.cfg" "$base/haproxy.was"
/usr/sbin/haproxy -q -D -f "$base/haproxy.cfg" -p "$base/haproxy.pid"

rows_on() { # port
    admin "$1" "SELECT concat(writer, ' ', number) FROM ledger" | LC_ALL=C sort
}
rows_of_sql() { # from stdin
    awk '/^INSERT INTO `ledger` /{ inside = 1; next } !/^\(/{ inside = 0 } inside' | tr -d "();'" | tr -s ', ' ' ' | sed 's/ $//'
}
served_by() { # port: of the server that the clients reach
    [ "$(client "$HAPROXY_PORT" 'SELECT @@port')" = "$1" ]
}
await 10 served_by "$BLUE_PORT" || skip_all 'switch_mysql_haproxy.t: HAProxy does not serve'
sed -i -e '/^\[spare\]/,/^\[airflow\]/{/^\[airflow\]/!d}' \
    -e '/^\[repoint\]/,/^\[switch\]/{/^\[switch\]/!d}' \
    -e "s#^\[switch\]#[haproxy]\nsocket = $base/haproxy.sock\nserver = mysql/master\nfile = $base/haproxy.cfg\n&#" \
    "$base/switch.conf"

client "$BLUE_PORT" 'CREATE TABLE ledger (writer int, number bigint, PRIMARY KEY (writer, number))'
MYSQL_PWD=$CLIENT_PASSWORD start_ledger "mysql://client@127.0.0.1:$HAPROXY_PORT/airflow" "$base/direct" 1 6 150
goes_on() { await_acknowledged "$base/direct" 50; }
goes_on && ok 'the clients write on blue' || not_ok 'the clients write on blue' "$(tail -n 3 "$base/direct")"
tool start >"$base/out" 2>&1
is "$? $(state)" '0 verified' 'start under load' || cat "$base/out"
is "$(is_writable "$BLUE_PORT" || echo fenced)" fenced 'blue is fenced'
t0=$(now_ms)
tool cutover >"$base/out" 2>&1
is "$? $(state)" '0 switched' 'cutover under load' || cat "$base/out"
like "$(cat "$base/out")" 'clients repointed to green by HAProxy' 'by HAProxy'
goes_on && ok 'the clients write on green' || not_ok 'the clients write on green' "$(tail -n 3 "$base/direct")"
cutover_ms=$(($(now_ms) - t0))
served_by "$GREEN_PORT" && ok 'which is where HAProxy leads' || not_ok 'which is where HAProxy leads'
is "$(sed "s/:$GREEN_PORT /:$BLUE_PORT /" "$base/haproxy.cfg" | diff - "$base/haproxy.was")" '' 'one word of its file is another'

lines=$(wc -l <"$base/direct")
tool rollback >"$base/out" 2>&1
is "$? $(state)" '0 rolled_back' 'rollback under load' || cat "$base/out"
goes_on && ok 'the clients write on blue again' || not_ok 'the clients write on blue again' "$(tail -n 3 "$base/direct")"
served_by "$BLUE_PORT" && ok 'HAProxy leads to blue' || not_ok 'HAProxy leads to blue'
is "$(cmp "$base/haproxy.cfg" "$base/haproxy.was" 2>&1)" '' 'and so does its file'
tail -n "+$((lines + 1))" "$base/direct" >"$base/back"
stop_ledgers

within() { # milliseconds description
    [ "$1" -le "$LIMIT_MS" ] && ok "$2 after $1 ms" || not_ok "$2 after $1 ms"
}
within "$cutover_ms" 'the cutover: the clients have written 50 rows on green'
within "$(longest_gap_of "$base/back")" 'the way back: everyone is served again'
zstd -qdc "$base/state/green-rows.sql.zst" >"$base/archive.sql"
{
    rows_on "$BLUE_PORT"
    rows_of_sql <"$base/archive.sql"
} | LC_ALL=C sort >"$base/there"
ledger_is_true 'there and back' "$base/there" "$base/direct"
echo "# from the fence to the cutover $(longest_gap_of "$base/direct") ms; the cutover $cutover_ms ms; the way back $(longest_gap_of "$base/back") ms; $(count_of error "$base/direct") errors"

finish_tests
