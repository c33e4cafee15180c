# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# The real Airflow, any version of tests/oracle/airflow-versions.tsv: installed
# from PyPI once into a cache, run with a home and a database of the test's own.
# Source it. What cannot be installed is said on stderr and returns 77, so that a
# caller counts it as a skip and never as a pass.
#
#   airflow_env VERSION               print the path of its virtual environment
#   airflow_head VERSION              print its head revision
#   airflow_known                     print every version of the table
#   airflow_run VERSION URL ARG ...   airflow ARG ... on that database
#   airflow_python VERSION URL ARG .. its python, with the same environment
#
# AIRSHIFT_CACHE moves the cache ($HOME/.cache/airshift), AIRFLOW_WORK the homes;
# AIRFLOW_TIMEOUT is how many seconds a run may take (no limit).
# Run as a script, it installs the versions given (default: all) and reports.

AIRFLOW_LIB=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
AIRFLOW_TABLE=$AIRFLOW_LIB/../oracle/airflow-versions.tsv
AIRFLOW_CACHE=${AIRSHIFT_CACHE:-$HOME/.cache/airshift}/venvs
# One key for all tests: it protects nothing but generated data.
ORACLE_FERNET_KEY=${ORACLE_FERNET_KEY:-YWlyc2hpZnQtb3JhY2xlLXRlc3Qta2V5LTAwMDAwMDA=}
FAB_MANAGER=airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager

airflow_field() {
    awk -F'\t' -v v="$1" -v f="$2" '$1 == v { print $f; found = 1 }
        END { exit !found }' "$AIRFLOW_TABLE"
}

airflow_known() {
    awk -F'\t' '!/^#/ && NF > 1 { print $1 }' "$AIRFLOW_TABLE"
}

airflow_head() {
    airflow_field "$1" 4
}

# An interpreter of that version which really starts: a version manager's shims
# exist for versions that are not active, too.
airflow_interpreter() {
    local wanted=$1 candidate
    for candidate in "python$wanted" \
        "${PYENV_ROOT:-$HOME/.pyenv}"/versions/"$wanted"*/bin/"python$wanted" \
        /usr/bin/"python$wanted" /usr/local/bin/"python$wanted"; do
        if "$candidate" -c "import sys, venv
sys.exit('%d.%d' % sys.version_info[:2] != '$wanted')" >/dev/null 2>&1; then
            command -v "$candidate"
            return 0
        fi
    done
    UV_PYTHON_DOWNLOADS=never uv python find "$wanted" 2>/dev/null
}

airflow_is_complete() {
    [ ! -e "$1/.building" ] && "$1/bin/python" -c "
import importlib.metadata as m, sys, psycopg2
sys.exit(m.version('apache-airflow') != '$2')" >/dev/null 2>&1
}

airflow_env() {
    local version=$1 dir=$AIRFLOW_CACHE/$1 python before extra interpreter lock

    if ! python=$(airflow_field "$version" 2); then
        echo "airflow_env: $version is not in the table" >&2
        return 1
    fi
    if airflow_is_complete "$dir" "$version"; then
        printf '%s\n' "$dir"
        return 0
    fi
    if ! command -v uv >/dev/null; then
        echo "airflow_env: SKIP Airflow $version: uv is not installed" >&2
        return 77
    fi
    if ! interpreter=$(airflow_interpreter "$python") || [ -z "$interpreter" ]; then
        echo "airflow_env: SKIP Airflow $version: no Python $python here" >&2
        return 77
    fi
    before=$(airflow_field "$version" 3)
    extra=$(airflow_field "$version" 5)
    mkdir -p "$AIRFLOW_CACHE"
    # Two tests may want the same version at the same time.
    exec {lock}>"$AIRFLOW_CACHE/.lock-$version"
    flock "$lock"
    if ! airflow_is_complete "$dir" "$version"; then
        echo "airflow_env: installing Airflow $version (Python $python)" >&2
        rm -rf "$dir"
        # shellcheck disable=SC2086 # the table's packages are several words
        if ! { UV_PYTHON_DOWNLOADS=never uv venv -q -p "$interpreter" "$dir" &&
            touch "$dir/.building" &&
            uv pip install -q -p "$dir/bin/python" \
                --exclude-newer "${before}T00:00:00Z" \
                "apache-airflow==$version" psycopg2-binary $extra &&
            rm "$dir/.building"; } >&2; then
            echo "airflow_env: SKIP Airflow $version: PyPI did not deliver it" >&2
            exec {lock}>&-
            return 77
        fi
    fi
    exec {lock}>&-
    printf '%s\n' "$dir"
}

# The drivers for MySQL, built once in the environment when a MySQL URL first needs them;
# so an environment of PostgreSQL's tests needs no client library of MySQL's.
airflow_mysql_driver() { # version environment
    local version=$1 env=$2 lock status=0

    exec {lock}>"$AIRFLOW_CACHE/.lock-$version"
    flock "$lock"
    if [ ! -e "$env/.mysql" ]; then
        uv pip install -q -p "$env/bin/python" \
            --exclude-newer "$(airflow_field "$version" 3)T00:00:00Z" \
            mysqlclient aiomysql >&2 && : >"$env/.mysql" || status=1
    fi
    exec {lock}>&-
    return "$status"
}

# Everything from the caller's environment that would steer Airflow is dropped.
airflow_python() {
    local version=$1 url=$2 env home name
    local -a clean=()
    shift 2
    env=$(airflow_env "$version") || return
    case $url in mysql*) airflow_mysql_driver "$version" "$env" || return ;; esac
    home=${AIRFLOW_WORK:-${TMPDIR:-/tmp}/airshift-airflow.$UID}/home-$version
    mkdir -p "$home"
    while IFS= read -r name; do
        clean+=(-u "$name")
    done < <(compgen -e AIRFLOW__ || true)
    # shellcheck disable=SC2191 # the = belong to the environment
    clean+=(AIRFLOW_HOME="$home"
        AIRFLOW__DATABASE__SQL_ALCHEMY_CONN="$url"
        AIRFLOW__CORE__LOAD_EXAMPLES=False
        AIRFLOW__CORE__FERNET_KEY="$ORACLE_FERNET_KEY"
        PYTHONWARNINGS=ignore)
    case $version in
    3.*) clean+=("AIRFLOW__CORE__AUTH_MANAGER=${ORACLE_AUTH_MANAGER:-$FAB_MANAGER}") ;;
    esac
    # shellcheck disable=SC2086 # nothing, or two words
    ${AIRFLOW_TIMEOUT:+timeout $AIRFLOW_TIMEOUT} env "${clean[@]}" "$env/bin/python" "$@"
}

airflow_run() {
    local version=$1 url=$2
    shift 2
    airflow_python "$version" "$url" -m airflow "$@"
}

airflow_env_main() {
    local version skipped=0 ready=0
    local -a wanted
    mapfile -t wanted < <(airflow_known)
    [ $# -eq 0 ] || wanted=("$@")
    for version in "${wanted[@]}"; do
        if airflow_env "$version" >/dev/null; then
            ready=$((ready + 1))
            echo "Airflow $version: ready"
        else
            skipped=$((skipped + 1))
            echo "Airflow $version: NOT POSSIBLE HERE"
        fi
    done
    echo "$ready ready, $skipped not possible"
    [ "$skipped" -eq 0 ] || return 77
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
    airflow_env_main "$@"
fi
