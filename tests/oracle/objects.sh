#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Objects of a user's own, and settings of tables, columns and indexes: after the migration by
# either executor they are what the real Airflow leaves.

set -u
# shellcheck source=oracle.sh
. "$(dirname "$0")/oracle.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/objects.sh
. "$ORACLE_TREE/tests/lib/objects.sh"

oracle_begin
binary=$(oracle_airshift) || exit 77
# shellcheck disable=SC2119 # its arguments are settings, none here
pg_start || exit 1
pgt_as mkdir "$PGT_DIR/tablespace" || exit 1
pg_psql postgres -c 'CREATE ROLE mine_reader' -c "CREATE TABLESPACE \"Mine space\" LOCATION '$PGT_DIR/tablespace'" || exit 1
pg_create source || exit 1
oracle_logged source airflow_run 2.11.2 "$(pg_url source)" db migrate || exit 1
pg_psql source -f "$ORACLE_TREE/tests/lib/objects.sql" 2>/dev/null || exit 1
pg_create real source || exit 1
oracle_logged real airflow_run 3.3.2 "$(pg_url real)" db migrate || exit 1
objects_of real >"$ORACLE_WORK/objects.real"
for executor in fused chain; do
    pg_create "$executor" source || exit 1
    oracle_logged "$executor" "$binary" migrate --url "$(pg_url "$executor")" --to 3.3.2 --executor "$executor" \
        --fernet-key-file "$ORACLE_KEY_FILE" --progress none || exit 1
    objects_of "$executor" >"$ORACLE_WORK/objects.$executor"
    if diff "$ORACLE_WORK/objects.real" "$ORACLE_WORK/objects.$executor" >"$ORACLE_WORK/diff.$executor"; then
        oracle_pass "$executor: objects as after the real migration"
    else
        oracle_fail "$executor: objects as after the real migration"
        head -n 10 "$ORACLE_WORK/diff.$executor"
    fi
done
oracle_summary
