#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The project's central test: the real `airflow db migrate`, airshift's chain executor
# and its fused executor must make the same database from the same source.
#
#   run_oracle.sh [--rows N] [--executors chain,fused] [--no-extras] [--real-twice]
#                 [--keep] [--list] [PAIR ...]
#
# --real-twice compares two runs of the real migration instead of airshift's: that
# must be green, or the comparison itself is wrong. --keep leaves the logs.
# Without pairs, all of the default matrix. Exit 77 if anything was skipped.
#
# In the table, "hops" are the versions whose real migration is run, in order. A source
# older than the target knows goes through 2.11.2; the result depends on the path, so
# the pairs that could go both ways exist twice, and airshift is called for each stage.

set -u
# shellcheck source-path=SCRIPTDIR source=oracle.sh
. "$(dirname "$0")/oracle.sh"

# name          source        hops            airshift's --to   default
PAIRS='
2.6.3-2.11.2    fresh:2.6.3   2.11.2          2.11.2            yes
2.7.3-3.1.8     fresh:2.7.3   3.1.8           3.1.8             yes
2.9.3-3.2.2     fresh:2.9.3   3.2.2           3.2.2             yes
2.10.5-3.3.2    fresh:2.10.5  3.3.2           3.3.2             yes
2.11.2-3.3.2    fresh:2.11.2  3.3.2           3.3.2             yes
3.0.6-3.3.2     fresh:3.0.6   3.3.2           3.3.2             yes
1.10.15-3.3.2   grown:1.10.15 3.3.2           3.3.2             yes
2.3.4-3.3.2     grown:2.3.4   3.3.2           3.3.2             yes
1.10.15-2.11.2  old:03afc6b6f902 2.11.2       2.11.2            yes
1.8.2-2.6.3     old:d2ae31099d61 2.6.3        2.6.3             yes
2.2.5-3.3.2     old:587bdf053233 2.11.2,3.3.2 3.3.2             yes
2.2.5-hop-3.1.8 old:587bdf053233 2.11.2,3.1.8 3.1.8             no
2.6.3-3.3.2     fresh:2.6.3   2.11.2,3.3.2    3.3.2             no
2.7.3-3.3.2     fresh:2.7.3   3.3.2           3.3.2             no
2.7.3-hop-3.1.8 fresh:2.7.3   2.11.2,3.1.8    2.11.2,3.1.8      no
2.9.3-hop-3.2.2 fresh:2.9.3   2.11.2,3.2.2    2.11.2,3.2.2      no
2.11.2-3.0.6    fresh:2.11.2  3.0.6           3.0.6             no
2.11.2-3.1.8    fresh:2.11.2  3.1.8           3.1.8             no
2.11.2-3.2.2    fresh:2.11.2  3.2.2           3.2.2             no
3.1.8-3.3.2     fresh:3.1.8   3.3.2           3.3.2             no
3.2.2-3.3.2     fresh:3.2.2   3.3.2           3.3.2             no
'

rows=300
executors=chain,fused
extras=--extras
real_twice=0
wanted=()
while [ $# -gt 0 ]; do
    case $1 in
    --rows) rows=$2 && shift ;;
    --executors) executors=$2 && shift ;;
    --no-extras) extras= ;;
    --real-twice) real_twice=1 ;;
    --keep) ORACLE_KEEP=1 ;;
    --list) echo "$PAIRS" | awk 'NF' && exit 0 ;;
    -h | --help) sed -n '3,20s/^# \{0,1\}//p' "$0" && exit 0 ;;
    -*) echo "run_oracle.sh: no option $1" >&2 && exit 2 ;;
    *) wanted+=("$1") ;;
    esac
    shift
done

