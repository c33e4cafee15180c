# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# encode.sh - names in URLs. Source it.

# A part of a URL, each byte of it encoded.
url_encode() { # text
    local LC_ALL=C i

    for ((i = 0; i < ${#1}; i++)); do
        printf '%%%02x' "'${1:i:1}"
    done
}
