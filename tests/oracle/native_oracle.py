#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares the native conversions with what Airflow itself makes of the same values.

    native_oracle.py --tool tests/unit/native_tool [--count 3000] [--seed 1]
                     [--dsn "host=... port=..."] [--functions dialects/postgres/functions.sql]

Needs a virtual environment of Airflow 3.3.2 to run in, and one of Airflow 2.11.2 for
trigger.kwargs; both are found in $AIRSHIFT_CACHE/venvs (default: ~/.cache/airshift), and
the script starts itself again with the right interpreter. Without --dsn the xcom values
and the SQL functions are skipped. Exits with 1 where anything differs.
"""

import argparse
import collections
import datetime
import decimal
import importlib.util
import json
import os
import pathlib
import pickle
import pickletools
import random
import resource
import string
import struct
import subprocess
import sys
import uuid

CACHE = pathlib.Path(os.environ.get("AIRSHIFT_CACHE", "~/.cache/airshift")).expanduser()
VENV_3 = CACHE / "venvs" / "3.3.2"
VENV_2 = CACHE / "venvs" / "2.11.2"
CONVERTED, NOT_CONVERTIBLE, LONE_SURROGATE, LIMIT = range(4)
KEY = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4="


class Tally:
    def __init__(self):
        self.passed = self.failed = 0

    def check(self, good, what):
        if good:
            self.passed += 1
            return
        self.failed += 1
        if self.failed <= 20:
            print(f"FAILED {what}")


def lift_memory_limit():
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    resource.setrlimit(resource.RLIMIT_AS, (hard, hard))  # a sanitizer maps terabytes


def convert(tool, mode, values, **environment):
    """Runs the native tool over all values: a list of (kind, output)."""
    request = b"".join(struct.pack("<I", len(value)) + value for value in values)
    done = subprocess.run([tool, mode], input=request, stdout=subprocess.PIPE, check=True,
                          env={**os.environ, **environment}, preexec_fn=lift_memory_limit)
    answers, at = [], 0
    while at < len(done.stdout):
        kind, length = struct.unpack_from("<BI", done.stdout, at)
        answers.append((kind, done.stdout[at + 5:at + 5 + length]))
        at += 5 + length
    assert len(answers) == len(values), "the tool gave another number of answers"
    return answers


def load_migration(venv, name):
    pattern = f"lib/python3*/site-packages/airflow/migrations/versions/{name}*.py"
    path = next(iter(venv.glob(pattern)))
    spec = importlib.util.spec_from_file_location("revision_" + name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# random values

TEXTS = ["", "a", "NaN", "Infinity", "-Infinity", "null", "\0", "a\0b", "\\", "\\u0000",
         "\\\\u0000", '"', "/", "\n\r\t\b\f\v\x1a", "\x7f\x80\xff", "é", "\u2028", "\uffff",
         "\U0001f600", "\U0010ffff", "x" * 300, "\ue000", "a\nb", "%s", "{{ ds }}", "'", "1",
         "1.0", "True", "true", "None", "\\x41", "\\ud83d"]
LONE = ["\ud800", "\udfff", "a\ud83d", "\udc00\ud800", "\ud83d\0\ude00"]
INTS = [0, 1, -1, 127, 128, 255, 256, -128, -129, 32767, 32768, 65535, 65536, 2**31 - 1,
        2**31, -2**31, -2**31 - 1, 2**32, 2**63 - 1, 2**63, -2**63, -2**63 - 1, 2**64, 10**18,
        10**19, -10**19, 10**100, -10**300, 2**1000 - 1, 10**4299, -(10**4299)]
FLOATS = [0.0, -0.0, 1.0, -1.5, 0.1, 1e15, 1e16, 1e17, 123456789012345680.0, 1e22, 1e23, 1e-4,
          1e-5, 9.999e-5, 5e-324, 2.2250738585072014e-308, 2.225073858507201e-308,
          1.7976931348623157e308, 9007199254740993.0, 2.0**-44, 3.14159, 1 / 3, 1e300, 1e-300,
          float("nan"), float("inf"), float("-inf")]


def random_text(rng):
    roll = rng.random()
    if roll < 0.6:
        return rng.choice(TEXTS)
    if roll < 0.9:
        return "".join(rng.choice(string.printable) for _ in range(rng.randrange(20)))
    points = [rng.choice([rng.randrange(0x20), rng.randrange(0x80, 0x800),
                          rng.randrange(0x800, 0xd800), rng.randrange(0xe000, 0x110000)])
              for _ in range(rng.randrange(8))]
    return "".join(map(chr, points))


def random_float(rng):
    roll = rng.random()
    if roll < 0.3:
        return rng.choice(FLOATS)
    if roll < 0.5:
        return struct.unpack("<d", rng.randbytes(8))[0]
    if roll < 0.6:
        return 2.0 ** rng.randrange(-1074, 1024)
    return round(rng.uniform(-1e6, 1e6), rng.randrange(8))


def random_int(rng):
    roll = rng.random()
    if roll < 0.5:
        return rng.choice(INTS)
    return rng.choice([-1, 1]) * rng.getrandbits(rng.randrange(1, 400))


def random_scalar(rng):
    roll = rng.random()
    if roll < 0.35:
        return random_text(rng)
    if roll < 0.6:
        return random_int(rng)
    if roll < 0.8:
        return random_float(rng)
    return rng.choice([None, True, False])


def random_odd(rng):
    """What does not become JSON, or does so by a detour."""
    return rng.choice([
        lambda: rng.choice(LONE),
        lambda: b"bytes\xff", lambda: bytearray(b"x"), lambda: {1, "a"}, lambda: frozenset([2]),
        lambda: datetime.datetime(2024, 3, 31, 2, 30), lambda: datetime.timedelta(1),
        lambda: decimal.Decimal("1.5"), lambda: uuid.UUID(int=5), lambda: 1j,
        lambda: range(rng.randrange(-5, 5), rng.randrange(-5, 20), rng.choice([-3, 1, 2])),
        lambda: range(5),
        lambda: collections.deque([random_scalar(rng)] * 3, maxlen=rng.choice([None, 5])),
        lambda: collections.Counter(a=3, b=1), lambda: 10**4300, lambda: -(2**20000),
        lambda: {(1, 2): 3}, lambda: {b"k": 1}, lambda: {frozenset(): 1}, lambda: set(),
        lambda: int, lambda: pathlib.PurePosixPath("/x"), lambda: ...,
    ])()


def random_value(rng, depth, odds, seen):
    roll = rng.random()
    if seen and roll < 0.1:
        return rng.choice(seen)
    if roll < odds + 0.1:
        return random_odd(rng)
    if depth == 0 or roll < 0.5:
        return random_scalar(rng)
    items = [random_value(rng, depth - 1, odds, seen) for _ in range(rng.randrange(6))]
    roll = rng.random()
    if roll < 0.3:
        value = items
    elif roll < 0.4:
        value = tuple(items)
    else:
        keys = [random_scalar(rng) if rng.random() < 0.3 else random_text(rng) for _ in items]
        value = dict(zip(keys, items))
        if roll > 0.9:
            value = collections.OrderedDict(value)
        elif roll > 0.85:
            value = collections.defaultdict(rng.choice([None, list, int, dict]), value)
    seen.append(value)
    return value


def special_values():
    recursive = [1]
    recursive.append(recursive)
    loop = {}
    loop["self"] = [loop]
    deep = []
    for _ in range(300):
        deep = [deep]
    shared = ["x"]
    for _ in range(12):
        shared = [shared, shared]
    nan = float("nan")
    ordered = collections.OrderedDict(a=1)
    ordered.note = "attributes are not JSON"
    yield from [recursive, loop, deep, shared, {nan: 1, float("nan"): 2}, ordered,
                {1: "a", "1": "b", 1.5: "c", "1.5": "d", True: "e"},
                {"a\0": 1, "a": 2, "\0a": 3}, {float("inf"): 1, "Infinity": 2},
                {None: 1, "null": 2, "None": 3}, {False: 0, "false": 1, 0.5: 2},
                list(range(2500)), {str(n): n for n in range(2500)}, "x" * 70000,
                ["\ud83d", "\ude00"], "\ud83d\ude00", "é" * 300, 2**2040, -2**2040,
                collections.OrderedDict(), collections.defaultdict(list), {}, [], (), "",
                (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4), collections.deque()]
    yield from FLOATS
    yield from INTS
    yield from TEXTS
    yield from (2.0**power for power in range(-1074, 1024))
    yield from (-1 * 2**power for power in range(0, 200))


HAND_MADE = [
    b"", b".", b"N", b"(.", b"N.", b"NN.", b"I00\n.", b"I01\n.", b"I1\n.", b"I-5\n.", b"L5L\n.",
    b"L-5\n.", b"I99999999999999999999\n.", b"F1.5\n.", b"Fnan\n.", b"F1e5\n.", b"F-inf\n.",
    b"F.5\n.", b"F1.\n.", b"F1e\n.", b"F\n.", b"F1e999\n.", b"S'a\\x41\\n\\'\\101'\n.",
    b"S'\\xe9'\n.", b"S\"q'\"\n.", b"S'a\n.", b"S\n.", b"Va\\u0041\\U0001f600\\\\u0041\xe9\n.",
    b"V\\u00\n.", b"V\\ud83d\\ude00\n.", b"V\\U00110000\n.", b"V\n.", b"V\\\n.", b"U\x01a.",
    b"U\x01\xff.", b"T\x01\x00\x00\x00a.", b"T\xff\xff\xff\xff.", b"X\x01\x00\x00\x00\xff.",
    b"X\x03\x00\x00\x00\xed\xa0\x80.", b"(lp0\nI1\na.", b"(dp0\nS'a'\nI1\ns.", b"(I1\nt.",
    b"(S'a'\nd.", b"]h\x05.", b"]q\x05h\x05.", b"]p5\ng5\n.", b"]g5\n.", b"](N.", b"(0N.",
    b"]2a.", b"]]a.", b"]N0.", b"]NNNe.", b"](NNNe.", b"](e.", b"N(e.", b"}(u.", b"}(Nu.",
    b"}N.", b"}NNs.", b"}I1\nNsI01\nI5\ns.", b"\x80\x06N.", b"\x80\x02\x80\x04N.", b"\x80",
    b"\x80\x04\x95\x02\x00\x00\x00\x00\x00\x00\x00N.", b"\x80\x04\x95\xff" + b"\x00" * 7 + b"N.",
    b"\x8a\x00.", b"\x8a\x01\xff.", b"\x8a\x02\xff\x00.", b"\x8b\xff\xff\xff\xff.", b"\x94.",
    b"\x8a\x09\xff\xff\xff\xff\xff\xff\xff\xff\x00.", b"\x8a\x0a" + b"\xff" * 10 + b".",
    b"]\x94h\x00.", b"N\x85.", b"\x85.", b"NN\x87.", b"P1\n.", b"NQ.", b"\x82\x01.", b"cos\nsystem\n.",
    b"ccollections\nOrderedDict\n)R.", b"ccollections\nOrderedDict\n)R}b.",
    b"ccollections\nOrderedDict\n(]](S'a'\nI1\neatR.", b"ccollections\nOrderedDict\n)\x81.",
    b"(ccollections\nOrderedDict\no.", b"(icollections\nOrderedDict\n.", b"ccollections\ndeque\n)R(NNe.",
    b"ccollections\ndefaultdict\ncbuiltins\nlist\n\x85R.", b"ccollections\ndefaultdict\n)R.",
    b"c__builtin__\nxrange\nI3\n\x85R.", b"\x80\x03c__builtin__\nxrange\nI3\n\x85R.",
    b"c__builtin__\nset\n]\x85R.", b"c_codecs\nencode\nX\x01\x00\x00\x00aU\x06latin1\x86R.",
    b"\x8c\x0bcollections\x8c\x0bOrderedDict\x93)R.", b"NN\x93.", b"(NN1N.", b"1.", b"0.", b"\x91.",
    b"(\x91.", b"\x8f(N\x90.", b"](N\x90.", b"N.trailing", b"N}b.", b"}}b.", b"\xff.", b"cx\n",
    b"\x97.", b"N\x98.", b"K", b"M\x01", b"J\xff\xff\xff\xff.", b"M\xff\xff.", b"K\xff.", b"G\x00.",
    b"B\x01\x00\x00\x00a.", b"C\x01a.", b"\x8e" + b"\xff" * 8 + b".", b"\x96" + b"\x00" * 8 + b".",
]

SAFE = {("collections", name) for name in ("OrderedDict", "defaultdict", "Counter", "deque")}
SAFE |= {("builtins", name) for name in ("range", "list", "dict", "tuple", "int", "float", "bool",
                                         "str", "bytes", "bytearray", "set", "frozenset")}
SAFE |= {("_codecs", "encode"), ("datetime", "datetime"), ("datetime", "timedelta")}
OLD_NAMES = {("builtins", name) for name in ("xrange", "long", "unicode", "basestring")}


class SafeUnpickler(pickle.Unpickler):
    """For streams nobody pickled: Airflow would import and call anything."""

    def find_class(self, module, name):
        if (module.replace("__builtin__", "builtins"), name) in SAFE | OLD_NAMES:
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"{module}.{name}")


def has_no_classes(data):
    """Whether pickle.loads() itself, which is more lenient about frames, can do no harm."""
    try:
        names = {opcode.name for opcode, _, _ in pickletools.genops(data)}
    except Exception:
        return False
    return not any("GLOBAL" in name or name in ("INST", "EXT1", "EXT2", "EXT4") for name in names)


def real_conf(safe, data, is_trusted):
    """What e39a26ac59f6 stores: the JSON text, or None for NULL."""
    import io
    try:
        if is_trusted or has_no_classes(data):
            value = pickle.loads(data)
        else:
            value = SafeUnpickler(io.BytesIO(data)).load()
        return json.dumps(safe(value))
    except Exception:
        return None


def has_lone_surrogate(text):
    def strings(value):
        if isinstance(value, str):
            yield value
        elif isinstance(value, list):
            for item in value:
                yield from strings(item)
        elif isinstance(value, tuple):
            yield value[0]
            yield from strings(value[1])
    pairs = json.loads(text, object_pairs_hook=lambda found: [tuple(pair) for pair in found])
    for value in strings(pairs):
        if any(0xd800 <= ord(character) <= 0xdfff for character in value):
            return True
    return False


def same_json(left, right):
    return left == right or json.loads(left, parse_float=decimal.Decimal) == json.loads(
        right, parse_float=decimal.Decimal)


def all_pickles(value):
    for protocol in range(6):
        for dump in (pickle.dumps, pickle._dumps):
            try:
                yield dump(value, protocol)
            except Exception:  # what cannot be pickled cannot be in the table
                pass
    try:
        yield pickletools.optimize(pickle.dumps(value, 4))
    except Exception:
        pass


def mutate(rng, data):
    data = bytearray(data)
    for _ in range(rng.randrange(1, 4)):
        roll = rng.random()
        at = rng.randrange(len(data)) if data else 0
        if roll < 0.3:
            del data[at:at + rng.randrange(1, 5)]
        elif roll < 0.6 and data:
            data[at] = rng.randrange(256)
        elif roll < 0.8:
            data[at:at] = rng.choice([b"(", b"0", b"1", b"2", b"N", b"]", b"}", b")", b"a", b"e",
                                      b"s", b"u", b"t", b"l", b"d", b"h\x00", b"\x94", b"q\x01"])
        else:
            del data[at:]
    return bytes(data)


def check_unpickle(tool, count, seed, tally):
    safe = load_migration(VENV_3, "0055")._json_safe
    rng = random.Random(seed)
    trusted = []
    for value in special_values():
        trusted.extend(all_pickles(value))
    for number in range(count):
        value = random_value(rng, 4, 0.03 if number % 3 == 0 else 0.0, [])
        trusted.extend(all_pickles(value))
    sources = [data for data in trusted if 0 < len(data) < 400]
    untrusted = HAND_MADE + [mutate(rng, rng.choice(sources)) for _ in range(10 * count)]
    stricter = 0
    for datas, is_trusted in ((trusted, True), (untrusted, False)):
        for data, (kind, output) in zip(datas, convert(tool, "unpickle", datas)):
            expected = real_conf(safe, data, is_trusted)
            what = f"unpickle {data[:120]!r}: expected {str(expected)[:200]}, got {kind} {output[:200]!r}"
            if expected is None:
                tally.check(kind == NOT_CONVERTIBLE or (kind == LIMIT and not is_trusted), what)
            elif not is_trusted and kind in (NOT_CONVERTIBLE, LIMIT):
                stricter += 1  # a stream no pickler writes: refusing it is allowed
                tally.check(True, what)
            elif has_lone_surrogate(expected):
                tally.check(kind == LONE_SURROGATE, what)
            else:
                tally.check(kind == CONVERTED and same_json(output.decode(), expected), what)
    print(f"unpickle: {len(trusted)} pickles, {len(untrusted)} hand-made or damaged streams, "
          f"of which {stricter} are refused here and not by Python")


# xcom

XCOM_PIECES = ["NaN", "Infinity", "-Infinity", "null", "1", "-0", "1.5e3", "1E400", '"a"', '"NaN"',
               '"a, NaN, b"', '": Infinity]"', '"[NaN]"', '"\\u0000"', '"\\\\u0000"', '"\\\\\\u0000"',
               '"a\\u0000b"', '"Na\\u0000N"', '"\\ud83d\\ude00"', '"\\ud83d"', '"\\ude00"', '"\\"NaN"',
               '"\\"[NaN]\\""', "true", "false", "{}", "[]", '"\u00e9\U0001f600"', '"\\/\\b\\f\\n\\r\\t"',
               '"\\\\"', '"{\\"a\\": NaN}"', '"x,\u2003NaN ,"', '"x,\u00a0NaN,"', '"\\u00\\u000000"',
               "nan", "01", "1.", "NaNx", "-NaN", '"\t"', "'a'", "\x01", '"\x01\\u0000"', "+1", ".5",
               "1e-16383", "1e-16384", "0e-20000", "1e131071", "1e131072", "0e999999999",
               '"Na\\u0000N", NaN', "\\u0000", "Na\\u0000N", "tru", '"\\x"', "\x7f", '"\x7f"', "[", '"']
SPACES = ["", "", "", " ", "\n", "\t", "  ", "\r\n", "\v", "\f", "\u2003"]


def random_xcom(rng, depth=3):
    roll = rng.random()
    space = lambda: rng.choice(SPACES) if rng.random() < 0.3 else ""
    if depth == 0 or roll < 0.4:
        piece = XCOM_PIECES[rng.randrange(30)] if rng.random() < 0.93 else rng.choice(XCOM_PIECES)
        return space() + piece + space()
    items = [random_xcom(rng, depth - 1) for _ in range(rng.randrange(4))]
    if roll < 0.7:
        return space() + "[" + ",".join(items) + "]" + space()
    keys = [json.dumps(random_text(rng), ensure_ascii=rng.random() < 0.5) if rng.random() < 0.9
            else '"NaN, Infinity]"' for _ in items]
    return space() + "{" + ",".join(f"{k}{space()}:{v}" for k, v in zip(keys, items)) + "}" + space()


XCOM_BYTES = [b"", b"\x80", b"\x80\x04N.", b"\xff", b'"\xff"', b'"\x00"', b"N.", b"I1\n.", b"(dp0\n.",
              b'"\xed\xa0\x80"', b'"\xc0\x80"', b"(lp0\nI1\na.", b" ", b"NaN ", b" NaN", b"NaN\n",
              b"cdatetime\ndatetime\n(tR.", b'"\xf4\x90\x80\x80"', b"[" * 500 + b"]" * 500,
              b"[" * 5999 + b"]" * 5999, b'{"a":' * 2000 + b"NaN" + b"}" * 2000]

APPLY = """
CREATE FUNCTION pg_temp.airflow(input bytea) RETURNS text LANGUAGE plpgsql AS $body$
DECLARE result text;
BEGIN
    DELETE FROM oracle_xcom;
    INSERT INTO oracle_xcom VALUES (input);
    PERFORM 1 FROM oracle_xcom WHERE value IS NOT NULL AND get_byte(value, 0) = 128;
    IF FOUND THEN RETURN 'pickled'; END IF;
    {strip};
    {sanitize};
    SELECT CAST(convert_from(value, 'UTF8') AS jsonb)::text INTO result FROM oracle_xcom;
    RETURN result;
