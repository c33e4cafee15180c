#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# roles.t - the roles of sql/server/postgres/role.sql: one reads and nothing else, the other
# migrates; what is made new belongs to who has Airflow's other tables, whoever migrates; and
# each right that is missing is named before anything is changed. TAP on stdout.

set -u
# shellcheck source-path=SCRIPTDIR source=pg_test.sh
. "$(dirname "$0")/pg_test.sh"
roles=$(realpath "$(dirname "$0")/../../sql/server/postgres/role.sql")
pg_test_begin roles
# shellcheck disable=SC2119 # no settings of its own
pg_start || exit 1

sql() { pg_psql "$1" -At -c "$2"; }
# as ROLE DATABASE COMMAND [ARG ...]: output on one line in $out, exit code in $code
as() {
    local role=$1 database=$2 command=$3
    shift 3
    out=$(timeout 120 "$airshift" "$command" --url "postgresql://$role@127.0.0.1:$PGT_PORT/$database" "$@" 2>&1)
    code=$?
    out=${out//$'\n'/ }
}
picture() { # database: all that is in it, and whose it is
    "$PGT_BIN/pg_dump" -h 127.0.0.1 -p "$PGT_PORT" -U postgres "$1" | grep -vE '^.(un)?restrict'
}
owners() {
    sql "$1" "SELECT string_agg(DISTINCT pg_get_userbyid(relowner), ' ') FROM pg_class WHERE relnamespace = 'public'::regnamespace"
}
schemas() { sql "$1" "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'airshift%'"; }

sql postgres 'CREATE ROLE airflow LOGIN; CREATE ROLE dba CREATEROLE LOGIN; CREATE ROLE stranger LOGIN; CREATE ROLE member LOGIN IN ROLE airflow'
pg_psql postgres -c 'CREATE DATABASE old OWNER airflow'
as airflow old migrate --to 2.11.2 --progress none
is "$code" 0 'a database of Airflow 2.11, of a role of its own'
pg_psql old <<'SQL'
INSERT INTO log_template (id, filename, elasticsearch_id, created_at) VALUES (100, 'f', 'e', now());
INSERT INTO dag_run (id, dag_id, execution_date, run_id, run_type, clear_number, log_template_id, conf)
    SELECT n, 'd', '2024-01-01'::timestamptz + n * interval '1 hour', 'r' || n, 'manual', 0, 100,
           CASE WHEN n < 3 THEN '\x80049526000000000000008c083c6e6f776865726594938c036261729493942e'::bytea END FROM generate_series(1, 50) n;
INSERT INTO task_instance (task_id, dag_id, run_id, map_index, state, pool, pool_slots, try_number, max_tries)
    SELECT 't', 'd', 'r' || n, -1, 'success', 'default_pool', 1, 1, 0 FROM generate_series(1, 50) n;
SQL
is $? 0 'with rows, some of which cannot be converted'
copy() {
    pg_drop "$1"
    pg_create "$1" old
    pg_psql "$1" -c 'ALTER SCHEMA public OWNER TO postgres' -c 'REVOKE ALL ON SCHEMA public FROM PUBLIC' -c 'GRANT USAGE ON SCHEMA public TO airflow'
}

# --- the script -------------------------------------------------------------------------

copy work
for run in first second; do
    pg_psql work -f "$roles" >"$work/roles.out" 2>&1
    is "$? $(cat "$work/roles.out")" '0 ' "role.sql, $run time"
done
pg_psql postgres -f "$roles" >"$work/roles.out" 2>&1
like "$? $(cat "$work/roles.out")" '^[1-9].*' 'not in a database without Airflow'
like "$(cat "$work/roles.out")" 'has no table alembic_version' 'it says why'

# --- the role that reads ----------------------------------------------------------------

as stranger work plan --to 3.3.2
like "$code $out" '^7 .*the role may use none.*hint: GRANT USAGE' 'a role without anything: plan'
sql work 'GRANT USAGE ON SCHEMA public TO stranger'
as stranger work plan --to 3.3.2
like "$code $out" '^5 .*permission denied for table.*hint: .*needs USAGE on their schema and SELECT' 'a role that may not read: plan'
as stranger work migrate --to 3.3.2
like "$code $out" '^5 .*permission denied' 'a role that may not read: migrate'
sql work 'REVOKE USAGE ON SCHEMA public FROM stranger'
picture work >"$work/before"
as airshift_read work check --to 2.11.2
is "$code" 0 "reads: check"
as airshift_read work plan --to 3.3.2
like "$code $out" '^0 From Airflow .* to 3.3.2' 'reads: plan'
as airshift_read work plan --to 3.3.2 --format sql
is "$code" 0 'reads: plan as SQL'
as airshift_read work verify --to 2.11.2
like "$code $out" '^0 .* 0 differences' 'reads: verify'
as airshift_read work doctor
is "$code" 0 "reads: doctor"
as airshift_read work status
is "$code" 0 'reads: status'
as airshift_read work monitor --interval 0.1
is "$code" 19 'reads: monitor'
as airshift_read work watch --once
is "$code" 20 'reads: watch'
as airshift_read work inspect catalog
is "$code" 0 'reads: inspect catalog'
as airshift_read work preflight --to 3.3.2
like "$out" 'plan +from .* to 3.3.2' 'reads: preflight'
like "$code $out" '^13 .*red +privileges +the role airshift_read does not own' 'which says that this role cannot migrate'
as airshift_read work backup --to "$work/backup" --progress none
is "$code" 0 "reads: backup"
copy other
pg_psql other -f "$roles" >/dev/null
as airshift_read work verify --to 2.11.2 --against "postgresql://airshift_read@127.0.0.1:$PGT_PORT/other"
is "$code" 0 'reads: verify --against'
for command in 'migrate --to 3.3.2' 'migrate --to 3.3.2 --executor chain' 'downgrade --to 2.10.0 --yes' pause \
    'clean --before 2025-01-01 --skip-archive'; do
    # shellcheck disable=SC2086 # words
    as airshift_read work $command
    like "$code $out" '^5 .*permission denied' "reads, and changes nothing: $command"
done
picture work | diff "$work/before" - >"$work/diff"
is $? 0 'nothing was changed' || head -n 5 "$work/diff"
is "$(sql work "SET ROLE airshift_read; SELECT count(*) FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND has_table_privilege(oid, 'INSERT, UPDATE, DELETE, TRUNCATE')")" 0 \
    'it could not write either'

# --- the role that migrates -------------------------------------------------------------

as airshift_migrate work preflight --to 3.3.2
like "$code $out" '^0 .*green +privileges' 'migrates: preflight'
sql work "UPDATE task_instance SET start_date = '2024-01-01' WHERE run_id = 'r9'"
as airshift_migrate work clean --before 2024-06-01 --archive "$work/archive" --progress none
like "$code $out" '^0 .*task_instance +1 rows' 'migrates: clean'
as airshift_migrate work migrate --to 3.3.2 --progress none
is "$code" 0 "migrates: $out"
is "$(owners work)" airflow 'all is of the role that owned the tables'
is "$(schemas work)" 0 'nothing of airshift is left'
as airshift_read work verify --to 3.3.2
is "$code" 0 'the role that reads can read the new tables'
is "$(sql work "SET ROLE airflow; SELECT count(*) FROM _airshift_archive__unpickle_json")" 2 'rows that are kept are of that role, too'
as airshift_migrate work downgrade --to 2.11.2 --yes
is "$code" 0 'migrates: downgrade'
is "$(owners work)" airflow 'and all is still of that role'
as airshift_migrate other migrate --to 3.3.2 --executor chain
is "$code" 0 'migrates: the chain'
is "$(owners other)" airflow 'and all is of that role'
for who in postgres member; do
    for executor in fused chain; do
        copy other
        pg_psql other -c "GRANT CREATE ON DATABASE other TO airflow" -c 'GRANT CREATE ON SCHEMA public TO airflow'
        as "$who" other migrate --to 3.3.2 --progress none --executor "$executor"
        is "$code $(owners other)" '0 airflow' "another role migrates: $who, $executor"
    done
done
copy other
pg_psql other -f "$roles" >/dev/null
AIRSHIFT_TEST_KILL_AT=begin:after as airshift_migrate other migrate --to 3.3.2 --progress none
as airshift_read other status
like "$code $out" '^0 migration from .* to 3.3.2' 'reads: status of a migration under way'
as airshift_migrate other migrate --to 3.3.2 --progress none
is "$code $(owners other)" '0 airflow' 'which can be gone on with'
for command in pause 'drain --limit 1' 'unpause --gap 0'; do
    # shellcheck disable=SC2086 # words
    as airshift_migrate other $command
    is "$code" 0 "migrates: $command"
done

# --- what is missing --------------------------------------------------------------------

# lacks SQL ROLE PATTERN ADVICE NAME: with this undone, both executors say so and what to do,
# change nothing, and with the advice taken go on.
lacks() {
    local executor advice
    for executor in fused chain; do
        copy other
        pg_psql other -f "$roles" >/dev/null
        pg_psql other -c 'REVOKE stranger FROM airflow' -c "$1" 2>/dev/null
        picture other >"$work/before"
        as "$2" other migrate --to 3.3.2 --progress none --executor "$executor"
        like "$code $out" "^5 .*$3.*error: hint: .*$4" "missing: $5, $executor"
        like "$out" 'nothing was changed' "missing: $5, $executor: it says so"
        is "$(picture other | diff "$work/before" - | head -n 5)" '' "missing: $5, $executor: nothing was changed"
    done
    advice=$(grep -oE 'GRANT [^.;]*' <<<"$out" | head -n 1)
    pg_psql other -c "$advice"
    as "$2" other migrate --to 3.3.2 --progress none
    is "$code $(cut -c1-300 <<<"$out" | grep -o 'error: .*')" '0 ' "missing: $5: the advice is taken"
}
lacks 'REVOKE CREATE ON DATABASE other FROM airflow; ALTER DATABASE other OWNER TO postgres' airflow \
    'permission denied for database other' 'GRANT CREATE ON DATABASE other TO airflow' 'CREATE on the database'
lacks 'REVOKE CREATE ON SCHEMA public FROM airflow' airflow 'permission denied for schema public' \
    'GRANT USAGE, CREATE ON SCHEMA public TO airflow' 'CREATE on the schema'
lacks 'REVOKE airflow FROM airshift_migrate; GRANT CREATE ON DATABASE other TO airshift_migrate;
    GRANT USAGE, CREATE ON SCHEMA public TO airshift_migrate; GRANT SELECT ON ALL TABLES IN SCHEMA public TO airshift_migrate;
    ALTER ROLE airshift_migrate IN DATABASE other RESET role' airshift_migrate \
    'table [a-z_]+, as [0-9]+ more, is not of role airshift_migrate' 'airflow owns it: .*GRANT airflow TO airshift_migrate' 'membership'
lacks 'ALTER TABLE dag_run OWNER TO stranger; GRANT SELECT ON dag_run TO airflow; GRANT USAGE, CREATE ON SCHEMA public TO stranger' airflow \
    'table dag_run is not of role airflow' 'stranger owns it: .*GRANT stranger TO airflow' 'one table'
lacks 'CREATE VIEW watcher AS SELECT state FROM dag_run; ALTER VIEW watcher OWNER TO stranger; GRANT USAGE, CREATE ON SCHEMA public TO stranger;
    GRANT SELECT ON dag_run TO stranger' airflow \
    'view watcher is not of role airflow' 'GRANT stranger TO airflow' 'a view on it'
lacks 'CREATE TABLE mine (id serial PRIMARY KEY, run integer REFERENCES dag_run (id)); ALTER TABLE mine OWNER TO stranger;
    GRANT SELECT ON mine TO airflow' airflow \
    "table(, which has a foreign key to Airflow's,)? mine is not of role airflow" 'GRANT stranger TO airflow' 'a table that refers to it'
