#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# in_place_mysql.t - airshift migrate on a MySQL that others use: writers wait while the new tables
# are made beside theirs, and none of their writes is lost in the exchange; who reads or writes for
# long is waited for and named; a hold that is lost exchanges nothing; without the rights it goes
# revision by revision. TAP on stdout.

set -u
# shellcheck source-path=SCRIPTDIR source=pg_test.sh
. "$(dirname "$0")/pg_test.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/mysql.sh
. "$(dirname "$0")/../lib/mysql.sh"
# shellcheck source-path=SCRIPTDIR source=writers_mysql.sh
. "$(dirname "$0")/writers_mysql.sh"
pg_test_begin in_place
trap 'rm -f "$work/writing"; my_stop_all; pg_test_end' EXIT
unset MYSQL_PWD AIRFLOW__DATABASE__SQL_ALCHEMY_CONN
# shellcheck disable=SC2119 # no settings of its own
my_start || { not_ok 'a server starts'; finish_tests; exit 1; }

to() { # database version [option ...]: exit code in $code, all it said in $out
    my_url "$1" >"$work/url"
    "$airshift" migrate --url-file "$work/url" --to "$2" --progress none "${@:3}" >"$work/out" 2>&1
    code=$?
    out=$(tr '\n' ' ' <"$work/out")
}
revision() { my_sql "$1" -e 'SELECT version_num FROM alembic_version'; }
OLD=5f2621c13b39 NEW=d2f4e1b3c5a7 # 2.11.2 and 3.3.2
leftovers() { # database
    my_sql mysql -e "SELECT schema_name FROM information_schema.schemata WHERE schema_name LIKE '$1\_%'
        UNION ALL SELECT table_name FROM information_schema.tables WHERE table_schema = '$1' AND table_name LIKE 'airshift%'"
}
untouched() { # database name
    is "$(revision "$1") $(my_sql "$1" -e 'SELECT count(*) FROM task_instance')" "$OLD 500" "$2: the database is as it was"
}

my_create source
to source 2.11.2
is "$code" 0 'a database of Airflow 2.11'
like "$out" 'making [0-9]+ new tables' 'made at once, as no revision has to be gone through'
my_sql source <<'SQL'
SET SESSION cte_max_recursion_depth = 1000;
INSERT INTO log_template (id, filename, elasticsearch_id, created_at) VALUES (100, 'f', 'e', now());
INSERT INTO dag_run (id, dag_id, execution_date, run_id, run_type, state, log_template_id, clear_number)
    VALUES (1, 'd', '2024-01-01', 'r', 'manual', 'success', 100, 0);
INSERT INTO task_instance (task_id, dag_id, run_id, map_index, pool, pool_slots)
    WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 500) SELECT concat('t', n), 'd', 'r', -1, 'p', 1 FROM n;
SQL
is $? 0 'with rows'

# --- others write all the time ------------------------------------------------------------

my_copy source busy
writers_begin busy 5
await 30 more_than 20
is $? 0 'five sessions write'
to busy 3.3.2
is "$code $(revision busy)" "0 $NEW" 'a migration among writers'
like "$out" 'writers wait from here on; readers do not.*swapped in [0-9.]+ s' 'it says from when on they wait, and how long all did'
writers_go_on 30
is $? 0 'they go on when it is done'
writers_end
ledger_is_complete busy 'among writers'
is "$(leftovers busy)" '' 'among writers: nothing is left'
is "$(grep -vE 'Deadlock found|^mysql: \[Warning\]' "$work/writer_errors" | head -n 3)" '' 'no writer had another error than a deadlock'
is "$("$airshift" verify --url-file "$work/url" --to 3.3.2 2>&1 | grep -v '^[0-9]* checks, 0 differences')" '' 'and all is as it should be'
my_drop busy

# --- with triggers ------------------------------------------------------------------------

my_copy source audited
audit_begin audited
triggers_of audited >"$work/triggers"
constraints_of audited >"$work/constraints"
is "$(wc -l <"$work/triggers") $(wc -l <"$work/constraints")" '4 4' 'there are triggers, and constraints with names of their own'
writers_begin audited 5
await 30 more_than 20
is $? 0 'five sessions write to tables with triggers'
to audited 3.3.2 --executor fused
is "$code $(revision audited)" "0 $NEW" 'a migration among writers, with triggers'
writers_go_on 30
is $? 0 'with triggers: they go on when it is done'
writers_end
ledger_is_complete audited 'with triggers'
audit_is_exact audited 'with triggers'
is "$(triggers_of audited | diff "$work/triggers" -)" '' 'with triggers: they are as they were, in their order'
is "$(constraints_of audited | diff "$work/constraints" -)" '' 'with triggers: and so are constraints'
# shellcheck disable=SC2016 # names in backquotes
like "$(my_sql audited -e 'INSERT INTO log (dttm, event, extra) VALUES (now(), "e", "\"never\", `never`")' 2>&1)" "Check constraint 'sane .\"one' is violated" \
    'with triggers: which work'
