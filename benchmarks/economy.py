"""Trade, in processor seconds: an estimate beside a bare call of pyfixest, its correction, and worlds solved.

Reads the panel of Yotov et al. from ``$QUADRILLE_DATA``, else ``../shared/data``; without it only worlds are solved.
"""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from quadrille.kernels.armington import equilibrium


def seconds(work: Callable[[], Any], times: int = 3) -> float:
    """The middle of some runs, after one that compiles."""
    work()
    taken = []
    for _ in range(times):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return float(np.median(taken))


def paired(
    one: Callable[[], Any], other: Callable[[], Any], times: int = 7
) -> tuple[float, float, float, float, float]:
    """Medians of two works done in turn, and the median ratio of a pair with its quartiles: what else runs hits both."""
    one()
    other()
    taken = np.empty((times, 2))
    for k in range(times):
        # Who goes first changes, so that what is in the cache helps neither.
        for which in (0, 1) if k % 2 else (1, 0):
            start = time.process_time()
            (one, other)[which]()
            taken[k, which] = time.process_time() - start
    low, middle, high = np.quantile(taken[:, 1] / taken[:, 0], (0.25, 0.5, 0.75))
    first, second = np.median(taken, axis=0)
    return float(first), float(second), float(middle), float(low), float(high)


def world(n: int, rng: np.random.Generator) -> Any:
    """Flows among n countries, most of them at home."""
    size = rng.lognormal(0, 1.5, n)
    away = np.exp(rng.normal(0, 1, (n, n)) - 3 * (1 - np.eye(n)))
    return np.outer(size, size * rng.lognormal(0, 0.1, n)) * away


def solved() -> None:
    """Worlds of 69 and 200 countries, and a thousand draws of 69."""
    rng = np.random.default_rng(0)
    for n, bar in ((69, 0.01), (200, 0.1)):
        flows, cost = world(n, rng), np.ones((n, n))
        cost[:5, :5] = 0.9
        taken = seconds(lambda f=flows, c=cost: equilibrium(f, c, 7.0))
        print(f"world of {n} countries: {taken:.4f} s (bar {bar})")
    flows, cost = world(69, rng), np.ones((69, 69))
    cost[:5, :5] = 0.9
    costs, sigma = cost ** rng.normal(1, 0.3, (1000, 1, 1)), rng.uniform(4, 9, 1000)
    print(
        f"1,000 draws of 69 countries: {seconds(lambda: equilibrium(flows, costs, sigma), 1):.2f} s (bar 5)"
    )


def estimated(path: Path) -> None:
    """Three-way PPML of the whole panel, bare and ours, and the correction."""
    import pyfixest as pf

    from quadrille.economy.gravity import correction, fit
    from quadrille.economy.panel import trade_panel
    from quadrille.sources.formats import read_layers

    panel = trade_panel({layer.name: layer for layer in read_layers(path)})
    year, ends = pl.col("year").cast(pl.String), ("exporter", "importer")
    frame = panel.data.with_columns(
        e=pl.concat_str("exporter", year), i=pl.concat_str("importer", year), p=pl.concat_str(*ends),
        c=pl.concat_str(pl.min_horizontal(*ends), pl.max_horizontal(*ends)),
    ).to_pandas()  # fmt: skip
    how = {"vcov": {"CRV1": "c"}, "ssc": pf.ssc(k_adj=False)}
    bare, ours, ratio, low, high = paired(
        lambda: pf.fepois("value ~ agreement | e + i + p", data=frame, **how), lambda: fit(panel)
    )
    print(
        f"three-way PPML, {panel.data.height:,} rows: bare {bare:.2f} s, ours {ours:.2f} s; overhead, median of 7 pairs, "
        f"{ratio - 1:+.1%} (quartiles {low - 1:+.1%} to {high - 1:+.1%}; bar +10%)"
    )
    found = fit(panel)
    print(
        f"correction of 69 countries, 21 years: {seconds(lambda: correction(found), 1):.2f} s (bar 10)"
    )


def main() -> None:
    """Print every figure."""
    solved()
    data = (
        os.environ.get("QUADRILLE_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data"
    )
    path = Path(data) / "trade" / "agtpa_applications.parquet"
    if not path.is_file():
        print(f"no panel at {path}: nothing estimated")
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        estimated(path)


if __name__ == "__main__":
    main()
