#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# cli.t - the command line without a server: what is refused, with which exit code, that
# stdout stays empty then, and that no password is ever repeated. TAP on stdout.
#
# AIRSHIFT names the program (default: build/airshift). Port 1 of the loopback, where nobody
# listens, stands for a server that does not answer.

cd "$(dirname "$0")/../.." || exit 1
airshift=${AIRSHIFT:-build/airshift}
number=0
failed=0

if [ ! -x "$airshift" ]; then
    echo "1..0 # SKIP no program $airshift"
    exit 77
fi
case $airshift in /*) ;; *) airshift=$PWD/$airshift ;; esac
work=$(mktemp -d "${TMPDIR:-/tmp}/airshift-cli.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
unset AIRFLOW__DATABASE__SQL_ALCHEMY_CONN AIRFLOW__CORE__SQL_ALCHEMY_CONN PGPASSWORD
export LC_ALL=C PGCONNECT_TIMEOUT=5 HOME=$work
unset AIRFLOW_HOME AIRFLOW_CONFIG
secret='S3cret-pa55'
nobody='postgresql://127.0.0.1:1/airflow'

result() { # status text
    number=$((number + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $number - $2"
    else
        echo "not ok $number - $2"
        sed 's/^/#   /' out err 2>/dev/null | head -n 12
        failed=1
    fi
}

# The secret is in neither stream.
is_silent() { ! grep -qF -e "$secret" -e S3cret out err; }

# Exit code and pattern of an error: nothing on stdout, one line "error: ..." at least.
refused() { # code pattern text argument ...
    local code=$1 pattern=$2 text=$3 status
    shift 3
    timeout 60 "$airshift" "$@" >out 2>err </dev/null
    status=$?
    [ "$status" -eq "$code" ] && [ ! -s out ] && grep -q '^error: ' err &&
        grep -Eq -- "$pattern" err && is_silent
    result $? "$text (exit code $status, expected $code)"
}

prints() { # pattern text argument ...
    local pattern=$1 text=$2 status
    shift 2
    timeout 60 "$airshift" "$@" >out 2>err </dev/null
    status=$?
    [ "$status" -eq 0 ] && [ ! -s err ] && grep -Eq -- "$pattern" out
    result $? "$text (exit code $status)"
}

commands='plan preflight migrate check verify status'
targets='plan preflight migrate check verify'

# --- help -------------------------------------------------------------------------------

prints '^Usage: airshift COMMAND' 'help' --help
prints '^Usage: airshift COMMAND' 'help as a word' help
prints '^airshift [0-9]+\.[0-9]+' 'version' --version
"$airshift" >out 2>err
[ $? -eq 2 ] && [ ! -s out ] && grep -q '^Usage: ' err
result $? 'no command: usage on stderr, exit code 2'
for command in $commands switch inspect; do
    prints "^Usage: airshift $command " "help of $command" "$command" --help
done
prints '^Usage: airshift plan ' 'help wins over other options' plan --to 3.3.2 --help

# --- usage ------------------------------------------------------------------------------

refused 2 'no command "bogus"' 'an unknown command' bogus
refused 2 'no command "--bogus"' 'an option instead of a command' --bogus
for command in $commands switch inspect; do
    refused 2 'unknown option --bogus' "$command: an unknown option" "$command" --bogus
    refused 2 'unknown option --bogus' "$command: an unknown option with a value" "$command" --bogus=1
done
for command in $commands; do
    refused 2 '--url needs a value' "$command: a missing value" "$command" --url
    refused 2 'no database is named' "$command: no URL" "$command"
done
for command in $targets; do
    refused 2 '--to needs a value' "$command: --to without a value" "$command" --to
    refused 2 '--without-fab takes no value' "$command: a flag with a value" "$command" --without-fab=yes
done
refused 2 'unknown option --json' 'plan: an option of another command' plan --json --url "$nobody"
refused 2 '--format takes text, json or sql' 'plan: a format that is none' plan --format yaml --url "$nobody"
refused 2 '--format takes text, json or sql' 'plan: an empty format' plan --format= --url "$nobody"
refused 2 '"stray" is no option' 'migrate: a stray word' migrate stray --url "$nobody"
refused 2 '"stray" is no option' 'migrate: a stray word behind --' migrate --url "$nobody" -- stray
for value in 0 -1 x ''; do
    refused 2 '--long-transaction takes' "preflight: --long-transaction \"$value\"" \
        preflight "--long-transaction=$value" --url "$nobody"
done
refused 2 '--before is missing' 'clean: what is old' clean --archive "$work/archive" --url "$nobody"
refused 2 '--archive is missing' 'clean: no archive' clean --before 2026-01-01 --url "$nobody"
refused 2 'do not go together' 'clean: two answers' clean --before 2026-01-01 --archive "$work/archive" --skip-archive --url "$nobody"
refused 2 '--discard goes with no other' 'clean: --discard and more' clean --before 2026-01-01 --discard --url "$nobody"
refused 4 'refused' 'clean: nobody listens' clean --before 2026-01-01 --archive "$work/archive" --url "$nobody"
[ ! -e "$work/archive" ]
result $? 'clean made nothing'
for value in 0 65 1000000; do
    refused 2 '--workers takes 1 to 64' "migrate: --workers $value" migrate --workers "$value" --url "$nobody"
done
for value in x -1 1x nan inf ''; do
    refused 2 '--workers takes a number' "migrate: --workers \"$value\"" \
        migrate --workers "$value" --url "$nobody"
    refused 2 '--lock-wait takes a number' "migrate: --lock-wait \"$value\"" \
        migrate --lock-wait "$value" --url "$nobody"
    refused 2 '--wait takes a number' "check: --wait \"$value\"" check "--wait=$value" --url "$nobody"
done
for option in mode executor progress; do
    refused 2 "--$option does not take \"bogus\"" "migrate: --$option bogus" \
        migrate "--$option" bogus --url "$nobody"
    refused 2 "--$option does not take \"\"" "migrate: an empty --$option" migrate "--$option=" --url "$nobody"
done
refused 2 'inspect takes "states", "catalog" or "sql"' 'inspect: nothing to inspect' inspect
refused 2 'inspect takes "states"' 'inspect: something else' inspect tables
refused 2 '--engine takes postgres or mysql' 'inspect sql: an engine that is none' inspect sql --engine oracle
refused 2 '--chain takes core or fab' 'inspect sql: a chain that is none' inspect sql --chain plugins
refused 9 'no Airflow version or revision' 'inspect sql: a place that is none' inspect sql --to 9.9.9
refused 2 '--format is dot or json' 'inspect: a format that is none' inspect states --format text

# --- passwords --------------------------------------------------------------------------

for command in $commands; do
    for url in "postgresql://u:$secret@127.0.0.1:1/d" "postgresql+psycopg2://u:$secret@127.0.0.1:1/d" \
        "postgresql://127.0.0.1:1/d?user=u&password=$secret" "host=127.0.0.1 password=$secret" \
        "mysql://u:$secret@127.0.0.1/d" "postgresql://u:$secret@/d"; do
        refused 2 'password on the command line' "$command: a password in ${url/$secret/***}" \
            "$command" --url "$url"
    done
    refused 2 'password on the command line' "$command: a password after an equals sign" \
        "$command" "--url=postgresql://u:$secret@127.0.0.1:1/d"
    AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=postgresql://u:$secret@127.0.0.1:1/d \
        refused 4 '127\.0\.0\.1:1/d' "$command: a password in the environment is used, not shown" "$command"
done
refused 2 'or the password into ~/\.pgpass\.$' 'PostgreSQL: where the password may be' \
    check --url "postgresql://u:$secret@127.0.0.1:1/d"
refused 2 'or the password into MYSQL_PWD, or an option file that the URL names' 'MySQL: where the password may be' \
    check --url "mysql://u:$secret@127.0.0.1/d"
for url in "postgresql://u:$secret@h:port/d" "postgresql://u:$secret@[::1/d" "sqlite://u:$secret@h/d" \
    "postgresql://u:$secret@h/d?bogus=$secret" "$secret" "u:$secret@h" "postgresql://u:$secret%00@h/d"; do
    AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=$url \
        refused "$([ "${url%%:*}" = sqlite ] && echo 9 || echo 3)" '' \
        "a URL that cannot be used is not repeated: ${url//$secret/***}" plan
done

# --- URLs -------------------------------------------------------------------------------

refused 3 'no scheme' 'a URL without a scheme' plan --url nonsense
refused 3 'no scheme' 'an empty URL' plan --url ''
refused 3 'port .* no number' 'a port that is no number' plan --url postgresql://h:x/d
refused 3 'not known' 'an unknown parameter' plan --url 'postgresql://h/d?bogus=1'
for scheme in mariadb mariadb+pymysql sqlite mssql oracle; do
    refused 9 'not built in' "a server that is not built in: $scheme" plan --url "$scheme://h/d"
done
refused 3 'cannot read' 'a URL file that is not there' plan --url-file "$work/missing"
refused 3 'no scheme' 'a URL file with nothing in it' plan --url-file /dev/null
printf 'postgresql://u:%s@127.0.0.1:1/d \r\n\n' "$secret" >url
refused 4 '127\.0\.0\.1:1/d' 'a URL file with a newline, its password not shown' plan --url-file url
AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=postgresql://127.0.0.1:1/second AIRFLOW__CORE__SQL_ALCHEMY_CONN=$nobody \
    refused 4 '127\.0\.0\.1:1/d' 'a URL file comes before the environment' plan --url-file url
AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=postgresql://127.0.0.1:1/second AIRFLOW__CORE__SQL_ALCHEMY_CONN=$nobody \
    refused 4 '/second:' 'the newer variable comes before the older' plan
AIRFLOW__CORE__SQL_ALCHEMY_CONN=postgresql://127.0.0.1:1/older \
    refused 4 '/older:' 'the older variable is read' plan
mkdir -p home
printf '[core]\nsql_alchemy_conn = postgresql://127.0.0.1:1/core\n' >home/airflow.cfg
AIRFLOW_HOME=$work/home refused 4 '/core:' 'airflow.cfg is read, its old section' plan
printf '[core]\nsql_alchemy_conn = postgresql://127.0.0.1:1/core\n[database]\nsql_alchemy_conn = postgresql+psycopg2://u:%%%%40%s@127.0.0.1:1/newer\n' \
    "$secret" >home/airflow.cfg
AIRFLOW_HOME=$work/home refused 4 '/newer:' 'its new section comes first; its password is not shown' plan
AIRFLOW_CONFIG=$work/home/airflow.cfg refused 4 '/newer:' 'AIRFLOW_CONFIG names it' check
AIRFLOW_HOME=$work/home AIRFLOW__CORE__SQL_ALCHEMY_CONN=postgresql://127.0.0.1:1/older \
    refused 4 '/older:' 'a variable comes before the file' plan
printf '[database]\nsql_alchemy_conn_cmd = touch %s/ran\n' "$work" >home/airflow.cfg
AIRFLOW_HOME=$work/home refused 3 'comes from the command sql_alchemy_conn_cmd' 'a command in it is not run' plan
result "$([ ! -e ran ]; echo $?)" 'really not'
AIRFLOW_HOME=$work/home AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_SECRET=x \
    refused 3 'comes from the secret of "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_SECRET"' 'a secret is not asked for' plan
printf 'postgresql://127.0.0.1:1/file\n' >url2
refused 4 '/option:' '--url comes before --url-file' \
    plan --url-file url2 --url postgresql://127.0.0.1:1/option
refused 4 '/last:' 'of two --url the last one counts' \
    plan --url postgresql://127.0.0.1:1/first --url=postgresql://127.0.0.1:1/last

# --- servers ----------------------------------------------------------------------------

for command in $commands; do
    refused 4 '127\.0\.0\.1:1/airflow.*refused' "$command: nobody listens" "$command" --url "$nobody"
done
refused 4 'no connection' 'a socket that is not there' plan --url "postgresql:///airflow?host=$work"
for spelling in postgres postgresql+psycopg2 postgresql+asyncpg; do
    refused 4 'no connection' "the spelling $spelling://" plan --url "$spelling://127.0.0.1:1/airflow"
done
refused 4 'refused' 'check --wait 0 gives up at once' check --wait 0 --url "$nobody"
began=$SECONDS
refused 4 'refused' 'check --wait 1 tries again, then gives up' check --wait 1 --url "$nobody"
[ $((SECONDS - began)) -ge 1 ] && [ $((SECONDS - began)) -le 20 ]
result $? 'check --wait 1 waited for about a second'
timeout 60 "$airshift" migrate --json-log --url "$nobody" >out 2>err
[ $? -eq 4 ] && [ ! -s out ] && [ "$(grep -vc '^{.*"level":.*}$' err)" -eq 0 ]
result $? 'migrate --json-log: every line of an error is JSON'

# --- the switch -------------------------------------------------------------------------

for word in start cutover rollback abort resume finish status; do
    refused 2 '--config is missing' "switch $word: no configuration" switch "$word"
    refused 3 'No such file' "switch $word: a configuration that is not there" \
        switch "$word" --config "$work/missing.conf"
done
refused 2 'switch takes one of' 'switch: no word' switch --config "$work/missing.conf"
refused 2 'switch takes one of' 'switch: two words' switch start abort --config "$work/missing.conf"
refused 2 'no "bogus"' 'switch: an unknown word' switch bogus --config "$work/missing.conf"
refused 2 '--config needs a value' 'switch: --config without a value' switch start --config
refused 2 '"bogus" is no state' 'switch: a state that is none' \
    switch start --config "$work/missing.conf" --until bogus

conf() { # [sed expression]
    cat >base.conf <<END
[blue]
url_file = $work/blue.url
[green]
data_directory = $work/green
port = 1
[airflow]
to = 3.3.2
[repoint]
file = $work/clients.env
[switch]
state_directory = $work/state
END
    printf 'postgresql://u:%s@127.0.0.1:1/airflow\n' "$secret" >blue.url
    sed "${1:-}" base.conf >switch.conf
    chmod 600 blue.url switch.conf
}

conf
refused 7 'no switch in' 'switch status: none has begun' switch status --config switch.conf
[ ! -e state ]
result $? 'switch status makes nothing'
conf 's/^to = .*//'
refused 3 '\[airflow\] to is missing' 'a setting that is missing' switch status --config switch.conf
conf 's/^port = .*/port = 70000/'
refused 3 'port must be' 'a port that is none' switch status --config switch.conf
conf 's/^\[airflow\]/[airflows]/'
refused 3 'no section \[airflows\]' 'an unknown section' switch status --config switch.conf
conf 's/^port/prt/'
refused 3 'no setting "prt"' 'an unknown setting' switch status --config switch.conf
conf "s#^file = .*#file = clients.env#"
refused 3 'absolute path' 'a path that is not absolute' switch status --config switch.conf
conf "s#^file = .*##"
refused 3 'needs file, hosts or hook' 'nothing to repoint' switch status --config switch.conf
conf "s#^url_file = .*#url = postgresql://u:$secret@127.0.0.1:1/airflow#"
chmod 644 switch.conf
refused 3 'open to other users' 'a password in a file that others can read' switch status --config switch.conf
conf "s#^url_file = .*#url = sqlite://u:$secret@127.0.0.1/airflow#"
refused 9 'not built in' 'a master that is neither PostgreSQL nor MySQL' switch status --config switch.conf
conf
refused 4 'refused' 'switch start: the master does not answer' switch start --config switch.conf
[ ! -e green ]
result $? 'switch start made nothing but its journal'
is_clean=0
grep -rqF "$secret" state 2>/dev/null && is_clean=1
result "$is_clean" 'the journal holds no password'

# --- what needs no server ---------------------------------------------------------------

prints '^digraph' 'inspect states' inspect states
prints '"transitions"' 'inspect states --format json' inspect states --format json
prints '^CREATE TABLE .*serial' 'inspect sql' inspect sql
prints '^CREATE TABLE .*AUTO_INCREMENT' 'inspect sql --engine mysql' inspect sql --engine mysql
prints '^-- undoing 29ce7909c52b' 'inspect sql, downwards' inspect sql --engine mysql --from 3.0.0 --to 2.11.2
# All statements of all revisions are written for MySQL, or this ends with 9.
prints '^-- revision 1507a7289a2f' 'inspect sql: all that is old' inspect sql --engine mysql --history
prints '^-- undoing 1507a7289a2f' 'inspect sql: all the way down' inspect sql --engine mysql --history --from head --to e3a246e0dc1
prints '^-- revision 02ca36b0235b' 'inspect sql: the FAB provider' inspect sql --engine mysql --chain fab

echo "1..$number"
exit "$failed"
