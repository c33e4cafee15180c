#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Every revision by itself: the real chain takes the step on one database, airshift on
# its twin, and the two are compared.
#
#   stairway.sh [--rows N] [--executor chain|fused] [--every] [--real-twice]
#               [--only REVISION,...] [--path hop|direct|history] [--to REVISION] [--keep]
#
# --every compares all rows after each step, not only at the end. --real-twice climbs
# with the real chain on both sides: that must be green.
#
# The result depends on whose chain climbs. `hop`, the default and the reference for
# everything below 2.7: 2.11.2's chain as far as it goes (a database grown from 1.5.0,
# from c804e5c76e3e on), then 3.3.2's. `direct`: 3.3.2's alone from its squashed base,
# whose 1949afb29106, d482b7261ff9 and 22ed7efa9da2 differ from those of 2.9 and 2.10.
# FAB's part comes with the last step, as in `airflow db migrate`.
# `history`: from an empty database through everything before 2.6.2 (or as far as --to),
# with rows put in on the way (history_rows.sql).

set -u
# shellcheck source-path=SCRIPTDIR source=oracle.sh
. "$(dirname "$0")/oracle.sh"

rows=60
arguments=()
real_twice=0
path=hop
to=c804e5c76e3e
while [ $# -gt 0 ]; do
    case $1 in
    --rows) rows=$2 && shift ;;
    --executor | --only) arguments+=("$1" "$2") && shift ;;
    --path) path=$2 && shift ;;
    --to) to=$2 && shift ;;
    --every) arguments+=(--every) ;;
    --real-twice) real_twice=1 ;;
    --keep) ORACLE_KEEP=1 ;;
    *) sed -n '3,22s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
    esac
    shift
done

case $path in
hop | direct | history) ;;
*) echo "stairway.sh: no path $path" >&2 && exit 2 ;;
esac
real=3.3.2
[ "$path" != history ] || real=2.11.2
env=$(airflow_env "$real") || exit
if [ "$real_twice" = 0 ]; then
    if ! binary=$(oracle_airshift); then
        echo "stairway.sh: SKIP: there is no airshift binary" >&2
        exit 77
    fi
    arguments+=(--airshift "$binary")
fi
oracle_begin
# shellcheck disable=SC2119 # its arguments are settings, none here
pg_start || exit 1
pg_create base || exit 1
url=$(pg_url base)
airflow_python "$real" "$url" "$ORACLE_DIR/chain.py" list 2>"$ORACLE_WORK/list.log" \
    >"$ORACLE_WORK/known" || exit 1
if [ "$path" = history ]; then
    # In the order of our files, in which the branches lie one after the other.
    awk -v to="$to" '
        FNR == 1 { revision = $3 }
        FNR == 3 { version = $3 }
        FNR == 4 && !done { sub(/^-- title: /, ""); print revision "\t" version "\t" $0; done = revision == to }' \
        "$ORACLE_TREE"/sql/history/*.sql >"$ORACLE_WORK/revisions"
    if ! tail -n 1 "$ORACLE_WORK/revisions" | grep -q "^$to	" ||
        cut -f1 "$ORACLE_WORK/revisions" | grep -vxF -f <(cut -f1 "$ORACLE_WORK/known"); then
        echo "stairway.sh: sql/history is not Airflow's up to $to" >&2
        exit 1
    fi
    while read -r revision; do
        if ! grep -q "^-- revision: $revision\$" "$ORACLE_TREE"/sql/history/*.sql; then
            echo "stairway.sh: history_rows.sql has rows at $revision, which is no revision" >&2
            exit 1
        fi
    done < <(sed -nE 's/^-- (real )?at (\w+)$/\2/p' "$ORACLE_DIR/history_rows.sql")
    # After these the process keeps a session in a transaction.
    arguments+=(--relabel-fab --rows-at "$ORACLE_DIR/history_rows.sql"
        --restart-after "849da589634d,2c6edca13270,82b7c48c147f,a13f7613ad25,$ORACLE_BEFORE_BLOCK")
else
    sed '1d' "$ORACLE_WORK/known" >"$ORACLE_WORK/revisions"
    count=$(wc -l <"$ORACLE_WORK/revisions")
    if [ "$count" -ne 123 ]; then
        echo "stairway.sh: $count revisions, not 123" >&2
        exit 1
    fi
    arguments+=(--finish "$env/bin/python	-m	airflow	db	migrate")
fi
if [ "$path" = hop ]; then
    lower=$(airflow_env 2.11.2) || exit
    for revision in "$ORACLE_BEFORE_BLOCK" c804e5c76e3e; do
        oracle_logged "base-$revision" airflow_python 2.11.2 "$url" \
            "$ORACLE_DIR/chain.py" upgrade "$revision" || exit 1
    done
    arguments+=(--lower-last 5f2621c13b39
        --lower-chain "$ORACLE_WORK/home-2.11.2	$lower/bin/python	$ORACLE_DIR/chain.py	serve")
elif [ "$path" = direct ]; then
    oracle_logged base airflow_python 3.3.2 "$url" "$ORACLE_DIR/chain.py" upgrade 4bc4d934e2bc || exit 1
fi
if [ "$path" != history ]; then
    oracle_populate base --rows "$rows" --extras || exit 1
    export AIRFLOW__CORE__AUTH_MANAGER=$FAB_MANAGER
fi
pg_create a base && pg_create b base || exit 1

export AIRFLOW__DATABASE__SQL_ALCHEMY_POOL_ENABLED=False
export AIRFLOW__CORE__LOAD_EXAMPLES=False AIRFLOW_HOME=$ORACLE_WORK/home-$real
export AIRFLOW__CORE__FERNET_KEY=$ORACLE_FERNET_KEY
oracle_python "$ORACLE_DIR/stairway.py" --server "postgresql+psycopg2://postgres@127.0.0.1:$PGT_PORT" \
    --chain "$ORACLE_WORK/home-$real	$env/bin/python	$ORACLE_DIR/chain.py	serve" \
    --revisions "$ORACLE_WORK/revisions" --logs "$ORACLE_WORK" \
    --key-file "$ORACLE_KEY_FILE" --fernet-key "$ORACLE_FERNET_KEY" "${arguments[@]}"
status=$?
[ "$status" -eq 0 ] || ORACLE_KEEP=1
exit "$status"
