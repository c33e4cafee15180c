#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Side by side: the real `airflow db migrate` and airshift, from 2.11.2 to 3.3.2, on
# copies of one generated database, on one server with one set of settings.
#
#   bench/run.sh [--task-instances N[,N...]] [--tools real,chain,fused,floor,short] [--runs K]
#                [--mode in-place|detached] [--no-fsync] [--set NAME=VALUE] [--out DIR]
#
# `short` measures, around the runs of the tools named with it, what must not take long:
# a plan before a migration, and `check` and a migration with nothing to do after one.
#
# Writes DIR/results.jsonl, results.json, results.svg (DIR: bench/results) and prints the
# table. Durable settings by default; --no-fsync is what a detached replica may do.
# A tool that is not there is named, and the exit status is 77.

set -u
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../tests/oracle/oracle.sh
. "$here/../tests/oracle/oracle.sh"

sizes=100000
tools=real,chain,fused,floor
runs=1
mode=
out=$here/results
durable=on
settings=()
while [ $# -gt 0 ]; do
    case $1 in
    --task-instances) sizes=$2 && shift ;;
    --tools) tools=$2 && shift ;;
    --runs) runs=$2 && shift ;;
    --mode) mode=$2 && shift ;;
    --no-fsync) durable=off ;;
    --set) settings+=("$2") && shift ;;
    --out) out=$2 && shift ;;
    *) sed -n '3,17s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
    esac
    shift
done

for version in 2.11.2 3.3.2; do
    airflow_env "$version" >/dev/null || exit
done
# A quarter of the memory, 4 GB at most, as one would set it.
memory=$(awk '/^MemTotal/ { m = int($2 / 4096); print (m > 4096 ? 4096 : m) }' /proc/meminfo)
settings=("shared_buffers=${memory}MB" "max_wal_size=16GB" "checkpoint_timeout=30min"
    "fsync=$durable" "full_page_writes=$durable" "synchronous_commit=$durable"
    "maintenance_work_mem=512MB" "work_mem=64MB" "max_parallel_maintenance_workers=2"
    "${settings[@]}")
mkdir -p "$out"
oracle_begin
pg_start "${settings[@]}" || exit 1
export PGHOST=127.0.0.1 PGPORT=$PGT_PORT PGUSER=postgres PATH=$PGT_BIN:$PATH
described="PostgreSQL $(pg_psql postgres -At -c 'SHOW server_version'), $(nproc) cores, ${settings[*]}"
: >"$out/results.jsonl"

# measured TOOL COMMAND ...: on the copy `work`
measured() {
    local tool=$1
    shift
    oracle_python "$here/measure.py" "$out/results.jsonl" "$tool" "task_instances=$size" \
        "database_bytes=$bytes" "server=$described" -- "$@" >"$ORACLE_WORK/$tool.log" 2>&1
}

# short NAME COMMAND ...: what should take no time, three times
short() {
    local name=$1 turn
    [[ ",$tools," == *,short,* ]] || return 0
    shift
    for turn in 1 2 3; do
        if ! measured "$name" "$@"; then
            tail -n 5 "$ORACLE_WORK/$name.log" >&2
            oracle_fail "$name at $size, turn $turn"
            return
        fi
    done
    oracle_pass "$name at $size"
}

# A number counts only if the rows got there.
arrived() {
    local found
    found=$(pg_psql work -At -c "SELECT (SELECT count(*) FROM task_instance WHERE id IS NOT NULL)
        || ' ' || (SELECT count(*) FROM xcom) || ' ' || (SELECT count(*) FROM task_instance_history)")
    if [ "$found" != "$expected" ]; then
        echo "$1: rows are $found, not $expected" >&2
        return 1
    fi
    [ "$1" = floor ] || oracle_arrived work 3.3.2
}

if [[ ",$tools," == *,floor,* ]]; then
    oracle_fresh 2.11.2 reference && oracle_real reference 3.3.2 || exit 1
fi
for size in ${sizes//,/ }; do
    echo "== $size task instances: generating" >&2
    oracle_fresh 2.11.2 source || exit 1
    oracle_logged generate pg_psql source -v "n=$size" -f "$here/generate.sql" || exit 1
    pg_psql postgres -c CHECKPOINT
    bytes=$(pg_psql source -At -c "SELECT pg_database_size('source')")
    expected=$(pg_psql source -At -c "SELECT (SELECT count(*) FROM task_instance) || ' ' ||
        (SELECT count(*) FROM xcom WHERE get_byte(value, 0) <> 128) || ' ' ||
        (SELECT count(*) FROM task_instance_history)")
    for ((lap = 1; lap <= runs; lap++)); do
        for tool in ${tools//,/ }; do
            case $tool in
            short) continue ;;
            chain | fused)
                if ! binary=$(oracle_airshift); then
                    oracle_skip "$tool: there is no airshift binary"
                    continue
                fi
                ;;
            esac
            pg_sessions_gone source || exit 1
            pg_psql postgres -c "CREATE DATABASE work TEMPLATE source STRATEGY file_copy"
            pg_psql postgres -c CHECKPOINT
            echo "== $size, $tool, run $lap" >&2
            case $tool in
            real) measured real "$here/real.sh" "$(pg_url work)" ;;
            floor) measured floor "$here/floor.sh" work reference ;;
            chain | fused)
                options=(--url "$(pg_url work)" --to 3.3.2)
                [ "$tool" = chain ] || short plan "$binary" plan "${options[@]}"
                measured "$tool" "$binary" migrate "${options[@]}" \
                    --executor "$tool" --fernet-key-file "$ORACLE_KEY_FILE" \
                    ${mode:+--mode "$mode"}
                ;;
            *) echo "run.sh: no tool $tool" >&2 && exit 2 ;;
            esac
            status=$?
            if [ "$status" -eq 0 ] && arrived "$tool"; then
                oracle_pass "$tool at $size"
                case $tool in
                fused)
                    short noop "$binary" migrate "${options[@]}" --fernet-key-file "$ORACLE_KEY_FILE"
                    short check "$binary" check "${options[@]}"
                    ;;
                real) short real-noop "$here/real.sh" "$(pg_url work)" ;;
                esac
            else
                tail -n 5 "$ORACLE_WORK/$tool.log" >&2
                oracle_fail "$tool at $size (exit $status)"
                # What did not arrive is no measurement.
                sed -i '$s/^\({"name": "'"$tool"'".*"status": \)0/\1255/' "$out/results.jsonl"
            fi
            pg_drop work
        done
    done
    pg_drop source
done
oracle_python "$here/report.py" "$out/results.jsonl" --json "$out/results.json" --svg "$out/results.svg"
oracle_summary
