# SPDX-License-Identifier: Apache-2.0
"""The rows of a MySQL dump in a form in which two databases can be compared.

UUIDs are drawn at random. A row that has one as its id is known by all its other values and
by the UUID's own version and time of creation ("now" if not before --since); every mention
of it elsewhere is replaced by that name, so that references must agree. Rows are sorted.

A trigger's arguments are decrypted, because each encryption of them is another one.

Times since then are "now". FAB's permissions are known by name, if that is asked for: 1.10 to
2.0 numbers them at random. Columns are in any order, if that is asked for: Airflow makes some
tables anew in 2.2 and 2.3.

    AIRFLOW__CORE__FERNET_KEY=KEY rows_mysql.py --since SECONDS [--fab-by-name] [--any-order] <dump
"""

from __future__ import annotations

import argparse
import datetime
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


MOMENT = re.compile(r"'(\d\d\d\d-\d\d-\d\d \d\d:\d\d:\d\d)(?:\.\d+)?'")
INSERT = re.compile(r"INSERT INTO (`\w+`) \((.*?)\) VALUES \((.*)\);", re.S)
VALUE = re.compile(r"'(?:[^'\\]|\\.|'')*'|[^,']+", re.S)


def in_order(row):
    """The columns by name."""
    match = INSERT.fullmatch(row)
    if match is None:
        return row
    names, values = match[2].split(", "), VALUE.findall(match[3])
    if len(names) != len(values):
        sys.exit(f"rows_mysql.py: {len(names)} columns, {len(values)} values: {row[:300]}")
    pairs = sorted(zip(names, values))
    # The id stays first: by it a row with a drawn one is known.
    pairs.sort(key=lambda pair: pair[0] != "`id`")
    return (f"INSERT INTO {match[1]} ({', '.join(pair[0] for pair in pairs)}) "
            f"VALUES ({','.join(pair[1] for pair in pairs)});")


def moment(match, since):
    at = datetime.datetime.fromisoformat(match[1] + "+00:00").timestamp()
    return "'<now>'" if at >= since else match[0]


FAB = re.compile(r"INSERT INTO `(ab_permission|ab_view_menu|ab_permission_view|ab_permission_view_role)` "
                 r"\(.*?\) VALUES \((\d+),(.*)\);")


def by_name(rows):
    """Of a permission its name, of what is made of others their names."""
    found = [FAB.fullmatch(row) for row in rows]
    known = {}
    for table in ("ab_permission", "ab_view_menu", "ab_permission_view"):
        for match in filter(None, found):
            if match[1] != table:
                continue
            name = match[3]
            if table == "ab_permission_view":
                action, menu = name.split(",")
                name = f"{known.get(('ab_permission', action))} on {known.get(('ab_view_menu', menu))}"
            known[table, match[2]] = name
    for row, match in zip(rows, found):
        if match is None:
            yield row
        elif match[1] == "ab_permission_view_role":
            view, role = match[3].split(",")
            yield f"INSERT INTO {match[1]}: {known.get(('ab_permission_view', view))} to {role}"
        else:
            yield f"INSERT INTO {match[1]}: {known[match[1], match[2]]}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--since", type=int, required=True)
    parser.add_argument("--fab-by-name", action="store_true")
    parser.add_argument("--any-order", action="store_true")
    options = parser.parse_args()
    since = options.since
    fernet = Fernet(os.environ["AIRFLOW__CORE__FERNET_KEY"])
    # Not splitlines(), which also splits at characters that mysqldump does not escape.
    text = sys.stdin.buffer.read().decode("utf-8", "surrogateescape")
    rows = [line for line in text.split("\n") if line.startswith("INSERT INTO")]
    if options.any_order:
        rows = [in_order(row) for row in rows]
    rows = [plain(row, fernet) for row in rows]
    rows = [MOMENT.sub(lambda match: moment(match, since), row) for row in rows]
    if options.fab_by_name:
        rows = list(by_name(rows))
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
