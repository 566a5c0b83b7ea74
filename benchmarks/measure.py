"""Measure the world, and time one dyad against a statsmodels loop, side by side in one run.

Usage: ``make bench``, or ``python benchmarks/measure.py [DATA_DIR]`` (default
``$QUADRILLE_DATA`` or ``../shared/data``).
"""

from __future__ import annotations

import os
import resource
import sys
import time
import warnings
from pathlib import Path

import numpy as np
from statsmodels.tsa.statespace.mlemodel import MLEModel

from quadrille.foresight.backtest import BacktestOptions, backtest_of
from quadrille.foresight.series import to_series
from quadrille.kernels.ar1 import smooth_paths, unpack
from quadrille.kernels.fit import fit_map
from quadrille.measure.model import measure
from quadrille.measure.world import World
from quadrille.panel.build import build
from quadrille.panel.facets import facet

REPO = Path(__file__).resolve().parents[1]
YEARLY = "icews_yearly/icews_dyad_year_quad_2002_2012.parquet"
MONTHLY = "icews_monthly_conflict/icews_dyad_month_conflict_1990_2009.parquet"
SCORES = "gdelt_monthly_score/gdelt_dyad_month_score_2018_2021.parquet"
SAMPLE = 200


class Relation(MLEModel):
    """The measurement model as one would write it in statsmodels, fitted by its own optimiser."""

    def __init__(self, y, s2):
        super().__init__(y, k_states=1, initialization="stationary")
        self.s2 = s2
        self["design"] = np.ones((1, 1))
        self["selection"] = np.ones((1, 1))
        self["obs_cov"] = s2.reshape(1, 1, -1)

    param_names = ("mu", "log_q", "logit_rho", "log_phi")

    @property
    def start_params(self):
        return np.array([np.nanmean(self.endog), -1.5, 1.5, 0.0])

    def update(self, params, **kwargs):
        mu, log_q, logit_rho, log_phi = super().update(params, **kwargs)
        rho = 1 / (1 + np.exp(-logit_rho))
        self["transition"] = np.array([[rho]])
        self["state_intercept"] = np.array([[(1 - rho) * mu]])
        self["state_cov"] = np.array([[np.exp(log_q)]])
        self["obs_cov"] = (1 + np.exp(log_phi)) * self.s2.reshape(1, 1, -1)


DRAWS = 64


def loop(m, rows, draws):
    """Seconds a dyad in statsmodels: fit, then smooth at the fit or at draws around it."""
    rng = np.random.default_rng(0)
    began = time.perf_counter()
    for row in rows:
        model = Relation(m.y[row], m.s2[row])
        fitted = model.fit(disp=False, maxiter=200, cov_type="none").params
        if draws == 0:
            model.smooth(fitted)
        for _ in range(draws):  # the likelihood of each draw comes with its smoothing
            model.smooth(fitted + 0.1 * rng.standard_normal(4))
    return (time.perf_counter() - began) / len(rows)


def plug_in(m):
    """Seconds a dyad of ours for the same: mode of every dyad under the prior, and its smoothing."""
    phi_min = m.observations.phi_min
    inverse = np.linalg.inv(m.prior.cov)
    began = time.perf_counter()
    got = fit_map(m.y, m.s2, m.repeats, m.scatter, m.prior_mean, inverse, phi_min, None)
    mu, q, rho, phi = unpack(got.theta, phi_min)
    smooth_paths(m.y, phi[:, None] * m.s2, mu, rho, q)
    return (time.perf_counter() - began) / len(m.dyads)


def bench(path: Path, hold_out: int, against: bool) -> None:
    began = time.perf_counter()
    table = World(path).table()
    read = time.perf_counter() - began
    observations = facet(build(table))
    times = []
    for _ in range(3):
        began = time.perf_counter()
        m = measure(observations)
        times.append(time.perf_counter() - began)
    ours = float(np.median(times))
    print(
        f"{path.name}: read {read:.1f} s; {len(m.dyads):,} dyads x {len(m.periods)} periods of "
        f"{observations.facet} measured in {ours:.2f} s (median of {len(times)}; "
        f"{1e3 * ours / len(m.dyads):.3f} ms a dyad); {int(m.converged.sum()):,} fits converged, "
        f"prior settled: {m.prior.converged} ({m.prior.rounds} rounds)"
    )
    if against:
        enough = np.flatnonzero(np.sum(~np.isnan(m.y), axis=1) >= 5)
        rows = np.random.default_rng(0).choice(enough, SAMPLE, replace=False)
        for what, mine, draws in (
            ("fitted and smoothed at the fit", plug_in(m), 0),
            (f"integrated over {DRAWS} draws, ours with its prior", ours / len(m.dyads), DRAWS),
        ):
            theirs = loop(m, rows, draws)
            print(
                f"  {what}: ours {1e3 * mine:.3f} ms a dyad, statsmodels loop over {SAMPLE} "
                f"random dyads {1e3 * theirs:.1f}: ratio {theirs / mine:,.0f}x"
            )
    print(f"  one-step forecasts of the last {hold_out} periods:")
    series = to_series(build(table))
    options = BacktestOptions(horizons=1, score_from=series.periods[-hold_out])
    got = backtest_of(series, ("measurement", "last", "mean"), options).to_polars()
    for name, crps, cover, n in got.select("method", "crps", "coverage90", "cells").iter_rows():
        print(f"    {name:11} CRPS {crps:.4f}  90% covers {cover:.3f}  n {n:,}")


def main() -> None:
    """Run all three panels."""
    folder = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("QUADRILLE_DATA")
    data = Path(folder) if folder else REPO.parent / "shared" / "data"
    warnings.simplefilter("ignore")
    bench(data / YEARLY, 3, against=True)
    bench(data / MONTHLY, 24, against=True)
    bench(data / SCORES, 12, against=False)
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
