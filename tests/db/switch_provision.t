#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# switch_provision.t - replicas that a program of the operator's makes (provision = hook):
# refused, failed, killed, and a whole switch on them.
# shellcheck disable=SC2015
set -u
# shellcheck source=tests/db/switch_lib.sh
. "${srcdir:-.}/tests/db/switch_lib.sh"
begin_switch_tests

# What an operator would write: whatever is left there goes, a copy of blue is started.
printf '127.0.0.1:*:*:admin:%s\n' 'adm\:in\\p@ss' >"$base/pass"
chmod 600 "$base/pass"
[ "$(id -u)" -ne 0 ] || chown "$SERVER_USER" "$base/pass"
cat >"$base/maker" <<EOF
#!/bin/bash
$(declare -f as_server stop_server)
bin=$bin SERVER_USER=$SERVER_USER directory=\$AIRSHIFT_DATA_DIRECTORY
echo "\$1 \$AIRSHIFT_EVENT \$AIRSHIFT_TARGET \$AIRSHIFT_PORT \$directory \${AIRSHIFT_SWITCH:+known}" >>"$base/maker.seen"
mode=\$(cat "$base/maker.mode")
case \$mode in
fail) exit 3 ;;
nothing) exit 0 ;;
hang) exec sleep 600 ;;
esac
stop_server "\$directory"
rm -rf "\$directory"
master="host=127.0.0.1 port=$BLUE_PORT user=admin passfile=$base/pass"
[ "\$mode" != strange ] || master="host=$base port=$OTHER_PORT user=admin"
as_server "\$bin/pg_basebackup" -D "\$directory" -R -X stream --checkpoint=fast -w -d "\$master" || exit 1
printf "port = %s\nunix_socket_directories = '$base'\nlisten_addresses = '127.0.0.1'\n" "\$AIRSHIFT_PORT" |
    as_server tee -a "\$directory/postgresql.conf" >/dev/null
as_server "\$bin/pg_ctl" -D "\$directory" -w -l "\$directory.log" start >/dev/null
EOF
chmod 755 "$base/maker"
mode() { echo "$1" >"$base/maker.mode"; }
calls() { sed -n "\$=" "$base/maker.seen" 2>/dev/null || true; }

mode whole
refused "s/^port = $GREEN_PORT/&\nprovision = hook/" 3 '.green. provision_hook is missing' 'no hook'
refused "s#^port = $GREEN_PORT#&\nprovision_hook = $base/maker#" 3 \
    '.green. provision_hook goes with provision = hook only' 'a hook that is not asked for'
sed -i -e "s#^port = $GREEN_PORT#&\nprovision = hook\nprovision_hook = $base/maker first#" \
    -e "s#^port = $SPARE_PORT#&\nprovision = hook\nprovision_hook = $base/maker second#" "$base/switch.conf"
refused 's#^provision_hook = .*maker second#provision_hook = /nowhere/maker#' 3 \
    'provision_hook "/nowhere/maker": No such file' 'a hook that is not there'
refused 's#^provision_hook = .*maker second#provision_hook = maker#' 3 'provision_hook must be an absolute path' \
    'a hook without a path'
is "$(calls)" '' 'no hook was run'
tool start --dry-run >"$base/out" 2>&1
is $? 0 'a dry run' || cat "$base/out"
like "$(cat "$base/out")" "run $base/maker first with AIRSHIFT_EVENT=provision and AIRSHIFT_TARGET=green" \
    'the dry run shows the hook'
is "$(calls)" '' 'the dry run does not run it'

# --- what a hook can do wrong ----------------------------------------------------------------

