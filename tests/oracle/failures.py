# SPDX-License-Identifier: Apache-2.0
"""Rows and objects on which the real `airflow db migrate` dies or loses data.

Run by failures.sh, which makes the databases. A case is one line of the list of tried
failures: the statements that make it, what airshift must do, and what must come of it.

    mild     the real one succeeds: airshift's result must be the real one's
    alike    the real one succeeds, and what it does with the rows is remarkable: the same
    better   the real one dies or loses: airshift succeeds
    refused  airshift refuses: exit code, table, reason, key and remedy; nothing has
             changed; after the fix the same command goes on; --quarantine succeeds

The chain executor takes every case, too. It works in the tables themselves, revision by
revision as Airflow does: where it stops, it must go on after the fix.
"""

from __future__ import annotations

import argparse
import datetime
import decimal
import hashlib
import json
import os
import pickle
import re
import subprocess
import sys
import time

import psycopg2

EXIT_DATA = 8
RUNS = r"""
INSERT INTO log_template (id, filename, elasticsearch_id, created_at)
    VALUES (100, 'f', 'e', now()) ON CONFLICT DO NOTHING;
INSERT INTO dag_run (id, dag_id, execution_date, run_id, run_type, conf, clear_number, log_template_id)
    SELECT n, 'd', '2024-01-01'::timestamptz + n * interval '1 day', 'r' || n, 'manual',
           '\x8004950a000000000000007d948c0161944b01732e', 0, 100 FROM generate_series(1, 3) n;
INSERT INTO task_instance (task_id, dag_id, run_id, map_index, state, pool, pool_slots, try_number, max_tries)
    SELECT 't', 'd', 'r' || n, -1, 'success', 'default_pool', 1, 1, 0 FROM generate_series(1, 3) n;
"""
# dag_run.conf as Airflow 2 pickled it: values of no JSON document become NULL, whole.
UNCONVERTIBLE = {4: {"when": datetime.datetime(2024, 1, 1)}, 5: {"all": {1}}, 6: {"raw": b"x"},
                 7: {"sum": decimal.Decimal("1.5")}}
TRUNCATED = pickle.dumps({"a": 1}, 4)[:-3]


def confs(values):
    """A run with each of these pickles."""
    return "".join(
        "INSERT INTO dag_run (id, dag_id, execution_date, run_id, run_type, conf, clear_number, log_template_id) VALUES"
        f" ({n}, 'd', '2025-01-01'::timestamptz + {n} * interval '1 day', 'r{n}', 'manual', '\\x{value.hex()}', 0, 100);\n"
        for n, value in values.items())


NAN_CONFS_AFTER = [(21, '{"a": "NaN"}'), (22, '{"a": ["Infinity", {"b": "-Infinity"}]}'), (23, '{"a": "x"}'),
                   (24, '{"a": "the word NaN, and \\\\u0000"}')]
NAN_CONFS = {n: pickle.dumps(value, 4) for n, value in {
    21: {"a": float("nan")}, 22: {"a": [float("inf"), {"b": float("-inf")}]}, 23: {"a\0": "\0x"},
    24: {"a": "the word NaN, and \\u0000"}}.items()}
GOOD_XCOM = r"""INSERT INTO xcom (dag_run_id, task_id, map_index, key, dag_id, run_id, value, timestamp)
    SELECT n, 't', -1, 'good', 'd', 'r' || n, '\x226f6b22', '2024-01-01' FROM generate_series(1, 3) n;
"""


def xcom(value, key="bad"):
    return (f"INSERT INTO xcom (dag_run_id, task_id, map_index, key, dag_id, run_id, value, timestamp) "
            f"VALUES (2, 't', -1, '{key}', 'd', 'r2', '\\x{value.hex()}', '2024-01-02');\n")


class Case:
    def __init__(self, name, kind, make, source="2.11.2", target="3.3.2", fix=None, says=(), table=None,
                 check=(), kept=None, chain_fix=None, chain_says=(), foreseen=False):
        self.name = name
        self.kind = kind
        self.make = make
        self.source = source
        self.target = target
        self.fix = fix
        self.says = says        # regular expressions of the refusal
        self.table = table      # whose row goes to quarantine; None: it cannot
        self.check = check      # (query, rows) after a migration
        self.kept = kept        # (query, rows) on the archive table
        # The chain executor refuses it all the same, with these words, and goes on after that.
        self.chain_fix = chain_fix
        self.chain_says = chain_says
        # A query over the live rows shows it, so the chain executor does not begin.
        self.foreseen = foreseen


# At 1.10.15, where a task instance and an xcom know their run by its date.
OLD_RUNS = r"""
INSERT INTO dag_run (id, dag_id, execution_date, run_id, state)
    SELECT n, 'd', '2020-01-01'::timestamptz + n * interval '1 day', 'r' || n, 'success' FROM generate_series(1, 3) n;
INSERT INTO task_instance (task_id, dag_id, execution_date, state, pool, pool_slots, try_number, max_tries)
    SELECT 't', 'd', execution_date, 'success', 'default_pool', 1, 1, 0 FROM dag_run;
INSERT INTO xcom (id, key, value, timestamp, execution_date, task_id, dag_id)
    SELECT id, 'good', '\x226f6b22', execution_date, execution_date, 't', 'd' FROM dag_run;
INSERT INTO connection (id, conn_id, conn_type) VALUES (1, 'c', 'http');
"""
OLD_GOOD = (("SELECT dag_id, run_id FROM dag_run ORDER BY run_id", [("d", "r1"), ("d", "r2"), ("d", "r3")]),
            ("SELECT run_id, state FROM task_instance ORDER BY run_id", [(f"r{n}", "success") for n in (1, 2, 3)]),
            ("SELECT run_id, key, value FROM xcom ORDER BY run_id", [(f"r{n}", "good", b'"ok"') for n in (1, 2, 3)]),
            ("SELECT conn_id, conn_type FROM connection WHERE conn_id = 'c'", [("c", "http")]))
