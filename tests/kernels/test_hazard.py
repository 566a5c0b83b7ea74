"""Partial likelihood by brute force; everything else against R in tests/readings."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quadrille.kernels.hazard import baseline_increments, partial_parts


def tiny(seed, n=9):
    rng = np.random.default_rng(seed)
    start = rng.integers(0, 3, n).astype(float)
    stop = start + rng.integers(1, 4, n)
    event = rng.random(n) < 0.6
    event[0] = True
    return rng.normal(size=(n, 2)), start, stop, event, rng.normal(size=2)


@given(st.integers(0, 2**31))
def test_score_and_information_are_derivatives_of_the_likelihood(seed):
    x, start, stop, event, beta = tiny(seed)
    got = partial_parts(x, start, stop, event, beta)
    step = 1e-5
    for j in range(2):
        shift = np.eye(2)[j] * step
        up = partial_parts(x, start, stop, event, beta + shift)
        down = partial_parts(x, start, stop, event, beta - shift)
        slope = (up.loglik - down.loglik) / (2 * step)
        # Central differences of a double are good to about 1e-9 here.
        assert got.score.sum(axis=0)[j] == pytest.approx(slope, abs=1e-6)
        curve = -(up.score.sum(axis=0) - down.score.sum(axis=0)) / (2 * step)
        np.testing.assert_allclose(got.information.sum(axis=0)[j], curve, atol=1e-6)


def test_likelihood_without_ties_is_the_product_of_who_went_first():
    x = np.array([[0.3], [-1.0], [0.8]])
    stop, event = np.array([1.0, 2.0, 3.0]), np.ones(3, bool)
    beta = np.array([0.7])
    w = np.exp(x[:, 0] * 0.7)
    order = {p: w[p[0]] / w.sum() * w[p[1]] / w[list(p[1:])].sum() for p in permutations(range(3))}
    assert sum(order.values()) == pytest.approx(1.0)
    got = partial_parts(x, np.zeros(3), stop, event, beta).loglik
    assert got == pytest.approx(np.log(order[0, 1, 2]))


def test_baseline_without_covariates_is_nelson_aalen():
    start = np.array([0.0, 0.0, 1.0, 0.0])
    stop = np.array([1.0, 2.0, 3.0, 3.0])
    event = np.array([True, True, False, True])
    times, d, risk = baseline_increments(np.zeros((4, 1)), start, stop, event, np.zeros((1, 1)))
    assert times.tolist() == [1, 2, 3]
    assert d.tolist() == [1, 1, 1]
    assert risk[0].tolist() == [3, 3, 2]


@given(st.integers(0, 2**31))
def test_numbers_at_risk_by_plain_sums_and_where_they_are_asked_for(seed):
    x, start, stop, event, beta = tiny(seed)
    betas = np.stack([beta, -beta, np.zeros(2)])
    times, d, risk = baseline_increments(x, start, stop, event, betas)
    for k, t in enumerate(times):
        there = (start < t) & (t <= stop)
        np.testing.assert_allclose(risk[:, k], np.exp(betas @ x[there].T).sum(axis=1))
        assert d[k] == np.sum(event & (stop == t))
    _, _, some = baseline_increments(x, start, stop, event, betas, (times[0], times[-1] - 1))
    inside = (times > times[0]) & (times <= times[-1] - 1)
    np.testing.assert_array_equal(np.isnan(some).all(axis=0), ~inside)
    np.testing.assert_allclose(some[:, inside], risk[:, inside])
