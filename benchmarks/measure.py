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

from quadrille import load
from quadrille.measure import forecast_scores, measure
from quadrille.panel import build, facet

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


def loop(m, rows):
    """Seconds a dyad for fit and smoothing in statsmodels."""
    began = time.perf_counter()
    for row in rows:
        model = Relation(m.y[row], m.s2[row])
        fitted = model.fit(disp=False, maxiter=200, cov_type="none")
        model.smooth(fitted.params)
    return (time.perf_counter() - began) / len(rows)


def bench(path: Path, hold_out: int, against: bool) -> None:
    began = time.perf_counter()
    table = load(path)
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
        theirs = loop(m, rows)
        ratio = theirs / (ours / len(m.dyads))
        print(
            f"  statsmodels loop, {SAMPLE} random dyads: {1e3 * theirs:.1f} ms a dyad: ratio {ratio:,.0f}x"
        )
    print(f"  one-step forecasts of the last {hold_out} periods:")
    for name, crps, cover, n in forecast_scores(observations, hold_out).iter_rows():
        print(f"    {name:6} CRPS {crps:.4f}  90% covers {cover:.3f}  n {n:,}")


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
