#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# foresight.t - rows of a new foreign key that refer to none, which would end a migration in the
# middle, revision by revision on PostgreSQL. They are said before anything is changed; and what
# a revision itself sees to is no reason to refuse. TAP on stdout.

set -u
# shellcheck source-path=SCRIPTDIR source=pg_test.sh
. "$(dirname "$0")/pg_test.sh"
pg_test_begin foresight

# shellcheck disable=SC2119 # its arguments are settings, none here
pg_start || { not_ok 'a server starts'; finish_tests; exit 1; }
pg_create runs
pg_migrate runs 2.2.5
is "$code" 0 'a database of Airflow 2.2.5'
# A restore of data alone does not look at foreign keys.
pg_psql runs -q <<'SQL'
INSERT INTO dag_run (id, dag_id, execution_date, run_id, run_type, state) VALUES (1, 'd', '2022-01-01', 'r', 'manual', 'success');
INSERT INTO task_instance (task_id, dag_id, run_id, pool, pool_slots) VALUES ('t', 'd', 'r', 'p', 1);
INSERT INTO task_fail (task_id, dag_id, execution_date) VALUES ('t', 'd', '2022-01-01'), ('gone', 'd', '2022-01-01');
SET session_replication_role = replica;
INSERT INTO task_reschedule (task_id, dag_id, run_id, try_number, start_date, end_date, duration, reschedule_date) VALUES
    ('t', 'd', 'r', 1, now(), now(), 1, now()), ('gone', 'd', 'r', 1, now(), now(), 1, now()), ('gone', 'd', 'r', 2, now(), now(), 1, now());
SQL
pg_dump_text() { "$PGT_BIN/pg_dump" -h 127.0.0.1 -p "$PGT_PORT" -U postgres "$1" | grep -v '^.\(un\)\?restrict'; }
pg_dump_text runs >"$work/before"
is "$(grep -c gone "$work/before")" 3 'with rows'
pg_migrate runs 2.6.3 --executor chain
like "$code $out" '^8 error: table "task_reschedule": a row that is not there is referred to \(foreign key "task_reschedule_ti_fkey" of "task_reschedule"\): \(dag_id, task_id, run_id, map_index\)=\(d, gone, r, -1\), by 2 of its rows error: hint: Nothing was changed\. Correct or delete such rows' \
    'orphans are said, with their table, key and number'
like "$out" 'or run it with --quarantine, which moves rows' 'for which --quarantine is a remedy'
is "$(pg_dump_text runs | diff "$work/before" - | head -n 5)" '' 'and nothing was changed'
pg_psql runs -q -c "DELETE FROM task_reschedule WHERE task_id = 'gone'"
pg_migrate runs 2.6.3 --executor chain
is "$code $(pg_psql runs -Atc 'SELECT task_id, map_index FROM task_reschedule')" '0 t|-1' 'without them the same command succeeds'

# What the server cannot convert, what is joined, and what is computed: of each the chain would
# find out in the middle. A pickled XCom is moved away by the chain, and is no reason to refuse.
pg_create values
pg_migrate values 2.11.2
is "$code" 0 'a database of Airflow 2.11.2'
pg_psql values -q -v ON_ERROR_STOP=1 <<'SQL'
INSERT INTO log_template (id, filename, elasticsearch_id, created_at) VALUES (100, 'f', 'e', now());
INSERT INTO dag_run (id, dag_id, execution_date, run_id, run_type, clear_number, log_template_id)
    SELECT n, 'd', '2024-01-01'::timestamptz + n * interval '1 hour', 'r' || n, 'manual', 0, 100 FROM generate_series(1, 3000) n;
INSERT INTO task_instance (task_id, dag_id, run_id, map_index, state, pool, pool_slots, try_number, max_tries, custom_operator_name)
    SELECT 't', 'd', run_id, -1, 'success', 'default_pool', 1, 1, 0, '' FROM dag_run;
INSERT INTO xcom (dag_run_id, task_id, map_index, key, dag_id, run_id, value, timestamp)
    SELECT id, 't', -1, 'k', 'd', run_id, CASE WHEN id IN (77, 2999) THEN 'not JSON'::bytea
        WHEN id = 78 THEN '\x80049504000000000000004b012e' ELSE '{"a": NaN}' END, now() FROM dag_run;
INSERT INTO variable (id, key, val) VALUES (5, NULL, 'x'), (6, '__airflow_var_fix_888b59e02a5b_5', 'y');
SET session_replication_role = replica;
INSERT INTO task_instance_note (task_id, dag_id, run_id, map_index, content, created_at, updated_at) VALUES ('gone', 'd', 'r7', -1, 'n', now(), now());
SQL
pg_dump_text values >"$work/before"
pg_migrate values 3.3.2 --executor chain
like "$code $out" '^8 .*table "xcom": 2 rows cannot be converted, one is row dag_run_id=77, task_id=t, map_index=-1, key=k: .*Token "not" is invalid' \
    'values that the server does not convert are said, with their number, and a key and the reason of one'
like "$out" 'table "variable": a key that must be unique is there more than once: \(key\)=\(__airflow_var_fix_888b59e02a5b_5\) has 2 rows, from 5 to 6' \
    'so are keys that are computed'
like "$out" 'table "task_instance_note": row task_id=gone, dag_id=d, run_id=r7, map_index=-1 cannot be converted: "ti_id" of "task_instance_note" must not be NULL' \
    'and what is joined and must be there'
like "$out" 'hint: Nothing was changed\. .* or run it with --quarantine, which moves rows' 'and --quarantine is a remedy for rows'
is "$(pg_dump_text values | diff "$work/before" - | head -n 5)" '' 'and nothing was changed'
pg_psql values -q -c "DELETE FROM xcom WHERE value = 'not JSON'" -c 'DELETE FROM variable WHERE id = 6' -c "DELETE FROM task_instance_note" \
    -c "UPDATE task_instance SET queued_dttm = CASE run_id WHEN 'r8' THEN 'infinity' ELSE '-infinity' END::timestamptz WHERE run_id IN ('r8', 'r9')"
