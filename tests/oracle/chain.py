# SPDX-License-Identifier: Apache-2.0
"""Drives the real Airflow's Alembic chain, a revision at a time.

Run by an Airflow's own python with AIRFLOW__DATABASE__SQL_ALCHEMY_CONN set. It
decides nothing about the result: `airflow db migrate` runs the same commands.

    chain.py list              the revisions, oldest first: revision, version, title
    chain.py places            those of them beside which there is no branch
    chain.py upgrade REV ...   go to each of these, in this order, in one process
    chain.py serve             read revisions from stdin, answer "done REV SECONDS";
                               "-REV" goes back to it
"""

from __future__ import annotations

import contextlib
import logging
import sys
import time


def configure():
    from airflow import settings

    settings.configure_orm()
    from airflow.utils.db import _get_alembic_config

    return _get_alembic_config()


def upgrade(config, revision):
    from alembic import command

    # The revisions print their progress; stdout belongs to our caller.
    with contextlib.redirect_stdout(sys.stderr):
        if revision.startswith("-"):
            command.downgrade(config, revision[1:])
        else:
            command.upgrade(config, revision)


def list_revisions(config, only_places=False):
    from alembic.script import ScriptDirectory

    script = ScriptDirectory.from_config(config)
    revisions = list(reversed(list(script.walk_revisions())))
    below = {}  # what a revision builds upon, itself included
    for revision in revisions:
        below[revision.revision] = {revision.revision}.union(
            *(below[down] for down in revision._versioned_down_revisions))
    for number, revision in enumerate(revisions):
        # All that is older is below it, and it is below all that is newer.
        if only_places and (len(below[revision.revision]) <= number or any(
                revision.revision not in below[newer.revision] for newer in revisions[number:])):
            continue
        version = getattr(revision.module, "airflow_version", "") or ""
        title = (revision.doc or "").splitlines()[0]
        print(f"{revision.revision}\t{version}\t{title}")


def serve(config):
    print("ready", flush=True)
    for line in sys.stdin:
        revision = line.strip()
        if not revision:
            break
        start = time.monotonic()
        try:
            upgrade(config, revision)
        except Exception as error:  # whatever it is, the caller must learn of it
            text = " ".join(str(error).split())[:500]
            print(f"failed {revision} {text}", flush=True)
            return 1
        print(f"done {revision} {time.monotonic() - start:.2f}", flush=True)
    return 0


def main(arguments):
    if not arguments or arguments[0] not in ("list", "places", "upgrade", "serve"):
        sys.stderr.write(__doc__)
        return 2
    with contextlib.redirect_stdout(sys.stderr):
        config = configure()
    logging.getLogger().setLevel(logging.WARNING)
    if arguments[0] in ("list", "places"):
        list_revisions(config, arguments[0] == "places")
    elif arguments[0] == "serve":
        return serve(config)
    else:
        for revision in arguments[1:]:
            upgrade(config, revision)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
