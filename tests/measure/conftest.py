"""A simulated world of dyads whose truth is known."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest

from quadrille.panel.build import Panel
from quadrille.panel.facets import Observations
from quadrille.panel.units import COOPERATION


@pytest.fixture(scope="session")
def simulate():
    """Return ``simulate(n_dyads, n_time, seed, ...) -> (Observations, truth (dyad, time), theta)``."""

    def make(n_dyads=200, n_time=30, seed=0, gaps=0.3, phi_min=1.0):
        rng = np.random.default_rng(seed)
        mu = rng.normal(1.0, 0.8, n_dyads)
        q = np.exp(rng.normal(-1.5, 0.7, n_dyads))
        rho = 1 / (1 + np.exp(-rng.normal(1.2, 0.7, n_dyads)))
        phi = phi_min + np.exp(rng.normal(-0.3, 0.6, n_dyads))
        x = np.empty((n_dyads, n_time))
        x[:, 0] = mu + rng.normal(size=n_dyads) * np.sqrt(q / (1 - rho**2))
        for t in range(1, n_time):
            x[:, t] = mu + rho * (x[:, t - 1] - mu) + rng.normal(size=n_dyads) * np.sqrt(q)
        s2 = rng.gamma(2.0, 0.25, x.shape)
        y = x + rng.normal(size=x.shape) * np.sqrt(phi[:, None] * s2)
        seen = rng.random(x.shape) > gaps
        seen[:, -1] = True
        rows, cols = np.nonzero(seen)
        names = [f"{d:05d}" for d in range(n_dyads)]
        data = pl.DataFrame(
            {
                "state_a": [f"A{names[d]}" for d in rows],
                "state_b": [f"B{names[d]}" for d in rows],
                "period": [date(1900 + int(t), 1, 1) for t in cols],
                "y": y[rows, cols],
                "s2": s2[rows, cols],
                "n": 1.0 / s2[rows, cols],
                "repeats": 0.0,
                "scatter": 0.0,
            }
        ).with_columns(pl.col("repeats", "scatter").cast(pl.Float64))
        panel = Panel("counts", "Y", data, "simulated", ())
        obs = Observations("cordiality", COOPERATION, phi_min, data, panel)
        first = int(cols.min())
        return obs, x[:, first:], np.column_stack([mu, q, rho, phi])

    return make
