# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# objects_of DATABASE: what objects.sql has made, and was made of it, a line each, sorted. Sourced
# after postgres.sh.

objects_of() { # database
    "$PGT_BIN/pg_dump" -s -h 127.0.0.1 -p "$PGT_PORT" -U postgres "$1" |
        grep -E '^[^-]*(mine_|CLUSTER ON|SET STORAGE|n_distinct|SET COMPRESSION|SET STATISTICS|UNLOGGED)' | LC_ALL=C sort
    pg_psql "$1" -Atc "SELECT relname, relispopulated FROM pg_class WHERE relname LIKE 'mine%'" \
        -c "SELECT p.proname, r.rolname, p.prosecdef, p.provolatile FROM pg_proc p JOIN pg_roles r ON r.oid = p.proowner WHERE proname LIKE 'mine%'" \
        -c "SELECT relname, spcname FROM pg_class c JOIN pg_tablespace s ON s.oid = c.reltablespace WHERE relnamespace = 'public'::regnamespace" \
        -c "SELECT relname, regexp_replace(pg_get_viewdef(oid), '\s+', ' ', 'g') FROM pg_class WHERE relkind IN ('v', 'm') AND relname LIKE 'mine%'" \
        -c "SELECT tgname, tgrelid::regclass, tgenabled FROM pg_trigger WHERE tgname LIKE 'mine%'" | LC_ALL=C sort
}
