#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# switch_pgbouncer.t - a switch with clients that write all the time through two real
# PgBouncers: there and back without one failed transaction and without one lost row; and
# whatever goes wrong or is killed while the clients are held, they are let go.
# shellcheck disable=SC2015
set -u
# shellcheck source=tests/db/switch_lib.sh
. "${srcdir:-.}/tests/db/switch_lib.sh"
# shellcheck source=tests/db/ledger_lib.sh
. "${srcdir:-.}/tests/db/ledger_lib.sh"
[ -x /usr/sbin/pgbouncer ] || skip_all 'no pgbouncer'
begin_switch_tests

POOLER_PASSWORD='pool-er-secret'
POOLERS=(0 1)
POOLER_PORT=$(free_ports 2)

stop_poolers() {
    local i pid

    stop_ledgers
    for i in "${POOLERS[@]}"; do
        pid=$(cat "$base/pooler$i.pid" 2>/dev/null) && kill -9 "$pid" 2>/dev/null
    done
}
trap 'stop_poolers; clean_up' EXIT

# --- two poolers, their files, the configuration ------------------------------------------

printf '"airflow" "%s"\n"boss" "%s"\n"looker" "%s"\n' "$CLIENT_PASSWORD" "$POOLER_PASSWORD" \
    "$POOLER_PASSWORD" >"$base/users.txt"
for i in "${POOLERS[@]}"; do
    cat >"$base/pooler$i.ini" <<EOC
; pooler $i
[databases]
other = host=elsewhere port=1
airflow = host=127.0.0.1 port=$BLUE_PORT dbname=airflow user=airflow password='$CLIENT_PASSWORD'
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = $((POOLER_PORT + i))
unix_socket_dir =
auth_type = scram-sha-256
auth_file = $base/users.txt
admin_users = boss
stats_users = looker
pool_mode = transaction
default_pool_size = 5
logfile = $base/pooler$i.log
pidfile = $base/pooler$i.pid
EOC
    chmod 640 "$base/pooler$i.ini"
    [ "$(id -u)" -ne 0 ] || chown "$SERVER_USER" "$base/pooler$i.ini" "$base/users.txt"
    cp -p "$base/pooler$i.ini" "$base/pooler$i.was"
done
start_pooler() { as_server /usr/sbin/pgbouncer -q -d "$base/pooler$1.ini"; }
for i in "${POOLERS[@]}"; do start_pooler "$i"; done
crash_pooler() {
    kill -9 "$(cat "$base/pooler$1.pid")"
    await 10 port_is_free "$((POOLER_PORT + $1))"
    rm -f "$base/pooler$1.pid"
}

console() { # pooler command
    PGPASSWORD=$POOLER_PASSWORD timeout 10 "$bin/psql" -XAtq -h 127.0.0.1 -p "$((POOLER_PORT + $1))" \
        -U boss -d pgbouncer -c "$2" 2>&1
}
paused() { # "0 0": how many poolers hold their clients
    for i in "${POOLERS[@]}"; do
        console "$i" 'SHOW DATABASES' | awk -F '|' '$1 == "airflow" { print $(NF - 1) }'
    done | paste -sd ' '
}
leads_to() { # "PORT PORT"
    for i in "${POOLERS[@]}"; do
        console "$i" 'SHOW DATABASES' | awk -F '|' '$1 == "airflow" { print $3 }'
    done | paste -sd ' '
}
through() { # pooler sql
    PGPASSWORD=$CLIENT_PASSWORD timeout 20 "$bin/psql" -XAtq -h 127.0.0.1 -p "$((POOLER_PORT + $1))" \
        -U airflow -d airflow -v ON_ERROR_STOP=1 -c "$2" 2>&1
}
writes() { # description
    is "$(through 0 "INSERT INTO dag_run (dag_id) VALUES ('on') RETURNING 'written'") $(through 1 'SELECT 1')" \
        'written 1' "$1"
}
are_as_they_were() { # description
    is "$(for i in "${POOLERS[@]}"; do
        cmp "$base/pooler$i.ini" "$base/pooler$i.was" 2>&1
        stat -c '%a %U' "$base/pooler$i.ini"
    done | sort -u)" "640 $SERVER_USER" "$1"
}

