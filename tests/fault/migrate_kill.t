#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# airshift migrate under kill -9 of itself and of the server, under locks, without
# privileges, without space, beside another one, and on databases it must not touch.
# Killed however often, the result is that of the real `airflow db migrate`.
#
#   migrate_kill.t [--rows N] [--only SECTION] [--keep]
#
# Needs a build with --enable-fault-injection (AIRSHIFT names the binary). Sections:
# fused points quarantine server write chain stops discard lock role disk two revisions middle empty
# durability dry url.
# AIRSHIFT_TEST_SEED makes the random moments the same again.

set -u
# shellcheck source=../oracle/oracle.sh
. "$(dirname "$0")/../oracle/oracle.sh"
# shellcheck source=../lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"

rows=300
only=
while [ $# -gt 0 ]; do
    case $1 in
    --rows) rows=$2 && shift ;;
    --only) only=$2 && shift ;;
    --keep) ORACLE_KEEP=1 ;;
    *) sed -n '3,12s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
    esac
    shift
done
for version in 2.11.2 3.3.2; do
    if ! airflow_env "$version" >/dev/null; then
        echo "1..0 # SKIP Airflow $version cannot be installed here"
        exit 77
    fi
done
if ! binary=$(oracle_airshift); then
    echo '1..0 # SKIP there is no airshift binary'
    exit 77
fi
export AIRFLOW__CORE__FERNET_KEY=$ORACLE_FERNET_KEY
RANDOM=${AIRSHIFT_TEST_SEED:-$$}
SOURCE_REVISION=$(airflow_head 2.11.2)
TARGET_REVISION=$(airflow_head 3.3.2)

mounted=
end() {
    local pid
    for pid in $(jobs -p); do
        kill -9 "$pid" 2>/dev/null
    done
    oracle_end
    [ -z "$mounted" ] || umount "$mounted"
}

wanted() { [ -z "$only" ] || [ "$only" = "$1" ]; }

# migrate DATABASE [ARG ...]: output in $out, exit code in $status.
migrate() {
    local database=$1
    shift
    out=$(timeout 300 "$binary" migrate --url "$(pg_url "$database")" --progress none "$@" 2>&1)
    status=$?
}

# A database of that name, whatever was there: pg_create refuses to replace one.
fresh() { pg_drop "$1" && pg_create "$@"; }

sql() { pg_psql "$1" -At -c "$2"; }
revision() { sql "$1" "SELECT string_agg(version_num, ' ') FROM alembic_version"; }

left() {
    sql "$1" "SELECT 'schema ' || nspname FROM pg_namespace WHERE nspname LIKE 'airshift%'
        UNION ALL SELECT 'trigger ' || tgname FROM pg_trigger WHERE tgname LIKE 'airshift%'
        UNION ALL SELECT 'relation ' || relname FROM pg_class WHERE relname LIKE 'airshift%'
        UNION ALL SELECT 'not valid ' || conname FROM pg_constraint WHERE NOT convalidated
        UNION ALL SELECT 'invalid ' || indexrelid::regclass FROM pg_index WHERE NOT indisvalid"
}

# All that the old version can see: schema (without guards), rows, sequences.
fingerprint() {
    "$PGT_BIN/pg_dump" -h 127.0.0.1 -p "$PGT_PORT" -U postgres --schema-only -N airshift -N airshift_new "$1" |
        grep -v -e '^--' -e '^.restrict' -e '^.unrestrict' -e 'TRIGGER airshift_guard' -e '^$'
    sql "$1" "SELECT format('SELECT %L, count(*), md5(string_agg(md5(t::text || xmin::text), '''' ORDER BY ctid)) FROM %I t;',
            relname, relname) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1" |
        pg_psql "$1" -At -f -
    sql "$1" "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public' ORDER BY 1"
}

is_unchanged() { # database file name
    local now

    now=$(mktemp "$ORACLE_WORK/now.XXXXXX")
    fingerprint "$1" >"$now"
    if cmp -s "$2" "$now"; then
        ok "$3: the database is unchanged"
    else
        not_ok "$3: the database is unchanged" "$(diff "$2" "$now")"
    fi
}

is_finished() { # database name
    is "$(revision "$1")" "$TARGET_REVISION" "$2: it is at the new version"
    is "$(left "$1")" '' "$2: nothing of airshift's is left"
}

is_like() { # reference database source name
    local difference

    if difference=$(oracle_compare "$1" "$2" "$3" "$since" --quiet); then
        ok "$4: the same database as $1's"
    else
        not_ok "$4: the same database as $1's" "$difference"
    fi
}

# After a kill the database is whole: at its old version until the swap, then at the new.
is_whole() { # database
    local version count

    version=$(revision "$1")
    count=$(sql "$1" 'SELECT count(*) FROM task_instance')
    case $version in
    "$SOURCE_REVISION" | "$TARGET_REVISION") [ "$count" = "$instances" ] ;;
    *) false ;;
    esac
}

dies_at() { # name database step:moment [arg ...]
    local name=$1 database=$2 point=$3
    shift 3
    export AIRSHIFT_TEST_KILL_AT=$point
    migrate "$database" "$@"
    unset AIRSHIFT_TEST_KILL_AT
    if [ "$status" -eq 137 ]; then
        ok "$name"
    else
        not_ok "$name" "exit $status: $out"
    fi
}

server_crash() {
    (cd / && pgt_as "$PGT_BIN/pg_ctl" -D "$PGT_DIR/data" -w -t 60 -s -m immediate stop) >/dev/null 2>&1
}

server_start() {
    (cd / && pgt_as "$PGT_BIN/pg_ctl" -D "$PGT_DIR/data" -w -t 120 -s -l "$PGT_DIR/server.log" \
        -o "-p $PGT_PORT" start) >/dev/null 2>&1
}

# --- what all sections start from ----------------------------------------------------------

