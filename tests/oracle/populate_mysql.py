# SPDX-License-Identifier: Apache-2.0
"""What populate.py does, in a database of MySQL's: the same rows, as far as MySQL has room
for them. It has no NaN among its numbers, and Airflow's keys there take fewer characters.

    populate_mysql.py --url URL [the options of populate.py]
"""

from __future__ import annotations

import datetime as dt
import math
import sys
import urllib.parse

import MySQLdb

import populate

KINDS = {
    "varchar": "varchar", "char": "bpchar", "text": "text", "mediumtext": "text",
    "longtext": "text", "json": "json", "blob": "bytea", "longblob": "bytea",
    "mediumblob": "bytea", "tinyint": "bool", "smallint": "int2", "int": "int4",
    "bigint": "int8", "float": "float8", "double": "float8", "timestamp": "timestamptz",
    "datetime": "timestamptz",
}


class Database(populate.Database):
    def connect(self, url):
        parts = urllib.parse.urlsplit(url)
        return MySQLdb.connect(
            host=parts.hostname, port=parts.port, user=parts.username,
            password=urllib.parse.unquote(parts.password), database=parts.path[1:],
            charset="utf8mb4")

    def load(self):
        self.cursor.execute("SET time_zone = '+00:00'")
        self.cursor.execute(
            """SELECT table_name, column_name, data_type, is_nullable = 'NO',
                      column_default IS NOT NULL OR extra LIKE '%auto_increment%',
                      character_maximum_length, character_set_name
               FROM information_schema.columns WHERE table_schema = database()
               ORDER BY 1, ordinal_position""")
        self.tables, self.charsets, self.plain_uuids = {}, {}, set()
        for table, column, kind, notnull, default, length, charset in self.cursor:
            base = KINDS[kind]
            if kind == "char" and length in (32, 36):
                base = "uuid"
                if length == 32:
                    self.plain_uuids.add((table, column))
            self.tables.setdefault(table, {})[column] = (
                kind, notnull, default, base, length if base in ("varchar", "bpchar", "bytea") else None)
            self.charsets[table, column] = charset
        self.cursor.execute(
            """SELECT table_name, column_name FROM information_schema.key_column_usage
               WHERE table_schema = database()
               UNION SELECT table_name, column_name FROM information_schema.statistics
               WHERE table_schema = database() AND non_unique = 0""")
        self.bound = set(self.cursor.fetchall())

    def move_default_pool(self):
        pass  # an auto_increment is never behind its rows

    def filler(self, base, length):
        return b"" if base == "bytea" else super().filler(base, length)

    def adapt(self, value, base, length):
        if isinstance(value, float) and not math.isfinite(value) and base == "float8":
            return None
        if base == "bytea":
            return value if value is None else value[:length]  # as a server that is not strict
        if isinstance(value, dt.datetime):
            return value.astimezone(populate.UTC).replace(tzinfo=None)
        return super().adapt(value, base, length)

    def fit(self, table, column, value):
        """A text in the column's character set, a UUID without dashes where it has no room for them."""
        if isinstance(value, str) and (table, column) in self.plain_uuids:
            return value.replace("-", "")
        charset = self.charsets[table, column]
        if (table, column) == ("variable", "key"):
            charset = "utf8mb3"  # which 3.2.0 makes of it, and the real one dies of the others
        if isinstance(value, str) and charset in ("utf8mb3", "utf8"):
            return "".join(c if ord(c) < 0x10000 else "?" for c in value)
        if isinstance(value, str) and charset in ("latin1", "ascii"):
            return value.encode("ascii", "replace").decode()
        return value

    def insert(self, table, rows, returning=None):
        if table not in self.tables or not rows:
            return []
        used, lines = self.lines(table, rows)
        names = ", ".join(f"`{column}`" for column in used)
        marks = ", ".join(["%s"] * len(used))
        ids = []
        try:
            for line in lines:
                values = [self.fit(table, column, value) for column, value in zip(used, line)]
                self.cursor.execute(f"INSERT INTO `{table}` ({names}) VALUES ({marks})", values)
                ids.append(values[used.index("id")] if "id" in used else self.cursor.lastrowid)
        except MySQLdb.Error as error:
            sys.exit(f"populate_mysql.py: {table}: {error}")
        self.counts[table] += len(lines)
        return ids if returning else []


if __name__ == "__main__":
    populate.main(Database)
