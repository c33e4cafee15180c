#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# old_servers.t - servers older than airshift knows are refused before anything is asked of
# them. Such servers are not to be had, so two stand-ins say the greetings of PostgreSQL 12
# and of MySQL 8.0.11, and end with the session. TAP on stdout.

set -u
# shellcheck source-path=SCRIPTDIR source=../lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/ports.sh
. "$(dirname "$0")/../lib/ports.sh"
airshift=${AIRSHIFT:-${top_builddir:-.}/build/airshift}
export LC_ALL=C
work=$(mktemp -d "${TMPDIR:-/tmp}/airshift-old.XXXXXX") || exit 1
stand_in=
trap '[ -z "$stand_in" ] || kill "$stand_in" 2>/dev/null; rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

cat >"$work/stand_in.py" <<'PYTHON'
"""Greets as a server of that engine and version; writes down what it is asked then."""
import socket
import struct
import sys

engine, version, port, log = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]


def message(kind, body):
    return kind + struct.pack("!I", len(body) + 4) + body


def postgres(session):
    request = session.recv(4096)
    while request[4:8] in (b"\x04\xd2\x16\x2f", b"\x04\xd2\x16\x30"):  # TLS, GSSAPI
        session.sendall(b"N")
        request = session.recv(4096)
    session.sendall(
        message(b"R", struct.pack("!I", 0))
        + message(b"S", b"server_version\0" + version.encode() + b"\0")
        + message(b"S", b"client_encoding\0UTF8\0")
        + message(b"K", struct.pack("!II", 1, 1))
        + message(b"Z", b"I")
    )
    asked = session.recv(4096)
    return b"" if asked[:1] in (b"X", b"") else asked


def packet(number, body):
    return struct.pack("<I", len(body))[:3] + bytes([number]) + body


def mysql(session):
    can = 0x00088200 | 0x00000208  # protocol 4.1, authentication by plugin
    session.sendall(packet(0, b"\x0a" + version.encode() + b"\0" + struct.pack("<I", 1) + b"12345678\0"
                           + struct.pack("<H", can & 0xFFFF) + b"\x2d\x02\0" + struct.pack("<H", can >> 16)
                           + b"\x15" + bytes(10) + b"123456789012\0" + b"mysql_native_password\0"))
    session.recv(4096)
    session.sendall(packet(2, b"\0\0\0\x02\0\0\0"))
    asked = session.recv(4096)
    return b"" if asked[4:5] in (b"\x01", b"") else asked


with socket.create_server(("127.0.0.1", port)) as listener:
    while True:
        session, _ = listener.accept()
        with session:
            try:
                asked = {"postgresql": postgres, "mysql": mysql}[engine](session)
            except OSError:
                continue
        with open(log, "ab") as file:
            file.write(b"session\n" + asked)
PYTHON

listens() { ! port_is_free "$1"; }

# What is done with a server that says this version of itself.
refused() { # engine version words
    local port command

    port=$(free_ports 1)
    : >"$work/asked"
    python3 "$work/stand_in.py" "$1" "$2" "$port" "$work/asked" &
    stand_in=$!
    await 20 listens "$port" || not_ok "the stand-in of $1 $2 listens"
    for command in 'check --to 3.3.2' 'migrate --to 3.3.2 --progress none' 'plan --to 3.3.2' 'doctor' 'monitor'; do
        # shellcheck disable=SC2086 # a command and its options
        out=$(timeout 60 "$airshift" $command --url "$1://airflow@127.0.0.1:$port/airflow" 2>&1)
        like "$? ${out//$'\n'/ }" "^9 error: .*$3" "$1 $2: ${command%% *}"
    done
    kill "$stand_in"
    wait "$stand_in" 2>/dev/null
    stand_in=
    like "$(head -n 1 "$work/asked")" '^session$' "$1 $2: there were sessions"
    is "$(grep -avc '^session$' "$work/asked")" 0 "$1 $2: and nothing was asked in them"
}

refused postgresql 12.22 'is PostgreSQL 12, older than 13 .*Upgrade the server first'
refused mysql 8.0.11 'is MySQL 8\.0\.11, older than 8\.0\.12'
finish_tests
