#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# switch_mysql_adopt.t - a MySQL replica that its owner has made: without GTIDs, following by
# file and place, and read only by its own file of settings, as owners do. It is taken, switched
# to, and stays writable when it is restarted; the way back; and a replica that cannot be used.
# shellcheck disable=SC2015
set -u
# shellcheck source=tests/db/switch_mysql_lib.sh
. "${srcdir:-.}/tests/db/switch_mysql_lib.sh"
GTID_MODE=OFF begin_switch_mysql_tests

# --- the owner's replica ----------------------------------------------------------------

mkdir "$base/etc"
cat >"$base/etc/green.cnf" <<EOF
[mysqld]
datadir = $base/green
port = $GREEN_PORT
bind-address = 127.0.0.1
socket = $base/etc/green.sock
log-error = $base/etc/green.log
lc-messages-dir = $MYT_HOME/root/usr/share/mysql
character-sets-dir = $MYT_HOME/root/usr/share/mysql/charsets
plugin-dir = $MYT_HOME/root/usr/lib/mysql/plugin
secure-file-priv =
mysqlx = OFF
server-id = 4711
gtid-mode = OFF
enforce-gtid-consistency = OFF
log-bin = green-log
relay-log = green-relay
read-only = ON
super-read-only = ON
log-bin-trust-function-creators = 1
innodb-flush-log-at-trx-commit = 1
innodb-use-native-aio = OFF
EOF
# The oldest server knows the older words alone.
words() {
    [ -z "${MYSQL_RELEASE:-}" ] || set -- "$(sed -e 's/REPLICATION SOURCE/MASTER/g; s/SOURCE_PUBLIC/MASTER_PUBLIC/g; s/SOURCE_/MASTER_/g; s/REPLICA\b/SLAVE/g' <<<"$1")"
    printf '%s\n' "$1"
}
owner() { # sql, as the owner of the replica
    myt_run bin/mysql --no-defaults --batch --skip-column-names -S "$base/etc/green.sock" -u root -e "$(words "$1")" 2>&1
}
start_green() {
    "$base/bin/mysqld" --defaults-file="$base/etc/green.cnf" --user="$SERVER_USER" >/dev/null 2>&1 &
    await 60 eval "owner 'SELECT 1' >/dev/null"
}
my_sql mysql -e "CREATE USER repl IDENTIFIED BY 'replicates'; GRANT REPLICATION SLAVE ON *.* TO repl"
myt_dump --all-databases --source-data=1 --single-transaction --flush-privileges 2>/dev/null >"$base/dump.sql"
"$base/bin/mysqld" --defaults-file="$base/etc/green.cnf" --user="$SERVER_USER" --initialize-insecure >/dev/null 2>&1
start_green
owner 'SET GLOBAL super_read_only = OFF' >/dev/null
{
    words "CHANGE REPLICATION SOURCE TO SOURCE_HOST = '127.0.0.1', SOURCE_PORT = $BLUE_PORT, SOURCE_USER = 'repl',
        SOURCE_PASSWORD = 'replicates', GET_SOURCE_PUBLIC_KEY = 1;"
    words "$(grep -m 1 '^CHANGE ' "$base/dump.sql")"
    sed '/^CHANGE /d' "$base/dump.sql"
    words 'START REPLICA; SET GLOBAL super_read_only = ON;'
} | myt_run bin/mysql --no-defaults -S "$base/etc/green.sock" -u root >"$base/loaded" 2>&1
is "$(cat "$base/loaded")" '' 'the owner makes a replica'

sed -i -e '/^\[spare\]/,/^\[airflow\]/{/^\[airflow\]/!d}' \
    -e "s#^\[green\]#&\nprovision = adopt\nconfig_file = $base/etc/green.cnf\naddress = 127.0.0.1#" "$base/switch.conf"

# --- refused ----------------------------------------------------------------------------

