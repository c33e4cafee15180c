# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# What the oracle's scripts share: source databases, the real migration, airshift's,
# and the count of what passed. Source it; it decides nothing about which pairs run.

ORACLE_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ORACLE_TREE=$(cd "$ORACLE_DIR/../.." && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib/postgres.sh
. "$ORACLE_DIR/../lib/postgres.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/airflow_env.sh
. "$ORACLE_DIR/../lib/airflow_env.sh"

ORACLE_PASSED=0
ORACLE_FAILED=0
ORACLE_SKIPPED=0

# The last revision of 1.10.15 and of 2.3.4, as 2.11.2's chain knows them.
declare -gA ORACLE_ANCIENT=([1.10.15]=03afc6b6f902 [2.3.4]=f5fcbda3e651)
# b0d31815b5a6 waits for a lock that an earlier revision of the same process holds.
ORACLE_BEFORE_BLOCK=ecb43d2a1842

oracle_begin() {
    ORACLE_WORK=$(mktemp -d "${TMPDIR:-/tmp}/airshift-oracle.XXXXXX") || exit 1
    AIRFLOW_WORK=$ORACLE_WORK
    ORACLE_KEY_FILE=$ORACLE_WORK/fernet.key
    (umask 077 && printf '%s' "$ORACLE_FERNET_KEY" >"$ORACLE_KEY_FILE")
    export AIRFLOW_WORK
    trap oracle_end EXIT
    trap 'exit 130' INT TERM
}

oracle_end() {
    pg_stop_all
    if [ -n "${ORACLE_KEEP:-}" ]; then
        echo "logs kept in $ORACLE_WORK" >&2
    else
        rm -rf "$ORACLE_WORK"
    fi
}

oracle_pass() {
    ORACLE_PASSED=$((ORACLE_PASSED + 1))
    echo "PASS $1"
}

oracle_fail() {
    ORACLE_FAILED=$((ORACLE_FAILED + 1))
    echo "FAIL $1"
    ORACLE_KEEP=1
}

oracle_skip() {
    ORACLE_SKIPPED=$((ORACLE_SKIPPED + 1))
    echo "SKIP $1"
}

# A skip is not a pass: 77 says that something did not run.
oracle_summary() {
    echo "$ORACLE_PASSED passed, $ORACLE_FAILED failed, $ORACLE_SKIPPED skipped"
    [ "$ORACLE_FAILED" -eq 0 ] || return 1
    [ "$ORACLE_SKIPPED" -eq 0 ] || return 77
}

# A python with psycopg2 and cryptography for our own scripts.
oracle_python() {
    if [ -z "${ORACLE_PYTHON:-}" ]; then
        local env
        env=$(airflow_env 3.3.2 || airflow_env 2.11.2) || return
        ORACLE_PYTHON=$env/bin/python
    fi
    PYTHONDONTWRITEBYTECODE=1 "$ORACLE_PYTHON" "$@"
}

oracle_airshift() {
    local candidate
    for candidate in "${AIRSHIFT:-}" "$ORACLE_TREE/build/airshift" "$ORACLE_TREE/airshift"; do
        if [ -n "$candidate" ] && [ -x "$candidate" ] && [ ! -d "$candidate" ]; then
            printf '%s\n' "$candidate"
            return 0
        fi
    done
    return 77
}

# Runs a command with its output in a log, and shows the end of it where it fails.
oracle_logged() {
    local log=$ORACLE_WORK/$1.log status
    shift
    # Not `if "$@"`: after an if without an else, $? is 0 whatever the command said.
    "$@" >"$log" 2>&1
    status=$?
    [ "$status" -ne 0 ] || return 0
    echo "--- $* (exit $status)" >&2
    grep -E '^(DETAIL|sqlalchemy\.exc|psycopg2\.errors)' "$log" | head -n 4 >&2
    tail -n "${ORACLE_TAIL:-8}" "$log" >&2
    return "$status"
}

# A database as `airflow db migrate` of that version creates it.
oracle_fresh() {
    local version=$1 database=$2 command=migrate
    [ "$version" != 2.6.3 ] || command=init
    pg_create "$database" || return
    oracle_logged "init-$database" airflow_run "$version" "$(pg_url "$database")" db "$command"
}

# A database that was born at an ancient version and went through the chain.
oracle_grown() {
    local born=${ORACLE_ANCIENT[$1]} database=$2 url
    pg_create "$database" || return
    url=$(pg_url "$database")
    oracle_logged "grow1-$database" airflow_python 2.11.2 "$url" \
        "$ORACLE_DIR/chain.py" upgrade "$born" || return
    if [ "$1" = 1.10.15 ]; then
        # Rows of that age, so that the old revisions have something to do.
        pg_psql "$database" -c "INSERT INTO connection (conn_id, conn_type, host)
                VALUES ('old one', 'http', 'h')" \
            -c "INSERT INTO dag_run (dag_id, execution_date, run_id, state)
                SELECT 'old dag', now() - n * interval '1 day', 'old' || n, 'success'
                FROM generate_series(1, 20) n" \
            -c "INSERT INTO task_instance (task_id, dag_id, execution_date, state, pool)
                SELECT 'old task', dag_id, execution_date, 'success', 'default_pool'
                FROM dag_run" || return
    fi
    oracle_logged "grow2-$database" airflow_python 2.11.2 "$url" \
        "$ORACLE_DIR/chain.py" upgrade "$ORACLE_BEFORE_BLOCK" || return
    oracle_logged "grow3-$database" airflow_run 2.11.2 "$url" db migrate
}

# A database of that revision, with rows that went in on the way (history_rows.sql).
oracle_old() {
    local last=$1 database=$2 revision
    pg_create "$database" || return
    while read -r revision; do
        oracle_logged "old-$database-$revision" airflow_python 2.11.2 "$(pg_url "$database")" \
            "$ORACLE_DIR/chain.py" upgrade "$revision" || return
        sed -n "/^-- at $revision\$/,/^-- \(real \)\?at /p" "$ORACLE_DIR/history_rows.sql" |
            pg_psql "$database" -q -f - || return
        [ "$revision" != "$last" ] || break
    done < <(sed -n 's/^-- at //p' "$ORACLE_DIR/history_rows.sql")
    # The real one refuses to begin with such a row; airshift does what its revision does.
    pg_psql "$database" -q -c "UPDATE connection SET conn_type = 'imap' WHERE conn_type IS NULL"
}

oracle_populate() {
    local database=$1
    shift
    oracle_logged "populate-$database" oracle_python "$ORACLE_DIR/populate.py" \
        --url "$(pg_url "$database")" --fernet-key "$ORACLE_FERNET_KEY" "$@"
}

# The real migration. 2.11.2 to 3.0.6 ends in FAB's own failure after the core chain
# is through; there a later provider finishes it, as it does for everyone.
oracle_real() {
    local database=$1 version=$2 head command
    if [ "$version" = 3.0.6 ]; then
        oracle_logged "real-$database-$version" airflow_run "$version" \
            "$(pg_url "$database")" db migrate && return
        head=$(pg_psql "$database" -At -c "SELECT version_num FROM alembic_version")
        [ "$head" = "$(airflow_head "$version")" ] || return 1
        echo "the core chain arrived; FAB's part comes from 3.3.2's provider" >&2
        oracle_logged "real-$database-fab" airflow_python 3.3.2 "$(pg_url "$database")" -c '
from airflow import settings
settings.configure_orm()
from airflow.providers.fab.auth_manager.models.db import FABDBManager
with settings.Session() as session:
    FABDBManager(session).upgradedb()
    session.commit()'
        return
    fi
    command=migrate
    [ "$version" != 2.6.3 ] || command=upgrade
    oracle_logged "real-$database-$version" airflow_run "$version" \
        "$(pg_url "$database")" db "$command"
}

# Two migrations that failed alike would compare as equal: a database must have got
# to the version, FAB's part included, before it counts as anything.
oracle_arrived() {
    local database=$1 version=$2 expected found fab
    expected=$(airflow_head "$version")
    found=$(pg_psql "$database" -At -c "SELECT version_num FROM alembic_version")
    if [ "$found" != "$expected" ]; then
        echo "$database is at ${found:-no revision}, not at $expected ($version)" >&2
        return 1
    fi
    case $version in
    3.*)
        fab=$(pg_psql "$database" -At -c "SELECT count(*) FROM alembic_version_fab") || return
        if [ "$fab" != 1 ]; then
            echo "$database has no revision of FAB's" >&2
            return 1
        fi
        ;;
    esac
}

