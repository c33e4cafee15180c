# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# switch_lib.sh - what the tests of the replica switch share: a PostgreSQL server "blue"
# with a small Airflow-like database in a temporary directory, the configuration of a
# switch, and TAP. Sourced, never run.
#
# SWITCH_TOOL is the program under test (tests/db/switch_tool.c, built with the fault
# hooks); SWITCH_PORT the first of four successive ports (default: free ones).

SWITCH_TOOL=${SWITCH_TOOL:-./tests/db/switch_tool}
# shellcheck source=tests/lib/ports.sh
. "${srcdir:-.}/tests/lib/ports.sh"
BLUE_PORT=${SWITCH_PORT:-$(free_ports 4)}
GREEN_PORT=$((BLUE_PORT + 1))
SPARE_PORT=$((BLUE_PORT + 2))
# shellcheck disable=SC2034
OTHER_PORT=$((BLUE_PORT + 3))
ADMIN_PASSWORD='adm:in\p@ss'
ADMIN_PASSWORD_URL='adm%3Ain%5Cp%40ss'
CLIENT_PASSWORD='client-secret'
SERVER_USER=${SERVER_USER:-postgres}

tests_run=0
tests_failed=0

find_bin() {
    local candidate

    for candidate in "${PGBIN:-}" /usr/lib/postgresql/15/bin /usr/lib/postgresql/*/bin; do
        if [ -n "$candidate" ] && [ -x "$candidate/pg_basebackup" ]; then
            printf '%s\n' "$candidate"
            return
        fi
    done
}

skip_all() {
    printf '1..0 # SKIP %s\n' "$1"
    exit 77
}

ok() { # description
    tests_run=$((tests_run + 1))
    printf 'ok %d - %s\n' "$tests_run" "$1"
}

not_ok() { # description [more]
    tests_run=$((tests_run + 1))
    tests_failed=$((tests_failed + 1))
    printf 'not ok %d - %s\n' "$tests_run" "$1"
    [ -z "${2:-}" ] || printf '%s\n' "$2" | sed 's/^/#   /'
}

is() { # got expected description
    if [ "$1" = "$2" ]; then
        ok "$3"
    else
        not_ok "$3" "got:      $1
expected: $2"
    fi
}

like() { # text pattern description
    if printf '%s\n' "$1" | grep -Eq -- "$2"; then
        ok "$3"
    else
        not_ok "$3" "$1"
    fi
}

finish_tests() {
    printf '1..%d\n' "$tests_run"
    [ "$tests_failed" -eq 0 ]
}

# The server's programs refuse root.
as_server() {
    if [ "$(id -u)" -eq 0 ]; then
        (cd / && exec setpriv --reuid "$SERVER_USER" --regid "$SERVER_USER" --init-groups -- "$@")
    else
        "$@"
    fi
}

now_ms() { date +%s%3N; }

stop_server() { # data directory
    if [ -e "$1/postmaster.pid" ]; then
        as_server "$bin/pg_ctl" -D "$1" -m immediate -w stop >/dev/null 2>&1 || true
    fi
}

stop_all() {
    local directory

    for directory in "$base"/*/; do
        [ ! -e "${directory}PG_VERSION" ] || stop_server "${directory%/}"
    done
}

clean_up() {
    stop_all
    rm -rf "$base"
}

# Where airshift and the replicas find blue, and from where they come (a test that has several
# machines sets both).
BLUE_HOST=${BLUE_HOST:-127.0.0.1}
BLUE_NETWORK=${BLUE_NETWORK:-127.0.0.1/32}

blue_url() { printf 'postgresql://admin:%s@%s:%s/airflow' "$ADMIN_PASSWORD_URL" "$BLUE_HOST" "$BLUE_PORT"; }
client_url() { # port
    printf 'postgresql+psycopg2://airflow:%s@127.0.0.1:%s/airflow' "$CLIENT_PASSWORD" "$1"
}

# As the administrator, past any fence of the database.
admin() { # port sql
    PGPASSWORD=$ADMIN_PASSWORD PGOPTIONS='-c default_transaction_read_only=off' \
        "$bin/psql" -XAtq -h 127.0.0.1 -p "$1" -U admin -d airflow -v ON_ERROR_STOP=1 -c "$2" 2>&1
}