EXCEPTION WHEN others THEN RETURN 'error';
END $body$;
CREATE FUNCTION pg_temp.ours(input bytea) RETURNS text LANGUAGE plpgsql AS $body$
BEGIN
    IF is_pickled(input) THEN RETURN 'pickled'; END IF;
    RETURN xcom_json(input)::text;
EXCEPTION WHEN others THEN RETURN 'error';
END $body$;
CREATE FUNCTION pg_temp.as_jsonb(input text) RETURNS text LANGUAGE plpgsql AS $body$
BEGIN RETURN input::jsonb::text; EXCEPTION WHEN others THEN RETURN 'error'; END $body$;
"""


def check_xcom(tool, dsn, functions, count, seed, tally):
    import psycopg2
    migration = load_migration(VENV_3, "0049")
    strip, helper, sanitize = migration._xcom_pg_sanitize_statements("oracle_xcom")
    rng = random.Random(seed)
    values = XCOM_BYTES + [piece.encode() for piece in XCOM_PIECES]
    values += [random_xcom(rng).encode() for _ in range(4 * count)]
    for _ in range(count):
        try:
            values.append(json.dumps(random_value(rng, 3, 0.0, [])).encode())
        except (TypeError, ValueError):
            pass  # an integer with too many digits, or a mixture of keys
    values += [mutate(rng, rng.choice(values)) for _ in range(count)]
    answers = convert(tool, "xcom", values)
    with psycopg2.connect(dsn) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE oracle_xcom (value bytea); SET search_path = pg_temp, public")
        cursor.execute("SET max_stack_depth = '2MB'")
        cursor.execute(functions.read_text().replace("CREATE FUNCTION ", "CREATE FUNCTION pg_temp."))
        cursor.execute(helper)
        cursor.execute(APPLY.replace("is_pickled(", "pg_temp.is_pickled(")
                       .replace("xcom_json(", "pg_temp.xcom_json(")
                       .replace("{strip}", strip).replace("{sanitize}", sanitize))
        good = 0
        for value, (kind, output) in zip(values, answers):
            cursor.execute("SELECT pg_temp.airflow(%s), pg_temp.ours(%s)", (value, value))
            expected, by_sql = cursor.fetchone()
            by_tool = {0: None, 1: "pickled"}.get(kind, "error")
            if by_tool is None:
                cursor.execute("SELECT pg_temp.as_jsonb(%s)", (output.decode(),))
                by_tool = cursor.fetchone()[0]
            good += expected not in ("error", "pickled")
            tally.check(by_tool == expected, f"xcom {value[:200]!r}: expected {expected[:200]}, "
                                             f"native {kind} {by_tool[:200]}")
            tally.check(by_sql == expected, f"xcom {value[:200]!r}: expected {expected[:200]}, "
                                            f"SQL {by_sql[:200]}")
        connection.rollback()
    print(f"xcom: {len(values)} values, {good} of them become JSON")


# trigger.kwargs

KWARGS_SCRIPT = r"""
import json, os, sys
import logging
logging.disable(logging.CRITICAL)
from airflow.models.trigger import Trigger
from airflow.serialization.serialized_objects import BaseSerialization
import datetime, pendulum, random
out = sys.stdout

