#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# backup.t - airshift backup and restore on a PostgreSQL of the test's own: pg_dump of the
# original and of what was restored are the same, whoever writes meanwhile; files that
# were touched, killed runs and databases with tables are refused. TAP on stdout.

set -u
# shellcheck source-path=SCRIPTDIR source=pg_test.sh
. "$(dirname "$0")/pg_test.sh"
# shellcheck source-path=SCRIPTDIR source=backup_lib.sh
. "$(dirname "$0")/backup_lib.sh"
pg_test_begin backup
# shellcheck disable=SC2119 # no settings of its own
pg_start || exit 1

sql() { pg_psql "$1" -At -c "$2"; }
# airshift COMMAND DATABASE [ARG ...]: output in $out, exit code in $status.
air() {
    local command=$1 database=$2
    shift 2
    out=$(timeout 120 "$airshift" "$command" --url "$(pg_url "$database")" --progress none "$@" 2>&1)
    status=$?
    out=${out//$'\n'/ } # one line, for a pattern over all of it
}
dump() { "$PGT_BIN/pg_dump" -h 127.0.0.1 -p "$PGT_PORT" -U postgres "$@" | grep -v -e '^--' -e '^.restrict' -e '^.unrestrict' -e '^$'; }
# Everything: definitions in pg_dump's order, rows (and values of sequences) in any order.
picture() {
    dump --schema-only "$1"
    dump --data-only "$1" | sort
}

sql postgres "CREATE ROLE reader" && pg_create source && pg_psql source <<'SQL'
SET client_min_messages = warning;
CREATE SCHEMA "other schema";
CREATE TYPE mood AS ENUM ('glad', 'sad');
CREATE FUNCTION double(integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 2 * $1';
CREATE TABLE alembic_version (version_num varchar(32) NOT NULL CONSTRAINT alembic_version_pkc PRIMARY KEY);
INSERT INTO alembic_version VALUES ('5f2621c13b39');
CREATE TABLE account (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, amount bigint NOT NULL, moves bigint NOT NULL DEFAULT 0);
INSERT INTO account (amount) SELECT 100 FROM generate_series(1, 20);
CREATE TABLE "Odd ""name" ("a b" text, "select" bytea, c mood, d double precision, e jsonb, f timestamptz, g interval, h text[],
    i integer, twice integer GENERATED ALWAYS AS (double(i)) STORED);
INSERT INTO "Odd ""name" VALUES
    (E'tab\tnewline\nback\\slash carriage\r', '\x00ff0a5c', 'sad', 'NaN', '{"a": [1, "\u00e9"]}', 'infinity', '1 mon -2 days 03:00', '{NULL,"a,b","\"\\"}', 4),
    ('\.', '', NULL, '-Infinity', 'null', '0044-03-15 12:00+00 BC', NULL, '{}', NULL),
    (U&'\+01F600 \00E4', NULL, 'glad', 1e-300, '"x"', '2026-11-26 01:02:03.456789+00', '0', NULL, -1),
    (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
CREATE TABLE big (id bigint PRIMARY KEY, note text);
INSERT INTO big SELECT i, repeat(md5(i::text), 4) FROM generate_series(1, 60000) i;
CREATE INDEX big_note ON big (left(note, 8)) WHERE id > 10;
CREATE TABLE "other schema".child (big_id bigint REFERENCES big ON DELETE CASCADE DEFERRABLE, n numeric CHECK (n > 0));
INSERT INTO "other schema".child SELECT i, i / 7.0 FROM generate_series(1, 500) i;
CREATE TABLE part (k integer, t text) PARTITION BY LIST (k);
CREATE TABLE part_1 PARTITION OF part FOR VALUES IN (1);
CREATE TABLE part_rest PARTITION OF part DEFAULT;
INSERT INTO part VALUES (1, 'one'), (2, 'two');
CREATE TABLE no_columns ();
INSERT INTO no_columns DEFAULT VALUES;
INSERT INTO no_columns DEFAULT VALUES;
CREATE UNLOGGED TABLE unlogged AS SELECT 1 AS x;
ALTER TABLE account DROP COLUMN moves;
ALTER TABLE account ADD COLUMN moves bigint NOT NULL DEFAULT 0;
CREATE SEQUENCE never_used START 7;
CREATE SEQUENCE used; SELECT setval('used', 41) \g /dev/null
CREATE VIEW seen AS SELECT count(*) FROM big;
CREATE MATERIALIZED VIEW kept AS SELECT id % 10 AS digit, count(*) FROM big GROUP BY 1;
CREATE MATERIALIZED VIEW kept_again AS SELECT sum(count) FROM kept;
CREATE MATERIALIZED VIEW never_filled AS SELECT 1 AS one WITH NO DATA;
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$;
CREATE TRIGGER refuse BEFORE INSERT ON "other schema".child FOR EACH ROW EXECUTE FUNCTION refuse();
ALTER TABLE big ENABLE ROW LEVEL SECURITY;
GRANT SELECT ON big TO reader;
COMMENT ON TABLE big IS 'quote '' and "';
SQL
is $? 0 'a database with all that pg_dump knows'

air backup source --to "$work/first" --part-size 1 --workers 3
is "$status" 0 "backup: $out"
is "$(find "$work/first" -type f ! -perm 600 | wc -l) $(stat -c %a "$work/first")" '0 700' 'nobody else can read the files'
like "$(jq -r '.airflow_version, .revision, .engine' "$work/first/manifest.json" | paste -sd' ')" \
    '^[0-9.-]*2\.11\.[0-9]+ 5f2621c13b39 postgres$' 'the manifest has version and revision'
[ "$(find "$work/first" -name '*.rows.zst' | sed 's/.*\/\(....\)\..*/\1/' | sort | uniq -c | sort -rn | awk 'NR == 1 { print $1 }')" -gt 3 ]
is $? 0 'a big table is in several parts'
pg_create back
air restore back --from "$work/first" --verify --workers 3
is "$status" 0 "restore: $out"
picture source >"$work/source.sql"
picture back >"$work/back.sql"
[ "$(wc -l <"$work/source.sql")" -gt 60000 ]
is $? 0 'pg_dump shows all the rows'
is "$(diff "$work/source.sql" "$work/back.sql" 2>&1 | head)" '' 'pg_dump of both is the same'
is "$(sql back 'SELECT count(*), min(count), (SELECT sum FROM kept_again) FROM kept')" '10|6000|60000' 'materialized views are filled'
like "$(sql back 'SELECT * FROM never_filled' 2>&1)" 'has not been populated' 'one that was empty is not'

# One moment, whoever writes: rows that come when the moment is chosen, but none is read
# yet, are not in it; and a writer is not kept from his work.
mkdir "$work/bin"
ln -s "$PGT_BIN/pg_restore" "$work/bin/pg_restore"
cat >"$work/bin/pg_dump" <<SH
#!/bin/sh
'$PGT_BIN/psql' -X -q -h 127.0.0.1 -p $PGT_PORT -U postgres -d source -c 'SET lock_timeout = 10000' \
    -c 'UPDATE account SET amount = amount + 1 WHERE id = 1' -c 'DELETE FROM big WHERE id = 60000' \
    -c 'INSERT INTO part VALUES (1, NULL)' || exit 1
exec '$PGT_BIN/pg_dump' "\$@"
SH
chmod +x "$work/bin/pg_dump"
air backup source --to "$work/moving" --part-size 1 --bin-directory "$work/bin"
is "$status" 0 "backup beside a writer: $out"
sums='SELECT (SELECT sum(amount) FROM account), (SELECT max(id) FROM big), (SELECT count(*) FROM part)'
is "$(sql source "$sums")" '2001|59999|3' 'the writer was not held up'
pg_create moved
air restore moved --from "$work/moving"
is "$status $(sql moved "$sums")" '0 2000|60000|2' 'the backup is of the moment before'

# Refusals, each with nothing changed.
air backup source --to "$work/first"
is "$status" 7 'a directory with a backup is not overwritten'
mkdir "$work/mine" && touch "$work/mine/file"
air backup source --to "$work/mine"
is "$status $(ls "$work/mine")" '7 file' 'nor one with something else'
air backup source
like "$status $out" '^2 .*--to' 'no directory'
air restore back --from "$work/first"
like "$status $out" '^7 .*has tables' 'a database with tables is not restored into'
picture back | diff -q "$work/back.sql" - >/dev/null
is $? 0 'and unchanged'
air restore back --from "$work/nowhere"
like "$status $out" '^7 .*no whole backup' 'a directory that is none'

empty() { is "$(sql "$1" "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace")" 0 "$2"; }
pg_create target
air restore target --from "$work/first" --check-only
like "$status $out" '^0 .*whole' 'the files are looked at'
for what in rows schema; do
    spoil_backup "$work/first" "$work/bad" "$what"
    air restore target --from "$work/bad" --check-only
    like "$status $out" "^7 .*${file##*/}\" is not what was backed up" "one wrong byte ($what)"
    air restore target --from "$work/bad"
    is "$status" 7 'is not restored'
    empty target 'nothing of it'
    rm -r "$work/bad"
done
cp -r "$work/first" "$work/bad"
rm "$(find "$work/bad" -name '*.rows.zst' | head -n 1)"
air restore target --from "$work/bad"
is "$status" 7 'a file is missing'
rm -r "$work/bad"
cp -r "$work/first" "$work/bad"
jq '(.tables[] | select(.name == "big") | .parts[0].rows_hash) = "0123456789abcdef"' "$work/first/manifest.json" >"$work/bad/manifest.json"
air restore target --from "$work/bad"
like "$status $out" '^7 .*other rows' 'rows that are not those of the manifest'
is "$(sql target 'SELECT count(*) FROM alembic_version')" 0 'Airflow takes no half of a database for a whole one'
pg_drop target
rm -r "$work/bad"
echo '{"format_version": 99}' >"$work/mine/manifest.json"
air restore back --from "$work/mine"
like "$status $out" '^7 .*damaged' 'a manifest of another kind'

# --verify and --verify-in find what no checksum of a file can: rows that changed after.
pg_psql source <<'SQL'
CREATE FUNCTION spoil() RETURNS integer LANGUAGE plpgsql AS $$ BEGIN
    IF current_database() = 'spoilt' THEN UPDATE public.big SET note = 'x' WHERE id = 40000; END IF; RETURN 1; END $$;
CREATE MATERIALIZED VIEW spoiler AS SELECT spoil();
SQL
pg_create scratch
air backup source --to "$work/proved" --verify-in "$(pg_url scratch)"
like "$status $out" '^0 .*restored and compared' 'backup with its proof'
pg_create spoilt
air backup source --to "$work/spoilt" --verify-in "$(pg_url spoilt)"
like "$status $out" '^8 .*not proved.*"big"' 'one row of 60000 is another'
air backup source --to "$work/not" --verify-in "$(pg_url back)"
is "$status $([ -e "$work/not" ] || echo none)" '7 none' 'the database for the proof is looked at first'

# Killed (needs a build with --enable-fault-injection): no backup until all is there, and
# the next run begins afresh.
for point in schema rows manifest mark; do
    out=$(AIRSHIFT_TEST_KILL_AT=backup:$point timeout 60 "$airshift" backup --url "$(pg_url source)" --progress none --to "$work/killed" 2>&1)
    is $? 137 "killed at $point"
    pg_create target
    air restore target --from "$work/killed"
    if [ "$point" = mark ]; then
        is "$status" 0 'all was there'
    else
        is "$status" 7 'no backup'
        empty target 'nothing restored'
    fi
    pg_drop target
    air backup source --to "$work/killed"
    is "$status" 0 'the next run'
    air restore source --from "$work/killed" --check-only
    is "$status $(find "$work/killed" -name 'airshift*')" '0 ' 'makes it whole'
    rm -r "$work/killed"
done
new_target() {
    pg_drop target 2>/dev/null
    pg_create target
}
versions() { sql target 'SELECT count(*) FROM alembic_version' 2>/dev/null; }
end_sessions() { sql postgres "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'target' AND application_name = 'airshift: restore'" >/dev/null; }
restore_broken_off "$work/first" "$work/moving"

# Secrets and errors of the world.
sql postgres "CREATE ROLE secretive SUPERUSER LOGIN PASSWORD 'gehe:im'"
printf 'postgresql://secretive:gehe%%3Aim@127.0.0.1:%s/source\n' "$PGT_PORT" >"$work/url"
out=$("$airshift" backup --url-file "$work/url" --progress plain --to "$work/quiet" 2>&1)
is $? 0 "backup with a password: $(tail -n 1 <<<"$out")"
is "$(grep -rl 'gehe' "$work/quiet"; grep -c 'gehe' <<<"$out")" 0 'the password is nowhere'
sql postgres "CREATE ROLE weak LOGIN"
out=$("$airshift" backup --url "postgresql://weak@127.0.0.1:$PGT_PORT/source" --progress none --to "$work/weak" 2>&1)
like "$? $out" '^5 .*permission denied' 'a role that may not read'
is "$([ -e "$work/weak" ] || echo none)" none 'leaves no directory'
sql source "SELECT lo_create(0)" >/dev/null
air backup source --to "$work/large"
like "$status $out" '^9 .*large objects' 'large objects would be lost'
air backup source --to "$work/large" --bin-directory "$work"
like "$status $([ -e "$work/large" ] || echo none)" '^(3|9) none' 'dump programs that are not there'
finish_tests
