#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# How long clients are held in a switch: a generated database of Airflow 2.11.2, clients that write all
# the time through two real PgBouncers, and, again and again, a switch there and back and one that is
# aborted. Not one transaction may fail.
#
#   bench/switch.sh [--runs K] [--task-instances N] [--rate TRANSACTIONS_PER_SECOND] [--dir DIRECTORY]
#                   [--spare] [--out FILE]
#
# DIRECTORY (default /var/tmp) is where the servers are: a disk, for what is measured are its fsyncs, too.
# Writes a JSON line for each command to FILE (default bench/results/switch.jsonl), and prints a table: the
# milliseconds from the command's start until its clients go on (for a rollback: from the pause), and what
# each action took. The build must have --enable-fault-injection, for its test programs.
# shellcheck disable=SC2154
set -u
here=$(cd "$(dirname "$0")" && pwd)
export srcdir=$here/..
cd "$srcdir" || exit 1

runs=10
n=100000
rate=300
place=/var/tmp
spare=no
out=$here/results/switch.jsonl
while [ $# -gt 0 ]; do
    case $1 in
    --runs) runs=$2 && shift ;;
    --task-instances) n=$2 && shift ;;
    --rate) rate=$2 && shift ;;
    --dir) place=$2 && shift ;;
    --spare) spare=yes ;;
    --out) out=$2 && shift ;;
    *) sed -n '3,16s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
    esac
    shift
done
SWITCH_TOOL=${SWITCH_TOOL:-$srcdir/build/tests/db/switch_tool}
airshift=${AIRSHIFT:-$srcdir/build/airshift}
# shellcheck source-path=SCRIPTDIR source=../tests/db/switch_lib.sh
. "$srcdir/tests/db/switch_lib.sh"
# shellcheck source-path=SCRIPTDIR source=../tests/db/ledger_lib.sh
. "$srcdir/tests/db/ledger_lib.sh"
[ -x /usr/sbin/pgbouncer ] || skip_all 'no pgbouncer'
[ -x "$airshift" ] || skip_all "no $airshift"
temporary_directory() { echo "$place"; }

make_airflow() { # the database as Airflow 2.11.2 has it, with rows
    "$airshift" migrate --url-file "$base/blue.url" --to 2.11.2 &&
        PGPASSWORD=$ADMIN_PASSWORD "$bin/psql" -Xq -h 127.0.0.1 -p "$BLUE_PORT" -U admin -d airflow -v "n=$n" \
            -f "$here/generate.sql" && admin "$BLUE_PORT" 'VACUUM ANALYZE' && admin "$BLUE_PORT" CHECKPOINT
}
# Airflow's tables, and none of the tests' few.
make_blue_of_tests=$(declare -f make_blue)
eval "${make_blue_of_tests/make_blue/make_server}"
make_blue() {
    make_server
    admin "$BLUE_PORT" 'DROP TABLE dag_run, xcom, "odd ""name"' >/dev/null
    admin "$BLUE_PORT" "ALTER SYSTEM SET shared_buffers = '512MB'" >/dev/null
    admin "$BLUE_PORT" "ALTER SYSTEM SET max_wal_size = '4GB'" >/dev/null
    as_server "$bin/pg_ctl" -D "$base/blue" -w -l "$base/blue.log" restart >/dev/null
}
make_stand_ins() { :; }
begin_switch_tests
printf 'Z2VoZWltZXItZmVybmV0LWtleS1nZWhlaW1lci0xMjM=' >"$base/fernet.key"
export AIRSHIFT_TEST_PLAN=$airshift AIRSHIFT_TEST_MIGRATE=$airshift AIRSHIFT_TEST_VERIFY=$airshift
POOLER_PORT=$(free_ports 2)
stop_poolers() {
    local pid i

    stop_ledgers
    for i in 0 1; do
        pid=$(cat "$base/pooler$i.pid" 2>/dev/null) && kill "$pid" 2>/dev/null
    done
}
trap 'stop_poolers; clean_up' EXIT

echo "== $n task instances: generating" >&2
make_airflow >"$base/generate.log" 2>&1 || {
    tail -n 5 "$base/generate.log" >&2
    exit 1
}
bytes=$(admin "$BLUE_PORT" "SELECT pg_database_size('airflow')")
printf '"airflow" "%s"\n"boss" "boss"\n' "$CLIENT_PASSWORD" >"$base/users.txt"
for i in 0 1; do
    cat >"$base/pooler$i.ini" <<EOC
[databases]
airflow = host=127.0.0.1 port=$BLUE_PORT dbname=airflow user=airflow password='$CLIENT_PASSWORD'
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = $((POOLER_PORT + i))
unix_socket_dir =
auth_type = scram-sha-256
auth_file = $base/users.txt
admin_users = boss
pool_mode = transaction
default_pool_size = 5
query_wait_timeout = 0
logfile = $base/pooler$i.log
pidfile = $base/pooler$i.pid
EOC
    printf 'postgresql://boss:boss@127.0.0.1:%s/pgbouncer\n' "$((POOLER_PORT + i))" >>"$base/poolers.url"
