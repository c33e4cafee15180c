#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# mysql.t - sessions with a real MySQL: URLs as Airflow has them, TLS, what is refused and
# what such an error says, and that no password shows. What Airflow itself makes of a database
# is tests/oracle/mysql.sh's subject. TAP on stdout.

set -u
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib/mysql.sh
. "$here/../lib/mysql.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/tap.sh
. "$here/../lib/tap.sh"
airshift=${AIRSHIFT:-${top_builddir:-.}/build/airshift}
export LC_ALL=C
unset MYSQL_PWD AIRFLOW__DATABASE__SQL_ALCHEMY_CONN AIRFLOW__CORE__SQL_ALCHEMY_CONN
work=$(mktemp -d "${TMPDIR:-/tmp}/airshift-mysql.XXXXXX")
holder=
clean_up() {
    [ -z "$holder" ] || kill "$holder" 2>/dev/null
    my_stop_all
    rm -rf "$work"
}
trap clean_up EXIT

# airshift COMMAND on a URL in a file; stdout and stderr on one line in $out, the exit code in
# $code.
on() { # url command [argument ...]
    local url=$1
    shift
    printf '%s\n' "$url" >"$work/url"
    out=$("$airshift" "$1" --url-file "$work/url" "${@:2}" 2>&1)
    code=$?
    out=${out//$'\n'/ }
}

# shellcheck disable=SC2119 # no settings
my_start || { not_ok 'a server starts'; finish_tests; exit 1; }
my_create airflow
base=127.0.0.1:$MYT_PORT/airflow
password=airflow%2Fp%40ss

on "$(my_url airflow)" check --to 2.11.2
is "$code $out" '1 at none ((none)), not at 2.11.2 (5f2621c13b39)' 'an empty database is at nothing'
my_sql airflow -e "CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY);
    INSERT INTO alembic_version VALUES ('5f2621c13b39')"
for scheme in mysql mysql+mysqldb mysql+pymysql mysql+aiomysql mysql+mysqlconnector MySQL; do
    on "$scheme://airflow:$password@$base?charset=utf8mb4" check --to 2.11.2
    is "$code $out" '0 at 2.11.2 (5f2621c13b39)' "check by way of $scheme"
done 2>/dev/null
on "mysql://root@localhost/airflow?unix_socket=$MYT_DIR/socket" check --to 2.11.2
is "$code $out" '0 at 2.11.2 (5f2621c13b39)' 'by way of a socket'
out=$(AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=$(my_url airflow) "$airshift" check --to 2.10.5 2>&1)
is "$out" 'at 2.10.5 (5f2621c13b39)' "the URL that Airflow has"
out=$(MYSQL_PWD=airflow/p@ss "$airshift" check --url "mysql://airflow@$base" --to 2.11.2 2>&1)
is "$out" 'at 2.11.2 (5f2621c13b39)' 'the password from MYSQL_PWD'
printf '[client]\npassword="airflow/p@ss"\n' >"$work/my.cnf"
out=$("$airshift" check --url "mysql://airflow@$base?read_default_file=$work/my.cnf" --to 2.11.2 2>&1)
is "$out" 'at 2.11.2 (5f2621c13b39)' 'and from an option file'

out=$("$airshift" check --url "mysql://airflow:S3cret-pa55@$base" 2>&1)
is "$?" 2 'a password on the command line is refused'
unlike "$out" S3cret 'and not repeated'
on "mysql://airflow:S3cret-pa55@$base" check
is "$code" 4 'a wrong password'
like "$out" "hint: The password is wrong" 'has a hint'
unlike "$out" S3cret 'and is not repeated'
on "mysql://airflow:$password@127.0.0.1:$MYT_PORT/nowhere" check
like "$code $out" "^4 .*no connection to 127.0.0.1:$MYT_PORT/nowhere: .*hint: There is no such database" \
    'a database that is not there'
on "mysql://airflow:S3cret-pa55@127.0.0.1:1/airflow" check
like "$code $out" '^4 .*127.0.0.1:1/airflow: .*hint: Is the server running' 'no server'
unlike "$out" S3cret 'its password is not shown'

# The server's own certificate: signed by a CA that the server made, for no host name.
my_sql mysql -e "CREATE USER tls@'%' IDENTIFIED BY 'airflow/p@ss' REQUIRE SSL; GRANT ALL ON airflow.* TO tls@'%'"
on "mysql://tls:$password@$base?ssl_mode=DISABLED" check --to 2.11.2
is "$code" 4 'a user who must use TLS is refused without it'
on "mysql://tls:$password@$base?ssl_mode=REQUIRED" check --to 2.11.2
is "$code $out" '0 at 2.11.2 (5f2621c13b39)' 'ssl_mode=REQUIRED'
on "mysql+pymysql://tls:$password@$base?ssl_ca=$MYT_DIR/data/ca.pem&ssl_verify_identity=true" check
like "$code $out" '^4 .*hint: Do the TLS parameters' 'a certificate of another name is refused'
on "mysql://tls:$password@$base?ssl_mode=geheim" check
like "$code $out" '^3 .*ssl_mode in the database URL is not known' 'a mode that there is not'
my_sql mysql -e "CREATE USER certified@'%' REQUIRE X509; GRANT ALL ON airflow.* TO certified@'%'"
on "mysql://certified@$base?ssl_mode=REQUIRED" check --to 2.11.2
is "$code" 4 'a user who must have a certificate is refused without one'
on "mysql://certified@$base?ssl_mode=REQUIRED&ssl_cert=$MYT_DIR/data/client-cert.pem&ssl_key=$MYT_DIR/data/client-key.pem" \
    check --to 2.11.2
is "$code $out" '0 at 2.11.2 (5f2621c13b39)' 'ssl_cert and ssl_key'

# Whatever mode the server is in, a session is in the same.
my_sql mysql -e "SET GLOBAL sql_mode = 'ANSI', GLOBAL time_zone = '+05:00', GLOBAL autocommit = 0"
on "$(my_url airflow)" check --to 2.11.2
is "$code" 0 'a server with another mode'
my_sql mysql -e "SET GLOBAL sql_mode = DEFAULT, GLOBAL time_zone = '+00:00', GLOBAL autocommit = 1"

on "$(my_url airflow)" status
is "$code $out" '0 no migration is under way' 'status with nothing to show'
mkfifo "$work/fifo"
my_sql airflow --unbuffered <"$work/fifo" >"$work/held" &
holder=$!
exec 3>"$work/fifo"
echo "SELECT get_lock('airflow_MIGRATIONS', 1);" >&3
await 30 test -s "$work/held"
on "$(my_url airflow)" status --json
is "$(printf '%s' "$out" | jq -c '[.sessions[] | {name, migration_lock}]')" \
    '[{"name":"session","migration_lock":true}]' "status names who has Airflow's lock"
exec 3>&-
wait "$holder"
holder=

on "mysql://airflow:$password@127.0.0.1:$MYT_PORT,other/airflow" check
is "$code" 3 'several hosts are refused'
on "mysql://airflow:$password@127.0.0.1:$MYT_PORT" check
like "$code $out" '^3 .*names no database' 'a URL without a database is refused'
on "mysql://airflow:$password@$base?ssl_mood=1" check
like "$code $out" '^3 .*"ssl_mood"' 'a parameter that there is not'
my_sql airflow -e "UPDATE alembic_version SET version_num = 'no''w\\\\here'"
on "$(my_url airflow)" check
like "$code $out" "^9 .*revision \"no'w.here\"" 'a revision that is not known'
my_kill
on "$(my_url airflow)" check
is "$code" 4 'a server that has died'
finish_tests
