# SPDX-License-Identifier: Apache-2.0
"""Compares two migrated Airflow databases: every object and every row.

    compare.py URL_A URL_B [--source URL] [--since EPOCH] [--fernet-key KEY] ...

A is the reference (the real Airflow's), B the one under test, --source the database
that both were migrated from. It reads only. What may differ, and nothing else:

* UUIDs that the migration drew: one that is not in the source is replaced by a label
  made of its row's natural key, here and in whatever refers to it; its version and
  its embedded time are compared instead. One that is in the source must survive.
* Fernet tokens: the decrypted values are compared.
* Timestamps that are "now" (at or after --since) in both.
* dag_hash over such UUIDs: recomputed. zlib's packing of a DAG: its JSON is compared.
* White space in `json` columns (--strict-json compares that as well).
* Sequences may be ahead of A's, never behind, and never behind the column's maximum.
* Extensions, and the schemas named by --ignore-schema, are notes at most.

Prints every difference (capped by --limit a check); exit 1 if there was one; the
last line is "N passed, N failed".
"""

from __future__ import annotations

import argparse
import collections
import datetime as dt
import hashlib
import json
import os
import re
import sys
import time
import uuid
import zlib

import psycopg2

UUID_RE = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
ARCHIVE_RE = re.compile(r"public\._airshift_(archive|quarantine)__")
# A row that the `airflow` command writes about itself, whatever the migration.
AUDIT_EVENTS = ("cli_migratedb", "cli_upgradedb", "cli_downgrade")
TI_KEY = ("dag_id", "task_id", "run_id", "map_index")
SCHEMAS = """n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
    AND n.nspname NOT LIKE 'pg_temp%%' AND n.nspname NOT LIKE 'pg_toast_temp%%'
    AND NOT (n.nspname = ANY (%(ignore)s))"""

