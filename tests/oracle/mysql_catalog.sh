#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# mysql_catalog.sh - databases that the real Airflow made on a real MySQL, new ones and those
# of old revisions: airshift says where they are, and reads of their tables what the server
# itself says of them. TAP on stdout.

set -u
# shellcheck source-path=SCRIPTDIR source=mysql_oracle.sh
. "$(dirname "$0")/mysql_oracle.sh"

# Airflow's own chain, from nothing to a revision.
chain() { # version url revision
    airflow_python "$1" "$2" - "$3" <<'EOF'
import sys
import alembic.command
from airflow import settings
settings.configure_orm()
from airflow.utils.db import _get_alembic_config
alembic.command.upgrade(_get_alembic_config(), sys.argv[1])
EOF
}

examine() { # name version target expected: the database `name`, made by Airflow `version`
    local name=$1 version=$2 target=$3 expected=$4 out

    my_url "$name" >"$work/url"
    out=$("$airshift" check --url-file "$work/url" --to "$target" 2>&1)
    is "$out" "$expected" "$name: check says where it is"
    "$airshift" inspect catalog --url-file "$work/url" 2>"$work/err" | sort >"$work/ours"
    airflow_python "$version" "$(my_url "$name")" "$here/mysql_catalog.py" 2>>"$work/err" |
        sort >"$work/server"
    if [ "$(grep -c ' table$' "$work/server")" -lt 10 ]; then
        not_ok "$name: the server says little" "$(cat "$work/err")"
    fi
    is "$(diff "$work/server" "$work/ours")" '' \
        "$name: $(wc -l <"$work/server") lines are what the server says"
}

mysql_oracle_begin catalog
my_create new_3_3
my_create new_2_11
my_create old_1_8
airflow_run 3.3.2 "$(my_url new_3_3)" db migrate >"$work/log" 2>&1 || not_ok 'Airflow 3.3.2 migrates' "$(tail -n 5 "$work/log")"
examine new_3_3 3.3.2 3.3.2 'at 3.3.2 (d2f4e1b3c5a7)'
airflow_run 2.11.2 "$(my_url new_2_11)" db migrate >"$work/log" 2>&1 || not_ok 'Airflow 2.11.2 migrates' "$(tail -n 5 "$work/log")"
examine new_2_11 2.11.2 3.3.2 'at 2.10.3-2.11.0 (5f2621c13b39), not at 3.3.2 (d2f4e1b3c5a7)'
chain 2.11.2 "$(my_url old_1_8)" d2ae31099d61 >"$work/log" 2>&1 || not_ok "Airflow's chain runs" "$(tail -n 5 "$work/log")"
examine old_1_8 2.11.2 1.10.15 'at 1.8.2 (d2ae31099d61), not at 1.10.15 (03afc6b6f902)'
finish_tests
