#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# mysql_shadow.sh - a database of Airflow 1.8.2 with rows, on a real MySQL, migrated beside its
# old tables (--mode detached): tables and rows are those of Airflow's own chain. Then it is
# killed with SIGKILL at every step, and the same command goes on each time, to the same end.
# TAP on stdout.

set -u
# shellcheck source-path=SCRIPTDIR source=mysql_oracle.sh
. "$(dirname "$0")/mysql_oracle.sh"
source=d2ae31099d61
target=a4c2fd67d16b

migrate() { # database [option ...]
    my_url "$1" >"$work/url"
    "$airshift" migrate --url-file "$work/url" --to "$target" --mode detached "${@:2}" \
        >"$work/out" 2>"$work/err"
}

leftovers() { # database
    my_sql mysql -e "SELECT schema_name FROM information_schema.schemata WHERE schema_name LIKE '$1\_%'
        UNION ALL SELECT table_name FROM information_schema.tables WHERE table_schema = '$1' AND table_name LIKE 'airshift%'"
}

like_airflow() { # database text
    picture "$1" task_instance >"$work/ours"
    if [ "$(grep -c 'INSERT INTO' "$work/real")" -lt 100 ]; then
        not_ok "$2: there are rows to compare"
    fi
    is "$(diff "$work/real" "$work/ours" | head -n 40)$(leftovers "$1")" '' "$2"
}

unchanged() { # database text
    picture "$1" task_instance >"$work/now"
    is "$(diff "$work/before" "$work/now" | head -n 40)" '' "$2"
}

mysql_oracle_begin shadow
my_create source
if ! grow source "$source"; then
    finish_tests
    exit 1
fi
my_sql source <"$here/mysql_rows_1_8.sql"
# Enough rows of one table for several ranges of its key.
my_sql source -e "SET SESSION cte_max_recursion_depth = 1000000;
    INSERT INTO task_instance (task_id, dag_id, execution_date, start_date, end_date, duration, state, try_number,
        hostname, unixname, pool, queue, operator, pid)
    WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 24000)
    SELECT concat('many''s ', n % 7), concat('dag ', n % 11, repeat('é', 60)),
        '2020-01-01' + INTERVAL n SECOND, '2020-01-01' + INTERVAL n MINUTE, NULL, n / 3, 'success', 1,
        repeat('h', 900), 'airflow', 'default', 'default', 'BashOperator', n FROM n;
    ANALYZE TABLE task_instance" >/dev/null
my_copy source real
my_sql source -e 'ANALYZE TABLE task_instance' >/dev/null
picture source task_instance >"$work/before"
grow real "$target"
picture real task_instance >"$work/real"

my_url source >"$work/url"
"$airshift" plan --url-file "$work/url" --to "$target" >"$work/plan" 2>&1
like "$? $(tr -s ' \n' ' ' <"$work/plan")" '^0 From Airflow 1.8.2 to 1.10.10: .* task_instance rewritten .*one RENAME TABLE: [0-9]+ tables go, [0-9]+ come, by way of the databases source_airshift_new' \
    'plan says what is rewritten, and how it is exchanged'
"$airshift" plan --url-file "$work/url" --to "$target" --format sql >"$work/out" 2>&1
is "$?" 9 'it does not write a script there'
picture source task_instance >"$work/now"
is "$(diff "$work/before" "$work/now")" '' 'and changes nothing'
my_copy source plain
migrate plain --verify-rows
is "$? $(head -n 5 "$work/err" | grep -i error)" '0 ' 'the migration ends well'
like "$(cat "$work/out")" 'migrated from 1.8.2 to 1.10.10' 'and says so'
like_airflow plain 'the tables and rows are those that Airflow makes, and nothing else is left'
my_url source >"$work/source.url"
"$airshift" verify --url-file "$work/url" --against-file "$work/source.url" --to "$target" >"$work/out" 2>&1
like "$? $(grep '^different' "$work/out")$(tr '\n' ' ' <"$work/out")" '^0 .*[0-9]{5} rows compared' 'and so says verify --against'
migrate plain
like "$? $(cat "$work/out")" '^0 .*at 1.10.10 already' 'a second run has nothing to do'
my_drop plain

