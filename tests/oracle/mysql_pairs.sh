#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# mysql_pairs.sh - populated databases of Airflow on a real MySQL: what airshift makes of each
# is what the real `airflow db migrate` makes, tables and rows, and the real Airflow of the
# target is content with it. TAP on stdout.
#
#   mysql_pairs.sh [FROM-TO ...]

set -u
# shellcheck source-path=SCRIPTDIR source=mysql_oracle.sh
. "$(dirname "$0")/mysql_oracle.sh"

# What the real one loses, we keep in tables of their own: they are looked at by themselves.
picture() { # database since [option ...]
    my_url "$1" >"$work/url"
    {
        "$airshift" inspect catalog --url-file "$work/url" | sort && my_rows "$1"
    } | grep -avE '^(INSERT INTO `)?_airshift_archive__' >"$work/picture"
    grep -av '^INSERT INTO ' "$work/picture"
    <"$work/picture" airflow_python 3.3.2 '' "$here/rows_mysql.py" --since "$2" "${@:3}"
}

# 2.2.5 itself runs on no Python of today; the newest that calls it `upgrade` goes there.
real() { # version database
    local version=$1
    local -a place=()

    [ "$1" != 2.2.5 ] || { version=2.6.3 && place=(--to-version 2.2.5); }
    airflow_run "$version" "$(my_url "$2")" db "$(verb "$1")" "${place[@]}" >"$work/log" 2>&1 || {
        not_ok "Airflow $1 migrates $2" "$(tail -n 5 "$work/log")"
        return 1
    }
}

shift_to() { # database version [option ...]
    my_url "$1" >"$work/url"
    "$airshift" migrate --url-file "$work/url" --to "$2" --fernet-key-file "$work/key" "${@:3}" \
        >"$work/out" 2>"$work/err"
}