{
    for i in "${POOLERS[@]}"; do
        printf 'postgresql://boss@127.0.0.1:%s/pgbouncer?passfile=%s\n' "$((POOLER_PORT + i))" "$base/pass"
    done
} >"$base/poolers.url"
printf '127.0.0.1:*:pgbouncer:boss:%s\n' "$POOLER_PASSWORD" >"$base/pass"
chmod 600 "$base/poolers.url" "$base/pass"
sed -i -e '/^\[spare\]/,/^\[airflow\]/{/^\[airflow\]/!d}' \
    -e '/^\[repoint\]/,/^\[switch\]/{/^\[switch\]/!d}' \
    -e "s#^\[switch\]#[pgbouncer]\nadmin_url_file = $base/poolers.url\ndatabase = airflow\nfile = $base/pooler0.ini $base/pooler1.ini\n&#" \
    -e 's/^drain = .*/&\npause = 5\nwatchdog = 0.2/' "$base/switch.conf"
cp "$base/switch.conf" "$base/switch.keep"

no_secret() { # description
    is "$(grep -rlF -e "$POOLER_PASSWORD" -e "$CLIENT_PASSWORD" "$base/state" "$base/out" "$base/seen" 2>/dev/null |
        grep -v '/pooler\.[01]\.blue$')" '' "$1"
}

# --- refused before anything is changed ---------------------------------------------------

refused 's/^database = airflow/database = nowhere/' 3 'has no database "nowhere"' 'a database that a pooler does not know'
refused "s#^file = .*#file = $base/users.txt#" 3 'has no "airflow" in \[databases\]' 'a file without its line'
refused "s#^file = .*#file = here#" 3 'absolute paths' 'a relative path'
refused '/^file = /d' 3 'needs file, hosts or hook' 'nothing to move the clients with'
sed 's/boss/looker/' "$base/poolers.url" >"$base/looker.url"
printf '127.0.0.1:*:pgbouncer:boss:%s\n127.0.0.1:*:pgbouncer:looker:%s\n' "$POOLER_PASSWORD" "$POOLER_PASSWORD" >"$base/pass"
chmod 600 "$base/looker.url"
refused "s#^admin_url_file = .*#admin_url_file = $base/looker.url#" 3 'admin access needed' 'a user who may only look'
sed "s/:$((POOLER_PORT + 1))/:$OTHER_PORT/" "$base/poolers.url" >"$base/absent.url"
chmod 600 "$base/absent.url"
refused "s#^admin_url_file = .*#admin_url_file = $base/absent.url#" 4 'Connection refused' 'a pooler that does not run'
console 0 'SET pool_mode = session' >/dev/null
console 1 'PAUSE airflow' >/dev/null
refused 's/a/a/' 7 'is paused already, but not by us' 'a pooler that somebody else has paused'
is "$(paused)" '0 1' 'which stays paused'
console 1 'RESUME airflow' >/dev/null
is "$(paused) $(state)" '0 0 configured' 'nothing was changed'

tool start --dry-run >"$base/out" 2>&1
is "$(grep -c "$POOLER_PORT/pgbouncer has pool_mode = session" "$base/out")" 1 'a pooler of sessions is named'
console 0 'SET pool_mode = transaction' >/dev/null

# --- a dry run shows it, and does none of it ------------------------------------------------

tool start --dry-run >"$base/seen" 2>&1
is "$? $(paused)" '0 0 0' 'a dry run pauses nobody'
like "$(grep -c 'here   PAUSE "airflow" at 127.0.0.1:' "$base/seen")" 2 'but shows it'
is "$(awk '/here +PAUSE/ { paused = NR } /CONNECTION LIMIT 0/ && !fenced { fenced = NR } END { print (paused && paused < fenced) }' "$base/seen")" \
    1 'before the fence'

# --- there and back under load ------------------------------------------------------------

make_ledger_table
for i in "${POOLERS[@]}"; do
    start_ledger "host=127.0.0.1 port=$((POOLER_PORT + i)) user=airflow dbname=airflow" "$base/ledger$i" $((1 + 10 * i)) 6 150
done
mark() { for i in "${POOLERS[@]}"; do wc -l <"$base/ledger$i"; done | paste -sd ' '; }
await_acknowledged "$base/ledger0" 100
await_acknowledged "$base/ledger1" 100

