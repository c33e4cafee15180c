#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# mysql_slack.sh - the upgrade that Slack's engineers did by hand, Airflow 1.8 to 1.10 in one jump
# on MySQL, as one switch: a master with a replica, two more replicas made from it, one of them
# cut off, migrated and promoted. What comes out are the tables and rows of Airflow's own chain.
# Back to the old master; then the same again with a failure in the middle. A client writes all the
# time it can: nothing that it was told is written is lost, and the old master takes it back in less
# than two seconds. SLACK_ROWS task instances (default 30000). TAP on stdout.

set -u
# shellcheck disable=SC2015 # A && ok || not_ok
# shellcheck source-path=SCRIPTDIR source=mysql_oracle.sh
. "$(dirname "$0")/mysql_oracle.sh"
srcdir=$here/../..
# shellcheck source-path=SCRIPTDIR source=../db/switch_mysql_lib.sh
. "$srcdir/tests/db/switch_mysql_lib.sh"
airshift=$(realpath "$airshift")
ROWS=${SLACK_ROWS:-30000}
LIMIT_MS=2000

# The master, and the replica that it has always had.
make_blue() {
    work=$base/work
    mkdir "$work"
    export AIRFLOW_WORK=$work
    BLUE_SETTINGS=(log-bin=blue-log gtid-mode=ON enforce-gtid-consistency=ON innodb-buffer-pool-size=512M)
    my_start "${BLUE_SETTINGS[@]}" || return 1
    BLUE_DIR=$MYT_DIR
    BLUE_PORT=$MYT_PORT
    my_start log-bin=one-log gtid-mode=ON enforce-gtid-consistency=ON || return 1
    replica_1=$MYT_DIR
    my_sql mysql -e "DROP USER '$MYT_USER'@'%'; RESET BINARY LOGS AND GTIDS;
        CHANGE REPLICATION SOURCE TO SOURCE_HOST = '127.0.0.1', SOURCE_PORT = $BLUE_PORT, SOURCE_USER = '$MYT_USER',
            SOURCE_PASSWORD = '$MYT_PASSWORD', SOURCE_AUTO_POSITION = 1, GET_SOURCE_PUBLIC_KEY = 1;
        START REPLICA" || return 1
    my_select "$BLUE_DIR"
    my_create airflow
    my_sql mysql -e "INSTALL PLUGIN clone SONAME 'mysql_clone.so'; CREATE USER client IDENTIFIED BY '${CLIENT_PASSWORD//\\/\\\\}';
        GRANT ALL ON airflow.* TO client"
    grow airflow d2ae31099d61 || return 1
    my_sql airflow <"$here/mysql_rows_1_8.sql"
    my_sql airflow -e "SET SESSION cte_max_recursion_depth = 100000000;
        INSERT INTO task_instance (task_id, dag_id, execution_date, start_date, end_date, duration, state, try_number,
            hostname, unixname, pool, queue, operator, pid)
        WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < $ROWS)
        SELECT concat('many''s ', n % 7), concat('dag ', n % 11, repeat('é', 20)),
            '2010-01-01' + INTERVAL n SECOND, '2010-01-01' + INTERVAL n MINUTE, NULL, n / 3, 'success', 1,
            repeat('h', 60), 'airflow', 'default', 'default', 'BashOperator', n FROM n"
    # What Airflow makes of the same rows.
    my_copy airflow real && grow real 952da73b5eff || return 1
    picture real task_instance >"$work/real"
    my_drop real
}

