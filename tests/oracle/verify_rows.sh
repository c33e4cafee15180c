#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# `airshift migrate --verify-rows` must see a row that is not what was computed: an event
# trigger of the test's makes the server change one on its way into the new table. And what
# the real Airflow makes in an empty database, `airshift verify` must find nothing wrong with.

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

verifies() { # database version: exit status and differences
    "$binary" verify --url "$(pg_url "$1")" --to "$2" >"$ORACLE_WORK/verify.log" 2>&1
    echo "$? $(grep '^different' "$ORACLE_WORK/verify.log" | head -n 3)"
}
for version in 2.6.3 2.9.3 2.11.2 3.0.6 3.1.8 3.3.2; do
    [ "$version" = 2.11.2 ] || oracle_fresh "$version" "fresh_$version" || exit 1
    [ "$version" != 2.11.2 ] || pg_create "fresh_$version" source
    found=$(verifies "fresh_$version" "$version")
    if [ "$found" = '0 ' ]; then
        oracle_pass "nothing differs in what $version made"
    else
        oracle_fail "nothing differs in what $version made: $found"
    fi
done
# From 3.0 on the models and the revisions agree about it.
pg_psql fresh_3.3.2 -q -c 'ALTER TABLE task_instance ALTER COLUMN trigger_timeout TYPE timestamp'
found=$(verifies fresh_3.3.2 3.3.2)
case $found in
"12 different: task_instance.trigger_timeout is timestamp without time zone"*) oracle_pass 'what differs is found' ;;
*) oracle_fail "what differs is found: $found" ;;
esac
oracle_summary
