# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# TAP for shell tests: counts and prints, decides nothing. Source it.
#
#   ok NAME | not_ok NAME [DETAIL] | is GOT EXPECTED NAME | like TEXT REGEX NAME
#   unlike TEXT REGEX NAME | skip NAME WHY | await SECONDS COMMAND ... | finish_tests
#
# A skip is not a pass: finish_tests ends with 77 where there was one and no failure.

tap_run=0
tap_failed=0
tap_skipped=0

ok() {
    tap_run=$((tap_run + 1))
    printf 'ok %d - %s\n' "$tap_run" "$1"
}

not_ok() {
    tap_run=$((tap_run + 1))
    tap_failed=$((tap_failed + 1))
    printf 'not ok %d - %s\n' "$tap_run" "$1"
    [ -z "${2:-}" ] || printf '%s\n' "$2" | head -n "${TAP_LINES:-15}" | cut -c1-400 | sed 's/^/#   /'
}

skip() {
    tap_run=$((tap_run + 1))
    tap_skipped=$((tap_skipped + 1))
    printf 'ok %d - %s # SKIP %s\n' "$tap_run" "$1" "$2"
}

is() {
    if [ "$1" = "$2" ]; then
        ok "$3"
    else
        not_ok "$3" "got:      $1
expected: $2"
    fi
}

like() {
    if printf '%s\n' "$1" | grep -Eq -- "$2"; then
        ok "$3"
    else
        not_ok "$3" "no /$2/ in
$1"
    fi
}

unlike() {
    if printf '%s\n' "$1" | grep -Eq -- "$2"; then
        not_ok "$3" "/$2/ in
$1"
    else
        ok "$3"
    fi
}

# Waits until a command succeeds; never longer than so many seconds.
await() {
    local until=$((SECONDS + $1))
    shift
    until "$@"; do
        [ "$SECONDS" -lt "$until" ] || return 1
        read -rt 0.02 <> <(:) || true
    done
}

finish_tests() {
    printf '1..%d\n' "$tap_run"
    [ "$tap_failed" -eq 0 ] || return 1
    [ "$tap_skipped" -eq 0 ] || return 77
}
