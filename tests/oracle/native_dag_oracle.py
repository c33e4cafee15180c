#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares the functions for serialized DAGs, and pickle_json, with Airflow's own code.

    native_dag_oracle.py --tool tests/unit/native_tool_dag [--count 3000] [--seed 1]
                         [--only alerts|hash|version2|pickle]

Needs a virtual environment of Airflow 3.3.2 in $AIRSHIFT_CACHE/venvs (default:
~/.cache/airshift) and starts itself again with its interpreter; 77 where there is none.

The loops of revisions 55297ae24532 and cc92b33c6709 run unchanged, on a connection that is
a double: it hands out one row and writes down what is done with it. Exits with 1 where
anything differs.
"""

import argparse
import contextlib
import copy
import gzip
import io
import json
import logging
import math
import os
import pathlib
import pickle
import random
import struct
import subprocess
import sys
import tempfile
import types
import uuid
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import native_oracle as common  # noqa: E402

NULL, PROBLEM, ERROR = 1, 2, 4


def call(tool, function, rows):
    """Answers (kind, output, problem) to all rows of arguments (bytes or None)."""
    request = b"".join(b"\xff\xff\xff\xff" if value is None
                       else struct.pack("<I", len(value)) + value
                       for row in rows for value in row)
    done = subprocess.run([tool, function], input=request, stdout=subprocess.PIPE, check=True,
                          preexec_fn=common.lift_memory_limit)
    answers, at = [], 0

    def text():
        nonlocal at
        length, = struct.unpack_from("<I", done.stdout, at)
        at += 4 + length
        return done.stdout[at - length:at]
    while at < len(done.stdout):
        kind = done.stdout[at]
        at += 1
        answers.append((kind, text(), text().decode()))
    assert len(answers) == len(rows), "the tool gave another number of answers"
    return answers


# --- the real loops, on a double of a connection

class Result(list):
    def scalar(self):
        return 1

    def fetchall(self):
        return list(self)

    def fetchone(self):
        return self[0] if self else None


class Double:
    """One row of serialized_dag."""

    def __init__(self, data, compressed):
        self.row = (uuid.UUID(int=1), "a_dag", data, compressed, None)
        self.is_read = False
        self.alerts = []   # parameters of the INSERTs
        self.update = None  # parameters of the UPDATE of the document
        self.asked_alerts = False
        self.dialect = types.SimpleNamespace(name="postgresql")
        self.engine = self

    @contextlib.contextmanager
    def begin(self):
        yield self

    def execute(self, statement, parameters=None):
        sql = " ".join(str(statement).split())
        if sql.startswith("SELECT COUNT"):
            return Result()
        if sql.startswith(("SELECT id, dag_id, data", "SELECT sd.id, sd.dag_id")):
            rows = [] if self.is_read else [self.row[:5 if "created_at" in sql else 4]]
            self.is_read = True
            return Result(rows)
        if sql.startswith("SELECT id, data_compressed"):
            return Result([(self.row[0], self.row[3])])
        if sql.startswith("INSERT INTO deadline_alert"):
            self.alerts.append(parameters)
            return Result()
        if sql.startswith("SELECT deadline_alert") or sql.startswith("SELECT reference"):
            if parameters is not None and "alert_id" in parameters:  # as psycopg2 reads them
                last = self.alerts[-1]
                return Result([types.SimpleNamespace(
                    reference=json.loads(last["reference"]), interval=last["interval"],
                    callback_def=json.loads(last["callback_def"]))])
            self.asked_alerts = True
            return Result()
        if sql.startswith("SELECT dr.id"):
            return Result()
        if sql.startswith("UPDATE serialized_dag"):
            self.update = parameters
            return Result()
        raise AssertionError(f"unexpected statement {sql}")


class Airflow:
    def __init__(self):
        logging.disable(logging.CRITICAL)
        self.alerts = common.load_migration(common.VENV_3, "0101")
        self.version2 = common.load_migration(common.VENV_3, "0085")
        quiet = lambda *arguments, **details: None  # noqa: E731
        self.alerts.log = types.SimpleNamespace(debug=quiet, info=quiet, warning=quiet,
                                                error=quiet, exception=quiet)
        from alembic import context
        context.is_offline_mode = lambda: False

    def upgrade(self, data, compressed):
        """The double after the upgrade of one row; None where Airflow dies of it."""
        double = Double(data, compressed)
        self.alerts.op = types.SimpleNamespace(get_bind=lambda: double)
        try:
            self.alerts._migrate_deadline_alerts.__wrapped__()
        except Exception:
            return None
        return double

    def downgrade(self, data, compressed):
        double = Double(data, compressed)
        self.alerts.op = types.SimpleNamespace(get_bind=lambda: double)
        try:
            self.alerts.migrate_deadline_alert_data_back_to_serialized_dag()
        except Exception:
            return None
        return double

    def to_version2(self, compressed):
        double = Double(None, compressed)
        execute = double.execute
        double.execute = lambda statement, parameters=None: (
            Result() if "jsonb_set" in str(statement) else execute(statement, parameters))
        self.version2.op = types.SimpleNamespace(get_bind=lambda: double)
        with contextlib.redirect_stdout(io.StringIO()):
            self.version2.downgrade()
        return compressed if double.update is None else double.update["data"]


# --- documents

def dump(rng, value):
    """JSON as somebody else may write it: other spaces, escapes, and keys set twice."""
    space = rng.choice(["", "", " ", "\n\t"])
    if isinstance(value, dict):
        members = [(key, dump(rng, item)) for key, item in value.items()]
        if members and rng.random() < 0.15:
            members.insert(rng.randrange(len(members) + 1), rng.choice(members))
            members.append((rng.choice(members)[0], dump(rng, rng.choice([1, "twice", []]))))
        return "{" + space + ("," + space).join(
            json.dumps(key, ensure_ascii=rng.random() < 0.7) + space + ":" + space + text
            for key, text in members) + space + "}"
    if isinstance(value, list):
        return "[" + space + ("," + space).join(dump(rng, item) for item in value) + "]"
    if isinstance(value, float) and rng.random() < 0.3 and math.isfinite(value):
        return f"{value:.20e}"
    return json.dumps(value, ensure_ascii=rng.random() < 0.7)


def scalar(rng, is_odd):
    if is_odd and rng.random() < 0.15:
        return rng.choice([float("nan"), float("-inf"), "\0", "\ud800", "a\udfffb"])
    roll = rng.random()
    if roll < 0.5:
        return common.random_text(rng)
    if roll < 0.65:
        value = common.random_float(rng)
        return value if math.isfinite(value) else 0.25
    if roll < 0.85:
        return rng.choice([value for value in common.INTS if abs(value) < 10**4000])
    return rng.choice([None, True, False])


KEYS = ["a", "b", "B", "_", "é", "\U0001f600", "\uffff", "", "aa", "a\0", "__var", "__type",
        "task_id", "fileloc", "deadline", "reference", "interval", "callback", "x" * 80]


def tasks(rng, is_odd):
    def task():
        roll = rng.random()
        if is_odd and roll < 0.02:
            return {"__var": rng.choice(["a task_id b", ["task_id"], ["x"], "x", None, 5, {}])}
        if is_odd and roll < 0.04:
            return {"__var": {"task_id": rng.choice([None, 1, 2.5, ["a"], {}])}}
        ident = rng.choice(["t", "T", "t.1", "é", "\uffff", "\U0001f600", "t1", "t10", "t2", ""])
        return {"__type": "operator", "__var": {"task_id": ident, "n": rng.randrange(9),
                                                "downstream_task_ids": ["b", "a", "C", "aa"],
                                                "more": value(rng, 2, is_odd)}}
    return [task() for _ in range(rng.choice([0, 1, 2, 3, 6]))]


def value(rng, depth, is_odd):
    roll = rng.random()
    if depth == 0 or roll < 0.4:
        return scalar(rng, is_odd)
    count = rng.randrange(5)
    if roll < 0.5:
        return tasks(rng, is_odd)
    if roll < 0.6:
        return [common.random_text(rng) for _ in range(count)]
    if roll < 0.75:
        return [value(rng, depth - 1, is_odd) for _ in range(count)]
    return {rng.choice(KEYS) if rng.random() < 0.8 else common.random_text(rng):
            value(rng, depth - 1, is_odd) for _ in range(count)}


INTERVALS = [0, 1, -5, 300.0, 0.1, 1e22, 1e-7, 10**30, True, False, "5", " 1.5\n", "1_000",
             "1_0.2_5e1_0", "+.5", "5.", "-0", "007", "1e5", "1E-5", 5e-324, 2**53 + 1, -0.0]
BAD_INTERVALS = [None, "", " ", "abc", "1__0", "_1", "1_", "1_.5", "1._5", "1e", "1e_5", "0x10",
                 ".", "+", "--1", "1 2", "1\0", "\x1c1", [], {}, [5], 10**400, "1e5.5", ".e5",
                 "1_e5", "1,5"]


def alert(rng, is_odd):
    fields = {"reference": value(rng, 3, is_odd), "interval": rng.choice(INTERVALS),
              "callback": value(rng, 3, is_odd)}
    if is_odd and rng.random() < 0.2:
        fields["interval"] = rng.choice(BAD_INTERVALS)
    if is_odd and rng.random() < 0.15:
        del fields[rng.choice(list(fields))]
    if rng.random() < 0.3:
        fields["name"] = "more"
    if rng.random() < 0.3:
        return fields
    wrapped = {"__type": "deadline_alert", "__var": fields}
    if is_odd and rng.random() < 0.15:
        wrapped["__var"] = rng.choice([None, [], ["reference", "interval", "callback"], "text",
                                       5, {}, fields])
    return wrapped


def deadline(rng, is_odd):
    roll = rng.random()
    if roll < 0.55:
        items = [alert(rng, is_odd) for _ in range(rng.randrange(1, 4))]
        if is_odd and rng.random() < 0.2:
            items.insert(rng.randrange(len(items) + 1), rng.choice(["id", None, 5, [], [{}]]))
        return items
    if roll < 0.7:
        return alert(rng, is_odd)
    return rng.choice([None, [], {}, "", 0, 0.0, -0.0, False, True, "x", 5, [[]], [None],
                       ["0198-id", "0197-id"], ["x"], ["x", 1], [{}], {"__var": {}}])


def document(rng, is_odd):
    if is_odd and rng.random() < 0.06:
        return rng.choice([[], {}, "text", 5, None, {"dag": None}, {"dag": []}, {"dag": "deadline"},
                           {"dag": {}}, {"other": 1}, '{"dag": {"deadline": []}}'])
    dag = {"dag_id": "a_dag", "tasks": tasks(rng, is_odd), "more": value(rng, 4, is_odd)}
    if rng.random() < 0.7:
        dag["fileloc"] = "/dags/a.py"
    if rng.random() < 0.85:
        dag["deadline"] = deadline(rng, is_odd)
    if rng.random() < 0.5:
        dag["zzz"] = scalar(rng, is_odd)
    members = [("__version", rng.choice([1, 2, 3, 3, 3, 3.0, "3", 30, None])), ("dag", dag)]
    if rng.random() < 0.5:
        members.append(("client_defaults", value(rng, 2, is_odd)))
    if rng.random() < 0.3:
        members.append(("é", value(rng, 2, is_odd)))
    rng.shuffle(members)
    return dict(members)


def encode(text):
    """As bytes; a lone surrogate can only be there as an escape."""
    return "".join(f"\\u{ord(c):04x}" if 0xd800 <= ord(c) <= 0xdfff else c for c in text).encode()


DAMAGED = [b"", b"x", b"\x78\x9c", zlib.compress(b""), zlib.compress(b"{"), zlib.compress(b"nul"),
           zlib.compress(b'{"dag": {}}')[:-5], zlib.compress(b'{"dag": {}}') + b"more",
           zlib.compress(b"\xef\xbb\xbf" + b'{"dag": {"deadline": []}}'), b"{}",
           gzip.compress(b'{"dag": {}}'), zlib.compress(b'{"dag": {}} x'),
           zlib.compress(b'{"dag": ' + b"[" * 5000 + b"]" * 5000 + b"}")]


def documents(rng, count):
    """Pairs of arguments (data, compressed), and the Python values Airflow gets."""
    for number in range(count):
        text = dump(rng, document(rng, number % 2 == 1))
        if rng.random() < 0.05:
            text = text[:rng.randrange(len(text))]
        text = encode(text)
        if rng.random() < 0.5:
            packed = zlib.compress(text, rng.choice([0, 1, 6, 9]))
            data = rng.choice([None, b'{"dag": {"deadline": 5}}'])
            yield data, packed, json.loads(data) if data else None
        else:
            try:
                value_of = json.loads(text)
            except ValueError:
                continue  # the server would not hold it
            yield text, rng.choice([None, b""]), value_of
    for packed in DAMAGED:
        yield None, packed, None
    yield None, None, None


def holds(value_of, test):
    if isinstance(value_of, dict):
        return any(test(key) or holds(item, test) for key, item in value_of.items())
    if isinstance(value_of, list):
        return any(holds(item, test) for item in value_of)
    return test(value_of)


def is_unstorable(scalar_value):
    if isinstance(scalar_value, float):
        return not math.isfinite(scalar_value)
    return isinstance(scalar_value, str) and any(
        c == "\0" or 0xd800 <= ord(c) <= 0xdfff for c in scalar_value)


def check_alerts(tool, airflow, count, seed, tally):
    rng = random.Random(seed)
    cases = list(documents(rng, count))
    answers = call(tool, "deadline_alerts", [case[:2] for case in cases])
    has_ids = call(tool, "has_deadline_ids", [case[:2] for case in cases])
    rewritten = []
    kinds = {"none": 0, "some": 0, "refused": 0, "left out": 0}
    for (data, packed, value_of), (kind, output, problem), ids in zip(cases, answers, has_ids):
        what = f"alerts {data!r:.300} {packed!r:.80}: got {kind} {output!r:.300} {problem}: "
        double = airflow.upgrade(copy.deepcopy(value_of), packed)
        back = airflow.downgrade(copy.deepcopy(value_of), packed)
        tally.check(back is None and ids[0] in (0, NULL | PROBLEM) and ids[1] == b"0" or
                    back is not None and ids[1] == (b"1" if back.asked_alerts else b"0"),
                    f"has_deadline_ids {data!r:.300}: got {ids}")
        if double is None:  # it dies: we go on without
            tally.check(kind == NULL | PROBLEM or output == b"[]", what + "Airflow dies")
            kinds["refused"] += 1
        elif any(is_unstorable(part) or holds(part, is_unstorable) for alert_of in double.alerts
                 for part in map(json.loads, (alert_of["reference"], alert_of["callback_def"]))):
            tally.check(kind == NULL | PROBLEM, what + "not storable")
            kinds["refused"] += 1
        elif double.update is None:
            tally.check((kind, output) == (0, b"[]") or kind == NULL | PROBLEM,
                        what + "Airflow leaves it")
            kinds["none"] += 1
        elif kind == NULL | PROBLEM and "sorted" in problem:
            kinds["refused"] += 1  # task ids that are no strings
            tally.check(True, what)
        else:
            expected = ", ".join(
                '{"reference": %s, "interval": %r, "callback": %s}'
                % (row["reference"], row["interval"], row["callback_def"]) for row in double.alerts)
            tally.check(kind in (0, PROBLEM) and output.decode() == f"[{expected}]",
                        what + expected)
            kinds["left out" if kind == PROBLEM else "some"] += 1
            rewritten.append((data, packed, double))
    ids = [json.dumps([row["id"] for row in double.alerts]).encode() for _, _, double in rewritten]
    hashes = call(tool, "dag_hash_with_deadline",
                  [(data, packed, text) for (data, packed, _), text in zip(rewritten, ids)])
    packs = call(tool, "compressed_with_deadline",
                 [(packed, text) for (_, packed, _), text in zip(rewritten, ids)])
    same_bytes = 0
    for (data, packed, double), hash_of, pack in zip(rewritten, hashes, packs):
        tally.check(hash_of[:2] == (0, double.update["new_hash"].encode()),
                    f"hash {data!r:.300} {packed!r:.80}: {hash_of}, {double.update['new_hash']}")
        if not packed:
            tally.check(pack[:2] == ((NULL if packed is None else 0), b""), f"empty: {pack}")
            continue
        same_bytes += pack[1] == double.update["data"]
        tally.check(pack[0] == 0 and zlib.decompress(pack[1]) ==
                    zlib.decompress(double.update["data"]), f"compressed {pack!r:.200}")
    print(f"alerts: {len(cases)} documents, {kinds}; {len(rewritten)} rewritten, "
          f"{same_bytes} of {sum(bool(case[1]) for case in rewritten)} packed to the same bytes")


def check_hash(tool, airflow, count, seed, tally):
    """Any list, and documents in any state; against both copies of the real function."""
    from airflow.models.serialized_dag import SerializedDagModel
    rng = random.Random(seed + 1)
    rows, expected = [], []
    for data, packed, value_of in documents(rng, count):
        new = value(rng, 3, True) if rng.random() < 0.5 else ["b", "a", "\U0001f600", "\uffff"]
        text = encode(dump(rng, new))
        new = json.loads(text)
        rows.append((data, packed, text))
        try:
            if not packed and isinstance(value_of, str):  # JSON in JSON: PostgreSQL cannot
                raise TypeError                           # put ids into that, and so does not
            doc = airflow.alerts.get_dag_data(copy.deepcopy(value_of), packed)
            doc["dag"]["deadline"] = new
            hashed = airflow.alerts.hash_dag(doc)
            other = SerializedDagModel.hash(doc)
            tally.check(hashed == other, "Airflow's two hashes")
            expected.append(hashed.encode())
        except Exception:
            expected.append(None)
    stricter = 0
    for row, wanted, got in zip(rows, expected, call(tool, "dag_hash_with_deadline", rows)):
        what = f"hash {row!r:.500}: {got}, {wanted}"
        if wanted is None:
            tally.check(got[0] == NULL | PROBLEM and got[1] == b"", what)
        elif got[0] == NULL | PROBLEM and "sorted" in got[2]:
            stricter += 1
        else:
            tally.check(got[:2] == (0, wanted), what)
    print(f"hash: {len(rows)} documents, {sum(e is not None for e in expected)} have a hash, "
          f"{stricter} refused for task ids that are no strings")
    tally.check(stricter < len(rows) / 50, "too many hashes are refused")


def check_version2(tool, airflow, count, seed, tally):
    rng = random.Random(seed + 2)
    values = []
    for data, packed, _ in documents(rng, count):
        if packed:
            values.append(packed)
        elif data:
            values.append(gzip.compress(data))
    changed = 0
    for packed, got in zip(values, call(tool, "serialized_dag_v2", [(v,) for v in values])):
        if packed[:2] == b"\x1f\x8b":
            wanted = airflow.to_version2(packed)
            unpack = gzip.decompress
        else:  # Airflow means to, but takes it for gzip
            tally.check(airflow.to_version2(packed) == packed, "Airflow knows zlib now")
            unpack = zlib.decompress
            try:
                wanted = airflow.to_version2(gzip.compress(zlib.decompress(packed)))
                wanted = zlib.compress(gzip.decompress(wanted))
                if zlib.decompress(wanted) == zlib.decompress(packed):
                    wanted = packed
            except zlib.error:
                wanted = packed
        if wanted == packed:
            tally.check(got[0] in (0, PROBLEM) and got[1] == packed, f"version2 {packed!r:.80}")
        else:
            changed += 1
            tally.check(got[0] == 0 and unpack(got[1]) == unpack(wanted),
                        f"version2 {unpack(packed)!r:.300}: {got!r:.100}")
    print(f"version2: {len(values)} documents, {changed} were of version 3")


def check_pickle(tool, count, seed, tally):
    rng = random.Random(seed + 3)
    texts = []
    for special in common.special_values():
        try:
            texts.append(encode(json.dumps(special)))
        except (TypeError, ValueError, RecursionError):
            pass
    for number in (0, 1, 2, 999, 1000, 1001, 1999, 2000, 2001, 3000):
        texts.append(json.dumps(list(range(number))).encode())
        texts.append(json.dumps([[]] * number).encode())
        texts.append(json.dumps({f"k{i}": i for i in range(number)}).encode())
        texts.append(json.dumps([{"same": "é", "k": ""}] * number).encode())
    for size in list(range(65500, 65560)) + [200, 255, 256, 257, 70000, 131072, 300000]:
        texts.append(json.dumps(["x" * size, "y", {"x" * size: "é" * size}]).encode())
        texts.append(json.dumps(["a" * 1000] * 64 + ["b" * (size % 3000)] + [1] * 9).encode())
    for bits in range(1, 2100, 3):
        texts.append(json.dumps([2**bits, -2**bits, 2**bits - 1, -2**bits - 1]).encode())
    for _ in range(count):
        texts.append(encode(dump(rng, value(rng, 6, False))))
        texts.append(encode(dump(rng, [value(rng, 5, False) for _ in range(rng.randrange(60))])))
    for text, got in zip(texts, call(tool, "pickle_json", [(text,) for text in texts])):
        wanted = pickle.dumps(json.loads(text), protocol=5)
        tally.check(got[:2] == (0, wanted), f"pickle {text!r:.300}: {got!r:.300} {wanted!r:.300}")
    print(f"pickle: {len(texts)} values")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tool", required=True)
    parser.add_argument("--count", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=["alerts", "hash", "version2", "pickle"])
    options = parser.parse_args()
    python = common.VENV_3 / "bin" / "python"
    if not python.exists():
        print("skipped: no virtual environment of Airflow 3.3.2")
        return 77
    if pathlib.Path(sys.prefix).resolve() != common.VENV_3.resolve():
        os.execv(python, [str(python), *sys.argv])
    options.tool = os.path.abspath(options.tool)
    with tempfile.TemporaryDirectory() as home:
        os.environ.update(AIRFLOW_HOME=home, AIRFLOW__LOGGING__BASE_LOG_FOLDER=home,
                          AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=f"sqlite:///{home}/none.db")
        airflow = Airflow()
        tally = common.Tally()
        if options.only in (None, "alerts"):
            check_alerts(options.tool, airflow, options.count, options.seed, tally)
        if options.only in (None, "hash"):
            check_hash(options.tool, airflow, options.count, options.seed, tally)
        if options.only in (None, "version2"):
            check_version2(options.tool, airflow, options.count, options.seed, tally)
        if options.only in (None, "pickle"):
            check_pickle(options.tool, options.count, options.seed, tally)
    print(f"{tally.passed} passed, {tally.failed} failed")
    return 1 if tally.failed > 0 else 0


if __name__ == "__main__":
    sys.exit(main())
