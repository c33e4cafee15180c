#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# `airshift migrate --verify-rows` must see a row that is not what was computed: an event
# trigger of the test's makes the server change one on its way into the new table.

set -u
# shellcheck source=oracle.sh
. "$(dirname "$0")/oracle.sh"

oracle_begin
binary=$(oracle_airshift) || exit 77
pg_start || exit 1
oracle_fresh 2.11.2 source || exit 1
oracle_populate source --rows 60 || exit 1
pg_create honest source
pg_create lying source
pg_psql lying -q <<'EOF' || exit 1
CREATE FUNCTION public.lie() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN NEW.description := 'not what was there'; RETURN NEW; END $$;
CREATE FUNCTION public.plant() RETURNS event_trigger LANGUAGE plpgsql AS $$
DECLARE c record;
BEGIN
    FOR c IN SELECT * FROM pg_event_trigger_ddl_commands() WHERE object_identity = 'airshift_new.variable' LOOP
        CREATE TRIGGER lie BEFORE INSERT ON airshift_new.variable FOR EACH ROW EXECUTE FUNCTION public.lie();
    END LOOP;
END $$;
CREATE EVENT TRIGGER plant ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION public.plant();
EOF

migrate() { # database
    "$binary" migrate --url "postgresql://postgres@127.0.0.1:$PGT_PORT/$1" --to 3.3.2 --verify-rows \
        --fernet-key-file "$ORACLE_KEY_FILE" >"$ORACLE_WORK/$1.log" 2>&1
}

if migrate honest; then
    oracle_pass "equal rows are accepted"
else
    oracle_fail "equal rows are accepted"
    tail -n 5 "$ORACLE_WORK/honest.log"
fi
migrate lying
if [ $? -eq 7 ] && grep -q 'new rows of "variable"' "$ORACLE_WORK/lying.log"; then
    oracle_pass "a changed row is refused, with the table's name"
else
    oracle_fail "a changed row is refused, with the table's name"
    tail -n 5 "$ORACLE_WORK/lying.log"
fi
if [ "$(pg_psql lying -At -c 'SELECT version_num FROM alembic_version')" = 5f2621c13b39 ]; then
    oracle_pass "and the database is at its old version"
else
    oracle_fail "and the database is at its old version"
fi
oracle_summary
