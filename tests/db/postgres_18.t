#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# postgres_18.t - what only PostgreSQL 18 has, and what the parser of airshift does not know:
# generated columns that are computed when they are read, constraints that are not enforced,
# NOT NULL as a constraint with a name, keys with periods. All of it goes with its table, and
# is afterwards what the ALTERs of the chain leave. TAP on stdout.

set -u
# shellcheck source-path=SCRIPTDIR source=../lib/postgres_versions.sh
. "$(dirname "$0")/../lib/postgres_versions.sh"
if programs=$(pg_version_bindir 18 2>/dev/null); then
    export PG_BINDIR=$programs PGBIN=$programs PATH=$programs:$PATH
else
    echo '1..0 # SKIP PostgreSQL 18 could not be installed'
    exit 77
fi
# shellcheck source-path=SCRIPTDIR source=pg_test.sh
. "$(dirname "$0")/pg_test.sh"
pg_test_begin postgres_18

# The catalog as far as this test is concerned, a line an object.
objects() { # database
    pg_psql "$1" -AtF ' ' <<'SQL'
SELECT 'constraint', conrelid::regclass::text, conname, contype, convalidated, connoinherit, conenforced, pg_get_constraintdef(oid)
  FROM pg_constraint WHERE connamespace = 'public'::regnamespace ORDER BY 2, 3;
SELECT 'column', c.relname, a.attname, a.attnotnull, a.attgenerated, pg_get_expr(d.adbin, d.adrelid)
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped ORDER BY 2, 3;
SQL
}

# shellcheck disable=SC2119 # its arguments are settings, none here
pg_start || { not_ok 'a server starts'; finish_tests; exit 1; }
is "$(pg_psql postgres -Atc "SELECT current_setting('server_version_num')::int / 10000")" 18 'it is PostgreSQL 18'
pg_create own
pg_migrate own 2.11.2
is "$code" 0 'a database of Airflow 2.11.2'
# task_instance is written again, variable is not.
pg_psql own -q -v ON_ERROR_STOP=1 <<'SQL'
INSERT INTO log_template (id, filename, elasticsearch_id, created_at) VALUES (100, 'f', 'e', now());
INSERT INTO dag_run (id, dag_id, execution_date, run_id, run_type, state, clear_number, log_template_id)
    VALUES (1, 'd', '2024-01-01', 'r', 'manual', 'success', 0, 100);
INSERT INTO task_instance (task_id, dag_id, run_id, map_index, pool, pool_slots, duration, custom_operator_name)
    VALUES ('t', 'd', 'r', -1, 'default_pool', 1, 1.5, '');
INSERT INTO variable (key, val) VALUES ('k', 'v');
CREATE TABLE desk (id integer PRIMARY KEY);
CREATE TABLE shift (id int4range, during tsrange, PRIMARY KEY (id, during WITHOUT OVERLAPS));
CREATE TABLE handover (id int4range, during tsrange, FOREIGN KEY (id, PERIOD during) REFERENCES shift (id, PERIOD during));
INSERT INTO shift VALUES ('[1,2)', '[2024-01-01,2024-02-01)'), ('[1,2)', '[2024-02-01,2024-03-01)');
INSERT INTO handover VALUES ('[1,2)', '[2024-01-15,2024-02-15)');
ALTER TABLE task_instance
    ADD COLUMN virtual_ms double precision GENERATED ALWAYS AS (duration * 1000) VIRTUAL,
    ADD COLUMN stored_ms double precision NOT NULL GENERATED ALWAYS AS (duration * 1000) STORED,
    ADD COLUMN team text, ADD COLUMN desk integer DEFAULT 7, ADD COLUMN slot int4range, ADD COLUMN during tsrange;
