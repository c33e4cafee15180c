# SPDX-License-Identifier: Apache-2.0
"""Climbs the chain a revision at a time on both sides; see stairway.sh.

The real chain runs in one process (chain.py serve), airshift once a revision. After
every step everything is compared, and where the two differ, B becomes a copy of A
again, so that a mistake in one revision shows there and not in all that follow.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time

import psycopg2

import compare


class Server:
    """The real chain on one database, in a process of its own."""

    def __init__(self, chain, url, log):
        # Two versions must not share a home, nor 2.x an authentication manager of 3.x.
        home, *command = chain.split("\t")
        environment = dict(os.environ, AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=url, AIRFLOW_HOME=home)
        if "/home-2" in home:
            environment.pop("AIRFLOW__CORE__AUTH_MANAGER", None)
        self.process = subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=open(log, "a"), text=True)
        if self.process.stdout.readline().strip() != "ready":
            sys.exit(f"stairway.py: the real chain did not start, see {log}")

    def step(self, revision):
        self.process.stdin.write(revision + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip() or "failed: the process ended"

    def close(self):
        self.process.stdin.close()
        self.process.wait(60)


def sql(url, *statements):
    connection = psycopg2.connect(url.replace("+psycopg2", ""))
    connection.autocommit = True
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        result = cursor.fetchall() if cursor.description else None
    connection.close()
    return result


def copy_database(admin, source, target):
    """A template must have no sessions; the chain's own closes right after its step."""
    deadline = time.monotonic() + 30
    sql(admin, f"DROP DATABASE IF EXISTS {target} WITH (FORCE)")
    while True:
        try:
            return sql(admin, f"CREATE DATABASE {target} TEMPLATE {source}")
        except psycopg2.errors.ObjectInUse:
            if time.monotonic() > deadline:
                raise


def sections(path):
    """{"at" or "real at": {revision: SQL}} of a file of rows (history_rows.sql)."""
    found = {"at": {}, "real at": {}}
    text = None
    with open(path) as lines:
        for line in lines:
            start = re.match(r"-- (at|real at) (\w+)$", line)
            if start:
                text = found[start[1]].setdefault(start[2], [])
            elif text is not None:
                text.append(line)
    return {kind: {revision: "".join(text) for revision, text in some.items()}
            for kind, some in found.items()}