oracle_begin
trap end EXIT
pg_start synchronous_commit=on || exit 1
oracle_fresh 2.11.2 empty_source && pg_create source empty_source || exit 1
oracle_populate source --rows "$rows" || exit 1
# Wide rows: over 2048 pages of task instances, so that the chain works in batches; over 64
# of the others, so that they are copied in ranges.
pg_psql source -c "
INSERT INTO dag_run (dag_id, execution_date, run_id, run_type, clear_number, log_template_id, conf, state)
SELECT 'bulk', '2023-01-01'::timestamptz + n * interval '1 min', 'bulk_' || n, 'scheduled', 0,
       (SELECT max(id) FROM log_template), '\x80057d942e', 'success' FROM generate_series(1, 3000) n;
INSERT INTO task_instance (task_id, dag_id, run_id, map_index, state, pool, pool_slots, try_number, max_tries, hostname,
                           queued_dttm, start_date)
SELECT 'task_' || t, 'bulk', 'bulk_' || n, -1, 'success', 'default_pool', 1, 1, 0, repeat(md5((n * t)::text), 14),
       '2023-01-01'::timestamptz + n * interval '1 min', '2023-01-01'::timestamptz + n * interval '1 min'
FROM generate_series(1, 3000) n, generate_series(1, 12) t;
INSERT INTO xcom (dag_run_id, task_id, map_index, key, dag_id, run_id, value, timestamp)
SELECT r.id, 'task_' || t, -1, 'return_value', 'bulk', r.run_id,
       convert_to('{\"v\": \"' || repeat(md5((r.id * t)::text), 10) || '\", \"n\": NaN}', 'UTF8'), r.execution_date
FROM dag_run r, generate_series(1, 5) t WHERE r.dag_id = 'bulk';
INSERT INTO task_instance_history (task_id, dag_id, run_id, map_index, try_number, state, pool, pool_slots, max_tries, hostname)
SELECT task_id, dag_id, run_id, map_index, 0, 'failed', pool, pool_slots, max_tries, hostname FROM task_instance
WHERE task_id IN ('task_1', 'task_2', 'task_3') AND dag_id = 'bulk'" -c ANALYZE || exit 1
instances=$(sql source 'SELECT count(*) FROM task_instance')
since=$(date +%s)
needs_real=0
for section in fused points server chain disk middle; do
    if wanted "$section"; then
        needs_real=1
    fi
done
if [ "$needs_real" = 1 ]; then
    pg_create real source
    if ! oracle_real real 3.3.2 || ! oracle_arrived real 3.3.2; then
        echo 'Bail out! the real migration failed'
        exit 1
    fi
fi
fingerprint source >"$ORACLE_WORK/source.print"

# --- the tool killed, fused ------------------------------------------------------------------

# Jobs finished and ranges copied; 0 before the first and after the last.
progress() {
    sql "$1" "SELECT (SELECT count(*) FROM airshift.job WHERE finished IS NOT NULL) +
        (SELECT count(*) FROM airshift.job_range)" 2>/dev/null || echo 0
}

has_ended_or_passed() { # pid progress
    ! kill -0 "$1" 2>/dev/null || [ "$(progress work)" -gt "$2" ]
}

if wanted fused; then
    fresh plain source
    migrate plain
    is "$status" 0 'undisturbed: migrated'
    is_like real plain source 'undisturbed'

    fresh work source
    kills=0 whole=yes seeds="" went_on=no reached=0
    while [ "$kills" -lt 60 ]; do
        # By progress, not by the clock: how fast the machine is must not matter.
        "$binary" migrate --url "$(pg_url work)" --progress none >"$ORACLE_WORK/out" 2>&1 &
        tool=$!
        goal=$((reached + RANDOM % 20))
        await 300 has_ended_or_passed "$tool" "$goal"
        kill -9 "$tool" 2>/dev/null
        wait "$tool"
        status=$?
        reached=$(progress work)
        # Not the last run must say it: that one may find all but the end done.
        ! grep -q 'going on' "$ORACLE_WORK/out" || went_on=yes
        [ "$status" -eq 137 ] || break
        kills=$((kills + 1))
        is_whole work || whole="no, after kill $kills: $(revision work)"
        seed=$(sql work "SELECT seed FROM airshift.run" 2>/dev/null)
        case " $seeds " in *" $seed "*) ;; *) seeds="$seeds $seed" ;; esac
    done
    echo "# killed $kills times"
    is "$status" 0 'killed at random: it gets to the end'
    is "$whole" yes 'killed at random: the database is whole after each kill'
    if [ "$kills" -ge 3 ]; then
        ok 'killed at random: at least three times'
    else
        not_ok 'killed at random: at least three times' "$kills"
    fi
    is "$(wc -w <<<"$seeds")" 1 'killed at random: all runs have one seed'
    is "$went_on" yes 'killed at random: a run went on where the one before was'
    is_finished work 'killed at random'
    is_like real work source 'killed at random'
    is_like plain work source 'killed at random'
fi

if wanted points; then
    fresh work source
    for point in begin:after guard:after swap:before; do
        dies_at "killed at $point" work "$point"
        is_unchanged work "$ORACLE_WORK/source.print" "killed at $point"
    done
    out=$("$binary" status --url "$(pg_url work)" 2>&1)
    like "$out" '3\.3' 'status tells of the migration under way'
    dies_at 'killed right after the swap' work swap:after
    is "$(revision work)" "$TARGET_REVISION" 'killed right after the swap: it is at the new version'
    migrate work
    is "$status" 0 'killed right after the swap: the same command finishes it'
    is_finished work 'killed right after the swap'
    is_like real work source 'killed five times'
    fresh work2 source
    dies_at 'killed right before the end' work2 end:before
    migrate work2
    is "$status" 0 'killed right before the end: the same command finishes it'
    is_finished work2 'killed right before the end'
fi

# --- killed while rows are set aside ----------------------------------------------------------

