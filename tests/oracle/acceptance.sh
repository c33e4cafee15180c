#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# A migrated database is good if Airflow works on it: the real 3.3.2 checks its
# revisions, its DAG processor, scheduler and API server start on it, a new DAG runs to
# success, and the API lists the old runs, task instances and xcoms.
#
#   acceptance.sh [--rows N] [--from VERSION] [--executor fused|chain] [--real] [--keep]
#
# --real migrates with the real Airflow instead: what fails then is not airshift's.
# Everything listens on the loopback, on the ports of the tests.

set -u
# shellcheck source-path=SCRIPTDIR source=oracle.sh
. "$(dirname "$0")/oracle.sh"

rows=150
from=2.11.2
executor=fused
real=0
while [ $# -gt 0 ]; do
    case $1 in
    --rows) rows=$2 && shift ;;
    --from) from=$2 && shift ;;
    --executor) executor=$2 && shift ;;
    --real) real=1 ;;
    --keep) ORACLE_KEEP=1 ;;
    *) sed -n '3,13s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
    esac
    shift
done

for version in "$from" 3.3.2; do
    airflow_env "$version" >/dev/null || exit
done
if [ "$real" = 0 ] && ! oracle_airshift >/dev/null; then
    echo "acceptance.sh: SKIP: there is no airshift binary" >&2
    exit 77
fi

SERVICES=()

stop_services() {
    local pid
    for pid in "${SERVICES[@]}"; do
        kill -TERM -- "-$pid" 2>/dev/null
    done
    for pid in "${SERVICES[@]}"; do
        timeout 20 tail --pid="$pid" -f /dev/null
        kill -KILL -- "-$pid" 2>/dev/null
    done
    SERVICES=()
}

# Each in a process group of its own, so that its children end with it.
service() {
    set -m
    airflow_run 3.3.2 "$url" "$@" >"$ORACLE_WORK/$1.log" 2>&1 </dev/null &
    SERVICES+=($!)
    set +m
}

oracle_begin
trap 'stop_services; oracle_end' EXIT
# shellcheck disable=SC2119 # its arguments are settings, none here
pg_start || exit 1
port=$(free_ports 1) || exit 1

oracle_fresh "$from" migrated && oracle_populate migrated --rows "$rows" --avoid api || exit 1
url=$(pg_url migrated)
if [ "$real" = 1 ]; then
    oracle_real migrated 3.3.2 || exit 1
else
    oracle_shift migrated 3.3.2 "$executor" || exit 1
fi
oracle_arrived migrated 3.3.2 || exit 1

mkdir -p "$ORACLE_WORK/dags"
cat >"$ORACLE_WORK/dags/acceptance_dag.py" <<'DAG'
from airflow.sdk import dag, task


@dag(dag_id="airshift_acceptance", schedule=None, catchup=False)
def airshift_acceptance():
    @task
    def first():
        return 42

    @task
    def second(value):
        return value + 1

    second(first())


airshift_acceptance()
DAG

# airflow_run drops every AIRFLOW__ variable of its caller; these are for the services.
mkdir -p "$ORACLE_WORK/home-3.3.2"
cat >"$ORACLE_WORK/home-3.3.2/airflow.cfg" <<CONFIG
[core]
dags_folder = $ORACLE_WORK/dags
executor = LocalExecutor
parallelism = 2
execution_api_server_url = http://127.0.0.1:$port/execution/
[api]
host = 127.0.0.1
port = $port
base_url = http://127.0.0.1:$port
workers = 1
secret_key = only-for-this-test
[api_auth]
jwt_secret = only-for-this-test-and-no-other-use-of-it
[dag_processor]
refresh_interval = 5
[logging]
base_log_folder = $ORACLE_WORK/task-logs
[scheduler]
scheduler_heartbeat_sec = 1
CONFIG
export no_proxy=127.0.0.1,localhost NO_PROXY=127.0.0.1,localhost

if oracle_logged check-migrations airflow_run 3.3.2 "$url" db check-migrations; then
    oracle_pass "airflow db check-migrations"
else
    oracle_fail "airflow db check-migrations"
fi
if oracle_logged users airflow_run 3.3.2 "$url" users create --username acceptance \
    --password acceptance --role Admin --firstname A --lastname B \
    --email acceptance@example.org; then
    oracle_pass "airflow users create"
else
    oracle_fail "airflow users create"
fi
service api-server --host 127.0.0.1 --port "$port"
service dag-processor
service scheduler --skip-serve-logs
if oracle_python "$ORACLE_DIR/acceptance.py" --url "$url" --api "http://127.0.0.1:$port" \
    --user acceptance --password acceptance; then
    oracle_pass "Airflow 3.3.2 works on the migrated database"
else
    oracle_fail "Airflow 3.3.2 on the migrated database"
    tail -n 5 "$ORACLE_WORK"/{api-server,dag-processor,scheduler}.log
fi
oracle_summary
