"""Scores, margins, importance weights and blocks."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm

from quadrille.kernels.blocks import over_blocks
from quadrille.kernels.importance import effective_draws, pareto_k
from quadrille.kernels.margins import expected_counts
from quadrille.kernels.scores import crps_normal


@given(st.floats(-5, 5), st.floats(-5, 5), st.floats(0.05, 5))
def test_crps_equals_its_integral(y, mean, sd):
    below = quad(lambda x: norm.cdf(x, mean, sd) ** 2, -60, y, limit=200)[0]
    above = quad(lambda x: norm.sf(x, mean, sd) ** 2, y, 60, limit=200)[0]
    # Quadrature over a hundred units is good to about 1e-6.
    assert crps_normal(np.array(y), np.array(mean), np.array(sd)) == pytest.approx(
        below + above, abs=1e-5
    )


def test_crps_of_a_point_is_the_error():
    assert crps_normal(np.array(3.0), np.array(1.0), np.array(0.0)) == 2.0


@given(st.integers(4, 9), st.integers(0, 2**31))
def test_expected_counts_keep_the_margins(n_states, seed):
    rng = np.random.default_rng(seed)
    first, second = np.triu_indices(n_states, 1)
    weight = rng.gamma(5.0, 1.0, n_states)
    n = rng.poisson(20 * weight[first] * weight[second]).astype(float)
    fit = expected_counts(first, second, n, n_states)
    margin = lambda v: np.bincount(first, v, n_states) + np.bincount(second, v, n_states)
    np.testing.assert_allclose(margin(fit), margin(n), rtol=1e-6)


def test_expected_counts_of_a_product_are_the_product():
    first, second = np.triu_indices(5, 1)
    w = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    n = w[first] * w[second]
    np.testing.assert_allclose(expected_counts(first, second, n, 5), n, rtol=1e-6)


def test_expected_counts_of_nothing_are_zero():
    first, second = np.triu_indices(3, 1)
    np.testing.assert_array_equal(expected_counts(first, second, np.zeros(3), 3), 0.0)


def test_effective_draws():
    assert effective_draws(np.zeros(50)) == pytest.approx(50)
    assert effective_draws(np.array([0.0, -1e3, -1e3])) == pytest.approx(1)


@pytest.mark.parametrize("k", [0.2, 0.5, 0.9])
def test_pareto_k_recovers_the_tail(k):
    rng = np.random.default_rng(4)
    found = [pareto_k(-k * np.log(rng.random(4000))) for _ in range(40)]
    # Forty samples with about 190 tail draws each: standard error below 0.02.
    assert np.mean(found) == pytest.approx(k, abs=0.08)


def test_blocks_cover_every_row_once():
    hits, lock = np.zeros(1000, int), threading.Lock()

    def work(a, b):
        with lock:
            hits[a:b] += 1

    over_blocks(work, 1000)
    assert (hits == 1).all()


def test_blocks_pass_errors_on():
    def work(a, b):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        over_blocks(work, 1000)
