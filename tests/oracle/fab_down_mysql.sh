#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# fab_down_mysql.sh - the FAB provider's tables go back from 3.5.0 to 1.4.0 on a real MySQL: what
# `airshift downgrade` leaves is what the real `airflow fab-db downgrade` does, tables and rows, and
# both come up again. TAP on stdout.

set -u
# shellcheck source-path=SCRIPTDIR source=mysql_oracle.sh
. "$(dirname "$0")/mysql_oracle.sh"
OLD=6709f7a774b9 NEW=02ca36b0235b # 1.4.0 and 3.5.0

fab_revision() { my_sql "$1" -e 'SELECT version_num FROM alembic_version_fab'; }
shift_back() { # database [option ...]
    my_url "$1" >"$work/url"
    "$airshift" downgrade --url-file "$work/url" --to 3.3.2 --yes "${@:2}" >"$work/out" 2>&1
}
compare() { # name
    # The real one writes a line about itself into the audit log.
    my_sql a -e "DELETE FROM log WHERE event IN ('cli_downgrade', 'cli_migratedb')"
    my_sql b -e "DELETE FROM log WHERE event IN ('cli_downgrade', 'cli_migratedb')"
    picture a >"$work/a"
    picture b >"$work/b"
    is "$(diff "$work/a" "$work/b" | head -n 20 | cut -c 1-300)" '' "$1: tables and rows are equal"
}

export AIRFLOW_TIMEOUT=300
mysql_oracle_begin fab_down
fill_newest filled
# Which indexes the server made by itself is lost in a copy: all are copies.
my_copy filled a
my_copy filled b
is "$(fab_revision a) $(my_sql a -e 'SELECT count(*) > 10 FROM ab_permission_view_role')" "$NEW 1" 'the real one made them, with rows'
airflow_run 3.3.2 "$(my_url a)" fab-db downgrade --to-revision "$OLD" --yes >"$work/log" 2>&1
is "$? $(fab_revision a)" "0 $OLD" "the real one goes back"
shift_back b --fab-to 1.4.0
is "$? $(fab_revision b)" "0 $OLD" 'airshift downgrade --fab-to 1.4.0'
compare 'back'
my_url b >"$work/url"
"$airshift" migrate --url-file "$work/url" --to 3.3.2 >"$work/out" 2>&1
is "$? $(fab_revision b)" "0 $NEW" 'airshift goes up again'
airflow_run 3.3.2 "$(my_url a)" fab-db migrate >"$work/log" 2>&1
is "$? $(fab_revision a)" "0 $NEW" 'so does the real one'
compare 'up again'
shift_back b --fab-to none
like "$? $(tr '\n' ' ' <"$work/out")" '^9 .*"none": there is nothing below the FAB provider.s first revision.*1\.4\.0' 'below the first revision there is nothing'
finish_tests