# oracle_shift DATABASE TO EXECUTOR [ARG ...]
oracle_shift() {
    local database=$1 to=$2 executor=$3 binary
    shift 3
    binary=$(oracle_airshift) || return
    oracle_logged "airshift-$database" timeout "${ORACLE_TIMEOUT:-600}" "$binary" migrate \
        --url "$(pg_url "$database")" --to "$to" --executor "$executor" \
        --fernet-key-file "$ORACLE_KEY_FILE" "$@"
}

# oracle_against MIGRATED SOURCE [TABLE]: every row is what `airshift verify --against`
# computes from the source; TABLE's need not be.
oracle_against() {
    local found binary
    binary=$(oracle_airshift) || return
    "$binary" verify --url "$(pg_url "$1")" --against "$(pg_url "$2")" >"$ORACLE_WORK/against.log" 2>&1
    if ! grep -q ' rows compared$' "$ORACLE_WORK/against.log"; then
        tail -n 3 "$ORACLE_WORK/against.log" >&2
        return 1
    fi
    found=$(grep -A 2 -E '^different: [^ ]+ has ([0-9]+ rows, not|the right number of rows)' \
        "$ORACLE_WORK/against.log" | grep -vE "^(different: ${3:-none} |note|--)" | cut -c1-300)
    [ -z "$found" ] || echo "$found" >&2
    [ -z "$found" ]
}

# oracle_compare A B SOURCE SINCE [ARG ...]
oracle_compare() {
    local a=$1 b=$2 source=$3 since=$4
    shift 4
    oracle_python "$ORACLE_DIR/compare.py" "$(pg_url "$a")" "$(pg_url "$b")" \
        --source "$(pg_url "$source")" --since "$since" \
        --fernet-key "$ORACLE_FERNET_KEY" "$@"
}