is "$(leftovers audited)" '' 'with triggers: nothing is left'
is "$(grep -vE 'Deadlock found|^mysql: \[Warning\]' "$work/writer_errors" | head -n 3)" '' 'with triggers: no writer had another error than a deadlock'
is "$("$airshift" verify --url-file "$work/url" --to 3.3.2 2>&1 | grep -v -e '^[0-9]* checks, 0 differences' -e audit)" '' 'with triggers: and all is as it should be'
my_drop audited

# --- who stands in the way ----------------------------------------------------------------

# A session that does something, says so, and stays; let_go ends it.
stays() { # database statements
    rm -f "$work/go" "$work/stays"
    mkfifo "$work/go"
    { printf '%s;\nSELECT "here";\n' "$2" && cat; } <"$work/go" | my_sql "$1" --unbuffered >"$work/stays" 2>&1 &
    exec 8>"$work/go"
    await 30 grep -q here "$work/stays"
}
let_go() {
    exec 8>&-
    await 30 nobody_stays
}
nobody_stays() { ! my_sql mysql -e 'SELECT 1 FROM information_schema.innodb_trx' | grep -q .; }

my_copy source held
stays held 'START TRANSACTION; UPDATE variable SET val = 1; INSERT INTO log (dttm, event) VALUES (now(), "open")'
is $? 0 'somebody writes, and does not commit'
to held 3.3.2 --lock-wait 3
like "$code $out" '^6 .*waiting for locks for the tables: connection [0-9]+ .*error: no lock for the tables: connection [0-9]+ .*hint: End the sessions' \
    'it is waited for, named, and at last given up'
let_go
untouched held 'a writer that stays'

stays held 'START TRANSACTION; SELECT count(*) FROM task_instance'
to held 3.3.2 --lock-wait 3
like "$code $out" '^6 .*the exchange waits for who reads for long: connection [0-9]+ .*error: no lock for the exchange of the tables: connection' \
    'so is who reads, at the exchange'
untouched held 'a reader that stays'
rm "$work/out"
"$airshift" migrate --url-file "$work/url" --to 3.3.2 --progress none >"$work/out" 2>&1 8>&- &
migration=$!
await 60 grep -s -q 'who reads for long' "$work/out"
is $? 0 'the next run waits again'
is "$(grep -c 'going on with the migration' "$work/out")" 1 'with what the first has built'
let_go
wait "$migration"
is "$? $(revision held)" "0 $NEW" 'when the reader is gone it ends'
my_drop held

# Who reads all the time, but never for long, is waited for behind the exchange.
my_copy source read
: >"$work/reading"
readers=()
for reader in 1 2; do
    while [ -e "$work/reading" ]; do my_sql read -e 'SELECT sleep(1.2) FROM slot_pool LIMIT 1' >/dev/null 2>&1; done &
    readers+=($!)
done
to read 3.3.2
is "$code $(revision read)" "0 $NEW" 'readers that come and go'
rm "$work/reading"
wait "${readers[@]}"
my_drop read

# --- a hold that is lost ------------------------------------------------------------------

my_copy source lost
stays lost 'START TRANSACTION; SELECT count(*) FROM task_instance'
my_url lost >"$work/url"
rm "$work/out"
"$airshift" migrate --url-file "$work/url" --to 3.3.2 --progress none >"$work/out" 2>&1 8>&- &
migration=$!
await 60 grep -s -q 'who reads for long' "$work/out"
(
    my_sql lost -e "INSERT INTO slot_pool (pool, slots, include_deferred) VALUES ('late', 1, 0)"
    echo written >"$work/late"
) 8>&- &
late=$!
waits() { [ "$(my_sql mysql -e "SELECT count(*) FROM performance_schema.metadata_locks WHERE object_name = 'slot_pool' AND lock_status = 'PENDING'")" -gt 0 ]; }
await 30 waits
is "$? $(cat "$work/late" 2>/dev/null)" '0 ' 'a writer waits'
my_sql mysql -e "KILL $(my_sql mysql -e "SELECT processlist_id FROM performance_schema.session_connect_attrs WHERE attr_name = 'program_name' AND attr_value = 'airshift: hold'")"
wait "$late"
is "$? $(cat "$work/late")" '0 written' 'the session that kept it from writing is killed, and it writes'
let_go
wait "$migration"
code=$?
out=$(tr '\n' ' ' <"$work/out")
like "$code $out" '^[0-9]+ .*error: the session that kept others from writing was lost.*hint: Nothing was exchanged. Run the same command again' 'it is said'
[ "$code" -ne 0 ]
is $? 0 'with an exit code'
untouched lost 'a hold that was lost'
to lost 3.3.2
like "$code $out" '^0 .*table "slot_pool" was written to since the interrupted migration began' 'the next run begins anew'
is "$(revision lost) $(my_sql lost -e "SELECT count(*) FROM slot_pool WHERE pool = 'late'")" "$NEW 1" 'with what was written'
my_drop lost