# As Airflow does.
client() { # port sql
    PGPASSWORD=$CLIENT_PASSWORD PGCONNECT_TIMEOUT=3 "$bin/psql" -XAtq -h 127.0.0.1 -p "$1" \
        -U airflow -d airflow -v ON_ERROR_STOP=1 -c "$2" 2>&1
}

# A server of ours that only its private socket reaches.
private() { # role port sql
    "$bin/psql" -XAtq -h "$base/$1-airshift" -p "$2" -U admin -d airflow -v ON_ERROR_STOP=1 -c "$3" 2>&1
}

make_blue() {
    as_server "$bin/initdb" -D "$base/blue" -U admin -A trust -E UTF8 --locale=C.UTF-8 -N >/dev/null
    cat >>"$base/blue/postgresql.conf" <<EOF
port = $BLUE_PORT
listen_addresses = '${BLUE_LISTEN:-127.0.0.1}'
unix_socket_directories = '$base'
shared_buffers = 16MB
max_connections = 30
wal_level = replica
fsync = on
maintenance_work_mem = 32MB
EOF
    as_server "$bin/pg_ctl" -D "$base/blue" -w -l "$base/blue.log" start >/dev/null
    "$bin/psql" -Xq -h "$base" -p "$BLUE_PORT" -U admin -d postgres -v ON_ERROR_STOP=1 \
        -v password="$ADMIN_PASSWORD" -v client="$CLIENT_PASSWORD" <<'EOF'
SET password_encryption = 'scram-sha-256'; -- before PostgreSQL 14 it is another
ALTER ROLE admin PASSWORD :'password';
CREATE ROLE airflow LOGIN PASSWORD :'client';
CREATE DATABASE airflow OWNER airflow CONNECTION LIMIT 17;
EOF
    "$bin/psql" -Xq -h "$base" -p "$BLUE_PORT" -U admin -d airflow -v ON_ERROR_STOP=1 <<'EOF'
SET ROLE airflow;
CREATE TABLE public.dag_run (id serial PRIMARY KEY, dag_id text NOT NULL, state text);
CREATE TABLE public.xcom (key text PRIMARY KEY, value bytea, note text);
CREATE TABLE public."odd ""name" (a int PRIMARY KEY, b text);
INSERT INTO dag_run (dag_id, state) SELECT 'dag_' || n, 'success' FROM generate_series(1, 1000) n;
INSERT INTO xcom SELECT 'k' || n, decode('00ff5c0a09', 'hex'), E'tab\there' FROM generate_series(1, 50) n;
EOF
    printf 'local all all scram-sha-256\nhost all all 127.0.0.1/32 scram-sha-256\n%s\n%s\n' \
        "host all all $BLUE_NETWORK scram-sha-256" "host replication all $BLUE_NETWORK scram-sha-256" |
        as_server tee "$base/blue/pg_hba.conf" >/dev/null
    as_server "$bin/pg_ctl" -D "$base/blue" reload >/dev/null
}

# What "airshift migrate" and "verify" do, in small; and a check of what they are given.
make_stand_ins() {
    cat >"$base/migrate" <<EOF
#!/bin/sh
[ -z "\${STAND_IN_MIGRATE_FAILS:-}" ] || { echo "migrate: asked to fail" >&2; exit 5; }
printf '%s\n' "\$@" >"$base/migrate.arguments"
printf '%s\n' "\$AIRFLOW__DATABASE__SQL_ALCHEMY_CONN" >"$base/migrate.url"
printf '%s' "\$AIRFLOW__CORE__FERNET_KEY" | md5sum >"$base/migrate.key"
exec "$bin/psql" -Xq -v ON_ERROR_STOP=1 "\$AIRFLOW__DATABASE__SQL_ALCHEMY_CONN" \
    -c "COPY (SELECT string_agg(name || '=' || setting, ' ' ORDER BY name) FROM pg_settings WHERE name IN ('fsync', 'full_page_writes', 'wal_level', 'max_wal_senders', 'autovacuum', 'synchronous_commit', 'archive_mode', 'listen_addresses')) TO '$base/green/settings.seen'" \
    -c "BEGIN; CREATE TABLE IF NOT EXISTS public.migrated (n int); ALTER TABLE public.dag_run ADD COLUMN IF NOT EXISTS run_after text; UPDATE public.dag_run SET run_after = state WHERE run_after IS NULL; INSERT INTO public.migrated SELECT 1 WHERE NOT EXISTS (SELECT FROM public.migrated); ALTER TABLE public.migrated OWNER TO airflow; COMMIT"
EOF
    cat >"$base/verify" <<EOF
#!/bin/sh
[ -z "\${STAND_IN_VERIFY_FAILS:-}" ] || exit 12
[ "\$("$bin/psql" -XAtq "\$AIRFLOW__DATABASE__SQL_ALCHEMY_CONN" -c 'SELECT count(*) FROM migrated')" = 1 ]
EOF
    cat >"$base/hook" <<EOF
#!/bin/sh
env | grep '^AIRSHIFT_[A-SV]\|^AIRSHIFT_TARGET' | sort >>"$base/hook.seen"
printf 'argument %s\n' "\$@" >>"$base/hook.seen"
EOF
    cat >"$base/plan" <<EOF
#!/bin/sh
printf '%s\\n' "\$@" >"$base/plan.arguments"
printf '{"problems": [%s]}\\n' "\$STAND_IN_PLAN"
EOF
    chmod 755 "$base/plan" "$base/migrate" "$base/verify" "$base/hook"
    export AIRSHIFT_TEST_PLAN="$base/plan" AIRSHIFT_TEST_MIGRATE="$base/migrate" AIRSHIFT_TEST_VERIFY="$base/verify"
}