ALTER TABLE task_instance ADD CONSTRAINT many_slots CHECK (pool_slots > 5) NOT ENFORCED;
ALTER TABLE task_instance ADD CONSTRAINT short CHECK (duration < 1) NOT VALID;
ALTER TABLE task_instance ADD CONSTRAINT own_only CHECK (pool_slots > 0) NO INHERIT;
ALTER TABLE task_instance ADD CONSTRAINT at_desk FOREIGN KEY (desk) REFERENCES desk NOT ENFORCED;
ALTER TABLE task_instance ADD CONSTRAINT at_desk_from_now_on FOREIGN KEY (desk) REFERENCES desk NOT VALID;
ALTER TABLE task_instance ADD CONSTRAINT team_from_now_on NOT NULL team NOT VALID;
ALTER TABLE task_instance ADD CONSTRAINT desk_here NOT NULL desk NO INHERIT;
ALTER TABLE task_instance ADD CONSTRAINT one_at_a_time UNIQUE (slot, during WITHOUT OVERLAPS);
ALTER TABLE task_instance ADD CONSTRAINT one_without UNIQUE NULLS NOT DISTINCT (slot) INCLUDE (desk);
ALTER TABLE task_instance RENAME CONSTRAINT task_instance_dag_id_not_null TO has_dag;
ALTER TABLE variable ADD COLUMN twice text GENERATED ALWAYS AS (key || key) VIRTUAL, ADD COLUMN team text;
ALTER TABLE variable ADD CONSTRAINT long_key CHECK (length(key) > 10) NOT ENFORCED;
ALTER TABLE variable ADD CONSTRAINT team_from_now_on NOT NULL team NOT VALID;
ALTER TABLE variable RENAME CONSTRAINT variable_id_not_null TO has_id;
SQL
pg_psql postgres -qc 'CREATE DATABASE chained TEMPLATE own' -c 'CREATE DATABASE computed TEMPLATE own' -c 'CREATE DATABASE small TEMPLATE own'
# The chain updates rows, and then they must obey what is NOT VALID, as with Airflow.
pg_psql chained -q -c 'INSERT INTO desk VALUES (7)' -c "UPDATE task_instance SET team = 'x', duration = 0.5" -c "UPDATE variable SET team = 'x'"
pg_migrate chained 3.3.2 --executor chain
is "$code $(grep -o 'error: .*' <<<"$out")" '0 ' 'revision by revision, by the ALTERs of the chain'
pg_migrate own 3.3.2 --verify-rows
is "$code $(grep -o 'error: .*' <<<"$out")" '0 ' 'in one go, every row verified'
objects chained >"$work/chained"
objects own >"$work/own"
is "$(diff "$work/chained" "$work/own")" '' 'both leave the same constraints and columns, with their names'
is "$(pg_psql own -AtF ' ' -c 'SELECT virtual_ms, stored_ms FROM task_instance' -c 'SELECT twice FROM variable')" \
    $'1500 1500\nkk' 'generated columns are computed'
is "$(grep -cE '^constraint (task_instance|variable) (many_slots|long_key) c f f f .* NOT ENFORCED$' "$work/own")" 2 \
    'what was not enforced is not'
is "$(grep -E '^column (task_instance|variable) (virtual_ms|stored_ms|twice) ' "$work/own" | cut -d' ' -f3-5)" \
    $'stored_ms t s\nvirtual_ms f v\ntwice f v' 'generated columns keep their kind'
is "$(grep -E '^constraint (task_instance|variable) (team_from_now_on|desk_here|has_dag|has_id) ' "$work/own" | cut -d' ' -f3-7)" \
    $'desk_here n t t t\nhas_dag n t f t\nteam_from_now_on n f f t\nhas_id n t f t\nteam_from_now_on n f f t' \
    'and NOT NULL its names and kinds'
like "$(cat "$work/own")" 'constraint task_instance one_at_a_time u .*WITHOUT OVERLAPS' 'a key with a period is there'
out=$("$airshift" verify --url "$(pg_url own)" --to 3.3.2 2>&1)
like "$? $out" '^0 ' 'verify takes no offence at what is of the user'"'"'s own'

like "$(cat "$work/own")" 'constraint task_instance one_without u .*UNIQUE NULLS NOT DISTINCT \(slot\) INCLUDE \(desk\)' \
    'and one that takes NULL for a value, with another column beside it'

# What cannot go with its table is said before anything is changed.
pg_psql computed -q -c 'ALTER TABLE task_instance ADD COLUMN next_job integer GENERATED ALWAYS AS (job_id + 1) VIRTUAL'
objects computed >"$work/before"
for executor in fused chain; do
    pg_migrate computed 3.3.2 --executor "$executor"
    like "$code $out" '^[1-9][0-9]* .*generated column "next_job" of table "task_instance" is computed from column "job_id", which is not in the target version.*Drop the column' \
        "$executor: a generated column over one that goes is refused"
    is "$(objects computed | diff "$work/before" - | head -n 3)$(pg_psql computed -Atc 'SELECT version_num FROM alembic_version')" \
        "$(pg_psql small -Atc 'SELECT version_num FROM alembic_version')" "$executor: nothing was changed"
done
finish_tests