lacks 'CREATE PUBLICATION news FOR TABLE task_instance; ALTER DATABASE other OWNER TO stranger; GRANT CREATE ON DATABASE other TO stranger; ALTER PUBLICATION news OWNER TO stranger' airflow \
    'publication news is not of role airflow' 'GRANT stranger TO airflow' 'a publication'
lacks 'CREATE SCHEMA airshift; ALTER SCHEMA airshift OWNER TO stranger' airflow \
    'schema airshift, which a migration has left, is not of role airflow' 'GRANT stranger TO airflow' "what another role's migration has left"
# --- a switch ---------------------------------------------------------------------------

# All that the steps of a switch take, one by one; but who is fenced out cannot lift the fence.
sql postgres 'CREATE ROLE switcher LOGIN REPLICATION IN ROLE airflow, pg_monitor, pg_signal_backend; ALTER DATABASE work OWNER TO switcher'
sql work 'GRANT EXECUTE ON FUNCTION pg_create_restore_point(text) TO switcher'
printf '[blue]\nurl = postgresql://switcher@127.0.0.1:%s/work\n[green]\ndata_directory = %s/green\nport = 1\n[airflow]\nto = 3.3.2\n[repoint]\nhook = /bin/true\n[switch]\nstate_directory = %s/state\n' \
    "$PGT_PORT" "$work" "$work" >"$work/switch.conf" && chmod 600 "$work/switch.conf"
out=$(timeout 60 "$airshift" switch start --config "$work/switch.conf" 2>&1)
like "$? ${out//$'\n'/ }" '^3 .*"switcher" .*no superuser.*without SUPERUSER' 'a role without SUPERUSER: a switch names it, before anything is changed'
is "$(sql postgres "SELECT datconnlimit FROM pg_database WHERE datname = 'work'") $(ls -d "$work/green" 2>/dev/null)" '-1 ' 'and nothing is'
as_switcher() { "$PGT_BIN/psql" -XAtq -h 127.0.0.1 -p "$PGT_PORT" -U switcher -d "$1" -c "$2" 2>&1; } # database statement
is "$(as_switcher work "SELECT pg_create_restore_point('here') IS NOT NULL; ALTER DATABASE work CONNECTION LIMIT 0")" t 'such a role could close the fence'
like "$(as_switcher work 'SELECT 1')" 'too many connections' 'but not pass it'
sql postgres 'ALTER DATABASE work CONNECTION LIMIT -1'

finish_tests
