#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# mysql_ready.t - what stands in the way of a migration on MySQL, where nothing can be taken
# back: rights, settings, zero dates, values that do not fit into a packet, collations. Each
# either does no harm, or is said before anything is changed, with what to do; and that is
# done, and helps. And the users of sql/server/mysql/role.sql. TAP on stdout.

set -u
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib/mysql.sh
. "$here/../lib/mysql.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/tap.sh
. "$here/../lib/tap.sh"
airshift=${AIRSHIFT:-${top_builddir:-.}/build/airshift}
roles=$here/../../sql/server/mysql/role.sql
export LC_ALL=C
unset MYSQL_PWD AIRFLOW__DATABASE__SQL_ALCHEMY_CONN AIRFLOW__DATABASE__SQL_ENGINE_COLLATION_FOR_IDS
work=$(mktemp -d "${TMPDIR:-/tmp}/airshift-ready.XXXXXX")
clean_up() {
    my_stop_all
    rm -rf "$work"
}
trap clean_up EXIT

# on URL COMMAND [ARG ...]: stdout and stderr on one line in $out, the exit code in $code
on() {
    printf '%s\n' "$1" >"$work/url"
    out=$(timeout 200 "$airshift" "$2" --url-file "$work/url" "${@:3}" 2>&1)
    code=$?
    out=${out//$'\n'/ }
}
as() { printf 'mysql://%s:x@127.0.0.1:%s/%s' "$1" "$MYT_PORT" "$2"; } # user database
picture() { myt_dump --routines --triggers "$1"; }
revision() { my_sql "$1" -e 'SELECT version_num FROM alembic_version'; }

my_start log-bin=binlog || { not_ok 'a server starts'; finish_tests; exit 1; }
my_create old
on "$(my_url old)" migrate --to 2.11.2 --progress none
is "$code" 0 'a database of Airflow 2.11'
my_sql old <<'SQL'
INSERT INTO log_template (id, filename, elasticsearch_id, created_at) VALUES (100, 'f', 'e', now());
INSERT INTO dag_run (id, dag_id, execution_date, run_id, run_type, state, log_template_id, clear_number)
    VALUES (1, 'd', '2024-01-01', 'r', 'manual', 'success', 100, 0);
INSERT INTO task_instance (task_id, dag_id, run_id, map_index, pool, pool_slots) VALUES ('t', 'd', 'r', -1, 'p', 1);
INSERT INTO xcom (dag_run_id, task_id, map_index, `key`, dag_id, run_id, value, timestamp) VALUES (1, 't', -1, 'k', 'd', 'r', '"v"', now());
SQL
is $? 0 'with rows'
# The shortest way across what the cases are about: keys are taken away and made, values
# become JSON, tables refer to older ones.
TO=3.0.0

# refused DATABASE URL PATTERN HINT NAME: said before anything is changed
refused() {
    picture "$1" >"$work/before"
    on "$2" migrate --to $TO --progress none
    like "$code $out" "^[58] (.*error: )?.*$3.*nothing was changed.*error: hint: .*$4" "$5: it is said, and what to do"
    is "$(picture "$1" | diff "$work/before" - | head -n 5)" '' "$5: nothing was changed"
}
works() { # DATABASE URL NAME
    on "$2" migrate --to $TO --progress none
    is "$code $(revision "$1") $(grep -o 'error: .*' <<<"$out")" '0 29ce7909c52b ' "$3: it works"
}

# --- rights -----------------------------------------------------------------------------

my_copy old air_flow
for run in first second; do
    my_sql mysql --init-command="SET @airshift_database = 'air_flow'" <"$roles" >"$work/out" 2>&1
    is "$? $(cat "$work/out")" '0 ' "role.sql, $run time"
done
on "$(as airshift_read air_flow)" check
is "$code" 4 'its users are locked'
my_sql mysql -e "ALTER USER airshift_read IDENTIFIED BY 'x' ACCOUNT UNLOCK; ALTER USER airshift_migrate IDENTIFIED BY 'x' ACCOUNT UNLOCK"
on "$(as airshift_read air_flow)" check --to 2.11.2
is "$code" 0 'reads: check'
on "$(as airshift_read air_flow)" inspect catalog
is "$code" 0 'reads: inspect catalog'
on "$(as airshift_read air_flow)" status
is "$code $out" '0 no migration is under way' 'reads: status'
on "$(as airshift_read air_flow)" monitor --interval 0.1
is "$code" 19 'reads: monitor'
on "$(as airshift_read air_flow)" watch --once
is "$code" 20 'reads: watch'
refused air_flow "$(as airshift_read air_flow)" 'permission denied: user airshift_read@% lacks INSERT, UPDATE, DELETE, CREATE, ALTER, DROP, REFERENCES on database air_flow' \
    "GRANT INSERT, .* ON .air.?_flow.\.\* TO 'airshift_read'@'%'" 'the user that reads'
works air_flow "$(as airshift_migrate air_flow)" 'the user that migrates'
my_drop air_flow
my_copy old air_flow
on "$(as airshift_migrate air_flow)" migrate --to $TO --mode detached --progress none
is "$code $(revision air_flow)" '0 29ce7909c52b' 'the user that migrates: --mode detached'
my_copy old apart
my_sql mysql -e "CREATE USER apart@'%' IDENTIFIED BY 'x'; GRANT ALL ON apart.* TO apart@'%'"
for other in new old; do
    picture apart >"$work/before"
    on "$(as apart apart)" migrate --to $TO --mode detached --progress none
    like "$code $out" "^5 error: permission denied: user apart@% lacks .* on database apart_airshift_$other; nothing was changed .*hint: GRANT" \
        "detached, without rights on the $other tables' database: it is said, and what to do"
    is "$(picture apart | diff "$work/before" -)" '' "detached, without rights on the $other tables' database: nothing was changed"
    my_sql mysql -e "$(grep -oE 'GRANT .*@.%.' <<<"$out" | sed 's/.*hint: //')"
done
on "$(as apart apart)" migrate --to $TO --mode detached --progress none
is "$code $(revision apart)" '0 29ce7909c52b' 'detached, with both granted: it works'
my_create airxflow
on "$(as airshift_migrate airxflow)" check
is "$code" 4 'and no other database is open to it'
for right in INSERT UPDATE DELETE CREATE ALTER DROP REFERENCES; do
    my_copy old "lacks_$right"
    my_sql mysql -e "CREATE USER '$right'@'%' IDENTIFIED BY 'x'; GRANT ALL ON \`lacks\\_$right\`.* TO '$right'@'%';
        REVOKE $right ON \`lacks\\_$right\`.* FROM '$right'@'%'"
    refused "lacks_$right" "$(as $right "lacks_$right")" "user $right@% lacks $right on database lacks_$right" \
        "GRANT $right ON .lacks.?_$right.\.\* TO '$right'@'%'" "without $right"
done
my_sql mysql -e "$(grep -oE 'GRANT REFERENCES ON .*@.%.' <<<"$out")"
works lacks_REFERENCES "$(as REFERENCES lacks_REFERENCES)" 'with the right granted'
# Rights that come by a role, or from all databases, count.
my_copy old by_role
my_sql mysql -e "CREATE ROLE worker; GRANT ALL ON by_role.* TO worker; CREATE USER roled@'%' IDENTIFIED BY 'x' DEFAULT ROLE worker; GRANT SELECT ON by_role.* TO roled@'%'"
works by_role "$(as roled by_role)" 'rights by a role'
# The users below have all rights in their database, and none on the server.
my_sql mysql -e "CREATE USER plain@'%' IDENTIFIED BY 'x'; GRANT ALL ON \`case\\_%\`.* TO plain@'%'"

# --- settings ---------------------------------------------------------------------------

setting() { my_sql mysql -e "SET GLOBAL $1"; }
for variable in sql_require_primary_key sql_generate_invisible_primary_key; do
    setting "$variable = ON"
    my_copy old "case_$variable"
    refused "case_$variable" "$(as plain "case_$variable")" "\\($variable\\)" "SET GLOBAL $variable = OFF" "$variable"
    my_sql mysql -e "GRANT SESSION_VARIABLES_ADMIN ON *.* TO plain@'%'"
    works "case_$variable" "$(as plain "case_$variable")" "$variable, changed for the session"
    my_sql mysql -e "REVOKE SESSION_VARIABLES_ADMIN ON *.* FROM plain@'%'"
    my_create "case_new_$variable"
    on "$(as plain "case_new_$variable")" migrate --to 2.11.2 --progress none
    is "$code" 0 "$variable, where no key is taken away: it works"
    setting "$variable = OFF"
done
setting "binlog_format = 'STATEMENT'"
my_copy old case_statement
refused case_statement "$(as plain case_statement)" 'binlog_format = STATEMENT' "SET GLOBAL binlog_format = 'ROW'" 'statements are logged'
picture case_statement >"$work/before"
on "$(as plain case_statement)" migrate --to $TO --mode detached --progress none
like "$code $out" "^8 error: the server logs statements .*hint: SET GLOBAL binlog_format = 'ROW'" 'statements are logged, detached: it is said, and what to do'
is "$(picture case_statement | diff "$work/before" -)" '' 'statements are logged, detached: nothing was changed'
my_sql mysql -e "GRANT SESSION_VARIABLES_ADMIN ON *.* TO plain@'%'"
on "$(as plain case_statement)" migrate --to $TO --mode detached --progress none
is "$code $(revision case_statement)" '0 29ce7909c52b' 'statements are logged, detached, changed for the sessions: it works'
my_sql mysql -e "REVOKE SESSION_VARIABLES_ADMIN ON *.* FROM plain@'%'"
my_drop case_statement
my_copy old case_statement
setting "binlog_format = 'MIXED'"
works case_statement "$(as plain case_statement)" 'rows are logged where it must be'
setting "binlog_format = 'ROW'"
# A session of ours has its own mode.
for mode in '' ANSI,PAD_CHAR_TO_FULL_LENGTH,NO_AUTO_VALUE_ON_ZERO,HIGH_NOT_PRECEDENCE TRADITIONAL,NO_BACKSLASH_ESCAPES,REAL_AS_FLOAT; do
    my_copy old "case_mode"
    setting "sql_mode = '$mode', GLOBAL explicit_defaults_for_timestamp = OFF, GLOBAL time_zone = '+05:30', GLOBAL foreign_key_checks = OFF"
    works case_mode "$(as plain case_mode)" "sql_mode '$mode'"
    [ -f "$work/modes" ] || picture case_mode >"$work/modes"
    setting "sql_mode = DEFAULT, GLOBAL explicit_defaults_for_timestamp = ON, GLOBAL time_zone = '+00:00', GLOBAL foreign_key_checks = ON"
    my_drop case_mode
done

# --- rows -------------------------------------------------------------------------------

my_copy old case_zero
my_sql case_zero -e "SET sql_mode = ''; INSERT INTO log (id, dttm, event) VALUES (7, '0000-00-00', 'e'), (8, '0000-00-00', 'e'), (9, now(), 'e');
    UPDATE task_instance SET queued_dttm = '0000-00-00 00:00:00'; UPDATE dag_run SET queued_at = '0000-00-00'"
refused case_zero "$(as plain case_zero)" 'table "(log|task_instance|dag_run)" has [0-9]+ rows with a zero date' 'Give them a date' 'zero dates'
like "$out" 'table "log" has 2 rows with a zero date in dttm.*, the first with id = 7' 'zero dates: how many, and where'
like "$out" 'table "task_instance" has 1 rows' 'zero dates: every table is named'
my_sql case_zero -e "SET sql_mode = 'ALLOW_INVALID_DATES'; UPDATE log SET dttm = '2000-01-01' WHERE dayofmonth(dttm) = 0;
    UPDATE task_instance SET queued_dttm = NULL; UPDATE dag_run SET queued_at = NULL"
works case_zero "$(as plain case_zero)" 'zero dates, with dates in their place'

my_copy old case_packet
my_sql case_packet -e "UPDATE xcom SET value = concat('\"', repeat('abcd', 500000), '\"')"
setting 'max_allowed_packet = 1048576'
refused case_packet "$(as plain case_packet)" 'table "xcom" has values of up to 2000002 bytes in value, and max_allowed_packet is 1048576' \
    'SET GLOBAL max_allowed_packet = 4194304' 'a value larger than a packet'
my_sql mysql -e "$(grep -oE 'SET GLOBAL max_allowed_packet = [0-9]+' <<<"$out")"
works case_packet "$(as plain case_packet)" 'with larger packets'
is "$(my_sql case_packet -e 'SELECT length(value) FROM xcom')" 2000002 'the value is whole'
setting 'max_allowed_packet = 1024'
my_copy old case_small
works case_small "$(as plain case_small)" 'small packets, small values'
setting 'max_allowed_packet = DEFAULT'

my_copy old case_words
my_sql case_words -e "UPDATE xcom SET value = concat('{\"a\": \"', repeat('abc ', 100000), '\", \"b\": NaN}')"
picture case_words >"$work/before"
on "$(as plain case_words)" migrate --to $TO --progress none
like "$code $out" '^5 (.* )?error: before any change, at the rows of "xcom": .*regular expression.*hint: SET GLOBAL regexp_time_limit' \
    'a long value with NaN: it is said, and what to do'
is "$(picture case_words | diff "$work/before" - | head -n 5)" '' 'a long value with NaN: nothing was changed'
setting 'regexp_time_limit = 1000000, GLOBAL regexp_stack_limit = 1000000000'
works case_words "$(as plain case_words)" 'a long value with NaN, with more time'
is "$(my_sql case_words -e "SELECT json_type(value->'$.b') FROM xcom")" 'NULL' 'NaN is null in it'
setting 'regexp_time_limit = DEFAULT, GLOBAL regexp_stack_limit = DEFAULT'

# Every column that is asked about, of every type that it has had.
my_create case_older
on "$(as plain case_older)" migrate --to 2.6.3 --progress none
my_sql case_older -e "INSERT INTO \`trigger\` (id, classpath, kwargs, created_date) VALUES (1, 'c', '{\"a\": \"\u00e4\"}', now());
    INSERT INTO serialized_dag (dag_id, fileloc, fileloc_hash, data, last_updated, dag_hash) VALUES ('d', 'f', 1, '{\"dag\": {\"a\": 1}}', now(), 'h')"
is $? 0 'a database of Airflow 2.6'
export AIRFLOW__CORE__FERNET_KEY=YWlyc2hpZnQtb3JhY2xlLXRlc3Qta2V5LTAwMDAwMDA=
works case_older "$(as plain case_older)" 'from 2.6'

# --- collations -------------------------------------------------------------------------

ids() { # collation ...: as with Airflow's setting
    AIRFLOW__DATABASE__SQL_ENGINE_COLLATION_FOR_IDS=$1 "${@:2}"
}
my_copy old case_ids
ids utf8mb4_bin refused case_ids "$(as plain case_ids)" 'foreign key from "[a-z_]+" \(dag_id, utf8mb4_bin\) to "[a-z_]+" \(dag_id, utf8mb3_bin\)' \
    'AIRFLOW__DATABASE__SQL_ENGINE_COLLATION_FOR_IDS' 'ids of another collation than the setting'
ids nonsense refused case_ids "$(as plain case_ids)" 'the server has no collation "nonsense"' 'AIRFLOW__DATABASE__SQL_ENGINE_COLLATION_FOR_IDS' 'no such collation'
works case_ids "$(as plain case_ids)" 'the setting unset'
my_copy old case_table
my_sql case_table -e "SET foreign_key_checks = 0; ALTER TABLE dag_run MODIFY run_id VARCHAR(250) COLLATE latin1_bin NOT NULL"
refused case_table "$(as plain case_table)" 'run_id, utf8mb3_bin\) to "dag_run" \(run_id, latin1_bin\)' 'ALTER those that differ' 'one table of another collation'
my_sql case_table -e "SET foreign_key_checks = 0; ALTER TABLE dag_run MODIFY run_id VARCHAR(250) COLLATE utf8mb3_bin NOT NULL"
works case_table "$(as plain case_table)" 'with the collation of the others'
my_copy old case_default
my_sql case_default -e "ALTER DATABASE case_default COLLATE utf8mb4_0900_ai_ci"
refused case_default "$(as plain case_default)" 'utf8mb4_unicode_ci\) to "[a-z_]+" \(id, utf8mb4_0900_ai_ci\)' 'ALTER DATABASE' \
    'another default collation than that of the tables'
my_sql case_default -e "ALTER DATABASE case_default COLLATE utf8mb4_unicode_ci"
works case_default "$(as plain case_default)" 'with the default collation of the tables'
my_create case_long
ids utf8mb4_bin on "$(as plain case_long)" migrate --to 2.11.2 --progress none
like "$code $out" '^8 .*makes an index of "task_instance" \(ti_state_lkp\) of 3080 bytes.*nothing was changed' 'ids too long for an index'
is "$(my_sql case_long -e 'SHOW TABLES')" '' 'and nothing is there'
my_create case_ascii
ids latin1_bin on "$(as plain case_ascii)" migrate --to 2.11.2 --progress none
is "$code" 0 'ids of a collation that fits'
ids latin1_bin works case_ascii "$(as plain case_ascii)" 'and on from there'
finish_tests