# Some builds of PostgreSQL 15 stamp every column with an attribute option pg_attver,
# the WAL position of its last change: that element is the server's, and left out.
# Each gives (table or object, key, value): what exists under which name.
CATALOG = {
    "table": """
        SELECT n.nspname || '.' || c.relname, 'properties', concat_ws(' ',
               'kind', c.relkind, 'persistence', c.relpersistence,
               'owner', pg_get_userbyid(c.relowner), 'acl', c.relacl::text,
               'options', c.reloptions::text, 'toast options', t.reloptions::text,
               'identity', c.relreplident, 'rls', c.relrowsecurity, c.relforcerowsecurity,
               'comment', quote_literal(obj_description(c.oid, 'pg_class')))
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        LEFT JOIN pg_class t ON t.oid = c.reltoastrelid
        WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND {schemas}""",
    "column": """
        SELECT n.nspname || '.' || c.relname,
               row_number() OVER (PARTITION BY c.oid ORDER BY a.attnum)::text,
               concat_ws(' ', quote_ident(a.attname),
               format_type(a.atttypid, a.atttypmod),
               CASE WHEN a.attnotnull THEN 'NOT NULL' END,
               'DEFAULT ' || pg_get_expr(d.adbin, d.adrelid),
               CASE WHEN a.attidentity <> '' THEN 'IDENTITY ' || a.attidentity::text END,
               'GENERATED ' || nullif(a.attgenerated::text, ''),
               CASE WHEN a.attcollation <> ty.typcollation THEN 'COLLATION ' || a.attcollation END,
               CASE WHEN a.attstattarget >= 0 THEN 'STATISTICS ' || a.attstattarget END,
               CASE WHEN a.attstorage <> ty.typstorage THEN 'STORAGE ' || a.attstorage::text END,
               'COMPRESSION ' || nullif(to_jsonb(a) ->> 'attcompression', ''),
               'OPTIONS ' || (SELECT string_agg(o, ', ' ORDER BY o) FROM unnest(a.attoptions) o
                   WHERE o NOT LIKE 'pg\_attver=%%'), 'ACL ' || a.attacl::text,
               'COMMENT ' || quote_literal(col_description(c.oid, a.attnum)))
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        JOIN pg_type ty ON ty.oid = a.atttypid
        LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
        WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND {schemas}""",
    "constraint": """
        SELECT n.nspname || '.' || c.relname, quote_ident(k.conname),
               concat_ws(' ', pg_get_constraintdef(k.oid),
               CASE WHEN k.convalidated THEN NULL ELSE 'NOT VALIDATED' END,
               'COMMENT ' || quote_literal(obj_description(k.oid, 'pg_constraint')))
        FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE {schemas}""",
    "index": """
        SELECT n.nspname || '.' || c.relname, quote_ident(i.relname),
               concat_ws(' ', pg_get_indexdef(i.oid), 'OPTIONS ' || i.reloptions::text,
               CASE WHEN x.indisvalid AND x.indisready THEN NULL ELSE 'INVALID' END,
               CASE WHEN x.indisprimary THEN 'PRIMARY' END,
               CASE WHEN x.indisclustered THEN 'CLUSTERED' END,
               CASE WHEN x.indisreplident THEN 'REPLICA IDENTITY' END,
               'COMMENT ' || quote_literal(obj_description(i.oid, 'pg_class')))
        FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
        JOIN pg_class c ON c.oid = x.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE {schemas}""",
    "trigger": """
        SELECT n.nspname || '.' || c.relname, quote_ident(t.tgname),
               pg_get_triggerdef(t.oid) || ' ' || t.tgenabled::text
        FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE NOT t.tgisinternal AND {schemas}""",
    "foreign key trigger": """
        SELECT n.nspname || '.' || c.relname, quote_ident(k.conname) || ' ' || t.tgtype,
               'enabled ' || t.tgenabled::text
        FROM pg_trigger t JOIN pg_constraint k ON k.oid = t.tgconstraint
        JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE t.tgisinternal AND {schemas}""",
    "policy": """
        SELECT n.nspname || '.' || c.relname, quote_ident(p.polname), concat_ws(' ',
               p.polcmd, p.polpermissive, pg_get_expr(p.polqual, p.polrelid),
               pg_get_expr(p.polwithcheck, p.polrelid))
        FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {schemas}""",
    "view": """
        SELECT n.nspname || '.' || c.relname, 'definition', pg_get_viewdef(c.oid)
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('v', 'm') AND {schemas}""",
    "statistics": """
        SELECT n.nspname || '.' || s.stxname, 'definition', pg_get_statisticsobjdef(s.oid)
        FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace
        WHERE {schemas}""",
    "sequence": """
        SELECT n.nspname || '.' || c.relname, 'definition', concat_ws(' ',
               format_type(s.seqtypid, NULL), s.seqstart, s.seqincrement, s.seqmin, s.seqmax,
               s.seqcache, s.seqcycle, 'owner', pg_get_userbyid(c.relowner), c.relacl::text,
               'owned by ' || (SELECT d.refobjid::regclass || '.' || a.attname FROM pg_depend d
                   JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
                   WHERE d.objid = c.oid AND d.classid = 'pg_class'::regclass
                     AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0))
        FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {schemas}""",
    "type": """
        SELECT n.nspname || '.' || t.typname, 'definition', CASE t.typtype
               WHEN 'e' THEN 'enum ' || (SELECT string_agg(quote_literal(e.enumlabel), ', '
                   ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid)
               ELSE t.typtype::text END
        FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
        LEFT JOIN pg_class c ON c.oid = t.typrelid
        WHERE t.typtype IN ('e', 'd', 'c', 'r') AND coalesce(c.relkind, 'c') = 'c'
          AND {schemas}""",
    "function": """
        SELECT n.nspname || '.' || p.oid::regprocedure, 'definition', pg_get_functiondef(p.oid)
        FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE p.prokind IN ('f', 'p') AND NOT EXISTS (SELECT 1 FROM pg_depend d
              WHERE d.objid = p.oid AND d.deptype = 'e') AND {schemas}""",
    "publication": """
        SELECT p.pubname, coalesce(c.oid::regclass::text, 'all tables'), concat_ws(' ',
               p.pubinsert, p.pubupdate, p.pubdelete, p.pubtruncate)
        FROM pg_publication p LEFT JOIN pg_publication_rel r ON r.prpubid = p.oid
        LEFT JOIN pg_class c ON c.oid = r.prrelid""",
    "schema": """
        SELECT n.nspname, 'properties', concat_ws(' ', pg_get_userbyid(n.nspowner), n.nspacl::text)
        FROM pg_namespace n WHERE {schemas}""",
}