# What a migration with rows set aside has made, and what it has kept.
aside_result() {
    sql "$1" "SELECT 'archived ' || (SELECT string_agg(id::text, ' ' ORDER BY id) FROM _airshift_quarantine__dataset) || ' ' ||
            (SELECT count(*) FROM _airshift_quarantine__dag_schedule_dataset_reference) || ' ' ||
            (SELECT string_agg(key, ' ' ORDER BY key) FROM _airshift_quarantine__xcom)
        UNION ALL SELECT 'xcom ' || count(*) || ' ' || md5(string_agg(value::text, '' ORDER BY dag_run_id, task_id, map_index, key)) FROM xcom
        UNION ALL SELECT 'ti ' || count(*) FROM task_instance
        UNION ALL SELECT 'asset ' || coalesce(string_agg(id::text, ' ' ORDER BY id), '') FROM asset WHERE id > 90000
        UNION ALL SELECT 'active ' || count(*) FROM asset_active WHERE name LIKE 'uu%'
        UNION ALL SELECT 'references ' || count(*) FROM dag_schedule_asset_reference WHERE dag_id = 'aside'
        ORDER BY 1" # without it the server may answer in any order
}

if wanted quarantine; then
    fresh bad source
    pg_psql bad -c "
INSERT INTO dag (dag_id, has_task_concurrency_limits, max_active_tasks, max_consecutive_failed_dag_runs) VALUES ('aside', false, 16, 0);
INSERT INTO dataset (id, uri, extra, created_at, updated_at, is_orphaned) VALUES
    (90007, repeat('u', 1501), '{}', now(), now(), false), (90008, 's3://stays', '{}', now(), now(), false);
INSERT INTO dag_schedule_dataset_reference (dataset_id, dag_id, created_at, updated_at) VALUES
    (90007, 'aside', now(), now()), (90008, 'aside', now(), now());
INSERT INTO xcom (dag_run_id, task_id, map_index, key, dag_id, run_id, value, timestamp)
    SELECT id, 'task_1', -1, 'aside', dag_id, run_id, 'not JSON', now() FROM dag_run WHERE run_id = 'bulk_77'"
    fingerprint bad >"$ORACLE_WORK/bad.print"
    fresh plain bad
    migrate plain --quarantine --verify-rows
    is "$status" 0 'rows set aside, undisturbed: migrated, and the rows that stay are verified'
    is_finished plain 'rows set aside, undisturbed'
    aside_result plain >"$ORACLE_WORK/aside.expected"
    like "$(cat "$ORACLE_WORK/aside.expected")" 'archived 90007 1 aside' 'rows set aside, undisturbed: with what refers to them'
    fresh work bad
    for point in aside:before aside:commit aside:after swap:before; do
        dies_at "rows set aside, killed at $point" work "$point" --quarantine
        is_unchanged work "$ORACLE_WORK/bad.print" "rows set aside, killed at $point"
    done
    migrate work --quarantine
    is "$status" 0 'rows set aside, killed four times: the same command finishes it'
    is_finished work 'rows set aside, killed four times'
    is "$(aside_result work)" "$(cat "$ORACLE_WORK/aside.expected")" 'rows set aside, killed four times: the same result'
    fresh work bad
    for point in aside:before aside:after; do
        dies_at "rows set aside, killed at $point again" work "$point" --quarantine
        migrate work
        is "$status" 8 "rows set aside, killed at $point, resumed without --quarantine: refused"
        like "$out" 'set rows aside.*thrown away' "rows set aside, killed at $point: it says what it does"
        is "$(left work)" '' "rows set aside, killed at $point, resumed without --quarantine: nothing is left"
    done
    is_unchanged work "$ORACLE_WORK/bad.print" 'rows set aside, resumed without --quarantine'
    # A table that no row is written of is guarded, too: places of its rows may be kept.
    fresh work bad
    dies_at 'rows set aside, killed, then a write' work aside:after --quarantine
    sql work "UPDATE dag_schedule_dataset_reference SET updated_at = now() WHERE dataset_id = 90007"
    migrate work --quarantine
    is "$status" 0 'rows set aside, killed, then a write: migrated'
    like "$out" 'written to' 'rows set aside, killed, then a write: begun anew'
    is "$(aside_result work)" "$(cat "$ORACLE_WORK/aside.expected")" 'rows set aside, killed, then a write: the same result'
fi

# --- the server killed -------------------------------------------------------------------------

has_begun() {
    [ "$(sql "$1" "SELECT count(*) FROM airshift.job_range" 2>/dev/null || echo 0)" -ge 1 ]
}

if wanted server; then
    fresh work source
    for round in 1 2; do
        timeout 300 "$binary" migrate --url "$(pg_url work)" --progress none --workers 1 \
            >"$ORACLE_WORK/server.log" 2>&1 &
        pid=$!
        await 60 has_begun work || not_ok "server crash $round: the copy did not begin" "$(cat "$ORACLE_WORK/server.log")"
        server_crash
        server_start
        wait "$pid"
        status=$?
        case $status in
        0) ok "server crash $round: the tool goes on by itself" ;;
        4) ok "server crash $round: the tool ends with the exit code of a lost connection" ;;
        *) not_ok "server crash $round: exit 0 or 4" "exit $status: $(cat "$ORACLE_WORK/server.log")" ;;
        esac
        unlike "$(cat "$ORACLE_WORK/server.log")" 'internal|libpq:' "server crash $round: it says what happened"
        if is_whole work; then
            ok "server crash $round: the database is whole"
        else
            not_ok "server crash $round: the database is whole" "$(revision work)"
        fi
    done
    migrate work
    is "$status" 0 'server crashed twice: the same command finishes it'
    is_finished work 'server crashed twice'
    is_like real work source 'server crashed twice'
fi

# --- a write between ---------------------------------------------------------------------------