def make(rng, depth):
    roll = rng.random()
    if depth == 0 or roll < 0.35:
        return rng.choice([None, True, False, rng.randrange(-10**6, 10**6), 10**30, rng.random() * 1e6,
                           "text", "\u00e9\U0001f600\0", "", 1e16, 1e-7, rng.choice(["a", "b"])])
    if roll < 0.5:
        return datetime.timedelta(seconds=rng.choice([60, 0.5, -1.25, rng.uniform(-1e7, 1e9)]))
    if roll < 0.65:
        return pendulum.from_timestamp(rng.uniform(-1e9, 4e9))
    if roll < 0.7:
        return rng.choice([pendulum.timezone("UTC"), pendulum.timezone("Europe/Berlin"), pendulum.timezone(3600)])
    if roll < 0.8:
        return {make(rng, depth - 1) if False else "k%d" % i: make(rng, depth - 1) for i in range(rng.randrange(4))}
    if roll < 0.87:
        return tuple(make(rng, depth - 1) for _ in range(rng.randrange(4)))
    if roll < 0.93:
        return rng.choice([{1, 3, 2}, {"x", "a"}, {1.5, 1}, set(), {"one"}])
    return [make(rng, depth - 1) for _ in range(rng.randrange(4))]

def hand(rng, depth):
    # JSON somebody wrote: times as integers, odd numbers, other orders
    roll = rng.random()
    wrap = lambda t, v: rng.choice([{"__var": v, "__type": t}, {"__type": t, "__var": v}])
    if depth == 0 or roll < 0.3:
        return rng.choice([1, -0.0, 0, 1.5, "a", None, True, 1e22, float("nan"), float("inf"), "\ud83d"])
    if roll < 0.45:
        return wrap("datetime", rng.choice([0, 1711852200, 1711852200.1234567, -0.5, 1e9 + 0.0000005, -1234567.0000015, 2.5e-6, 1.5e-6,
                                            rng.uniform(-1e9, 1e10), 253402300799.9]))
    if roll < 0.6:
        return wrap("timedelta", rng.choice([0, 60, 0.1, 1e-7, 5e-7, 1.5e-6, 2.5e-6, -1e-6, 86400.000001, rng.uniform(-1e10, 1e10)]))
    if roll < 0.65:
        return wrap("timezone", rng.choice(["UTC", "utc", 0, 3600, -18000, "America/New_York"]))
    if roll < 0.75:
        return wrap("set", rng.choice([[3, 1, 2, 1], ["b", "a", "b"], [1, 1.0, True], [], [2.5, 2]]))
    if roll < 0.85:
        return wrap("tuple", [hand(rng, depth - 1) for _ in range(3)])
    if roll < 0.88:
        return rng.choice([wrap("nonsense", 1), {"__var": 1}, wrap("dict", [1]), wrap("datetime", "x"), wrap("set", [[1]])])
    return wrap("dict", {str(i): hand(rng, depth - 1) for i in range(3)})