# One that has not yet connected is refused, too, but for another reason.
receives() { [ "$(owner 'SELECT service_state FROM performance_schema.replication_connection_status')" = ON ]; }
await 30 receives && ok 'it receives from blue' || not_ok 'it receives from blue'
owner 'STOP REPLICA' >/dev/null
refused 's/a/a/' 7 'does not receive from blue' 'a replica that stands'
owner 'START REPLICA' >/dev/null
owner "SET GLOBAL super_read_only = OFF; INSERT INTO airflow.variable (\`key\`, val) VALUES ('errant', ''); SET GLOBAL super_read_only = ON" >/dev/null
client "$BLUE_PORT" "INSERT INTO variable (id, \`key\`, val) SELECT max(id) + 1, 'errant', '' FROM (SELECT id FROM variable) AS v" >/dev/null
stands() { [ "$(owner 'SELECT service_state FROM performance_schema.replication_applier_status')" = OFF ]; }
await 20 stands
refused 's/a/a/' 7 'cannot apply what it receives' 'a replica that cannot go on'
owner "STOP REPLICA; SET GLOBAL super_read_only = OFF; DELETE FROM airflow.variable WHERE \`key\` = 'errant'; SET GLOBAL super_read_only = ON; START REPLICA" >/dev/null
follows() { [ "$(owner "SELECT count(*) FROM airflow.variable WHERE \`key\` = 'errant'")" = 1 ] && ! stands; }
await 20 follows && ok 'it goes on' || not_ok 'it goes on' "$(owner 'SHOW REPLICA STATUS')"
# The fence would end the session of such a user, and what it had not sent yet would never come.
refused 's/a/a/' 7 'user "repl" lacks CONNECTION_ADMIN' 'a replica that the fence would cut off'
like "$(cat "$base/out")" 'do not follow it: repl' 'and it is said of any replica'
my_sql mysql -e 'GRANT CONNECTION_ADMIN ON *.* TO repl'
rm -rf "$base/state"

# --- there ------------------------------------------------------------------------------

client "$BLUE_PORT" "INSERT INTO variable (\`key\`, val) VALUES ('at last', '')" >/dev/null
before=$(contents "$BLUE_PORT")
tool start >"$base/out" 2>&1
is $? 0 'start' || cat "$base/out"
like "$(grep drained "$base/out")" 'position blue-log\.[0-9]+ [0-9]+$' 'the position is a file and a place'
is "$(contents "$BLUE_PORT")" "$before" 'blue is unchanged'
observe 'the start'
is "$masters" 00 'nobody writes'
tool cutover >"$base/out" 2>&1
is $? 0 'cutover'
observe 'the cutover'
is "$masters" 01 'green is the only master, whatever its file says'
is "$(admin "$GREEN_PORT" "SELECT count(*) FROM variable WHERE \`key\` = 'at last'; SELECT version_num FROM alembic_version" | tr '\n' ' ')" \
    '1 d2f4e1b3c5a7 ' 'it has all rows, migrated'
owner SHUTDOWN >/dev/null
has_ended() { ! pgrep -f -- "--defaults-file=$base/etc/green.cnf" >/dev/null; }
await 30 has_ended
start_green
observe 'a restart of green'
is "$masters" 01 'also when its owner has restarted it'
is "$(owner 'SELECT count(*) FROM performance_schema.replication_connection_configuration')" 0 'it follows nobody any more'

# --- and back ---------------------------------------------------------------------------

tool rollback >"$base/out" 2>&1
is $? 0 'rollback'
observe 'the rollback'
is "$masters" 10 'blue is the only master'
is "$(contents "$BLUE_PORT")" "$before" 'blue has its rows'
tool finish >"$base/out" 2>&1
is $? 0 'finish'
like "$(cat "$base/out")" 'must be made anew' "the owner's server is stopped, and its owner told"
[ -e "$base/green/mysql.ibd" ] && ok "the owner's files are left alone" || not_ok "the owner's files are left alone"
finish_tests
