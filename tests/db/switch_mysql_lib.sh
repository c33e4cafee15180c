# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# switch_mysql_lib.sh - the tests of the replica switch on MySQL: what switch_lib.sh has for
# PostgreSQL's servers, under the same names, so that what both engines share is tested with
# the same functions. Blue is a private server (tests/lib/mysql.sh) with the database of an
# Airflow 2.6.2 that airshift itself has made. Sourced, never run.
#
# The migration and its verification are the real ones; STAND_IN_MIGRATE_FAILS=1 makes the
# first fail.

# shellcheck source=tests/db/switch_lib.sh
. "${srcdir:-.}/tests/db/switch_lib.sh"
# shellcheck source=tests/lib/mysql.sh
. "${srcdir:-.}/tests/lib/mysql.sh"
airshift=${AIRSHIFT:-./build/airshift}
export LC_ALL=C
CLIENT_PASSWORD='client:in\s@cret'
CLIENT_PASSWORD_URL='client%3Ain%5Cs%40cret'
ADMIN_PASSWORD=$MYT_PASSWORD
ADMIN_PASSWORD_URL='airflow%2Fp%40ss'

FERNET_KEY=Z2VoZWltZXItZmVybmV0LWtleS1nZWhlaW1lci0xMjM=

stop_all() {
    local role pid

    for role in green spare; do
        for pid in $(pgrep -f -- "--loose-airshift-phase=|--defaults-file=$base/$role-airshift/my.cnf"); do
            [ "$(readlink "/proc/$pid/cwd")" != "$base/$role" ] || kill -9 "$pid"
        done
    done
    my_stop_all
}

blue_url() { printf 'mysql://%s:%s@%s:%s/airflow' "$MYT_USER" "$ADMIN_PASSWORD_URL" "$BLUE_HOST" "$BLUE_PORT"; }
client_url() { # port
    printf 'mysql+mysqldb://client:%s@127.0.0.1:%s/airflow' "$CLIENT_PASSWORD_URL" "$1"
}

# What a session as that user says, in tabs, errors included.
session() { # user password port sql
    MYSQL_PWD=$2 myt_run bin/mysql --no-defaults --connect-timeout=3 --batch --skip-column-names -h 127.0.0.1 \
        -P "$3" -u "$1" airflow -e "$4" 2>&1
}

admin() { # port sql
    session "$MYT_USER" "$ADMIN_PASSWORD" "$1" "$2"
}

client() { # port sql
    session client "$CLIENT_PASSWORD" "$1" "$2"
}

private() { # role port sql
    MYSQL_PWD=$ADMIN_PASSWORD myt_run bin/mysql --no-defaults --batch --skip-column-names \
        -S "$base/$1-airshift/mysql.sock" -u "$MYT_USER" airflow -e "$3" 2>&1
}

# A writer knows at once; nothing is left of it.
is_writable() { # port
    [ "$(client "$1" "START TRANSACTION; INSERT INTO variable (\`key\`, val, is_encrypted) VALUES ('can write', '', 0); ROLLBACK; SELECT 'yes'")" = yes ]
}

contents() { # port
    admin "$1" "SELECT md5(group_concat(id, dag_id, coalesce(state, '') ORDER BY id)) FROM dag_run;
        SELECT md5(group_concat(\`key\`, val ORDER BY \`key\`)) FROM variable" | tr '\n' ' '
}

open_session() { # name sql text
    mkfifo "$base/$1.sql"
    (MYSQL_PWD=$CLIENT_PASSWORD myt_exec bin/mysql --no-defaults --batch --skip-column-names --unbuffered \
        -h 127.0.0.1 -P "$BLUE_PORT" -u client airflow <"$base/$1.sql" >"$base/$1.out" 2>&1) &
    exec 4>"$base/$1.sql"
    echo "$2" >&4
    await 10 grep -q "$3" "$base/$1.out"
}

# GTIDs, or where GTID_MODE=OFF is given, files and places.
BLUE_SETTINGS=(log-bin=blue-log)
make_blue() {
    local gtid=${GTID_MODE:-ON}

    BLUE_SETTINGS+=("gtid-mode=$gtid" "enforce-gtid-consistency=$gtid")
    my_start "${BLUE_SETTINGS[@]}" || return 1
    # shellcheck disable=SC2034 # for the tests
    BLUE_DIR=$MYT_DIR
    BLUE_PORT=$MYT_PORT
    my_create airflow
    [ -n "${MYSQL_RELEASE:-}" ] || my_sql mysql -e "INSTALL PLUGIN clone SONAME 'mysql_clone.so'"
    my_sql mysql -e "CREATE USER client IDENTIFIED BY '${CLIENT_PASSWORD//\\/\\\\}';
        GRANT ALL ON airflow.* TO client"
    blue_url >"$base/blue.url"
    my_grow airflow
    "$airshift" migrate --url-file "$base/blue.url" --to 2.6.2 >"$base/made.log" 2>&1 || {
        cat "$base/made.log"
        return 1
    }
    my_sql airflow -e "INSERT INTO variable (\`key\`, val) VALUES ('k1', 'v'), ('k2', 'ü''\"'), ('k3', repeat('x', 5000));
        INSERT INTO dag (dag_id, max_active_tasks, has_task_concurrency_limits) VALUES ('dag', 16, 0), ('ünï', 16, 0);
        INSERT INTO dag_run (dag_id, run_id, run_type, execution_date, state, conf)
        WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
        SELECT 'dag', concat('run ', i), 'manual', '2024-01-01 00:00:00' + INTERVAL i MINUTE, 'success', NULL FROM n"
}

# The program starts with the libc it was built for.
make_programs() {
    mkdir "$base/bin"
    # shellcheck disable=SC2016 # the script replaces them
    printf '#!/bin/sh\nfor loader in %q/root/usr/lib/*/ld-linux-*.so.*; do break; done\nexec "$loader" --library-path "${loader%%/*}" %q/root/usr/sbin/mysqld "$@"\n' \
        "$MYT_HOME" "$MYT_HOME" >"$base/bin/mysqld"
    cat >"$base/migrate" <<EOF
#!/bin/sh
[ -z "\$STAND_IN_MIGRATE_FAILS" ] || exit 5
printf '%s\n' "\$@" >'$base/migrate.arguments'
exec '$(realpath "$airshift")' "\$@"
EOF
    cat >"$base/hook" <<EOF
#!/bin/sh
env | grep '^AIRSHIFT_[A-SV]\|^AIRSHIFT_TARGET' | sort >>"$base/hook.seen"
EOF
    chmod 755 "$base/bin/mysqld" "$base/migrate" "$base/hook"
    export AIRSHIFT_TEST_PLAN="$airshift" AIRSHIFT_TEST_MIGRATE="$base/migrate" AIRSHIFT_TEST_VERIFY="$airshift"
}

begin_switch_mysql_tests() {
    [ -x "$SWITCH_TOOL" ] || skip_all "$SWITCH_TOOL is not built"
    SERVER_USER=$(id -un)
    base=$(mktemp -d "$(temporary_directory)/airshift-switch-my.XXXXXX")
    bin=$base/bin
    trap clean_up EXIT
    trap 'exit 130' INT TERM
    if ! make_blue; then
        not_ok 'blue starts'
        finish_tests
        exit 1
    fi
    # Now that blue has one, no other server is given its port.
    GREEN_PORT=$(free_ports 2)
    SPARE_PORT=$((GREEN_PORT + 1))
    make_programs
    make_config
    printf '%s' "$FERNET_KEY" >"$base/fernet.key"
}