if wanted write; then
    writes="UPDATE task_instance SET hostname = 'written between' WHERE run_id = 'bulk_7' AND task_id = 'task_3';
        INSERT INTO slot_pool (pool, slots, include_deferred) VALUES ('written between', 5, false);
        DELETE FROM xcom WHERE run_id = 'bulk_9'"
    fresh written source
    pg_psql written -c "$writes"
    fresh plain_written written
    migrate plain_written
    is "$status" 0 'the writes first: migrated'
    fresh work source
    dies_at 'killed when all is built' work swap:before
    pg_psql work -c "$writes"
    migrate work
    is "$status" 0 'written between: migrated'
    like "$out" 'thrown away' 'written between: it says that the build is thrown away'
    is "$(sql work "SELECT count(*) FROM task_instance WHERE hostname = 'written between'")" 1 \
        'written between: the write is in the result'
    is_finished work 'written between'
    is_like plain_written work written 'written between'
    # While it runs, writers wait; readers do not.
    fresh work3 source
    timeout 300 "$binary" migrate --url "$(pg_url work3)" --progress none >"$ORACLE_WORK/held.log" 2>&1 &
    pid=$!
    await 60 has_begun work3
    held=$(pg_psql work3 -At -c "SET lock_timeout = 1" -c "SELECT count(*) > 0 FROM task_instance" 2>&1)
    is "$held" t 'while it builds: reading goes on'
    held=$(pg_psql work3 -At -c "SET lock_timeout = 1" -c "UPDATE task_instance SET pid = 1 WHERE run_id = 'bulk_1'" 2>&1)
    like "$held" 'lock timeout' 'while it builds: a write waits'
    wait "$pid"
    is $? 0 'while it builds: it gets to the end'
fi

# --- the chain executor killed -------------------------------------------------------------------

in_batches() {
    [ "$(sql "$1" "SELECT count(*) FROM airshift.chain WHERE block > 0" 2>/dev/null || echo 0)" -ge 1 ]
}

if wanted chain; then
    fresh work source
    timeout 300 "$binary" migrate --url "$(pg_url work)" --executor chain --progress none >"$ORACLE_WORK/chain.log" 2>&1 &
    pid=$!
    if await 60 in_batches work; then
        kill -9 "$(pgrep -P "$pid")"
        ok 'chain: killed in the middle of the batches'
    else
        not_ok 'chain: killed in the middle of the batches' "$(cat "$ORACLE_WORK/chain.log")"
    fi
    wait "$pid" 2>/dev/null
    migrate work
    is "$status" 7 'chain: the fused executor refuses to start from the middle of a revision'
    like "$out" 'executor chain' 'chain: and says what to do'
    dies_at 'chain: killed before the next big revision' work eed27faa34e3:before --executor chain
    dies_at 'chain: killed after a revision' work e39a26ac59f6:after --executor chain
    kills=0
    while [ "$kills" -lt 60 ]; do
        after=$((100 + RANDOM % (600 + kills * 300)))
        out=$(timeout -s KILL "$((after / 1000)).$(printf %03d $((after % 1000)))" "$binary" migrate \
            --url "$(pg_url work)" --executor chain --progress none 2>&1)
        status=$?
        [ "$status" -eq 137 ] || break
        kills=$((kills + 1))
    done
    echo "# killed $((kills + 3)) times"
    is "$status" 0 'chain: it gets to the end'
    is_finished work 'chain killed'
    is_like real work source 'chain killed'

    # What comes after the revisions, and what a revision dropped before the kill: between the
    # core's revisions and FAB's, too, any executor must end what the chain began.
    for stop in core fab; do
        for executor in fused chain; do
            fresh work empty_source
            pg_psql work -c "DELETE FROM slot_pool" -c "CREATE TABLE mine (task_id varchar(250), dag_id varchar(250),
                run_id varchar(250), map_index integer, CONSTRAINT mine_fkey FOREIGN KEY (dag_id, task_id, run_id, map_index)
                REFERENCES task_instance (dag_id, task_id, run_id, map_index))"
            dies_at 'chain: killed after the last revision of the core' work "$TARGET_REVISION:after" --executor chain
            [ "$stop" = core ] ||
                dies_at 'chain: killed after the last revision of FAB' work 02ca36b0235b:after --executor chain
            fingerprint work >"$ORACLE_WORK/before"
            migrate work --dry-run
            is "$status" 7 "chain, killed after $stop: a dry run refuses"
            is_unchanged work "$ORACLE_WORK/before" "chain, killed after $stop, dry run"
            migrate work --executor "$executor"
            is "$status" 0 "chain, killed after $stop: $executor finishes it"
            is_finished work "chain, killed after $stop, $executor"
            is "$(sql work "SELECT slots FROM slot_pool WHERE pool = 'default_pool'")" 128 \
                "chain, killed after $stop, $executor: the default pool is there"
            is "$(sql work "SELECT count(*) FROM pg_constraint WHERE conname = 'mine_fkey'")" 1 \
                "chain, killed after $stop, $executor: the user's foreign key is there"
        done
    done

    # Between two revisions of the core only the chain knows what fell before.
    fresh work empty_source
    dies_at 'chain: killed between two revisions' work d59cbbef95eb:after --executor chain
    fingerprint work >"$ORACLE_WORK/before"
    migrate work
    is "$status" 7 'chain, killed between two revisions: the fused executor refuses'
    like "$out" 'executor chain' 'chain, killed between two revisions: and says what to do'
    is_unchanged work "$ORACLE_WORK/before" 'chain, killed between two revisions, fused'
    migrate work --executor chain
    is "$status" 0 'chain, killed between two revisions: the chain finishes it'

    # Before the first revision is done nothing has happened yet.
    fresh work empty_source
    first=$(sed -n 's/.*revision \([0-9a-f]\{12\}\) .*/\1/p' "$ORACLE_WORK/chain.log" | head -n 1)
    dies_at 'chain: killed before its first revision' work "$first:before" --executor chain
    migrate work
    is "$status" 0 'chain, killed before its first revision: the fused executor may begin'
    is_finished work 'chain, killed before its first revision'

    # From 2.6 the way is through 2.11, also when it is broken off where 3.x could go on.
    if airflow_env 2.6.3 >/dev/null && oracle_fresh 2.6.3 old_source; then
        pg_psql old_source -c "INSERT INTO trigger (id, classpath, kwargs, created_date)
            VALUES (1, 'a.B', '{\"__var\": {\"n\": 1}, \"__type\": \"dict\"}', now())"
        fresh plain_old old_source
        migrate plain_old --executor chain
        is "$status" 0 'chain from 2.6.3: migrated'
        fresh work old_source
        dies_at 'chain from 2.6.3: killed at 2.8' work 375a816bbbf4:after --executor chain
        migrate work --executor chain
        is "$status" 0 'chain from 2.6.3, killed: the same command finishes it'
        is_finished work 'chain from 2.6.3, killed'
        is_like plain_old work old_source 'chain from 2.6.3, killed'
    else
        skip 'chain from 2.6.3' 'Airflow 2.6.3 cannot be installed here'
    fi