# Each run goes one step further: it dies when rows are copied and noted.
for point in shadow-copy:after shadow-copy:commit shadow-statement:after; do
    my_copy source killed
    deaths=0
    ranges=0
    while [ "$deaths" -lt 300 ]; do
        AIRSHIFT_TEST_KILL_AT=$point migrate killed
        code=$?
        [ "$code" -eq 137 ] || break
        deaths=$((deaths + 1))
        unchanged_at=$(my_sql killed -e 'SELECT version_num FROM alembic_version')
        [ "$unchanged_at" = "$source" ] || not_ok "$point: the old version stands" "$unchanged_at"
        ranges=$(my_sql killed_airshift_new -e "SELECT count(*) FROM airshift_range")
        # A run that never gets as far as a note cannot go on by itself.
        [ "$point" = shadow-copy:after ] || break
    done
    if [ "$point" = shadow-copy:after ]; then
        is "$code" 0 "$point: killed after each of $deaths copies, it arrives"
        if [ "$deaths" -lt 10 ] || [ "$ranges" -lt 2 ]; then
            not_ok "$point: it was killed often, between ranges of one table, too" "$deaths times, $ranges ranges"
        fi
    else
        migrate killed
        is "$?" 0 "$point: the next run arrives"
    fi
    like_airflow killed "$point: with the tables and rows that Airflow makes"
    my_drop killed
done

# One database, killed at one step after the other.
my_copy source point
for point in shadow-begin:between shadow-build:before shadow-natives:before shadow-keys:after shadow-late:commit \
    shadow-swap:before shadow-swap:after shadow-drop:before shadow-drop:between; do
    AIRSHIFT_TEST_KILL_AT=$point migrate point
    is "$?" 137 "$point: killed"
    case $point in
    shadow-swap:after | shadow-drop:*)
        is "$(my_sql point -e 'SELECT version_num FROM alembic_version')" "$target" "$point: the new version stands"
        ;;
    *) unchanged point "$point: the old tables are as they were" ;;
    esac
done
migrate point
is "$?" 0 'the next run arrives'
like_airflow point 'where Airflow does'
my_drop point

# A dry run does everything but the swap.
my_copy source dry
migrate dry --dry-run
is "$? $(leftovers dry)" '0 ' 'a dry run ends well and leaves nothing'
unchanged dry 'and changes nothing'
AIRSHIFT_TEST_KILL_AT=shadow-late:commit migrate dry --dry-run
is "$?" 137 'killed in a dry run'
migrate dry --dry-run
is "$? $(leftovers dry)" '0 ' 'the next dry run begins again'
AIRSHIFT_TEST_KILL_AT=shadow-late:commit migrate dry
migrate dry --dry-run
like "$? $(tr '\n' ' ' <"$work/err")" '^7 .*was broken off.*without --dry-run' 'it does not end a real run'
migrate dry
is "$?" 0 'which goes on'
like_airflow dry 'and arrives where Airflow does'
my_drop dry

# What status says of it; and the other executor ends one that has swapped.
my_copy source seen
my_url seen >"$work/url"
AIRSHIFT_TEST_KILL_AT=shadow-late:commit migrate seen
like "$("$airshift" status --url-file "$work/url" | tr '\n' ' ')" \
    '^migration from 1.8.2 to 1.10.10, begun .* building beside the old tables: ([0-9]+) of \1 jobs done; the database is at 1.8.2 nobody works on it' \
    'status tells of a migration that was broken off'
is "$("$airshift" status --json --url-file "$work/url" | jq -c '[.jobs_done > 5, .rows_copied]')" '[true,null]' 'and as JSON'
AIRSHIFT_TEST_KILL_AT=shadow-swap:after migrate seen
like "$("$airshift" status --url-file "$work/url" | tr '\n' ' ')" 'swapped: the database is at 1.10.10' 'and of one that has swapped'
"$airshift" migrate --url-file "$work/url" --to "$target" --executor chain >"$work/out" 2>&1
is "$? $(leftovers seen)" '0 ' 'which the other executor ends'
like_airflow seen 'where Airflow arrives'
my_drop seen

