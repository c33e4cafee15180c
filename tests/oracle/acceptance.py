# SPDX-License-Identifier: Apache-2.0
"""The part of acceptance.sh that waits and asks: database, DAG run, API server.

Every wait is on a condition with a deadline. It changes nothing but its own DAG.
"""

from __future__ import annotations

import argparse
import json
import sys
import threading
import time
import urllib.error
import urllib.request

import psycopg2

DAG_ID = "airshift_acceptance"
# The proxy of the environment has no business with the loopback.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
PAUSE = threading.Event()


class Acceptance:
    def __init__(self, options):
        self.options = options
        self.connection = psycopg2.connect(options.url.replace("+psycopg2", ""))
        self.connection.autocommit = True
        self.token = None
        self.passed = self.failed = 0

    def check(self, name, good, detail=""):
        if good:
            self.passed += 1
            print(f"PASS {name}", flush=True)
        else:
            self.failed += 1
            print(f"FAIL {name}: {detail}", flush=True)
        return good

    def sql(self, query, *values):
        with self.connection.cursor() as cursor:
            cursor.execute(query, values)
            return cursor.fetchall() if cursor.description else []

    def wait(self, condition, seconds):
        deadline = time.monotonic() + seconds
        while True:
            result = condition()
            if result or time.monotonic() > deadline:
                return result
            PAUSE.wait(0.5)

    def call(self, method, path, body=None):
        request = urllib.request.Request(self.options.api + path, method=method)
        request.add_header("Accept", "application/json")
        if self.token:
            request.add_header("Authorization", f"Bearer {self.token}")
        data = None
        if body is not None:
            request.add_header("Content-Type", "application/json")
            data = json.dumps(body).encode()
        try:
            with OPENER.open(request, data, timeout=60) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            return error.code, error.read()[:300].decode(errors="replace")
        except (urllib.error.URLError, OSError, ValueError) as error:
            return 0, str(error)

    def collect(self, path, key):
        """Every entry of a paged list, or the error that stopped it."""
        found, total = [], None
        while total is None or len(found) < total:
            mark = "&" if "?" in path else "?"
            status, body = self.call("GET", f"{path}{mark}limit=100&offset={len(found)}")
            if status != 200:
                return None, f"{status}: {body}"
            total = body["total_entries"]
            if not body[key]:
                break
            found += body[key]
        return found, total

    def run(self):
        healthy = self.wait(lambda: self.call("GET", "/api/v2/monitor/health")[0] == 200, 120)
        if not self.check("the API server answers", healthy, self.call("GET", "/api/v2/monitor/health")):
            return
        status, body = self.call("POST", "/auth/token",
                                 {"username": self.options.user, "password": self.options.password})
        if not self.check("a new user logs in", status in (200, 201), f"{status} {body}"):
            return
        self.token = body["access_token"]
        before = self.sql("SELECT count(*) FROM dag_run")[0][0]
        self.lists(before)
        self.new_run()
        status, body = self.call("GET", "/api/v2/monitor/health")
        states = {name: body[name]["status"] for name in ("metadatabase", "scheduler", "dag_processor")}
        self.check("everything is healthy", set(states.values()) == {"healthy"}, states)
        after = self.sql("SELECT count(*) FROM dag_run WHERE dag_id <> %s", DAG_ID)[0][0]
        self.check("the old runs are still there", after == before, f"{before} -> {after}")

    def lists(self, runs):
        found, total = self.collect("/api/v2/dags/~/dagRuns", "dag_runs")
        self.check(f"the API lists all {runs} old runs", found is not None and len(found) == runs,
                   total if found is None else len(found))
        if found:
            stored = {(d, r): c for d, r, c in self.sql("SELECT dag_id, run_id, conf FROM dag_run")}
            wrong = [run["dag_run_id"] for run in found
                     if (stored[run["dag_id"], run["dag_run_id"]] or {}) != (run["conf"] or {})]
            self.check("with their conf", not wrong, wrong[:3])
        count = self.sql("SELECT count(*) FROM task_instance")[0][0]
        found, total = self.collect("/api/v2/dags/~/dagRuns/~/taskInstances", "task_instances")
        self.check(f"the API lists all {count} old task instances", found is not None and len(found) == count,
                   total if found is None else len(found))
        if found:
            ids = {str(i) for (i,) in self.sql("SELECT id FROM task_instance")}
            self.check("with their ids", {ti["id"] for ti in found} == ids)
        count = self.sql("SELECT count(*) FROM xcom WHERE map_index = -1")[0][0]
        found, total = self.collect("/api/v2/dags/~/dagRuns/~/taskInstances/~/xcomEntries?map_index=-1",
                                    "xcom_entries")
        self.check(f"the API lists all {count} old xcoms", found is not None and len(found) == count,
                   total if found is None else len(found))
        for path, key, table in (("/api/v2/pools", "pools", "slot_pool"),
                                 ("/api/v2/variables", "variables", "variable"),
                                 ("/api/v2/connections", "connections", "connection"),
                                 ("/api/v2/eventLogs", "event_logs", None),
                                 ("/api/v2/assets", "assets", None)):
            found, total = self.collect(path, key)
            count = self.sql(f"SELECT count(*) FROM {table}")[0][0] if table else total
            self.check(f"the API lists {key}", found is not None and len(found) == count,
                       total if found is None else f"{len(found)} of {count}")

    def new_run(self):
        seen = self.wait(lambda: self.sql("SELECT 1 FROM serialized_dag WHERE dag_id = %s", DAG_ID), 120)
        if not self.check("the DAG processor stores a new DAG", seen, "not in serialized_dag"):
            return
        status, body = self.call("PATCH", f"/api/v2/dags/{DAG_ID}", {"is_paused": False})
        self.check("it can be unpaused", status == 200, f"{status} {body}")
        status, body = self.call("POST", f"/api/v2/dags/{DAG_ID}/dagRuns",
                                 {"logical_date": None, "conf": {"answer": 42}})
        if not self.check("a run can be triggered", status == 200, f"{status} {body}"):
            return
        run = body["dag_run_id"]
        state = self.wait(lambda: next((s for (s,) in self.sql(
            "SELECT state FROM dag_run WHERE dag_id = %s AND run_id = %s AND state IN ('success', 'failed')",
            DAG_ID, run)), None), self.options.deadline)
        detail = self.sql("SELECT task_id, state FROM task_instance WHERE dag_id = %s AND run_id = %s",
                          DAG_ID, run)
        self.check("the scheduler runs it to success", state == "success", f"{state} {detail}")
        value = self.sql("SELECT value FROM xcom WHERE dag_id = %s AND run_id = %s AND task_id = 'second'",
                         DAG_ID, run)
        self.check("its tasks hand over an xcom", value == [(43,)], value)
        status, body = self.call("GET", f"/api/v2/dags/{DAG_ID}/dagRuns/{run}/taskInstances/second/"
                                        "xcomEntries/return_value")
        self.check("the API shows it", status == 200 and str(body["value"]) == "43", f"{status} {body}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--url", required=True)
    parser.add_argument("--api", required=True)
    parser.add_argument("--user", required=True)
    parser.add_argument("--password", required=True)
    parser.add_argument("--deadline", type=float, default=240)
    acceptance = Acceptance(parser.parse_args())
    acceptance.run()
    print(f"{acceptance.passed} passed, {acceptance.failed} failed")
    return 1 if acceptance.failed else 0


if __name__ == "__main__":
    sys.exit(main())
