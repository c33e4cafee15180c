#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# downgrade_mysql.t - many revisions undone by one command on a real MySQL, from what each executor
# leaves; and up again. What each revision leaves is compared with the real Airflow's elsewhere
# (stairway_down_mysql.sh). TAP on stdout.

set -u
# shellcheck source-path=SCRIPTDIR source=my_test.sh
. "$(dirname "$0")/my_test.sh"
my_test_begin downgrade
trap my_test_end EXIT
# shellcheck disable=SC2119 # its arguments are settings, none here
my_start || exit 1

my_url work >"$work/url"
# Tables and their indexes, whatever their order and their names' case.
indexes() {
    my_sql work -e "SELECT table_name, index_name, group_concat(column_name ORDER BY seq_in_index), min(non_unique)
        FROM information_schema.statistics WHERE table_schema = 'work' GROUP BY 1, 2 ORDER BY 1, 2"
}

for how in '--mode detached' '--executor chain'; do
    my_create work
    my_run migrate --to 2.11.2 --progress none
    # shellcheck disable=SC2086 # several options
    my_run migrate --to 3.3.2 $how --progress none
    is "$code" 0 "$how: at 3.3.2" || echo "# $out"
    indexes >"$work/above"
    my_run downgrade --to 2.11.2 --yes
    is "$code" 0 "$how: one command takes it down to 2.11.2" || echo "# ${out: -300}"
    my_run check --to 2.11.2
    is "$code" 0 "$how: it is there"
    # shellcheck disable=SC2086 # several options
    my_run migrate --to 3.3.2 $how --progress none
    is "$code" 0 "$how: and up again" || echo "# ${out: -300}"
    my_run verify --to 3.3.2
    like "$out" ' 0 differences' "$how: verified"
    is "$(indexes | diff "$work/above" -)" '' "$how: the indexes are those of the first time"
    my_drop work
done

# What newer versions took away for good is there for the older ones.
my_create work
my_run migrate --to 3.3.2 --progress none
for version in 3.0.6 2.3.0 1.10.15 1.10.0 1.8.2; do
    my_run downgrade --to "$version" --yes
    is "$code" 0 "3.3.2, made at once, goes down to $version" || echo "# ${out: -300}"
done
my_run migrate --to 3.3.2 --progress none
is "$code" 0 'and up again' || echo "# $out"
my_run verify --to 3.3.2
like "$out" ' 0 differences' 'verified'
finish_tests
