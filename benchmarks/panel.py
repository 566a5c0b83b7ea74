"""Time the panel of all dyad-months from a lake of simulated events, and from one of twice as many.

Usage: ``python benchmarks/panel.py [ROWS] [--collapse RULE] [--repeat N] [--folder DIR]``
(default 50 million rows). Needs about 25 bytes of disk a row, three times over, and frees them.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from simulator.events import simulate_events

# In a process of its own, so that its peak memory is its own.
COUNT = """
import json, os, resource, sys, time
from quadrille.lake.events import StoredEvents
from quadrille.panel.engines import panel_cells
events = StoredEvents((sys.argv[1],), "simulated", ())
wall, used = time.perf_counter(), os.times()
cells = panel_cells(events, "duckdb", "M", sys.argv[2])
now = os.times()
print(json.dumps({
    "wall": time.perf_counter() - wall,
    "cpu": now.user + now.system - used.user - used.system,
    "cells": cells.height, "raw": cells["raw"].sum(),
    "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
}))
"""


def count(folder: Path, collapse: str) -> dict[str, float]:
    command = [sys.executable, "-W", "ignore", "-c", COUNT, str(folder), collapse]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    """Both sizes in turns, so that both see the same machine."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", type=int, nargs="?", default=50_000_000)
    parser.add_argument("--collapse", default="code")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where to work; default: a temporary folder")
    a = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=a.folder) as folder:
        sizes = (a.rows, 2 * a.rows)
        places = [Path(folder) / str(n) for n in sizes]
        for n, place in zip(sizes, places, strict=True):
            simulate_events(n, place)
        runs = [[count(place, a.collapse) for place in places] for _ in range(a.repeat)]
    middle = []
    for k, n in enumerate(sizes):
        mine = [r[k] for r in runs]
        assert all(m["raw"] == n for m in mine), "rows were lost"
        wall, cpu = (statistics.median(m[w] for m in mine) for w in ("wall", "cpu"))
        middle.append((wall, cpu))
        print(
            f"{n:,} events by {a.collapse} to {mine[0]['cells']:,} dyad-months: {wall:.1f} s, "
            f"{cpu:.1f} s of processor time (medians of {a.repeat}); peak memory "
            f"{max(m['peak'] for m in mine):,.0f} MB"
        )
    (w1, c1), (w2, c2) = middle
    print(f"twice the events: {w2 / w1:.2f} times as long, {c2 / c1:.2f} times the processor time")


if __name__ == "__main__":
    main()