def connect(url):
    connection = psycopg2.connect(re.sub(r"^postgresql\+\w+:", "postgresql:", url))
    connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
    cursor = connection.cursor()
    cursor.execute("SET timezone = 'UTC'; SET bytea_output = 'hex'; SET search_path = public;"
                   "SET extra_float_digits = 1; SET intervalstyle = 'postgres'")
    return connection


def read_catalog(connection, ignore=("airshift",), any_order=False):
    """{category: {object: {key: value}}}; with any_order a column's key is its name."""
    cursor = connection.cursor()
    result = {}
    for category, query in CATALOG.items():
        found = result.setdefault(category, {})
        cursor.execute(query.format(schemas=SCHEMAS),
                       {"ignore": list(ignore)})
        for thing, key, value in cursor:
            # What airshift keeps of rows that could not be converted; Airflow keeps nothing.
            if ARCHIVE_RE.match(thing) or (category == "table" and ARCHIVE_RE.match(key)):
                continue
            if any_order and category == "column":
                key, _, value = value.partition(" ")
            found.setdefault(thing, {})[key] = value
    return result


def catalog_differences(a, b):
    """Yields (category, object, [text ...]) for every object that either side has."""
    for category in CATALOG:
        for thing in sorted(set(a[category]) | set(b[category])):
            left, right = a[category].get(thing), b[category].get(thing)
            lines = []
            if left is None or right is None:
                lines.append(f"only in {'A' if right is None else 'B'}: "
                             + "; ".join(f"{k}: {v}" for k, v in (left or right).items()))
            else:
                for key in sorted(set(left) | set(right), key=natural):
                    if left.get(key) != right.get(key):
                        lines.append(f"{key}: A {show(left.get(key))}  B {show(right.get(key))}")
            yield category, thing, lines


def natural(text):
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", text)]


def show(value):
    if value is None:
        return "-"
    text = str(value)
    return text if len(text) <= 300 else f"{text[:290]}... ({len(text)} characters)"


def canonical_json(text):
    return json.dumps(json.loads(text, object_pairs_hook=lambda pairs: {"object": pairs},
                                 parse_int=lambda n: {"number": n}, parse_float=lambda n: {"number": n},
                                 parse_constant=lambda n: {"constant": n}))


def moment_of(text):
    """Seconds since 1970 of a timestamp in the server's ISO spelling, or None."""
    if text is None or "BC" in text or "infinity" in text:
        return None
    text = text.replace("+00", "")
    form = "%Y-%m-%d %H:%M:%S.%f" if "." in text else "%Y-%m-%d %H:%M:%S"
    try:
        return dt.datetime.strptime(text, form).replace(tzinfo=dt.timezone.utc).timestamp()
    except ValueError:
        return None


def graph_text(data, compressed):
    """A serialized DAG as JSON text, whichever way it is stored."""
    if compressed is None:
        return data
    try:
        return zlib.decompress(bytes.fromhex(compressed[2:])).decode()
    except (ValueError, zlib.error):
        return None


def dag_hash(graph):
    """What SerializedDagModel.hash makes of it, as the real revision of 3.2 does."""
    def arranged(value):
        if isinstance(value, dict):
            return {k: arranged(v) for k, v in sorted(value.items())}
        if isinstance(value, list):
            if all(isinstance(item, dict) for item in value):
                if all("task_id" in item.get("__var", {}) for item in value):
                    return sorted(map(arranged, value), key=lambda item: item["__var"]["task_id"])
            elif all(isinstance(item, str) for item in value):
                return sorted(value)
            return [arranged(item) for item in value]
        return value

    graph = arranged(graph)
    graph["dag"].pop("fileloc", None)
    return hashlib.md5(json.dumps(graph, sort_keys=True).encode()).hexdigest()


