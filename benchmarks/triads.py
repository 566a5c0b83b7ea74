"""Every triangle of the world in every year, and the exact frustration of its 30-state core.

Usage: ``make bench``, or ``python benchmarks/triads.py [DATA_DIR]`` (default
``$QUADRILLE_DATA`` or ``../shared/data``).
"""

from __future__ import annotations

import os
import resource
import sys
import time
from collections import Counter
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np

import quadrille
from quadrille.measure.model import measure
from quadrille.panel.build import build
from quadrille.panel.facets import facet
from quadrille.readings.dance import dance_of, known_ties
from quadrille.readings.triads import triads_of

REPO = Path(__file__).resolve().parents[1]
YEARLY = "icews_yearly/icews_dyad_year_quad_2002_2012.parquet"
STATES, CORE, DRAWS = 150, 30, 200


def memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2


def busiest(table, count):
    """The states with the most events."""
    events = Counter()
    total = table.data.select(
        "source",
        "target",
        n=sum(table.data[c] for c in table.data.columns if c.endswith(("coop", "conf"))),
    )
    for source, target, n in total.iter_rows():
        events[source] += n or 0
        events[target] += n or 0
    return [state for state, _ in events.most_common(count)]


def main() -> None:
    folder = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("QUADRILLE_DATA")
    data = Path(folder) if folder else REPO.parent / "shared" / "data"
    began = time.perf_counter()
    table = quadrille.open(data / YEARLY).table()
    chosen = busiest(table, STATES)
    kept = table.data.filter(
        table.data["source"].is_in(chosen) & table.data["target"].is_in(chosen)
    )
    m = measure(facet(build(replace(table, data=kept)), "cordiality"))
    print(f"read and measured {len(m.dyads):,} dyads in {time.perf_counter() - began:.1f} s")

    times = []
    for seed in range(3):
        began, spent = time.perf_counter(), time.process_time()
        world = triads_of(m, DRAWS, seed)
        world.summary()
        times.append((time.perf_counter() - began, time.process_time() - spent))
    wall, cpu = (float(np.median(t)) for t in zip(*times, strict=True))
    print(
        f"{len(world.triads):,} triads x {len(world.periods)} years, {DRAWS} draws: {wall:.1f} s "
        f"({cpu:.1f} s of processor; median of 3), peak memory {memory():.2f} GB"
    )
    with_type = int(world.known[:, -1].sum())
    print(f"  {with_type:,} triads have three known ties; {len(world.triads) - with_type:,} do not")

    core = busiest(table, CORE)
    began = time.perf_counter()
    made = dance_of(core, known_ties(m, core, DRAWS, 1))
    print(
        f"{CORE}-state core, {len(made.pairs)} known ties of {len(list(combinations(core, 2)))}: "
        f"frustration {made.value.tolist()}, all proven: {bool(made.proven.all())}, over {made.draws} "
        f"draws all proven: {made.draws_proven}, in {time.perf_counter() - began:.1f} s"
    )


if __name__ == "__main__":
    main()