pg_dump_text values >"$work/before"
pg_migrate values 3.3.2 --executor chain
like "$code $out" '^8 .*table "task_instance": 2 rows cannot be converted, one is row dag_id=d, task_id=t, run_id=r[89], map_index=-1: no UUID can be made of a time that is not finite \("id" of "task_instance"\)' \
    'times of which no UUID can be made are said'
is "$(pg_dump_text values | diff "$work/before" - | head -n 5)" '' 'and nothing was changed'
pg_psql values -q -c 'UPDATE task_instance SET queued_dttm = NULL'
# A try of a task instance that is gone has no place in a revision on the way, after which nobody asks for it any more.
pg_psql values -q -v ON_ERROR_STOP=1 -c 'SET session_replication_role = replica' -c "INSERT INTO task_instance_history
    (task_id, dag_id, run_id, map_index, try_number, pool, pool_slots, max_tries) VALUES ('gone', 'd', 'r7', -1, 1, 'p', 1, 0)"
pg_dump_text values >"$work/before"
pg_migrate values 3.3.2 --executor chain
like "$code $out" '^8 error: revision 7645189f3479 \(3\.0\.0\), on the way: table "task_instance_history": row id=[0-9]+ cannot be converted: "task_instance_id" of "task_instance_history" must not be NULL error: hint: Nothing was changed' \
    'what only a revision on the way refuses is said with that revision'
unlike "$out" '--quarantine' 'for which --quarantine is no remedy, either'
is "$(pg_dump_text values | diff "$work/before" - | head -n 5)" '' 'and nothing was changed'
pg_psql values -q -c 'DELETE FROM task_instance_history'
pg_migrate values 3.3.2 --executor chain
is "$code $(pg_psql values -Atc 'SELECT count(*), min(value::text), max(value::text) FROM xcom')" '0 2997|{"a": null}|{"a": null}' \
    'without them the same command succeeds'

# What airshift computes itself: arguments of triggers that no Airflow could encrypt either.
pg_create triggers
pg_migrate triggers 2.8.4
is "$code" 0 'a database of Airflow 2.8.4'
pg_psql triggers -q -v ON_ERROR_STOP=1 <<'SQL'
INSERT INTO trigger (id, classpath, kwargs, created_date) SELECT n, 'c', CASE WHEN n IN (3, 7) THEN '{"__type": "nonsense", "__var": 1}'
    ELSE '{"a": 1}' END::json, now() FROM generate_series(1, 9) n;
SQL
pg_dump_text triggers >"$work/before"
export AIRFLOW__CORE__FERNET_KEY='81HqDtbqAywKSOumSha3BhWNOdQ26slT6K0YaZeZyPs='
pg_migrate triggers 2.9.3 --executor chain
like "$code $out" '^8 error: table "trigger": 2 rows cannot be converted, one is row id=3: .*a type that Airflow does not know error: hint: Nothing was changed\. Is the Fernet key' \
    'arguments that cannot be encrypted are said, with their number and a key'
is "$(pg_dump_text triggers | diff "$work/before" - | head -n 5)" '' 'and nothing was changed'
AIRFLOW__CORE__FERNET_KEY=short pg_migrate triggers 2.9.3 --executor chain
like "$code $out" '^[1-9][0-9]* error: .*fernet key' 'a key that is none is an error as well'
is "$(pg_dump_text triggers | diff "$work/before" - | head -n 5)" '' 'before anything is changed'
pg_psql triggers -q -c 'DELETE FROM trigger WHERE id IN (3, 7)'
pg_migrate triggers 2.9.3 --executor chain
is "$code $(pg_psql triggers -Atc "SELECT count(*), min(left(kwargs, 4)) FROM trigger")" '0 7|gAAA' 'without them the same command succeeds'
unset AIRFLOW__CORE__FERNET_KEY

# Ids that somebody made wider, since they ran out, where another table is to have them as a number of 32 bits.
pg_create wide
pg_migrate wide 2.2.5
is "$code" 0 'another database of Airflow 2.2.5'
pg_psql wide -q -v ON_ERROR_STOP=1 <<'SQL'
ALTER TABLE dag_run ALTER COLUMN id TYPE bigint;
INSERT INTO dag_run (id, dag_id, execution_date, run_id, run_type, state) VALUES (1, 'd', '2022-01-01', 'r1', 'manual', 'success'),
    (3000000001, 'd', '2022-01-02', 'r2', 'manual', 'success');
INSERT INTO task_instance (task_id, dag_id, run_id, pool, pool_slots) SELECT 't', 'd', run_id, 'p', 1 FROM dag_run;
INSERT INTO xcom (key, value, timestamp, execution_date, task_id, dag_id) SELECT 'k', '1', now(), execution_date, 't', 'd' FROM dag_run;
SQL
pg_dump_text wide >"$work/before"
pg_migrate wide 2.6.3 --executor chain
like "$code $out" '^8 .*table "xcom": row .* cannot be converted: the number is out of range, "dag_run_id" of "xcom" is of the type integer' \
    'numbers that are out of range are said'
is "$(pg_dump_text wide | diff "$work/before" - | head -n 5)" '' 'and nothing was changed'
pg_psql wide -q -c 'DELETE FROM xcom' -c "DELETE FROM task_instance WHERE run_id = 'r2'" -c 'DELETE FROM dag_run WHERE id > 1'
pg_migrate wide 2.6.3 --executor chain
is "$code" 0 'without them the same command succeeds'
finish_tests