tool start >"$base/out" 2>&1
is "$? $(state)" '0 verified' 'start under load' || cat "$base/out"
steps_of "$base/state/journal" | sed -n '/^fence.begin$/,$p' >"$base/steps.start"
started=$(steps_of "$base/state/journal" | wc -l)
is "$(paused)" '1 1' 'the clients are held'
like "$(tool status)" '^clients +wait in their poolers' 'status says so'
like "$(cat "$base/out")" 'drops clients that wait for longer than 120 s' 'the patience of the poolers is told'
is "$(grep -c 'pool_mode' "$base/out")" 0 'and no more than that'
is "$(admin "$BLUE_PORT" "SELECT count(*) FROM pg_stat_activity WHERE usename = 'airflow'")" 0 'no pooler is on blue'
is "$(awk -F '\t' '$4 ~ /^clients_held=[1-9]/ { held = NR } $3 == "end" && /action=fence/ { fenced = NR }
    END { print (held > 0 && held < fenced) }' "$base/state/journal")" 1 'the journal knew before the fence'
tool cutover --dry-run >"$base/seen" 2>&1
is "$? $(paused) $(leads_to)" "0 1 1 $BLUE_PORT $BLUE_PORT" 'a dry cutover leaves them held'
is "$(grep -c "here   lead \"airflow\" to green in $base/pooler\|here   RELOAD and RESUME \"airflow\" at 127.0.0.1:" "$base/seen")" 4 \
    'but shows how they move'
begun=$(now_ms)
tool cutover >"$base/seen" 2>&1
is "$? $(state)" '0 switched' 'cutover under load' || cat "$base/seen"
steps_of "$base/state/journal" | tail -n "+$((started + 1))" >"$base/steps.cutover"
switched=$(steps_of "$base/state/journal" | wc -l)
took=$(($(now_ms) - begun))
[ "$took" -lt 2000 ] && ok "cutover took $took ms" || not_ok "cutover took $took ms"
like "$(cat "$base/seen")" 'the clients go on; they were held for [0-9.]+ s' 'it says how long they were held'
is "$(paused) $(leads_to)" "0 0 $GREEN_PORT $GREEN_PORT" 'both poolers lead to green, and hold nobody'
is "$(sed "s/ port=$GREEN_PORT / port=$BLUE_PORT /" "$base/pooler0.ini" | diff - "$base/pooler0.was")" '' \
    'one word of the file is another'
await_acknowledged "$base/ledger0" 100
await_acknowledged "$base/ledger1" 100
is "$(errors_of "$base"/ledger[01])" '' 'not one transaction failed'
echo "# the longest transaction over start and cutover: $(longest_of "$base/ledger0") ms, $(longest_of "$base/ledger1") ms"

read -r mark0 mark1 <<<"$(mark)"
begun=$(now_ms)
tool rollback >"$base/seen" 2>&1
is "$? $(state)" '0 rolled_back' 'rollback under load' || cat "$base/seen"
steps_of "$base/state/journal" | tail -n "+$((switched + 1))" >"$base/steps.rollback"
took=$(($(now_ms) - begun))
[ "$took" -lt 2000 ] && ok "rollback took $took ms" || not_ok "rollback took $took ms"
is "$(paused) $(leads_to)" "0 0 $BLUE_PORT $BLUE_PORT" 'both poolers lead to blue'
await_acknowledged "$base/ledger0" 100
await_acknowledged "$base/ledger1" 100
stop_ledgers
echo "# the longest transaction over the rollback: $(longest_of "$base/ledger0" "$mark0") ms, $(longest_of "$base/ledger1" "$mark1") ms"
is "$(errors_of "$base"/ledger[01])" '' 'not one transaction failed on the way back'
{ rows_on "$BLUE_PORT"; rows_in_archive; } | LC_ALL=C sort >"$base/there"
ledger_is_true 'there and back' "$base/there" "$base/ledger0" "$base/ledger1"
[ "$(rows_in_archive | wc -l)" -ge 200 ] && ok 'the archive has what was written on green' ||
    not_ok 'the archive has what was written on green'
are_as_they_were 'the files are what they were'
no_secret 'no password in journal, logs and messages'
is "$(stat -c %a "$base"/state/pooler.*.blue | sort -u)" 600 'what the files were is private'
tool finish >"$base/out" 2>&1
is "$? $(ls "$base"/state/pooler.* 2>/dev/null)" '0 ' 'and gone at the end'
rm -rf "$base/state"

# --- held, and not cut over: the clients go on with blue ------------------------------------

crash_pooler 1
start_pooler 1 # it has not spoken to a server yet
await 10 console 1 'SHOW VERSION' >/dev/null
tool start >"$base/out" 2>&1
is "$? $(paused)" '0 1 1' 'held again'
for i in "${POOLERS[@]}"; do
    through "$i" "SELECT 'waited'" >"$base/waiter$i.out" &
    waiters[i]=$!
