"""Where warm begins in machine-coded data: the level at which a rival is as likely as an ally.

Two classes of dyad-years: active strategic rivals (Thompson & Dreyer 2012; Thompson, Sakuwa & Suhas 2022)
and holders of a defence pact (ATOP; Leeds et al. 2002), observed in the period, in one class only. The level is
where their densities are equal (kernel estimates, each class weighing the same), checked by a logistic regression with balanced classes. Intervals: 400 samples of dyads drawn anew.

Usage: ``python benchmarks/neutral.py [DATA_DIR]`` (default ``$QUADRILLE_DATA`` or ``../shared/data``). The constants of
`quadrille.panel.units.neutral_level` are its output, rounded to a tenth; docs/methods/measure.md prints it.
"""

from __future__ import annotations

import os
import sys
from datetime import date
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
from scipy.stats import rankdata

from quadrille.measure.world import World

REPO = Path(__file__).resolve().parents[1]
ICEWS = "icews_yearly/icews_dyad_year_quad_2002_2012.parquet"
GDELT = "gdelt_monthly_score/gdelt_dyad_month_score_2018_2021.parquet"
LAYERS = ("cow/td_rivalries.parquet", "cow/tss_rivalries.parquet", "cow/atop_alliance.parquet")
GRID = np.linspace(-8.0, 10.0, 1801)
SAMPLES = 400


class Classes(NamedTuple):
    """Levels of rivals and of allies, and the row of the dyad that each belongs to."""

    rival: np.ndarray
    ally: np.ndarray
    rival_row: np.ndarray
    ally_row: np.ndarray


def listed(m, layer, years, hold=None):
    """Which dyads and periods of a measurement a layer lists; ``hold``: its last year counts on."""
    at = {(a, b): row for row, (a, b) in enumerate(m.dyads.tolist())}
    out = np.zeros(m.mean.shape, bool)
    year = np.array([min(p.year, hold or p.year) for p in m.periods])
    for a, b, y in layer.select("state_a", "state_b", "year").iter_rows():
        if (a, b) in at and y in years:
            out[at[a, b], year == y] = True
    return out


def classes_of(m, rivals, pacts, years):
    """The two classes among observed periods of these years."""
    seen = ~np.isnan(m.y) & np.isin([p.year for p in m.periods], list(years))
    rival, ally = rivals & ~pacts & seen, pacts & ~rivals & seen
    return Classes(m.mean[rival], m.mean[ally], np.nonzero(rival)[0], np.nonzero(ally)[0])


def density(x):
    """Kernel estimate on the grid; normal kernel, width by Scott's rule."""
    step, width = GRID[1] - GRID[0], x.std() * x.size**-0.2
    height, _ = np.histogram(x, np.append(GRID, GRID[-1] + step) - step / 2)
    reach = np.arange(-4 * width, 4 * width + step, step)
    return (
        np.convolve(height / x.size, np.exp(-0.5 * (reach / width) ** 2) / width, "same") + 1e-300
    )


def crossings(c):
    """Levels, of those that are not rare, at which the two densities are equal."""
    apart = np.log(density(c.ally)) - np.log(density(c.rival))
    low, high = np.quantile(np.concatenate([c.rival, c.ally]), (0.02, 0.98))
    found = GRID[np.flatnonzero(np.diff(np.sign(apart)))]
    return [float(v) for v in found[(found > low) & (found < high)]]


def logistic(c):
    """Level at which a logistic regression with balanced classes gives one half, and its slope."""
    x = np.concatenate([c.rival, c.ally])
    y = np.repeat([0.0, 1.0], [c.rival.size, c.ally.size])
    w = np.where(y > 0, 0.5 / c.ally.size, 0.5 / c.rival.size)
    design, coef = np.column_stack([np.ones(x.size), x]), np.zeros(2)
    for _ in range(50):
        p = 1.0 / (1.0 + np.exp(-design @ coef))
        bend = (design * (w * p * (1.0 - p))[:, None]).T @ design
        coef = coef + np.linalg.solve(bend, design.T @ (w * (y - p)))
    return -coef[0] / coef[1], coef[1]


def auc(c):
    """Share of pairs of a rival and an ally in which the rival is the colder one."""
    rank = rankdata(np.concatenate([c.rival, c.ally]))[c.rival.size :].sum()
    n, k = c.rival.size, c.ally.size
    return (rank - k * (k + 1) / 2) / (n * k)


def again(c, rng):
    """The classes with dyads drawn anew."""
    parts = []
    for level, row in ((c.rival, c.rival_row), (c.ally, c.ally_row)):
        dyads, at = np.unique(row, return_inverse=True)
        times = np.bincount(rng.integers(0, dyads.size, dyads.size), minlength=dyads.size)
        parts.append(np.repeat(level, times[at]))
    return Classes(*parts, c.rival_row, c.ally_row)


def report(name, c):
    """One line of the table of the documentation."""
    rng = np.random.default_rng(1)
    found = crossings(c)
    spread = [crossings(again(c, rng)) for _ in range(SAMPLES)]
    low, high = np.quantile([s[0] for s in spread if s], (0.05, 0.95))
    middle, slope = logistic(c)
    print(
        f"{name}: {c.rival.size:,} rivals' and {c.ally.size:,} allies' periods of {np.unique(c.rival_row).size} and "
        f"{np.unique(c.ally_row).size} dyads; densities equal at {', '.join(f'{v:+.2f}' for v in found)} (90% "
        f"{low:+.2f} to {high:+.2f} of the first); logistic {middle:+.2f}, slope {slope:+.2f}; AUC {auc(c):.2f}"
    )


def main() -> None:
    data = Path(
        sys.argv[1]
        if len(sys.argv) > 1
        else os.environ.get("QUADRILLE_DATA", REPO / "../shared/data")
    )
    print(f"{date.today():%Y-%m-%d}")
    layers = World(None, layers=[data / f for f in LAYERS]).layers
    td, tss = (layers[k].data for k in ("td_rivalries", "tss_rivalries"))
    pact = layers["atop"].data.filter(pl.col("defense"))
    m = World(data / ICEWS).measurement("cordiality")
    years = range(2002, 2011)
    pacts = listed(m, pact, years)
    report(
        "ICEWS, yearly 2002-2010, Thompson-Dreyer",
        classes_of(m, listed(m, td, years), pacts, years),
    )
    report(
        "ICEWS, yearly 2002-2010, Thompson-Sakuwa-Suhas",
        classes_of(m, listed(m, tss, years), pacts, years),
    )
    m = World(data / GDELT).measurement("cordiality")
    pacts = listed(m, pact, [2018])
    report(
        "GDELT scores, monthly 2018, Thompson-Sakuwa-Suhas",
        classes_of(m, listed(m, tss, [2018]), pacts, [2018]),
    )
    carried = listed(m, td, [2010], hold=2010)
    report(
        "GDELT scores, monthly 2018, Thompson-Dreyer of 2010", classes_of(m, carried, pacts, [2018])
    )


if __name__ == "__main__":
    main()
