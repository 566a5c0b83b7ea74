"""Shares: closed forms against draws, and against tiny cases by hand."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import nbinom

from quadrille.kernels.shares import (
    concentration_moments,
    dirichlet_draws,
    expected_concentration,
    perks,
    relative_draws,
    shrinkage_size,
)

COUNTS = st.lists(st.integers(0, 50), min_size=2, max_size=8)


def test_perks_adds_one_event_for_all_partners_together():
    alpha = perks(np.array([6.0, 3.0, 0.0]), 3.0)
    np.testing.assert_allclose(alpha, [2 + 1 / 3, 1 + 1 / 3, 1 / 3])
    assert alpha.sum() == pytest.approx(9 / 3 + 1)


def test_concentration_by_hand():
    # Beta(2, 1): E p² = 2·3/(3·4) = 1/2, E (1−p)² = 1·2/(3·4) = 1/6.
    mean, var = concentration_moments(np.array([2.0, 1.0]))
    assert mean == pytest.approx(2 / 3)
    # E (p² + q²)² by moments of Beta(2, 1), E p^k = 2/(2 + k).
    e = [Fraction(2, 2 + k) for k in range(5)]
    square = 4 * e[4] - 8 * e[3] + 8 * e[2] - 4 * e[1] + 1
    assert var == pytest.approx(float(square - Fraction(2, 3) ** 2))


@given(COUNTS, st.integers(0, 2**31))
def test_relabelling_changes_nothing(counts, seed):
    alpha = perks(np.array(counts, float), 1.0)
    turned = np.random.default_rng(seed).permutation(alpha)
    np.testing.assert_allclose(concentration_moments(alpha), concentration_moments(turned))
    assert expected_concentration(alpha) == pytest.approx(concentration_moments(alpha)[0])


@pytest.mark.parametrize("counts", [[0, 0, 0], [5, 1, 0, 0, 0], [40, 30, 20]])
def test_draws_have_the_exact_moments(counts):
    alpha = perks(np.array(counts, float), 1.0)
    draws = dirichlet_draws(alpha, 40_000, np.random.default_rng(1))
    assert np.isfinite(draws).all()
    np.testing.assert_allclose(draws.sum(axis=1), 1.0)
    np.testing.assert_allclose(draws.mean(axis=0), alpha / alpha.sum(), atol=0.01)
    squares = (draws**2).sum(axis=1)
    mean, var = concentration_moments(alpha)
    # Monte Carlo error of 40,000 draws.
    assert squares.mean() == pytest.approx(mean, abs=5 * np.sqrt(var / 40_000) + 1e-9)
    assert squares.var() == pytest.approx(var, rel=0.05)


@given(COUNTS.filter(lambda c: sum(c) > 5), st.floats(1.0, 10.0))
def test_noisier_counts_make_wider_bands(counts, more):
    c = np.array(counts, float)
    total = [perks(c, s).sum() for s in (1.0, 1.0 + more)]
    share = [perks(c, s)[0] / t for s, t in zip((1.0, 1.0 + more), total, strict=True)]
    var = [p * (1 - p) / (t + 1) for p, t in zip(share, total, strict=True)]
    assert total[1] < total[0]
    # The variance of a share at a fixed mean falls with the number of independent events.
    assert var[1] / max(share[1] * (1 - share[1]), 1e-12) > var[0] / max(
        share[0] * (1 - share[0]), 1e-12
    )


def test_shrinkage_finds_the_size_behind_negative_binomial_counts():
    rng = np.random.default_rng(2)
    expected = rng.uniform(2, 40, 4000)
    for size in (0.5, 3.0):
        counts = nbinom.rvs(size, size / (size + expected), random_state=rng).astype(float)
        assert shrinkage_size(counts, expected) == pytest.approx(size, rel=0.1)


def test_relative_shares_undo_attention():
    expected = np.array([400.0, 40.0, 4.0])
    counts = expected.copy()  # as everyone would expect
    shares = relative_draws(counts, expected, 20.0, 20_000, np.random.default_rng(0))
    np.testing.assert_allclose(shares.mean(axis=0), 1 / 3, atol=0.02)
