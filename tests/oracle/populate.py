# SPDX-License-Identifier: Apache-2.0
"""Fills an Airflow database, at any revision from 2.6.2 to 3.3.0, with nasty data.

It reads the catalog and fills what is there: a table or column that this revision
lacks is passed over, a NOT NULL column that nobody named gets a value of its type.
The same arguments always give the same rows. It never alters a table, except under
--extras, which adds what users add: indexes, columns, views, drifted names.

    populate.py --url URL [--rows N] [--fernet-key KEY] [--avoid nan,nul,...]
                [--extras] [--exotic] [--seed N]

--avoid names what the target version's own migration cannot digest:
    nan   NaN and Infinity in xcom and dag_run.conf   (3.0 to 3.2 fail on some)
    nul   \\u0000 in the same places
    deep  JSON of more than a hundred levels      (MySQL has room for no more)
    api   what migrates, but is more than Airflow's API server can show
--exotic adds dag_run.conf pickles of classes that only running them can resolve.
"""

from __future__ import annotations

import argparse
import base64
import collections
import datetime as dt
import decimal
import json
import os
import pickle
import random
import struct
import sys
import uuid
import zlib

import psycopg2
import psycopg2.extras

UTC = dt.timezone.utc
BASE = dt.datetime(2024, 1, 1, tzinfo=UTC)
NASTY = [
    "plain",
    "O'Brien",
    'double "quoted"',
    "back\\slash \\n \\\\",
    "100% %s %(x)s {} {{ jinja }}",
    "Grüße, żółć, 日本語, עברית",
    "emoji \U0001f600 and \U0001f468‍\U0001f469",
    "NaN",
    "semi; -- comment /* */",
    "$$dollar$$ $1 :name ?",
    "tab\tnewline\nreturn\r",
    " leading and trailing ",
    "combining é vs é",
    "\u007f\u0080\u200b\ufeff",
]
STATES = [
    None, "removed", "scheduled", "queued", "running", "success", "restarting",
    "failed", "up_for_retry", "up_for_reschedule", "upstream_failed", "skipped",
    "deferred",
]


class Raw(str):
    """JSON text to be stored as it is, bytes and all, where the column allows."""


class Fernet:
    """Makes the same token every time, so that two databases can be filled alike."""

    def __init__(self, key):
        from cryptography.fernet import Fernet as Real

        self.real = Real(key)
        self.count = 0

    def encrypt(self, text):
        self.count += 1
        iv = struct.pack(">QQ", 0xA1B5, self.count)
        return self.real._encrypt_from_parts(text.encode(), 1700000000, iv).decode()


class Database:
    def __init__(self, url, seed):
        self.connection = self.connect(url)
        self.cursor = self.connection.cursor()
        self.random = random.Random(seed)
        self.serial = 0
        self.counts = collections.Counter()
        self.load()

    def connect(self, url):
        return psycopg2.connect(url.replace("+psycopg2", ""))

    def load(self):
        self.cursor.execute("SET timezone = 'UTC'")
        self.cursor.execute(
            """SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
                      a.attnotnull, a.atthasdef OR a.attidentity <> '',
                      t.typname, a.atttypmod
               FROM pg_class c
               JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
               JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
                    AND NOT a.attisdropped
               JOIN pg_type t ON t.oid = a.atttypid
               WHERE c.relkind IN ('r', 'p') ORDER BY 1, a.attnum"""
        )
        self.tables = {}
        for table, column, typ, notnull, default, base, mod in self.cursor:
            self.tables.setdefault(table, {})[column] = (
                typ, notnull, default, base, mod - 4 if mod > 4 else None)
        # Columns that must keep to what another row says, or to themselves.
        self.cursor.execute(
            """SELECT conrelid::regclass::text, a.attname FROM pg_constraint k
               JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey)
               WHERE k.contype IN ('f', 'c')
               UNION SELECT x.indrelid::regclass::text, a.attname FROM pg_index x
               JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = ANY (x.indkey)
               WHERE x.indisunique"""
        )
        self.bound = set(self.cursor.fetchall())

    def has(self, table, column=None):
        return table in self.tables and (
            column is None or column in self.tables[table])

    def first(self, *tables):
        return next((table for table in tables if table in self.tables), None)

    def base(self, table, column):
        return self.tables.get(table, {}).get(column, ("",) * 4)[3]

    def nullable(self, table, column):
        return self.has(table, column) and not self.tables[table][column][1]

    def uuid7(self, moment=None):
        self.serial += 1
        ms = int((moment or BASE).timestamp() * 1000)
        value = (ms << 80) | (7 << 76) | (self.random.getrandbits(12) << 64)
        value |= (2 << 62) | self.random.getrandbits(62)
        return str(uuid.UUID(int=value))

    def filler(self, base, length):
        self.serial += 1
        if base in ("varchar", "text", "bpchar"):
            return f"x{self.serial}"[: length or 20]
        if base in ("json", "jsonb"):
            return "{}"
        if base == "uuid":
            return self.uuid7()
        if base == "bytea":
            return psycopg2.Binary(b"")
        if base == "bool":
            return False
        if base in ("timestamptz", "timestamp"):
            return BASE
        return 0

    def variety(self, base, length, index):
        """A value, NULL now and then, for a column that nobody gave one."""
        if index % 3 == 0:
            return None
        if base in ("varchar", "text", "bpchar"):
            return text_of(index)[:length]
        if base in ("json", "jsonb"):
            return [{"k": text_of(index)}, [index], "text", 0][index % 4]
        if base == "bool":
            return index % 2 == 0
        if base in ("timestamptz", "timestamp"):
            return BASE + dt.timedelta(seconds=index, microseconds=index)
        if base in ("int2", "int4", "int8"):
            return index
        if base == "float8":
            return index / 7
        return None

    def adapt(self, value, base, length):
        if value is None:
            return None
        if base in ("json", "jsonb"):
            text = str(value) if isinstance(value, Raw) else json.dumps(value)
            return text
        if base == "bytea":
            return psycopg2.Binary(value)
        if base == "timestamp" and value.tzinfo:
            return value.astimezone(UTC).replace(tzinfo=None)
        if base in ("varchar", "text"):
            text = str(value)
            return text[:length] if length else text
        return value

    def lines(self, table, rows):
        """The columns that rows (dictionaries; keys that the table lacks are left out) fill,
        and the values in the order of these columns."""
        columns = self.tables[table]
        used = [c for c in columns if any(c in row for row in rows)]
        for column, (_, notnull, default, _, _) in columns.items():
            if notnull and not default and column not in used:
                used.append(column)
        # What nobody gave would be NULL in every row, and prove nothing.
        free = {column for column, (_, notnull, default, _, _) in columns.items()
                if not notnull and not default and (table, column) not in self.bound
                and column != "data_compressed"
                and all(row.get(column) is None for row in rows)}
        used += [column for column in free if column not in used]
        used.sort(key=list(columns).index)
        values = []
        for index, row in enumerate(rows):
            line = []
            for column in used:
                _, notnull, default, base, length = columns[column]
                if column in free:
                    value = self.adapt(self.variety(base, length, index), base, length)
                elif column in row:
                    value = row[column]
                    if value is BASE and base.startswith("timestamp"):
                        value = BASE + dt.timedelta(seconds=7 * index)
                    value = self.adapt(value, base, length)
                    if value is None and notnull:
                        value = self.filler(base, length)
                elif notnull:
                    value = self.filler(base, length)
                else:
                    value = None
                line.append(value)
            values.append(tuple(line))
        return used, values

    def insert(self, table, rows, returning=None):
        if table not in self.tables or not rows:
            return []
        used, values = self.lines(table, rows)
        names = ", ".join(f'"{c}"' for c in used)
        tail = f" RETURNING {returning}" if returning else ""
        try:
            result = psycopg2.extras.execute_values(
                self.cursor, f'INSERT INTO "{table}" ({names}) VALUES %s{tail}',
                values, page_size=500, fetch=bool(returning))
        except psycopg2.Error as error:
            sys.exit(f"populate.py: {table}: {error}")
        self.counts[table] += len(values)
        return [line[0] for line in result] if returning else []

    def move_default_pool(self):
        """The squashed 2.6.2 base inserts the default pool past its sequence."""
        self.cursor.execute(
            """SELECT setval(pg_get_serial_sequence('slot_pool', 'id'), max(id))
               FROM slot_pool HAVING max(id) > 0""")


