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
