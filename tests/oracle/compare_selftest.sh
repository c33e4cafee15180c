#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Proves that compare.py can fail: it must be green on two real migrations of one
# source, and red on every mutation below, for the reason that was planted.
#
#   compare_selftest.sh [--rows N]

set -u
# shellcheck source-path=SCRIPTDIR source=oracle.sh
. "$(dirname "$0")/oracle.sh"

rows=200
[ "${1:-}" != --rows ] || rows=$2

# judge NAME green|red PATTERN A B SOURCE [ARG ...]
judge() {
    local name=$1 colour=$2 pattern=$3 status log=$ORACLE_WORK/judge.log
    shift 3
    oracle_compare "$1" "$2" "$3" "$since" --limit 1000 "${@:4}" >"$log" 2>&1
    status=$?
    if ! tail -n 1 "$log" | grep -Eq '^[0-9]+ passed, [0-9]+ failed$'; then
        oracle_fail "$name: no verdict"
        tail -n 5 "$log"
    elif [ "$colour" = green ] && [ "$status" -eq 0 ]; then
        oracle_pass "$name: green"
    elif [ "$colour" = red ] && [ "$status" -eq 1 ] && grep -Eq -- "$pattern" "$log"; then
        oracle_pass "$name: red"
    else
        oracle_fail "$name: expected $colour ($pattern), exit was $status"
        head -n 12 "$log"
    fi
}

# plant COLOUR PATTERN NAME SQL [ARG of compare ...]
plant() {
    local colour=$1 pattern=$2 name=$3 sql=$4
    shift 4
    pg_drop mutant
    pg_create mutant "$base_b" || exit 1
    if ! pg_psql mutant -c "$sql" >/dev/null; then
        oracle_fail "$name: the mutation itself failed"
        return
    fi
    judge "$name" "$colour" "$pattern" "$base_a" mutant "$base_source" "$@"
}

# fixture NAME VERSION: NAME_source, NAME_a and NAME_b, two real migrations to 3.3.2
fixture() {
    if ! oracle_fresh "$2" "$1_source" ||
        ! oracle_populate "$1_source" --rows "$rows" --extras; then
        echo "compare_selftest.sh: no source database" >&2
        exit 1
    fi
    since=$(date +%s)
    pg_create "$1_a" "$1_source" && pg_create "$1_b" "$1_source" || exit 1
    oracle_real "$1_a" 3.3.2 && oracle_arrived "$1_a" 3.3.2 || exit 1
    oracle_real "$1_b" 3.3.2 && oracle_arrived "$1_b" 3.3.2 || exit 1
}

for version in 2.11.2 3.1.8 3.3.2; do
    airflow_env "$version" >/dev/null || exit
done
oracle_begin
# shellcheck disable=SC2119 # its arguments are settings, none here
pg_start || exit 1

fixture two 2.11.2
base_a=two_a base_b=two_b base_source=two_source

judge "two real migrations" green - two_a two_b two_source
judge "a database and itself, all UUIDs kept" green - two_a two_a two_a
judge "a database and itself, UUIDs not drawn twice" red 'drew the same UUID' two_a two_a two_source
judge "the source and its migration" red 'only in B' two_source two_b two_source

one_ti="(SELECT id FROM task_instance ORDER BY dag_id, task_id, run_id, map_index LIMIT 1)"
plant red 'rows of public.task_instance' "a value" "UPDATE task_instance SET hostname = 'other' WHERE id = $one_ti"
plant red 'rows of public.xcom' "a row lost" "DELETE FROM xcom WHERE ctid = (SELECT min(ctid) FROM xcom)"
plant red 'only in B' "a row more" "INSERT INTO log (event) VALUES ('x')"
plant red 'rows of public.xcom' "a JSON value" "UPDATE xcom SET value = '{\"a\": 2}' WHERE value = '{\"a\": 1}'"
plant red 'rows of public.xcom' "a JSON null for an SQL one" "UPDATE xcom SET value = 'null' WHERE value IS NULL"
plant red 'rows of public.dag_run ' "a number's spelling" "UPDATE dag_run SET conf = '{\"a\": 1.0}' WHERE conf = '{\"a\": 1}'"
plant red 'rows of public.log' "an empty string for NULL" "UPDATE log SET extra = '' WHERE id = (SELECT min(id) FROM log WHERE extra IS NULL)"
plant red 'updated_at' "a microsecond" "UPDATE task_instance SET updated_at = updated_at + interval '1 microsecond' WHERE updated_at IS NOT NULL"
plant red 'duration' "the last bit of a float" "UPDATE task_instance SET duration = 3600.1234560000003 WHERE duration = 3600.123456"
plant red 'rows of public.alembic_version' "the revision" "UPDATE alembic_version SET version_num = '9ff64e1c35d3'"
plant red 'rows of public.job' "a trailing blank" "UPDATE job SET hostname = hostname || ' ' WHERE id = (SELECT min(id) FROM job)"