make_config() { # [extra lines for sections]
    printf '%s\n' "$(blue_url)" >"$base/blue.url"
    printf 'geheimer-fernet-key=\n' >"$base/fernet.key"
    chmod 600 "$base/blue.url" "$base/fernet.key"
    cat >"$base/switch.conf" <<EOF
[blue]
url_file = $base/blue.url
[green]
data_directory = $base/green
port = $GREEN_PORT
os_user = $SERVER_USER
bin_directory = $bin
[spare]
data_directory = $base/spare
port = $SPARE_PORT
os_user = $SERVER_USER
bin_directory = $bin
[airflow]
to = 3.3.2
fernet_key_file = $base/fernet.key
[repoint]
file = $base/clients.env
hook = $base/hook one two
[switch]
state_directory = $base/state
[timeouts]
drain = 5
writers = 5
long_transaction = 1
start = 60
catch_up = 60
EOF
    cat >"$base/clients.env" <<EOF
# of the tests
AIRFLOW__CORE__EXECUTOR=LocalExecutor
AIRFLOW__DATABASE__SQL_ALCHEMY_CONN="$(client_url "$BLUE_PORT")"
AFTER=this
EOF
}

tool() { "$SWITCH_TOOL" switch "$@" --config "$base/switch.conf"; }

state() { tool status --json 2>/dev/null | sed -n 's/^  "state": "\(.*\)",$/\1/p'; }

# A configuration with which no switch begins; it is put back.
refused() { # sed expression on the configuration, exit code, pattern, description
    local status

    cp "$base/switch.conf" "$base/switch.refused"
    sed -i "$1" "$base/switch.conf"
    tool start >"$base/out" 2>&1
    status=$?
    cp "$base/switch.refused" "$base/switch.conf"
    like "$status $(cat "$base/out")" "^$2 .*" "$4: exit code"
    like "$(cat "$base/out")" "$3" "$4: reason"
}

# A client reaches the server and may write there.
is_writable() { # port
    [ "$(client "$1" 'SHOW transaction_read_only')" = off ]
}

# Who is a master for clients: "10" is blue alone. Two are a failure.
observe() { # what has just happened
    local blue=0 green=0

    is_writable "$BLUE_PORT" && blue=1
    is_writable "$GREEN_PORT" && green=1
    masters="$blue$green"
    [ "$masters" != 11 ] || not_ok "two masters after $1"
}

KILLED=137

killed() { # verb step moment
    AIRSHIFT_TEST_KILL_AT=$2:$3 tool "$1" >>"$base/out" 2>&1
    [ $? -eq "$KILLED" ]
}

# The names under which AIRSHIFT_TEST_KILL_AT knows the records of a journal.
steps_of() { # journal
    awk -F '\t' '
        $3 == "open" { print "journal.open" }
        $3 == "fact" { split($4, pair, "="); print "fact." pair[1] }
        $3 == "begin" || $3 == "end" {
            for (i = 4; i <= NF; i++)
                if ($i ~ /^action=/) print substr($i, 8) "." $3
        }' "$1"
}

