"""Track record on monthly GDELT scores: the bar of docs/backtest.md, printed with its timings.

Usage: ``python benchmarks/backtest.py [DATA_DIR] [--automatic]`` (default ``$QUADRILLE_DATA`` or
``../shared/data``). Choices were made on the first four fifths of the months; the last fifth judges.
With ``--automatic`` statsforecast's models run too, dyad by dyad: minutes, AutoARIMA most of them.
"""

from __future__ import annotations

import os
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import polars as pl
from scipy.special import stdtrit

from quadrille.foresight.backtest import DEFAULT_METHODS, backtest_of
from quadrille.foresight.record import Backtest, BacktestOptions
from quadrille.foresight.series import to_series
from quadrille.kernels import warm
from quadrille.kernels.smoothing import decayed_quantiles, fit_quantiles
from quadrille.measure.world import World
from quadrille.panel.build import build

REPO = Path(__file__).resolve().parents[1]
SCORES = "gdelt_monthly_score/gdelt_dyad_month_score_2018_2021.parquet"
OURS = DEFAULT_METHODS
HORIZONS = (1, 3, 6, 12)
AUTOMATIC = ("autoets", "autoets12", "autotheta", "autoarima")


def show(title: str, record: Backtest) -> None:
    """CRPS and skill by horizon, coverage and seconds of every method."""
    first, last = record.targets
    print(f"{title}: {len(record.series.dyads)} dyads, {first:%Y-%m} to {last:%Y-%m}")
    table = record.to_polars()
    for name in record.methods:
        rows = table.filter(pl.col("method") == name)
        cover = np.average(rows["coverage90"], weights=rows["cells"])
        crps = " ".join(f"{v:.3f}" for v in rows["crps"])
        skill = " ".join(f"{v:5.1f}" for v in rows["skill"])
        seconds = record.scores[name].seconds
        print(f"  {name:12} CRPS {crps}\n{'':15}skill {skill}  90% {cover:.3f}  {seconds:.1f} s")
    for line in record.card("combination").lines():
        print(f"  {line}")
    _ahead(record)
    _broken(record)


def _ahead(record: Backtest) -> None:
    """How much smaller the combination's CRPS is than each method's, with the standard error of Diebold and Mariano."""
    for name in record.methods:
        if name != "combination":
            found = [record.compare("combination", name, h) for h in HORIZONS]
            t90 = [stdtrit(f.n - 1, 0.95) for f in found]
            cells = (
                f"{f.difference:+.4f} ({(f.hi - f.difference) / t:.4f})"
                for f, t in zip(found, t90, strict=True)
            )
            print(f"  combination less {name:12} {'  '.join(cells)}")


def _broken(record: Backtest) -> None:
    """The tenth of dyads whose mean changed most between the year before and the periods that judge."""
    series = record.series
    at = series.periods.index(record.targets[0])
    before, after = series.y[:, max(at - 12, 0) : at], series.y[:, at:]
    change = np.abs(np.nanmean(after, axis=1) - np.nanmean(before, axis=1))
    unit = np.nanmean(np.abs(series.y), axis=1) if series.own_unit else 1.0
    worst = np.argsort(-np.nan_to_num(change / unit))[: -(-len(series.dyads) // 10)]
    for name in record.methods:
        s = record.scores[name]
        cells = (
            f"{np.nanmean(s.crps[:, worst, h - 1]):.3f} ({np.nanmean(s.hit[:, worst, h - 1]):.1%})"
            for h in HORIZONS
        )
        print(
            f"  largest breaks, {name:12} {'  '.join(cells)}; all horizons {np.nanmean(s.hit[:, worst]):.1%} inside, "
            f"all dyads {np.nanmean(s.hit):.1%}"
        )


def main() -> None:
    """Run the development months, then the months that judge."""
    words = [a for a in sys.argv[1:] if not a.startswith("--")]
    folder = words[0] if words else os.environ.get("QUADRILLE_DATA")
    data = Path(folder) if folder else REPO.parent / "shared" / "data"
    warnings.simplefilter("ignore")
    methods = (*OURS, *AUTOMATIC) if "--automatic" in sys.argv else OURS
    warm.warm()
    one, many = np.ones((1, 3)), np.ones((8, 2))
    decayed_quantiles(one, 1.0, one[0] / 2)
    fit_quantiles(many, many, many[:, 0], one[0] / 2)
    series = to_series(build(World(data / SCORES).table()))
    judged = BacktestOptions().span(series)[0]
    series = series.largest(300, judged - 1)
    past = series.before(judged - 1)  # four fifths, rounded down: the months that were designed on
    began = time.perf_counter()
    show("developed on", backtest_of(past, OURS, BacktestOptions(score_from=past.periods[25])))
    print(f"  {time.perf_counter() - began:.0f} s in all")
    began = time.perf_counter()
    show("judged by", backtest_of(series, methods))
    print(f"  {time.perf_counter() - began:.0f} s in all")


if __name__ == "__main__":
    main()
