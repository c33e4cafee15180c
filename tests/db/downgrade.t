#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# downgrade.t - what airshift downgrade says, refuses, and survives. That its revisions give
# what Airflow's own give is tests/oracle/stairway_down.sh. TAP on stdout.

set -u
# shellcheck source-path=SCRIPTDIR source=pg_test.sh
. "$(dirname "$0")/pg_test.sh"
pg_test_begin downgrade
# shellcheck disable=SC2119 # no settings of its own
pg_start || exit 1

sql() { pg_psql "$1" -At -c "$2"; }
run() { # run COMMAND DATABASE [ARG ...]: output and exit status in $out and $status
    local command=$1 database=$2
    shift 2
    out=$("$airshift" "$command" --url "$(pg_url "$database")" "$@" 2>&1)
    status=$?
}
downgrade() { run downgrade "$@"; }
revision() { sql "$1" 'SELECT version_num FROM alembic_version'; }
# Definitions and rows, but for what is new in each dump.
dump() {
    (cd / && pgt_as "$PGT_BIN/pg_dump" -h "$PGT_DIR" -p "$PGT_PORT" -N airshift --inserts "$1") |
        grep -vE '^(\\(un)?restrict|--|$)'
}
copy() { PGOPTIONS='-c client_min_messages=warning' pg_psql postgres -q -c "DROP DATABASE IF EXISTS $2 WITH (FORCE)" -c "CREATE DATABASE $2 TEMPLATE $1"; }
dies_at() { # dies_at NAME DATABASE POINT [ARG ...]
    local name=$1 database=$2 point=$3
    shift 3
    AIRSHIFT_TEST_KILL_AT=$point "$airshift" downgrade --url "$(pg_url "$database")" --yes "$@" >"$work/killed" 2>&1 &
    wait $! 2>/dev/null
    is $? 137 "$name"
}

pg_create source
"$airshift" migrate --url "$(pg_url source)" --to 3.3.2 --progress none >/dev/null 2>&1
pg_psql source -q <<'SQL'
INSERT INTO log_template (id, filename, elasticsearch_id, created_at) VALUES (100, 'f', 'e', now());
INSERT INTO dag_run (id, dag_id, logical_date, run_id, run_type, clear_number, log_template_id, run_after, span_status, conf, partition_key)
    SELECT n, 'd', '2024-01-01'::timestamptz + n * interval '1 hour', 'r' || n, 'manual', 0, 100, now(), 'ended',
           jsonb_build_object('n', n, 'pad', (SELECT string_agg(md5(n::text || k), '') FROM generate_series(1, 45) k)),
           CASE WHEN n <= 7 THEN 'p' || n END FROM generate_series(1, 12000) n;
INSERT INTO dag_run (id, dag_id, logical_date, run_id, run_type, clear_number, log_template_id, run_after, span_status)
    VALUES (12001, 'd', NULL, 'without date', 'manual', 0, 100, now(), 'ended');
INSERT INTO asset (id, name, uri, "group", extra, created_at, updated_at) VALUES (1, 'a', 's3://a', '', '{}', now(), now());
CREATE TABLE mine (id int PRIMARY KEY, run int REFERENCES dag_run (id));
INSERT INTO mine VALUES (1, 5);
ANALYZE;
SQL
is "$? $(sql source 'SELECT pg_relation_size($$dag_run$$) / 8192 > 2048')" '0 t' 'a database at 3.3.2 with a big table'
head=$(revision source)

# --- what goes, and nothing else without --yes ---
copy source db
dump db >"$work/before"
downgrade db --to 2.11.2
is "$status" 2 'without --yes it is refused'
like "$out" "from 3.3.0 to 2.11.2, [0-9]+ revisions are undone" 'how far it would go'
like "$out" 'column dag_run.partition_key goes, 7 values' 'a column with values goes'
like "$out" 'column dag_run.run_after goes, 12,001 values' 'another'
like "$out" 'table asset_active goes|table dag_bundle goes' 'a table with rows goes'
unlike "$out" 'table asset goes|asset\.uri|dag_run.conf' 'what is renamed or changes its type does not'
unlike "$out" 'goes, 0 ' 'what is empty is not told'
like "$out" '--yes.*|backup' 'what to do'
dump db | cmp -s - "$work/before"
is $? 0 'nothing was changed'