mode, count, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
rng = random.Random(seed)
def answer(stored):
    try:
        return json.dumps(BaseSerialization.serialize(Trigger._decrypt_kwargs(stored)))
    except Exception:
        return None
if mode == "make":
    for number in range(count):
        if number % 2:
            stored = json.dumps(BaseSerialization.serialize({"a": make(rng, 3), "b": make(rng, 2)}))
        else:
            stored = json.dumps({"__var": {"a": hand(rng, 3), "b": hand(rng, 2)}, "__type": "dict"})
        token = Trigger._encrypt_kwargs(json.loads('{"x": %d}' % number))
        print(json.dumps([stored, answer(stored), token]), file=out)
else:
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), file=out)
"""


def check_kwargs(tool, count, seed, tally):
    python = VENV_2 / "bin" / "python"
    if not python.exists():
        print("kwargs: skipped, no Airflow 2.11.2")
        return
    environment = {"AIRFLOW__CORE__FERNET_KEY": KEY, "AIRFLOW_HOME": "/nonexistent",
                   "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": "sqlite://", "PYTHONWARNINGS": "ignore",
                   "AIRFLOW__LOGGING__BASE_LOG_FOLDER": "/nonexistent"}

    def airflow(*arguments, lines=()):
        text = "".join(json.dumps(line) + "\n" for line in lines)
        import tempfile
        with tempfile.TemporaryDirectory() as home:
            done = subprocess.run([python, "-c", KWARGS_SCRIPT, *map(str, arguments)], input=text,
                                  stdout=subprocess.PIPE, check=True, text=True,
                                  env={**os.environ, **environment, "AIRFLOW_HOME": home,
                                       "AIRFLOW__LOGGING__BASE_LOG_FOLDER": home})
        return [json.loads(line) for line in done.stdout.splitlines() if line[:1] in '["n']

    made = airflow("make", count, seed)
    stored = [row[0].encode() for row in made]
    plain = convert(tool, "kwargs-encrypt", stored, NATIVE_TOOL_KEYS="")
    other = "A" * 43 + "="
    tokens = convert(tool, "kwargs-encrypt", stored, NATIVE_TOOL_KEYS=KEY + "," + other)
    back = convert(tool, "kwargs-decrypt", [row[2].encode() for row in made],
                   NATIVE_TOOL_KEYS=other + "," + KEY)
    read = airflow("read", 0, 0, lines=[token.decode() for kind, token in tokens if kind == 0])
    read = iter(read)
    for number, (row, text, token, again) in enumerate(zip(made, plain, tokens, back)):
        expected = row[1]
        what = f"kwargs {row[0][:300]}: expected {str(expected)[:300]}, got {text[0]} {text[1][:300]!r}"
        if expected is None:
            tally.check(text[0] != 0 and token[0] != 0, what)
        else:
            tally.check(text[0] == 0 and text[1].decode() == expected, what)
            tally.check(token[0] == 0, what)
        if token[0] == 0:
            got = next(read)
            tally.check(got == expected, f"kwargs token of {row[0][:200]}: Airflow reads {str(got)[:200]}")
        tally.check(again == (0, b'{"__var": {"x": %d}, "__type": "dict"}' % number),
                    f"kwargs of Airflow's token: {again}")
    print(f"kwargs: {len(made)} rows, both ways")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tool", required=True)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--dsn")
    parser.add_argument("--functions", type=pathlib.Path,
                        default=pathlib.Path(__file__).parents[2] / "dialects/postgres/functions.sql")
    parser.add_argument("--only", choices=["unpickle", "xcom", "kwargs"])
    options = parser.parse_args()
    python = VENV_3 / "bin" / "python"
    if not python.exists():
        print("skipped: no virtual environment of Airflow 3.3.2")
        return 77
    if pathlib.Path(sys.prefix).resolve() != VENV_3.resolve():
        os.execv(python, [str(python), *sys.argv])
    # damaged pickles make Python ask for absurd amounts of memory
    resource.setrlimit(resource.RLIMIT_AS, (4 << 30, resource.getrlimit(resource.RLIMIT_AS)[1]))
    tally = Tally()
    if options.only in (None, "unpickle"):
        check_unpickle(options.tool, options.count, options.seed, tally)
    if options.only in (None, "xcom") and options.dsn is None:
        print("xcom: skipped, no --dsn")
    elif options.only in (None, "xcom"):
        check_xcom(options.tool, options.dsn, options.functions, options.count, options.seed, tally)
    if options.only in (None, "kwargs"):
        check_kwargs(options.tool, options.count, options.seed, tally)
    print(f"{tally.passed} passed, {tally.failed} failed")
    return 1 if tally.failed > 0 else 0


if __name__ == "__main__":
    sys.exit(main())
