#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# verify_rows.t - migrate --verify-rows where a migration makes rows of its own: what they draw
# from a sequence is another value when they are computed a second time. TAP on stdout.

set -u
# shellcheck source-path=SCRIPTDIR source=pg_test.sh
. "$(dirname "$0")/pg_test.sh"
pg_test_begin verify_rows
# shellcheck disable=SC2119 # its arguments are settings
pg_start || { not_ok 'a server starts'; finish_tests; exit 1; }
pg_create old
pg_migrate old 1.10.15
is "$code $(pg_psql old -Atc 'SELECT count(*) FROM slot_pool')" '0 0' 'a database of Airflow 1.10 has no default pool'
pg_psql old -qc "INSERT INTO slot_pool (id, pool, slots) VALUES (7, 'own', 3)" -c "SELECT setval('slot_pool_id_seq', 7)" >/dev/null
pg_migrate old 2.11.2 --verify-rows
is "$code $(grep -o 'error: .*' <<<"$out")" '0 ' 'every row is verified on the way to 2.11.2'
is "$(pg_psql old -Atc 'SELECT id, pool FROM slot_pool ORDER BY id')" $'7|own\n8|default_pool' 'which makes the default pool'
finish_tests
