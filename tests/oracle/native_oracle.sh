#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The native conversions (unpickling, kwargs, xcom values, serialized DAGs) against the real
# Python of Airflow 3.3.2 and, for xcom values, against the statements Airflow runs on a
# real server. NATIVE_TOOL is build/tests/unit/native_tool; its twin for serialized DAGs
# lies beside it.

set -u
# shellcheck source=oracle.sh
. "$(dirname "$0")/oracle.sh"

count=${1:-300}
env=$(airflow_env 3.3.2) || exit
pg_start || exit 1
pg_create native
here=$(dirname "$0")
passed=0
failed=0

add() { # log
    local line
    line=$(grep -Eo '^[0-9]+ passed, [0-9]+ failed' "$1" | tail -n 1)
    cat "$1"
    if [ -z "$line" ]; then
        failed=$((failed + 1))
        return
    fi
    passed=$((passed + ${line%% *}))
    line=${line#*, }
    failed=$((failed + ${line%% *}))
}

log=$(mktemp)
"$env/bin/python" "$here/native_oracle.py" --tool "$NATIVE_TOOL" --count "$count" --seed "$RANDOM" \
    --dsn "host=127.0.0.1 port=$PGT_PORT user=postgres dbname=native" >"$log" 2>&1
add "$log"
"$env/bin/python" "$here/native_dag_oracle.py" --tool "${NATIVE_TOOL}_dag" --count "$count" \
    --seed "$RANDOM" >"$log" 2>&1
add "$log"
rm -f "$log"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
