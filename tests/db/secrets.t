#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# secrets.t - a password in the URL, and Airflow's Fernet key, through every command of
# airshift on PostgreSQL and MySQL: in no argument of any process while they ran, in nothing
# that was printed, in no file that airshift wrote, in no statement that a server was sent;
# and nobody else can read what airshift wrote. TAP on stdout.

set -u
# shellcheck source-path=SCRIPTDIR source=pg_test.sh
. "$(dirname "$0")/pg_test.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/mysql.sh
. "$(dirname "$0")/../lib/mysql.sh"
airshift=$(realpath "$airshift")
pg_test_begin secrets
watcher=
end() {
    local directory
    [ -z "$watcher" ] || kill "$watcher" 2>/dev/null
    for directory in "$work"/pg/*/; do
        [ ! -e "${directory}postmaster.pid" ] ||
            pgt_as "$PGT_BIN/pg_ctl" -D "$directory" -m immediate -w stop >/dev/null 2>&1
    done
    my_stop_all
    pg_test_end
}
trap end EXIT
unset PGPASSWORD MYSQL_PWD AIRFLOW__DATABASE__SQL_ALCHEMY_CONN AIRFLOW__CORE__SQL_ALCHEMY_CONN

# Each has a middle that no quoting changes, which is what is looked for. The other characters
# mean something to a URL, to libpq, to JSON, to HTML, to a shell and to SQL.
core=S$(printf '%08x%08x' "$SRANDOM" "$SRANDOM")
client=C$core wrong=W$core
fernet=$(head -c 32 /dev/urandom | base64 | tr +/ -_)
password="a:'\\@/%&<\"\$ ${core} z"
encoded="a%3A%27%5C%40%2F%25%26%3C%22%24%20${core}%20z"

# --- watching ---------------------------------------------------------------------------

# Every command line of the machine, each once, as often as they can be read; how often they
# all were is in `turn`, which servers' users may read.
mkdir -m 700 "$work/in" "$work/out" "$work/home"
mkdir -m 711 "$work/seen"
watch() {
    local -A known=()
    local directory turn=0
    local -a words
    while :; do
        for directory in /proc/[0-9]*; do
            mapfile -d '' -t words <"$directory/cmdline" || continue
            [[ -n "${words[*]}" && -z "${known[${words[*]}]:-}" ]] || continue
            known[${words[*]}]=1
            printf '%s\n' "${words[*]}" >>"$work/seen/arguments"
        done
        turn=$((turn + 1))
        echo "$turn" >"$work/seen/turn.new"
        mv "$work/seen/turn.new" "$work/seen/turn"
        read -rt 0.002 <> <(:) || true
    done
} 2>/dev/null
watch &
watcher=$!
await 20 test -e "$work/seen/turn"

# What has been said to be seen was seen; and one who shows a secret is seen.
mkfifo "$work/fifo"
bash -c 'read -r _' shown "canary $core" <"$work/fifo" &
exec 9>"$work/fifo"
await 20 grep -q "canary $core" "$work/seen/arguments"
is $? 0 'a secret among the arguments of a process would be found'
echo >&9
exec 9>&-
wait $!
sed -i "/canary $core/d" "$work/seen/arguments"

# What may be over between two looks waits for them: ends when all have been read once more.
mkdir -m 755 "$work/bin"
cat >"$work/bin/looked" <<SH
#!/usr/bin/env bash
read -r began <"$work/seen/turn"
until read -r turn <"$work/seen/turn" && [ "\$turn" -gt "\$((began + 1))" ]; do
    read -rt 0.002 <> <(:) || true
done
SH
chmod 755 "$work/bin/looked"

# look WHEN: what is in the files that airshift has made until now; those with a secret are kept
# in $found, those that others can read in $open. What servers are given goes to $work/out.
printf '%s\n' "$core" "$fernet" >"$work/in/secrets"
found='' open='' looked=0
look() {
    local -a places
    local file
    mapfile -t places < <(ls -d "$work"/{backup,report,nogo,state,home} "$work"/{backup,report}-* "$work"/pg/*-airshift 2>/dev/null)
    while IFS= read -r file; do
        looked=$((looked + 1))
        ! grep -aqF -f "$work/in/secrets" "$file" || found="$found$1: ${file#"$work/"}"$'\n'
    done < <(find "${places[@]}" -type f)
    open+=$(find "${places[@]}" "$work/in/clients.env" \( -type f ! -perm 600 \) -o \( -type d ! -perm 700 \) | sed "s#^$work/#$1: #")
    [ -z "$open" ] || open+=$'\n'
    find "$work/state" "$work/pg" \( -name '*.log' -o -name postmaster.opts -o -name 'postgresql*.conf' -o -name '*.signal' \) \
        -exec cp --backup=numbered -t "$work/out" {} +
}

# air NAME EXIT-CODE ARG ...: one command, its output kept under that name. The file modes
# must not be those of a careful umask.
ran=' '
air() {
    local name=$1 expected=$2 status
    shift 2
    ran="$ran$1 "
    (umask 000 && exec timeout 240 "$airshift" "$@") >"$work/out/$name" 2>"$work/out/$name.err" </dev/null
    status=$?
    if [ "$status" -eq "$expected" ]; then
        ok "$name: airshift $1 ends with $expected"
    else
        not_ok "$name: airshift $1 ends with $expected" "$status: $(cat "$work/out/$name" "$work/out/$name.err")"
    fi
}

# The same with the URL from each of the places that it can come from.
from_all() { # name exit-code database arguments ...
    local name=$1 expected=$2 database=$3
    shift 3
    air "$name-file" "$expected" "$@" --url-file "$work/in/$database"
    AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=$(cat "$work/in/$database") air "$name-env" "$expected" "$@"
    printf '[database]\nsql_alchemy_conn = %s\n[core]\nfernet_key = %s\n' "$(sed 's/%/%%/g' "$work/in/$database")" \
        "$fernet" >"$work/in/airflow.cfg"
    AIRFLOW_HOME=$work/in air "$name-cfg" "$expected" "$@"
}

# --- PostgreSQL -------------------------------------------------------------------------

mkdir -m 755 "$work/pg"
chmod 755 "$work"
[ "$(id -u)" -ne 0 ] || chown "${PGT_USER:-postgres}" "$work/pg"
pg_start fsync=on wal_level=replica shared_buffers=32MB max_wal_size=256MB || exit 1
bin=$work/bin
ln -s "$PGT_BIN"/* "$bin"
for program in pg_dump pg_restore pg_basebackup; do
    rm "$bin/$program"
    printf '%s\n' '#!/bin/sh' "'$bin/looked'" "exec '$PGT_BIN/$program' \"\$@\"" >"$bin/$program"
    chmod 755 "$bin/$program"
done
pg_psql postgres <<SQL
CREATE ROLE admin SUPERUSER LOGIN PASSWORD '${password//\'/\'\'}';
CREATE ROLE clients LOGIN PASSWORD '$client';
ALTER SYSTEM SET log_statement = 'all';
ALTER SYSTEM SET log_replication_commands = on;
SQL
printf '%s\n' 'host all postgres 127.0.0.1/32 trust' 'host all all 127.0.0.1/32 scram-sha-256' \
    'host replication all 127.0.0.1/32 scram-sha-256' | pgt_as tee "$PGT_DIR/data/pg_hba.conf" >/dev/null
pg_psql postgres -At -c 'SELECT pg_reload_conf()' >/dev/null
: >"$PGT_DIR/server.log"
for database in day empty restored scratch against key blue; do
    [[ $database = @(blue|key) ]] || pg_psql postgres -c "CREATE DATABASE $database"
    printf 'postgresql+psycopg2://admin:%s@127.0.0.1:%s/%s\n' "$encoded" "$PGT_PORT" "$database" >"$work/in/$database"
done
printf 'postgresql://admin:%s@127.0.0.1:%s/day\n' "$wrong" "$PGT_PORT" >"$work/in/wrong"
printf 'postgresql://admin:%s@127.0.0.1:1/day\n' "$encoded" >"$work/in/nowhere"
printf 'postgresql://admin:%s@127.0.0.1:%s/none\n' "$encoded" "$PGT_PORT" >"$work/in/none"
printf 'postgresql://admin:%s@127.0.0.1:%s/day?sslmode=verify-full&sslrootcert=/nowhere\n' "$encoded" "$PGT_PORT" >"$work/in/tls"
printf 'postgresql://admin:%s@127.0.0.1:%s@/day\n' "$core" "$PGT_PORT" >"$work/in/split"
printf '%s\n' "$fernet" >"$work/in/fernet"
day=$work/in/day
export PATH=$work/path:$PATH AIRFLOW_HOME=$work/home

# 2.8.4 is before the revision that encrypts.
AIRFLOW__CORE__FERNET_KEY=$fernet air create 0 migrate --url-file "$day" --to 2.8.4 --verbose
pg_psql day <<'SQL'
INSERT INTO trigger (id, classpath, kwargs, created_date) VALUES (1, 'c', '{}', now());
INSERT INTO dag (dag_id, is_paused, has_task_concurrency_limits, max_active_tasks) VALUES ('d', false, false, 16), ('e', false, false, 16);
INSERT INTO log_template (id, filename, elasticsearch_id, created_at) VALUES (100, 'f', 'e', now());
INSERT INTO dag_run (id, dag_id, execution_date, run_id, run_type, clear_number, log_template_id, conf)
    SELECT n, 'd', '2024-01-01'::timestamptz + n * interval '1 hour', 'r' || n, 'manual', 0, 100, '\x80047d942e' FROM generate_series(1, 200) n;
INSERT INTO task_instance (task_id, dag_id, run_id, map_index, state, pool, pool_slots, try_number, max_tries)
    SELECT 't', 'd', 'r' || n, -1, 'success', 'default_pool', 1, 1, 0 FROM generate_series(1, 200) n;
SQL
is $? 0 'a database of Airflow 2.8.4 with rows'

from_all check 1 day check --to 2.11.2
from_all plan 0 day plan --to 2.11.2
from_all plan-json 0 day plan --to 2.11.2 --format json
AIRFLOW__CORE__FERNET_KEY=$fernet from_all plan-sql 0 day plan --to 2.10.5 --format sql
from_all status 0 day status
from_all status-json 0 day status --json --metrics-file "$work/out/metrics"
from_all doctor 0 day doctor
from_all doctor-json 0 day doctor --json
from_all preflight 0 day preflight --to 2.11.2
from_all preflight-json 0 day preflight --to 2.11.2 --json
from_all catalog 0 day inspect catalog
from_all verify 0 day verify --to 2.8.4 --json
air states 0 inspect states
air sql 0 inspect sql --engine mysql --from 2.11.2
from_all dry 0 day migrate --to 2.11.2 --dry-run --verify-rows --fernet-key-file "$work/in/fernet" --progress json --verbose
AIRSHIFT_TEST_KILL_AT=begin:after air killed 137 migrate --to 2.11.2 --url-file "$day" --airflow-config "$work/in/airflow.cfg"
from_all status-killed 0 day status
from_all doctor-killed 14 day doctor
air discard 0 migrate --discard --url-file "$day"
air against-empty 12 verify --to 2.11.2 --url-file "$work/in/against" --against-file "$day"
pg_psql postgres -c 'DROP DATABASE against' -c 'CREATE DATABASE against TEMPLATE day' -c 'CREATE DATABASE key TEMPLATE day'
air chain 0 migrate --executor chain --to 2.11.2 --url-file "$work/in/against" --fernet-key-file "$work/in/fernet" --verbose
AIRFLOW__CORE__FERNET_KEY=$fernet air migrate-2.11 0 migrate --to 2.11.2 --url-file "$day" --json-log --progress json
air against-2.11 12 verify --to 2.11.2 --url-file "$day" --against-file "$work/in/against"
AIRFLOW__CORE__FERNET_KEY=$fernet air downgrade 0 downgrade --to 2.10.0 --url-file "$work/in/against" --yes --verbose
pg_psql against -c 'UPDATE dag_run SET start_date = execution_date'
from_all clean-dry 0 against clean --before 2025-01-01 --dry-run --json
AIRSHIFT_TEST_KILL_AT=clean:sealed air clean-killed 137 clean --url-file "$work/in/against" --before 2025-01-01 --archive "$work/archive"
air clean 0 clean --url-file "$work/in/against" --before 2025-01-01 --archive "$work/archive" --progress json
from_all monitor 19 day monitor --interval 0.2 --json
from_all pause 0 day pause --json
from_all drain 0 day drain --limit 1 --json-log
air unpause 0 unpause --url-file "$day" --gap 0
from_all unpause-again 7 day unpause
from_all watch 20 day watch --once --json
air backup 0 backup --url-file "$day" --to "$work/backup" --verify-in-file "$work/in/empty" --bin-directory "$bin" --json-log
air restore-check 0 restore --check-only --from "$work/backup"
AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=$(cat "$work/in/restored") air restore 0 restore --from "$work/backup" --bin-directory "$bin" --verify --progress plain
AIRSHIFT_TEST_KILL_AT=restore:rows air restore-killed 137 restore --from "$work/backup" --url-file "$work/in/scratch"

cat >"$work/in/airflow" <<SH
#!/bin/sh
exec '$airshift' migrate --to 3.3.2 --progress plain
SH
chmod 700 "$work/in/airflow"
air rehearse 0 rehearse --url-file "$day" --to 3.3.2 --report "$work/report" --production-file "$work/in/restored" --way-back \
    --against-airflow "$work/in/airflow" --progress plain
AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=$(cat "$day") air rehearse-nogo 13 rehearse --to 3.3.2 --report "$work/nogo" --window 0
air runbook 0 runbook --rehearsal "$work/report" --url-file "$day" --backups "$work/backup" --restored-url-file "$work/in/restored" \
    --fernet-key-file "$work/in/fernet"

# What goes wrong.
air wrong-plan 4 plan --url-file "$work/in/wrong"
air wrong-migrate 4 migrate --url-file "$work/in/wrong" --json-log --verbose
air wrong-preflight 4 preflight --url-file "$work/in/wrong"
air wrong-clean 4 clean --url-file "$work/in/wrong" --before 2025-01-01 --skip-archive
air wrong-backup 4 backup --url-file "$work/in/wrong" --to "$work/backup-2"
air wrong-rehearse 4 rehearse --url-file "$work/in/wrong" --report "$work/report-2"
air wrong-against 4 verify --url-file "$day" --against-file "$work/in/wrong" --to 2.11.2
air wrong-verify 4 backup --url-file "$day" --to "$work/backup-3" --verify-in-file "$work/in/wrong"
air nowhere 4 migrate --url-file "$work/in/nowhere"
air none 4 doctor --url-file "$work/in/none"
air tls 4 check --url-file "$work/in/tls"
air split 3 check --url-file "$work/in/split"
AIRFLOW__CORE__FERNET_KEY=x$fernet air bad-key 3 migrate --url-file "$work/in/key" --to 2.11.2

# --- the switch -------------------------------------------------------------------------

pg_psql postgres -c 'CREATE DATABASE blue TEMPLATE day' -c 'ALTER DATABASE blue OWNER TO clients' >/dev/null
pg_psql blue -c 'GRANT ALL ON ALL TABLES IN SCHEMA public TO clients'
ports=$(free_ports 2)
mkdir -m 700 "$work/state"
switch_config() { # state directory
    cat >"$work/in/switch.conf" <<CONF
[blue]
url_file = $work/in/blue
[green]
data_directory = $work/pg/green
port = $ports
os_user = $(pgt_as id -un)
bin_directory = $bin
[spare]
data_directory = $work/pg/spare
port = $((ports + 1))
os_user = $(pgt_as id -un)
bin_directory = $bin
[airflow]
to = 3.3.2
fernet_key_file = $work/in/fernet
[repoint]
file = $work/in/clients.env
hook = $work/in/hook one
[switch]
state_directory = $1
CONF
    printf 'AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=postgresql+psycopg2://clients:%s@127.0.0.1:%s/blue\n' "$client" "$PGT_PORT" \
        >"$work/in/clients.env"
    chmod 600 "$work/in/clients.env"
}
switch() { # name exit-code word arguments ...
    local name=$1 expected=$2
    shift 2
    AIRFLOW__CORE__FERNET_KEY=$fernet AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=$(cat "$work/in/blue") \
        air "switch-$name" "$expected" switch "$@" --config "$work/in/switch.conf"
}
cat >"$work/in/hook" <<SH
#!/bin/sh
echo "\$0 \$*" >>"$work/out/hook"
env | grep AIRSHIFT_ >>"$work/out/hook"
SH
chmod 600 "$work"/in/*
chmod 700 "$work/in/hook" "$work/in/airflow"

switch_config "$work/state/aborted"
switch dry 0 start --dry-run
switch ahead 0 start --until provisioned
look ahead
switch abort 0 abort
switch_config "$work/state/killed"
AIRSHIFT_TEST_KILL_AT=fence.end:after switch killed 137 start
given_back() { "$airshift" switch status --json --config "$work/in/switch.conf" | grep -q '"state": "unfenced"'; }
await 30 given_back
is $? 0 'the watchdog gives blue back'
switch abort-killed 0 abort
switch_config "$work/state/done"
AIRSHIFT_TEST_RUN_AT=begin:after AIRSHIFT_TEST_RUN="'$bin/looked'" switch start 0 start
# A server lives on: its environment is not that of the person who started it.
tr '\0' '\n' <"/proc/$(head -n 1 "$work/pg/green/postmaster.pid")/environ" >"$work/out/green.environ"
switch status 0 status
switch status-json 0 status --json
switch cutover-dry 0 cutover --dry-run
switch cutover 0 cutover
look cutover
switch rollback 0 rollback
look rollback
switch finish 0 finish
look finish
cp "$PGT_DIR/server.log" "$work/out/blue.log"

# --- MySQL ------------------------------------------------------------------------------

my_start general-log=ON "general-log-file=$work/out/mysql.log" || exit 1
my_sql mysql <<SQL
SET GLOBAL general_log = OFF; SET sql_mode = 'NO_BACKSLASH_ESCAPES';
CREATE USER secret@'%' IDENTIFIED BY '${password//\'/\'\'}'; GRANT ALL ON *.* TO secret@'%'; SET GLOBAL general_log = ON;
SQL
my_create my
printf 'mysql+mysqldb://secret:%s@127.0.0.1:%s/my?charset=utf8mb4\n' "$encoded" "$MYT_PORT" >"$work/in/my"
printf 'mysql+mysqldb://secret:%s@127.0.0.1:%s/my\n' "$wrong" "$MYT_PORT" >"$work/in/my-wrong"
printf 'mysql+mysqldb://secret:%s@127.0.0.1:%s/my?ssl_mode=VERIFY_IDENTITY\n' "$encoded" "$MYT_PORT" >"$work/in/my-tls"
AIRFLOW__CORE__FERNET_KEY=$fernet air my-create 0 migrate --url-file "$work/in/my" --to 2.8.4 --verbose
my_sql my -e "INSERT INTO \`trigger\` (classpath, kwargs, created_date) VALUES ('c', '{}', now())"
AIRSHIFT_TEST_KILL_AT=1949afb29106:before AIRFLOW__CORE__FERNET_KEY=$fernet air my-killed 137 migrate --url-file "$work/in/my" --to 2.9.0 --executor chain
from_all my-status 0 my status
from_all my-monitor 18 my monitor --interval 0.2 --json
from_all my-migrate 0 my migrate --to 2.9.0 --json-log --fernet-key-file "$work/in/fernet" --verbose
from_all my-check 0 my check --to 2.9.0
from_all my-catalog 0 my inspect catalog
air my-wrong 4 migrate --url-file "$work/in/my-wrong"
air my-tls 4 check --url-file "$work/in/my-tls"
from_all my-watch 20 my watch --once
from_all my-preflight 0 my preflight --to 2.9.0
air my-plan 0 plan --url-file "$work/in/my" --to 3.3.2
AIRFLOW__CORE__FERNET_KEY=$fernet air my-detached 0 migrate --url-file "$work/in/my" --to 3.3.2 --mode detached --verbose --progress plain
from_all my-verify 0 my verify
from_all my-pause 0 my pause
from_all my-drain 0 my drain --limit 1
air my-unpause 0 unpause --url-file "$work/in/my" --gap 0
from_all my-doctor 0 my doctor
from_all my-clean 0 my clean --before 2025-01-01 --dry-run --json
air my-cleaned 0 clean --url-file "$work/in/my" --before 2025-01-01 --archive "$work/archive-my" --progress json

# --- what was found ---------------------------------------------------------------------

kill "$watcher"
wait "$watcher" 2>/dev/null
watcher=
for command in $("$airshift" --help | awk '/^Commands:/ { inside = 1; next } /^$/ { inside = 0 } inside { print $1 }'); do
    like "$ran" " $command " "airshift $command was run"
done
seen() { # pattern what
    grep -Eq -- "$1" "$work/seen/arguments"
    is $? 0 "seen while it ran: $2"
}
seen "^$airshift migrate .*--verbose" 'airshift'
seen '/pg_dump -d ' 'pg_dump'
seen '/pg_restore -d ' 'pg_restore'
seen '/pg_basebackup ' 'pg_basebackup'
seen '^/proc/self/exe migrate|airshift migrate --to 3.3.2 --mode detached' 'the migration of a switch'
seen 'watchdog' 'the watchdog'
seen "/postgres -D $work/pg/green" 'the green server'
is "$(grep -aF -f "$work/in/secrets" "$work/seen/arguments")" '' 'no secret in the arguments of any process'
is "$(grep -arlF -f "$work/in/secrets" "$work/out")" '' 'no secret in output, logs, and what servers were sent'
for file in rehearse.err migrate-2.11 blue.log mysql.log hook watchdog.log green.environ postmaster.opts; do
    [ -s "$work/out/$file" ]
    is $? 0 "there was something to look at in $file"
done
look end
# A replica needs its password, and the way back the clients' old connection file, until the
# switch is finished.
is "$found" 'ahead: pg/green-airshift/passfile
ahead: pg/spare-airshift/passfile
cutover: pg/green-airshift/passfile
cutover: pg/spare-airshift/passfile
cutover: state/done/clients.blue
rollback: pg/green-airshift/passfile
rollback: pg/spare-airshift/passfile
rollback: state/done/clients.blue
' 'no secret in a file that airshift wrote, but for the two kinds that are needed'
[ "$looked" -gt 100 ]
is $? 0 "there were files: $looked"
is "$open" '' 'and nobody else can read them'
finish_tests
