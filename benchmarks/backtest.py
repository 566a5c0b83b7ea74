"""Forecasts against automatic models on the shared panels: the tables of docs/methods/backtest.md.

Usage: ``python benchmarks/backtest.py PANEL [--dyads N] [--automatic N] [--data DIR]``, PANEL one of ``gdelt``, ``icews-year``,
``icews-month``, ``index``. The last fifth of the periods judges. Dyads are the 300 with most coverage, or so many of those (or of all that
were seen long enough), drawn with a fixed seed; statsforecast's models, dyad by dyad, run on N dyads drawn from them, and
are compared with the rest on these. AutoARIMA takes 0.1 to 0.5 s a dyad and origin.
"""

from __future__ import annotations

import argparse
import os
import time
import warnings
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from quadrille.foresight.backtest import DEFAULT_METHODS, backtest_of
from quadrille.foresight.record import Backtest, BacktestOptions
from quadrille.foresight.series import Series, to_series
from quadrille.kernels.arrays import Array
from quadrille.kernels.scores import clustered_gap
from quadrille.measure.world import World

REPO = Path(__file__).resolve().parents[1]
AUTOMATIC = ("autoets", "autotheta", "autoarima")
SEED = 15
_MOST = 300


class Source(NamedTuple):
    """Where a panel lies, periods that a dyad must have had before the last fifth, and the longest horizon."""

    path: str
    least: int
    horizons: int


PANELS = {
    "gdelt": Source("gdelt_monthly_score/gdelt_dyad_month_score_2018_2021.parquet", 3, 12),
    "icews-year": Source("icews_yearly/icews_dyad_year_quad_2002_2012.parquet", 3, 3),
    "icews-month": Source(
        "icews_monthly_conflict/icews_dyad_month_conflict_1990_2009.parquet", 24, 12
    ),
    "index": Source("index", 20, 12),
}


class Cells(NamedTuple):
    """CRPS and hits of one method, each ``(origin, dyad, horizon)``."""

    crps: Array
    hit: Array


def series_of(name: str, data: Path, dyads: int | None) -> Series:
    """The dyads that are forecast."""
    source = PANELS[name]
    series = to_series(World(source.path if name == "index" else data / source.path).panel)
    judged = BacktestOptions().span(series)[0]
    if name != "index":
        series = series.largest(_MOST, judged - 1)
    seen = np.sum(~np.isnan(series.y[:, :judged]), axis=1)
    rows = np.flatnonzero(seen >= source.least)
    return series.rows(drawn(rows, dyads or len(rows), SEED))


def drawn(rows: NDArray[np.intp], count: int, seed: int) -> NDArray[np.intp]:
    """So many of the rows, in order."""
    chosen = np.random.default_rng(seed).choice(rows, min(count, len(rows)), replace=False)
    return np.sort(chosen)


def cells_of(record: Backtest) -> dict[str, Cells]:
    """What every method scored."""
    return {name: Cells(s.crps, s.hit) for name, s in record.scores.items()}


def broken(series: Series, judged: int, before: int) -> NDArray[np.intp]:
    """The tenth of dyads whose mean changed most between the year before and the periods that judge."""
    early, late = series.y[:, max(judged - before, 0) : judged], series.y[:, judged:]
    change = np.abs(np.nanmean(late, axis=1) - np.nanmean(early, axis=1))
    unit = np.nanmean(np.abs(series.y), axis=1) if series.own_unit else 1.0
    return np.argsort(-np.nan_to_num(change / unit))[: -(-len(series.y) // 10)]


def show(cells: dict[str, Cells], title: str, horizons: tuple[int, ...]) -> None:
    """One line a method: CRPS, how much less the combination's is with its standard error, and what 90% held."""
    print(title)
    heads = "".join(f"{f'h = {h}':>28}" for h in horizons)
    print(f"  {'CRPS, less by combination':28}{heads}   90% held")
    ours = cells["combination"]
    for name, c in cells.items():
        text = ""
        for h in horizons:
            here = np.where(np.isnan(ours.crps[..., h - 1]), np.nan, c.crps[..., h - 1])
            text += f"{np.nanmean(here):12.4f}"
            gap = clustered_gap(here, ours.crps[..., h - 1], h)
            text += f"{gap.mean:+8.4f} ({gap.error:.4f})" if name != "combination" else " " * 16
        print(f"  {name:28}{text}   {np.nanmean(c.hit):.1%}")
    held = " ".join(_held(ours.hit[..., h - 1], h) for h in horizons)
    print(f"  90% of the combination held at these horizons: {held}", flush=True)


def _held(hit: Array, h: int) -> str:
    """Share of outcomes inside the intervals, and its standard error clustered on dyads and origins."""
    gap = clustered_gap(hit, np.zeros_like(hit), h)
    return f"{gap.mean:.1%} ({100 * gap.error:.1f})"


def beside(record: Backtest, judged: Backtest, rows: NDArray[np.intp]) -> dict[str, Cells]:
    """Cells of both records on those rows, the first's origins."""
    out = {}
    where = {t: i for i, t in enumerate(judged.origins)}
    at = [where[t] for t in record.origins if t in where]
    mine = [i for i, t in enumerate(record.origins) if t in where]
    for name, c in cells_of(judged).items():
        out[name] = Cells(*(part[np.ix_(at, rows)] for part in c))
    for name, c in cells_of(record).items():
        out.setdefault(name, Cells(*(part[mine] for part in c)))
    return out


def main() -> None:
    """Run one panel and print its tables."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("panel", choices=sorted(PANELS))
    words.add_argument("--dyads", type=int)
    words.add_argument("--automatic", type=int, default=0)
    words.add_argument("--data", type=Path, default=None)
    asked = words.parse_args()
    folder = asked.data or os.environ.get("QUADRILLE_DATA") or REPO.parent / "shared" / "data"
    warnings.simplefilter("ignore")
    series = series_of(asked.panel, Path(folder), asked.dyads)
    options = BacktestOptions(PANELS[asked.panel].horizons)
    first = options.span(series)[0]
    horizons = tuple(h for h in (1, 2, 3, 6, 12) if h <= options.horizons)
    began = time.process_time()
    record = backtest_of(series, DEFAULT_METHODS, options)
    spent = time.process_time() - began
    show(cells_of(record), f"{asked.panel}: {len(series.dyads)} dyads, {record.label}", horizons)
    worst = broken(series, first, 12 if series.frequency == "M" else 5)
    torn = {name: Cells(c.crps[:, worst], c.hit[:, worst]) for name, c in cells_of(record).items()}
    show(torn, f"the {len(worst)} dyads with the largest breaks", horizons)
    print(f"{spent:.0f} s of processor time")
    if asked.automatic:
        rows = drawn(np.arange(len(series.dyads)), asked.automatic, SEED + 1)
        one = backtest_of(series.rows(rows), ("last", *AUTOMATIC), options)
        title = f"automatic models, on {len(rows)} of these dyads"
        show(beside(one, record, rows), title, horizons)


if __name__ == "__main__":
    main()
