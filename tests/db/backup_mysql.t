#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# backup_mysql.t - airshift backup and restore on a real MySQL, as backup.t has it: mysqldump of the
# original and of what was restored are the same, whoever writes meanwhile; files that were
# touched, killed runs and databases with tables are refused. TAP on stdout.

set -u
# shellcheck source-path=SCRIPTDIR source=my_test.sh
. "$(dirname "$0")/my_test.sh"
# shellcheck source-path=SCRIPTDIR source=backup_lib.sh
. "$(dirname "$0")/backup_lib.sh"
my_test_begin backup
writer='' holder=''
trap 'exec 9>&-; [ -z "$writer$holder" ] || kill $writer $holder 2>/dev/null; my_test_end' EXIT
# The server's own settings are of no use for what comes back as it was.
my_start sql-mode=TRADITIONAL,PIPES_AS_CONCAT default-time-zone=+05:30 || exit 1

sql() { my_sql "$1" --default-character-set=utf8mb4 -e "SET time_zone = '+00:00', cte_max_recursion_depth = 100000; $2" | tr '\t' '|'; }
# air COMMAND DATABASE [ARG ...]: output on one line in $out, exit code in $status.
air() {
    my_url "$2" >"$work/url"
    out=$(timeout 120 "$airshift" "$1" --url-file "$work/url" --progress none "${@:3}" 2>&1)
    status=$?
    out=${out//$'\n'/ }
}
# air, but with proof in a database.
air_in() { # DATABASE SCRATCH [ARG ...]
    my_url "$2" >"$work/scratch"
    air backup "$1" --verify-in-file "$work/scratch" "${@:3}"
}
# Everything: definitions in mysqldump's order, every row by its key. A collation that was written out
# once is shown with its character set from then on.
picture() {
    myt_dump --no-data --routines --triggers --events --skip-add-drop-table "$1" | sed -E "s/\`$1\`/\`DATABASE\`/g; s/ CHARACTER SET [a-z0-9]+ COLLATE/ COLLATE/"
    my_rows "$1"
    sql "$1" 'SELECT @@character_set_database, @@collation_database'
}
events_of() { sql "$1" "SELECT count(*) FROM information_schema.events WHERE event_schema = database()"; }
tables_of() { sql "$1" "SELECT count(*) FROM information_schema.tables WHERE table_schema = database()"; }

sql mysql "CREATE DATABASE source CHARACTER SET utf8mb4 COLLATE utf8mb4_bin; CREATE USER 'maker'@'%'; GRANT ALL ON *.* TO 'maker'@'%'"
my_sql source --default-character-set=utf8mb4 --binary-mode <<'SQL'
SET sql_mode = 'NO_AUTO_VALUE_ON_ZERO', time_zone = '+00:00', cte_max_recursion_depth = 100000;
CREATE TABLE alembic_version (version_num varchar(32) NOT NULL PRIMARY KEY);
INSERT INTO alembic_version VALUES ('5f2621c13b39');
CREATE TABLE `odd ``"name` (`a b` text, `select` longblob, c enum('glad', 'sad; or'), d double, e json, f timestamp(6) NULL, g time(3),
    h set('x', 'y'), i int unsigned, twice bigint GENERATED ALWAYS AS (i * 2) STORED, k float, l decimal(30, 10), m bit(13), n year,
    o datetime(6) DEFAULT '0000-00-00 00:00:00', p varbinary(300), q char(4) CHARACTER SET latin1, r geometry,
    s varchar(20) DEFAULT 'it''s \\ "x"; y' COMMENT 'quote '' and " and \\ and
a line', t varchar(40) DEFAULT (concat('its; ', 'b')), u binary(3), w varchar(9) INVISIBLE DEFAULT 'unseen');
INSERT INTO `odd ``"name` (`a b`, `select`, c, d, e, f, g, h, i, k, l, m, n, o, p, q, r, s, u, w) VALUES
    ('tab\tline\nback\\slash return\r ctrl-z \Z quote '' "', x'00FF0A5C27', 'sad; or', 1.7976931348623157e308, '{"a": [1, "\\u00e9\\n\\"", 12345678901234567890, 0.1]}',
     '2026-03-29 01:30:00.123456', '-838:59:59', 'x,y', 4294967295, 16777217, -12345678901234567890.0123456789, b'1010101010101', 2155,
     '2026-02-30 00:00:00', x'27', _latin1 x'e4f6', ST_GeomFromText('POINT(1 2)'), '\0nul', x'005C27', 'X''5C'''),
    ('', '', NULL, 4.9e-324, 'null', '1970-01-01 00:00:01', NULL, '', 0, 0.1, 0, b'0', 1901, '0000-00-00 00:00:00', '', '', NULL, 'X''41''', '', NULL),
    (CONVERT(x'F09F9880C3A4' USING utf8mb4), NULL, 'glad', -0.1, '"x"', '2038-01-19 03:14:07.999999', '00:00:00.001', NULL, NULL, 1e-30, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '_utf8mb4'),
    (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
CREATE TABLE big (id bigint NOT NULL AUTO_INCREMENT, note varchar(200) NOT NULL, k int, PRIMARY KEY (id), KEY big_note (note(8), k DESC), UNIQUE KEY big_k (k),
    KEY `lower ``note` ((lower(note))), CONSTRAINT positive CHECK (k > -5 AND note <> 'its; "')) AUTO_INCREMENT = 900000;
INSERT INTO big WITH RECURSIVE n (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n < 59999) SELECT n, repeat(sha2(n, 256), 2), n FROM n;
CREATE TABLE texts (dag_id varchar(250) COLLATE utf8mb3_bin NOT NULL, run_id varchar(100) NOT NULL, map_index int NOT NULL DEFAULT -1, at timestamp(6) NOT NULL, note text,
    PRIMARY KEY (dag_id, run_id, map_index, at)) CHARACTER SET utf8mb3;
INSERT INTO texts SELECT concat('it''s ', id % 7, '\\'), concat('r"', id % 100), id, '2026-01-01' + INTERVAL id SECOND, repeat('y', 60) FROM big WHERE id < 30000;
CREATE TABLE child (big_id bigint, n decimal(20, 10) CHECK (n > 0), other bigint, KEY (other),
    CONSTRAINT child_big FOREIGN KEY (big_id) REFERENCES big (id) ON DELETE CASCADE, CONSTRAINT child_other FOREIGN KEY (other) REFERENCES big (id) ON DELETE SET NULL ON UPDATE CASCADE);
INSERT INTO child SELECT id, (id + 1) / 7, NULL FROM big WHERE id < 500;
CREATE TABLE counter_second (a int NOT NULL, n int NOT NULL AUTO_INCREMENT, PRIMARY KEY (a, n), UNIQUE KEY (n));
INSERT INTO counter_second VALUES (1, 0), (2, 7);
CREATE TABLE no_key (a int, UNIQUE KEY (a));
CREATE TABLE quoted (id int NOT NULL, t varchar(40) DEFAULT (concat('it''s \\ ', "b")), g varchar(60) GENERATED ALWAYS AS (concat(t, '''')) VIRTUAL,
    KEY ((concat(t, 'x'''))), CONSTRAINT `isn't` CHECK (t <> 'isn''t \\'));
INSERT INTO quoted (id) VALUES (1), (2);
INSERT INTO quoted (id, t) VALUES (3, '\\''"\\\\');
CREATE TABLE quoted_key (id varchar(20) PRIMARY KEY DEFAULT ('''\\'), t varchar(200)) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
INSERT INTO quoted_key SELECT concat(id % 10, '\\''', id), repeat('k\\', 90) FROM big WHERE id < 20000;
CREATE TABLE words (id int PRIMARY KEY, t text, u text, FULLTEXT KEY (t), FULLTEXT KEY (u));
CREATE TABLE part (k int NOT NULL, t text, PRIMARY KEY (k)) PARTITION BY RANGE (k) (PARTITION p0 VALUES LESS THAN (10), PARTITION p1 VALUES LESS THAN MAXVALUE);
INSERT INTO part VALUES (1, 'one'), (20, 'two');
CREATE TABLE refused (id int PRIMARY KEY);
INSERT INTO refused VALUES (1);
CREATE VIEW last_seen AS SELECT count(*) AS n FROM refused;
CREATE VIEW a_seen AS SELECT n FROM last_seen;
DELIMITER //
CREATE TRIGGER refuse BEFORE INSERT ON refused FOR EACH ROW BEGIN SET @a = 'it''s; '; SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no'; END//
SET sql_mode = 'ANSI_QUOTES'//
CREATE DEFINER = maker@'%' FUNCTION "double"(x int) RETURNS int DETERMINISTIC BEGIN DECLARE y int; SET y = 2 * x; RETURN y; END//
CREATE PROCEDURE nothing() BEGIN SELECT 'a' "b;"; END//
CREATE DEFINER = maker@'%' EVENT daily ON SCHEDULE EVERY 1 DAY STARTS '2099-03-29 02:30:00' COMMENT 'it''s daily; ' DO BEGIN DELETE FROM "refused" WHERE id = 7; END//
SET time_zone = '-03:00', sql_mode = ''//
CREATE EVENT `odd ``"event` ON SCHEDULE AT '2099-01-01 00:00:00' ON COMPLETION PRESERVE DISABLE DO SET @x = "a\\'"//
SQL
is $? 0 'a database with all that a server knows'
[ "$tap_failed" = 0 ] || { finish_tests; exit 1; } # nothing below would end
sql source 'ANALYZE TABLE big, texts, quoted_key' >/dev/null

air backup source --to "$work/first" --part-size 1 --workers 3
is "$status" 0 "backup: $out"
is "$(find "$work/first" -type f ! -perm 600 | wc -l) $(stat -c %a "$work/first")" '0 700' 'nobody else can read the files'
like "$(jq -r '.airflow_version, .revision, .engine, .server_version' "$work/first/manifest.json" | paste -sd' ')" \
    "^[0-9.-]*2\.11\.[0-9]+ 5f2621c13b39 mysql [89][0-9]{4}$" 'the manifest has version and revision'
parts() { jq "[.tables[] | select(.name == \"$1\") | .parts[] | select(.rows > 0)] | length" "$work/first/manifest.json"; }
[ "$(parts big)" -gt 3 ] && [ "$(parts texts)" -gt 2 ] && [ "$(parts quoted_key)" -gt 1 ]
is $? 0 "big tables are in several parts, each with rows: $(parts big), $(parts texts), $(parts quoted_key)"
my_create back
air restore back --from "$work/first" --verify --workers 3
is "$status" 0 "restore: $out"
picture source >"$work/source.sql"
picture back >"$work/back.sql"
[ "$(wc -l <"$work/source.sql")" -gt 90000 ] && grep -q 'maker' "$work/source.sql" && grep -q "EVENT.*daily.*ENABLE COMMENT 'it.*s daily" "$work/source.sql"
is $? 0 'mysqldump shows all the rows'
is "$(diff "$work/source.sql" "$work/back.sql" 2>&1 | head -n 20)" '' 'mysqldump of both is the same'
# shellcheck disable=SC2016 # names in backquotes
is "$(sql back 'SELECT m + 0, k + 0e0, ST_AsText(r), hex(q), w FROM `odd ``"name` WHERE i > 4')" "5461|16777216|POINT(1 2)|E4F6|X'5C'" 'bits, numbers of single precision and the like'
# shellcheck disable=SC2016
is "$(sql back 'INSERT INTO big (note) VALUES ("new"); SELECT max(id) FROM big; SELECT * FROM a_seen; CALL nothing(); SELECT `double`(21)' | paste -sd' ')" \
    '900000 1 a 42' 'counters, views and routines work'
like "$(sql back 'INSERT INTO refused VALUES (2)' 2>&1)" '45000.*no' 'and so does a trigger'
is "$(sql back 'INSERT INTO quoted (id) VALUES (4); SELECT t, g FROM quoted WHERE id = 4')" "it's \\\\ b|it's \\\\ b'" 'and a default with quotes'
my_create anothers
air restore anothers --from "$work/first" --no-owner --verify
is "$status $(sql anothers "SELECT definer FROM information_schema.routines WHERE routine_schema = 'anothers' AND routine_name = 'double'
    UNION SELECT definer FROM information_schema.events WHERE event_schema = 'anothers'")" '0 airflow@%' \
    'without owners all belongs to who restores'

# A value that fills a packet, and its hexadecimal digits that would not fit into one.
my_create packet
sql packet "CREATE TABLE b (id int PRIMARY KEY, b longblob, t longtext)"
sql packet "SET GLOBAL max_allowed_packet = 8388608"
sql packet "INSERT INTO b VALUES (1, repeat(x'000A', 2500000), repeat('\n', 2000000))"
my_create unpacked
air_in packet unpacked --to "$work/packet"
is "$status" 0 "values of 7 MB in packets of 8: $out"
is "$(sql packet 'CHECKSUM TABLE b' | cut -d'|' -f2)" "$(sql unpacked 'CHECKSUM TABLE b' | cut -d'|' -f2)" 'come back'

# One moment, whoever writes: every transaction is in all of the tables or in none.
my_create moving
sql moving "CREATE TABLE a (id int PRIMARY KEY, amount int, moves int); CREATE TABLE b LIKE a; CREATE TABLE moved (n int AUTO_INCREMENT PRIMARY KEY);
    CREATE TABLE z (id int PRIMARY KEY, t text); INSERT INTO a VALUES (1, 1000000, 0); INSERT INTO b VALUES (1, 0, 0); INSERT INTO z SELECT id, note FROM source.big"
sql moving "ANALYZE TABLE z" >/dev/null
while [ ! -e "$work/stop" ]; do
    echo 'BEGIN; UPDATE a SET amount = amount - 1, moves = moves + 1; INSERT INTO moved VALUES (); UPDATE b SET amount = amount + 1, moves = moves + 1; COMMIT;'
done | my_sql moving >"$work/writer" 2>&1 &
writer=$!
moves() { sql "$1" 'SELECT max(n) FROM moved'; }
until [ "$(moves moving)" -gt 10 ] 2>/dev/null; do kill -0 "$writer" || exit 1; read -r -t 0.05 <> <(:) || true; done
for try in 1 2 3 4; do
    air backup moving --to "$work/moving$try" --part-size 1 --workers 4
    is "$status" 0 "backup $try beside a writer: $out"
    my_create "moved$try"
    air restore "moved$try" --from "$work/moving$try" --verify
    is "$status $(sql "moved$try" 'SELECT a.amount + b.amount, a.moves - b.moves, (SELECT count(*) FROM moved) - a.moves, a.moves > 0 FROM a JOIN b ON a.id = b.id')" \
        '0 1000000|0|0|1' 'is of one moment'
done
touch "$work/stop"
wait "$writer"
writer=''
is "$(cat "$work/writer")" '' 'the writer had no error'
[ "$(moves moving)" -gt "$(moves moved4)" ] && [ "$(moves moved4)" -gt "$(moves moved1)" ]
is $? 0 "and went on all the time: $(moves moved1), $(moves moved4), $(moves moving)"

# A table keeps its form for as long as the backup lasts: who would change it waits.
my_url moving >"$work/url"
mkfifo "$work/go"
AIRSHIFT_TEST_RUN_AT=backup:rows AIRSHIFT_TEST_RUN="touch '$work/waits'; cat '$work/go'" \
    timeout 120 "$airshift" backup --url-file "$work/url" --progress none --to "$work/formed" >"$work/out" 2>&1 &
pid=$!
until [ -e "$work/waits" ]; do kill -0 "$pid" 2>/dev/null || break; read -r -t 0.05 <> <(:) || true; done
{
    my_sql moving -e 'ALTER TABLE z ADD COLUMN later int NOT NULL DEFAULT 7, ALGORITHM = INSTANT' >"$work/altered" 2>&1
    echo "$?" >>"$work/altered"
} &
holder=$!
waits_for_z() { [ "$(sql mysql "SELECT count(*) FROM performance_schema.metadata_locks WHERE object_name = 'z' AND lock_status = 'PENDING'")" -gt 0 ]; }
until waits_for_z; do [ ! -e "$work/altered" ] || [ ! -s "$work/altered" ] || break; read -r -t 0.05 <> <(:) || true; done
is "$(cat "$work/altered")" '' 'who changes a table waits for the backup'
echo go >"$work/go"
wait "$pid"
is "$? $(grep -c 'error' "$work/out")" '0 0' "the backup is whole: $(tail -n 1 "$work/out")"
wait "$holder"
holder=''
is "$(cat "$work/altered")" 0 'then the table is changed'
my_create formed
air restore formed --from "$work/formed" --verify
is "$status $(sql formed "SELECT count(*) FROM information_schema.columns WHERE table_schema = 'formed' AND table_name = 'z'") $(sql formed 'SELECT count(*) FROM z')" \
    '0 2 60000' 'the backup has the table as it was'
sql moving 'ALTER TABLE z DROP COLUMN later'

# A transaction that has written is waited for, and named where it does not end.
mkfifo "$work/hold"
my_sql moving <"$work/hold" >/dev/null 2>&1 &
holder=$!
exec 9>"$work/hold"
echo 'BEGIN; UPDATE a SET amount = 1;' >&9
until [ "$(sql mysql 'SELECT count(*) FROM information_schema.innodb_trx WHERE trx_rows_modified > 0')" = 1 ]; do read -r -t 0.05 <> <(:) || true; done
AIRSHIFT_TEST_LOCK_SECONDS=1 air backup moving --to "$work/held"
like "$status $([ -e "$work/held" ] || echo none) $out" '^(6|7|8) none .*stays open: connection [0-9]+ \(mysql, .*End that one' 'a transaction that stays open'
my_url moving >"$work/url"
timeout 120 "$airshift" backup --url-file "$work/url" --progress none --to "$work/held" >"$work/out" 2>&1 &
pid=$!
until grep -q 'waiting for a moment' "$work/out"; do kill -0 "$pid" 2>/dev/null || break; read -r -t 0.05 <> <(:) || true; done
echo 'ROLLBACK;' >&9
wait "$pid"
is "$? $(grep -c 'waiting for a moment.*connection' "$work/out")" '0 1' 'is waited for'
exec 9>&-
wait "$holder"
holder=''

# Refusals, each with nothing changed.
air backup source --to "$work/first"
is "$status" 7 'a directory with a backup is not overwritten'
picture back >"$work/back.sql"
air restore back --from "$work/first"
like "$status $out" '^7 .*has tables' 'a database with tables is not restored into'
picture back | diff -q "$work/back.sql" - >/dev/null
is $? 0 'and unchanged'
my_create target
air restore target --from "$work/first" --check-only
like "$status $out" '^0 .*whole' 'the files are looked at'
for what in rows schema; do
    spoil_backup "$work/first" "$work/bad" "$what"
    air restore target --from "$work/bad"
    like "$status $(tables_of target) $out" "^7 0 .*${file##*/}\" is not what was backed up" "one wrong byte ($what)"
    rm -r "$work/bad"
done
cp -r "$work/first" "$work/bad"
jq '(.tables[] | select(.name == "big") | .parts[0].rows_hash) = "0123456789abcdef"' "$work/first/manifest.json" >"$work/bad/manifest.json"
air restore target --from "$work/bad"
like "$status $out" '^7 .*other rows' 'rows that are not those of the manifest'
is "$(sql target 'SELECT count(*) FROM alembic_version; SELECT count(*) FROM big WHERE id < 10' | paste -sd' ')" '0 0' \
    'are not loaded, and Airflow takes no half of a database for a whole one'
my_drop target
rm -r "$work/bad"
jq '.engine = "postgres"' "$work/first/manifest.json" >"$work/other.json"
cp -r "$work/first" "$work/bad"
mv "$work/other.json" "$work/bad/manifest.json"
my_create target
air restore target --from "$work/bad"
like "$status $(tables_of target) $out" '^9 0 .*another engine' "another engine's"
rm -r "$work/bad"
sql moving 'CREATE TABLE mine (a int) ENGINE = MyISAM'
air backup moving --to "$work/mine"
like "$status $([ -e "$work/mine" ] || echo none) $out" '^9 none .*"mine" is kept by the engine MyISAM' 'a table that has no moment'
sql moving 'DROP TABLE mine'

# --verify-in and --verify find what no checksum of a file can: rows that are others in the database.
# Here the definitions were changed, and all sums fit.
sql source "CREATE TABLE spoilt (id int PRIMARY KEY, t varchar(10)); INSERT INTO spoilt VALUES (1, 'a'), (16777217, 'b')"
my_drop target && my_create target
air_in source target --to "$work/proved"
like "$status $out" '^0 .*restored and compared' 'backup with its proof'
is "$(events_of target)" 0 'no event works in a database that is a proof'
cp -r "$work/proved" "$work/bad"
jq '(.objects[] | select(.name == "spoilt") | .sql) |= sub("`id` int"; "`id` float")' "$work/proved/schema.dump" >"$work/bad/schema.dump"
jq ".schema_bytes = $(stat -c %s "$work/bad/schema.dump") | .schema_sha256 = \"$(sha256sum <"$work/bad/schema.dump" | cut -d' ' -f1)\"" \
    "$work/proved/manifest.json" >"$work/bad/manifest.json"
my_drop target && my_create target
air restore target --from "$work/bad" --verify
like "$status $out" '^8 .*"spoilt" was restored with 2 rows that are not the 2 rows' 'one row is another'
rm -r "$work/bad"
air_in source back --to "$work/not"
is "$status $([ -e "$work/not" ] || echo none)" '7 none' 'the database for the proof is looked at first'

# Killed (needs a build with --enable-fault-injection): no backup until all is there, and the next
# run begins afresh.
for point in schema rows manifest mark; do
    my_drop target && my_create target
    AIRSHIFT_TEST_KILL_AT=backup:$point air backup moving --to "$work/killed"
    is "$status" 137 "killed at $point"
    air restore target --from "$work/killed"
    if [ "$point" = mark ]; then
        is "$status" 0 'all was there'
    else
        is "$status $(tables_of target)" '7 0' 'no backup, nothing restored'
    fi
    air backup moving --to "$work/killed"
    is "$status" 0 'the next run'
    air restore moving --from "$work/killed" --check-only
    is "$status $(find "$work/killed" -name 'airshift*')" '0 ' 'makes it whole'
    rm -r "$work/killed"
done
new_target() { my_drop target && my_create target; }
versions() { sql target 'SELECT count(*) FROM alembic_version' 2>/dev/null; }
end_sessions() {
    sql mysql "SELECT concat('KILL ', processlist_id, ';') FROM performance_schema.session_connect_attrs
        WHERE attr_name = 'program_name' AND attr_value = 'airshift: restore'" | my_sql mysql
}
restore_broken_off "$work/first" "$work/moving1"
new_target
AIRSHIFT_TEST_KILL_AT=restore:versions air restore target --from "$work/first"
is "$status $(events_of target)" '137 0' 'no event works before all is there'

# Rights and secrets.
is "$(grep -rl 'p@ss\|p%40ss' "$work/first" "$work/proved"; grep -c 'p@ss\|p%40ss' <<<"$out")" 0 'the password is nowhere'
sql mysql "CREATE USER weak; GRANT SELECT, LOCK TABLES, TRIGGER ON source.* TO weak"
out=$(timeout 60 "$airshift" backup --url "mysql://weak@127.0.0.1:$MYT_PORT/source" --progress none --to "$work/weak" 2>&1)
like "$? $([ -e "$work/weak" ] || echo none) ${out//$'\n'/ }" '^5 none .*weak@% lacks SHOW VIEW, EVENT on database source.*GRANT SHOW VIEW, EVENT ON' 'a user that may not read all'
my_sql mysql --init-command="SET @airshift_database = 'source'" <"${BASH_SOURCE[0]%/*}/../../sql/server/mysql/role.sql"
sql mysql "ALTER USER airshift_backup ACCOUNT UNLOCK"
as_backup() {
    out=$(timeout 60 "$airshift" backup --url "mysql://airshift_backup@127.0.0.1:$MYT_PORT/source" --progress none --to "$work/weak" 2>&1)
    status=$?
}
sql mysql "GRANT EXECUTE ON source.* TO airshift_backup"
as_backup
like "$status ${out//$'\n'/ }" '^[58] .*definition of FUNCTION "double".*SHOW_ROUTINE' 'nor a routine'
sql mysql "REVOKE EXECUTE ON source.* FROM airshift_backup; GRANT SHOW_ROUTINE ON *.* TO airshift_backup"
as_backup
is "$status $(jq '[.tables[].rows] | add' "$work/weak/manifest.json")" "0 $(jq '[.tables[].rows] | add' "$work/proved/manifest.json")" 'the user of role.sql may'
is "$(jq '[.objects[] | select(.kind == "routine" or .kind == "trigger")] | length' "$work/weak/schema.dump")" 3 'and sees all that there is'
finish_tests
