#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# names_mysql.t - a database whose name needs quotes, on a real MySQL; all commands. TAP on stdout.

set -u
# shellcheck source-path=SCRIPTDIR source=my_test.sh
. "$(dirname "$0")/my_test.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/encode.sh
. "$(dirname "$0")/../lib/encode.sh"
my_test_begin names
trap my_test_end EXIT
# shellcheck disable=SC2119 # its arguments are settings, none here
my_start || exit 1

database='Air-flow ü`"d'
# shellcheck disable=SC2016 # of MySQL's
identifier() { printf '`%s`' "${1//\`/\`\`}"; }
sql() { my_sql mysql --default-character-set=utf8mb4 -e "$1"; }
make() {
    sql "DROP DATABASE IF EXISTS $(identifier "$1"); CREATE DATABASE $(identifier "$1") CHARACTER SET utf8mb4"
    my_url x | sed "s#/x\$#/$(url_encode "$1")#" >"$work/url"
}

for how in '--mode detached --verify-rows' '--mode in-place' '--executor chain'; do
    make "$database"
    my_run migrate --to 2.11.2 --progress none
    is "$code" 0 "$how: an empty database" || echo "# $out"
    sql "USE $(identifier "$database"); INSERT INTO log (dttm, event) VALUES (now(), 'x'), (now(), NULL); INSERT INTO variable (\`key\`, val) VALUES ('k', 'v');
        CREATE TRIGGER seen BEFORE INSERT ON log FOR EACH ROW SET NEW.extra = 'seen'"
    # shellcheck disable=SC2086 # several options
    my_run migrate --to 3.3.2 $how --progress none
    is "$code" 0 "migrate $how" || echo "# $out"
    my_run verify --to 3.3.2
    like "$code $out" ' 0 differences$' "migrate $how: verified"
    is "$(sql "USE $(identifier "$database"); INSERT INTO log (dttm, event) VALUES (now(), 'y'); SELECT event, extra FROM log WHERE extra IS NOT NULL ORDER BY id" | tr '\t' ' ')" \
        'y seen' "migrate $how: the trigger is there"
done
for command in 'check --to 3.3.2' 'doctor' 'status' 'monitor' 'preflight --to 3.3.2' 'pause' 'drain --limit 1' 'unpause' 'watch --once' 'plan --to 3.3.2'; do
    # shellcheck disable=SC2086 # several options
    my_run $command
    case "$command $code $out" in
    *SQLSTATE* | check*' 1 '*) not_ok "$command" "$code $out" ;;
    *) ok "$command" ;;
    esac
done
my_run clean --before 2020-01-01 --archive "$work/archive" --progress none
is "$code" 0 'clean' || echo "# $out"
my_run backup --to "$work/backup" --progress none
is "$code" 0 'backup' || echo "# $out"
sql "USE $(identifier "$database"); DROP TRIGGER seen"
my_run downgrade --to 2.11.2 --yes
is "$code" 0 'downgrade' || echo "# ${out: -300}"
make 'an-other `'
my_run restore --from "$work/backup" --progress none
is "$code" 0 'restore' || echo "# $out"
my_run verify --to 3.3.2
like "$code $out" ' 0 differences$' 'restore: verified'
finish_tests
