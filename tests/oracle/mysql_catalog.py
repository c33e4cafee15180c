# SPDX-License-Identifier: Apache-2.0
"""Prints a MySQL database as `airshift inspect catalog` does, from SHOW CREATE TABLE.

It is another way to the same facts: airshift asks the information schema. Run by Airflow's
python, with the database's URL in the environment; decides nothing.
"""
import os
import re

import sqlalchemy

url = os.environ["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"]
COLUMN = re.compile(
    r"^  `(?P<name>[^`]+)` (?P<type>[a-z]+(?:\([0-9,]+\))?)(?: CHARACTER SET (?P<set>\w+))?"
    r"(?: COLLATE (?P<collation>\w+))?(?P<rest>.*?),?$"
)
KEY = re.compile(r"^  (?P<unique>UNIQUE )?KEY `(?P<name>[^`]+)` \((?P<columns>.*)\),?$")
FOREIGN = re.compile(
    r"^  CONSTRAINT `(?P<name>[^`]+)` FOREIGN KEY \((?P<columns>.*?)\) REFERENCES `(?P<table>[^`]+)` "
    r"\((?P<theirs>.*?)\)(?: ON DELETE (?P<delete>CASCADE|SET NULL|RESTRICT))?"
    r"(?: ON UPDATE (?P<update>CASCADE|SET NULL|RESTRICT))?,?$"
)
CHECK = re.compile(r"^  CONSTRAINT `(?P<name>[^`]+)` CHECK \((?P<text>\(.*\))\),?$")


def column_line(table, match):
    line = f"{table} column {match['name']} {match['type']}"
    if match["collation"]:
        line += f" COLLATE {match['collation']}"
    if " NOT NULL" in match["rest"]:
        line += " NOT NULL"
    default = re.search(r" DEFAULT (?:'([^']*)'|(\w+))", match["rest"])
    if default and default[2] != "NULL":
        line += f" DEFAULT {default[1] if default[1] is not None else default[2]}"
    if "AUTO_INCREMENT" in match["rest"]:
        line += " counts"
    return line


def lines(table, text):
    yield f"{table} table"
    keys = set(re.findall(r"CONSTRAINT `([^`]+)` FOREIGN KEY", text))
    for line in text.splitlines()[1:-1]:
        quoted = line.replace("`", '"')
        if match := FOREIGN.match(line):
            action = f" ON UPDATE {match['update']}" if match["update"] else ""
            action += f" ON DELETE {match['delete']}" if match["delete"] else ""
            columns, theirs = (match[n].replace("`", '"').replace('","', '", "') for n in ("columns", "theirs"))
            yield (
                f"{table} constraint {match['name']} FOREIGN KEY ({columns}) "
                f'REFERENCES "{match["table"]}" ({theirs}){action}'
            )
        elif match := CHECK.match(line):
            yield f"{table} constraint {match['name']} CHECK {match['text'].replace('`', '')}"
        elif match := KEY.match(line):
            columns = match["columns"].replace("`", '"').replace(",", ", ")
            if match["unique"]:
                yield f"{table} constraint {match['name']} UNIQUE ({columns})"
            else:
                implied = " implied" if match["name"] in keys else ""
                columns = columns.replace('"', "")
                yield f"{table} index {match['name']} btree ({columns}){implied}"
        elif line.startswith("  PRIMARY KEY "):
            columns = re.search(r"\((.*)\)", quoted)[1].replace(",", ", ")
            yield f"{table} constraint PRIMARY PRIMARY KEY ({columns})"
        elif match := COLUMN.match(line):
            yield column_line(table, match)
        else:
            yield f"{table} not understood: {line}"


engine = sqlalchemy.create_engine(url)
with engine.connect() as connection:
    names = [row[0] for row in connection.execute(sqlalchemy.text("SHOW TABLES"))]
    for name in names:
        row = connection.execute(sqlalchemy.text(f"SHOW CREATE TABLE `{name}`")).fetchone()
        # What the table has for its default is not said again for each column.
        own = re.search(r"COLLATE=(\w+)", row[1])[1]
        character_set = own.split("_")[0]
        text = row[1].replace(f" CHARACTER SET {character_set}", "").replace(f" COLLATE {own}", "")
        for line in lines(name, text):
            print(line)