mode fail
tool start >"$base/out" 2>&1
is $? 7 'a hook that fails: exit code'
like "$(cat "$base/out")" 'green: provision_hook ended with exit code 3' 'a hook that fails: reason'
mode nothing
tool start >"$base/out" 2>&1
is $? 7 'a hook that makes nothing: exit code'
like "$(cat "$base/out")" "provision_hook ended, but no server runs in \"$base/green\"" 'a hook that makes nothing: reason'
# A good replica, but of another master.
as_server "$bin/initdb" -D "$base/stranger" -U admin -A trust -E UTF8 --locale=C.UTF-8 -N >/dev/null
printf "port = %s\nunix_socket_directories = '%s'\nlisten_addresses = ''\n" "$OTHER_PORT" "$base" |
    as_server tee -a "$base/stranger/postgresql.conf" >/dev/null
as_server "$bin/pg_ctl" -D "$base/stranger" -w -l "$base/stranger.log" start >/dev/null
as_server "$bin/createdb" -h "$base" -p "$OTHER_PORT" -U admin airflow
mode strange
tool start >"$base/out" 2>&1
is $? 7 'a hook that makes a replica of another master: exit code'
like "$(cat "$base/out")" 'the green server is no copy of blue' 'a hook that makes a replica of another master: reason'
is "$(client "$BLUE_PORT" "INSERT INTO dag_run (dag_id) VALUES ('meanwhile') RETURNING 'written'")" written \
    'blue serves meanwhile'
stop_server "$base/green"
stop_server "$base/stranger"

# --- killed ------------------------------------------------------------------------------------

mode hang
before=$(calls)
"$SWITCH_TOOL" switch start --config "$base/switch.conf" >"$base/out" 2>&1 &
pid=$!
is_called() { [ "$(calls)" != "$before" ]; }
await 20 is_called && ok 'a hook that hangs' || not_ok 'a hook that hangs'
hook=$(pgrep -P "$pid" | head -n 1)
kill -9 "$pid"
wait "$pid" 2>/dev/null
is_gone() { ! kill -0 "$hook" 2>/dev/null; }
await 20 is_gone && ok 'it ends with airshift' || not_ok 'it ends with airshift'
mode whole
for moment in before after; do
    killed start provision-hook "$moment" && ok "killed $moment the hook" || not_ok "killed $moment the hook"
done
before=$(calls)
tool start --until provisioned >"$base/out" 2>&1
is $? 0 'the next one goes on' || cat "$base/out"
is "$(state)" provisioned 'provisioned'
is "$(($(calls) - before))" 1 'the server that was there is not made again'
is "$(tail -n 1 "$base/maker.seen")" "second provision spare $SPARE_PORT $base/spare known" 'what the hook is told'
tool start --until provisioned >"$base/out" 2>&1
is "$? $(($(calls) - before))" '0 1' 'again: nothing is made'

# --- a whole switch, and one more after an abort --------------------------------------------------

tool start >"$base/out" 2>&1
is "$? $(state)" '0 verified' 'start' || cat "$base/out"
tool abort >"$base/out" 2>&1
is "$? $(state)" '0 aborted' 'abort'
like "$(cat "$base/out")" 'the adopted green server in .* was promoted: it is stopped' 'what the hook made is not removed'
before=$(calls)
tool start >"$base/out" 2>&1
is "$? $(state)" '0 verified' 'start once more' || cat "$base/out"
is "$(($(calls) - before))" 1 'green alone is made anew: the spare follows blue still'
tool cutover >"$base/out" 2>&1
is "$? $(state)" '0 switched' 'cutover'
is "$(client "$GREEN_PORT" "INSERT INTO dag_run (dag_id) VALUES ('on green') RETURNING run_after IS NULL")" t \
    'clients write on green'
tool rollback >"$base/out" 2>&1
is "$? $(state)" '0 rolled_back' 'rollback'
is_writable "$BLUE_PORT" && ok 'blue serves again' || not_ok 'blue serves again'
tool finish >"$base/out" 2>&1
is "$? $(state)" '0 finished' 'finish'
is "$(stat -c %F "$base/green/PG_VERSION")" 'regular file' 'green was not removed'
is "$(grep -cF -e "$ADMIN_PASSWORD" -e "$ADMIN_PASSWORD_URL" "$base/maker.seen")" 0 'the hook was given no password'

finish_tests