fi

# --- stopped by a signal ------------------------------------------------------------------------

if wanted stops; then
    for signal in TERM INT; do
        fresh work source
        # A shell without job control has its children ignore SIGINT; env gives it back.
        env --default-signal=INT "$binary" migrate --url "$(pg_url work)" --progress none --workers 1 >"$ORACLE_WORK/stop.log" 2>&1 &
        pid=$!
        await 60 has_begun work || not_ok "SIG$signal: the copy did not begin"
        kill "-$signal" "$pid"
        wait "$pid"
        is $? 11 "SIG$signal: exit code 11"
        is "$(sql work "SELECT count(*) FROM pg_stat_activity WHERE datname = 'work' AND application_name LIKE 'airshift%'")" 0 \
            "SIG$signal: none of its sessions is left"
        is_unchanged work "$ORACLE_WORK/source.print" "SIG$signal"
        migrate work
        is "$status" 0 "SIG$signal: the same command finishes it"
    done
fi

# --- given up ----------------------------------------------------------------------------------

if wanted discard; then
    for point in begin:after guard:after swap:before; do
        fresh work source
        dies_at "discard: killed at $point" work "$point"
        migrate work --discard
        is "$status" 0 "discard after $point"
        like "$out" 'is discarded' "discard after $point: says so"
        is "$(left work)" '' "discard after $point: nothing of airshift's is left"
        is_unchanged work "$ORACLE_WORK/source.print" "discard after $point"
    done
    migrate work --discard
    like "$status $out" '^0 .*no interrupted migration' 'discard: there is nothing'
    migrate work
    is "$status" 0 'discard: a migration begins anew'
    is_finished work 'discard'
    fresh work source
    dies_at 'discard: killed after the swap' work swap:after
    migrate work --discard
    like "$status $out" '^7 .*at its new version' 'discard after the swap: refused'
    migrate work
    is_finished work 'discard after the swap'
    fresh work source
    dies_at 'discard: killed in a chain' work e39a26ac59f6:after --executor chain
    migrate work --discard
    is "$status" 7 'discard in a chain: refused'
    like "$out" 'with --executor chain' 'discard in a chain: says how to finish it'
fi

# --- locks -------------------------------------------------------------------------------------

# A session that holds a lock until it is told to let go.
hold() { # database mode
    coproc HOLDER { PGAPPNAME=the-blocker pg_psql "$1" -At; }
    printf 'BEGIN; LOCK TABLE task_instance IN %s MODE; SELECT 1;\n' "$2" >&"${HOLDER[1]}"
    read -r -t 30 <&"${HOLDER[0]}"
}

let_go() {
    local pid=$HOLDER_PID

    printf 'ROLLBACK;\n\\q\n' >&"${HOLDER[1]}"
    wait "$pid" 2>/dev/null
}

if wanted lock; then
    for mode in 'ROW EXCLUSIVE' 'ACCESS EXCLUSIVE'; do
        fresh work empty_source
        fingerprint work >"$ORACLE_WORK/lock.print"
        hold work "$mode"
        migrate work --lock-wait 2
        is "$status" 6 "$mode lock: exit code 6"
        like "$out" 'the-blocker' "$mode lock: it names who holds it"
        like "$out" 'task_instance' "$mode lock: it names the table"
        like "$out" 'hint: .*--lock-wait' "$mode lock: it says what to do"
        let_go
        is_unchanged work "$ORACLE_WORK/lock.print" "$mode lock"
        migrate work
        is "$status" 0 "$mode lock gone: the same command finishes it"
        is_finished work "$mode lock gone"
    done
    fresh work empty_source
    hold work 'ROW EXCLUSIVE'
    timeout 120 "$binary" migrate --url "$(pg_url work)" --progress none >"$ORACLE_WORK/wait.log" 2>&1 &
    pid=$!
    await 60 grep -qs the-blocker "$ORACLE_WORK/wait.log" || not_ok 'it says whom it waits for' "$(cat "$ORACLE_WORK/wait.log")"
    let_go
    wait "$pid"
    is $? 0 'a lock that goes away in time is waited for'
    # A reader with an open transaction is in the way of the swap alone.
    fresh work empty_source
    hold work 'ACCESS SHARE'
    timeout 120 "$binary" migrate --url "$(pg_url work)" --progress none --lock-wait 3 >"$ORACLE_WORK/reader.log" 2>&1
    status=$?
    is "$status" 6 'a reader who does not end: exit code 6'
    like "$(cat "$ORACLE_WORK/reader.log")" 'error: .*the-blocker' 'a reader who does not end: it names who it is'
    is "$(revision work)" "$SOURCE_REVISION" 'a reader who does not end: it is at the old version'
    let_go
    migrate work
    is "$status" 0 'the reader gone: the same command finishes it'
    is_finished work 'the reader gone'
    # The chain takes its locks a revision at a time.
    fresh work empty_source
    hold work 'ROW EXCLUSIVE'
    migrate work --executor chain --lock-wait 2
    is "$status" 6 'the chain and a lock: exit code 6'
    like "$out" 'the-blocker' 'the chain and a lock: it names who holds it'
    let_go
    migrate work --executor chain
    is "$status" 0 'the chain, the lock gone: the same command finishes it'
    is_finished work 'the chain, the lock gone'
