# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Debian's packages of another suite than this machine's, without touching the system. Source
# it; it does nothing by itself.
#
#   suite_unpack SUITE DIRECTORY PACKAGE ...   unpack them, and every package they depend on,
#                                              into DIRECTORY/root
#
# They come by this machine's own mirror and are checked with Debian's signatures.

suite_unpack() {
    local suite=$1 dir=$2 mirror deb
    local -a apt
    shift 2

    # shellcheck disable=SC2016 # apt-get replaces them
    mirror=$(apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' |
        awk -v release="$(. /etc/os-release && echo "$VERSION_CODENAME")" \
            '$1 == release && $2 == "main" { print $3; exit }')
    if [ -z "$mirror" ]; then
        echo "debian_suite.sh: this machine's apt has no Debian mirror" >&2
        return 1
    fi
    mkdir -p "$dir/lists/partial" "$dir/archives/partial" "$dir/root"
    : >"$dir/status" # nothing is installed there, so apt takes every library
    printf 'deb [signed-by=%s] %s %s main\n' \
        /usr/share/keyrings/debian-archive-keyring.gpg "$mirror" "$suite" >"$dir/sources.list"
    apt=(apt-get -q -o "Dir::Etc::SourceList=$dir/sources.list" -o Dir::Etc::SourceParts=-
        -o "Dir::State::Lists=$dir/lists" -o "Dir::State::Status=$dir/status"
        -o "Dir::Cache::Archives=$dir/archives" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache=
        -o "APT::Sandbox::User=$(id -un)" -o Acquire::Languages=none -o Debug::NoLocking=1
        -o Acquire::Retries=3)
    "${apt[@]}" update &&
        "${apt[@]}" -y --no-install-recommends --download-only install "$@" || return 1
    for deb in "$dir"/archives/*.deb; do
        dpkg-deb -x "$deb" "$dir/root" || return 1
    done
    rm -rf "$dir/lists" "$dir/archives" "$dir/status"
}