plant red 'index public.task_instance' "an index lost" "DROP INDEX ti_state"
plant red 'index public.task_instance' "an index renamed" "ALTER INDEX ti_state RENAME TO ti_states"
plant red 'index public.task_instance' "an index on other columns" "DROP INDEX ti_state; CREATE INDEX ti_state ON task_instance (pool)"
plant red 'user_log_owner' "a user's index lost" "DROP INDEX user_log_owner"
plant red 'constraint public.xcom' "a constraint renamed" "ALTER TABLE xcom RENAME CONSTRAINT xcom_pkey TO xcom_pk"
plant red 'constraint public.xcom' "a foreign key's action" "ALTER TABLE xcom DROP CONSTRAINT xcom_task_instance_fkey, ADD CONSTRAINT xcom_task_instance_fkey FOREIGN KEY (dag_id, task_id, run_id, map_index) REFERENCES task_instance (dag_id, task_id, run_id, map_index)"
plant red 'NOT VALID' "a foreign key not validated" "ALTER TABLE xcom DROP CONSTRAINT xcom_task_instance_fkey, ADD CONSTRAINT xcom_task_instance_fkey FOREIGN KEY (dag_id, task_id, run_id, map_index) REFERENCES task_instance (dag_id, task_id, run_id, map_index) ON DELETE CASCADE NOT VALID"
plant red 'enabled D' "foreign keys switched off" "ALTER TABLE xcom DISABLE TRIGGER ALL"
plant red 'column public.log' "a type" "ALTER TABLE log ALTER COLUMN event TYPE varchar(61)"
plant red 'column public.log' "NOT NULL lost" "ALTER TABLE log ALTER COLUMN event DROP NOT NULL"
plant red 'column public.task_instance' "a default" "ALTER TABLE task_instance ALTER COLUMN max_tries SET DEFAULT 0"
plant red 'column public.variable' "the order of columns" "ALTER TABLE variable ADD COLUMN d2 text; UPDATE variable SET d2 = description; ALTER TABLE variable DROP COLUMN description; ALTER TABLE variable RENAME d2 TO description"
plant red 'column public.dag_run' "a user's column lost" "ALTER TABLE dag_run DROP COLUMN \"User Column\""
plant red 'only in A' "a table lost" "DROP TABLE revoked_token"
plant red 'only in B' "a table more" "CREATE TABLE leftover (x integer)"
plant red 'view public.user_view' "a view lost" "DROP VIEW user_view"
plant red 'trigger public.task_instance' "a user's trigger lost" "DROP TRIGGER user_audit ON task_instance"
plant red 'table public.task_instance' "a comment lost" "COMMENT ON TABLE task_instance IS NULL"
plant red 'table public.task_instance' "storage options lost" "ALTER TABLE task_instance RESET (fillfactor)"
plant red 'table public.xcom' "TOAST options lost" "ALTER TABLE xcom RESET (toast.autovacuum_enabled)"
plant red 'table public.task_instance' "a grant lost" "REVOKE SELECT ON task_instance FROM oracle_reader"
plant red 'table public.task_instance' "the owner" "ALTER TABLE task_instance OWNER TO oracle_reader"
plant red 'table public.job' "an unlogged table" "ALTER TABLE user_table SET UNLOGGED; ALTER TABLE user_table DROP CONSTRAINT user_table_job_id_fkey; ALTER TABLE job SET UNLOGGED"
plant red 'STATISTICS|column public.task_instance' "a statistics target" "ALTER TABLE task_instance ALTER COLUMN dag_id SET STATISTICS -1"
plant red 'OPTIONS n_distinct' "an attribute option" "ALTER TABLE task_instance ALTER COLUMN dag_id SET (n_distinct = 5)"
plant red 'statistics public.user_statistics' "extended statistics lost" "DROP STATISTICS user_statistics"
plant red 'user_trigger' "a function lost" "DROP TRIGGER user_audit ON task_instance; DROP FUNCTION user_trigger()"

plant red 'sequence value public.log_id_seq' "a sequence behind" "SELECT setval('log_id_seq', 1)"
plant green - "a sequence ahead" "SELECT setval('log_id_seq', 1000000)"
plant red 'sequence public.log_id_seq' "a sequence without an owner" "ALTER SEQUENCE log_id_seq OWNED BY NONE"
plant red 'sequence public.log_id_seq' "a sequence's step" "ALTER SEQUENCE log_id_seq INCREMENT BY 2"

free_ti="(SELECT id FROM task_instance t WHERE queued_dttm IS NOT NULL AND NOT EXISTS (SELECT 1 FROM task_reschedule r WHERE r.ti_id = t.id) LIMIT 1)"
plant red 'version A 7  B 4' "a UUID of another version" "UPDATE task_instance SET id = gen_random_uuid() WHERE id = $free_ti"
plant red 'milliseconds A' "a UUID with another time" "UPDATE task_instance SET id = ('018d0000-0000-' || substr(id::text, 15))::uuid WHERE id = $free_ti"
plant red 'not within the run' "a history UUID from the past" "UPDATE task_instance_history SET task_instance_id = ('018d0000-0000-' || substr(task_instance_id::text, 15))::uuid WHERE ctid = (SELECT min(ctid) FROM task_instance_history)"
plant red 'rows of public.task_reschedule' "a reference to another row" "UPDATE task_reschedule SET ti_id = (SELECT id FROM task_instance WHERE id <> task_reschedule.ti_id ORDER BY id LIMIT 1) WHERE id = (SELECT max(id) FROM task_reschedule)"
plant red 'rows of public.task_instance_note' "two notes exchanged" "WITH two AS (SELECT (array_agg(ti_id ORDER BY content))[1] AS one, (array_agg(ti_id ORDER BY content DESC))[1] AS other, min(content) AS low, max(content) AS high FROM task_instance_note) UPDATE task_instance_note SET content = CASE ti_id WHEN one THEN high ELSE low END FROM two WHERE ti_id IN (one, other)"

