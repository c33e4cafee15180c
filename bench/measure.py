# SPDX-License-Identifier: Apache-2.0
"""Runs one command, and appends what it took to a file of JSON lines.

    measure.py FILE NAME KEY=VALUE ... -- COMMAND ...

Seconds by the clock, and the largest resident set of the command or of one of its
children: the tool's own memory. The server's is not in it; where BENCH_SERVER_PID names
the one process of a server (MySQL), its largest resident set meanwhile is written down, too.
After BENCH_TIMEOUT seconds (3600) it is stopped, with status 124.
"""

import json
import os
import resource
import signal
import subprocess
import sys
import time


def reset_peak(pid):
    """From now on VmHWM is the peak of what follows (proc(5), clear_refs)."""
    with open(f"/proc/{pid}/clear_refs", "w") as file:
        file.write("5")


def memory_kb(pid, field):
    with open(f"/proc/{pid}/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(field + ":"))


def main():
    at = sys.argv.index("--")
    target, name, *settings = sys.argv[1:at]
    server = os.environ.get("BENCH_SERVER_PID")
    if server:
        reset_peak(server)
        server_before_kb = memory_kb(server, "VmRSS")
    start = time.monotonic()
    limit = float(os.environ.get("BENCH_TIMEOUT", "3600"))
    with subprocess.Popen(sys.argv[at + 1:], stdin=subprocess.DEVNULL, start_new_session=True) as process:
        try:
            status = process.wait(limit)
        except subprocess.TimeoutExpired:
            print(f"measure.py: stopped after {limit:.0f} s", file=sys.stderr)
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            status = 124
    seconds = time.monotonic() - start
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    line = {"name": name, "seconds": round(seconds, 3), "max_rss_kb": usage.ru_maxrss,
            "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 3), "status": status}
    if server:
        line.update(server_before_kb=server_before_kb, server_peak_kb=memory_kb(server, "VmHWM"))
    line.update(setting.split("=", 1) for setting in settings)
    with open(target, "a") as lines:
        lines.write(json.dumps(line) + "\n")
    return status


if __name__ == "__main__":
    sys.exit(main())