class Side:
    """One database: its catalog, its rows as text, its labels."""

    def __init__(self, name, url, ignore, any_order=False):
        self.name = name
        self.connection = connect(url)
        self.catalog = read_catalog(self.connection, ignore, any_order)
        self.ignore = list(ignore)
        self.audit_rows = 0
        self.rows, self.columns, self.types, self.keys = {}, {}, {}, {}
        self.labels, self.drawn = {}, []
        self.fab = collections.defaultdict(dict)

    def read_rows(self):
        cursor = self.connection.cursor()
        cursor.execute("""
            SELECT n.nspname || '.' || c.relname, n.nspname, c.relname,
                   array_agg(a.attname::text ORDER BY a.attnum),
                   array_agg(format_type(a.atttypid, NULL) ORDER BY a.attnum),
                   (SELECT array_agg(b.attname::text ORDER BY array_position(x.indkey::int2[], b.attnum))
                    FROM pg_index x JOIN pg_attribute b ON b.attrelid = x.indrelid
                         AND b.attnum = ANY (x.indkey) WHERE x.indrelid = c.oid AND x.indisprimary)
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
            WHERE c.relkind IN ('r', 'p') AND """ + SCHEMAS + " GROUP BY c.oid, 1, 2, 3",
            {"ignore": self.ignore})
        for table, schema, name, columns, types, key in cursor.fetchall():
            if ARCHIVE_RE.match(table):
                continue
            selected = ", ".join('"' + c.replace('"', '""') + '"::text' for c in columns)
            data = self.connection.cursor()
            data.execute(f'SELECT {selected} FROM "{schema}"."{name}"')
            self.rows[table] = data.fetchall()
            if table == "public.log" and "event" in columns:
                place = columns.index("event")
                kept = [row for row in self.rows[table] if row[place] not in AUDIT_EVENTS]
                self.audit_rows = len(self.rows[table]) - len(kept)
                self.rows[table] = kept
            self.columns[table] = columns
            self.types[table] = dict(zip(columns, types))
            self.keys[table] = key

    def is_uuid(self, table, column):
        """Teams' ids are text of such a form."""
        return (self.types[table][column] == "uuid" or column == "team_id" or
                (table, column) == ("public.team", "id"))

    def uuids(self):
        found = set()
        for table, rows in self.rows.items():
            places = [i for i, c in enumerate(self.columns[table]) if self.is_uuid(table, c)]
            for place in places:
                found.update(row[place] for row in rows if row[place] is not None)
        return found

    def column(self, table, *names):
        places = [self.columns[table].index(name) for name in names]
        return lambda row: tuple(row[place] for place in places)

    def has(self, table, *names):
        return table in self.columns and all(name in self.columns[table] for name in names)

    def label(self, known):
        """Names for the UUIDs that this migration drew (those not in `known`)."""
        def give(table, ident, text, when=None):
            if ident is not None and ident not in known and ident not in self.labels:
                self.labels[ident] = text
                self.drawn.append((table, ident, text, when))

        table = "public.task_instance"
        if self.has(table, "id", *TI_KEY):
            pick = self.column(table, "id", *TI_KEY)
            times = self.column(table, "queued_dttm", "start_date")
            for row in self.rows[table]:
                ident, *key = pick(row)
                give(table, ident, f"task instance {key!r}", next((t for t in times(row) if t), None))
        table = "public.task_instance_history"
        for column in ("task_instance_id", "try_id"):
            if self.has(table, column, *TI_KEY, "try_number"):
                pick = self.column(table, column, *TI_KEY, "try_number")
                for row in self.rows[table]:
                    ident, *key = pick(row)
                    give(table, ident, f"history {key!r}")
        table = "public.deadline_alert"
        if self.has(table, "id"):
            pick = self.column(table, "id", "serialized_dag_id", "reference", "interval", "callback_def", "name")
            count = collections.Counter()
            for ident, *key in sorted(map(pick, self.rows[table]), key=repr):
                key = [canonical_json(k) if k and k[0] in "{[" else k for k in key]
                count[repr(key)] += 1
                give(table, ident, f"deadline alert {key!r} {count[repr(key)]}")
        table = "public.deadline"
        if self.has(table, "id", "callback_id"):
            for ident, callback in map(self.column(table, "id", "callback_id"), self.rows[table]):
                give("public.callback", callback, f"callback of deadline {self.labels.get(ident, ident)}")

        table = "public.team"
        if self.has(table, "id", "name"):
            for ident, name in map(self.column(table, "id", "name"), self.rows[table]):
                give(table, ident, f"team {name}")

    def label_fab(self):
        """FAB's permissions by name: 1.10 to 2.0 numbers them at random."""
        for table in ("ab_permission", "ab_view_menu"):
            if self.has(f"public.{table}", "id", "name"):
                for ident, name in map(self.column(f"public.{table}", "id", "name"), self.rows[f"public.{table}"]):
                    self.fab[table][ident] = name
        table = "public.ab_permission_view"
        if self.has(table, "id", "permission_id"):
            for ident, action, menu in map(self.column(table, "id", "permission_id", "view_menu_id"), self.rows[table]):
                self.fab["ab_permission_view"][ident] = repr((self.fab["ab_permission"].get(action),
                                                              self.fab["ab_view_menu"].get(menu)))
        table = "public.ab_permission_view_role"
        if self.has(table, "id", "role_id"):
            for ident, view, role in map(self.column(table, "id", "permission_view_id", "role_id"), self.rows[table]):
                self.fab["ab_permission_view_role"][ident] = repr((self.fab["ab_permission_view"].get(view), role))

    FAB_COLUMNS = {
        ("public.ab_permission", "id"): "ab_permission",
        ("public.ab_view_menu", "id"): "ab_view_menu",
        ("public.ab_permission_view", "id"): "ab_permission_view",
        ("public.ab_permission_view", "permission_id"): "ab_permission",
        ("public.ab_permission_view", "view_menu_id"): "ab_view_menu",
        ("public.ab_permission_view_role", "id"): "ab_permission_view_role",
        ("public.ab_permission_view_role", "permission_view_id"): "ab_permission_view",
    }


