"""Coupled models whose parameters are known, without sampling."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from quadrille.coupling.posterior import Posterior, Variable
from quadrille.coupling.result import Coupled, Diagnostics
from quadrille.panel.units import COOPERATION

FINE = Diagnostics(1.0, 4000.0, 4000.0, "mu", 1, 1000, 1000, 100)
POOR = Diagnostics(1.2, 40.0, 40.0, "mu", 1, 1000, 1000, 100)


def known(
    A, Sigma, x, mu=None, dyads=("IND-PAK", "PAK-RUS", "PAK-USA"), frequency="M", neutral=0.0,
    facet="cordiality", unit=COOPERATION, diagnostics=FINE, start=date(2010, 1, 1),
):  # fmt: skip
    """A model with draws ``A (draw, lag, n, n)``, ``Sigma (draw, n, n)`` and ``x (draw, n, T)``."""
    A, Sigma, x = (np.asarray(v, float) for v in (A, Sigma, x))
    draws, n = len(A), len(dyads)
    mu = np.zeros((draws, n)) if mu is None else np.broadcast_to(mu, (draws, n))
    c = mu - np.einsum("dlij,dj->di", A, mu)
    per = {"M": 1, "Q": 3, "Y": 12}[frequency]
    months = [start.year * 12 + start.month - 1 + per * t for t in range(x.shape[2])]
    periods = tuple(date(m // 12, m % 12 + 1, 1) for m in months)
    tie, both = ("chain", "draw", "dyad"), ("chain", "draw", "dyad", "dyad_from")
    posterior = Posterior(
        {
            "mu": Variable(tie, mu[None]),
            "c": Variable(tie, c[None]),
            "A": Variable(("chain", "draw", "lag", "dyad", "dyad_from"), A[None]),
            "Sigma": Variable(both, Sigma[None]),
            "x": Variable(("chain", "draw", "dyad", "time"), x[None]),
            "phi": Variable(tie, np.ones((1, draws, n))),
        }
    )
    states = tuple(sorted({s for d in dyads for s in d.split("-")}))
    seen = np.zeros((n, len(periods)))
    return Coupled(
        states, tuple(dyads), periods, frequency, facet, unit, "test", neutral,
        posterior, seen, seen + 1, seen + 1, seen, np.full(n, np.nan), diagnostics, {"seed": 1},
    )  # fmt: skip


def random_model(seed, lags=2, draws=4, same=False, **more):
    """Stationary dynamics that differ from draw to draw, or are the same in all."""
    rng = np.random.default_rng(seed)
    n, many = 3, 1 if same else draws
    A = 0.35 * rng.standard_normal((many, lags, n, n)) / lags
    A[:, 0] += 0.4 * np.eye(n)
    A = A * 0.8 / np.maximum(np.abs(A).sum(axis=(1, 3)).max(axis=1), 0.8)[:, None, None, None]
    root = rng.standard_normal((many, n, n)) + 2 * np.eye(n)
    Sigma = root @ root.transpose(0, 2, 1) / 4
    x = rng.standard_normal((many, n, 24))
    A, Sigma, x = (np.broadcast_to(v, (draws, *v.shape[1:])) for v in (A, Sigma, x))
    return known(A, Sigma, x, mu=rng.standard_normal(n), **more)


@pytest.fixture(scope="session")
def make():
    """The functions above, for tests."""

    class Make:
        model = staticmethod(known)
        random = staticmethod(random_model)
        poor = POOR

    return Make