# One connection file, as the clients read it; what it was told is written goes into $base/told.
write_on() {
    local n=0 url port

    while [ ! -e "$base/enough" ]; do
        url=$(sed -n 's/.*CONN="\(.*\)"$/\1/p' "$base/clients.env" 2>/dev/null)
        port=${url##*@*:}
        port=${port%%/*}
        n=$((n + 1))
        [ "$(client "$port" "INSERT INTO variable (\`key\`, val, is_encrypted) VALUES ('client $n', '', 0); SELECT 'told'")" = told ] &&
            echo "$(now_ms) $port client $n" >>"$base/told"
        read -r -t 0.05 <> <(:) || true
    done
}

# Nothing that was told is missing from the servers that it was told by.
all_told() { # port, description
    awk -v port="$1" '$2 == port { print $3, $4 }' "$base/told" | sort >"$base/told.here"
    admin "$1" "SELECT \`key\` FROM variable WHERE \`key\` LIKE 'client %'" | sort >"$base/written"
    is "$(comm -23 "$base/told.here" "$base/written" | head -n 5)" '' "$2: $(wc -l <"$base/told.here") rows that a client was told are there"
}

old_rows() { # the rows of the old master but for the client's
    admin "$BLUE_PORT" "SELECT count(*), sum(crc32(concat_ws('|', task_id, dag_id, execution_date, state, pid))) FROM task_instance;
        SELECT version_num FROM alembic_version"
}

begin_switch_mysql_tests
sed -i 's/^to = .*/to = 1.10.10/' "$base/switch.conf"
before=$(old_rows)

# --- there ------------------------------------------------------------------------------

write_on &
writer=$!
tool start >"$base/out" 2>&1
is $? 0 'two more replicas are made, one is cut off and migrated from 1.8.2 straight to 1.10.10'
like "$(cat "$base/out")" 'migrated from 1.8.2 to 1.10.10' 'and says so'
touch "$base/enough"
wait "$writer"
# The client's rows are not in what Airflow has made.
private green "$GREEN_PORT" "SELECT count(*) FROM variable WHERE \`key\` LIKE 'client %'" >"$base/clients"
is "$(cat "$base/clients")" "$(grep -c " $BLUE_PORT " "$base/told")" 'green has every row that the client was told'
t0=$(now_ms)
tool cutover >"$base/out" 2>&1
is $? 0 'cutover'
ok "the cutover took $(($(now_ms) - t0)) ms"
observe 'the cutover'
is "$masters" 01 'replica 2 is the new master'
admin "$GREEN_PORT" "DELETE FROM variable WHERE \`key\` LIKE 'client %'" >/dev/null
GREEN_DIR=$base/green-airshift
(
    MYT_DIR=$base/green-view MYT_PORT=$GREEN_PORT
    mkdir "$MYT_DIR" && ln -s "$GREEN_DIR/mysql.sock" "$MYT_DIR/socket"
    myt_admin() { MYSQL_PWD=$ADMIN_PASSWORD myt_run bin/mysql --no-defaults -h 127.0.0.1 -P "$GREEN_PORT" -u "$MYT_USER" "$@"; }
    myt_dump() {
        MYSQL_PWD=$ADMIN_PASSWORD myt_run bin/mysqldump --no-defaults -h 127.0.0.1 -P "$GREEN_PORT" -u "$MYT_USER" \
            --skip-comments --set-gtid-purged=OFF --no-tablespaces --hex-blob "$@"
    }
    picture airflow task_instance
) >"$work/ours"
[ "$(grep -c 'INSERT INTO' "$work/real")" -ge 100 ] || not_ok 'there are rows to compare'
is "$(diff "$work/real" "$work/ours" | grep -v "AUTO_INCREMENT" | head -n 20)" '' \
    "it has the tables and rows of Airflow's own chain, $(wc -l <"$work/ours") lines"
my_select "$replica_1"
is "$(my_sql airflow -e 'SELECT version_num FROM alembic_version; SELECT service_state FROM performance_schema.replication_applier_status' | tr '\n' ' ')" \
    'd2ae31099d61 ON ' 'replica 1 follows the old master as ever'
my_select "$BLUE_DIR"

# --- back, and the same again with a failure in the middle --------------------------------

back_within() { # what is done, its words
    local t0 took pid

    t0=$(now_ms)
    tool "$1" >"$base/out" 2>&1 &
    pid=$!
    await 30 is_writable "$BLUE_PORT"
    took=$(($(now_ms) - t0))
    wait "$pid"
    is "$? $(state)" "0 $2" "$1: $2"
    [ "$took" -lt "$LIMIT_MS" ] && ok "$1: the old master takes writes after $took ms" ||
        not_ok "$1: the old master takes writes after $took ms"
    observe "$1"
    is "$masters" 10 "$1: it is the only one"
    is "$(old_rows)" "$before" "$1: its rows are as they were"
}

rm -f "$base/enough" "$base/told"
back_within rollback rolled_back
tool finish >"$base/out" 2>&1
is $? 0 'finish'
rm -rf "$base/state"

write_on &
writer=$!
# The migration is killed after it has begun to exchange the tables.
AIRSHIFT_TEST_KILL_AT=shadow-swap:after tool start >"$base/out" 2>&1
is "$? $(state)" '7 detached' 'the migration is killed in its middle' || tail -n 5 "$base/out"
back_within abort aborted
touch "$base/enough"
wait "$writer"
all_told "$BLUE_PORT" 'after all that'
is "$(ls -d "$base"/green "$base"/spare 2>/dev/null)" '' 'nothing of the replicas is left'
finish_tests
