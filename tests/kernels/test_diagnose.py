"""Convergence diagnostics equal ArviZ's."""

from __future__ import annotations

import numpy as np
import pytest
from arviz_stats.base import array_stats
from scipy.stats import rankdata

from quadrille.kernels.diagnose import _ranks, convergence


@pytest.mark.parametrize(("chains", "draws"), [(4, 250), (1, 101), (2, 64)])
def test_equal_to_arviz(chains, draws):
    rng = np.random.default_rng(chains)
    noise = rng.standard_normal((6, chains, draws))
    x = noise.copy()
    for t in range(1, draws):
        x[:, :, t] = (
            np.array([0.0, 0.3, 0.9, 0.99, -0.5, 0.7])[:, None] * x[:, :, t - 1] + noise[:, :, t]
        )
    x[5] = np.exp(3 * x[5])  # heavy tails
    x[1, 0] += 1.0  # a chain that has not mixed
    got = convergence(x)
    axes = {"chain_axis": 0, "draw_axis": 1}
    for i in range(6):
        if chains > 1:  # ArviZ gives none for one chain
            assert got.rhat[i] == pytest.approx(array_stats.rhat(x[i], **axes), rel=1e-10)
        bulk = array_stats.ess(x[i], method="bulk", **axes)
        tail = array_stats.ess(x[i], method="tail", prob=(0.05, 0.95), **axes)
        assert got.ess_bulk[i] == pytest.approx(bulk, rel=1e-8)
        assert got.ess_tail[i] == pytest.approx(tail, rel=1e-8)


def test_a_constant_has_no_size():
    got = convergence(np.ones((1, 2, 20)))
    assert np.isnan(got.ess_bulk[0])
    assert np.isnan(got.rhat[0])


def test_ranks_equal_scipy():
    rng = np.random.default_rng(3)
    rows = np.round(rng.standard_normal((5, 40)), 1)  # with ties
    rows[1] = 2.0
    rows[2, 7] = np.nan
    np.testing.assert_array_equal(_ranks(rows), rankdata(rows, axis=1))
