#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# ALTER DEFAULT PRIVILEGES: after the migration, by either executor, by Airflow's own role or
# a superuser, every table and sequence has the grants that the real Airflow's gives.

set -u
# shellcheck source=oracle.sh
. "$(dirname "$0")/oracle.sh"

oracle_begin
binary=$(oracle_airshift) || exit 77
# shellcheck disable=SC2119 # its arguments are settings, none here
pg_start || exit 1
url_of() { printf 'postgresql+psycopg2://%s@127.0.0.1:%s/%s' "$1" "$PGT_PORT" "$2"; } # role database
grants() { pg_psql "$1" -At -f "$ORACLE_TREE/tests/lib/grants.sql" >"$ORACLE_WORK/grants.$1"; } # database

pg_psql postgres -c 'CREATE ROLE airflow LOGIN; CREATE ROLE reader; CREATE ROLE writer; CREATE ROLE stranger' \
    -c 'CREATE DATABASE source OWNER airflow' || exit 1
oracle_logged source airflow_run 2.11.2 "$(url_of airflow source)" db migrate || exit 1
pg_psql source -f "$ORACLE_TREE/tests/lib/default_privileges.sql" || exit 1
pg_create real source && pg_psql postgres -c "ALTER DATABASE real OWNER TO airflow" || exit 1
oracle_logged real airflow_run 3.3.2 "$(url_of airflow real)" db migrate || exit 1
grants real
for role in airflow postgres; do
    for executor in fused chain; do
        name=${role}_$executor
        pg_create "$name" source && pg_psql postgres -c "ALTER DATABASE $name OWNER TO airflow" || exit 1
        oracle_logged "$name" "$binary" migrate --url "postgresql://$role@127.0.0.1:$PGT_PORT/$name" --to 3.3.2 \
            --executor "$executor" --fernet-key-file "$ORACLE_KEY_FILE" --progress none || exit 1
        grants "$name"
        if diff "$ORACLE_WORK/grants.real" "$ORACLE_WORK/grants.$name" >"$ORACLE_WORK/diff.$name"; then
            oracle_pass "$name: grants as after the real migration"
        else
            oracle_fail "$name: grants as after the real migration"
            head -n 10 "$ORACLE_WORK/diff.$name"
        fi
    done
done
oracle_summary