fi

# --- privileges --------------------------------------------------------------------------------

if wanted role; then
    pg_psql postgres -c 'CREATE ROLE reader LOGIN' -c 'CREATE ROLE keeper LOGIN'
    fresh work empty_source
    pg_psql work -c 'GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader'
    fingerprint work >"$ORACLE_WORK/role.print"
    url=$(pg_url work)
    out=$(timeout 60 "$binary" migrate --url "${url/postgres@/reader@}" --progress none 2>&1)
    is $? 5 'a role that may only read: exit code 5'
    like "$out" 'permission denied' 'a role that may only read: it says so'
    like "$out" 'hint: .*owns' 'a role that may only read: it says what to do'
    is_unchanged work "$ORACLE_WORK/role.print" 'a role that may only read'
    is "$(left work)" '' 'a role that may only read: nothing of airshift'"'"'s is there'
    sql work "SELECT format('ALTER TABLE %I OWNER TO keeper;', tablename) FROM pg_tables WHERE schemaname = 'public'" |
        pg_psql work -f -
    fingerprint work >"$ORACLE_WORK/role.print"
    for executor in fused chain; do
        out=$(timeout 60 "$binary" migrate --url "${url/postgres@/keeper@}" --progress none --executor "$executor" 2>&1)
        is $? 5 "an owner without CREATE, $executor: exit code 5"
        like "$out" 'permission denied for database' "an owner without CREATE, $executor: it says so"
        like "$out" 'hint: .*GRANT CREATE' "an owner without CREATE, $executor: it says what to do"
        is_unchanged work "$ORACLE_WORK/role.print" "an owner without CREATE, $executor"
    done
    pg_psql work -c 'GRANT CREATE ON DATABASE work TO keeper' -c 'GRANT CREATE ON SCHEMA public TO keeper'
    out=$(timeout 60 "$binary" migrate --url "${url/postgres@/keeper@}" --progress none 2>&1)
    is $? 0 'the privilege granted: the same command finishes it'
    is_finished work 'the privilege granted'
    is "$(sql work "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'")" keeper \
        'the privilege granted: all tables are the owner'"'"'s'
fi

# --- no space ----------------------------------------------------------------------------------

if wanted disk; then
    small=$ORACLE_WORK/small
    mkdir -p "$small"
    chmod 755 "$ORACLE_WORK"
    if mount -t tmpfs -o size=12m,mode=777 tmpfs "$small" 2>/dev/null; then
        mounted=$small
        mkdir "$small/space" && chown "${PGT_USER:-postgres}" "$small/space"
        pg_psql postgres -c "CREATE TABLESPACE small LOCATION '$small/space'"
        fresh work source
        pg_psql postgres -c "ALTER DATABASE work SET default_tablespace = small"
        migrate work
        is "$status" 5 'disk full: exit code 5'
        like "$out" 'No space left' 'disk full: it says so'
        like "$out" 'hint: .*(full|space)' 'disk full: it says what to do'
        is_unchanged work "$ORACLE_WORK/source.print" 'disk full'
        mount -o remount,size=400m "$small"
        migrate work
        is "$status" 0 'disk enlarged: the same command finishes it'
        like "$out" 'going on' 'disk enlarged: what was done is kept'
        is_finished work 'disk enlarged'
        is_like real work source 'disk enlarged'
        pg_drop work
        pg_psql postgres -c 'DROP TABLESPACE small'
        umount "$small" && mounted=
    else
        skip 'disk full' 'no tmpfs can be mounted here'
    fi
fi

# --- two at once -------------------------------------------------------------------------------

if wanted two; then
    fresh work source
    pids=()
    for one in 1 2 3; do
        timeout 300 "$binary" migrate --url "$(pg_url work)" --progress none >"$ORACLE_WORK/two.$one" 2>&1 &
        pids+=($!)
    done
    codes=
    for pid in "${pids[@]}"; do
        wait "$pid"
        codes="$codes $?"
    done
    is "$codes" ' 0 0 0' 'three at once: all succeed'
    is "$(cat "$ORACLE_WORK"/two.? | grep -c 'migrated from')" 1 'three at once: one migrates'
    is "$(cat "$ORACLE_WORK"/two.? | grep -c ' already')" 2 'three at once: the others find nothing to do'
    is_finished work 'three at once'
    # Airflow's own lock.
    fresh work empty_source
    coproc HOLDER { pg_psql work -At; }
    printf 'SELECT pg_advisory_lock(1);\n\\echo held\n' >&"${HOLDER[1]}"
    read -r -t 30 <&"${HOLDER[0]}"
    migrate work --lock-wait 1
    is "$status" 6 "Airflow's migration lock is held: exit code 6"
    like "$out" 'migration lock' "Airflow's migration lock is held: it says so"
    is "$(left work)" '' "Airflow's migration lock is held: nothing of airshift's is there"
    pid=$HOLDER_PID
    printf '\\q\n' >&"${HOLDER[1]}"
    wait "$pid" 2>/dev/null
fi

# --- revisions ---------------------------------------------------------------------------------

# refuses NAME SQL CODE PATTERN [ARG ...]
refuses() {
    local name=$1 change=$2 code=$3 pattern=$4 executor
    shift 4
    for executor in fused chain; do
        fresh refused empty_source
        pg_psql refused -c "$change" >/dev/null
        fingerprint refused >"$ORACLE_WORK/refused.print"
        migrate refused --executor "$executor" "$@"
        is "$status" "$code" "$name, $executor: exit code $code"
        like "$out" "$pattern" "$name, $executor: it says why"
        like "$out" 'hint: ' "$name, $executor: it says what to do"
        is_unchanged refused "$ORACLE_WORK/refused.print" "$name, $executor"
        is "$(left refused)" '' "$name, $executor: nothing of airshift's is there"
    done
}

