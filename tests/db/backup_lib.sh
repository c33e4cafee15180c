# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# backup_lib.sh - what the tests of a backup on both servers share. Source it.

# A copy of a backup with one wrong byte, in the middle of a file of rows or of the definitions; the
# file is in $file.
spoil_backup() { # FROM TO rows|schema
    local size byte

    cp -r "$1" "$2"
    file=$2/schema.dump
    [ "$3" = schema ] || file=$(find "$2" -name '*.rows.zst' -size +1k | sort | head -n 1)
    size=$(stat -c %s "$file")
    byte=$(od -An -tu1 -j $((size / 2)) -N 1 "$file")
    printf '%b' "\\x$(printf %x $(((byte + 1) % 256)))" | dd of="$file" bs=1 seek=$((size / 2)) conv=notrunc status=none
}

# Until a file is there, or a process is gone.
await_file() { # FILE PID
    until [ -e "$1" ]; do
        kill -0 "$2" 2>/dev/null || return 1
        read -r -t 0.05 <> <(:) || true
    done
}

is_source() { # description: the target is the database whose picture is in $work/source.sql
    is "$(picture target 2>&1 | diff "$work/source.sql" - | head -n 20)" '' "$1"
}

# A restore that is killed, or loses its sessions, at each of its steps is gone on with by the same
# command: what is loaded is not loaded again, and the database is the same in the end. The test has
# new_target (an empty database "target"), versions (how many revisions it names), end_sessions (of a
# restore), air and picture.
restore_broken_off() { # BACKUP ANOTHER-BACKUP
    local point files has goes pid
    files=$(jq '[.tables[].parts[]] | length' "$1/manifest.json")
    for point in restore:begins restore-step:made restore:rows restore-part:loaded restore-part:committed restore:indexes restore:indexed \
        restore:versions restore:ends; do
        has=0
        case $point in
        restore:begins) has='' goes='' ;; # there are no tables yet, and nothing to go on with
        restore-part:committed) goes="[1-9][0-9]* of $files" ;;
        restore:i* | restore:versions) goes="$((files - 1)) of $files" ;;
        restore:ends) has=1 goes="$files of $files" ;;
        *) goes="[0-2] of $files" ;; # others may have been done beside it
        esac
        new_target
        AIRSHIFT_TEST_KILL_AT=$point air restore target --from "$1" --workers 3
        is "$status $(versions)" "137 $has" "restore killed at $point: no Airflow database before its end"
        air restore target --from "$1" --verify
        like "$status $out" "^0 .*${goes:+going on with a restore that was broken off: $goes files }.* rows restored and compared" 'the same command goes on'
        is_source 'and the database is that of the backup'
    done
    unlike "$out" 'indexes and constraints' 'what is done is not done again'

    # In the middle of the rows: sessions that are lost, and somebody else who would restore.
    new_target
    mkfifo "$work/go_on"
    (
        AIRSHIFT_TEST_RUN_AT=restore-part:committed \
            AIRSHIFT_TEST_RUN="echo >>'$work/parts'; [ \$(wc -l <'$work/parts') -lt 4 ] || ! mkdir '$work/fourth' 2>/dev/null || cat '$work/go_on'" \
            air restore target --from "$1" --workers 2
        printf '%s %s\n' "$status" "$out" >"$work/lost"
    ) &
    pid=$!
    await_file "$work/fourth" $pid
    AIRSHIFT_TEST_LOCK_SECONDS=1 air restore target --from "$1"
    like "$status $out" '^6 .*another restore into this database is at work' 'two restores into one database'
    end_sessions
    echo >"$work/go_on"
    wait $pid
    like "$(cat "$work/lost")" '^[1-9][0-9]* .*error: .*hint: What is loaded is kept: the same command goes on from here' 'sessions are lost'
    is "$(versions)" 0 'no Airflow database'
    air restore target --from "$2"
    like "$status $out" '^7 .*a restore of another backup into this database was broken off' 'another backup is refused'
    air backup target --to "$work/half"
    like "$status $([ -e "$work/half" ] || echo none) $out" '^9 none .*restore into this database was broken off' 'and so is a backup of a half'
    air restore target --from "$1" --verify
    like "$status $out" "^0 .*going on with a restore that was broken off: ([4-9]|[1-9][0-9]+) of $files files" 'the same command goes on'
    is_source 'and the database is that of the backup'
}
