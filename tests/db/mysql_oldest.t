#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# mysql_oldest.t - what airshift does on the oldest MySQL it knows, 8.0.12, which has neither
# defaults that are expressions nor LATERAL nor CHECK constraints: what cannot go there is
# refused before anything is changed, the rest goes. TAP on stdout.

set -u
MYSQL_RELEASE=8.0.12
# shellcheck source-path=SCRIPTDIR source=my_test.sh
. "$(dirname "$0")/my_test.sh"
my_test_begin oldest
# shellcheck disable=SC2119 # no settings of its own
my_start || exit 1

# airshift COMMAND DATABASE [ARG ...]: exit code and output on one line.
air() {
    local command=$1
    my_url "$2" >"$work/url"
    shift 2
    out=$(timeout 120 "$airshift" "$command" --url-file "$work/url" "$@" 2>&1)
    out="$? ${out//$'\n'/ }"
}
tables() { my_sql "$1" -e "SELECT count(*) FROM information_schema.tables WHERE table_schema = '$1'"; }

is "$(my_sql mysql -e 'SELECT version()')" 8.0.12 'the server is the oldest one'
my_create new
air migrate new --to 2.11.2 --progress none
like "$out" '^[1-9][0-9]* error: before MySQL 8\.0\.13 a default is no expression.*nothing was changed' 'an empty database is refused'
is "$(tables new)" 0 'and nothing is made'

my_create old
air migrate old --to 1.10.15 --progress none
like "$out" '^0 .*migrated from none to 1\.10\.15' 'one of 1.10.15 is made'
air verify old --to 1.10.15
like "$out" '^0 [0-9]+ checks, 0 differences$' 'verify does not miss what the server forgets'
air doctor old
like "$out" '^0 core: .*the tables are those of that.*nothing is wrong$' 'nor does the doctor'
before=$(my_sql old -e "SHOW TABLES" && my_rows old)
air migrate old --to 3.3.2 --executor chain --progress none
like "$out" '^[1-9][0-9]* error: before MySQL 8\.0\.1[34].*nothing was changed' 'revision by revision it does not go to 3.3.2'
is "$(my_sql old -e "SHOW TABLES" && my_rows old)" "$before" 'and is as it was'
air migrate old --to 3.3.2 --mode detached --progress none
like "$out" '^0 .*migrated from 1\.10\.1[0-9.-]* to 3\.3\.2' 'beside the tables it does'
air verify old --to 3.3.2
like "$out" '^0 [0-9]+ checks, 0 differences$' 'and is what it should be'

# A backup comes back, although the restore is killed on its way.
my_sql old -e "CREATE EVENT tidy ON SCHEDULE EVERY 1 DAY STARTS '2037-01-01 00:00:00' DO DELETE FROM log WHERE id = 0;
    INSERT INTO variable (\`key\`, val, is_encrypted) VALUES ('quoted', 'it''s \\\\', 0)"
air backup old --to "$work/backup" --progress none
like "$out" '^0 .*[0-9]+ rows in' 'it is backed up'
my_create back
AIRSHIFT_TEST_KILL_AT=restore-part:committed air restore back --from "$work/backup" --progress none
like "$out" '^137 ' 'a restore is killed'
air restore back --from "$work/backup" --progress none --verify
like "$out" '^0 .*going on with a restore that was broken off: [1-9][0-9]* of .*restored and compared' 'and gone on with'
events() { my_sql "$1" -e "SELECT event_name, definer, time_zone, starts, status, event_definition FROM information_schema.events WHERE event_schema = '$1'"; }
is "$(my_sql back -e "SHOW TABLES" && my_rows back && events back)" "$(my_sql old -e "SHOW TABLES" && my_rows old && events old)" 'all is as it was'
like "$(events back)" '^tidy.*ENABLED' 'an event too'

# With GTIDs no table can be made from a query there.
my_stop
my_start gtid-mode=ON enforce-gtid-consistency=ON || exit 1
my_create gtid
my_grow gtid
before=$(my_sql gtid -e "SHOW TABLES" && my_rows gtid)
for executor in fused chain; do
    air migrate gtid --to 2.6.3 --executor "$executor" --progress none
    like "$out" '^[1-9][0-9]* error: before MySQL 8\.0\.21 the server makes no table from a query.*nothing was changed' "with GTIDs, $executor: refused"
    is "$(my_sql gtid -e "SHOW TABLES" && my_rows gtid)" "$before" 'and it is as it was'
done
finish_tests
