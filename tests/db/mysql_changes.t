#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# mysql_changes.t - what was written on a MySQL server since a mark, found in its binary log
# and put into an archive, against the difference between the tables and a copy of them that
# was made at the mark. The archive is loaded by the server's own client. TAP on stdout.

set -u
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib/mysql.sh
. "$here/../lib/mysql.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/tap.sh
. "$here/../lib/tap.sh"
export LC_ALL=C
driver=${top_builddir:-$here/../../build}/tests/db/changes_driver
work=$(mktemp -d)
trap 'my_stop_all; rm -rf "$work"' EXIT

if ! my_start log-bin=binlog gtid-mode=ON enforce-gtid-consistency=ON; then
    not_ok 'a server starts'
    finish_tests
    exit 1
fi

now() {
    my_sql airflow "$@" || not_ok 'the statements of this test are taken'
}

# The rows of a database, a line each. mysqldump shortens numbers of single precision.
rows() { # database
    my_rows "$1" | sort
    if [ -n "$(my_sql "$1" -e "SHOW TABLES LIKE 'xcom'")" ]; then
        my_sql "$1" -e 'SELECT "float", id, ratio + 0E0 FROM xcom WHERE ratio IS NOT NULL' | sort
    fi
}

# Fences the server as a rollback does, lists, opens it again. What the driver says is in
# $work/out and $work/error, its status in $status.
list() {
    my_sql mysql -e 'SET GLOBAL super_read_only = ON; SET GLOBAL offline_mode = ON'
    status=0
    timeout 120 "$driver" list "$(my_url airflow)" "$work/mark" "$work/archive" \
        >"$work/out" 2>"$work/error" || status=$?
    my_sql mysql -e 'SET GLOBAL offline_mode = OFF; SET GLOBAL super_read_only = OFF;
        SET GLOBAL read_only = OFF'
}

mark() {
    rm -f "$work/archive"
    my_drop before
    my_copy airflow before
    status=0
    timeout 120 "$driver" mark "$(my_url airflow)" "$work/mark" 2>"$work/error" || status=$?
}

# Loads the archive into empty tables and compares them with what is new since the copy.
compare() { # name
    my_drop loaded
    my_create loaded
    myt_dump --no-data airflow | myt_admin loaded
    zstd -qdc "$work/archive" | myt_admin --show-warnings loaded >"$work/load" 2>&1 ||
        not_ok "$1: it loads" "$(<"$work/load")"
    # The server warns (3135) of a session that is strict and takes zero dates.
    ! grep -v 'Code 3135' "$work/load" >"$work/warnings" ||
        not_ok "$1: it loads in silence" "$(<"$work/warnings")"
    comm -23 <(rows airflow) <(rows before) >"$work/expected"
    rows loaded >"$work/loaded"
    if [ ! -s "$work/expected" ]; then
        not_ok "$1" 'nothing was written'
    elif cmp -s "$work/expected" "$work/loaded"; then
        ok "$1"
    else
        not_ok "$1" "$(diff "$work/expected" "$work/loaded" | cut -c1-300)"
    fi
}

says() { # table
    grep "^\`$1\` " "$work/out" | cut -d' ' -f2-
}

my_create airflow
my_create other
my_sql other -e 'CREATE TABLE log (id INT PRIMARY KEY, note TEXT)'
now <<'SQL'
CREATE TABLE log (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, dttm TIMESTAMP(6) NULL,
    event VARCHAR(60), extra MEDIUMTEXT, owner VARCHAR(500));
CREATE TABLE task_instance (dag_id VARCHAR(250) NOT NULL, task_id VARCHAR(250) NOT NULL,
    run_id VARCHAR(250) CHARACTER SET utf8mb3 COLLATE utf8mb3_bin NOT NULL,
    map_index INT NOT NULL DEFAULT -1, state VARCHAR(20), start_date TIMESTAMP(6) NULL,
    duration DOUBLE, executor_config LONGBLOB, label VARCHAR(300) AS (concat(dag_id, '/')),
    PRIMARY KEY (dag_id, task_id, run_id, map_index)) ROW_FORMAT = DYNAMIC;
