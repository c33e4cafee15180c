#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# run_mysql_old.sh - the jump of Slack's engineers on MySQL, 1.8.2 to 1.10.10: Airflow's own Alembic
# chain and airshift, each on a copy of one generated database, on one server with durable
# settings and a binary log.
#
#   bench/run_mysql_old.sh [--task-instances N] [--set NAME=VALUE]
#
# N task instances (default 100000), as many rows in log, half as many in xcom. Prints a line of
# JSON: seconds of both, and how many times faster airshift is.

set -u
here=$(cd "$(dirname "$0")" && pwd)
rows=100000
settings=()
while [ $# -gt 0 ]; do
    case $1 in
    --task-instances) rows=$2 && shift ;;
    --set) settings+=("$2") && shift ;;
    *) sed -n '3,12s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
    esac
    shift
done
case $rows in '' | *[!0-9]*) echo 'run_mysql_old.sh: --task-instances takes a number' >&2 && exit 2 ;; esac
# shellcheck source-path=SCRIPTDIR source=../tests/lib/mysql.sh
. "$here/../tests/lib/mysql.sh"
# shellcheck source-path=SCRIPTDIR source=../tests/lib/airflow_env.sh
. "$here/../tests/lib/airflow_env.sh"
export LC_ALL=C
airshift=${AIRSHIFT:-$here/../build/airshift}
[ -x "$airshift" ] || { echo "run_mysql_old.sh: there is no $airshift" >&2 && exit 77; }
airflow_env 2.11.2 >/dev/null || exit 77

work=$(mktemp -d "${TMPDIR:-/tmp}/airshift-bench.XXXXXX") || exit 1
export AIRFLOW_WORK=$work
trap 'my_stop_all; rm -rf "$work"' EXIT
memory=$(awk '/^MemTotal/ { m = int($2 / 4096); print (m > 4096 ? 4096 : m) }' /proc/meminfo)
my_start "innodb-buffer-pool-size=${memory}M" innodb-redo-log-capacity=4G innodb-flush-log-at-trx-commit=1 \
    sync-binlog=1 innodb-doublewrite=ON innodb-flush-method=O_DIRECT "${settings[@]}" || exit 1

# That of the newest 2.x knows all revisions of 1.8 and 1.10.
chain() { # database revision
    airflow_python 2.11.2 "$(my_url "$1")" "$here/../tests/oracle/chain.py" upgrade "$2" >"$work/log" 2>&1 || {
        tail -n 5 "$work/log" >&2
        exit 1
    }
}

now_ms() { date +%s%3N; }

my_create ours
chain ours d2ae31099d61
my_sql ours <"$here/../tests/oracle/mysql_rows_1_8.sql"
my_sql ours -e "SET SESSION cte_max_recursion_depth = 1000000000;
    INSERT INTO task_instance (task_id, dag_id, execution_date, start_date, end_date, duration, state, try_number,
        hostname, unixname, pool, queue, operator, pid)
    WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < $rows)
    SELECT concat('many', n % 7), concat('dag ', n % 11, repeat('e', 20)), '2010-01-01' + INTERVAL n SECOND,
        '2010-01-01' + INTERVAL n MINUTE, NULL, n / 3, 'success', 1, repeat('h', 60), 'airflow', 'default', 'default',
        'BashOperator', n FROM n;
    INSERT INTO log (dttm, dag_id, task_id, event, execution_date, owner)
    SELECT start_date, dag_id, task_id, 'success', execution_date, 'me' FROM task_instance;
    INSERT INTO xcom (\`key\`, value, timestamp, execution_date, task_id, dag_id)
    SELECT 'k', X'80027D71002E', start_date, execution_date, task_id, dag_id FROM task_instance LIMIT $((rows / 2));
    ANALYZE TABLE task_instance, log, xcom" >/dev/null || exit 1
my_copy ours real

began=$(now_ms)
chain real 952da73b5eff
real=$(($(now_ms) - began))
my_url ours >"$work/url"
began=$(now_ms)
"$airshift" migrate --url-file "$work/url" --to 1.10.10 --mode detached >"$work/log" 2>&1 || {
    tail -n 5 "$work/log" >&2
    exit 1
}
ours=$(($(now_ms) - began))
awk -v rows="$rows" -v real="$real" -v ours="$ours" -v version="$(my_sql mysql -e 'SELECT version()')" -v cores="$(nproc)" 'BEGIN {
    printf "{\"task_instances\": %d, \"from\": \"1.8.2\", \"to\": \"1.10.10\", \"real_s\": %.1f, \"airshift_s\": %.1f, \"times\": %.1f, \"server\": \"MySQL %s, %d cores\"}\n",
        rows, real / 1000, ours / 1000, real / ours, version, cores }'
