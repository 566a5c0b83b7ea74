"""Two regimes against statsmodels, brute force over all sequences, and a known world."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from statsmodels.tsa.regime_switching.markov_regression import MarkovRegression

from quadrille.kernels.regimes import fit_regimes, regime_probabilities

LEVELS, STAY = np.array([-1.0, 1.5]), np.array([0.8, 0.9])


def test_equal_to_statsmodels():
    y = np.random.default_rng(0).normal(size=60).cumsum() / 3
    high, loglik = regime_probabilities(y, np.zeros(60), LEVELS, 0.7, STAY)
    model = MarkovRegression(y, k_regimes=2)
    theirs = model.smooth([STAY[0], 1 - STAY[1], *LEVELS, 0.7])
    assert loglik == pytest.approx(theirs.llf, abs=1e-8)
    np.testing.assert_allclose(high, theirs.smoothed_marginal_probabilities[:, 1], atol=1e-8)


def test_equal_to_the_sum_over_all_sequences():
    """Gaps and unequal noise, which statsmodels does not take."""
    rng = np.random.default_rng(3)
    y, r = rng.normal(size=9), rng.uniform(0.1, 1.0, 9)
    y[[2, 3, 8]] = np.nan
    move = np.array([[STAY[0], 1 - STAY[0]], [1 - STAY[1], STAY[1]]])
    start = np.array([1 - STAY[1], 1 - STAY[0]]) / (2 - STAY.sum())
    total, high = 0.0, np.zeros(9)
    for s in product((0, 1), repeat=9):
        p = start[s[0]] * np.prod(move[s[:-1], s[1:]])
        f = 0.4 + r
        terms = np.exp(-0.5 * (y - LEVELS[list(s)]) ** 2 / f) / np.sqrt(2 * np.pi * f)
        p *= np.prod(np.where(np.isnan(y), 1.0, terms))
        total += p
        high += p * np.array(s)
    got, loglik = regime_probabilities(y, r, LEVELS, 0.4, STAY)
    assert loglik == pytest.approx(np.log(total), abs=1e-10)
    np.testing.assert_allclose(got, high / total, atol=1e-10)


def test_a_jump_is_found_and_a_flat_line_has_none():
    rng = np.random.default_rng(5)
    truth = np.repeat([0, 1, 0], [30, 25, 30])
    y = np.where(truth, 1.2, -0.8) + 0.4 * rng.normal(size=truth.size)
    y[10:14] = np.nan
    got = fit_regimes(y, np.full(truth.size, 0.05))
    assert np.mean((got.high > 0.5) == truth) > 0.97
    np.testing.assert_allclose(got.levels, [-0.8, 1.2], atol=0.25)  # 30 noisy points a level
    assert got.bic_gain > 20
    flat = fit_regimes(0.4 * rng.normal(size=80), np.full(80, 0.05))
    assert flat.bic_gain < 0