CREATE TABLE trigger_uuid (id CHAR(36) CHARACTER SET latin1 NOT NULL PRIMARY KEY, n INT);
CREATE TABLE sla_miss (execution_date TIMESTAMP(6) NOT NULL, dag_id VARCHAR(20) NOT NULL,
    PRIMARY KEY (execution_date, dag_id));
CREATE TABLE xcom (id BIGINT UNSIGNED NOT NULL PRIMARY KEY, value JSON, pickled LONGBLOB,
    ratio FLOAT, big DOUBLE, exact DECIMAL(20, 6), at DATETIME(3), day DATE, clock TIME(2),
    y YEAR, b BIT(10), e ENUM ('a', 'b''c'), s SET ('x', 'y', 'z'), fixed BINARY(4),
    small TINYINT(1), latin VARCHAR(255) CHARACTER SET latin1, place GEOMETRY);
CREATE TABLE days (day DATE NOT NULL, at DATETIME(3) NOT NULL, y YEAR NOT NULL,
    kind ENUM ('one', 'two', 'three') NOT NULL, n SMALLINT NOT NULL, m MEDIUMINT UNSIGNED NOT NULL,
    t TINYINT NOT NULL, v BIGINT NOT NULL, note TEXT,
    PRIMARY KEY (kind, v, y, at, day, n, m, t));
CREATE TABLE hashes (id BINARY(8) NOT NULL, v VARBINARY(300) NOT NULL, n INT, PRIMARY KEY (v, id));
CREATE TABLE prices (price DECIMAL(12, 3) NOT NULL PRIMARY KEY, n INT);
CREATE TABLE prefixes (path TEXT NOT NULL, n INT, PRIMARY KEY (path(20)));
CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL);
CREATE TABLE quiet (id INT PRIMARY KEY);
CREATE VIEW some_logs AS SELECT * FROM log;
INSERT INTO log (dttm, event, extra) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL
    SELECT i + 1 FROM n WHERE i < 900) SELECT '2024-01-01' + INTERVAL i SECOND, 'run', i FROM n;
INSERT INTO task_instance (dag_id, task_id, run_id, state)
    SELECT concat('dag_', id DIV 100), concat('task ', id), 'scheduled__2024', 'success' FROM log;
INSERT INTO trigger_uuid SELECT concat(left(sha2(id, 256), 31), '-abc'), id FROM log WHERE id <= 50;
INSERT INTO sla_miss SELECT dttm, 'dag' FROM log WHERE id <= 50;
INSERT INTO xcom (id, value, pickled) SELECT id, json_object('a', id, 'long', repeat('x', 300)),
    repeat('p', 200) FROM log WHERE id <= 100;
INSERT INTO days SELECT dttm, dttm, 2024, 'one', -id, id, -1, -id, NULL FROM log WHERE id <= 50;
INSERT INTO hashes SELECT left(unhex(sha2(id, 256)), 8), unhex(sha2(id, 256)), id FROM log WHERE id <= 50;
INSERT INTO prices VALUES (1.5, 1);
INSERT INTO prefixes VALUES ('/one', 1), ('/two', 2);
INSERT INTO alembic_version VALUES ('e3a246e0dc1');
INSERT INTO quiet VALUES (1);
SQL

mark
is "$status" 0 'a mark is made'
like "$(<"$work/mark")" '^mysql-changes-1 [0-9a-f-]{36} binlog\.[0-9]+ [0-9]+ [0-9]+$' 'and says where'
list
is "$status $(<"$work/out")" '0 ' 'right after it there is nothing new'
is "$(zstd -qdc "$work/archive" | tail -n 1)" '-- end, 0 rows' 'nor in the archive'

now <<'SQL'
SET time_zone = '+05:00';
INSERT INTO log (dttm, event, extra) VALUES ('2024-05-05 10:00:00.123456', 'new', 'it''s \\ "q" `b` \n\r\t\Z;'),
    (NULL, NULL, NULL), ('2024-05-05', '-- not a comment', '/* nor */');