# What is written to a table after it was copied is not lost.
my_copy source late
AIRSHIFT_TEST_KILL_AT=shadow-swap:before migrate late
my_sql late -e "INSERT INTO slot_pool (pool, slots) VALUES ('new since', 3)"
migrate late
like "$? $(cat "$work/err")" '^0 .*' 'a table was written to since: it begins again'
like "$(cat "$work/err")" 'table "slot_pool" was written to since' 'and says why'
is "$(my_sql late -e "SELECT slots FROM slot_pool WHERE pool = 'new since'")" 3 'with the new row'
my_drop late

# Another command than before: what was built is of no use, and goes.
my_copy source other
AIRSHIFT_TEST_KILL_AT=shadow-swap:before migrate other
my_sql other -e "ALTER TABLE log ADD COLUMN mine int"
migrate other
like "$? $(cat "$work/err")" '^0 .*had another plan' 'a changed table makes another plan: it begins again'
is "$(my_sql other -e 'SELECT count(mine) FROM log')" 0 'and the new column is there'
my_drop other
my_copy source thrown
AIRSHIFT_TEST_KILL_AT=shadow-swap:before migrate thrown
migrate thrown --discard
is "$? $(leftovers thrown)" '0 ' '--discard removes what was built'
unchanged thrown 'and leaves the rest'
my_drop thrown

# A row that comes while the tables are made: a trigger on a table of the tool's own writes it.
my_copy source during
AIRSHIFT_TEST_KILL_AT=shadow-build:before migrate during
my_sql during -e "INSERT INTO slot_pool (pool, slots) VALUES ('before', 1)"
my_drop during_airshift_new
AIRSHIFT_TEST_KILL_AT=shadow-natives:before migrate during
my_sql during_airshift_new -e "CREATE TRIGGER meddle AFTER INSERT ON airshift_done FOR EACH ROW
    INSERT IGNORE INTO during.slot_pool (pool, slots) VALUES (concat('at ', left(NEW.item, 30), uuid_short()), 1)"
migrate during
like "$? $(cat "$work/err")" '^7' 'rows that come while the tables are made stop it'
like "$(cat "$work/err")" 'table "slot_pool" was written to while' 'before the swap, and it says which table'
is "$(my_sql during -e 'SELECT version_num FROM alembic_version')" "$source" 'the old version stands'
my_sql during_airshift_new -e 'DROP TRIGGER IF EXISTS meddle'
migrate during
is "$? $(my_sql during -e "SELECT count(*) > 5 FROM slot_pool")" '0 1' 'the next run begins anew and has them all'
my_drop during

# A table that somebody uses.
my_copy source locked
mkfifo "$work/fifo"
my_sql locked --unbuffered <"$work/fifo" >"$work/held" &
holder=$!
exec 3>"$work/fifo"
echo "BEGIN; SELECT count(*) FROM dag_run;" >&3
await 30 test -s "$work/held"
migrate locked --lock-wait 1
is "$?" 6 'a table in use ends it with the exit code of a lock'
like "$(cat "$work/err")" 'unchanged' 'and says that nothing is changed'
unchanged locked 'which is true'
exec 3>&-
wait "$holder"
holder=
migrate locked
is "$?" 0 'the next run goes on'
like_airflow locked 'and arrives where Airflow does'
my_drop locked

# The user's own triggers come through as they are, whoever defined them, and see no copy.
triggers() { # database
    my_sql "$1" -e "SELECT trigger_name, event_object_table, action_timing, event_manipulation, action_order, action_statement, definer,
        sql_mode, collation_connection FROM information_schema.triggers WHERE trigger_schema = '$1' ORDER BY 1"
    # The catalog's text has lost the backslashes.
    my_sql "$1" -e 'SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = database() ORDER BY 1' |
        while read -r name; do my_sql "$1" -e "SHOW CREATE TRIGGER \`${name//\`/\`\`}\`" | cut -f 3 | sed 's/^.*ROW //'; done
}

my_copy source watched
my_sql watched <<'SQL'
CREATE USER 'o@wner'@'%';
GRANT ALL ON *.* TO 'o@wner'@'%';
CREATE TABLE seen (number int AUTO_INCREMENT PRIMARY KEY, what text);
SET sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES';
DELIMITER //
CREATE DEFINER = 'o@wner'@'%' TRIGGER "a `quoted` one" AFTER INSERT ON dag_run FOR EACH ROW BEGIN
    INSERT INTO seen (what) VALUES (concat('second\; ', NEW."dag_id")); INSERT INTO seen (what) VALUES ('é'); END//
