#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# tls.t - servers that take nobody without TLS, with certificates of a CA that this test
# makes: the right root lets every session and child program through, a wrong root and a
# certificate of another name are refused with one error before anything is changed, on
# PostgreSQL, through a replica switch, and on MySQL. TAP on stdout.

set -u
# shellcheck source-path=SCRIPTDIR source=pg_test.sh
. "$(dirname "$0")/pg_test.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/mysql.sh
. "$(dirname "$0")/../lib/mysql.sh"
pg_test_begin tls
end() {
    local directory
    for directory in "$work"/pg/*/; do
        [ ! -e "${directory}postmaster.pid" ] ||
            pgt_as "$PGT_BIN/pg_ctl" -D "$directory" -m immediate -w stop >/dev/null 2>&1
    done
    my_stop_all
    pg_test_end
}
trap end EXIT
unset PGPASSWORD PGSSLMODE PGSSLROOTCERT MYSQL_PWD AIRFLOW__DATABASE__SQL_ALCHEMY_CONN

# --- certificates -----------------------------------------------------------------------

# Servers run as another user: they get copies of their own.
chmod 755 "$work"
mkdir -m 755 "$work/tls" "$work/pg"
[ "$(id -u)" -ne 0 ] || chown "${PGT_USER:-postgres}" "$work/pg"
cd "$work/tls" || exit 1
key=(-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes)
root() { # name
    openssl req -x509 "${key[@]}" -days 2 -subj "/CN=$1" -addext basicConstraints=critical,CA:TRUE -keyout "$1.key" -out "$1.crt"
}
certificate() { # name extension
    openssl req "${key[@]}" -subj "/CN=$1" -keyout "$1.key" -out "$1.csr" &&
        openssl x509 -req -in "$1.csr" -CA right.crt -CAkey right.key -CAcreateserial -days 2 -extfile <(echo "$2") -out "$1.crt"
}
{
    root right && root wrong && certificate here subjectAltName=IP:127.0.0.1,DNS:localhost &&
        certificate elsewhere subjectAltName=DNS:elsewhere.test && certificate airflow extendedKeyUsage=clientAuth
} >"$work/openssl.log" 2>&1
is $? 0 'a CA, another one, and certificates' || cat "$work/openssl.log"
cd - >/dev/null || exit 1
tls=$work/tls

# on URL COMMAND [ARG ...]: stdout and stderr on one line in $out, the exit code in $code.
on() {
    printf '%s\n' "$1" >"$work/url"
    shift
    out=$(timeout 120 "$airshift" "$1" --url-file "$work/url" "${@:2}" 2>&1)
    code=$?
    out=${out//$'\n'/ }
}
# The one error, and its hint, of a connection that was refused.
refused() { # pattern description
    like "$code $out" "^4 error: no connection to [^ ]+: .*$1.* error: hint: " "$2"
    is "$(grep -o 'error: ' <<<"$out" | wc -l)" "$(grep -oE 'error: (hint: |no connection)|SSL error: |TLS/SSL error: ' <<<"$out" | wc -l)" \
        "$2: once"
}

# --- PostgreSQL -------------------------------------------------------------------------

own() { # certificate: the server's file of it
    pgt_as tee "$PGT_DIR/data/$2" <"$tls/$1" >/dev/null
    chmod 600 "$PGT_DIR/data/$2"
}
use_certificate() { # name
    own "$1.crt" server.crt
    own "$1.key" server.key
    pg_psql postgres -At -c 'SELECT pg_reload_conf()' >/dev/null
    # A new session has the new certificate when the server has read it.
    await 20 grep -q "CN *= *$1" <(openssl s_client -starttls postgres -connect "127.0.0.1:$PGT_PORT" </dev/null 2>/dev/null |
        openssl x509 -noout -subject 2>/dev/null)
}
pg_start fsync=on wal_level=replica shared_buffers=32MB max_wal_size=256MB || exit 1
own here.crt server.crt
own here.key server.key
own right.crt root.crt
printf '%s\n' 'host all postgres 127.0.0.1/32 trust' 'hostssl all certified 127.0.0.1/32 cert clientcert=verify-full map=c' \
    'hostssl all all 127.0.0.1/32 scram-sha-256' 'hostssl replication all 127.0.0.1/32 scram-sha-256' |
    pgt_as tee "$PGT_DIR/data/pg_hba.conf" >/dev/null
echo 'c airflow certified' | pgt_as tee "$PGT_DIR/data/pg_ident.conf" >/dev/null
pg_psql postgres <<'SQL'
CREATE ROLE airflow SUPERUSER LOGIN PASSWORD 'geheim';
CREATE ROLE certified SUPERUSER LOGIN;
ALTER SYSTEM SET ssl_ca_file = 'root.crt';
ALTER SYSTEM SET ssl = on;
SELECT pg_reload_conf() \g /dev/null
CREATE DATABASE airflow;
CREATE DATABASE scratch;
SQL
url=postgresql+psycopg2://airflow:geheim@127.0.0.1:$PGT_PORT/airflow
full="$url?sslmode=verify-full&sslrootcert=$tls/right.crt"
dump() { "$PGT_BIN/pg_dump" -h 127.0.0.1 -p "$PGT_PORT" -U postgres "$@" | grep -vE '^.(un)?restrict'; }
has_tls() { [ "$(pg_psql postgres -At -c 'SHOW ssl')" = on ]; }
await 20 has_tls

on "$url?sslmode=disable" check
like "$code $out" '^4 .*no encryption.*hint' 'a server that wants TLS: refused without it'
on "$full" migrate --to 2.10.5 --progress none
is "$code" 0 "the right root: migrate on an empty database"
dump airflow >"$work/before"
on "$url?sslmode=verify-full&sslrootcert=$tls/wrong.crt" migrate --progress none
refused 'certificate verify failed' 'a wrong root'
on "$url?sslmode=verify-ca&sslrootcert=$tls/wrong.crt" migrate --progress none
refused 'certificate verify failed' 'a wrong root, verify-ca'
on "$url?sslmode=verify-full&sslrootcert=$tls/none.crt" migrate --progress none
refused 'none.crt.* does not exist' 'a root that is not there'
use_certificate elsewhere
on "$full" migrate --progress none
refused 'elsewhere.test.* does not match host name "127.0.0.1"' 'another name'
for command in plan doctor status verify pause "backup --to $work/nowhere" "rehearse --report $work/nowhere" 'downgrade --to 2.10.0 --yes'; do
    # shellcheck disable=SC2086 # words
    on "$full" $command
    like "$code $out" '^4 .* does not match host name' "another name: ${command%% *}"
done
on "$url?sslmode=verify-ca&sslrootcert=$tls/right.crt" check
like "$code $out" '^1 ' 'verify-ca takes another name'
use_certificate here
dump airflow | diff "$work/before" - >"$work/diff"
is "$?" 0 'nothing was changed' || head "$work/diff"
on "postgresql://certified@127.0.0.1:$PGT_PORT/airflow?sslmode=verify-full&sslrootcert=$tls/right.crt" check
like "$code $out" '^4 ' 'a role that needs a certificate of its own'
chmod 600 "$tls/airflow.key"
on "postgresql://certified@127.0.0.1:$PGT_PORT/airflow?sslmode=verify-full&sslrootcert=$tls/right.crt&sslcert=$tls/airflow.crt&sslkey=$tls/airflow.key" \
    backup --to "$work/backup" --progress none
is "$code" 0 "with it, pg_dump of a backup, too: $out"
on "${full/airflow\?/scratch?}" restore --from "$work/backup" --progress none
is "$code" 0 "pg_restore with a root: $out"
pg_psql postgres -c 'ALTER SYSTEM SET log_connections = on' -c 'SELECT pg_reload_conf()' >/dev/null
: >"$PGT_DIR/server.log"
on "$full" migrate --to 3.3.2 --progress none --workers 3
is "$code" 0 'the right root: migrate'
authorized=$(grep 'connection authorized: user=airflow' "$PGT_DIR/server.log")
[ "$(wc -l <<<"$authorized")" -ge 4 ] && [ "$(grep -vc 'SSL enabled' <<<"$authorized")" -eq 0 ]
is $? 0 'all its sessions had TLS'

# --- the switch -------------------------------------------------------------------------

ports=$(free_ports 2)
configure() { # root
    printf '%s\n' "$url?sslmode=verify-full&sslrootcert=$tls/$1.crt" >"$work/blue.url"
    printf '%s\n' "$full" >"$work/clients"
    cat >"$work/switch.conf" <<CONF
[blue]
url_file = $work/blue.url
[green]
data_directory = $work/pg/green
port = $ports
os_user = $(pgt_as id -un)
bin_directory = $PGT_BIN
[spare]
data_directory = $work/pg/spare
port = $((ports + 1))
os_user = $(pgt_as id -un)
bin_directory = $PGT_BIN
[airflow]
to = 3.3.2
[repoint]
file = $work/clients
[switch]
state_directory = $work/state
CONF
    chmod 600 "$work/blue.url" "$work/clients" "$work/switch.conf"
}
switch() {
    out=$(timeout 240 "$airshift" switch "$@" --config "$work/switch.conf" 2>&1)
    code=$?
    out=${out//$'\n'/ }
}
pg_psql postgres -c 'DROP DATABASE airflow' -c 'DROP DATABASE scratch' -c 'CREATE DATABASE airflow'
on "$full" migrate --to 2.10.5 --progress none
is "$code" 0 'a database for the switch'
configure wrong
switch start
like "$code $out" '^4 .*certificate verify failed' 'switch: a wrong root is refused'
is "$(pg_psql postgres -At -c 'SELECT count(*) FROM pg_replication_slots') $(ls "$work/pg")" '0 ' 'and nothing is made'
configure right
switch start --until provisioned
is "$code" 0 "switch: replicas with TLS: $out"
is "$(pg_psql postgres -At -c 'SELECT count(*), bool_and(ssl) FROM pg_stat_replication JOIN pg_stat_ssl USING (pid)')" '2|t' 'they stream through it'
pgt_as grep -h primary_conninfo "$work/pg/green/postgresql.auto.conf" >"$work/conninfo"
like "$(cat "$work/conninfo")" "sslmode=''verify-full''.*sslrootcert=''$tls/right.crt''" 'and check the certificate'
switch start
is "$code" 0 "switch start"
switch cutover
is "$code" 0 'cutover'
is "$(cat "$work/clients")" "${full/:$PGT_PORT/:$ports}" "the clients' URL keeps its parameters"
on "$(cat "$work/clients")" check --to 3.3.2
is "$code" 0 'they reach green with them'
switch rollback
is "$code" 0 'rollback'
on "$(cat "$work/clients")" check --to 2.10.5
is "$code" 0 'they reach blue with them'
switch finish

# --- MySQL ------------------------------------------------------------------------------

chmod 644 "$tls"/*.key
my_start "ssl-ca=$tls/right.crt" "ssl-cert=$tls/here.crt" "ssl-key=$tls/here.key" require-secure-transport=ON || exit 1
my_create airflow
my_sql mysql -e "CREATE USER certified@'%' REQUIRE SUBJECT '/CN=airflow'; GRANT ALL ON airflow.* TO certified@'%'"
url=$(my_url airflow)
full="$url?ssl_mode=VERIFY_IDENTITY&ssl_ca=$tls/right.crt"
my_certificate() { # name
    my_sql mysql -e "SET GLOBAL ssl_cert = '$tls/$1.crt', GLOBAL ssl_key = '$tls/$1.key'; ALTER INSTANCE RELOAD TLS"
}
my_all() { myt_dump --routines --triggers airflow; }

on "$url?ssl_mode=DISABLED" check
like "$code $out" '^4 .*hint: The server wants TLS' 'a server that wants TLS: refused without it'
on "$full" migrate --to 2.10.5 --progress none
is "$code" 0 'MySQL, the right root: migrate on an empty database'
my_all >"$work/before"
for mode in VERIFY_IDENTITY VERIFY_CA; do
    on "$url?ssl_mode=$mode&ssl_ca=$tls/wrong.crt" migrate --progress none
    refused 'certificate' "MySQL, a wrong root, $mode"
done
on "$url?ssl_ca=$tls/wrong.crt" migrate --progress none
refused 'certificate' 'MySQL, a wrong root, without a mode'
on "$url?ssl_mode=VERIFY_IDENTITY" migrate --progress none
refused 'certificate' 'MySQL, no root'
on "$url?ssl_mode=VERIFY_IDENTITY&ssl_ca=$tls/none.crt" migrate --progress none
refused '' 'MySQL, a root that is not there'
my_certificate elsewhere
for spelling in "&ssl_mode=VERIFY_IDENTITY" '&ssl_verify_identity=true' '&ssl_check_hostname=1' '&ssl-mode=verify_identity'; do
    on "$url?ssl_ca=$tls/right.crt$spelling" migrate --progress none
    refused 'certificate' "MySQL, another name, $spelling"
done
for spelling in '' '&ssl_mode=VERIFY_CA'; do
    on "$url?ssl_ca=$tls/right.crt$spelling" check
    like "$code $out" '^1 ' "MySQL: another name is taken with ssl_ca$spelling"
done
my_certificate here
my_all | diff "$work/before" - >"$work/diff"
is $? 0 'MySQL: nothing was changed' || head "$work/diff"
on "mysql://certified@127.0.0.1:$MYT_PORT/airflow?ssl_mode=VERIFY_IDENTITY&ssl_ca=$tls/right.crt" check
like "$code $out" '^4 ' 'MySQL: a user that needs a certificate of its own'
on "mysql://certified@127.0.0.1:$MYT_PORT/airflow?ssl_mode=VERIFY_IDENTITY&ssl_ca=$tls/right.crt&ssl_cert=$tls/airflow.crt&ssl_key=$tls/airflow.key" \
    migrate --to 2.11.2 --progress none
is "$code" 0 "MySQL: migrate with it"
# One in the middle that speaks no TLS gets not even the user's name.
my_shutdown
my_restart tls-version= "general-log=ON" "general-log-file=$MYT_DIR/general.log" || exit 1
for query in "ssl_ca=$tls/right.crt" "ssl_mode=REQUIRED" "ssl_mode=VERIFY_IDENTITY&ssl_ca=$tls/right.crt" "ssl_verify_cert=true" 'ssl=true'; do
    on "$url?$query" check
    refused 'the server has no TLS, and the URL asks for it' "MySQL: no TLS there, ${query/"$tls/"/}"
done
unlike "$(cat "$MYT_DIR/general.log")" 'airflow@' 'MySQL: nothing was said to it'
on "$url?ssl_mode=PREFERRED&ssl_ca=$tls/right.crt" check
like "$(cat "$MYT_DIR/general.log")" 'airflow@' 'MySQL: with PREFERRED it was'
my_kill
on "$url?ssl_mode=REQUIRED" check
refused '' 'MySQL: nobody listens'
finish_tests
