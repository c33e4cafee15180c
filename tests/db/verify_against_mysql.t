#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# airshift verify --against on MySQL: a migrated database against the migration of the
# unmigrated one, and two of one revision, row by row. Whatever differs is named; what each
# migration draws anew is no difference. TAP on stdout.

set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source-path=SCRIPTDIR source=my_test.sh
. "${BASH_SOURCE[0]%/*}/my_test.sh"
my_test_begin against
# shellcheck disable=SC2119 # no settings
my_start || { not_ok 'a server starts'; finish_tests; exit 1; }

on() { # database: the file with its URL
    my_url "$1" >"$work/$1.url"
    echo "$work/$1.url"
}

migrate() { # database version [option ...]
    "$airshift" migrate --url-file "$(on "$1")" --to "$2" --progress none "${@:3}" >"$work/migrate.log" 2>&1 || {
        not_ok "$1 is migrated to $2" "$(tail -n 5 "$work/migrate.log")"
        finish_tests
        exit 1
    }
}

verify() { # migrated unmigrated [option ...]
    out=$("$airshift" verify --url-file "$(on "$1")" --against-file "$(on "$2")" "${@:3}" 2>&1)
    status=$?
}

# What verify says of "changed", a copy of "new", after a change; the change is undone.
after_change() { # statement undo
    my_sql changed -e "$1" || not_ok "the change: $1"
    verify changed old
    my_sql changed -e "$2" || not_ok "the change back: $2"
}

# --- an unmigrated database with rows, and its migration -----------------------------------

my_create old
migrate old 2.11.2
my_sql old <<'EOSQL' || { not_ok 'rows'; finish_tests; exit 1; }
SET sql_mode = 'NO_BACKSLASH_ESCAPES,STRICT_TRANS_TABLES', cte_max_recursion_depth = 10000;
CREATE TEMPORARY TABLE n (n int PRIMARY KEY);
INSERT INTO n WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 100) SELECT n FROM c;
INSERT INTO dag (dag_id, is_paused, max_active_tasks, has_task_concurrency_limits, max_consecutive_failed_dag_runs)
    SELECT concat('dag', n), 0, 16, 0, 0 FROM n WHERE n <= 3;
INSERT INTO dag_run (dag_id, run_id, execution_date, start_date, run_type, state, external_trigger, clear_number, conf)
    SELECT dag_id, concat('run', n), '2024-01-01' + INTERVAL n HOUR, '2024-01-01 00:00:00.123456', 'scheduled', 'success', 0, 0,
        CASE WHEN n <= 10 THEN X'80057D942E' ELSE X'80057D948C0161944B01732E' END
    FROM dag JOIN n ORDER BY dag_id, n;
INSERT INTO task_instance (dag_id, task_id, run_id, map_index, start_date, state, try_number, max_tries, pool, pool_slots, duration)
    SELECT dag_id, concat('task', n), run_id, -1, '2024-01-02 03:04:05.000007', 'success', 1, 1, 'default_pool', 1, n / 3e0
    FROM dag_run JOIN n WHERE n <= 10;
INSERT INTO task_reschedule (dag_id, task_id, run_id, map_index, try_number, start_date, end_date, duration, reschedule_date)
    SELECT dag_id, task_id, run_id, map_index, 1, '2024-01-02', '2024-01-02', 1, '2024-01-02' FROM task_instance
    WHERE task_id IN ('task1', 'task2') ORDER BY dag_id, run_id, task_id;
INSERT INTO task_instance_note (dag_id, task_id, run_id, map_index, content, created_at, updated_at)
    SELECT dag_id, task_id, run_id, map_index, concat('note of ', run_id), '2024-01-02', '2024-01-02' FROM task_instance
    WHERE task_id = 'task1';
INSERT INTO xcom (dag_run_id, dag_id, task_id, run_id, map_index, `key`, value, timestamp)
    SELECT r.id, r.dag_id, 'task1', r.run_id, -1, 'return_value', concat('{"n": ', r.id, ', "s": "ü\u0000"}'), '2024-01-02'
    FROM dag_run r;
INSERT INTO variable (`key`, val, is_encrypted, description) SELECT concat('v', n), concat('secret ', n), 0, '' FROM n WHERE n <= 5;
INSERT INTO connection (conn_id, conn_type, description, host, `schema`) VALUES ('c1', 'http', 'é', 'host', ''), ('c2', 'http', NULL, NULL, NULL);
CREATE TABLE own (id int PRIMARY KEY, what text, bits blob, ratio double, price decimal(9, 2), mood enum('good', 'bad'), day date);
INSERT INTO own SELECT n, 'mine', X'00ff00', n / 7, n / 4, 'bad', '2024-02-29' FROM n WHERE n <= 5;
EOSQL
my_copy old new
migrate new 3.3.2 --mode detached

