#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# run.sh for MySQL: the real `airflow db migrate` and airshift, from 2.11.2 to 3.3.2, each on a
# copy of one generated database, on one server with one set of settings.
#
#   bench/run_mysql.sh [--task-instances N[,N...]] [--tools real,chain,fused,deferred,inplace] [--runs K]
#                      [--set NAME=VALUE] [--out DIR]
#
# Writes DIR/results.jsonl, results.json, results.svg (DIR: bench/results-mysql) and prints the
# table. Durable settings by default, and a binary log; --set changes any.

set -u
here=$(cd "$(dirname "$0")" && pwd)
bench=$here
sizes=100000
tools=real,fused
runs=1
out=$here/results-mysql
settings=()
while [ $# -gt 0 ]; do
    case $1 in
    --task-instances) sizes=$2 && shift ;;
    --tools) tools=$2 && shift ;;
    --runs) runs=$2 && shift ;;
    --set) settings+=("$2") && shift ;;
    --out) out=$2 && shift ;;
    *) sed -n '3,12s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
    esac
    shift
done
# shellcheck source-path=SCRIPTDIR source=../tests/lib/mysql.sh
. "$bench/../tests/lib/mysql.sh"
# shellcheck source-path=SCRIPTDIR source=../tests/lib/airflow_env.sh
. "$bench/../tests/lib/airflow_env.sh"
export LC_ALL=C
airshift=${AIRSHIFT:-$bench/../build/airshift}
[ -x "$airshift" ] || { echo "run_mysql.sh: there is no $airshift" >&2 && exit 77; }
for version in 2.11.2 3.3.2; do
    airflow_env "$version" >/dev/null || exit 77
done

work=$(mktemp -d "${TMPDIR:-/tmp}/airshift-bench.XXXXXX") || exit 1
export AIRFLOW_WORK=$work
trap 'my_stop_all; rm -rf "$work"' EXIT
# A quarter of the memory, 4 GB at most, as one would set it.
memory=$(awk '/^MemTotal/ { m = int($2 / 4096); print (m > 4096 ? 4096 : m) }' /proc/meminfo)
settings=("innodb-buffer-pool-size=${memory}M" innodb-redo-log-capacity=4G innodb-flush-log-at-trx-commit=1
    sync-binlog=1 innodb-doublewrite=ON innodb-flush-method=O_DIRECT "${settings[@]}")
my_start "${settings[@]}" || exit 1
described="MySQL $(my_sql mysql -e 'SELECT version()'), $(nproc) cores, ${settings[*]}"
mkdir -p "$out"
: >"$out/results.jsonl"
key=$(airflow_python 3.3.2 '' -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())')
(umask 077 && printf '%s' "$key" >"$work/key")
failed=0

measured() { # tool command ...
    local tool=$1
    shift
    BENCH_SERVER_PID=$(cat "$MYT_DIR/pid") airflow_python 3.3.2 '' "$bench/measure.py" "$out/results.jsonl" "$tool" "task_instances=$size" \
        "database_bytes=$bytes" "server=$described" -- "$@" >"$work/$tool.log" 2>&1
}

counted() { # database column-condition
    my_sql "$1" -e "SELECT (SELECT count(*) FROM task_instance), (SELECT count(*) FROM xcom $2),
        (SELECT count(*) FROM task_instance_history), (SELECT count(*) FROM log WHERE event IS NULL OR event <> 'cli_migratedb')"
}

for size in ${sizes//,/ }; do
    echo "== $size task instances: generating" >&2
    my_create source
    airflow_run 2.11.2 "$(my_url source)" db migrate >"$work/log" 2>&1 || exit 1
    my_sql source --init-command="SET @n = $size" <"$bench/generate_mysql.sql" >"$work/generated" || exit 1
    if grep -q dangling "$work/generated"; then
        echo 'run_mysql.sh: the generated rows do not fit' >&2
        exit 1
    fi
    bytes=$(my_sql source -e "SELECT sum(data_length + index_length) FROM information_schema.tables WHERE table_schema = 'source'")
    expected=$(counted source "WHERE left(value, 1) <> X'80'")
    for ((lap = 1; lap <= runs; lap++)); do
        for tool in ${tools//,/ }; do
            my_copy source work || exit 1
            my_sql work -e 'ANALYZE TABLE task_instance, xcom, log, dag_run, rendered_task_instance_fields' >/dev/null
            (umask 077 && my_url work >"$work/url")
            echo "== $size, $tool, run $lap" >&2
            case $tool in
            real) measured real "$bench/real.sh" "$(my_url work)" ;;
            chain) measured chain "$airshift" migrate --url-file "$work/url" --to 3.3.2 --executor chain --fernet-key-file "$work/key" ;;
            fused) measured fused "$airshift" migrate --url-file "$work/url" --to 3.3.2 --mode detached --fernet-key-file "$work/key" ;;
            deferred) measured deferred "$airshift" migrate --url-file "$work/url" --to 3.3.2 --mode detached --defer-durability --fernet-key-file "$work/key" ;;
            inplace) measured inplace "$airshift" migrate --url-file "$work/url" --to 3.3.2 --executor fused --fernet-key-file "$work/key" ;;
            *) echo "run_mysql.sh: no tool $tool" >&2 && exit 2 ;;
            esac
            # A number counts only if the rows got there.
            if [ $? -ne 0 ] || [ "$(counted work '')" != "$expected" ]; then
                tail -n 5 "$work/$tool.log" >&2
                echo "run_mysql.sh: $tool at $size failed, or its rows are $(counted work ''), not $expected" >&2
                sed -i '$s/^\({"name": "'"$tool"'".*"status": \)0/\1255/' "$out/results.jsonl"
                failed=1
            fi
            my_drop work
        done
    done
    my_drop source
done
airflow_python 3.3.2 '' "$bench/report.py" "$out/results.jsonl" --json "$out/results.json" --svg "$out/results.svg"
exit "$failed"