# --- rights and settings ------------------------------------------------------------------

my_sql mysql -e "CREATE USER few@'%' IDENTIFIED BY 'x'; GRANT ALL ON \`few%\`.* TO few@'%'; REVOKE LOCK TABLES ON \`few%\`.* FROM few@'%'"
few() { printf 'mysql://few:x@127.0.0.1:%s/few' "$MYT_PORT" >"$work/url"; }
as_few() { # [option ...]
    few
    "$airshift" migrate --url-file "$work/url" --to 3.3.2 --progress none "$@" >"$work/out" 2>&1
    code=$?
    out=$(tr '\n' ' ' <"$work/out")
}
my_copy source few
as_few --executor fused
like "$code $out" "^5 error: the user may not lock tables: .*hint: GRANT LOCK TABLES ON .few.\.\* to the user" 'without LOCK TABLES, and fused asked for: refused'
untouched few 'without LOCK TABLES'
as_few --quarantine
like "$code $out" "^5 error: the user may not lock tables" 'nor with what only that can do'
untouched few 'without LOCK TABLES'
my_sql mysql -e "GRANT LOCK TABLES ON \`few%\`.* TO few@'%'"
as_few --executor fused
like "$code $out" '^5 error: the user does not see who holds locks: .*hint: GRANT SELECT ON performance_schema' 'without performance_schema: refused'
untouched few 'without performance_schema'
my_sql mysql -e "GRANT SELECT ON performance_schema.* TO few@'%'; UPDATE performance_schema.setup_instruments SET enabled = 'NO' WHERE name = 'wait/lock/metadata/sql/mdl'"
as_few --executor fused
like "$code $out" '^7 error: the server does not show who holds locks.*hint: UPDATE performance_schema' 'where the server does not show locks: refused'
my_sql mysql -e "UPDATE performance_schema.setup_instruments SET enabled = 'YES' WHERE name = 'wait/lock/metadata/sql/mdl'; SET GLOBAL max_write_lock_count = 1"
as_few --executor fused
like "$code $out" '^7 error: the server lets writers pass.*hint: SET GLOBAL max_write_lock_count = DEFAULT' 'where writers come before an exchange: refused'
untouched few 'where writers come before an exchange'
as_few
like "$code $out" '^0 .*revision by revision, which takes longer: the server lets writers pass .*max_write_lock_count' 'unless it may choose: then revision by revision, and it says why'
is "$(revision few)" "$NEW" 'and arrives'
my_sql mysql -e 'SET GLOBAL max_write_lock_count = DEFAULT'
my_drop few
my_copy source few
my_sql mysql -e 'SET GLOBAL max_connections = 12'
as_few
like "$code $out" '^4 .*error: one of [0-9]+ sessions for the exchange: .*hint: Raise max_connections, or end other sessions. Nothing was changed' 'too few connections: said before the work'
my_sql mysql -e 'SET GLOBAL max_connections = DEFAULT'
untouched few 'too few connections'
as_few
is "$code $(revision few)" "0 $NEW" 'with all it needs: it works'
my_drop few

# --- what the server cannot read in our mode ------------------------------------------------

my_copy source quoted
my_sql quoted -e "CREATE TABLE own (id int PRIMARY KEY, t varchar(40) DEFAULT (concat('it''s; ', 'b')))"
to quoted 3.3.2 --executor fused
like "$code $out" '^9 .*column "t" of table "own" is computed by an expression with a quote.*hint: .*--mode detached' \
    'a default with a quote is refused, and named'
untouched quoted 'a default with a quote'
to quoted 3.3.2 --mode detached
is "$code $(revision quoted) $(my_sql quoted -e 'INSERT INTO own (id) VALUES (1); SELECT t FROM own')" "0 $NEW it's; b" 'as it is told, it does no harm'
my_drop quoted

# --- a dry run keeps nobody from writing ----------------------------------------------------

my_copy source dry
to dry 3.3.2 --dry-run
like "$code $out" '^0 .*dry run from .*2.11.* to 3.3.2: all rows, keys and foreign keys pass.*nothing was changed' 'a dry run'
unlike "$out" 'writers wait' 'keeps nobody from writing'
untouched dry 'a dry run'
is "$(leftovers dry)" '' 'a dry run: nothing is left'
finish_tests