# --- errors ---
downgrade db --yes
like "$status $out" '^2 .*--to' 'a target must be given'
downgrade db --to 9.9.9 --yes
like "$status $out" '^9 .*9.9.9' 'a version that is not known'
downgrade db --to 3.3.2 --yes
like "$status $out" '^0 .*at 3.3.2 already' 'nothing to do'
pg_create empty
downgrade empty --to 2.11.2 --yes
is "$status" 7 'no Airflow'
is "$(sql empty "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace")" 0 'nothing is made there'

# --- the way down and up again ---
downgrade db --to 2.11.2 --yes
like "$status ${out//$'\n'/ }" '^0 .*downgraded from 3.3.0 to 2.11.2 in ' 'downgraded'
is "$(revision db)" 5f2621c13b39 'the version is written'
is "$(sql db "SELECT count(*) FROM _airflow_moved__3_0_0__offending_dag_run")" 1 'a run that 2.x cannot have is set aside'
is "$(sql db "SELECT count(*) FROM dag_run WHERE execution_date = '2024-01-01'::timestamptz + id * interval '1 hour'")" 12000 'the others are there'
is "$(sql db "SELECT uri FROM dataset")" s3://a 'an asset is a dataset again'
is "$(sql db "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'airshift%'")" 0 'nothing is left behind'
is "$(sql db "SELECT count(*) FROM pg_constraint WHERE conrelid = 'mine'::regclass AND contype = 'f'")" 1 "a user's foreign key is there"
dump db >"$work/down"
downgrade db --to 3.0.6 --yes
like "$status ${out//$'\n'/ }" '^9 .*older than 3.0.6.*airshift migrate' 'a newer target is refused'
run migrate db --to 3.3.2 --progress none
is "$status" 0 'it goes up again'
run verify db --to 3.3.2
is "$status" 0 'and verifies'

# --- the FAB provider's tables ---
copy source db
downgrade db --to 2.10.5 --yes
is "$status $(sql db 'SELECT version_num FROM alembic_version_fab')" '0 6709f7a774b9' "below 3.0 the provider's tables go back, too"
copy source db
downgrade db --to 3.1.8 --yes
is "$status $(sql db 'SELECT version_num FROM alembic_version_fab')" '0 02ca36b0235b' 'above they stay'
copy source db
downgrade db --to 3.1.8 --fab-to 1.4.0 --yes
is "$status $(sql db 'SELECT version_num FROM alembic_version_fab')" '0 6709f7a774b9' 'and where it is asked for'
copy source plain
pg_psql plain -q -c 'SET client_min_messages = warning; DROP TABLE alembic_version_fab, ab_group_role, ab_user_group, ab_group,
    ab_permission_view_role, ab_permission_view, ab_permission, ab_view_menu, ab_user_role, ab_role, ab_user, ab_register_user'
is "$(sql plain "SELECT to_regclass('ab_user') IS NULL")" t 'a database without them, as Airflow 3 allows'
downgrade plain --to 2.11.2 --yes
is "$status $(sql plain "SELECT to_regclass('ab_user') IS NULL")" '0 f' 'has them for Airflow 2'

# --- killed ---
copy source db
dies_at 'killed before the first revision' db 02ca36b0235b:before --to 2.11.2
dump db | cmp -s - "$work/before"
is $? 0 'nothing was changed before it'
dies_at 'killed after the first revision' db "$head:after" --to 2.11.2
dies_at 'killed between two revisions' db 0e9519b56710:after --to 2.11.2
run migrate db --to 3.3.2 --progress none
like "$status ${out//$'\n'/ }" '^7 .*downgrade.*--executor chain' 'the fused executor does not start from there'
copy db turned
# The last row of a batched backfill waits, until the tool is dead.
pg_psql db -q <<'SQL'
CREATE FUNCTION wait_here() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN
    IF to_jsonb(NEW) ? 'external_trigger' AND NEW.id = 12000 THEN PERFORM pg_sleep(600); END IF; RETURN NEW; END$$;
