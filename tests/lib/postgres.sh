# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Throw-away PostgreSQL clusters for the tests: each in a temporary directory of
# its own, on its own port, gone when the script ends. Source it; it never
# touches a server it did not start, and never decides what a test means.
#
#   pg_start [NAME=VALUE ...]   start a cluster; sets PGT_DIR PGT_PORT PGT_BIN
#   pg_url DATABASE             SQLAlchemy's spelling of the URL
#   pg_psql DATABASE [ARG ...]  psql without a start file, stopping at errors
#   pg_create DATABASE [TEMPLATE]
#   pg_drop DATABASE
#   pg_sessions_gone DATABASE   wait until nobody is connected to it
#   pg_stop                     stop and remove the cluster of the last pg_start
#   pg_stop_all                 the same for all of them (runs at exit)
#
# Durability is off, because the clusters die with the test; give fsync=on to
# measure something. PG_BINDIR overrides pg_config --bindir.

# shellcheck source-path=SCRIPTDIR source=ports.sh
. "${BASH_SOURCE[0]%/*}/ports.sh"

PGT_ALL=()

pg_bindir() {
    if [ -n "${PG_BINDIR:-}" ]; then
        printf '%s\n' "$PG_BINDIR"
    else
        pg_config --bindir
    fi
}

# PostgreSQL refuses to run as root, so there it becomes the user postgres.
pgt_as() {
    if [ "$(id -u)" -eq 0 ]; then
        runuser -u "${PGT_USER:-postgres}" -- "$@"
    else
        "$@"
    fi
}

pg_start() {
    local port setting started=0 _

    PGT_BIN=$(pg_bindir) || return 1
    if [ ! -x "$PGT_BIN/initdb" ]; then
        echo "postgres.sh: no initdb in $PGT_BIN" >&2
        return 1
    fi
    PGT_DIR=$(mktemp -d "${TMPDIR:-/tmp}/airshift-pg.XXXXXX") || return 1
    chmod 755 "$PGT_DIR"
    if [ "$(id -u)" -eq 0 ]; then
        chown "${PGT_USER:-postgres}" "$PGT_DIR"
    fi
    (cd / && pgt_as "$PGT_BIN/initdb" -D "$PGT_DIR/data" -A trust -U postgres \
        -E UTF8 --locale=C.UTF-8 --no-sync) >"$PGT_DIR/initdb.log" 2>&1 || {
        cat "$PGT_DIR/initdb.log" >&2
        return 1
    }
    {
        echo "listen_addresses = '127.0.0.1'"
        echo "unix_socket_directories = '$PGT_DIR'"
        echo "fsync = off"
        echo "synchronous_commit = off"
        echo "full_page_writes = off"
        echo "shared_buffers = 256MB"
        echo "max_wal_size = 4GB"
        echo "max_connections = 100"
        echo "timezone = 'UTC'"
        echo "log_line_prefix = '%m [%p] %d '"
        for setting in "$@"; do
            printf "%s = '%s'\n" "${setting%%=*}" "${setting#*=}"
        done
    } >"$PGT_DIR/extra.conf"
    echo "include '$PGT_DIR/extra.conf'" >>"$PGT_DIR/data/postgresql.conf"
    # Somebody else may take the port before the server does.
    for _ in {1..5}; do
        port=$(free_ports 1) || break
        if (cd / && pgt_as "$PGT_BIN/pg_ctl" -D "$PGT_DIR/data" -w -t 60 -s \
            -l "$PGT_DIR/server.log" -o "-p $port" start) >/dev/null 2>&1; then
            started=1
            break
        fi
    done
    if [ "$started" -ne 1 ]; then
        echo "postgres.sh: no cluster started, the last try was on port $port" >&2
        [ ! -f "$PGT_DIR/server.log" ] || tail -n 5 "$PGT_DIR/server.log" >&2
        rm -rf "$PGT_DIR"
        return 1
    fi
    PGT_PORT=$port
    PGT_ALL+=("$PGT_DIR")
    export PGT_DIR PGT_PORT PGT_BIN
}

pg_url() {
    printf 'postgresql+psycopg2://postgres@127.0.0.1:%s/%s\n' "$PGT_PORT" "$1"
}

pg_psql() {
    local database=$1
    shift
    "$PGT_BIN/psql" -X -q -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$PGT_PORT" \
        -U postgres -d "$database" "$@"
}

# A template must be free of sessions; Airflow's own may take a moment to close.
pg_sessions_gone() {
    local database=$1 deadline=$((SECONDS + 30))
    while [ "$(pg_psql postgres -At -c "SELECT count(*) FROM pg_stat_activity
        WHERE datname = '$database'")" != 0 ]; do
        if [ "$SECONDS" -ge "$deadline" ]; then
            echo "postgres.sh: somebody is still connected to $database" >&2
            return 1
        fi
        read -r -t 0.1 <> <(:) || true
    done
}

pg_create() {
    if [ -n "${2:-}" ]; then
        pg_sessions_gone "$2" || return 1
        pg_psql postgres -c "CREATE DATABASE \"$1\" TEMPLATE \"$2\""
    else
        pg_psql postgres -c "CREATE DATABASE \"$1\""
    fi
}

pg_drop() {
    pg_psql postgres -c "SET client_min_messages = warning" \
        -c "DROP DATABASE IF EXISTS \"$1\" WITH (FORCE)"
}

pgt_stop_dir() {
    if [ -f "$1/data/postmaster.pid" ]; then
        (cd / && pgt_as "$PGT_BIN/pg_ctl" -D "$1/data" -w -t 60 -s -m immediate stop) \
            >/dev/null 2>&1 || true
    fi
    rm -rf "$1"
}

pg_stop() {
    local keep=() dir
    pgt_stop_dir "$PGT_DIR"
    for dir in "${PGT_ALL[@]}"; do
        [ "$dir" = "$PGT_DIR" ] || keep+=("$dir")
    done
    PGT_ALL=("${keep[@]}")
}

pg_stop_all() {
    local dir
    for dir in "${PGT_ALL[@]}"; do
        pgt_stop_dir "$dir"
    done
    PGT_ALL=()
}