DELIMITER ;
SET sql_mode = '';
CREATE TRIGGER z AFTER INSERT ON dag_run FOR EACH ROW PRECEDES `a ``quoted`` one` INSERT INTO seen (what) VALUES ("first\\;");
CREATE TRIGGER stays BEFORE UPDATE ON task_instance FOR EACH ROW SET NEW.hostname = concat('by ', NEW.hostname);
CREATE TRIGGER removed BEFORE DELETE ON alembic_version FOR EACH ROW INSERT INTO seen (what) VALUES ('a version');
SQL
triggers watched >"$work/triggers"
is "$(wc -l <"$work/triggers")" 8 'there are triggers'
for point in shadow-trigger:tried shadow-trigger:dropped; do
    AIRSHIFT_TEST_KILL_AT=$point migrate watched
    is "$?" 137 "$point: killed"
    [ "$point" != shadow-trigger:dropped ] || is "$(triggers watched)" '' "$point: there are no triggers"
    migrate watched --discard
    is "$? $(triggers watched | diff "$work/triggers" -)$(leftovers watched)" '0 ' "$point: --discard puts them back"
    AIRSHIFT_TEST_KILL_AT=$point migrate watched
done
AIRSHIFT_TEST_KILL_AT=shadow-swap:after migrate watched
is "$? $(triggers watched)" '137 ' 'killed right after the exchange'
migrate watched
is "$? $(triggers watched | diff "$work/triggers" -)$(leftovers watched)" '0 ' 'triggers are there as they were'
is "$(my_sql watched -e 'SELECT count(*) FROM seen')" 0 'and no copy was seen by them'
my_sql watched -e "INSERT INTO dag_run (dag_id, execution_date, run_id) VALUES ('new', now(), 'new')"
is "$(my_sql watched -e 'SELECT what FROM seen ORDER BY number' | tr '\n' ' ')" 'first\\; second\\; new é ' 'they work, in their order, as they were meant'
my_drop watched
my_copy source watched
my_sql watched -e 'CREATE TRIGGER watch BEFORE INSERT ON dag_run FOR EACH ROW SET @seen = 1'
triggers watched >"$work/triggers"
AIRSHIFT_TEST_KILL_AT=shadow-trigger:dropped migrate watched
"$airshift" migrate --url-file "$work/url" --to "$target" >"$work/out" 2>&1
is "$? $(triggers watched | diff "$work/triggers" -)" '0 ' 'the other executor puts them back, too'
my_drop watched
my_drop watched_airshift_new

# What cannot be done.
my_copy source refused
my_create refused_airshift_new
my_sql refused_airshift_new -e 'CREATE TABLE precious (a int)'
migrate refused
like "$? $(cat "$work/err")" '^7 .*is there already' 'a database of that name that is not airshift'"'"'s is refused'
is "$(my_sql refused_airshift_new -e 'SHOW TABLES')" precious 'and left alone'
my_drop refused_airshift_new
my_sql refused -e "INSERT INTO dag_run (dag_id, execution_date, run_id, state) VALUES ('bad', '1066-10-14', 'x', 'success')"
picture refused task_instance >"$work/before"
migrate refused
is "$?" 8 'a row that cannot be converted has its exit code'
like "$(cat "$work/err")" "table \"dag_run\": row id=$(my_sql refused -e "SELECT id FROM dag_run WHERE dag_id = 'bad'") cannot be converted: .*1066-10-14" \
    'and is named with its table and key'
is "$(leftovers refused)" '' 'nothing is left of the run'
unchanged refused 'and nothing is changed'
my_sql refused -e "DELETE FROM dag_run WHERE dag_id = 'bad';
    UPDATE task_instance SET end_date = '1066-10-14' WHERE task_id = 'many''s 3' AND execution_date = '2020-01-01 05:17:51'"
picture refused task_instance >"$work/before"
migrate refused
like "$? $(tr '\n' ' ' <"$work/err")" "^8 .*table \"task_instance\": row task_id=many's 3, dag_id=dag .*, execution_date=2020-01-01 05:17:51.* 1066-10-14|^8 .*task_id=many's 3.*1066-10-14" \
    'a row among many is found'
unchanged refused 'and nothing is changed'
finish_tests