XCOM_FIX = "DELETE FROM xcom WHERE key = 'bad'"
XCOM_KEY = r"dag_run_id=2, task_id=t, map_index=-1, key=bad"
REMEDY = r"--quarantine"
XCOM_GOOD = (("SELECT key, count(*), min(value::text) FROM xcom GROUP BY key", [("good", 3, '"ok"')]),
             ("SELECT count(*) FROM task_instance WHERE id IS NOT NULL", [(3,)]))


def bad_xcom(name, value, reason):
    return Case(name, "refused", RUNS + GOOD_XCOM + xcom(value), fix=XCOM_FIX, foreseen=True,
                says=(r'table "xcom"', XCOM_KEY, reason, REMEDY), table="xcom", check=XCOM_GOOD,
                kept=("SELECT key, dag_id, run_id, value FROM _airshift_quarantine__xcom",
                      [("bad", "d", "r2", value)]))


NAN_XCOMS = {
    "nan": b"NaN", "list": b"[NaN, Infinity, -Infinity]", "deep": b'{"a": {"b": [[NaN], {"c": Infinity}]}}',
    "nul": b'{"a\\u0000": "\\u0000x"}', "both": b'["\\u0000", NaN]', "word": b'"the word NaN, and \\\\u0000"',
}
# Rows go to quarantine so slowly that two sessions are sure to meet there.
SLOW_QUARANTINE = """
CREATE FUNCTION slowly() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.3); RETURN NULL; END';
CREATE FUNCTION make_slow() RETURNS event_trigger LANGUAGE plpgsql AS $$
DECLARE made record;
BEGIN
    FOR made IN SELECT * FROM pg_event_trigger_ddl_commands() WHERE object_type = 'table' AND object_identity = 'airshift.aside' LOOP
        EXECUTE 'CREATE TRIGGER slow AFTER INSERT ON ' || made.objid::regclass ||
            ' FOR EACH STATEMENT EXECUTE FUNCTION public.slowly()';
    END LOOP;
END $$;
CREATE EVENT TRIGGER make_slow ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION make_slow();
"""
# One of the two new tables that are made of "dataset" does not take a row.
ONE_REFUSES = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.uri = 's3://bad' THEN RAISE EXCEPTION 'not this one' USING ERRCODE = '22000'; END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION make_refusing() RETURNS event_trigger LANGUAGE plpgsql AS $$
DECLARE made record;
BEGIN
    FOR made IN SELECT * FROM pg_event_trigger_ddl_commands() WHERE object_type = 'table' AND object_identity LIKE '%.asset\\_active' LOOP
        EXECUTE 'CREATE OR REPLACE TRIGGER refusing BEFORE INSERT ON ' || made.objid::regclass ||
            ' FOR EACH ROW EXECUTE FUNCTION public.refuse()';
    END LOOP;