done
waits() { [ "$(for i in "${POOLERS[@]}"; do console "$i" 'SHOW POOLS' | awk -F '|' '$1 == "airflow" { print $4 }'; done | paste -sd ' ')" = '1 1' ]; }
await 10 waits || not_ok 'nobody waits'
begun=$(now_ms)
tool abort >"$base/out" 2>&1
is "$? $(state) $(paused)" '0 aborted 0 0' 'abort lets the clients go'
wait "${waiters[@]}"
took=$(($(now_ms) - begun))
is "$(cat "$base"/waiter[01].out | paste -sd ' ')" 'waited waited' 'who has waited is served'
[ "$took" -lt 3000 ] && ok "within $took ms" || not_ok "within $took ms"
is "$(for i in "${POOLERS[@]}"; do console "$i" 'SHOW CONFIG' | sed -n 's/^server_login_retry|\([^|]*\).*/\1/p'; done | paste -sd ' ')" \
    '15 15' 'no setting of the poolers is left changed'
are_as_they_were 'abort leaves the files alone'
writes 'the clients write on blue'

# A transaction that does not end in time.
sed -i 's/^pause = .*/pause = 1/' "$base/switch.conf"
mkfifo "$base/open.sql"
PGPASSWORD=$CLIENT_PASSWORD "$bin/psql" -XAtq -h 127.0.0.1 -p "$POOLER_PORT" -U airflow -d airflow \
    -f "$base/open.sql" >"$base/open.out" 2>&1 &
exec 4>"$base/open.sql"
echo "BEGIN; SELECT 'open';" >&4
await 10 grep -q open "$base/open.out"
tool start >"$base/out" 2>&1
is "$? $(state) $(paused)" '10 unfenced 0 0' 'a transaction that stays open: blue is not fenced, nobody waits'
like "$(cat "$base/out")" 'waited 1 s for transactions of the clients to end' 'and that is said'
echo "INSERT INTO dag_run (dag_id) VALUES ('open'); COMMIT; SELECT 'done';" >&4
await 10 grep -q 'done' "$base/open.out" && ok 'it can go on' || not_ok 'it can go on' "$(cat "$base/open.out")"
exec 4>&-
wait
cp "$base/switch.keep" "$base/switch.conf"
STAND_IN_MIGRATE_FAILS=1 tool start >"$base/out" 2>&1
is "$? $(state) $(paused)" '5 detached 1 1' 'a migration that fails: the clients wait until somebody decides'
tool abort >"$base/out" 2>&1
is "$(state) $(paused)" 'aborted 0 0' 'abort does'

# --- killed while the clients are held -------------------------------------------------------

longest=0
let_go() { # what has happened, state after it
    local begun took

    begun=$(now_ms)
    is "$(through 0 "INSERT INTO dag_run (dag_id) VALUES ('killed') RETURNING 'written'")" written "$1: the clients write"
    took=$(($(now_ms) - begun))
    [ "$took" -le "$longest" ] || longest=$took
    [ "$took" -lt 3000 ] && ok "$1: after $took ms" || not_ok "$1: after $took ms" "$(cat "$base/state/watchdog.log")"
    is_let_go() { [ "$(paused) $(state)" = "0 0 $2" ]; }
    await 10 is_let_go "$1" "$2" && ok "$1: $2, nobody is held" || not_ok "$1: $2, nobody is held" "$(paused) $(state)"
}

for point in fact.clients_held:before fact.clients_held:after fence.end:before fence.end:after drain.end:before; do
    killed start "${point%:*}" "${point##*:}" || not_ok "$point was not reached"
    let_go "$point" unfenced
done
for point in promote:after verify.end:before commit.end:before; do
    verb=start
    if [ "${point%.*}" = commit ]; then
        tool start >>"$base/out" 2>&1
        verb=cutover
    fi
    killed "$verb" "${point%:*}" "${point##*:}" || not_ok "$point was not reached"
    let_go "$point" given_up
done
echo "# killed while the clients are held: they go on after $longest ms at most"
are_as_they_were 'kills before the point of no return leave the files alone'

