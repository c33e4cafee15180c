# SPDX-License-Identifier: Apache-2.0
"""Turns the measurements of run.sh into a table, a JSON file and an SVG picture.

    report.py FILE.jsonl [--json OUT] [--svg OUT]

Python's standard library only. Several runs of one tool give the median; a run that
failed is shown as failed and never gets into a number.
"""

from __future__ import annotations

import argparse
import json
import statistics
from xml.sax.saxutils import escape

TITLES = {
    "real": "airflow db migrate",
    "chain": "airshift --executor chain",
    "fused": "airshift --executor fused",
    "inplace": "airshift migrate, in place",
    "deferred": "airshift --defer-durability",
    "floor": "hand-tuned SQL (floor)",
    "plan": "airshift plan",
    "noop": "airshift migrate, at the target",
    "check": "airshift check",
    "real-noop": "airflow db migrate, likewise",
}
# Beside the migrations they are too short to see, or to compare with one.
SHORT = {"plan", "noop", "check", "real-noop"}
COLOURS = {"real": "#b0413e", "chain": "#d6a249", "fused": "#3c7d5a", "floor": "#8a93a3"}


def summarise(lines):
    """{size: {tool: {...}}} in the order of measurement."""
    result = {}
    for line in lines:
        size = int(line["task_instances"])
        entry = result.setdefault(size, {}).setdefault(line["name"], {"runs": [], "failed": 0, "rss": [], "server": [], "database": line["database_bytes"]})
        if line["status"] == 0:
            entry["runs"].append(line["seconds"])
            entry["rss"].append(line["max_rss_kb"])
            if "server_peak_kb" in line:
                entry["server"].append(line["server_peak_kb"])
        else:
            entry["failed"] += 1
    for tools in result.values():
        real = tools.get("real", {}).get("runs")
        for name, entry in tools.items():
            entry["median"] = statistics.median(entry["runs"]) if entry["runs"] else None
            entry["max_rss_mb"] = round(max(entry["rss"]) / 1024, 1) if entry["rss"] else None
            entry["server_peak_mb"] = round(max(entry["server"]) / 1024) if entry["server"] else None
            entry["times_faster"] = (round(statistics.median(real) / entry["median"], 2)
                                     if real and entry["median"] and name not in SHORT else None)
    # How the time grows when the rows double.
    for size, tools in result.items():
        for name, entry in tools.items():
            half = result.get(size // 2, {}).get(name, {}).get("median")
            entry["times_half"] = round(entry["median"] / half, 2) if half and entry["median"] else None
    return result


def table(summary, settings):
    out = []
    if settings:
        out.append("server: " + settings)
    head = f"{'task instances':>14}  {'tool':32}{'seconds':>9}{'runs':>6}{'factor':>8}{'of half':>9}{'max RSS MB':>12}{'server MB':>11}"
    out += [head, "-" * len(head)]
    for size, tools in sorted(summary.items()):
        for name, entry in tools.items():
            seconds = "failed" if entry["median"] is None else f"{entry['median']:.{3 if name in SHORT else 1}f}"
            factor = "" if entry["times_faster"] is None else f"{entry['times_faster']:.1f}x"
            half = "" if entry["times_half"] is None or name in SHORT else f"{entry['times_half']:.2f}x"
            rss = "" if entry["max_rss_mb"] is None else f"{entry['max_rss_mb']:.1f}"
            server = "" if entry["server_peak_mb"] is None else f"{entry['server_peak_mb']:,}"
            out.append(f"{size:>14,}  {TITLES.get(name, name):32}{seconds:>9}{len(entry['runs']):>6}{factor:>8}{half:>9}{rss:>12}{server:>11}".rstrip()
                       + (f"  ({entry['failed']} failed)" if entry["failed"] else ""))
    return "\n".join(out)


def picture(summary, settings):
    bars = [(size, name, entry) for size, tools in sorted(summary.items())
            for name, entry in tools.items() if entry["median"] is not None and name not in SHORT]
    longest = max((entry["median"] for _, _, entry in bars), default=1)
    left, width, height, y = 250, 470, 22, 62
    rows, last = [], None
    for size, name, entry in bars:
        if size != last:
            rows.append(f'<text x="16" y="{y + 15}" font-weight="bold">{size:,} task instances'
                        f' ({int(entry["database"]) / 1e9:.1f} GB)</text>')
            y += 28
            last = size
        length = max(entry["median"] / longest * width, 1)
        label = f'{entry["median"]:.1f} s'
        if entry["times_faster"] not in (None, 1.0):
            label += f' ({entry["times_faster"]:.1f}x)'
        rows.append(f'<text x="{left - 10}" y="{y + 15}" text-anchor="end">{escape(TITLES.get(name, name))}</text>')
        rows.append(f'<rect x="{left}" y="{y}" width="{length:.1f}" height="{height}" fill="{COLOURS.get(name, "#567")}"/>')
        rows.append(f'<text x="{left + length + 8:.1f}" y="{y + 15}">{escape(label)}</text>')
        y += height + 6
    y += 16
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" width="860" height="{y + 20}" viewBox="0 0 860 {y + 20}"'
        ' font-family="sans-serif" font-size="13" role="img">',
        f'<rect width="860" height="{y + 20}" fill="#ffffff"/>',
        '<text x="16" y="28" font-size="17" font-weight="bold">Airflow 2.11.2 to 3.3.2 on PostgreSQL</text>',
        '<text x="16" y="48" fill="#555">seconds by the clock, median; copies of one database, same server</text>',
        *rows, f'<text x="16" y="{y}" font-size="11" fill="#777">{escape(settings)}</text>', "</svg>", ""])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("lines")
    parser.add_argument("--json")
    parser.add_argument("--svg")
    options = parser.parse_args()
    with open(options.lines) as source:
        lines = [json.loads(line) for line in source if line.strip()]
    settings = lines[-1].get("server", "") if lines else ""
    summary = summarise(lines)
    print(table(summary, settings))
    if options.json:
        with open(options.json, "w") as out:
            json.dump({"format_version": 1, "server": settings, "results": summary, "runs": lines}, out, indent=1)
            out.write("\n")
    if options.svg:
        with open(options.svg, "w") as out:
            out.write(picture(summary, settings))


if __name__ == "__main__":
    main()