END $$;
CREATE EVENT TRIGGER make_refusing ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION make_refusing();
"""
SURROGATE_CONF = rb"\x8004950e000000000000007d948c0161948c03eda0bd94732e".decode()

CASES = [
    # --- the real one succeeds ---------------------------------------------------------
    Case("connection.is_encrypted NULL", "mild",
         "INSERT INTO connection (conn_id, conn_type, is_encrypted, is_extra_encrypted) VALUES ('c', 'http', NULL, NULL);",
         check=(("SELECT is_encrypted, is_extra_encrypted FROM connection WHERE conn_id = 'c'", [(False, False)]),)),
    Case("deferred TI trigger_timeout", "mild",
         "INSERT INTO task_instance (task_id, dag_id, run_id, map_index, state, pool, pool_slots, try_number, max_tries,"
         " trigger_timeout) VALUES ('deferred', 'd', 'r1', -1, 'deferred', 'default_pool', 1, 1, 0,"
         " '2024-03-31 02:30:00.5');",
         check=(("SELECT (trigger_timeout AT TIME ZONE 'UTC')::text FROM task_instance WHERE task_id = 'deferred'",
                 [("2024-03-31 02:30:00.5",)]),)),
    Case("slot_pool.slots NULL", "mild",
         "INSERT INTO slot_pool (pool, slots, include_deferred) VALUES ('empty', NULL, false);",
         check=(("SELECT slots FROM slot_pool WHERE pool = 'empty'", [(0,)]),
                ("SELECT slots FROM slot_pool WHERE pool = 'default_pool'", [(128,)]))),
    Case("task_instance.try_number/max_tries NULL", "mild",
         "INSERT INTO task_instance (task_id, dag_id, run_id, map_index, state, pool, pool_slots, try_number, max_tries)"
         " VALUES ('tries', 'd', 'r1', -1, 'queued', 'default_pool', 1, NULL, NULL);",
         check=(("SELECT try_number, max_tries FROM task_instance WHERE task_id = 'tries'", [(0, -1)]),)),
    Case("variable with NULL key and val", "mild", "INSERT INTO variable (key, val) VALUES (NULL, NULL);",
         check=(("SELECT key ~ '^__airflow_var_fix_888b59e02a5b_', val FROM variable", [(True, "")]),)),
    Case("xcom pretty-printed NaN", "mild", xcom(b'{\n   "a": NaN\n}', "pretty"),
         check=(("SELECT value::text FROM xcom WHERE key = 'pretty'", [('{"a": null}',)]),)),
    Case("xcom NaN, Infinity and \\u0000 in several positions", "mild",
         "".join(xcom(value, "nan " + key) for key, value in NAN_XCOMS.items())),

    Case("dag_run.conf NaN, Infinity and \\u0000", "mild", confs(NAN_CONFS),
         check=(("SELECT id, conf::text FROM dag_run WHERE id > 20 ORDER BY id", NAN_CONFS_AFTER),)),

    # --- airshift succeeds where the real one does not -----------------------------------
    Case("dag_run.conf with a lone surrogate", "better", RUNS + f"UPDATE dag_run SET conf = '{SURROGATE_CONF}' WHERE id = 2;",
         check=(("SELECT id, conf::text FROM dag_run ORDER BY id", [(1, '{"a": 1}'), (2, None), (3, '{"a": 1}')]),
                ("SELECT id, run_id, conf, airshift_problem ~ 'surrogate' FROM _airshift_archive__unpickle_json",
                 [(2, "r2", bytes.fromhex(SURROGATE_CONF[2:]), True)]))),
    Case("dag_run.conf with a lone surrogate, and an archive of an earlier migration", "better",
         RUNS + f"UPDATE dag_run SET conf = '{SURROGATE_CONF}' WHERE id = 2;"
         " CREATE TABLE _airshift_archive__unpickle_json AS SELECT 'earlier' AS what;",
         check=(("SELECT id, conf::text FROM dag_run ORDER BY id", [(1, '{"a": 1}'), (2, None), (3, '{"a": 1}')]),
                ("SELECT what FROM _airshift_archive__unpickle_json", [("earlier",)]),
                ("SELECT id, run_id FROM _airshift_archive__unpickle_json_2", [(2, "r2")]))),
    Case("dag_run.conf that is no JSON (an unknown class)", "better",
         RUNS + r"UPDATE dag_run SET conf = '\x8004636e6f2e737563682e6d6f64756c650a5468696e670a2e' WHERE id = 2;",
         check=(("SELECT id, conf::text FROM dag_run ORDER BY id", [(1, '{"a": 1}'), (2, None), (3, '{"a": 1}')]),
                ("SELECT id, octet_length(conf) FROM _airshift_archive__unpickle_json", [(2, 25)]))),
    # The real one leaves nothing of these, and runs what the pickles say.
    Case("dag_run.conf that is no JSON (datetime, set, bytes, Decimal, cut short)", "better",
         RUNS + confs({**{n: pickle.dumps(value, 4) for n, value in UNCONVERTIBLE.items()}, 8: TRUNCATED}),
         check=(("SELECT id, conf::text FROM dag_run ORDER BY id",
                 [(n, '{"a": 1}') for n in (1, 2, 3)] + [(n, None) for n in (4, 5, 6, 7, 8)]),
                ("SELECT id, conf, airshift_problem <> '' FROM _airshift_archive__unpickle_json ORDER BY id",
                 [(n, pickle.dumps(value, 4), True) for n, value in UNCONVERTIBLE.items()] + [(8, TRUNCATED, True)]))),
    *(Case(f"dag_run.conf NaN, Infinity and \\u0000 to {version}", "better", RUNS + confs(NAN_CONFS), target=version,
           check=(("SELECT id, conf::text FROM dag_run WHERE id > 20 ORDER BY id", NAN_CONFS_AFTER),))
      for version in ("3.1.8", "3.2.2")),
    Case("user table with FK to task_instance", "better",
         RUNS + "CREATE TABLE mine (task_id varchar(250), dag_id varchar(250), run_id varchar(250), map_index integer,"
         " note text, CONSTRAINT mine_fkey FOREIGN KEY (dag_id, task_id, run_id, map_index)"
         " REFERENCES task_instance (dag_id, task_id, run_id, map_index) ON DELETE CASCADE);"
         " INSERT INTO mine VALUES ('t', 'd', 'r1', -1, 'kept');",
         check=(("SELECT pg_get_constraintdef(oid), convalidated FROM pg_constraint WHERE conname = 'mine_fkey'",
                 [("FOREIGN KEY (dag_id, task_id, run_id, map_index) REFERENCES"
                   " task_instance(dag_id, task_id, run_id, map_index) ON DELETE CASCADE", True)]),
                ("SELECT note FROM mine", [("kept",)]))),
    Case("user view on columns of task_instance that stay", "better",
         RUNS + "CREATE VIEW mine AS SELECT dag_id, task_id, state FROM task_instance WHERE map_index = -1;",
         check=(("SELECT dag_id, task_id, state FROM mine LIMIT 1", [("d", "t", "success")]),)),
    Case("xcom NaN, Infinity and \\u0000 to 3.2.2", "better",
         RUNS + "".join(xcom(value, "nan " + key) for key, value in NAN_XCOMS.items()), target="3.2.2",
         check=(("SELECT count(*) FROM xcom WHERE key LIKE 'nan %%'", [(len(NAN_XCOMS),)]),)),
    Case("xcom NaN, Infinity and \\u0000 to 3.1.8", "better",
         RUNS + "".join(xcom(value, "nan " + key) for key, value in NAN_XCOMS.items()), target="3.1.8",
         check=(("SELECT count(*) FROM xcom WHERE key LIKE 'nan %%'", [(len(NAN_XCOMS),)]),)),
    Case("trigger.kwargs {}", "better",
         "INSERT INTO trigger (id, classpath, kwargs, created_date) VALUES (1, 'a.B', '{}', now()),"
         """ (2, 'a.C', '{"__var": {"n": 1}, "__type": "dict"}', now());""", source="2.6.3", target="2.11.2",
         check=(("SELECT id, kwargs FROM trigger ORDER BY id", "kwargs"),)),
    Case("2.6.3 straight to 3.3.2", "better",
         "INSERT INTO trigger (id, classpath, kwargs, created_date) VALUES (1, 'a.B', '{}', now()),"
         """ (2, 'a.C', '{"__var": {"n": 1}, "__type": "dict"}', now());""", source="2.6.3",
         check=(("SELECT version_num FROM alembic_version", [("d2f4e1b3c5a7",)]),
                ("SELECT id, kwargs FROM trigger ORDER BY id", "kwargs"))),

    *(Case(f"{version} straight to 3.3.2", "better",
           "INSERT INTO dag_run (dag_id, execution_date, run_id"
           + (") VALUES ('d', '2024-01-01', 'r1');" if version == "1.10.15"
              else ", run_type) VALUES ('d', '2024-01-01', 'r1', 'manual');") +
           "INSERT INTO connection (id, conn_id, conn_type) VALUES (901, 'c', 'http');", source=version,
           check=(("SELECT version_num FROM alembic_version", [("d2f4e1b3c5a7",)]),
                  ("SELECT version_num FROM alembic_version_fab", [("02ca36b0235b",)]),
                  ("SELECT dag_id, run_id FROM dag_run", [("d", "r1")]),
                  ("SELECT id, conn_id FROM connection WHERE id = 901", [(901, "c")])))
      for version in ("1.10.15", "2.3.4", "2.5.3")),
    # The real one's core chain arrives; its FAB part dies of tables that are there.
    Case("2.11.2 to 3.0.6, FAB's tables and all", "better",
         RUNS + "INSERT INTO ab_user (id, first_name, last_name, username, email) VALUES (77, 'a', 'b', 'someone', 'a@x');",
         target="3.0.6",
         check=(("SELECT version_num FROM alembic_version", [("fe199e1abd77",)]),
                ("SELECT count(*) FROM alembic_version_fab", [(1,)]),
                ("SELECT username FROM ab_user WHERE id = 77", [("someone",)]),
                ("SELECT count(*) FROM task_instance", [(3,)]))),

    # --- the real one succeeds: what it deletes and moves goes there here, too --------------
    Case("rows that 3.0 deletes, and pickled xcoms", "alike",
         RUNS + GOOD_XCOM + xcom(pickle.dumps({"a": 1}, 4), "pickled") +
         "INSERT INTO dag (dag_id, has_task_concurrency_limits, max_active_tasks, max_consecutive_failed_dag_runs)"
         " VALUES ('d', false, 16, 0);"
         "INSERT INTO serialized_dag (dag_id, fileloc, fileloc_hash, data, last_updated, dag_hash)"
         " VALUES ('d', '/d.py', 1, '{}', now(), 'h');"
         "INSERT INTO dag_code (fileloc_hash, fileloc, last_updated, source_code) VALUES (1, '/d.py', now(), 's');"
         "INSERT INTO import_error (id, timestamp, filename, stacktrace) VALUES (1, now(), '/e.py', 's');"
         "INSERT INTO dag_priority_parsing_request (id, fileloc) VALUES ('a', '/d.py');",
         check=(*XCOM_GOOD, ("SELECT key, value FROM _xcom_archive", [("pickled", pickle.dumps({"a": 1}, 4))]),
                *((f"SELECT count(*) FROM {table}", [(0,)]) for table in
                  ("serialized_dag", "dag_code", "import_error", "dag_priority_parsing_request")))),

    # --- airshift refuses, before anything has changed -------------------------------------
    Case("dataset uri of 1501 characters", "refused", foreseen=True, make=
         "INSERT INTO dataset (id, uri, extra, created_at, updated_at, is_orphaned) VALUES"
         " (7, repeat('u', 1501), '{}', now(), now(), false), (8, 's3://good', '{}', now(), now(), false);",
         fix="DELETE FROM dataset WHERE id = 7", says=("dataset", "id=7", "too long", REMEDY), table="dataset",
         check=(("SELECT id, uri FROM asset", [(8, "s3://good")]), ("SELECT name, uri FROM asset_active",
                                                                  [("s3://good", "s3://good")])),
         kept=("SELECT id, length(uri) FROM _airshift_quarantine__dataset", [(7, 1501)])),
    # Two new tables are made of "dataset", by two workers at once: each row is set aside once.
    Case("many datasets with a uri of 1501 characters", "refused", foreseen=True, make=
         "INSERT INTO dataset (id, uri, extra, created_at, updated_at, is_orphaned) SELECT n, repeat('u', 1497) || n,"
         " '{}', now(), now(), false FROM generate_series(1001, 1400) AS n;",
         fix="DELETE FROM dataset WHERE id > 1000", says=(r'table "asset(_active)?": \d+ or more rows', r"id=1\d{3}", "too long", REMEDY),
         table="dataset",
         check=(("SELECT count(*) FROM asset", [(0,)]), ("SELECT count(*) FROM asset_active", [(0,)])),
         kept=("SELECT count(*), count(DISTINCT id) FROM _airshift_quarantine__dataset", [(400, 400)])),
    Case("dataset uri of 1501 characters, in use", "refused", foreseen=True, make=
         "INSERT INTO dag (dag_id, has_task_concurrency_limits, max_active_tasks, max_consecutive_failed_dag_runs)"
         " VALUES ('d', false, 16, 0);"
         "INSERT INTO dataset (id, uri, extra, created_at, updated_at, is_orphaned) VALUES"
         " (7, repeat('u', 1501), '{}', now(), now(), false), (8, 's3://good', '{}', now(), now(), false);"
         "INSERT INTO dag_schedule_dataset_reference (dataset_id, dag_id, created_at, updated_at) VALUES"
         " (7, 'd', now(), now()), (8, 'd', now(), now());",
         fix="DELETE FROM dataset WHERE id = 7", says=("dataset", "id=7", "too long", REMEDY), table="dataset",
         check=(("SELECT asset_id FROM dag_schedule_asset_reference", [(8,)]), ("SELECT id FROM asset", [(8,)]),
                ("SELECT name FROM asset_active", [("s3://good",)])),
         kept=("SELECT id, length(uri), d.airshift_problem ~ 'too long', r.dag_id, r.airshift_problem ~ 'asset_fkey'"
               " FROM _airshift_quarantine__dataset d JOIN _airshift_quarantine__dag_schedule_dataset_reference r"
               " ON r.dataset_id = d.id", [(7, 1501, True, "d", True)])),
    # Only one of the two new tables refuses the row; it must not be in the other either.
    Case("dataset that asset_active alone refuses", "refused", ONE_REFUSES +
         "INSERT INTO dataset (id, uri, extra, created_at, updated_at, is_orphaned) VALUES"
         " (7, 's3://bad', '{}', now(), now(), false), (8, 's3://good', '{}', now(), now(), false);",
         fix="DELETE FROM dataset WHERE id = 7", says=("asset_active", "id=7", "not this one", REMEDY), table="dataset",
         check=(("SELECT id, uri FROM asset", [(8, "s3://good")]), ("SELECT name FROM asset_active", [("s3://good",)])),
         kept=("SELECT id, airshift_problem FROM _airshift_quarantine__dataset", [(7, "not this one")])),
    # Its rows go into asset and into asset_active, by two sessions at once: each is kept once,
    # and what an earlier migration set aside is kept as well.
    Case("dataset uris of 1501 characters, two copies at once", "refused", foreseen=True, make=
         SLOW_QUARANTINE + "CREATE TABLE _airshift_quarantine__dataset AS SELECT 'earlier' AS what;" + "INSERT INTO dataset (id, uri, extra, created_at, updated_at, is_orphaned) SELECT n,"
         " n || repeat('u', 1500), '{}', now(), now(), false FROM generate_series(101, 103) n;"
         "INSERT INTO dataset (id, uri, extra, created_at, updated_at, is_orphaned) VALUES"
         " (8, 's3://good', '{}', now(), now(), false);",
         fix="DELETE FROM dataset WHERE id > 100", says=("dataset", "id=1", "too long", REMEDY), table="dataset",
         check=(("SELECT id, uri FROM asset", [(8, "s3://good")]), ("SELECT name, uri FROM asset_active",
                                                                  [("s3://good", "s3://good")])),
         kept=("SELECT id::text FROM _airshift_quarantine__dataset_2 UNION ALL SELECT what FROM"
               " _airshift_quarantine__dataset ORDER BY 1", [("101",), ("102",), ("103",), ("earlier",)])),
    Case("user view on task_instance", "refused", RUNS + "CREATE VIEW mine AS SELECT * FROM task_instance;",
         fix="DROP VIEW mine", says=(r'view "public\.mine"', '"task_instance"', '"job_id"', "nothing was changed", "Drop it"),
         check=(("SELECT count(*) FROM task_instance", [(3,)]),)),
    bad_xcom("xcom JSON lone surrogate", b'"\\ud83d"', r"[Ss]urrogate"),
    bad_xcom("xcom empty bytea", b"", r"ended unexpectedly|empty"),
    bad_xcom("xcom invalid UTF-8", b'"\xff"', r"encoding \"UTF8\": 0xff"),
    bad_xcom("xcom not JSON", b"not JSON", r'Token "not" is invalid'),
    bad_xcom("xcom protocol-0 pickle", b"(dp0\nVa\np1\nI1\ns.", r"invalid input syntax for type json"),

    # --- from 1.10.15 ------------------------------------------------------------------------
    Case("1.10: a run without a date, one without an id", "alike",
         OLD_RUNS + "INSERT INTO dag_run (id, dag_id, execution_date, run_id) VALUES (11, 'd', NULL, 'r11'),"
         " (12, 'd', '2021-01-01', NULL);", source="1.10.15", target="2.11.2",
         check=(*OLD_GOOD, ("SELECT id, run_id FROM _airflow_moved__2_2__dangling__dag_run ORDER BY id",
                            [(11, "r11"), (12, None)]))),
    Case("1.10: an xcom without a key and a task instance, of a run that is gone", "alike",
         OLD_RUNS + "INSERT INTO xcom (id, key, value, timestamp, execution_date, task_id, dag_id)"
         " VALUES (11, NULL, 'x', '2021-01-01', '2021-01-01', 't', 'd');"
         "INSERT INTO task_instance (task_id, dag_id, execution_date, state, pool, pool_slots, try_number, max_tries)"
         " VALUES ('t', 'd', '2021-01-01', 'success', 'default_pool', 1, 1, 0);", source="1.10.15", target="2.11.2",
         check=(*OLD_GOOD, ("SELECT task_id, state FROM _airflow_moved__2_2__dangling__task_instance", [("t", "success")]),
                ("SELECT count(*) FROM _airflow_moved__2_3__dangling__xcom", [(1,)])),
         # A key comes with 2.0 already; the real one has moved the row before its first revision.
         chain_fix="UPDATE xcom SET key = 'k' WHERE key IS NULL",
         chain_says=(r"revision bbf4a7ad0465 \(2\.0\.0\), on the way", 'table "xcom"', "id=11", '"key" of "xcom" must not be NULL')),
    # Of a run that is gone the real one moves such a row; here the run is there, and it dies.
    Case("1.10: xcom key NULL", "refused", foreseen=True, make=
         OLD_RUNS + "INSERT INTO xcom (id, key, value, timestamp, execution_date, task_id, dag_id)"
         " SELECT 11, NULL, value, timestamp, execution_date, task_id, dag_id FROM xcom WHERE id = 1;",
         source="1.10.15", target="2.11.2", fix="DELETE FROM xcom WHERE key IS NULL",
         says=('table "xcom"', "id=11", '"key"', REMEDY), table="xcom", check=OLD_GOOD,
         kept=("SELECT id, key FROM _airshift_quarantine__xcom", [(11, None)])),
    Case("1.10: conn_type NULL", "refused", foreseen=True, make=
         OLD_RUNS + "INSERT INTO connection (id, conn_id, conn_type) VALUES (11, 'untyped', NULL);",
         source="1.10.15", target="2.11.2", fix="DELETE FROM connection WHERE id = 11",
         says=('table "connection"', "id=11", "conn_type", REMEDY), table="connection", check=OLD_GOOD,
         kept=("SELECT id, conn_id FROM _airshift_quarantine__connection", [(11, "untyped")])),
    Case("1.10: duplicate conn_id", "refused", foreseen=True, make=
         OLD_RUNS + "INSERT INTO connection (id, conn_id, conn_type) VALUES (11, 'c', 'http');",
         source="1.10.15", target="2.11.2", fix="DELETE FROM connection WHERE id = 11",
         says=('connection', r"\(conn_id\)=\(c\)"), check=OLD_GOOD),
    Case("1.10: duplicate xcom", "refused", foreseen=True, make=
         OLD_RUNS + "INSERT INTO xcom (id, key, value, timestamp, execution_date, task_id, dag_id)"
         " SELECT 11, key, value, timestamp, execution_date, task_id, dag_id FROM xcom WHERE id = 1;",
         source="1.10.15", target="2.11.2", fix="DELETE FROM xcom WHERE id = 11", says=('xcom', "good"), check=OLD_GOOD),
    Case("1.10: user names differing in case", "refused", foreseen=True, make=
         OLD_RUNS + "INSERT INTO ab_user (id, first_name, last_name, username, email) VALUES"
         " (1, 'a', 'b', 'someone', 'a@x'), (2, 'a', 'b', 'Someone', 'b@x');",
         source="1.10.15", target="2.11.2", fix="DELETE FROM ab_user WHERE id = 2", says=("ab_user", "someone"),
         check=(*OLD_GOOD, ("SELECT username FROM ab_user", [("someone",)]))),
]


class Bench:
    def __init__(self, options):
        self.options = options
        self.passed = self.failed = 0
        self.admin = self.connect("postgres")

    def url(self, database):
        return f"postgresql+psycopg2://postgres@127.0.0.1:{self.options.port}/{database}"

    def connect(self, database):
        connection = psycopg2.connect(host="127.0.0.1", port=self.options.port, user="postgres", dbname=database)
        connection.autocommit = True
        return connection

    def execute(self, database, sql):
        connection = self.connect(database)
        try:
            connection.cursor().execute(sql)
        finally:
            connection.close()

    def rows(self, database, query):
        connection = self.connect(database)
        try:
            cursor = connection.cursor()
            cursor.execute(query.replace("%%", "%"))
            return [tuple(bytes(v) if isinstance(v, memoryview) else v for v in row) for row in cursor]
        except psycopg2.Error as error:
            return f"{error}".strip().splitlines()[0]
        finally:
            connection.close()

    def create(self, database, template):
        cursor = self.admin.cursor()
        cursor.execute(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")
        deadline = time.monotonic() + 30
        while True:
            try:
                cursor.execute(f"CREATE DATABASE {database} TEMPLATE {template}")
                return
            except psycopg2.errors.ObjectInUse:
                if time.monotonic() > deadline:
                    raise

    def say(self, good, name, detail=""):
        if good:
            self.passed += 1
            print(f"PASS {name}", flush=True)
        else:
            self.failed += 1
            print(f"FAIL {name}", flush=True)
            for line in str(detail).splitlines()[:12]:
                print(f"     {line[:400]}", flush=True)
        return good

    def migrate(self, database, target, executor="fused", *arguments):
        """(exit code, output)"""
        done = subprocess.run(
            [self.options.airshift, "migrate", "--url", self.url(database), "--to", target, "--executor", executor,
             "--progress", "none", "--lock-wait", "20", *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300,
            env={**os.environ, "AIRFLOW__CORE__FERNET_KEY": self.options.fernet_key})
        lines = [line for line in done.stdout.splitlines() if not line.startswith("revision ")]
        return done.returncode, "\n".join(lines)

    def real(self, database, version):
        done = subprocess.run([self.options.airflow, "--airflow", version, self.url(database), "db", "migrate"],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=600)
        return done.returncode, done.stdout

    # --- what a database is ---------------------------------------------------------------

    def fingerprint(self, database):
        """Schema, rows and sequences; what airshift might leave is in it, too."""
        dump = subprocess.run([f"{self.options.bin}/pg_dump", "--schema-only", "-d", self.url(database).replace("+psycopg2", "")],
                              stdout=subprocess.PIPE, text=True, check=True).stdout
        # \\restrict has a random key.
        lines = [line for line in dump.splitlines()
                 if line and not line.startswith(("--", "\\restrict", "\\unrestrict"))]
        result = {"schema": "\n".join(lines)}
        for schema, table in self.rows(database, "SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT IN"
                                       " ('pg_catalog', 'information_schema')"):
            # JSON is compared as it is written; xmin shows rows that were written again.
            found = self.rows(database, f'SELECT t::text, xmin::text FROM "{schema}"."{table}" AS t ORDER BY 1')
            result[table] = hashlib.md5(repr(found).encode()).hexdigest()
        for (sequence,) in self.rows(database, "SELECT oid::regclass::text FROM pg_class WHERE relkind = 'S'"
                                     " AND relnamespace = 'public'::regnamespace"):
            result[f"sequence {sequence}"] = self.rows(database, f"SELECT last_value, is_called FROM {sequence}")
        return result

    def left(self, database):
        return self.rows(database, """
            SELECT 'schema ' || nspname FROM pg_namespace WHERE nspname LIKE 'airshift%%'
            UNION ALL SELECT 'trigger ' || tgname FROM pg_trigger WHERE tgname LIKE 'airshift%%'
            UNION ALL SELECT 'relation ' || relname FROM pg_class WHERE relname LIKE 'airshift%%'
            UNION ALL SELECT 'function ' || proname FROM pg_proc WHERE proname LIKE 'airshift%%'
            UNION ALL SELECT 'not valid ' || conname FROM pg_constraint WHERE NOT convalidated
            UNION ALL SELECT 'invalid index ' || indexrelid::regclass FROM pg_index WHERE NOT indisvalid""")

    def kwargs(self, rows):
        from cryptography.fernet import Fernet

        fernet = Fernet(self.options.fernet_key)
        try:
            plain = [(ident, json.loads(fernet.decrypt(text.encode()))) for ident, text in rows]
        except Exception as error:
            return f"not a token: {error!r} in {rows!r}"
        # {} has no "__var"; Airflow dies of it. Both must mean what they meant.
        if [ident for ident, _ in plain] == [1, 2] and plain[0][1] in ({}, {"__var": {}, "__type": "dict"}) \
                and plain[1][1] in ({"n": 1}, {"__var": {"n": 1}, "__type": "dict"}):
            return None
        return f"{plain!r}"

    def results(self, name, database, checks):
        wrong = []
        for query, expected in checks:
            found = self.rows(database, query)
            if expected == "kwargs":
                problem = self.kwargs(found)
                if problem:
                    wrong.append(problem)
            elif found != expected:
                wrong.append(f"{query}\nis       {found!r}\nexpected {expected!r}")
        return self.say(not wrong, f"{name}: what it should be", "\n".join(wrong))

    def succeeds(self, name, database, case, executor, checks, *arguments):
        code, output = self.migrate(database, case.target, executor, *arguments)
        good = self.say(code == 0, f"{name}: migrated", f"exit {code}\n{output}")
        if good:
            left = self.left(database)
            self.say(left == [], f"{name}: nothing of airshift's is left", left)
            self.results(name, database, checks)
        return good

    # --- kinds ----------------------------------------------------------------------------

    def better(self, case):
        template = "t_" + case.source.replace(".", "_")
        for executor in self.options.executors:
            self.create("work", template)
            self.execute("work", case.make)
            if executor == "chain" and case.chain_fix:
                before = self.fingerprint("work")
                code, output = self.migrate("work", case.target, executor)
                self.say(code == 8 and all(re.search(pattern, output) for pattern in case.chain_says),
                         f"{case.name}, chain: refused", f"exit {code}\n{output}")
                self.say(self.fingerprint("work") == before, f"{case.name}, chain: nothing was changed", "it was")
                self.execute("work", case.chain_fix)
            self.succeeds(f"{case.name}, {executor}", "work", case, executor, case.check)
            if "nan " in case.make and case.target != "3.3.2" and self.reference is not None:
                found = self.rows("work", "SELECT key, value::text FROM xcom WHERE key LIKE 'nan %%' ORDER BY key")
                self.say(found == self.reference, f"{case.name}, {executor}: as the real 3.3.2 sanitises it",
                         f"is       {found!r}\nexpected {self.reference!r}")

    def refused(self, case):
        template = "t_" + case.source.replace(".", "_")
        self.create("bad", template)
        self.execute("bad", case.make)
        before = self.fingerprint("bad")
        if "fused" in self.options.executors:
            self.create("work", "bad")
            name = f"{case.name}, fused"
            before = self.fingerprint("work")
            code, output = self.migrate("work", case.target)
            self.say(code == EXIT_DATA, f"{name}: refused with exit code {EXIT_DATA}", f"exit {code}\n{output}")
            missing = [pattern for pattern in case.says if not re.search(pattern, output)]
            self.say(not missing, f"{name}: says table, reason, key and remedy", f"no {missing} in\n{output}")
            after = self.fingerprint("work")
            changed = [key for key in before if before[key] != after.get(key)]
            changed += [key for key in after if key not in before]
            self.say(not changed, f"{name}: nothing was changed",
                     changed and "\n".join(sorted(set(after["schema"].splitlines())
                                                  ^ set(before["schema"].splitlines()))) or changed)
            again, second = self.migrate("work", case.target)
            self.say(again == EXIT_DATA, f"{name}: refused again", f"exit {again}\n{second}")
            self.execute("work", case.fix)
            self.succeeds(f"{name}, after the fix", "work", case, "fused", case.check)
            if case.table:
                self.create("work", "bad")
                self.succeeds(f"{name}, --quarantine", "work", case, "fused", (*case.check, case.kept), "--quarantine")
                # The way it is most likely to be met: refused first, then asked for.
                self.create("work", "bad")
                self.migrate("work", case.target)
                self.succeeds(f"{name}, refused, then --quarantine", "work", case, "fused",
                              (*case.check, case.kept), "--quarantine")
        if "chain" in self.options.executors:
            self.create("work", "bad")
            name = f"{case.name}, chain"
            before = self.fingerprint("work")
            code, output = self.migrate("work", case.target, "chain")
            if case.foreseen:
                missing = [pattern for pattern in case.says if "asset" not in pattern
                           and not re.search(pattern, output)]
                self.say(code == EXIT_DATA and not missing and "Nothing was changed" in output,
                         f"{name}: does not begin, and says table, reason and key", f"exit {code}, no {missing} in\n{output}")
                self.say(self.fingerprint("work") == before, f"{name}: nothing was changed")
            else:
                self.say(code not in (0, 70), f"{name}: stops", f"exit {code}\n{output}")
            self.execute("work", case.fix.replace("dataset", "asset")
                         if self.rows("work", "SELECT to_regclass('dataset') IS NULL") == [(True,)] else case.fix)
            self.succeeds(f"{name}, after the fix", "work", case, "chain", case.check)
            if case.table:
                self.create("work", "bad")
                self.succeeds(f"{name}, --quarantine", "work", case, "chain", (*case.check, case.kept), "--quarantine")

    def mild(self, cases):
        """All in one database, so that the real one runs once."""
        self.create("mild", "t_2_11_2")
        self.execute("mild", RUNS + "".join(case.make for case in cases))
        since = time.time()
        self.create("mild_real", "mild")
        code, output = self.real("mild_real", "3.3.2")
        if not self.say(code == 0, "the real one migrates the mild rows", output[-2000:]):
            return
        self.reference = self.rows("mild_real", "SELECT key, value::text FROM xcom WHERE key LIKE 'nan %%' ORDER BY key")
        for case in cases:
            self.results(f"{case.name}, the real one", "mild_real", case.check)
        for executor in self.options.executors:
            self.create("work", "mild")
            code, output = self.migrate("work", "3.3.2", executor)
            if not self.say(code == 0, f"mild rows, {executor}: migrated", f"exit {code}\n{output}"):
                continue
            self.say(self.left("work") == [], f"mild rows, {executor}: nothing of airshift's is left", self.left("work"))
            for case in cases:
                self.results(f"{case.name}, {executor}", "work", case.check)
            done = subprocess.run(
                [sys.executable, os.path.join(os.path.dirname(os.path.abspath(__file__)), "compare.py"),
                 self.url("mild_real"), self.url("work"), "--source", self.url("mild"), "--since", str(since),
                 "--fernet-key", self.options.fernet_key], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            self.say(done.returncode == 0, f"mild rows, {executor}: the same database as the real one's", done.stdout)

    def alike(self, case):
        template = "t_" + case.source.replace(".", "_")
        self.create("work", template)
        self.execute("work", case.make)
        code, output = self.real("work", case.target)
        self.say(code == 0, f"{case.name}: the real one migrates it", output[-2000:])
        self.results(f"{case.name}, the real one", "work", case.check)
        self.better(case)

    def prove(self, case):
        """The real one, to see that the list still holds."""
        self.create("work", "t_" + case.source.replace(".", "_"))
        self.execute("work", case.make)
        code, _ = self.real("work", case.target)
        lost = code == 0 and any(self.rows("work", query) != expected for query, expected in case.check
                                 if expected != "kwargs")
        self.say(code != 0 or lost, f"{case.name}: the real one dies or loses data", "it does not")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--bin", required=True, help="PostgreSQL's programs")
    parser.add_argument("--airshift", required=True)
    parser.add_argument("--airflow", required=True, help="program that runs `PROGRAM --airflow VERSION URL ...`")
    parser.add_argument("--fernet-key", required=True)
    parser.add_argument("--executors", type=lambda text: text.split(","), default=["fused", "chain"])
    parser.add_argument("--only", default="", help="cases whose name has this (a regular expression)")
    parser.add_argument("--prove", action="store_true", help="run the real one where it fails, too")
    bench = Bench(parser.parse_args())
    bench.reference = None
    chosen = [case for case in CASES if re.search(bench.options.only, case.name)]
    mild = [case for case in chosen if case.kind == "mild"]
    if mild:
        bench.mild(mild)
    for case in chosen:
        if case.kind == "mild":
            continue
        getattr(bench, case.kind)(case)
        if bench.options.prove and case.kind != "alike":
            bench.prove(case)
    print(f"{bench.passed} passed, {bench.failed} failed")
    return 1 if bench.failed else 0


if __name__ == "__main__":
    sys.exit(main())