CREATE TRIGGER wait_here BEFORE UPDATE ON dag_run FOR EACH ROW EXECUTE FUNCTION wait_here();
SQL
"$airshift" downgrade --url "$(pg_url db)" --to 2.11.2 --yes >"$work/batch" 2>&1 &
tool=$!
await 60 eval '[ "$(sql db "SELECT count(*) FROM pg_stat_activity WHERE wait_event = '\''PgSleep'\''")" = 1 ]'
is $? 0 'a backfill is at its last rows'
kill -9 "$tool"
wait "$tool" 2>/dev/null
sql db "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'" >/dev/null
is "$(sql db "SELECT revision FROM airshift.chain WHERE block > 0")" e00344393f31 'killed in the middle of a revision'
pg_psql db -q -c 'DROP TRIGGER wait_here ON dag_run' -c 'DROP FUNCTION wait_here'
run migrate db --to 3.3.2 --progress none --executor chain
like "$status ${out//$'\n'/ }" '^7 .*airshift downgrade.*middle of revision e00344393f31' 'nobody goes up from there'
run migrate db --to 3.3.2 --progress none
is "$status" 7 'the fused executor neither'
downgrade db --to 2.11.2 --yes
like "$out" 'going on in the middle of revision e00344393f31' 'the same command goes on'
is "$status $(revision db)" '0 5f2621c13b39' 'and arrives'
diff <(dump db | sed -E 's/VALUES \(.*//' | sort) <(sed -E 's/VALUES \(.*//' "$work/down" | sort) >"$work/diff"
is "$? $(head -n 3 "$work/diff")" '0 ' 'at the same schema and number of rows'
is "$(sql db 'SELECT md5(string_agg(r::text, $$,$$ ORDER BY id)) FROM dag_run r')" \
    "$(copy source again && downgrade again --to 2.11.2 --yes && sql again 'SELECT md5(string_agg(r::text, $$,$$ ORDER BY id)) FROM dag_run r')" \
    'and the same runs'

# Between two revisions it may turn round.
run migrate turned --to 3.3.2 --progress none --executor chain
is "$status $(revision turned)" "0 $head" 'between two revisions it may go up again'
is "$(sql turned "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'airshift%'")" 0 'and leaves nothing behind'
run verify turned --to 3.3.2
is "$status" 0 'and verifies'
is "$(sql turned "SELECT count(*) FROM pg_constraint WHERE conrelid = 'mine'::regclass AND contype = 'f'")" 1 "and has the user's foreign key"

# --- branches: what is beside the target stays ---
pg_create branches
"$airshift" migrate --url "$(pg_url branches)" --to 1.10.15 --progress none --without-fab >/dev/null 2>&1
downgrade branches --to a56c9515abdc --yes
is "$status $(sql branches 'SELECT string_agg(version_num, $$ $$ ORDER BY version_num) FROM alembic_version')" '0 004c1210f153 74effc47d867 a56c9515abdc b3b105409875' \
    'below a merge the branches are at their ends'
run migrate branches --to 1.10.15 --progress none
is "$status" 0 'from where it goes up again'

# --- all the way: what newer versions took away for good is there for the older ones ---
pg_create far
"$airshift" migrate --url "$(pg_url far)" --to 3.3.2 --progress none >/dev/null 2>&1
for version in 3.0.6 2.3.0 1.10.15 1.10.0 1.8.2; do
    downgrade far --to "$version" --yes
    is "$status" 0 "all the way: 3.3.2, made at once, goes down to $version" || echo "# $out"
done
run migrate far --to 3.3.2 --progress none
is "$status" 0 'all the way: and up again'
run verify far --to 3.3.2
like "$out" ' 0 differences' 'all the way: verified'
finish_tests
