#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# objects.t - objects of the user's own that hang on Airflow's tables, and what was set on the
# tables and their columns: after a migration in one go, which makes the tables anew, they are
# what the ALTERs of the chain leave, under the new names of tables and columns. What cannot
# be is refused before anything is changed. TAP on stdout.

set -u
# shellcheck source-path=SCRIPTDIR source=pg_test.sh
. "$(dirname "$0")/pg_test.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/objects.sh
. "$(dirname "$0")/../lib/objects.sh"
pg_test_begin objects
# shellcheck disable=SC2119 # its arguments are settings
pg_start || { not_ok 'a server starts'; finish_tests; exit 1; }
pg_create own
pg_migrate own 2.11.2
is "$code" 0 'a database of Airflow 2.11.2'
pg_psql postgres -q -c 'CREATE ROLE mine_reader'
pgt_as mkdir "$PGT_DIR/tablespace"
pg_psql postgres -q -c "CREATE TABLESPACE \"Mine space\" LOCATION '$PGT_DIR/tablespace'"

pg_psql own -q -v ON_ERROR_STOP=1 -f "$(dirname "$0")/../lib/objects.sql" 2>"$work/err"
is "$? $(grep ERROR "$work/err")" '0 ' 'with objects of the user'"'"'s own'

for database in chained column_type gone shown atomic ruled viewed published; do
    pg_psql postgres -qc "CREATE DATABASE $database TEMPLATE own"
done
pg_migrate chained 3.3.2 --executor chain
is "$code $(grep -o 'error: .*' <<<"$out")" '0 ' 'revision by revision, by the ALTERs of the chain'
objects_of chained >"$work/chained"
[ "$(wc -l <"$work/chained")" -ge 70 ]
is $? 0 'there is something to compare'
like "$(cat "$work/chained")" 'CREATE TRIGGER mine_dates BEFORE UPDATE OF logical_date ON public.dag_run' 'under new names'
pg_migrate own 3.3.2
is "$code $(grep -o 'error: .*' <<<"$out")" '0 ' 'in one go'
objects_of own >"$work/own"
is "$(diff "$work/chained" "$work/own")" '' 'both leave the same objects and settings'

# --- refused ------------------------------------------------------------------------------

refused() { # database sql pattern description
    local before

    pg_psql "$1" -q -v ON_ERROR_STOP=1 -c "$2"
    before=$(objects_of "$1" | md5sum)
    pg_migrate "$1" 3.3.2
    like "$code $out" "^8 .*$3" "$4 is refused"
    is "$(objects_of "$1" | md5sum) $(pg_psql "$1" -Atc 'SELECT version_num FROM alembic_version')" "$before 5f2621c13b39" 'nothing was changed'
}
refused column_type 'CREATE TYPE mine_type AS (ti task_instance, n int)' \
    'column "mine_type.ti" uses table "task_instance", and it cannot be moved' 'a type that is made of rows'
refused gone 'CREATE TRIGGER mine_gone BEFORE UPDATE OF external_trigger ON dag_run FOR EACH ROW EXECUTE FUNCTION mine_trigger()' \
    'trigger "mine_gone" uses table "dag_run", and column "external_trigger" is not in the target version' 'a trigger of a column that goes'
refused shown 'CREATE VIEW mine_shown AS SELECT id FROM mine_runs()' \
    'function "mine_runs\(\)" uses table "dag_run", and it cannot be moved' 'a view over a function over a table'
refused atomic 'CREATE FUNCTION mine_dates() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM dag_run WHERE execution_date IS NULL; END' \
    'function "mine_dates\(\)" uses table "dag_run", and column "execution_date" is not in' 'a function over a column that gets another name'
refused ruled 'CREATE VIEW mine_ruled AS SELECT id, execution_date FROM dag_run; CREATE RULE mine_on_view AS ON DELETE TO mine_ruled DO INSTEAD NOTHING' \
    'view "public.mine_ruled" uses table "dag_run", and column "execution_date" is not in' 'a view with rules over a column that gets another name'
refused viewed 'CREATE VIEW mine_viewed AS SELECT id, external_trigger FROM dag_run' \
    'view "public.mine_viewed" uses table "dag_run", and column "external_trigger" is not in' 'a view over a column that goes'
refused published 'ALTER PUBLICATION mine_some SET TABLE dag_run (id, external_trigger)' \
    'publication "mine_some" uses table "dag_run", and column "external_trigger" is not in' 'a publication of a column that goes'
finish_tests