# Without a watchdog: at every record of the journal, before and after, and carried on.
sed -i 's#^state_directory.*#&\nwatchdog = no#' "$base/switch.conf"
kill_through start verified <"$base/steps.start"
is "$(paused) $(leads_to)" "1 1 $BLUE_PORT $BLUE_PORT" 'killed all through the start: the clients are held'
kill_through cutover switched <"$base/steps.cutover"
is "$(paused) $(leads_to) $masters" "0 0 $GREEN_PORT $GREEN_PORT 01" \
    'killed all through the cutover: the clients are on green'
writes 'where they write'
kill_through rollback rolled_back <"$base/steps.rollback"
is "$(paused) $(leads_to) $masters" "0 0 $BLUE_PORT $BLUE_PORT 10" \
    'killed all through the rollback: the clients are back on blue'
cp "$base/switch.keep" "$base/switch.conf"
are_as_they_were 'and the files are what they were'
writes 'where they write again'
tool finish >>"$base/out" 2>&1
rm -rf "$base/state"

# --- a pooler dies; a file that is not the pooler's --------------------------------------------

tool start >"$base/out" 2>&1
killed cutover commit.end after || not_ok 'commit.end was not reached'
crash_pooler 1
tool resume >"$base/out" 2>&1
is "$? $(state)" '0 switched' 'a pooler that has died does not stop the cutover'
like "$(cat "$base/out")" "$((POOLER_PORT + 1))/pgbouncer does not run" 'and is told'
start_pooler 1
is "$(leads_to)" "$GREEN_PORT $GREEN_PORT" 'when it runs again it leads to green'
writes 'the clients write on green'
crash_pooler 0
tool rollback >"$base/out" 2>&1
is "$? $(state)" '0 rolled_back' 'nor the rollback'
start_pooler 0
is "$(paused) $(leads_to)" "0 0 $BLUE_PORT $BLUE_PORT" 'both lead to blue'
tool finish >>"$base/out" 2>&1
rm -rf "$base/state"

# One that hangs: the others' clients do not wait for it, and it is not forgotten.
cp "$base/poolers.url" "$base/poolers.keep"
sed -i 's/$/\&connect_timeout=2/' "$base/poolers.url"
hung=$(cat "$base/pooler0.pid")
tool start >"$base/out" 2>&1
kill -STOP "$hung"
tool abort >"$base/abort.out" 2>&1 &
aborting=$!
begun=$(now_ms)
is "$(through 1 "SELECT 'served'")" served 'a pooler hangs in an abort: the clients of the other one are served'
took=$(($(now_ms) - begun))
[ "$took" -lt 1500 ] && ok "after $took ms" || not_ok "after $took ms"
wait "$aborting"
is "$? $(state)" '4 aborting' 'the abort says that it is not over'
like "$(cat "$base/abort.out")" "$POOLER_PORT/pgbouncer: no answer in 2 s" 'and why' 
kill -CONT "$hung"
tool resume >"$base/out" 2>&1
is "$? $(state) $(paused)" '0 aborted 0 0' 'until that pooler answers'
killed start drain.end after || not_ok 'drain.end was not reached'
kill -STOP "$hung"
await 20 grep -q 'no answer in 2 s' "$base/state/watchdog.log" || not_ok 'the watchdog did not try'
kill -CONT "$hung"
is_unfenced() { [ "$(paused) $(state)" = '0 0 unfenced' ]; }
await 30 is_unfenced && ok 'the watchdog tries until all are let go' ||
    not_ok 'the watchdog tries until all are let go' "$(paused) $(state)"
tool abort >"$base/out" 2>&1
cp "$base/poolers.keep" "$base/poolers.url"

cp -p "$base/pooler1.ini" "$base/unread.ini"
sed -i "s#^file = .*#file = $base/pooler0.ini $base/unread.ini#" "$base/switch.conf"
tool start >"$base/out" 2>&1
tool cutover >"$base/out" 2>&1
is "$? $(state) $(paused)" '7 promoted 0 1' 'a pooler that does not follow: its clients are not let go to a fenced blue'
like "$(cat "$base/out")" "leads \"airflow\" to 127.0.0.1:$BLUE_PORT and not to 127.0.0.1:$GREEN_PORT" 'and it is named'
cp "$base/switch.keep" "$base/switch.conf"
sed -i "s/ port=$BLUE_PORT / port=$GREEN_PORT /" "$base/pooler1.ini"
tool resume >"$base/out" 2>&1
is "$? $(state) $(paused) $(leads_to)" "0 switched 0 0 $GREEN_PORT $GREEN_PORT" 'corrected: resume goes on'

finish_tests