if wanted revisions; then
    refuses 'unknown revision' "UPDATE alembic_version SET version_num = '0123456789ab'" 9 '"0123456789ab"'
    refuses 'newer than the tool knows' "UPDATE alembic_version SET version_num = 'ffffffffffff'" 9 'newer than this airshift'
    refuses 'two revisions' "INSERT INTO alembic_version VALUES ('d2f4e1b3c5a7')" 7 '2 revisions.*5f2621c13b39.*d2f4e1b3c5a7'
    refuses 'no revision but tables' 'DELETE FROM alembic_version' 7 'alembic_version is missing or empty'
    refuses 'no alembic_version but tables' 'DROP TABLE alembic_version' 7 'alembic_version is missing or empty'
    refuses 'an older target' 'SELECT 1' 9 'newer than 2\.10\.0' --to 2.10.0
    refuses 'an unknown version' 'SELECT 1' 9 '"9\.9\.9"' --to 9.9.9
    refuses 'an unknown target' 'SELECT 1' 9 '"nosuch"' --to nosuch
    refuses 'FAB at an unknown revision' \
        "CREATE TABLE alembic_version_fab (version_num varchar(32) PRIMARY KEY); INSERT INTO alembic_version_fab VALUES ('0123456789ab')" \
        9 'alembic_version_fab'
fi

# --- half-way ----------------------------------------------------------------------------------

if wanted middle; then
    fresh middle source
    if oracle_logged middle airflow_python 3.3.2 "$(pg_url middle)" "$ORACLE_DIR/chain.py" upgrade 9fc3fc5de720; then
        for executor in fused chain; do
            fresh work middle
            migrate work --executor "$executor"
            is "$status" 0 "stopped by Airflow at eed27faa34e3~1, $executor: migrated on"
            is_finished work "stopped by Airflow at eed27faa34e3~1, $executor"
            is_like real work source "stopped by Airflow at eed27faa34e3~1, $executor"
        done
    else
        not_ok 'the real chain stops at eed27faa34e3~1'
    fi
fi

# --- nothing there -----------------------------------------------------------------------------

if wanted empty; then
    for executor in fused chain; do
        fresh work
        migrate work --executor "$executor" --to 3.3.2
        is "$status" 0 "an empty database, $executor: created"
        is_finished work "an empty database, $executor"
        if oracle_logged "check-$executor" airflow_run 3.3.2 "$(pg_url work)" db check-migrations --migration-wait-timeout 10; then
            ok "an empty database, $executor: the real 3.3.2 accepts it"
        else
            not_ok "an empty database, $executor: the real 3.3.2 accepts it"
        fi
        migrate work
        is "$status" 0 "an empty database, $executor: nothing to do the second time"
        like "$out" 'already' "an empty database, $executor: and it says so"
        pg_drop work
    done
    fresh work
    dies_at 'an empty database: killed' work swap:before --to 3.3.2
    migrate work --to 3.3.2
    is "$status" 0 'an empty database, killed: the same command finishes it'
    is_finished work 'an empty database, killed'
fi

# --- durability deferred -------------------------------------------------------------------------

settings() { # database
    sql "$1" "SELECT string_agg(name || '=' || setting, ' ' ORDER BY name) FROM pg_settings
        WHERE name IN ('fsync', 'full_page_writes')"
}
altered() { # database
    sql "$1" "SELECT coalesce(string_agg(name || '=' || setting, ' ' ORDER BY name), 'nothing')
        FROM pg_file_settings WHERE sourcefile LIKE '%auto.conf'"
}

if wanted durability; then
    main_dir=$PGT_DIR main_port=$PGT_PORT
    pg_start fsync=on full_page_writes=on synchronous_commit=on || exit 1
    on='fsync=on full_page_writes=on' off='fsync=off full_page_writes=off'
    pg_create first
    migrate first --to 2.11.2
    is "$status" 0 'durability: a database to begin with'
    migrate first --to 3.3.2 --defer-durability
    is "$status" 2 'durability is deferred in detached mode only'
    sql postgres 'CREATE ROLE owner_only LOGIN' >/dev/null
    sql postgres 'CREATE DATABASE owned OWNER owner_only' >/dev/null
    out=$("$binary" migrate --url "postgresql://owner_only@127.0.0.1:$PGT_PORT/owned" --mode detached \
        --defer-durability --progress none 2>&1)
    is $? 9 'durability: a role that may not'
    like "$out" 'owner_only.*not a superuser' 'durability: says so'
    is "$(settings owned) $(altered owned)" "$on nothing" 'durability: and changes nothing'
    for point in durability-record:after durability-defer:after swap:before swap:after \
        durability-restore:before durability-flush:before durability-forget:before; do
        fresh work first
        dies_at "durability: killed at $point" work "$point" --mode detached --defer-durability
        like "$("$binary" status --url "$(pg_url work)" 2>&1)" 'durability is deferred' \
            "killed at $point: status tells"
        case $point in
        durability-defer:* | swap:* | durability-restore:*)
            is "$(settings work)" "$off" "killed at $point: durability is off" ;;
        esac
        if [ "$point" = swap:before ]; then
            migrate work --discard
            is "$status $(settings work) $(altered work)" "0 $on nothing" 'discarded: durability is restored'
        fi
        migrate work --mode detached
        is "$status" 0 "killed at $point: the next run goes on, without the option"
        is "$(settings work) $(altered work)" "$on nothing" "killed at $point: durability is restored"
        is_finished work "killed at $point"
    done
    sql postgres "ALTER SYSTEM SET full_page_writes = on" >/dev/null
    fresh work first
    migrate work --mode detached --defer-durability
    is "$status" 0 'durability deferred: migrated'
    like "$out" 'durability is restored, everything is on disk' 'durability deferred: and restored'
    is "$(settings work) $(altered work)" "$on full_page_writes=on" 'what ALTER SYSTEM said before, it says again'
    fresh work first
    sql work "INSERT INTO dataset (uri, extra, created_at, updated_at, is_orphaned) VALUES (repeat('u', 1501), '{}', now(), now(), false)" >/dev/null
    migrate work --mode detached --defer-durability
    is "$status" 8 'durability deferred, a row that stands in the way: refused'
    is "$(settings work)" "$on" 'durability is restored after a failure'
    # The program may end before the server has written anything to it.
    flush=$(pg_psql postgres -At -f "$ORACLE_TREE/sql/server/postgres/durability_flush.sql" | sed -n "s/sync >&2/:/p")
    like "$flush" "COPY.*PROGRAM ':'" 'the flush, with a program that ends at once'
    is "$(for _ in {1..1000}; do echo "$flush;"; done | pg_psql postgres -q -v ON_ERROR_STOP=0 -f - 2>&1)" '' \
        'a program that ends at once is no error'
    PGT_DIR=$main_dir PGT_PORT=$main_port