# Copies are dumps, which keep six digits of a FLOAT.
verify new old
is "$status" 0 'a right migration has no difference'
like "$out" 'rows compared' 'the rows were counted'
[ "$(sed -n 's/ rows compared$//p' <<<"$out")" -ge 4500 ]
is $? 0 'all of the rows'
unlike "$out" '^different' 'nothing is called different'
verify new old --json
is "$(grep -c '"differences": 0' <<<"$out")" 1 'JSON says so too'
my_copy old chain
migrate chain 3.3.2
verify chain old
is "$status $(grep ^different <<<"$out")" '0 ' 'nor has one revision by revision'
my_drop chain

# --- what must be found ----------------------------------------------------------------------

my_copy new changed
after_change "UPDATE task_instance SET try_number = 2 WHERE dag_id = 'dag2' AND run_id = 'run7' AND task_id = 'task3'" \
    "UPDATE task_instance SET try_number = 1"
is "$status" 12 'one value changed: exit status'
like "$out" '^different: task_instance dag_id=dag2, task_id=task3, run_id=run7, map_index=-1: try_number$' \
    'one value changed: row and column are named'
is "$(grep -c '^different' <<<"$out")" 2 'one value changed: nothing else'
after_change "UPDATE variable SET val = 'secret 4!' WHERE \`key\` = 'v4'" "UPDATE variable SET val = 'secret 4' WHERE \`key\` = 'v4'"
like "$out" '^different: variable id=4: val$' 'one byte more: row and column are named'
unlike "$out" 'secret' 'values are not shown'
after_change "UPDATE variable SET val = 'Secret 4' WHERE \`key\` = 'v4'" "UPDATE variable SET val = 'secret 4' WHERE \`key\` = 'v4'"
like "$out" '^different: variable id=4: val$' 'a capital letter'
after_change "UPDATE variable SET val = 'secret 4 ' WHERE \`key\` = 'v4'" "UPDATE variable SET val = 'secret 4' WHERE \`key\` = 'v4'"
like "$out" '^different: variable id=4: val$' 'a space at the end'
after_change "UPDATE variable SET description = NULL WHERE \`key\` = 'v4'" "UPDATE variable SET description = ''"
like "$out" '^different: variable id=4: description$' 'NULL where an empty text was'
for change in "host = 'Host'|host = 'host'" "host = 'host '|host = 'host'" "\`schema\` = NULL|\`schema\` = ''"; do
    after_change "UPDATE connection SET ${change%|*} WHERE id = 1" "UPDATE connection SET ${change#*|} WHERE id = 1"
    like "$out" "^different: connection id=1: $(tr -d '`' <<<"${change%% *}")$" "a short text: ${change%|*}"
done
after_change "UPDATE connection SET description = '' WHERE conn_id = 'c2'" "UPDATE connection SET description = NULL WHERE conn_id = 'c2'"
like "$out" '^different: connection id=2: description$' 'an empty text where NULL was'
after_change "UPDATE connection SET description = 'e' WHERE conn_id = 'c1'" "UPDATE connection SET description = 'é' WHERE conn_id = 'c1'"
like "$out" '^different: connection id=1: description$' 'an accent less'
after_change "UPDATE task_instance SET start_date = '2024-01-02 03:04:05.000008' WHERE dag_id = 'dag1' AND run_id = 'run9' AND task_id = 'task9'" \
    "UPDATE task_instance SET start_date = '2024-01-02 03:04:05.000007'"
like "$out" '^different: task_instance dag_id=dag1, task_id=task9, run_id=run9, map_index=-1: start_date$' 'the last digit of a second'
after_change "UPDATE task_instance SET duration = 0.333334 WHERE dag_id = 'dag1' AND run_id = 'run9' AND task_id = 'task1'" \
    "UPDATE task_instance SET duration = 1 / 3e0 WHERE task_id = 'task1'"
like "$out" 'task1, run_id=run9, map_index=-1: duration$' 'the sixth digit of a float'
after_change "UPDATE xcom SET value = JSON_SET(value, '\$.n', '33') WHERE dag_run_id = 33" \
    "UPDATE xcom SET value = JSON_SET(value, '\$.n', 33) WHERE dag_run_id = 33"