# One switch there and back without a kill: the steps of each verb go into $base/steps.VERB. The
# command given is run while green serves.
undisturbed() { # command ...
    local verb known=0

    for verb in start cutover rollback; do
        [ "$verb" != rollback ] || "$@"
        tool "$verb" >>"$base/out" 2>&1
        is $? 0 "an undisturbed $verb"
        steps_of "$base/state/journal" | tail -n "+$((known + 1))" >"$base/steps.$verb"
        known=$(steps_of "$base/state/journal" | wc -l)
    done
    tool finish >>"$base/out" 2>&1
    is $? 0 'an undisturbed finish'
    rm -rf "$base/state"
}

# The verb, or "resume" where something is begun.
verb_now() { # verb
    if tool status 2>/dev/null | grep -q '^next.*resume'; then
        echo resume
    else
        echo "$1"
    fi
}

# Every step of a list, before and after; with "resume" wherever there is something begun.
kill_through() { # verb expected state, steps on stdin
    local verb=$1 expected=$2 step moment next missed='' count=0

    while read -r step; do
        for moment in before after; do
            next=$(verb_now "$verb")
            killed "$next" "$step" "$moment" || missed="$missed $step:$moment"
            observe "$step:$moment"
            count=$((count + 1))
        done
    done
    is "$missed" '' "$verb: killed at all $count points"
    if [ "$(state)" != "$expected" ]; then
        next=$(verb_now "$verb")
        tool "$next" >>"$base/out" 2>&1 || tail -5 "$base/out" | sed 's/^/# /'
    fi
    is "$(state)" "$expected" "$verb: the result is the same"
}

# A command, for AIRSHIFT_TEST_RUN, that keeps green from replaying what comes next. Before the fence a
# green that lags is waited for.
pausing() {
    printf "'%s' -Xq -h '%s' -p %s -U admin -d airflow -c 'SELECT pg_wal_replay_pause()' >/dev/null" \
        "$bin/psql" "$base/green-airshift" "$GREEN_PORT"
}

# Everything a client can see in the tables that are the same before and after.
contents() { # port
    admin "$1" "SELECT md5(string_agg(id || dag_id || coalesce(state, ''), ',' ORDER BY id)) FROM dag_run" &&
        admin "$1" "SELECT md5(string_agg(key || value::text || note, ',' ORDER BY key)) FROM xcom"
}

# Waits until a command succeeds; never longer than so many seconds.
await() { # seconds command...
    local until=$(($(now_ms) + $1 * 1000))

    shift
    until "$@"; do
        [ "$(now_ms)" -lt "$until" ] || return 1
        read -rt 0.02 <> <(:) || true
    done
}

# A client session on blue that stays open behind descriptor 4, idle when `text` has come
# into $base/NAME.out. More SQL goes to descriptor 4; closing it ends the session ($!).
open_session() { # name sql text
    mkfifo "$base/$1.sql"
    PGPASSWORD=$CLIENT_PASSWORD "$bin/psql" -XAtq -h 127.0.0.1 -p "$BLUE_PORT" -U airflow -d airflow \
        -f "$base/$1.sql" >"$base/$1.out" 2>&1 &
    exec 4>"$base/$1.sql"
    echo "$2" >&4
    await 10 grep -q "$3" "$base/$1.out"
}

# Copies are synced to the disk; where there is memory for them, that takes no time.
temporary_directory() {
    local free

    free=$(df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 { print $4 }')
    if [ "${free:-0}" -gt $((3 * 1024 * 1024)) ] && [ -w /dev/shm ]; then
        echo /dev/shm
    else
        echo /tmp
    fi
}

begin_switch_tests() {
    bin=$(find_bin)
    [ -n "$bin" ] || skip_all 'no PostgreSQL server programs'
    [ -x "$SWITCH_TOOL" ] || skip_all "$SWITCH_TOOL is not built"
    if [ "$(id -u)" -eq 0 ]; then
        id "$SERVER_USER" >/dev/null 2>&1 || skip_all "no user $SERVER_USER to run servers as"
    else
        SERVER_USER=$(id -un)
    fi
    base=$(mktemp -d "$(temporary_directory)/airshift-switch.XXXXXX")
    chmod 755 "$base"
    [ "$(id -u)" -ne 0 ] || chown "$SERVER_USER" "$base"
    trap clean_up EXIT
    trap 'exit 130' INT TERM
    make_blue
    make_stand_ins
    make_config
}
