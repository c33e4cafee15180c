# SPDX-License-Identifier: Apache-2.0
"""The rows of a MySQL dump in a form in which two databases can be compared.

UUIDs are drawn at random. A row that has one as its id is known by all its other values and
by the UUID's own version and time of creation ("now" if not before --since); every mention
of it elsewhere is replaced by that name, so that references must agree. Rows are sorted.

A trigger's arguments are decrypted, because each encryption of them is another one.

    AIRFLOW__CORE__FERNET_KEY=KEY rows_mysql.py --since SECONDS <dump
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import sys

from cryptography.fernet import Fernet

UUID = re.compile(
    r"'([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f])([0-9a-f]{3})-?([0-9a-f]{4})-?([0-9a-f]{12})'")
TOKEN = re.compile(r"'(gAAAA[\w=-]+)'")
OWNER = re.compile(r"INSERT INTO `(\w+)` \(`id`, .*? VALUES \((" + UUID.pattern + ")")


def kind(match, since):
    """What of a UUID is not drawn; other digits that look like one are what they are."""
    if match[3] == "4":
        return "<uuid4>"
    if match[3] != "7":
        return match[0]
    moment = int(match[1] + match[2], 16)
    return "<uuid7 now>" if moment >= since * 1000 else f"<uuid7 {moment}>"


def plain(row, fernet):
    if not row.startswith("INSERT INTO `trigger`"):
        return row
    return TOKEN.sub(lambda match: f"<encrypted {fernet.decrypt(match[1]).decode()}>", row)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--since", type=int, required=True)
    since = parser.parse_args().since
    fernet = Fernet(os.environ["AIRFLOW__CORE__FERNET_KEY"])
    # Not splitlines(), which also splits at characters that mysqldump does not escape.
    text = sys.stdin.buffer.read().decode("utf-8", "surrogateescape")
    rows = [plain(line, fernet) for line in text.split("\n") if line.startswith("INSERT INTO")]
    names = {}
    for row in rows:
        owner = OWNER.match(row)
        if owner is None:
            continue
        if owner[2] in names:
            sys.exit(f"rows_mysql.py: {owner[2]} is drawn twice")
        bare = UUID.sub(lambda match: kind(match, since), row)
        names[owner[2]] = hashlib.sha256(bare.encode("utf-8", "surrogateescape")).hexdigest()[:12]

    def name(match):
        return f"{kind(match, since)}{names.get(match[0], '')}"

    lines = sorted(UUID.sub(name, row) for row in rows)
    sys.stdout.buffer.write("\n".join(lines).encode("utf-8", "surrogateescape") + b"\n")


if __name__ == "__main__":
    main()