UPDATE log SET owner = repeat('o', 400) WHERE id BETWEEN 10 AND 19;
UPDATE log SET id = id + 5000 WHERE id IN (20, 21);
UPDATE log SET id = id + 5000 WHERE id = 22;
DELETE FROM log WHERE id = 5022;
DELETE FROM log WHERE id BETWEEN 30 AND 34;
INSERT INTO log (id, event) VALUES (30, 'again');
DELETE FROM log WHERE id = 30;
INSERT INTO log (id, event) VALUES (6000, 'short lived');
DELETE FROM log WHERE id = 6000;
START TRANSACTION;
DELETE FROM log WHERE id < 100;
INSERT INTO quiet VALUES (2);
ROLLBACK;
START TRANSACTION;
SAVEPOINT log;
UPDATE quiet SET id = 7;
ROLLBACK TO SAVEPOINT log;
UPDATE log SET event = 'kept' WHERE id = 50;
COMMIT;
SQL
now <<'SQL'
FLUSH BINARY LOGS;
SET NAMES utf8mb4;
INSERT INTO task_instance (dag_id, task_id, run_id, map_index, duration, executor_config) VALUES
    (repeat('ж', 250), repeat('𝄞', 250), repeat('ü', 250), 2147483647, 1.7976931348623157e308, NULL),
    ('quote '' " ` \\', 'new\nline', 'nul\0', -2147483648, -0.1e-300, x'00ff5c27'),
    ('', ' ', '', 0, 0.1, ''), ('dag_1 ', 'trailing ', ' ', 1, 123456789012345678, x'1a0d0a00');
UPDATE task_instance SET state = 'failed', start_date = now(6) WHERE dag_id = 'dag_3';
UPDATE task_instance SET map_index = 4, run_id = 'Manual' WHERE task_id = 'task 555';
UPDATE task_instance SET dag_id = upper(dag_id) WHERE task_id = 'task 556';
UPDATE task_instance SET run_id = upper(run_id) WHERE task_id = 'task 557';
DELETE FROM task_instance WHERE dag_id = 'dag_7';
INSERT INTO trigger_uuid VALUES (uuid(), NULL), ('short', 1), (_latin1 x'e4f6', 2);
UPDATE trigger_uuid SET n = -n WHERE n < 5;
INSERT INTO sla_miss VALUES ('2024-02-29 23:59:59.999999', 'leap'), ('1970-01-01 00:00:01', 'first'),
    ('2038-01-19 03:14:07.499999', 'last'), ('2024-03-03 03:03:03.000010', 'Ж');