like "$out" '^different: xcom dag_run_id=33, .*: value$' 'a text in JSON where a number was'
after_change "UPDATE dag_run SET conf = JSON_SET(conf, '\$.b', NULL) WHERE id = 250" \
    "UPDATE dag_run SET conf = JSON_REMOVE(conf, '\$.b') WHERE id = 250"
like "$out" '^different: dag_run id=250: conf$' 'one member more in JSON that was a pickle'
my_sql changed -e 'CREATE TABLE kept AS SELECT * FROM xcom WHERE dag_run_id = 33'
after_change "DELETE FROM xcom WHERE dag_run_id = 33" "INSERT INTO xcom SELECT * FROM kept; DROP TABLE kept"
like "$out" '^different: xcom has 299 rows, not 300$' 'a row missing: the numbers'
like "$out" '^different: xcom dag_run_id=33, .* is missing$' 'a row missing: its key'
after_change "INSERT INTO dag_run (id, dag_id, run_id, run_type, state, run_after, clear_number, span_status)
    VALUES (301, 'dag1', 'extra', 'manual', 'success', now(), 0, '')" "DELETE FROM dag_run WHERE id = 301"
like "$out" '^different: dag_run id=301 is one too many$' 'a row too many: its key'
my_sql changed -e 'CREATE TABLE kept AS SELECT * FROM task_reschedule WHERE id = 5'
after_change "UPDATE task_reschedule SET ti_id = (SELECT id FROM task_instance
    WHERE dag_id = 'dag3' AND run_id = 'run9' AND task_id = 'task9') WHERE id = 5" \
    "UPDATE task_reschedule JOIN kept USING (id) SET task_reschedule.ti_id = kept.ti_id; DROP TABLE kept"
like "$out" '^different: task_reschedule id=5: ti_id$' 'a reference that leads to another row'
is "$(grep -c '^different' <<<"$out")" 2 'and nothing else'
my_sql changed -e "CREATE TABLE kept AS SELECT * FROM task_instance WHERE dag_id = 'dag1' AND run_id = 'run1' AND task_id = 'task5'"
after_change "UPDATE task_instance SET id = '11111111111141118111111111111111' WHERE id = (SELECT id FROM kept)" \
    "UPDATE task_instance SET id = (SELECT id FROM kept) WHERE id = '11111111111141118111111111111111'; DROP TABLE kept"
like "$out" 'task_instance dag_id=dag1, task_id=task5, .*: id$' 'a UUID of another version'
for change in "what = 'yours'|what = 'mine'" "bits = X'00ff01'|bits = X'00ff00'" \
    'ratio = 0.285714285714286|ratio = 2e0 / 7' 'price = 0.51|price = 0.5' "mood = 'good'|mood = 'bad'" "day = '2024-03-01'|day = '2024-02-29'"; do
    my_sql changed -e 'UPDATE own JOIN old.own AS o USING (id) SET own.ratio = o.ratio'
    after_change "UPDATE own SET ${change%|*} WHERE id = 2" "UPDATE own SET ${change#*|} WHERE id = 2"
    like "$out" "^different: own id=2: ${change%% *}$" "a table of the user's own: ${change%% *}"
done
my_sql changed -e 'UPDATE own JOIN old.own AS o USING (id) SET own.ratio = o.ratio'
verify changed old
is "$status $(grep ^different <<<"$out")" '0 ' 'all changes were undone'
after_change "UPDATE dag_run SET conf = '{\"a\": 2}' WHERE dag_id = 'dag1'" 'DO 0'
like "$out" 'dag_run id=[0-9]+: conf' 'many rows: some are named'
is "$(grep -c '^different: dag_run id=' <<<"$out")" 10 'many rows: not more than asked for'
like "$out" '^note: more rows of dag_run differ' 'many rows: it says so'
after_change 'DROP TABLE own' 'DO 0'
like "$out" '^different: table own is missing$' 'a table that is missing'

# --- two of one revision ---------------------------------------------------------------------

my_copy new twin
verify twin new
is "$status $(grep ^different <<<"$out")" '0 ' 'a copy has no difference'
my_sql twin -e "UPDATE task_instance SET id = concat(left(id, length(id) - 1), IF(right(id, 1) = '0', '1', '0'))
    WHERE task_id = 'task5' AND run_id = 'run1' AND dag_id = 'dag1'"
verify twin new
is "$status" 12 'of one revision even a UUID must be the same'
my_drop twin

# --- the unmigrated one is read only, as the spare of a switch is; and by whom it is read ------