run_pair() {
    local name=$1 source=$2 hops=$3 to=$4 kind version hop since executor version_ok
    local -a arguments=(--rows "$rows") others compared=()

    kind=${source%%:*}
    version=${source#*:}
    # Install first: a version that cannot be is a skip, and said so.
    for version_ok in 3.3.2 ${hops//,/ } "$([ "$kind" = fresh ] && echo "$version" || echo 2.11.2)"; do
        if ! airflow_env "$version_ok" >/dev/null; then
            oracle_skip "$name: Airflow $version_ok cannot be installed here"
            return
        fi
    done
    [ -z "$extras" ] || arguments+=("$extras")
    case ",$hops" in
    *,3.0.* | *,3.1.* | *,3.2.*) arguments+=("--avoid=nan,nul") ;;
    esac
    if [ "$kind" = old ]; then
        compared=(--relabel-fab --any-order)
    fi
    if ! "oracle_$kind" "$version" source ||
        { [ "$kind" != old ] && ! oracle_populate source "${arguments[@]}"; }; then
        oracle_fail "$name: the source database could not be made"
        return
    fi
    since=$(date +%s)
    pg_create real source
    for hop in ${hops//,/ }; do
        if ! oracle_real real "$hop" || ! oracle_arrived real "$hop"; then
            oracle_fail "$name: the real migration to $hop failed"
            return
        fi
    done
    if [ "$real_twice" = 1 ]; then
        others=(real)
    else
        mapfile -t others < <(tr ',' '\n' <<<"$executors")
    fi
    for executor in "${others[@]}"; do
        pg_create "other_$executor" source
        if [ "$real_twice" = 1 ]; then
            for hop in ${hops//,/ }; do
                if ! oracle_real "other_$executor" "$hop" ||
                    ! oracle_arrived "other_$executor" "$hop"; then
                    oracle_fail "$name: the second real migration to $hop failed"
                    return
                fi
            done
        else
            if ! oracle_airshift >/dev/null; then
                oracle_skip "$name $executor: there is no airshift binary"
                continue
            fi
            for hop in ${to//,/ }; do
                if ! oracle_shift "other_$executor" "$hop" "$executor"; then
                    oracle_fail "$name $executor: airshift to $hop failed"
                    continue 2
                fi
            done
        fi
        if oracle_compare real "other_$executor" source "$since" "${compared[@]}"; then
            oracle_pass "$name $executor"
        else
            oracle_fail "$name $executor: the databases differ"
        fi
        [ "$real_twice" = 0 ] || continue
        if oracle_against "other_$executor" source; then
            oracle_pass "$name $executor, by verify --against"
        else
            oracle_fail "$name $executor: verify --against sees differences"
        fi
    done
    # The real one writes a line about itself into the audit log.
    if oracle_airshift >/dev/null && [ "$kind" != old ]; then
        if oracle_against real source log; then
            oracle_pass "$name: the real migration, by verify --against"
        else
            oracle_fail "$name: verify --against sees differences in the real migration"
        fi
    fi
}

drop_all() {
    local database
    for database in $(pg_psql postgres -At -c "SELECT datname FROM pg_database
        WHERE datname = 'source' OR datname = 'real' OR datname LIKE 'other%'"); do
        pg_drop "$database"
    done
}

for pair in "${wanted[@]}"; do
    if ! echo "$PAIRS" | awk -v p="$pair" '$1 == p { found = 1 } END { exit !found }'; then
        echo "run_oracle.sh: no pair $pair (see --list)" >&2
        exit 2
    fi
done

oracle_begin
pg_start "timezone=${ORACLE_TIMEZONE:-UTC}" || exit 1
while read -r name source hops to default; do
    [ -n "$name" ] || continue
    if [ ${#wanted[@]} -gt 0 ]; then
        case " ${wanted[*]} " in
        *" $name "*) ;;
        *) continue ;;
        esac
    elif [ "$default" != yes ]; then
        continue
    fi
    echo "== $name"
    run_pair "$name" "$source" "$hops" "$to" </dev/null
    drop_all
done <<<"$PAIRS"
oracle_summary