DELETE FROM sla_miss ORDER BY execution_date LIMIT 3;
SQL
my_sql other -e "INSERT INTO log VALUES (1, 'not ours'); ALTER TABLE log ADD x INT"
now <<'SQL'
FLUSH BINARY LOGS;
SET NAMES utf8mb4;
SET SESSION binlog_transaction_compression = ON, sql_mode = 'ALLOW_INVALID_DATES';
INSERT INTO xcom VALUES (18446744073709551615, '{"ä": [1, 1.5, null, "q''\\\\\\""]}', repeat(x'005c271a0a0dffc3', 600000),
    1.1, 2.2250738585072014e-308, -12345678901234.567890, '2024-02-30 01:02:03.004', '0000-00-00', '-838:59:59', 1901,
    b'1000000001', 'b''c', 'x,z', x'01000000', -128, 'äöü', ST_GeomFromText('POINT(1.5 -2)')),
    (1000, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
    (1001, 'null', '', 16777216.5, 3, 0, '1000-01-01', '9999-12-31', '00:00:00.25', 0, b'0', 'a', '', x'00000000', 1, '', NULL);
UPDATE xcom SET pickled = repeat('q', 300) WHERE id <= 10;
INSERT INTO days SELECT '2024-02-30', '2024-02-29 12:13:14.156', 2155, 'three', -32768, 16777215, -128, i, 'x'
    FROM (SELECT -9223372036854775808 AS i UNION SELECT 9223372036854775807 UNION SELECT 0) AS n;
INSERT INTO days VALUES ('0000-00-00', '0000-00-00', 0, 'two', 32767, 0, 127, 1, NULL);
UPDATE days SET note = 'changed' WHERE n BETWEEN -9 AND -5;
DELETE FROM days WHERE n < -45;
INSERT INTO hashes VALUES (x'0100000000000000', '', 1), (x'0000000000000000', x'00', 2), (x'2720205c20200020', x'20', 3),
    ('', repeat(x'00ff', 150), 4), (x'2020202020202020', 'a ', 5);
UPDATE hashes SET v = concat(v, x'00') WHERE n = 7;
UPDATE hashes SET n = 80 WHERE n = 8;
DELETE FROM hashes WHERE n = 9;
SQL
now >/dev/null <<'SQL'
FLUSH BINARY LOGS;
SET SESSION binlog_row_image = MINIMAL, binlog_row_value_options = PARTIAL_JSON;
UPDATE xcom SET value = json_set(value, '$.a', 'partial'), big = 5 WHERE id BETWEEN 20 AND 25;
UPDATE xcom SET value = json_set(value, '$.a', 'moved'), id = id + 7000 WHERE id = 26;
UPDATE task_instance SET duration = 1 WHERE task_id IN ('task 1', 'task 2');
UPDATE task_instance SET task_id = 'task three' WHERE task_id = 'task 3';
DELETE FROM xcom WHERE id BETWEEN 30 AND 32;
INSERT INTO hashes (id, v) VALUES ('min', 'imal');
INSERT INTO prices VALUES (2.5, 2);
DELETE FROM prefixes WHERE n = 1;
UPDATE prefixes SET path = '/three' WHERE n = 2;
UPDATE prices SET n = 3;
UPDATE alembic_version SET version_num = '1507a7289a2f';
CREATE INDEX quietly ON log (event);
OPTIMIZE TABLE quiet;
SQL
my_kill
my_restart log-bin=binlog gtid-mode=ON enforce-gtid-consistency=ON
now -e "UPDATE log SET event = 'after the crash' WHERE id = 60"
logs_before=$(my_sql mysql -e 'SHOW BINARY LOGS' | wc -l)
list
is "$status$(<"$work/error")" 0 'what was written is listed, on a server that takes no writes'
compare 'the archive holds exactly the rows that differ'
is "$(says log)" '5 15 8 17' 'as the log counts; rows gone that were there at the mark; in the archive'
is "$(says hashes)" '6 2 2 8' 'a row whose key changed is gone under its old one'
is "$(says quiet)" '' 'what was rolled back is not there'
is "$(says prices) $(says prefixes) $(says alembic_version)" '1 2 0 2 0 1 1 1 0 1 0 1' \
    'tables without a usable key are taken whole'
is "$(zstd -qdc "$work/archive" | grep -c 'not ours')" 0 'other databases are left out'
rows_then=$(awk '{ n += $5 } END { print n }' "$work/out")
is "$(zstd -qdc "$work/archive" | tail -n 3)" "COMMIT;

-- end, $rows_then rows" 'the last line says how many there are'
is "$(zstd -qdc "$work/archive" | sed -n 3p)" 'SET NAMES utf8mb4;' 'a session is set up first'
is "$(my_sql mysql -e 'SHOW BINARY LOGS' | wc -l) $(my_sql mysql -e 'SHOW BINARY LOGS' | tail -n 1)" \
    "$logs_before $(my_sql mysql -e 'SHOW BINARY LOGS' | tail -n 1)" 'nothing of it is in the log'
zstd -qdc "$work/archive" >"$work/text"
if myt_admin loaded <"$work/text" 2>"$work/error"; then
    not_ok 'rows that are there already are not overwritten'
else
    like "$(<"$work/error")" 'Duplicate entry' 'rows that are there already are not overwritten'
fi
my_sql loaded -e 'DELETE FROM alembic_version; DELETE FROM days; DELETE FROM hashes'
myt_admin loaded <"$work/text" 2>"$work/error"
is "$(my_sql loaded -e 'SELECT (SELECT count(*) FROM alembic_version) + (SELECT count(*) FROM days)
    + (SELECT count(*) FROM hashes)')" 0 'an archive is loaded whole or not at all'

# The copy that mark() makes does not keep these as they are.
now -e 'DELETE FROM xcom WHERE id IN (18446744073709551615, 1001)'

# Many rows: several statements in the archive, several batches of keys.
mark
now -e "INSERT INTO log (event, extra) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n
    WHERE i < 900) SELECT i, repeat('y', 3000) FROM n; UPDATE task_instance SET state = 'x';
    INSERT INTO task_instance (dag_id, task_id, run_id) SELECT repeat('d', 240), concat(repeat('t', 240), id), id
    FROM log LIMIT 1500"
