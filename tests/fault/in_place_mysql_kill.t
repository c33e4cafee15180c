#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# in_place_mysql_kill.t - airshift migrate on a MySQL that others write to, killed with SIGKILL from
# the hold to the exchange: the writers go on soon after, the tables are the old ones or the new
# ones as a whole, the same command ends it, and nothing that was acknowledged is lost. Needs a build
# with --enable-fault-injection. TAP on stdout.

set -u
# shellcheck source-path=SCRIPTDIR source=../db/pg_test.sh
. "$(dirname "$0")/../db/pg_test.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/mysql.sh
. "$(dirname "$0")/../lib/mysql.sh"
# shellcheck source-path=SCRIPTDIR source=../db/writers_mysql.sh
. "$(dirname "$0")/../db/writers_mysql.sh"
pg_test_begin in_place_kill
trap 'rm -f "$work/writing"; my_stop_all; pg_test_end' EXIT
unset MYSQL_PWD AIRFLOW__DATABASE__SQL_ALCHEMY_CONN
# shellcheck disable=SC2119 # no settings of its own
my_start || { not_ok 'a server starts'; finish_tests; exit 1; }

migrate() { # [option ...]
    "$airshift" migrate --url-file "$work/url" --to 3.3.2 --executor fused --progress none "$@" >"$work/out" 2>&1
}
revision() { my_sql "$1" -e 'SELECT version_num FROM alembic_version'; }
# All tables of a version, or all of the other: trigger_timeout of a task is there in both; these are not.
tables_of() { # database
    my_sql mysql -e "SELECT IF(count(*) = 0, 'old', IF(count(*) = 3, 'new', 'mixed')) FROM information_schema.columns
        WHERE table_schema = '$1' AND (table_name, column_name) IN (('dag_run', 'run_after'), ('task_instance', 'dag_version_id'), ('variable', 'team_name'))"
}
nobody_of_ours() {
    ! my_sql mysql -e "SELECT attr_value FROM performance_schema.session_connect_attrs WHERE attr_value LIKE 'airshift: %'" | grep -q .
}

my_create source
my_url source >"$work/url"
"$airshift" migrate --url-file "$work/url" --to 2.11.2 --progress none >"$work/out" 2>&1
is $? 0 'a database of Airflow 2.11'
OLD='5f2621c13b39 old' NEW='d2f4e1b3c5a7 new'
for point in hold:taken hold-exchange:before hold-exchange:after hold-keeper:released hold-gate:before hold-gate:between hold-gate:after \
    shadow-swap:after shadow-drop:between; do
    my_copy source killed
    writers_begin killed 3
    await 30 more_than 5
    my_url killed >"$work/url"
    AIRSHIFT_TEST_KILL_AT=$point migrate
    is "$?" 137 "$point: killed"
    writers_go_on 60
    is $? 0 "$point: who waited goes on"
    await 60 nobody_of_ours
    is $? 0 "$point: no session of it stays on the server"
    state="$(revision killed) $(tables_of killed)"
    case $point in
    hold-gate:between | hold-gate:after) like "$state" "^($OLD|$NEW)\$" "$point: all tables are old, or all new" ;; # all was proved
    shadow-*) is "$state" "$NEW" "$point: all tables are new" ;;
    *) is "$state" "$OLD" "$point: all tables are old" ;;
    esac
    migrate
    is "$? $(revision killed) $(tables_of killed)" "0 $NEW" "$point: the same command ends it"
    writers_go_on 60
    writers_end
    ledger_is_complete killed "$point"
    is "$(my_sql mysql -e "SELECT schema_name FROM information_schema.schemata WHERE schema_name LIKE 'killed\_%'")" '' "$point: nothing is left"
    my_drop killed
done

# With triggers: each write fires its trigger once, whatever is killed when. Where a table has neither its trigger nor what stands in
# for it, writes to it are refused until the same command ends it.
REFUSED='airshift was stopped at the triggers of this table: run its command again'
for point in shadow-standin:made hold-exchange:after hold-gate:between hold-gate:after shadow-swap:after shadow-standin:left \
    shadow-standin:named shadow-standin:dropped shadow-standin:relieved; do
    my_copy source killed
    audit_begin killed
    triggers_of killed >"$work/triggers"
    constraints_of killed >"$work/constraints"
    is "$(wc -l <"$work/triggers") $(wc -l <"$work/constraints")" '4 4' "triggers, $point: there are some, and constraints"
    writers_begin killed 3
    await 30 more_than 5
    my_url killed >"$work/url"
    AIRSHIFT_TEST_KILL_AT=$point migrate
    is "$?" 137 "triggers, $point: killed"
    if [ "$point" = shadow-standin:dropped ]; then
        await 60 grep -q "$REFUSED" "$work/writer_errors"
        is $? 0 "triggers, $point: writes without their trigger are refused"
    else
        writers_go_on 60
        is $? 0 "triggers, $point: who waited goes on"
    fi
    await 60 nobody_of_ours
    state="$(revision killed) $(tables_of killed)"
    case $point in
    hold-gate:between | hold-gate:after) like "$state" "^($OLD|$NEW)\$" "triggers, $point: all tables are old, or all new" ;;
    hold-* | shadow-standin:made) is "$state" "$OLD" "triggers, $point: all tables are old" ;;
    *) is "$state" "$NEW" "triggers, $point: all tables are new" ;;
    esac
    migrate
    is "$? $(revision killed) $(tables_of killed)" "0 $NEW" "triggers, $point: the same command ends it"
    writers_go_on 60
    is $? 0 "triggers, $point: and all write"
    writers_end
    ledger_is_complete killed "triggers, $point"
    audit_is_exact killed "triggers, $point"
    is "$(triggers_of killed | diff "$work/triggers" -)" '' "triggers, $point: they are as they were"
    is "$(constraints_of killed | diff "$work/constraints" -)" '' "triggers, $point: constraints have their names"
    is "$(my_sql mysql -e "SELECT table_name FROM information_schema.tables WHERE table_schema LIKE 'killed\_%' OR table_name LIKE 'airshift%'")" '' \
        "triggers, $point: nothing is left"
    my_drop killed
done
finish_tests