plant red 'kwargs: A encrypted .* B plain' "kwargs not encrypted" "UPDATE trigger SET kwargs = '{\"__var\": {}, \"__type\": \"dict\"}' WHERE id = (SELECT min(id) FROM trigger)"
plant green - "kwargs encrypted anew with the same value" "UPDATE trigger SET kwargs = '$(
    oracle_python - <<PYTHON
from cryptography.fernet import Fernet
print(Fernet("$ORACLE_FERNET_KEY").encrypt(b'{"__var": {}, "__type": "dict"}').decode())
PYTHON
)' WHERE id = (SELECT min(id) FROM trigger)"
plant red 'not decryptable' "kwargs encrypted with another key" "UPDATE trigger SET kwargs = 'gAAAAABl' WHERE id = (SELECT min(id) FROM trigger)"
plant red 'rows of public.trigger' "kwargs with another value" "UPDATE trigger SET kwargs = (SELECT kwargs FROM trigger ORDER BY id OFFSET 2 LIMIT 1) WHERE id = (SELECT min(id) FROM trigger)"

blanks="UPDATE rendered_task_instance_fields SET rendered_fields = replace(rendered_fields::text, '\": ', '\":   ')::json"
plant green - "white space in a json column" "$blanks"
plant red 'rendered_fields' "white space under --strict-json" "$blanks" --strict-json
plant green - "an extension" "DROP EXTENSION IF EXISTS pgcrypto"
plant green - "airshift's own schema" "CREATE SCHEMA airshift; CREATE TABLE airshift.journal (x integer)"
plant red 'schema other' "any other schema" "CREATE SCHEMA other"

fixture three 3.1.8
base_a=three_a base_b=three_b base_source=three_source
judge "two real migrations from 3.1.8" green - three_a three_b three_source
plant red 'rows of public.task_instance' "a UUID that should have been kept" "UPDATE task_instance t SET id = overlay(id::text placing '0000' from 33)::uuid WHERE id = (SELECT id FROM task_instance t WHERE NOT EXISTS (SELECT 1 FROM task_reschedule r WHERE r.ti_id = t.id) LIMIT 1)"
plant red 'rows of public.callback' "a callback's data" "UPDATE callback SET data = '{}' WHERE id = (SELECT callback_id FROM deadline ORDER BY id LIMIT 1)"
plant red 'rows of public.callback' "two deadlines with each other's callback" "WITH two AS (SELECT id, callback_id, lead(callback_id) OVER w AS next, lag(callback_id) OVER w AS previous FROM (SELECT * FROM deadline ORDER BY id LIMIT 2) x WINDOW w AS (ORDER BY id)) UPDATE deadline d SET callback_id = coalesce(next, previous) FROM two WHERE two.id = d.id"
plant red 'rows of public.deadline' "a now that is long ago" "UPDATE deadline SET created_at = '2024-01-01' WHERE id = (SELECT id FROM deadline LIMIT 1)"
plant red 'rows of public.deadline' "a callback that belongs to nobody" "UPDATE deadline SET callback_id = (SELECT callback_id FROM deadline ORDER BY id LIMIT 1)"

drawn="data::text LIKE '%interval%' OR data->'dag'->'deadline'->>0 IS NOT NULL"
plant red 'dag_hash' "a hash that does not fit" "UPDATE serialized_dag SET dag_hash = md5('x') WHERE id = (SELECT id FROM serialized_dag WHERE $drawn LIMIT 1)"
plant red 'rows of public.serialized_dag' "a DAG with another's deadline" "UPDATE serialized_dag SET data = jsonb_set(data, '{dag,deadline}', (SELECT jsonb_build_array(id) FROM deadline_alert a WHERE a.serialized_dag_id <> serialized_dag.id LIMIT 1)) WHERE id = (SELECT id FROM serialized_dag WHERE $drawn LIMIT 1)"
plant red 'rows of public.deadline' "a deadline without its alert" "UPDATE deadline SET deadline_alert_id = NULL WHERE id = (SELECT id FROM deadline WHERE deadline_alert_id IS NOT NULL LIMIT 1)"
plant red 'rows of public.serialized_dag' "a packed DAG" "UPDATE serialized_dag SET data_compressed = '\\x00' WHERE id = (SELECT id FROM serialized_dag WHERE data_compressed IS NOT NULL LIMIT 1)"

oracle_summary