# One row of many that is written again and again, and others between that.
now <<'SQL'
UPDATE xcom SET big = 1 WHERE id = 40;
UPDATE xcom SET big = id WHERE id BETWEEN 40 AND 90;
UPDATE xcom SET big = 2 WHERE id = 40;
UPDATE xcom SET big = 3 WHERE id = 40;
UPDATE xcom SET big = big + 1 WHERE id BETWEEN 40 AND 90;
DELETE FROM xcom WHERE id = 40;
INSERT INTO xcom (id, big) VALUES (40, 4);
SQL
list
compare 'more than fits into one statement'
inserts() { zstd -qdc "$work/archive" | grep -c "^INSERT INTO .$1. "; }
is "$(inserts log)" 3 'a statement ends at about 1 MB'
is "$(inserts task_instance)" 5 'or at 500 rows'

is "$(says xcom)" '1 105 0 51' 'a row that is written often is there once'

# DDL and statements.
mark
now -e "INSERT INTO quiet VALUES (10); ALTER TABLE sla_miss ADD note INT FIRST; TRUNCATE trigger_uuid;
    CREATE TABLE _airflow_deleted__xcom (id INT PRIMARY KEY) AS SELECT 5 AS id;
    INSERT INTO trigger_uuid VALUES ('x', 1)"
now -e "SET SESSION binlog_format = STATEMENT; UPDATE hashes SET n = coalesce(n, 0) + 100"
my_sql other -e 'UPDATE airflow.prices SET n = n + 1; ALTER TABLE airflow.prefixes ADD x INT'
list
is "$status" 0 'a log with more than rows in it is read'
compare 'what was altered, emptied or written by statements is taken whole'
is "$(says quiet)/$(says sla_miss)/$(says trigger_uuid)/$(says hashes)/$(says _airflow_deleted__xcom)/$(says prefixes)" \
    "1 0 0 1/0 0 -1 $(now -e 'SELECT count(*) FROM sla_miss')/1 0 -1 1/0 0 -1 $(now -e 'SELECT count(*) FROM hashes')/1 0 -1 1/0 0 -1 1" \
    'how many rows went is then not known'
like "$(<"$work/error")" 'table sla_miss was altered' 'and that is said'

make_keys() {
    now <<'SQL'
CREATE TABLE dag (dag_id VARCHAR(100) PRIMARY KEY, n INT);
CREATE TABLE ti (id INT PRIMARY KEY, dag_id VARCHAR(100), n INT, UNIQUE (dag_id, id),
    FOREIGN KEY (dag_id) REFERENCES dag (dag_id) ON UPDATE CASCADE ON DELETE CASCADE);
CREATE TABLE note (dag_id VARCHAR(100), ti_id INT, text VARCHAR(9), PRIMARY KEY (dag_id, ti_id),
    FOREIGN KEY (dag_id, ti_id) REFERENCES ti (dag_id, id) ON UPDATE CASCADE ON DELETE CASCADE);
CREATE TABLE backfill (id INT PRIMARY KEY, dag_id VARCHAR(100),
    FOREIGN KEY (dag_id) REFERENCES dag (dag_id) ON DELETE SET NULL);
INSERT INTO dag VALUES ('a', 1), ('b', 1), ('c', 1), ('d', 1);
INSERT INTO ti VALUES (1, 'a', 1), (2, 'a', 1), (3, 'b', 1), (4, 'c', 1), (5, 'd', 1);
INSERT INTO note VALUES ('a', 1, 'x'), ('a', 2, 'x'), ('c', 4, 'x'), ('d', 5, 'y');
INSERT INTO backfill VALUES (1, 'b'), (2, 'c'), (3, 'c');
SQL
}