def pickles(avoid, exotic):
    """dag_run.conf as bytes: what converts, what does not, and what looks odd."""
    shared = ["shared", {"deep": [1, 2, 3]}]
    loop = {"self": None}
    loop["self"] = loop
    good = [
        {}, {"a": 1}, {"text": text_of(0)}, {"list": [1, 2.5, None, True, False]},
        {"nested": {"x": {"y": {"z": list(range(40))}}}}, {"twice": [shared, shared]},
        {"tuple": (1, (2, 3), ())}, {1: "int key", "1": "its twin"}, {True: "b", None: "n"},
        {1.5: "float key"}, {"big": 2**200, "negative": -(2**63), "small": -1},
        {"floats": [0.1, -0.0, 1e308, 5e-324, 1e22, 123456789.123456789]},
        {"long": "x" * 70000}, {"empty": [{}, [], "", ()]}, {"unicode": "".join(NASTY)},
        {"key with \"quotes\" and \\": "v"}, {"many": {f"k{i}": i for i in range(1200)}},
        {"bytes in name: \x01\x1f": "\x7f"}, {"ints": [0, 255, 256, 65535, 65536, 2**31, -2**31 - 1]},
    ]
    if "nan" not in avoid:
        good += [{"nan": float("nan")}, {"i": [float("inf"), -float("inf")]},
                 {float("nan"): "as a key"}]
    if "nul" not in avoid:
        good += [{"nul": "a\0b"}, {"k\0ey": ["\0"]}]
    bad = [
        {"when": dt.datetime(2024, 2, 29, 12, 30, tzinfo=UTC)}, {"set": {1, 2}},
        {"bytes": b"\x00\xff"}, {"day": dt.date(2024, 1, 1)}, {"delta": dt.timedelta(1)},
        {"decimal": decimal.Decimal("1.10")}, {(1, 2): "tuple key"}, loop,
        {"frozen": frozenset("ab")}, {"bytearray": bytearray(b"x")},
        {"complex": 1 + 2j}, {"uuid": uuid.UUID(int=7)},
    ]
    if exotic:
        good += [collections.OrderedDict(a=1), collections.defaultdict(list, a=[1]),
                 {"range": range(3)}, {"deque": collections.deque([1, 2])}]
    values = [None, b"\x80\x05}\x94.", b"\x80\x04}\x94."]
    for protocol in range(6):
        values += [pickle.dumps(value, protocol) for value in good + bad]
    values += [
        pickle.dumps({"a": 1}, 4)[:-3],          # cut short
        b"\x80\x04cno.such.module\nThing\n.",    # a class that nobody has
        b"not a pickle at all", b"\x80\x63.",
    ]
    if "api" not in avoid:
        # What converts, but is no dictionary.
        values += [pickle.dumps([1, 2, 3], 4), pickle.dumps("only text", 5),
                   pickle.dumps(None, 4), pickle.dumps(17, 2)]
    return values


def text_of(index):
    return NASTY[index % len(NASTY)]


def xcom_values(avoid):
    """XCom values as bytes, as 2.x stores them."""
    documents = [
        b"null", b"true", b"0", b"-0", b"-0.0", b'""', b"[]", b"{}",
        b'"plain"', b' {"a" : 1 }\n', b'{"a": 1, "a": 2}', b'{"b": 1, "aa": 2, "a": 3}',
        b"123456789012345678901234567890123456789", b"1e308", b"1e-307", b"1.10", b"1E5",
        b'"\\ud83d\\ude00 \\u00fc"', '"\U0001f600 ü"'.encode(), b'"\\\\u0000"',
        b'"a\\\\\\\\u0000b"', b'"quote \\" backslash \\\\ slash \\/ \\b\\f\\n\\r\\t"',
        b'"the word NaN, and Infinity"', b'"NaN"', b'{"NaN": "Infinity"}',
        b'["\\\\", "\\\\\\\\"]', b"[" * 200 + b"]" * 200,
        b'{"__classname__": "builtins.tuple", "__version__": 1, "__data__": [1, 2]}',
        json.dumps("x" * 9000).encode(), json.dumps(NASTY).encode(),
        json.dumps(NASTY, ensure_ascii=False).encode(),
        json.dumps({text: text for text in NASTY}, indent=2).encode(),
        json.dumps([2**64, -(2**64), 2**1000, 1e22, 0.1, 1 / 3]).encode(),
        b"9" * 300, b"0." + b"3" * 300,
    ]
    if "nan" not in avoid:
        # Not here: NaN as a whole document with blanks around it. The real 3.3.2
        # leaves it and then fails on it.
        # The first five are only strings, but 3.0 to 3.2 break them all the same.
        documents += [
            b'"[NaN, -Infinity]"', b'": NaN,"', b'{"NaN": "Infinity"}',
            b'{"k: NaN": ", NaN]"}', b'"{\\"a\\": NaN}"',
            b"NaN", b"Infinity", b"-Infinity", b"[NaN]", b"[NaN, Infinity, -Infinity]",
            b"[NaN,NaN,NaN]", b'{"a": NaN}', b'{"a":NaN,"b":-Infinity}', b'{"a": [1, NaN]}',
            b'{"a": {"b": [[NaN], {"c": Infinity}]}}', b'[\n  NaN,\n  1\n]',
            b'{\n    "a": NaN\n}', b'{"s": "NaN", "v": NaN}', b'["a, NaN, b", NaN]',
            b'{"s": "x: NaN, y", "v": NaN}', b'{"s": "[Infinity]", "v": [NaN]}',
            b'{"a" :  -Infinity }', b'{"esc": "q\\": NaN, ", "v": NaN}',
        ]
    if "deep" in avoid:
        documents.remove(b"[" * 200 + b"]" * 200)
    if "nul" not in avoid:
        documents += [
            b'"\\u0000"', b'"a\\u0000b"', b'{"a\\u0000": "\\u0000\\u0000"}',
            b'"\\\\\\u0000"', b'["\\\\u0000", "\\u0000", "\\\\\\\\\\u0000"]',
        ]
    if not avoid & {"nan", "nul"}:
        documents += [b'["\\u0000", NaN]', b'{"a": "\\u0000NaN", "b": NaN}']
    values = [None]
    values += documents
    for protocol in (2, 3, 4, 5):
        values += [pickle.dumps({"pickled": protocol, "when": BASE}, protocol),
                   pickle.dumps("text", protocol), pickle.dumps(float("nan"), protocol)]
    return values


