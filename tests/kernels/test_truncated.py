"""Normal values within bounds, and the functions they are made with, against SciPy's."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from scipy.special import ndtr, ndtri

from quadrille.kernels.truncated import (
    Truncated,
    normal_quantile,
    normal_tail,
    truncated_normal,
)


def test_tails_and_quantiles_are_those_of_scipy():
    x = np.concatenate([np.linspace(0, 37, 20_001), np.geomspace(1e-9, 1, 1000)])
    np.testing.assert_allclose(normal_tail(x), ndtr(-x), rtol=1e-12)
    p = np.concatenate([np.linspace(1e-6, 0.5, 20_001), np.geomspace(1e-300, 0.1, 5000)])
    np.testing.assert_allclose(normal_quantile(p), -ndtri(p), atol=2e-11, rtol=0)


@pytest.mark.parametrize(
    "low, high", [(-1, 2), (0.5, np.inf), (-np.inf, 0.3), (2, 2.5), (-7, -5), (-np.inf, np.inf), (8, 9)]
)  # fmt: skip
def test_one_value_is_the_inverse_of_its_distribution_function(low, high):
    u = np.linspace(0.001, 0.999, 101)[None, :, None]
    mean, sd = np.full((1, 1), 0.4), np.full((1, 1, 1), 2.25)
    got = truncated_normal(mean, sd, np.array([float(low)]), np.array([float(high)]), u)
    a, b = ((v - 0.4) / 1.5 for v in (low, high))
    law = stats.truncnorm(a, b, 0.4, 1.5)
    # Above zero things are seen in a mirror, and u with them.
    want = law.ppf(u[0, :, 0]) if a <= 0 else law.isf(u[0, :, 0])
    np.testing.assert_allclose(got.draws[0, :, 0], want, atol=1e-9)
    chance = ndtr(-a) - ndtr(-b) if a > 0 else ndtr(b) - ndtr(a)
    np.testing.assert_allclose(got.log_w, np.log(chance), rtol=1e-10, atol=1e-12)


def test_truncated_values_are_within_bounds_and_weigh_their_probability():
    rng = np.random.default_rng(5)
    cov = np.array([[1.0, 0.6], [0.6, 2.0]])
    low, high = np.array([0.5, -np.inf]), np.array([np.inf, 0.0])
    n = 200_000
    found = truncated_normal(np.zeros((1, 2)), cov[None], low, high, rng.random((1, n, 2)))
    got = Truncated(found.draws[0], found.log_w[0])
    assert (got.draws >= low).all()
    assert (got.draws <= high).all()
    # P(x1 > .5, x2 < 0) by the normal distribution function.
    wanted = stats.multivariate_normal([0, 0], cov).cdf([np.inf, 0.0]) - stats.multivariate_normal(
        [0, 0], cov
    ).cdf([0.5, 0.0])
    assert np.exp(got.log_w).mean() == pytest.approx(wanted, rel=0.01)  # Monte Carlo
    w = np.exp(got.log_w)
    plain = rng.multivariate_normal([0, 0], cov, 400_000)
    kept = plain[(plain[:, 0] > 0.5) & (plain[:, 1] < 0)]
    centre = (w[:, None] * got.draws).sum(axis=0) / w.sum()
    np.testing.assert_allclose(centre, kept.mean(axis=0), atol=0.01)  # Monte Carlo


@pytest.mark.parametrize("low, high", [(40.0, 41.0), (-41.0, -40.0), (38.0, np.inf)])
def test_far_tails_are_finite(low, high):
    one = np.ones((4, 1))
    got = truncated_normal(
        0 * one, one[:, :, None], np.array([low]), np.array([high]), 0.3 * one[:, None]
    )
    assert np.isfinite(got.draws).all()
    assert np.isfinite(got.log_w).all()
    assert ((got.draws >= low) & (got.draws <= high)).all()