write_keys() {
    now -e "UPDATE dag SET dag_id = 'e' WHERE dag_id = 'a'; UPDATE dag SET n = 2 WHERE dag_id = 'd';
        DELETE FROM dag WHERE dag_id = 'b'; UPDATE backfill SET id = 30 WHERE id = 3;
        UPDATE ti SET n = 9 WHERE id = 4; UPDATE ti SET dag_id = 'd' WHERE id = 4"
}

# What foreign keys do to children, where that is in the log ...
my_drop airflow
my_create airflow
make_keys
now -e 'DROP TABLE note' # the server itself (9.7.4) refuses more than one step
mark
write_keys
list
compare 'children that follow their parents, by the log'
is "$(says ti)/$(says note)/$(says backfill)" '0 4 1 3//0 2 1 2' 'which counts them'

# ... and where it is not.
my_shutdown
my_restart log-bin=binlog innodb-native-foreign-keys=ON
my_drop airflow
my_create airflow
make_keys
mark
write_keys
list
compare 'children that follow their parents, of which the log is silent'
is "$(says ti)/$(says note)/$(says backfill)" '0 2 -1 3/0 0 -1 3/0 1 1 2' \
    'and how many of them went is not known'
is "$(now -e "SELECT group_concat(id ORDER BY id) FROM ti WHERE dag_id = 'e'")" 1,2 'they did follow'

# What is not as it was.
fails() { # category regex name
    is "$status" "$1" "$3"
    like "$(<"$work/error")" "$2" "$3: it is said"
}
cp "$work/mark" "$work/kept"
sed -i 's/binlog\.[0-9]*/binlog.000001/' "$work/mark"
my_sql mysql -e 'FLUSH BINARY LOGS'
my_sql mysql -e "PURGE BINARY LOGS TO 'binlog.000002'"
list
fails 7 'has removed its binary log binlog.000001' 'a log that was removed'
sed 's/^\(mysql-changes-1 \)[^ ]*/\1other/' "$work/kept" >"$work/mark"
list
fails 7 'another one .* than at the cutover' 'another server'
sed 's/ [0-9]*$/ 12345/' "$work/kept" >"$work/mark"
list
fails 7 'begun anew' 'another log of that name'
head -c 40 "$work/kept" >"$work/mark"
list
fails 7 'is damaged' 'a mark that is cut off'
cp "$work/kept" "$work/mark"
file=$(cut -d' ' -f3 "$work/mark")
cp "$MYT_DIR/data/$file" "$work/log"
printf 'x' | dd of="$MYT_DIR/data/$file" bs=1 seek=$(($(stat -c %s "$work/log") - 60)) conv=notrunc 2>/dev/null
list
fails 7 "$file\" is damaged at position [0-9]" 'a damaged log'
like "$(<"$work/error")" 'archive = last' 'and what to do'
head -c $(($(stat -c %s "$work/log") - 60)) "$work/log" >"$MYT_DIR/data/$file"
list
fails 7 "$file\" is damaged at position [0-9]" 'a log that is cut off'
cp "$work/log" "$MYT_DIR/data/$file"
list
is "$status" 0 'put right, it is read again'
is "$([ -e "$work/archive" ] && echo there)" there 'and archived'

my_sql mysql -e "SET GLOBAL binlog_format = 'MIXED'"
mark
fails 7 'has the format MIXED, not ROW' 'a mark where rows are not logged'
my_shutdown
my_restart skip-log-bin=1
mark
fails 7 'green has no binary log' 'a mark without a log'
my_shutdown
my_restart log-bin=binlog binlog-ignore-db=airflow
mark
fails 7 'leaves database airflow out' 'a mark where the database is not logged'
finish_tests