def trigger_kwargs(index):
    """A trigger's arguments in the serialised form of every version."""
    inner = [
        {}, {"moment": {"__var": 1706745600.5, "__type": "datetime"}},
        {"text": text_of(index), "n": index, "none": None},
        {"delta": {"__var": 90.0, "__type": "timedelta"}, "list": [1, "two", 3.0]},
        {"nested": {"__var": {"a": {"__var": {"b": 1}, "__type": "dict"}}, "__type": "dict"}},
        {"tuple": {"__var": [1, 2], "__type": "tuple"}, "set": {"__var": [1], "__type": "set"}},
    ][index % 6]
    return {"__var": inner, "__type": "dict"}


def long_id(prefix, index):
    """Of 250 characters, all of them used."""
    return (prefix + "_" + "x" * 250)[: 250 - 8] + f"_{index:07d}"


class Populator:
    def __init__(self, database, options):
        self.db = database
        self.options = options
        self.rows = max(options.rows, 40)
        self.avoid = {word for word in options.avoid.split(",") if word}
        self.fernet = Fernet(options.fernet_key) if options.fernet_key else None
        self.dags, self.runs, self.instances, self.triggers = [], [], [], []
        self.versions, self.serialized = {}, {}
        self.is_3 = database.has("task_instance", "id")

    def moment(self, index, micro=0):
        return BASE + dt.timedelta(seconds=index * 61, microseconds=micro)

    def everything(self):
        self.jobs_and_templates()
        self.users()
        self.teams_and_bundles()
        self.small_tables()
        self.dag_tables()
        self.dag_versions()
        self.trigger_rows()
        self.backfills()
        self.dag_runs()
        self.task_instances()
        self.histories()
        self.xcoms()
        self.task_tables()
        self.logs()
        self.datasets()
        self.deadlines()
        self.human_in_the_loop()
        self.new_tables()
        if self.options.extras:
            self.extras()

    def jobs_and_templates(self):
        db = self.db
        self.jobs = db.insert("job", [
            {"dag_id": None if i % 3 else "job's dag", "state": [None, "running", "success"][i % 3],
             "job_type": ["SchedulerJob", "TriggererJob", "LocalTaskJob"][i % 3],
             "start_date": self.moment(i), "end_date": None, "latest_heartbeat": self.moment(i),
             "executor_class": "LocalExecutor", "hostname": text_of(i), "unixname": "airflow"}
            for i in range(12)], "id")
        db.cursor.execute("SELECT max(id) FROM log_template")
        self.template = db.cursor.fetchone()[0]
        if self.template is None:
            self.template = db.insert("log_template", [
                {"filename": "{{ ti.dag_id }}.log", "elasticsearch_id": "{dag_id}",
                 "created_at": BASE}], "id")[0]
        if db.has("dag_pickle"):
            self.pickles = db.insert("dag_pickle", [
                {"pickle": pickle.dumps({"dag": i}), "created_dttm": BASE, "pickle_hash": i}
                for i in range(3)], "id")

    def users(self):
        db = self.db
        if not db.has("ab_user"):
            return
        # FAB's sequences do not belong to their columns in every version.
        def insert(table, rows):
            if db.tables[table]["id"][2]:
                return db.insert(table, rows, "id")
            db.cursor.execute(f"SELECT coalesce(max(id), 0) FROM {table}")
            start = db.cursor.fetchone()[0]
            sequence = f"{table}_id_seq"
            for offset, row in enumerate(rows, 1):
                row["id"] = start + offset
            ids = db.insert(table, rows, "id")
            db.cursor.execute("SELECT to_regclass(%s)", (sequence,))
            if db.cursor.fetchone()[0] and ids:
                db.cursor.execute("SELECT setval(%s, %s)", (sequence, max(ids)))
            return ids

        roles = insert("ab_role", [{"name": f"Role {text_of(i)[:20]} {i}"} for i in range(6)])
        self.users_ids = insert("ab_user", [
            {"first_name": text_of(i), "last_name": "O'Neil", "username": f"user_{i}_{text_of(i)}",
             "password": None if i % 4 == 0 else "pbkdf2:sha256:x", "active": [True, False, None][i % 3],
             "email": f"user{i}@example.org", "last_login": BASE if i % 2 else None,
             "login_count": i, "created_on": BASE, "changed_on": BASE}
            for i in range(12)])
        db.cursor.execute(
            "UPDATE ab_user SET created_by_fk = %s, changed_by_fk = %s WHERE id = %s",
            (self.users_ids[0], self.users_ids[1], self.users_ids[2]))
        insert("ab_user_role", [{"user_id": user, "role_id": role}
                                for n, user in enumerate(self.users_ids)
                                for role in roles[: n % 4]])
        actions = insert("ab_permission", [{"name": f"can_oracle_{i}"} for i in range(4)])
        menus = insert("ab_view_menu", [{"name": f"DAG:{text_of(i)} {i}"} for i in range(8)])
        views = insert("ab_permission_view", [{"permission_id": a, "view_menu_id": m}
                                              for a in actions for m in menus])
        insert("ab_permission_view_role", [{"permission_view_id": v, "role_id": roles[n % 6]}
                                           for n, v in enumerate(views)])
        insert("ab_register_user", [
            {"first_name": "a", "last_name": "b", "username": f"new_{i}", "email": f"n{i}@example.org",
             "password": None, "registration_date": BASE, "registration_hash": text_of(i)}
            for i in range(3)])
        if db.has("ab_group"):
            groups = insert("ab_group", [{"name": f"group {i}", "label": text_of(i)} for i in range(3)])
            insert("ab_group_role", [{"group_id": g, "role_id": r} for g, r in zip(groups, roles)])
            insert("ab_user_group", [{"group_id": g, "user_id": u}
                                     for g, u in zip(groups, self.users_ids)])
        db.insert("session", [{"session_id": f"session-{i}", "data": b"\x00\xff", "expiry": BASE}
                              for i in range(3)])

    def teams_and_bundles(self):
        db = self.db
        # 3.1 keeps a team's UUID where 3.2 wants its name, and the real revision
        # fails on any reference between the two; teams without one are fine.
        db.insert("team", [{"name": f"team {i}"} for i in range(3)])
        db.insert("dag_bundle", [
            {"name": name, "active": [True, False, None][i % 3], "version": None,
             "last_refreshed": BASE if i % 2 else None, "signed_url_template": "https://x/{path}",
             "template_params": {"p": text_of(i)}}
            for i, name in enumerate(["git main", "bundle's", "dags-folder"])])
        if db.has("dag_bundle_team", "team_name"):
            db.insert("dag_bundle_team", [{"dag_bundle_name": "git main", "team_name": "team 1"}])

    def small_tables(self):
        db = self.db
        db.move_default_pool()
        null_slots = db.nullable("slot_pool", "slots")
        db.insert("slot_pool", [
            {"pool": f"pool {text_of(i)} {i}", "slots": None if null_slots and i % 3 == 0 else i - 1,
             "description": None if i % 2 else text_of(i), "include_deferred": i % 2 == 0,
             "team_name": "team 1" if i == 4 else None}
            for i in range(10)])
        rows = [
            {"key": f"var {text_of(i)} {i}", "val": text_of(i), "is_encrypted": [False, True, None][i % 3],
             "description": text_of(i) if i % 2 else None, "team_name": "team 2" if i == 4 else None}
            for i in range(14)]
        if db.nullable("variable", "val"):
            rows += [{"key": None, "val": None, "is_encrypted": None},
                     {"key": None, "val": "without a key", "is_encrypted": False},
                     {"key": "without a value", "val": None, "is_encrypted": None}]
        if not db.nullable("variable", "is_encrypted"):
            rows = [{**row, "is_encrypted": bool(row["is_encrypted"])} for row in rows]
        db.insert("variable", rows)
        def secret(text, encrypted):
            return self.fernet.encrypt(text) if encrypted and self.fernet else text

        flags = [False, True, None] if db.nullable("connection", "is_encrypted") else [False, True]
        db.insert("connection", [
            {"conn_id": f"conn {text_of(i)} {i}"[:250], "conn_type": "postgres",
             "description": text_of(i) if i % 2 else None, "host": text_of(i), "schema": "s",
             "login": text_of(i + 1), "password": None if i % 4 == 0 else secret("p%s" % text_of(i), flags[i % len(flags)]),
             "port": [None, 0, 65535][i % 3], "is_encrypted": flags[i % len(flags)],
             "is_extra_encrypted": flags[(i + 1) % len(flags)],
             "extra": secret(json.dumps({"k": text_of(i)}), flags[(i + 1) % len(flags)]), "team_name": "team 0" if i == 3 else None}
            for i in range(12)])
        db.insert("import_error", [
            {"timestamp": BASE if i % 2 else None, "filename": f"/dags/{text_of(i)}.py",
             "stacktrace": text_of(i), "processor_subdir": None, "bundle_name": "git main"}
            for i in range(5)])
        db.insert("dag_priority_parsing_request", [
            {"id": f"{i:032x}", "fileloc": f"/dags/{i}.py", "relative_fileloc": f"{i}.py",
             "bundle_name": "git main"} for i in range(3)])
        if db.has("callback_request"):
            db.insert("callback_request", [
                {"created_at": BASE, "priority_weight": i, "callback_type": "DagCallbackRequest",
                 "callback_data": json.dumps({"dag_id": text_of(i)}), "processor_subdir": "/dags"}
                for i in range(4)])
        db.insert("revoked_token", [{"jti": f"{i:032x}", "exp": BASE} for i in range(2)])
        db.insert("connection_test_request", [
            {"token": f"tok{i}", "connection_id": f"c{i}", "state": "pending", "conn_type": "http",
             "extra": text_of(i), "active_connection_id": f"c{i}"} for i in range(2)])

    def dag_tables(self):
        db = self.db
        count = max(self.rows // 25, 14)
        self.dags = [long_id("dag", i) if i % 5 == 0 else f"dag {text_of(i)} {i}"
                     for i in range(count)]
        rows = []
        for i, dag in enumerate(self.dags):
            rows.append({
                "dag_id": dag, "root_dag_id": self.dags[0] if i % 7 == 3 else None,
                "is_subdag": [False, None, True][i % 3],
                "is_paused": [True, False, None if db.nullable("dag", "is_paused") else True][i % 3],
                "is_active": [True, False, None][i % 3],
                "is_stale": [False, True, None if db.nullable("dag", "is_stale") else True][i % 3],
                "last_parsed_time": self.moment(i) if i % 2 else None, "last_pickled": None,
                "last_expired": self.moment(i) if i % 3 else None, "scheduler_lock": [None, False][i % 2],
                "pickle_id": self.pickles[i % 3] if db.has("dag_pickle") and i % 4 == 0 else None,
                "fileloc": ["/opt/airflow/dags/a.py", "/lib/airflow/example_dags/x.py", None,
                            f"/dags/{text_of(i)}.py"][i % 4],
                "relative_fileloc": [None, "a.py"][i % 2], "processor_subdir": "/dags",
                "bundle_name": "git main" if not db.nullable("dag", "bundle_name")
                               else [None, "git main", "bundle's"][i % 3],
                "bundle_version": None, "owners": text_of(i), "dag_display_name": text_of(i + 2),
                "description": None if i % 2 else text_of(i), "default_view": ["grid", None][i % 2],
                "schedule_interval": ['"0 0 * * *"', None, '"@daily"',
                                      '{"type": "timedelta", "attrs": {"days": 1}}', "null"][i % 5],
                "timetable_summary": ["0 0 * * *", None][i % 2], "timetable_description": text_of(i),
                "timetable_type": ["airflow.timetables.interval.CronDataIntervalTimetable", ""][i % 2],
                "dataset_expression": [None, {"any": [{"uri": "s3://b"}]}][i % 2],
                "asset_expression": [None, {"any": [{"asset": {"uri": "s3://b"}}]}][i % 2],
                "max_active_tasks": 1 + i, "max_active_runs": [None, 1, 16][i % 3],
                "max_consecutive_failed_dag_runs": i % 4, "has_task_concurrency_limits": i % 2 == 0,
                "has_import_errors": [False, True, None][i % 3], "next_dagrun": None,
                "next_dagrun_data_interval_start": self.moment(i),
                "next_dagrun_data_interval_end": self.moment(i + 1),
                "next_dagrun_create_after": self.moment(i) if i % 2 else None,
            })
        db.insert("dag", rows)
        db.insert("dag_tag", [{"name": f"{text_of(i)[:60]} {k}", "dag_id": dag}
                              for i, dag in enumerate(self.dags) for k in range(i % 4)])
        db.insert("dag_owner_attributes", [{"dag_id": dag, "owner": text_of(i), "link": "mailto:a@b"}
                                           for i, dag in enumerate(self.dags)])
        db.insert("dag_warning", [{"dag_id": dag, "warning_type": "non-existent pool",
                                   "message": text_of(i), "timestamp": self.moment(i)}
                                  for i, dag in enumerate(self.dags)])
        db.insert("dag_favorite", [{"user_id": text_of(i), "dag_id": dag}
                                   for i, dag in enumerate(self.dags)])
        db.insert("sla_miss", [
            {"task_id": f"task {i}", "dag_id": dag, "execution_date": self.moment(i),
             "email_sent": True, "timestamp": None, "description": text_of(i),
             "notification_sent": None} for i, dag in enumerate(self.dags)])
        if db.has("serialized_dag", "fileloc"):
            db.insert("serialized_dag", [
                {"dag_id": dag, "fileloc": f"/dags/{i}.py", "fileloc_hash": 10**15 + i,
                 "data": {"dag": {"dag_id": dag}, "__version": 1} if i % 2 else None,
                 "data_compressed": None if i % 2 else b"x\x9c\x03\x00\x00\x00\x00\x01",
                 "last_updated": self.moment(i), "dag_hash": f"{i:032x}", "processor_subdir": None}
                for i, dag in enumerate(self.dags)])
            db.insert("dag_code", [
                {"fileloc_hash": 10**15 + i, "fileloc": f"/dags/{i}.py", "last_updated": BASE,
                 "source_code": "# " + text_of(i)} for i in range(len(self.dags))])

    def dag_versions(self):
        db = self.db
        if not db.has("dag_version"):
            return
        rows, codes, graphs = [], [], []
        for i, dag in enumerate(self.dags):
            for number in range(1, 2 + i % 3):
                ident = db.uuid7(self.moment(i))
                self.versions.setdefault(dag, []).append(ident)
                rows.append({"id": ident, "version_number": number, "dag_id": dag,
                             "bundle_name": [None, "git main"][i % 2], "bundle_version": None,
                             "version_data": {"n": number},
                             "created_at": self.moment(i), "last_updated": self.moment(i)})
                codes.append({"id": db.uuid7(), "dag_id": dag, "fileloc": f"/dags/{i}.py",
                              "created_at": BASE, "last_updated": BASE,
                              "source_code": "# " + text_of(i), "source_code_hash": f"{i:032x}",
                              "dag_version_id": ident})
                graph = {"dag": {"dag_id": dag, "tasks": [], "text": text_of(i)}, "__version": 2}
                if db.has("deadline") and not db.has("deadline_alert"):
                    graph["dag"]["deadline"] = self.alert(i)
                graphs.append({"id": db.uuid7(), "dag_id": dag, "dag_version_id": ident,
                               "data": None if i % 5 == 2 else graph,
                               "data_compressed": zlib.compress(json.dumps(graph).encode())
                               if i % 5 == 2 else None, "created_at": BASE,
                               "last_updated": BASE, "dag_hash": f"{i:032x}"})
                self.serialized[dag] = graphs[-1]["id"]
        db.insert("dag_version", rows)
        db.insert("dag_code", codes)
        db.insert("serialized_dag", graphs)

    def alert(self, index):
        """A DAG's deadlines before 3.2 gave them a table: well formed, odd and wrong."""
        def one(number):
            return {"__type": "deadline_alert", "__var": {
                "reference": {"reference_type": "DagRunQueuedAtDeadline"}, "interval": 3600.5 + number,
                "callback": {"__data__": {"path": text_of(index), "kwargs": {"n": number}}}}}

        return [[one(1)], None, [one(1), one(2)], [], one(3), [one(4), {"__var": {"interval": 1}}, "text"],
                [one(5), one(5)]][index % 7]

    def trigger_rows(self):
        db = self.db
        as_text = db.base("trigger", "kwargs") == "text"
        rows = []
        for i in range(max(self.rows // 15, 12)):
            kwargs = trigger_kwargs(i)
            if as_text and self.fernet:
                kwargs = self.fernet.encrypt(json.dumps(kwargs))
            elif as_text:
                kwargs = json.dumps(kwargs)
            rows.append({"classpath": "airflow.triggers.temporal.DateTimeTrigger", "kwargs": kwargs,
                         "created_date": self.moment(i), "triggerer_id": [None, self.jobs[0]][i % 2],
                         "queue": [None, "q"][i % 2], "team_name": None})
        self.triggers = db.insert("trigger", rows, "id")

    def backfills(self):
        db = self.db
        self.backfill_ids = db.insert("backfill", [
            {"dag_id": dag, "from_date": BASE, "to_date": self.moment(9),
             "dag_run_conf": {"n": text_of(i)}, "is_paused": [None, False, True][i % 3],
             "reprocess_behavior": "none", "max_active_runs": 3, "created_at": BASE,
             "completed_at": None, "updated_at": BASE, "triggering_user_name": text_of(i)}
            for i, dag in enumerate(self.dags[:5])], "id")

    def dag_runs(self):
        db = self.db
        binary = db.base("dag_run", "conf") == "bytea"
        confs = pickles(self.avoid, self.options.exotic) if binary else [
            None, {}, {"a": text_of(1)}, [1, 2], {"n": 10**30}, "text", 0, {"f": [0.1, 1e300]}]
        # Even a small database sees every conf once.
        count = max(self.rows // 3, len(confs) + 10)
        is_dataset = db.has("dataset")
        rows = []
        for i in range(count):
            dag = self.dags[i % len(self.dags)]
            when = self.moment(i, i % 1000)
            kind = ["scheduled", "manual", "backfill",
                    "dataset_triggered" if is_dataset else "asset_triggered"][i % 4]
            run_id = (long_id("manual__", i) if i % 6 == 0 else
                      f"{kind}__{when.isoformat()} {text_of(i) if i % 5 == 0 else ''}")
            interval = None if i % 5 == 4 else when
            rows.append({
                "dag_id": dag, "queued_at": [None, when][i % 2], "execution_date": when,
                "logical_date": None if i % 9 == 5 else when,
                "start_date": [None, when][i % 3 != 0], "end_date": [None, when][i % 2],
                "state": ["success", "failed", "running", "queued",
                          "success" if "api" in self.avoid else None][i % 5], "run_id": run_id,
                "creating_job_id": [None, self.jobs[0]][i % 2], "external_trigger": [True, False, None][i % 3],
                "run_type": kind, "conf": confs[i % len(confs)], "run_after": when,
                "data_interval_start": interval, "data_interval_end":
                    None if interval is None else interval + dt.timedelta(days=1),
                "last_scheduling_decision": None, "dag_hash": [None, f"{i:032x}"][i % 2],
                "log_template_id": [None, self.template][i % 2], "updated_at": [None, when][i % 2],
                "clear_number": i % 3, "triggered_by": [None, "timetable"][i % 2],
                "triggering_user_name": text_of(i),
                "backfill_id": self.backfill_ids[i % 5] if kind == "backfill" and self.backfill_ids else None,
                "bundle_version": None, "context_carrier": [None, {}, {"traceparent": "x"}][i % 3],
                "span_status": ["not_started", "active", "ended"][i % 3], "partition_key": None, "created_at": None,
                "created_dag_version_id": self.versions[dag][0] if self.versions and i % 2 else None,
            })
        ids = db.insert("dag_run", rows, "id")
        self.runs = [(ids[i], row["dag_id"], row["run_id"], self.moment(i), i)
                     for i, row in enumerate(rows)]
        db.insert("dag_run_note", [
            {"dag_run_id": run[0], "content": [None, text_of(i), "x" * 1000][i // 3 % 3],
             "user_id": [None, self.users_ids[i % 12]][i % 2], "created_at": run[3],
             "updated_at": run[3]} for i, run in enumerate(self.runs) if i % 3 == 0])
        bdr = [{"backfill_id": self.backfill_ids[i % 5], "dag_run_id": run[0], "logical_date": run[3],
                "exception_reason": [None, "already exists"][i % 2], "sort_ordinal": i}
               for i, run in enumerate(self.runs[:20])] if self.backfill_ids else []
        db.insert("backfill_dag_run", bdr)

    def task_instances(self):
        db = self.db
        nullable_try = db.nullable("task_instance", "try_number")
        rows = []
        for i in range(self.rows):
            run_pk, dag, run_id, when, _ = self.runs[i % len(self.runs)]
            lap = i // len(self.runs)
            state = STATES[i % len(STATES)]
            # Mapped tasks share a task id; the index tells them apart.
            mapped = i % 4 == 1
            task = (long_id("task", i) if i % 8 == 0 else
                    f"group.{text_of(i)}" if mapped else f"task {text_of(i)} {lap}")
            odd = when + dt.timedelta(microseconds=[0, 499, 500, 501, 999999, 123456][i % 6])
            rows.append({
                "id": db.uuid7(odd), "task_id": task, "dag_id": dag, "run_id": run_id,
                "map_index": lap if mapped else -1,
                "queued_dttm": [odd, None, odd, None][i % 4],
                "start_date": [odd + dt.timedelta(seconds=5), odd, None, None][i % 4],
                "end_date": [None, odd + dt.timedelta(hours=1)][i % 2],
                "duration": [None, 0.1, 3600.123456, float("nan"), 1e-9][i % 5], "state": state,
                "try_number": None if nullable_try and i % 11 == 0 else i % 5,
                "max_tries": None if nullable_try and i % 13 == 0 else [-1, 0, 3][i % 3],
                "hostname": [None, "", text_of(i)][i % 3], "unixname": [None, "airflow"][i % 2],
                "job_id": [None, self.jobs[i % 12]][i % 2], "pool": ["default_pool", f"pool {text_of(1)} 1"][i % 2],
                "pool_slots": 1 + i % 3, "queue": [None, "default", text_of(i)][i % 3],
                "priority_weight": [None, 1, 2**31 - 1][i % 3], "operator": [None, "BashOperator"][i % 2],
                "custom_operator_name": [None, "@task", text_of(i)][i % 3],
                "queued_by_job_id": [None, self.jobs[0]][i % 2], "pid": [None, 2**31 - 1][i % 2],
                "executor": [None, "LocalExecutor"][i % 2],
                "executor_config": [pickle.dumps({}), None, pickle.dumps({"k": text_of(i)}, 4)][i % 3],
                "updated_at": [None, odd][i % 2], "rendered_map_index": [None, text_of(i)][i % 2],
                "external_executor_id": [None, "x" * 250, text_of(i)][i % 3],
                "trigger_id": self.triggers[i % len(self.triggers)] if state == "deferred" else None,
                "trigger_timeout": [None, dt.datetime(2024, 3, 31, 2, 30, 0, 500000, tzinfo=UTC),
                                    odd][i % 3] if state == "deferred" else None,
                "next_method": "execute_complete" if state == "deferred" else None,
                "next_kwargs": [None, trigger_kwargs(i), {}][i % 3] if state == "deferred" else None,
                "task_display_name": [None, text_of(i)][i % 2], "scheduled_dttm": [None, odd][i % 2],
                "last_heartbeat_at": [None, odd][i % 2], "context_carrier": [None, {"a": 1}][i % 2],
                "span_status": ["not_started", "active", "ended"][i % 3],
                "dag_version_id": self.versions[dag][0] if self.versions and i % 2 else None,
                "retry_delay_override": None, "retry_reason": None,
            })
        seen, unique = set(), []
        for row in rows:
            key = (row["dag_id"], row["task_id"], row["run_id"], row["map_index"])
            if key not in seen:
                seen.add(key)
                unique.append(row)
        self.instances = unique
        db.insert("task_instance", unique)

    def run_pk(self, row):
        if not hasattr(self, "run_index"):
            self.run_index = {(run[1], run[2]): run[0] for run in self.runs}
        return self.run_index[(row["dag_id"], row["run_id"])]

    def histories(self):
        db = self.db
        self.history = []
        for i, row in enumerate(self.instances):
            for attempt in range(1, 1 + i % 4):
                past = dict(row)
                past.pop("id")
                past["try_number"] = attempt
                past["task_instance_id"] = db.uuid7(self.moment(i))
                past["max_tries"] = None if i % 7 == 0 else 3
                past["state"] = ["failed", "skipped", None][i % 3]
                self.history.append(past)
        db.insert("task_instance_history", self.history)

    def xcoms(self):
        db = self.db
        if db.base("xcom", "value") == "bytea":
            values = xcom_values(self.avoid)
        else:
            values = [None] + [Raw(v.decode()) for v in xcom_values({"nan", "nul", *self.avoid})
                               if v is not None and v[0] != 0x80]
        rows = []
        for i in range(max(self.rows // 2, len(values) + 5)):
            ti = self.instances[i % len(self.instances)]
            rows.append({
                "dag_run_id": self.run_pk(ti), "task_id": ti["task_id"], "map_index": ti["map_index"],
                "key": ["return_value", text_of(i), long_id("key", i) * 2][i % 3][:500] + f" {i}",
                "dag_id": ti["dag_id"], "run_id": ti["run_id"], "value": values[i % len(values)],
                "timestamp": self.moment(i), "dag_result": [None, True, False][i % 3]})
        db.insert("xcom", rows)

    def task_tables(self):
        db = self.db
        keys = ("dag_id", "task_id", "run_id", "map_index")
        def key(ti):
            return {k: ti[k] for k in keys} | {"ti_id": ti["id"]}

        some = list(enumerate(self.instances))
        db.insert("task_instance_note", [
            key(ti) | {"content": [None, text_of(i), "y" * 1000][i // 3 % 3], "created_at": BASE,
                       "updated_at": self.moment(i), "user_id": [None, self.users_ids[i % 12]][i % 2]}
            for i, ti in some if i % 3 == 0])
        db.insert("task_reschedule", [
            key(ti) | {"try_number": n, "start_date": self.moment(i), "end_date": self.moment(i + 1),
                       "duration": 61, "reschedule_date": self.moment(i + 2)}
            for i, ti in some for n in range(i % 3)])
        db.insert("rendered_task_instance_fields", [
            key(ti) | {"rendered_fields": Raw(json.dumps({"cmd": text_of(i), "pad":  "z" * (i % 50)}, indent=i // 2 % 3)),
                       "k8s_pod_yaml": [None, {"spec": text_of(i)}][i // 2 % 2]}
            for i, ti in some if i % 2])
        db.insert("task_map", [key(ti) | {"length": i, "keys": [None, [text_of(i)], {"a": 1}][i % 3]}
                               for i, ti in some if i % 5 == 0])
        db.insert("task_fail", [
            key(ti) | {"start_date": [None, BASE][i // 2 % 2], "end_date": None, "duration": [None, 7][i // 2 % 2]}
            for i, ti in some if i % 7 == 0])

    def logs(self):
        db = self.db
        null_event = db.nullable("log", "event")
        rows = []
        for i in range(self.rows):
            ti = self.instances[i % len(self.instances)]
            rows.append({
                "dttm": [None, self.moment(i)][i % 5 != 0], "dag_id": [None, ti["dag_id"]][i % 4 != 0],
                "task_id": ti["task_id"], "map_index": ti["map_index"],
                "event": None if null_event and i % 10 == 3 else ["cli_run", "", "trigger", text_of(i)[:30]][i % 4],
                "execution_date": [None, self.moment(i)][i % 2], "logical_date": [None, self.moment(i)][i % 2],
                "run_id": ti["run_id"], "owner": text_of(i), "owner_display_name": [None, text_of(i)][i % 2],
                "extra": [None, "", json.dumps({"x": text_of(i)})][i % 3], "try_number": [None, 1][i % 2]})
        db.insert("log", rows)

    def datasets(self):
        db = self.db
        table = db.first("asset", "dataset")
        kind = "asset" if table == "asset" else "dataset"
        name_key = f"{kind}_id"
        uris = [f"s3://bucket/{text_of(i)}/{i}" for i in range(14)] + ["u" * 1490]
        ids = db.insert(table, [
            {"uri": uri, "name": f"{uri}" if i % 2 else f"name {i}", "group": ["asset", ""][i % 2],
             "extra": {"n": text_of(i)}, "created_at": BASE, "updated_at": self.moment(i),
             "is_orphaned": i % 4 == 3} for i, uri in enumerate(uris)], "id")
        if db.has("asset_active"):
            db.insert("asset_active", [
                {"name": f"{uri}" if i % 2 else f"name {i}", "uri": uri}
                for i, uri in enumerate(uris) if i % 4 != 3])
        aliases = db.insert(f"{kind}_alias", [
            {"name": f"alias {text_of(i)} {i}", "group": "asset"} for i in range(6)], "id")
        events = db.insert(f"{kind}_event", [
            {name_key: ids[i % len(ids)], "extra": {"i": i}, "source_task_id": [None, f"task {i}"][i % 2],
             "source_dag_id": [None, self.dags[i % len(self.dags)]][i % 2],
             "source_run_id": [None, self.runs[i % len(self.runs)][2]][i % 2],
             "source_map_index": [None, -1, 3][i % 3], "timestamp": self.moment(i), "partition_key": None}
            for i in range(40)], "id")
        pairs = [(i, dag) for i, dag in enumerate(self.dags)]
        stamps = {"created_at": BASE, "updated_at": self.moment(3)}
        db.insert(f"{kind}_alias_{kind}", [{"alias_id": a, name_key: d} for a, d in zip(aliases, ids)])
        db.insert(f"{kind}_alias_{kind}_event", [{"alias_id": a, "event_id": e}
                                                for a, e in zip(aliases, events)])
        db.insert(f"dag_schedule_{kind}_alias_reference", [
            {"alias_id": a, "dag_id": dag} | stamps for a, (_, dag) in zip(aliases, pairs)])
        db.insert(f"dag_schedule_{kind}_reference", [
            {name_key: ids[i % len(ids)], "dag_id": dag, "allow_producer_teams": [None, ["t"]][i % 2]} | stamps
            for i, dag in pairs])
        for direction in ("outlet", "inlet"):
            db.insert(f"task_{direction}_{kind}_reference", [
                {name_key: ids[i % len(ids)], "dag_id": dag, "task_id": f"task {text_of(i)}"} | stamps
                for i, dag in pairs])
        db.insert(f"{kind}_dag_run_queue", [
            {name_key: ids[i % len(ids)], "target_dag_id": dag, "created_at": BASE} for i, dag in pairs])
        db.insert(f"dagrun_{kind}_event", [{"dag_run_id": run[0], "event_id": e}
                                          for run, e in zip(self.runs, events)])
        db.insert("dag_schedule_asset_name_reference", [
            {"name": text_of(i), "dag_id": dag, "created_at": BASE} for i, dag in pairs])
        db.insert("dag_schedule_asset_uri_reference", [
            {"uri": text_of(i), "dag_id": dag, "created_at": BASE} for i, dag in pairs])
        db.insert("asset_trigger", [{"asset_id": a, "trigger_id": t} for a, t in zip(ids, self.triggers)])
        db.insert("asset_watcher", [{"asset_id": a, "trigger_id": t, "name": f"w{a}"}
                                    for a, t in zip(ids, self.triggers)])
        self.assets, self.events = ids, events

    def deadlines(self):
        db = self.db
        if not db.has("deadline"):
            return
        count, callbacks = 30, []
        paths = ["my.callback", "", "O'Brien.call%s"]
        if db.has("callback"):
            for i in range(count):
                callbacks.append({
                    "id": str(uuid.UUID(int=db.random.getrandbits(128), version=4)), "type": "triggerer",
                    "fetch_method": "import_path", "state": ["pending", "success"][i % 2],
                    "data": {"__var": {"path": paths[i % 3], "kwargs": {}}, "__type": "dict"},
                    "priority_weight": 1, "created_at": self.moment(i), "trigger_id": None, "output": None})
            for i in range(3):
                callbacks.append({
                    "id": str(uuid.UUID(int=db.random.getrandbits(128), version=4)), "type": "dag_processor",
                    "fetch_method": "dag_attribute", "state": None, "priority_weight": i,
                    "data": {"__var": {"req_data": json.dumps({"bundle_name": f"b{i}"})}, "__type": "dict"},
                    "created_at": self.moment(i)})
            db.insert("callback", callbacks)
        alerts = []
        if db.has("deadline_alert"):
            interval = (3600.5 if db.base("deadline_alert", "interval") == "float8" else
                        {"__classname__": "datetime.timedelta", "__version__": 2, "__data__": 3600.5})
            alerts = [{"id": db.uuid7(), "created_at": BASE, "serialized_dag_id": self.serialized[dag],
                       "name": [None, text_of(i)][i % 2], "reference": {"reference_type": "Fixed"},
                       "interval": interval, "callback_def": {"path": text_of(i)}}
                      for i, dag in enumerate(self.dags[:6])]
            db.insert("deadline_alert", alerts)
        inline = db.base("deadline", "callback") in ("json", "jsonb")
        rows = []
        for i in range(count):
            kwargs = [None, {}, {"text": text_of(i)}, {"deep": {"list": [1, None, 2.5]}}][i % 4]
            data = {"path": paths[i % 3], "kwargs": kwargs if kwargs is not None else {}}
            rows.append({
                "id": db.uuid7(self.moment(i)), "dag_id": [None, self.dags[i % len(self.dags)]][i % 2],
                "dagrun_id": [None, self.runs[i % len(self.runs)][0]][i % 5 != 0],
                "deadline": self.moment(i, i), "deadline_time": self.moment(i, i),
                "callback": {"__data__": data, "__version__": 0,
                             "__classname__": "airflow.sdk.definitions.deadline.AsyncCallback"}
                            if inline else paths[i % 3],
                "callback_kwargs": kwargs, "created_at": self.moment(i), "last_updated_at": self.moment(i),
                "callback_state": [None, "queued", "success", "failed"][i % 4],
                "trigger_id": [None, self.triggers[i % len(self.triggers)]][i % 2],
                "missed": i % 2 == 0, "callback_id": callbacks[i]["id"] if callbacks else None,
                "deadline_alert_id": alerts[i % 6]["id"] if alerts and i % 2 else None})
        db.insert("deadline", rows)

    def human_in_the_loop(self):
        def row(i):
            return {"options": ["yes", text_of(i)], "subject": text_of(i), "body": [None, text_of(i)][i % 2],
                    "defaults": [None, ["yes"]][i % 2], "multiple": [None, True, False][i % 3],
                    "params": {"p": i}, "params_input": {}, "chosen_options": [None, ["yes"]][i % 2],
                    "assignees": None, "responded_by": None, "response_at": [None, BASE][i % 2],
                    "responded_at": [None, BASE][i % 2], "user_id": text_of(i), "created_at": BASE}
        self.db.insert("hitl_detail", [{"ti_id": ti["id"]} | row(i)
                                       for i, ti in enumerate(self.instances[:10])])
        self.db.insert("hitl_detail_history", [{"ti_history_id": ti["task_instance_id"]} | row(i)
                                               for i, ti in enumerate(self.history[:10])])

    def new_tables(self):
        db = self.db
        runs = db.insert("asset_partition_dag_run", [
            {"target_dag_id": self.dags[0], "created_dag_run_id": [None, self.runs[i][0]][i % 2],
             "partition_key": text_of(i), "created_at": BASE, "updated_at": BASE} for i in range(4)], "id")
        db.insert("partitioned_asset_key_log", [
            {"asset_id": self.assets[0], "asset_event_id": self.events[0], "asset_partition_dag_run_id": r,
             "source_partition_key": "s", "target_dag_id": self.dags[0], "target_partition_key": "t",
             "created_at": BASE} for r in runs])
        db.insert("task_state_store", [
            {"dag_run_id": self.run_pk(ti), "task_id": ti["task_id"], "map_index": ti["map_index"],
             "key": "k", "dag_id": ti["dag_id"], "run_id": ti["run_id"], "value": text_of(i),
             "updated_at": BASE} for i, ti in enumerate(self.instances[:5])])
        db.insert("asset_state_store", [
            {"asset_id": a, "key": "k", "value": text_of(i), "updated_at": BASE}
            for i, a in enumerate(self.assets[:5])])

    def extras(self):
        """What users and old versions leave behind, and what must survive."""
        run = self.db.cursor.execute
        run("CREATE INDEX user_ti_hostname ON task_instance (hostname, lower(queue)) WHERE state = 'success'")
        run("CREATE INDEX user_log_owner ON log USING hash (owner)")
        run("ALTER TABLE task_instance ADD COLUMN user_note text DEFAULT 'mine'")
        run("ALTER TABLE dag_run ADD COLUMN \"User Column\" numeric(10, 2)")
        run("UPDATE task_instance SET user_note = task_id WHERE map_index >= 0")
        run("UPDATE dag_run SET \"User Column\" = id / 3.0")
        run("CREATE VIEW user_view AS SELECT job_type, count(*) AS n FROM job GROUP BY 1")
        run("CREATE TABLE user_table (id serial PRIMARY KEY, job_id integer REFERENCES job (id), t text)")
        run("INSERT INTO user_table (job_id, t) SELECT id, hostname FROM job")
        run("COMMENT ON TABLE task_instance IS 'the big one; it''s ours'")
        run("COMMENT ON COLUMN xcom.key IS 'a comment on a column'")
        run("ALTER TABLE task_instance SET (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.01)")
        run("ALTER TABLE task_instance ALTER COLUMN dag_id SET STATISTICS 500")
        run("ALTER TABLE xcom SET (toast.autovacuum_enabled = false)")
        run("""DO $$ BEGIN CREATE ROLE oracle_reader; EXCEPTION WHEN duplicate_object
               OR unique_violation THEN NULL; END $$""")
        run("GRANT SELECT ON task_instance, xcom, job TO oracle_reader")
        run("GRANT SELECT (key) ON variable TO oracle_reader")
        run("""CREATE FUNCTION user_trigger() RETURNS trigger LANGUAGE plpgsql
               AS 'BEGIN RETURN NEW; END'""")
        run("""CREATE TRIGGER user_audit BEFORE UPDATE ON task_instance
               FOR EACH ROW EXECUTE FUNCTION user_trigger()""")
        run("CREATE STATISTICS user_statistics ON dag_id, task_id FROM xcom")
        # Names as they drift between a grown-up database and a fresh one. Only
        # those that no revision addresses: the real migration must still work.
        for table, old, new in (
            ("job", "job_pkey", "job_pk_of_old"),
            ("slot_pool", "slot_pool_pool_uq", "slot_pool_pool_key"),
            ("variable", "variable_key_uq", "variable_key_key"),
            ("connection", "connection_conn_id_uq", "unique_conn_id"),
            ("dag_tag", "dag_tag_dag_id_fkey", "dag_tag_old_fkey"),
        ):
            run("SELECT 1 FROM pg_constraint WHERE conname = %s AND conrelid = %s::regclass",
                (old, table))
            if self.db.cursor.fetchone():
                run(f'ALTER TABLE {table} RENAME CONSTRAINT "{old}" TO "{new}"')


def main(kind=Database):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--url", default=os.environ.get("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"))
    parser.add_argument("--rows", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--fernet-key", default=os.environ.get("AIRFLOW__CORE__FERNET_KEY"))
    parser.add_argument("--avoid", default="")
    parser.add_argument("--extras", action="store_true")
    parser.add_argument("--exotic", action="store_true")
    options = parser.parse_args()
    if not options.url:
        parser.error("--url is required")
    if options.fernet_key:
        base64.urlsafe_b64decode(options.fernet_key)
    database = kind(options.url, options.seed)
    Populator(database, options).everything()
    database.connection.commit()
    total = sum(database.counts.values())
    print(f"populated {len(database.counts)} tables with {total} rows")


if __name__ == "__main__":
    main()