# Each conf that no JSON can be made of is gone in the real database.
kept() { # name
    local table lost

    lost=$(my_sql source -e "SELECT count(*) FROM dag_run JOIN real.dag_run AS r USING (id)
        WHERE source.dag_run.conf IS NOT NULL AND r.conf IS NULL
        AND source.dag_run.conf <> X'80057D942E'")
    [ "$lost" -gt 0 ] || return 0
    table=$(my_sql ours -e "SHOW TABLES LIKE '\_airshift\_archive\_\_unpickle%'")
    is "$(my_sql ours -e "SELECT count(*) FROM \`$table\` AS kept JOIN source.dag_run AS was
        USING (id) WHERE kept.conf = was.conf AND kept.airshift_problem <> ''")" "$lost" \
        "$1: the $lost values that cannot be converted are kept"
}

# What is wrong is found: a type, an index, a key, and rows that refer to nothing.
found() { # name version
    my_sql ours -e "SET SESSION foreign_key_checks = 0;
        ALTER TABLE connection MODIFY port bigint;
        ALTER TABLE task_instance DROP INDEX ti_state;
        ALTER TABLE connection DROP INDEX connection_conn_id_uq;
        DELETE FROM dag_run ORDER BY id LIMIT 1"
    "$airshift" verify --url-file "$work/url" --to "$2" >"$work/out" 2>&1
    is "$?" 12 "$1: verify says that something is wrong"
    for finding in 'connection.port is bigint, not int' 'task_instance has no index like "ti_state"' \
        'connection has no constraint like "connection_conn_id_uq"' 'rows of task_instance without their dag_run (task_instance_dag_run_fkey)'; do
        is "$(grep -cF "different: $finding" "$work/out")" 1 "$1: verify finds: $finding"
    done
}

# Every row is what `airshift verify --against` computes from the source; those of the table
# need not be.
rows_verified() { # database to name [table]
    my_url "$1" >"$work/url"
    my_url source >"$work/source.url"
    "$airshift" verify --url-file "$work/url" --against-file "$work/source.url" --to "$2" --progress none >"$work/out" 2>&1
    is "$(grep -c ' rows compared$' "$work/out") $(grep -E '^(error|different): ' "$work/out" |
        grep -v "^different: ${4:-none} " | cut -c1-300 | head -n 20)" '1 ' \
        "$3, by verify --against"
}

# One executor's result against that of the real one.
against() { # from to name since option ...
    local from=$1 name="$1 to $2, $3" to=$2 since=$4 code
    shift 4

    my_copy source ours
    shift_to ours "$to" "$@"
    code=$?
    is "$code $([ "$code" -eq 0 ] || tail -n 5 "$work/err")" '0 ' "$name: airshift migrates"
    picture ours "$since" "${leeway[@]}" >"$work/ours"
    is "$(diff "$work/real" "$work/ours" | head -n 40)" '' \
        "$name: $(wc -l <"$work/real") lines of tables and rows are equal"
    if [ "$to" != 2.2.5 ]; then
        airflow_run "$to" "$(my_url ours)" db check-migrations -t 0 >"$work/log" 2>&1
        is "$?" 0 "$name: the real Airflow is content"
    fi
    is "$("$airshift" verify --url-file "$work/url" --to "$to" 2>&1 | grep -v '^[0-9]* checks, 0 differences')" '' \
        "$name: and so is airshift verify"
    rows_verified ours "$to" "$name"
    is "$(my_sql ours -e "SELECT concat(table_schema, '.', table_name) FROM information_schema.tables
        WHERE table_schema LIKE 'ours%' AND table_name LIKE 'airshift%' UNION ALL
        SELECT schema_name FROM information_schema.schemata WHERE schema_name LIKE 'ours_%'")" '' \
        "$name: nothing of its own is left"
    case $from in 2.11.*) kept "$name" && found "$name" "$to" ;; esac
    my_drop ours
}

# A database of a version, old ones with rows from 1.8 and 2.2.
make_source() { # version
    my_create source
    case $1 in
    1.10.15)
        grow source d2ae31099d61 && my_sql source <"$here/mysql_rows_1_8.sql" && grow source 03afc6b6f902 || return
        # The real one stops at a connection without a type.
        my_sql source -e "UPDATE connection SET conn_type = 'imap' WHERE conn_type IS NULL"
        ;;
    2.2.5)
        grow source d2ae31099d61 && my_sql source <"$here/mysql_rows_1_8.sql" && grow source 587bdf053233 &&
            my_sql source <"$here/mysql_rows_2_2.sql"
        ;;
    3.[01].*)
        # 3.1.8 waits for itself in an empty database: its FAB session has looked for alembic_version_fab and
        # stays in the transaction, and another one creates that table. So it comes up from the version before.
        if [ "$1" = 3.1.8 ]; then
            real 3.0.6 source && real 3.1.8 source && my_sql source -e 'DELETE FROM dag_bundle' || return
        fi
        # On MySQL the real one loses each alert for a deadline: it writes to a column `interval`
        # without quotes. airshift keeps them as on PostgreSQL.
        fill "$1" source && my_sql source -e "DELETE FROM log WHERE event = 'cli_migratedb'; DELETE FROM serialized_dag WHERE data_compressed IS NOT NULL;
            UPDATE serialized_dag SET data = json_remove(data, '\$.dag.deadline')"
        ;;
    *) fill "$1" source ;;
    esac
}

# What is not compared of old versions: see rows_mysql.py.
leeway_of() { # version
    case $1 in
    1.*) echo --any-order --fab-by-name ;;
    2.[0-6].*) echo --any-order ;;
    esac
}

pair() { # from to
    local from=$1 to=$2 since
    local -a leeway

    read -ra leeway <<<"$(leeway_of "$from")"
    make_source "$from" || return
    since=$(date +%s)
    my_copy source real
    case "$from $to" in
    2.[0-6].*' 3.'* | 1.*' 3.'*) real 2.11.2 real || return ;;
    esac
    real "$to" real || return
    picture real "$since" "${leeway[@]}" >"$work/real"
    # The real one writes a line about itself into the audit log.
    sed -i "/^INSERT INTO .log. .*'cli_[a-z]*db'/d" "$work/real"
    # It gives the standard roles of 2.2 what they have in 2.6.
    [ "$to" != 2.2.5 ] ||
        sed -i -E "/^INSERT INTO .?ab_.*'(Datasets|DAG Warnings|Cluster Activity)'/d" "$work/real"
    if [ "$(grep -c 'INSERT INTO' "$work/real")" -lt 500 ]; then
        not_ok "$from to $to: there are rows to compare"
    fi
    # The real one writes a line about itself there.
    rows_verified real "$to" "$from to $to, the real one" log
    against "$from" "$to" chain "$since" --executor chain
    against "$from" "$to" fused "$since" --mode detached
    # From the latest ones a chain has few steps, and 2.2.5 is on the way to 2.6.3.
    case "$from $to" in 3.* | *' 2.2.5') return ;; esac
    # The same as if all tables were big: in ranges of some rows, keys after them.
    export AIRSHIFT_TEST_SHADOW_BIG_BYTES=0 AIRSHIFT_TEST_SHADOW_RANGE_ROWS=7
    against "$from" "$to" 'fused in place, in small ranges' "$since" --executor fused --workers 3 --verify-rows
    unset AIRSHIFT_TEST_SHADOW_BIG_BYTES AIRSHIFT_TEST_SHADOW_RANGE_ROWS
}

export AIRFLOW_TIMEOUT=300
mysql_oracle_begin pairs
[ $# -gt 0 ] || set -- 1.10.15-2.2.5 1.10.15-2.6.3 2.2.5-2.6.3 2.2.5-3.3.2 2.6.3-2.11.2 2.11.2-3.3.2 3.0.6-3.3.2 3.1.8-3.3.2
for pair in "$@"; do
    pair "${pair%-*}" "${pair#*-}"
    my_drop source && my_drop real
done
finish_tests