def finish(options, url):
    """`airflow db migrate` has more to do at the head: FAB's chain, the default pool,
    the log template. airshift may do it with the last revision already."""
    for database, airshift in (("a", None), ("b", options.airshift)):
        environment = dict(os.environ, AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=url(database))
        if airshift:
            command = [airshift, "migrate", "--url", url(database), "--to", "head",
                       "--executor", options.executor]
            if options.key_file:
                command += ["--fernet-key-file", options.key_file]
        else:
            command = options.finish.split("\t")
        log = f"{options.logs}/finish-{database}.log"
        with open(log, "w") as output:
            status = subprocess.run(command, env=environment, stdout=output, stderr=output,
                                    stdin=subprocess.DEVNULL, timeout=300).returncode
        if status != 0:
            return f"{command[0]} at the head: {status}, see {log}"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--server", required=True, help="URL without a database")
    parser.add_argument("--chain", required=True, help="home and command of `chain.py serve`, tab separated")
    parser.add_argument("--lower-chain", help="the same, of the version that climbs first")
    parser.add_argument("--lower-last", help="the last revision that it takes")
    parser.add_argument("--finish", help="command of `airflow db migrate`, likewise; none: the head is not reached")
    parser.add_argument("--rows-at", help="file of rows to put into both databases on the way")
    parser.add_argument("--restart-after", default="",
                        help="revisions after which the real chain needs a new process, by commas")
    parser.add_argument("--revisions", required=True, help="file: revision, version, title")
    parser.add_argument("--airshift", help="none: the real chain on both sides")
    parser.add_argument("--executor", default="chain")
    parser.add_argument("--key-file")
    parser.add_argument("--fernet-key")
    parser.add_argument("--only", default="", help="revisions to test, by commas; the rest is copied")
    parser.add_argument("--real-fails", default="", metavar="REVISION,...",
                        help="where the real chain fails, and airshift must not")
    parser.add_argument("--differs", default="", metavar="REVISION=CHECKS,...",
                        help="where airshift makes something else on purpose, and how many checks see it")
    parser.add_argument("--down", action="store_true",
                        help="undo the revisions, the newest first, down to the first of the list")
    parser.add_argument("--relabel-fab", action="store_true",
                        help="compare FAB's permissions by name, and columns in any order")
    parser.add_argument("--every", action="store_true", help="compare the rows after every step")
    parser.add_argument("--logs", required=True)
    options = parser.parse_args()

    def url(name):
        return f"{options.server}/{name}"

    admin, since = url("postgres"), time.time()
    only = {word for word in options.only.split(",") if word}
    real_fails = set(options.real_fails.split(","))
    differs = dict(word.split("=") for word in options.differs.split(",") if word)
    restarts = set(options.restart_after.split(",")) | {options.lower_last}
    rows = sections(options.rows_at) if options.rows_at else {"at": {}, "real at": {}}
    rows_at = rows["at"]
    base = compare.Side("base", url("base"), ["airshift"])
    base.read_rows()
    known = base.uuids()
    base.connection.close()
    def start(chain):
        one = Server(chain, url("a"), f"{options.logs}/real-a.log")
        return one, None if options.airshift else Server(chain, url("b"), f"{options.logs}/real-b.log")

    def restart(revision, real, twin):
        """Another version's chain takes over, or a process that has kept a session open ends."""
        if revision not in restarts:
            return real, twin
        for server in filter(None, (real, twin)):
            server.close()
        return start(options.chain)

    real, twin = start(options.lower_chain or options.chain)

    with open(options.revisions) as lines:
        revisions = [line.rstrip("\n").split("\t") for line in lines]
    if options.down:
        # Each with the revision below it, where undoing it leads.
        below = {up[0]: down[0] for down, up in zip(revisions, revisions[1:])}
        revisions = list(reversed(revisions[1:]))
    passed = failed = skipped = 0
    behind = False
    for number, (revision, version, title) in enumerate(revisions, 1):
        name = f"{number:04d} {revision} {version} {title[:60]}"
        last = number == len(revisions)
        tested = not only or revision in only or revision in real_fails
        if tested and behind:
            copy_database(admin, "a", "b")
            # What A drew so far is no longer drawn twice.
            source = compare.Side("A", url("a"), ["airshift"])
            source.read_rows()
            known = known | source.uuids()
            source.connection.close()
            behind = False
        place = below[revision] if options.down else revision
        step = "-" + place if options.down else place
        answer = real.step(step)
        fails = not answer.startswith("done")
        unexpected = answer if fails != (revision in real_fails) else None
        if unexpected and (not options.down or not fails):
            print(f"FAIL {name}: the real chain: {answer}")
            failed += 1
            break
        if revision in rows["real at"]:
            sql(url("a"), rows["real at"][revision])
        if not tested:
            behind = True
            skipped += 1
            if revision in rows_at:
                sql(url("a"), rows_at[revision])
            real, twin = restart(revision, real, twin)
            continue
        began, problem = time.monotonic(), None
        if twin:
            answer = twin.step(step)
            problem = None if answer.startswith("done") else answer
        else:
            command = [options.airshift, "downgrade" if options.down else "migrate",
                       "--url", url("b"), "--to", place]
            command += ["--without-fab", "--yes"] if options.down else ["--executor", options.executor]
            if options.key_file:
                command += ["--fernet-key-file", options.key_file]
            log = f"{options.logs}/airshift-{number:04d}.log"
            with open(log, "w") as output:
                try:
                    status = subprocess.run(command, stdout=output, stderr=output,
                                            stdin=subprocess.DEVNULL, timeout=120).returncode
                except subprocess.TimeoutExpired:
                    status = "timeout"
            if status != 0:
                with open(log) as output:
                    problem = f"airshift: {status}: " + " / ".join(output.read().splitlines()[-3:])
        took = time.monotonic() - began
        stuck = fails and problem
        if fails and not stuck:
            # The real chain ended with its error; from here on both have what airshift made.
            real.process.wait(60)
            copy_database(admin, "b", "a")
            real, twin = start(options.chain)
            problem = unexpected and f"the real chain: {unexpected}"
        if problem is None and last and options.finish:
            problem = finish(options, url)
        if problem is None:
            arguments = [url("a"), url("b"), "--since", str(since), "--quiet", "--limit", "8"]
            if options.relabel_fab:
                arguments += ["--relabel-fab", "--any-order"]
            if options.fernet_key:
                arguments += ["--fernet-key", options.fernet_key]
            if not (options.every or last):
                arguments.append("--schema-only")
            result = compare.compare(compare.arguments().parse_args(arguments), known)
            found = sql(url("b"), "SELECT version_num FROM alembic_version ORDER BY 1")
            if result.failed == int(differs.get(revision, 0)) and result.failed:
                copy_database(admin, "b", "a")
            elif result.failed or revision in differs:
                problem = f"{result.failed} checks differ"
            elif found != sql(url("a"), "SELECT version_num FROM alembic_version ORDER BY 1"):
                problem = f"alembic_version is {found}"
        if problem:
            print(f"FAIL {name}: {problem}", flush=True)
            failed += 1
            if stuck:
                break
            # The twin's process goes on in its own database; only airshift's is copied.
            if not twin:
                behind = True
        else:
            print(f"PASS {name} ({took:.2f} s)", flush=True)
            passed += 1
        if revision in rows_at:
            for database in ("a",) if behind else ("a", "b"):
                sql(url(database), rows_at[revision])
        real, twin = restart(revision, real, twin)
    real.close()
    if twin:
        twin.close()
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