class Comparison:
    def __init__(self, options):
        self.options = options
        self.passed = self.failed = 0
        self.fernet = None
        if options.fernet_key:
            from cryptography.fernet import Fernet

            self.fernet = Fernet(options.fernet_key)

    def check(self, name, differences):
        if not differences:
            self.passed += 1
            return
        self.failed += 1
        print(f"DIFFERENT {name}: {len(differences)}")
        for line in differences[: self.options.limit]:
            print(f"    {line}")
        if len(differences) > self.options.limit:
            print(f"    ... and {len(differences) - self.options.limit} more")

    def note(self, text):
        if not self.options.quiet:
            print(f"note: {text}")

    def catalogs(self, a, b):
        for category, thing, lines in catalog_differences(a.catalog, b.catalog):
            self.check(f"{category} {thing}", lines)

    def extensions(self, a, b):
        found = []
        for side in (a, b):
            cursor = side.connection.cursor()
            cursor.execute("SELECT extname FROM pg_extension")
            found.append({line[0] for line in cursor})
        for extension in sorted(found[0] ^ found[1]):
            where = "A" if extension in found[0] else "B"
            self.note(f"extension {extension} is only in {where}")

    def sequences(self, a, b):
        """The next value must not be one that was, or may have been, given out."""
        def read(side):
            cursor = side.connection.cursor()
            result = {}
            for name in side.catalog["sequence"]:
                schema, _, sequence = name.partition(".")
                cursor.execute(f'SELECT last_value, is_called FROM "{schema}"."{sequence}"')
                last, called = cursor.fetchone()
                result[name] = last + 1 if called else last
            return result

        def column_of(side, name):
            definition = side.catalog["sequence"][name]["definition"]
            if "owned by " in definition:
                table, _, column = definition.split("owned by ")[1].rpartition(".")
                return "public." + table.replace("public.", ""), column
            for table, columns in side.catalog["column"].items():
                for text in columns.values():
                    if f"nextval('{name.replace('public.', '')}'" in text:
                        return table, text.split()[0].strip('"')
            match = re.match(r"(public\..*)_(\w+?)_seq$", name)
            return (match[1], match[2]) if match else (None, None)

        next_a, next_b = read(a), read(b)
        for name in sorted(set(next_a) & set(next_b)):
            lines = []
            spent = a.audit_rows if name == "public.log_id_seq" else 0
            if next_b[name] < next_a[name] - spent:
                lines.append(f"next value: A {next_a[name]}  B {next_b[name]}")
            table, column = column_of(b, name)
            if b.has(table, column):
                values = [int(v) for (v,) in map(b.column(table, column), b.rows[table]) if v is not None]
                # A's own sequence may be behind; then B's may be, too.
                if values and next_b[name] <= max(values) < next_a[name]:
                    lines.append(f"next value of B {next_b[name]} is not above the maximum {max(values)}")
            self.check(f"sequence value {name}", lines)

    def value(self, side, table, column, text):
        if text is None:
            return None
        kind = side.types[table][column]
        if (table, column) in Side.FAB_COLUMNS and self.options.relabel_fab:
            return side.fab[Side.FAB_COLUMNS[table, column]].get(text, text)
        if side.is_uuid(table, column):
            return side.labels.get(text, text)
        if table == "public.trigger" and column == "kwargs" and kind == "text":
            return self.kwargs(text)
        if kind.startswith("timestamp"):
            moment = moment_of(text)
            if moment is not None and self.options.since <= moment <= self.until:
                return "<now>"
            return text
        if (table, column) == ("public.serialized_dag", "data_compressed"):
            plain = graph_text(None, text)
            if plain is None:
                return text
            text, kind = plain, "json"
        if kind in ("json", "jsonb"):
            if side.labels and "-" in text:
                text = UUID_RE.sub(lambda m: side.labels.get(m[0], m[0]).replace('"', "'")
                                   .replace("\\", "/"), text)
            if kind == "json" and not self.options.strict_json:
                try:
                    return canonical_json(text)
                except ValueError:
                    return text
        return text

    def dag_hash(self, side, row, line):
        """Over the ids that the migration drew, the hash is drawn too: it must fit."""
        at = side.columns["public.serialized_dag"].index
        if not side.has("public.serialized_dag", "data_compressed"):
            return line["dag_hash"]
        text = graph_text(row[at("data")], row[at("data_compressed")])
        if text is None or not any(found in side.labels for found in UUID_RE.findall(text)):
            return line["dag_hash"]
        return "<fits>" if dag_hash(json.loads(text)) == line["dag_hash"] else line["dag_hash"]

    def kwargs(self, text):
        if not text.startswith("gAAAA"):
            form, plain = "plain", text
        elif self.fernet is None:
            sys.exit("compare.py: trigger.kwargs is encrypted: give --fernet-key")
        else:
            try:
                form, plain = "encrypted", self.fernet.decrypt(text.encode()).decode()
            except Exception:
                return f"not decryptable {text}"
        if self.options.either_kwargs:
            form = "either"
        try:
            return f"{form} {canonical_json(plain)}"
        except ValueError:
            return f"{form} {plain}"

    def tables(self, a, b):
        self.until = time.time() + 60
        for table in sorted(set(a.rows) & set(b.rows)):
            columns = [c for c in a.columns[table] if c in b.columns[table]]
            key = a.keys[table] if a.keys[table] == b.keys[table] else None
            key = key or columns
            prepared = []
            for side in (a, b):
                places = [(c, side.columns[table].index(c)) for c in columns]
                found = collections.defaultdict(list)
                for row in side.rows[table]:
                    line = {c: self.value(side, table, c, row[place]) for c, place in places}
                    if table == "public.serialized_dag" and "dag_hash" in line:
                        line["dag_hash"] = self.dag_hash(side, row, line)
                    found[tuple(line[c] for c in key)].append(line)
                prepared.append(found)
            self.check(f"rows of {table} ({len(a.rows[table])})",
                       self.row_differences(*prepared, key, columns))

    def row_differences(self, left, right, key, columns):
        lines = []
        for ident in sorted(set(left) | set(right), key=repr):
            mine, other = left.get(ident, []), right.get(ident, [])
            name = ", ".join(f"{c}={show(v)}" for c, v in zip(key, ident))
            if len(mine) == 1 and len(other) == 1:
                for column in columns:
                    if mine[0][column] != other[0][column]:
                        lines.append(f"{name}: {column}: A {show(mine[0][column])}  B {show(other[0][column])}")
            elif len(mine) > len(other):
                lines.append(f"{len(mine) - len(other)} only in A: {name}")
            elif len(mine) < len(other):
                lines.append(f"{len(other) - len(mine)} only in B: {name}")
        return lines

    def uuids(self, a, b):
        """What the drawn UUIDs must have in common, since their values have not."""
        drawn = [{(table, text): (ident, when) for table, ident, text, when in side.drawn} for side in (a, b)]
        by_table = collections.defaultdict(list)
        inexact = 0
        now = time.time()
        for side, mine in zip((a, b), drawn):
            if len(mine) != len(side.drawn):
                by_table["labels"].append(f"{side.name}: two drawn UUIDs have the same natural key")
        for key in sorted(set(drawn[0]) | set(drawn[1])):
            table, text = key
            if key not in drawn[0] or key not in drawn[1]:
                where = "A" if key in drawn[0] else "B"
                by_table[table].append(f"{text}: drawn only in {where}")
                continue
            (one, when), (two, _) = drawn[0][key], drawn[1][key]
            first, second = uuid.UUID(one), uuid.UUID(two)
            if first.version != second.version or second.variant != uuid.RFC_4122:
                by_table[table].append(f"{text}: version A {first.version}  B {second.version}")
            elif first.version == 7:
                times = [ident.int >> 80 for ident in (first, second)]
                if when is not None:
                    # Derived from the row: the same, give or take the rounding.
                    if abs(times[0] - times[1]) > 1:
                        by_table[table].append(f"{text}: milliseconds A {times[0]}  B {times[1]}")
                    inexact += times[0] != times[1]
                elif not self.options.since - 1 <= times[1] / 1000 <= now + 60:
                    by_table[table].append(f"{text}: B's time {times[1]} is not within the run")
            if one == two:
                by_table[table].append(f"{text}: A and B drew the same UUID {one}")
        if inexact:
            self.note(f"{inexact} UUIDs differ by one millisecond of rounding")
        for table in sorted({table for table, _ in drawn[0]} | set(by_table)):
            self.check(f"drawn UUIDs of {table}", by_table[table])


