"""How long a fit of every triangle takes, moods, classes and placebos and all, and how much memory.

Usage: ``python benchmarks/pivots.py [STATES PERIODS FREQUENCY]``, such as ``200 66 M`` (default ``150 75 Y``).

The world is drawn: every two states have a tie in every period, with rivalries, pacts, borders and capabilities. Nothing is
compiled within what is timed.
"""

from __future__ import annotations

import resource
import sys
import time
from datetime import date
from itertools import combinations
from types import SimpleNamespace

import numpy as np
import polars as pl

from quadrille.coupling.pooled import pooled_of


def drawn(states, periods, frequency, seed=1):
    """A measured world, how much its ties have to do with each other, and layers."""
    rng = np.random.default_rng(seed)
    names = tuple(f"S{k:03d}" for k in range(states))
    pairs = np.array(list(combinations(names, 2)))
    months = 12 if frequency == "M" else 1
    when = tuple(date(1946 + k // months, k % months + 1, 1) for k in range(periods))
    panel = SimpleNamespace(frequency=frequency, origin="drawn", kind="index")

    def measured():
        level = rng.normal(size=(len(pairs), periods)).cumsum(axis=1)
        return SimpleNamespace(
            states=names, dyads=pairs, y=level, mean=level, neutral=0.0, periods=when, observations=SimpleNamespace(panel=panel)
        )  # fmt: skip

    years = sorted({day.year for day in when})
    layers = {}
    for role, column in (("rivalry", "rivalry"), ("alliance", "defense"), ("contiguity", "contiguity")):  # fmt: skip
        some = pairs[rng.random(len(pairs)) < 0.05]
        rows = [(a, b, year, 1) for a, b in some for year in years]
        data = pl.DataFrame(rows, schema=["state_a", "state_b", "year", column], orient="row")
        layers[role] = SimpleNamespace(role=role, unit="dyad", data=data)
    rows = [(s, year, float(np.exp(rng.normal()))) for s in names for year in years]
    data = pl.DataFrame(rows, schema=["state", "year", "cinc"], orient="row")
    layers["capabilities"] = SimpleNamespace(role="capabilities", unit="state", data=data)
    return measured(), measured(), layers


def main() -> None:
    states, periods = (int(x) for x in sys.argv[1:3]) if len(sys.argv) > 2 else (150, 75)
    frequency = sys.argv[3] if len(sys.argv) > 3 else "Y"
    pooled_of(*drawn(14, 75, "Y"))
    world = drawn(states, periods + 1, frequency)
    began, spent = time.perf_counter(), time.process_time()
    fit = pooled_of(*world)
    wall, cpu = time.perf_counter() - began, time.process_time() - spent
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    print(
        f"{states} states x {periods} periods ({frequency}), {fit.triads:,} triads, {len(fit.terms)} terms: {wall:.0f} s "
        f"({cpu:.0f} s of processor), peak memory {memory:.1f} GB"
    )


if __name__ == "__main__":
    main()