done
[ "$(id -u)" -ne 0 ] || chown "$SERVER_USER" "$base"/pooler?.ini "$base/users.txt"
chmod 600 "$base/poolers.url"
for i in 0 1; do as_server /usr/sbin/pgbouncer -q -d "$base/pooler$i.ini"; done
[ "$spare" = yes ] || sed -i '/^\[spare\]/,/^\[airflow\]/{/^\[airflow\]/!d}' "$base/switch.conf"
sed -i -e '/^\[repoint\]/,/^\[switch\]/{/^\[switch\]/!d}' \
    -e "s#^\[switch\]#[pgbouncer]\nadmin_url_file = $base/poolers.url\ndatabase = airflow\nfile = $base/pooler0.ini $base/pooler1.ini\n&#" \
    "$base/switch.conf"
make_ledger_table
for i in 0 1; do
    start_ledger "host=127.0.0.1 port=$((POOLER_PORT + i)) user=airflow dbname=airflow" "$base/ledger$i" $((1 + 10 * i)) 6 $((rate / 2))
done
await_acknowledged "$base/ledger0" 100 && await_acknowledged "$base/ledger1" 100 || exit 1
mkdir -p "${out%/*}"
: >"$out"

# The records behind a number of lines, as a JSON line. A release is the moment in which the journal
# knows that nobody is held any more.
put_profile() { # run verb lines-before began-ms longest-transaction
    tail -n "+$(($3 + 1))" "$base/state/journal" | awk -F '\t' -v run="$1" -v verb="$2" -v began="$4" -v longest="$5" \
        -v n="$n" -v bytes="$bytes" '
        function ms(stamp, p) {
            split(stamp, p, /[-T:.Z]/)
            return (mktime(p[1] " " p[2] " " p[3] " " p[4] " " p[5] " " p[6], 1)) * 1000 + p[7]
        }
        function value(name, i) {
            for (i = 4; i <= NF; i++)
                if (index($i, name "=") == 1) return substr($i, length(name) + 2)
            return ""
        }
        { at = ms($2) }
        $3 == "begin" { action = value("action"); since = at }
        $3 == "end" { actions = actions (actions ? ", " : "") "\"" value("action") "\": " (at - since) }
        $3 == "fact" && $4 ~ /^clients_held=[1-9]/ { held = at }
        $3 == "fact" && $4 == "clients_held=0" { released = at }
        END {
            printf "{\"run\": %d, \"verb\": \"%s\", \"task_instances\": %d, \"database_bytes\": %d", run, verb, n, bytes
            if (released) printf ", \"until_release_ms\": %d", released - (verb == "rollback" ? held : began)
            else printf ", \"held_ms\": %d", at - held
            if (longest != "") printf ", \"longest_transaction_ms\": %d", longest
            printf ", \"actions_ms\": {%s}}\n", actions
        }' >>"$out"
}

measured() { # run verb state
    local lines began acknowledged longest=

    acknowledged=$(wc -l <"$base/ledger0")
    lines=$( (cat "$base/state/journal" 2>/dev/null || true) | sed -n "\$=")
    began=$(now_ms)
    tool "$2" >"$base/out" 2>&1
    [ "$(state)" = "$3" ] || {
        echo "$2 ended as $(state)" >&2
        cat "$base/out" >&2
        exit 1
    }
    # In the other commands it has waited since the start.
    if [ "$2" = rollback ]; then
        await_acknowledged "$base/ledger0" 20
        longest=$(longest_of "$base/ledger0" "$acknowledged")
    fi
    put_profile "$1" "$2" "$lines" "$began" "$longest"
    [ "$(errors_of "$base"/ledger[01])" = '' ] || {
        echo "run $1, $2: a transaction has failed: $(errors_of "$base"/ledger[01])" >&2
        exit 1
    }
}

for ((run = 1; run <= runs; run++)); do
    echo "== run $run of $runs" >&2
    measured "$run" start verified
    measured "$run" cutover switched
    await_acknowledged "$base/ledger0" 300
    measured "$run" rollback rolled_back
    tool finish >"$base/out" 2>&1 || exit 1
    rm -rf "$base/state"
    measured "$run" start verified
    measured "$run" abort aborted
    rm -rf "$base/state"
    await_acknowledged "$base/ledger0" 100
done
stop_ledgers
echo "$(count_of ok "$base/ledger0") and $(count_of ok "$base/ledger1") transactions were acknowledged, none failed" >&2

"$here/switch_report.sh" "$out"