def compare(options, known=None):
    """All of it; `known` are the UUIDs that no migration drew."""
    comparison = Comparison(options)
    a = Side("A", options.a, options.ignore_schema, options.any_order)
    b = Side("B", options.b, options.ignore_schema, options.any_order)
    comparison.catalogs(a, b)
    comparison.extensions(a, b)
    if not options.schema_only:
        a.read_rows()
        b.read_rows()
        if known is None:
            known = a.uuids() & b.uuids()
        for side in (a, b):
            side.label(known)
            side.label_fab()
        comparison.uuids(a, b)
        comparison.tables(a, b)
        comparison.sequences(a, b)
    comparison.all_uuids = a.uuids() if a.rows else set()
    a.connection.close()
    b.connection.close()
    return comparison


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("a", metavar="URL_A")
    parser.add_argument("b", metavar="URL_B")
    parser.add_argument("--source", help="what both were migrated from")
    parser.add_argument("--since", type=float, default=time.time() - 3600,
                        help="when the first migration began (epoch; default: an hour ago)")
    parser.add_argument("--fernet-key", default=os.environ.get("AIRFLOW__CORE__FERNET_KEY"))
    parser.add_argument("--ignore-schema", action="append", default=["airshift"])
    parser.add_argument("--schema-only", action="store_true")
    parser.add_argument("--strict-json", action="store_true")
    parser.add_argument("--relabel-fab", action="store_true",
                        help="compare FAB's permissions by name, not by number")
    parser.add_argument("--any-order", action="store_true",
                        help="columns may stand in another order: 2.2 and 2.3 make tables anew")
    parser.add_argument("--either-kwargs", action="store_true",
                        help="trigger.kwargs may be encrypted in one and plain in the other")
    parser.add_argument("--limit", type=int, default=20)
    parser.add_argument("--quiet", action="store_true", help="no notes")
    return parser


def main():
    options = arguments().parse_args()
    source = None
    if options.source and not options.schema_only:
        source = Side("source", options.source, options.ignore_schema)
        source.read_rows()
    comparison = compare(options, source.uuids() if source else None)
    print(f"{comparison.passed} passed, {comparison.failed} failed")
    return 1 if comparison.failed else 0


if __name__ == "__main__":
    sys.exit(main())
