#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# switch_dry.t - "--dry-run" names what the command would do, and does nothing: the servers,
# the files and the journal are the same before and after. "--step" waits before each action.
# shellcheck disable=SC2015
set -u
# shellcheck source=tests/db/switch_lib.sh
. "${srcdir:-.}/tests/db/switch_lib.sh"
begin_switch_tests

# What a dry run could have changed: files by name, size and time where nobody else writes, and
# what the servers say of themselves.
world() {
    find "$base/state" "$base/clients.env" "$base/hook.seen" "$base"/*-airshift "$base"/*/PG_VERSION \
        "$base"/*/postmaster.pid "$base"/*/postgresql.auto.conf -type f ! -name '*.log' \
        -printf '%p %s %T@\n' 2>/dev/null | sort
    admin "$BLUE_PORT" "SELECT (SELECT string_agg(slot_name || active, ' ' ORDER BY 1) FROM pg_replication_slots), datconnlimit, (SELECT count(*) FROM pg_db_role_setting), (SELECT count(*) FROM pg_stat_activity WHERE datname = 'airflow' AND usename = 'airflow') FROM pg_database WHERE datname = 'airflow'"
    contents "$BLUE_PORT"
}

# The actions in the order in which they stand in a journal, from a record on.
actions_of() { # journal, records to leave out
    tail -n "+$(($2 + 1))" "$1" |
        sed -n 's/^.*\tbegin\t.*\taction=\([a-z_]*\)\t.*/\1/p' | grep -v '^decide$'
}

records() { wc -l <"$base/state/journal"; }

dry() { # verb: into $base/dry, checked
    local before

    before=$(world)
    tool "$1" --dry-run >"$base/dry" 2>"$base/dry.err"
    is $? 0 "$1 --dry-run"
    is "$(world)" "$before" "$1 --dry-run changes nothing"
    is "$(tail -n 1 "$base/dry")" 'a dry run: nothing was changed' "$1 --dry-run says so"
    is "$(grep -cF -e "$ADMIN_PASSWORD" -e "$CLIENT_PASSWORD" -e "$ADMIN_PASSWORD_URL" "$base/dry" "$base/dry.err")" \
        "$base/dry:0
$base/dry.err:0" "$1 --dry-run shows no password"
}

dry_actions() { sed -n 's/^\([a-z_]*\): .*/\1/p' "$base/dry" | grep -v '^decide$' | grep -v '^a$'; }

admin "$BLUE_PORT" 'ALTER SYSTEM SET wal_level = logical'
as_server "$bin/pg_ctl" -D "$base/blue" -w -l "$base/blue.log" restart >/dev/null
admin "$BLUE_PORT" "SELECT pg_create_logical_replication_slot('feed', 'pgoutput')" >/dev/null
# A session that the fence would end.
open_session idle "SELECT 'here';" here

# --- start ------------------------------------------------------------------------------

dry start
like "$(cat "$base/dry.err")" "logical replication slots are not on green.*: feed$" 'start --dry-run names who reads from blue'
admin "$BLUE_PORT" "SELECT pg_drop_replication_slot('feed')" >/dev/null
[ ! -e "$base/state" ] && ok 'no state directory is made' || not_ok 'no state directory is made'
for statement in "blue +SELECT pg_create_physical_replication_slot\\('airshift_green_" \
    'here +copy blue into .*/green,' \
    'blue +BEGIN READ WRITE; .*ALTER DATABASE "airflow" CONNECTION LIMIT 0; .*default_transaction_read_only = on' \
    'blue +SELECT count.*pg_terminate_backend' \
    'blue +SELECT pg_create_restore_point' \
    'spare +SELECT pg_wal_replay_pause' \
    "green +ALTER SYSTEM SET primary_conninfo = ''" \
    'green +SELECT pg_promote' \
    'green +BEGIN READ WRITE; .*ALTER DATABASE "airflow" CONNECTION LIMIT 17; .*RESET' \
    'here +run airshift migrate --mode detached --to 3.3.2' \
    'green +CHECKPOINT' \
    'here +run airshift verify'; do
    like "$(cat "$base/dry")" "^ +$statement" "start --dry-run shows: $statement"
done
sed -i "s/^port = $GREEN_PORT/port = $BLUE_PORT/" "$base/switch.conf"
tool start --dry-run >"$base/out" 2>&1
is $? 3 'a dry run finds what stands in the way'
sed -i "0,/^port = $BLUE_PORT/s//port = $GREEN_PORT/" "$base/switch.conf"
tool start --dry-run --json >"$base/out" 2>&1
is $? 2 'a dry run is not printed as JSON'
is "$(client "$BLUE_PORT" "SELECT count(*) FROM pg_stat_activity WHERE usename = 'airflow'")" 2 'nobody was ended'

tool start --dry-run >"$base/dry" 2>&1
dry_actions >"$base/said"

# --- stopped at a key, and gone on -----------------------------------------------------------

printf '\n\n\n\nq\n' | tool start --step >"$base/out" 2>&1
is "${PIPESTATUS[1]}" 11 'q stops'
like "$(cat "$base/out")" 'next: fence .*q stops' '--step names the action'
like "$(cat "$base/out")" 'stopped by the operator before "drain"' 'and what it stopped before'
is "$(state)" unfenced 'stopped behind the fence: blue serves again'
is "$(client "$BLUE_PORT" 'SELECT 1')" 1 'blue serves'
tool start --step </dev/null >"$base/out" 2>&1
is $? 11 'the end of the input stops too'
tool abort >"$base/out" 2>&1
rm -rf "$base/state"
dry start
yes '' | tool start --step >"$base/out" 2>&1
is "${PIPESTATUS[1]}" 0 'start --step goes through'
exec 4>&-
wait
actions_of "$base/state/journal" 0 >"$base/done"
is "$(cat "$base/said")" "$(cat "$base/done")" 'start does the actions that the dry run named'
is "$(grep -c '^next: ' "$base/out")" "$(wc -l <"$base/done")" 'and asked before each'

# --- the other words --------------------------------------------------------------------

for verb in abort cutover; do
    dry "$verb"
done
dry_actions >"$base/said"
like "$(cat "$base/dry")" "^ +here +write .*clients.env with green's URL" 'cutover --dry-run shows the connection file'
before=$(records)
tool cutover >"$base/out" 2>&1
actions_of "$base/state/journal" "$before" >"$base/done"
is "$(cat "$base/said")" "$(cat "$base/done")" 'cutover does the actions that the dry run named'

client "$GREEN_PORT" "INSERT INTO dag_run (dag_id) VALUES ('new')" >/dev/null
dry finish
dry rollback
dry_actions >"$base/said"
like "$(cat "$base/dry")" '^ +green +BEGIN READ WRITE; .*CONNECTION LIMIT 0' 'rollback --dry-run shows the fence of green'
like "$(cat "$base/dry")" '^ +blue +BEGIN READ WRITE; .*CONNECTION LIMIT 17' 'and that of blue lifted'
before=$(records)
tool rollback >"$base/out" 2>&1
is $? 0 'rollback after its dry run'
actions_of "$base/state/journal" "$before" >"$base/done"
is "$(cat "$base/said")" "$(cat "$base/done")" 'rollback does the actions that the dry run named'
tool cutover --dry-run >"$base/out" 2>&1
is $? 7 'a dry run of what may not come next is refused'

finish_tests