my_sql mysql -e 'SET GLOBAL super_read_only = ON'
before=$(my_sql mysql -e 'SELECT @@GLOBAL.gtid_executed; SHOW BINARY LOG STATUS')
verify new old
is "$status $(grep ^different <<<"$out")" '0 ' 'a server that is read only'
is "$(my_sql mysql -e 'SELECT @@GLOBAL.gtid_executed; SHOW BINARY LOG STATUS')" "$before" 'nothing is written to it'
my_sql mysql -e 'SET GLOBAL super_read_only = OFF; SET GLOBAL read_only = OFF'
is "$(my_sql mysql -e "SELECT count(*) FROM information_schema.tables WHERE table_name LIKE '%native%' AND table_schema IN ('old', 'new')")" 0 \
    'nothing is left behind'
like "$(verify new old --progress json; echo "$out")" '"table":"task_instance","phase":"compare".*"finished":true,"rows":3000' \
    'it shows how far it is'

# A user who reads only, but for temporary tables.
for database in old new; do
    my_sql mysql --init-command="SET @airshift_database = '$database'" <"$top/sql/server/mysql/role.sql" || not_ok 'role.sql'
done
my_sql mysql -e "ALTER USER airshift_read IDENTIFIED BY 'x' ACCOUNT UNLOCK"
as_reader() {
    for database in old new; do
        echo "mysql://airshift_read:x@127.0.0.1:$MYT_PORT/$database" >"$work/$database.reader"
    done
    out=$("$airshift" verify --url-file "$work/new.reader" --against-file "$work/old.reader" 2>&1)
    status=$?
}
as_reader
is "$status $(grep ^different <<<"$out")" '0 ' "role.sql's user who only reads"
my_sql mysql -e 'REVOKE CREATE TEMPORARY TABLES ON old.* FROM airshift_read'
as_reader
is "$status" 4 'without the right to make temporary tables: exit status'
like "$out" 'the database of --against.*denied' 'without the right to make temporary tables: it says so'
like "$out" 'needs the right to make them' 'without the right to make temporary tables: and what to do'

# --- the wrong way round, and what is no database of Airflow's ---------------------------------

verify old new
is "$status" 9 'the unmigrated one is not the newer one: exit status'
like "$out" '--against takes the unmigrated database' 'the unmigrated one is not the newer one: it says so'
my_create empty
verify new empty
is "$status" 7 'an empty database: exit status'
like "$out" 'no Airflow database behind --against' 'an empty database: it says so'
out=$("$airshift" verify --url-file "$(on new)" --against postgresql://postgres@127.0.0.1/airflow 2>&1)
is "$?" 2 'a server of another kind: exit status'
like "$out" 'of one kind' 'a server of another kind: it says so'

# --- what is computed here, and is needed at several places of one statement --------------------

my_drop old
my_drop new
my_create old
migrate old 3.1.8
my_sql old <<'EOSQL' || not_ok 'rows with deadlines'
SET sql_mode = 'NO_BACKSLASH_ESCAPES,STRICT_TRANS_TABLES';
INSERT INTO dag_bundle (name) VALUES ('b');
INSERT INTO dag (dag_id, is_paused, max_active_tasks, has_task_concurrency_limits, max_consecutive_failed_dag_runs, bundle_name)
    VALUES ('d', 0, 16, 0, 0, 'b');
INSERT INTO dag_version (id, version_number, dag_id, created_at, last_updated)
    VALUES (repeat('1', 32), 1, 'd', '2024-01-01', '2024-01-01');
INSERT INTO serialized_dag (id, dag_id, data, created_at, last_updated, dag_hash, dag_version_id)
    VALUES (repeat('2', 32), 'd', '{"dag": {"dag_id": "d", "deadline": [{"reference": {"x": 1}, "interval": 60.0, "callback": {"path": "p"}},
        {"reference": {"x": 2}, "interval": 90.5, "callback": {"path": "q"}}]}}', '2024-01-01', '2024-01-01', 'h', repeat('1', 32));
EOSQL
my_copy old new
migrate new 3.3.2 --mode detached
is "$(my_sql new -e 'SELECT count(*) FROM deadline_alert')" 2 'deadlines become rows'
verify new old
is "$status $(grep ^different <<<"$out")" '0 ' 'and are as expected'
my_sql new -e "UPDATE deadline_alert SET reference = '{\"x\": 3}' WHERE JSON_EXTRACT(reference, '\$.x') = 1"
verify new old
is "$status" 12 'and one that is not: exit status'
like "$out" '^different: deadline_alert ' 'and one that is not: it is named'

finish_tests