fi

# --- a dry run ---------------------------------------------------------------------------------

if wanted dry; then
    fresh work source
    fingerprint work >"$ORACLE_WORK/dry.print"
    migrate work --dry-run
    is "$status" 0 'a dry run passes'
    like "$out" 'dry run from .*2\.11.* to 3\.3.*nothing was changed' 'a dry run: says so'
    is_unchanged work "$ORACLE_WORK/dry.print" 'a dry run'
    is "$(left work)" '' 'a dry run: nothing is left'
    dies_at 'a dry run, killed' work dry-run:after --dry-run
    sql work "UPDATE dag_run SET state = 'failed' WHERE run_id = 'bulk_1'" >/dev/null
    migrate work
    is "$status" 0 'a dry run, killed: a migration throws it away'
    is "$(sql work "SELECT state FROM dag_run WHERE run_id = 'bulk_1'")" failed 'and sees the rows as they are'
    is_finished work 'after a dry run'
    fresh work source
    sql work "INSERT INTO xcom (dag_run_id, task_id, map_index, key, dag_id, run_id, value, timestamp)
        SELECT dag_run_id, task_id, map_index, 'bad', dag_id, run_id, 'no JSON', timestamp FROM xcom LIMIT 1" >/dev/null
    fingerprint work >"$ORACLE_WORK/dry.print"
    migrate work --dry-run
    is "$status" 8 'a dry run with a bad row fails'
    like "$out" 'table "xcom": row .*key=bad' 'a dry run: names the row'
    is_unchanged work "$ORACLE_WORK/dry.print" 'a dry run that fails'
    is "$(left work)" '' 'a dry run that fails: nothing is left'
    dies_at 'a migration, killed' work begin:after
    migrate work --dry-run
    is "$status" 7 'a dry run after a migration that was killed: refused'
fi

# --- what is no database -------------------------------------------------------------------------

# answers NAME URL CODE PATTERN
answers() {
    printf '%s' "$2" >"$ORACLE_WORK/url"
    chmod 600 "$ORACLE_WORK/url"
    out=$(timeout 60 "$binary" migrate --url-file "$ORACLE_WORK/url" --progress none 2>&1)
    is $? "$3" "$1: exit code $3"
    like "$out" "$4" "$1: it says why"
    unlike "$out" 's3cret' "$1: without the password"
}

if wanted url; then
    pg_psql postgres -c "SET password_encryption = 'scram-sha-256'" -c "CREATE ROLE locked LOGIN PASSWORD 'right-one'"
    sed -i '1i host all locked 127.0.0.1/32 scram-sha-256' "$PGT_DIR/data/pg_hba.conf"
    sql postgres 'SELECT pg_reload_conf()' >/dev/null
    port=$(free_ports 1)
    refused_password() {
        ! PGPASSWORD=x "$PGT_BIN/psql" -X -h 127.0.0.1 -p "$PGT_PORT" -U locked -d postgres -c '' 2>/dev/null
    }
    await 30 refused_password || not_ok 'the server does not ask for a password'
    answers 'not a URL' 'this is not a URL' 3 'no scheme'
    answers 'an empty URL' '' 3 'URL|empty|scheme'
    answers 'a port that is no number' 'postgresql://u:s3cret@127.0.0.1:port/x' 3 'port'
    answers 'wrong password' "postgresql+psycopg2://locked:s3cret@127.0.0.1:$PGT_PORT/source" 4 'password authentication failed'
    answers 'no such database' "postgresql://postgres@127.0.0.1:$PGT_PORT/nosuch" 4 'nosuch'
    answers 'server down' "postgresql://u:s3cret@127.0.0.1:$port/x" 4 'refused'
    answers 'no MySQL' "mysql+mysqldb://u:s3cret@127.0.0.1:$port/x" 4 'no connection'
    answers 'MariaDB' "mariadb+mysqldb://u:s3cret@127.0.0.1:$port/x" 9 'mariadb'
    answers 'SQLite' 'sqlite:////nosuch/airflow.db' 9 'sqlite'
    out=$("$binary" migrate --url 'postgresql://u:s3cret@127.0.0.1/x' 2>&1)
    is $? 2 'a password on the command line: exit code 2'
    unlike "$out" 's3cret' 'a password on the command line: it is not repeated'
    out=$(env -u AIRFLOW__DATABASE__SQL_ALCHEMY_CONN AIRFLOW_HOME="$ORACLE_WORK" "$binary" migrate 2>&1)
    is $? 2 'no URL at all: exit code 2'
    out=$("$binary" migrate --url "$(pg_url source)" --executor nosuch 2>&1)
    is $? 2 'an executor that is none: exit code 2'
fi

[ "$tap_failed" -eq 0 ] || ORACLE_KEEP=1
finish_tests
