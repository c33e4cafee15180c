# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# setup.sh - what ./demo and ./check share: the packages they need, and the build. Sourced.

airshift_packages=(
    autoconf automake gcc make pkg-config gawk libc6-dev
    libpq-dev libmariadb-dev libpg-query-dev libprotobuf-c-dev libssl-dev libzstd-dev zlib1g-dev
    libjansson-dev libinih-dev libcmocka-dev
    postgresql-15 postgresql-client-15 procps util-linux python3 python3-venv python3-pip
)

say() { printf '%s\n' "== $*" >&2; }

# Installs what is missing where that is allowed; otherwise says exactly what is missing.
setup_packages() { # [more packages]
    local missing=() package

    for package in "${airshift_packages[@]}" "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
            missing+=("$package")
    done
    [ "${#missing[@]}" -gt 0 ] || return 0
    if [ "$(id -u)" -ne 0 ]; then
        say "these packages are missing: ${missing[*]}"
        say "install them (apt-get install ${missing[*]}) and run this again"
        return 1
    fi
    say "installing ${missing[*]}"
    apt-get update -qq &&
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
            "${missing[@]}" >/dev/null
}

# uv makes the environments of the real Airflow.
setup_uv() {
    local cache=${AIRSHIFT_CACHE:-$HOME/.cache/airshift}

    command -v uv >/dev/null && return 0
    if [ ! -x "$cache/uv/bin/uv" ]; then
        say "installing uv"
        python3 -m venv "$cache/uv" && "$cache/uv/bin/pip" install -q uv || return 1
    fi
    PATH=$cache/uv/bin:$PATH
    export PATH
}

# The real MySQL, which Debian 12 does not have, unpacked into the cache for the tests.
setup_mysql() {
    bash tests/lib/mysql.sh >&2
}

# Configures and builds in a directory of its own: build_in DIRECTORY [configure option ...]
build_in() {
    local directory=$1 top
    shift
    top=$(pwd)

    if [ ! -x configure ] || [ configure.ac -nt configure ] || [ Makefile.am -nt Makefile.in ]; then
        autoreconf -fi >"$top/autoreconf.log" 2>&1 || {
            cat "$top/autoreconf.log" >&2
            return 1
        }
    fi
    mkdir -p "$directory"
    (
        cd "$directory" || exit 1
        if [ ! -f Makefile ] || [ ../configure -nt Makefile ]; then
            ../configure "$@" >configure.log 2>&1 || {
                tail -n 20 configure.log >&2
                exit 1
            }
        fi
        make -s -j"$(nproc)" >make.log 2>&1 || {
            grep -E 'error|warning|Error' make.log | head -n 40 >&2
            exit 1
        }
    )
}
