"""Moments of x given counts, against adaptive integration of the exact posterior."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import comb
from scipy.stats import betabinom, binom

from quadrille.kernels.sites import tilted_moments

CELLS = [
    (3.0, 0.0, 0.0, 2.0, 1.0), (1.0, 0.0, 0.0, 2.3, 0.5), (0.0, 2.0, 0.0, 1.0, 2.0), (40.0, 3.0, 0.0, 2.0, 0.3),
    (3.0, 1.0, 0.05, 2.0, 1.0), (30.0, 9.0, 0.05, 1.5, 0.5), (500.0, 60.0, 0.02, 2.0, 0.4), (7.0, 0.0, 0.3, 0.0, 1.0),
]  # fmt: skip


def exact(plus, minus, omega, mean, var):
    """Log normaliser (without the binomial coefficient), mean and variance by `scipy.integrate.quad`."""

    def density(x):
        p = 1.0 / (1.0 + np.exp(-x))
        n = plus + minus
        law = binom(n, p) if omega == 0 else betabinom(n, p / omega, (1 - p) / omega)
        return law.pmf(plus) * np.exp(-0.5 * (x - mean) ** 2 / var) / np.sqrt(2 * np.pi * var)

    ends, sd = (mean - 12, mean + 12), np.sqrt(var)
    points = [mean - sd, mean, mean + sd, np.log((plus + 0.5) / (minus + 0.5))]
    z, one, two = (
        quad(lambda x, k=k: x**k * density(x), *ends, points=points, limit=400)[0] for k in range(3)
    )
    return np.log(z), one / z, two / z - (one / z) ** 2


@pytest.mark.parametrize("cell", CELLS)
def test_moments_are_those_of_the_exact_posterior(cell):
    plus, minus, _, mean, var = cell
    one = [np.array([v]) for v in cell]
    log_z, at, spread = exact(*cell)
    got = tilted_moments(*one, np.array([mean]), np.array([var**0.5]))
    for _ in range(2):  # nodes where the mass is
        got = tilted_moments(*one, got.mean, got.var**0.5)
    assert got.mean[0] == pytest.approx(at, abs=2e-4)
    assert got.var[0] == pytest.approx(spread, rel=2e-3)
    assert got.log_z[0] + np.log(comb(plus + minus, plus)) == pytest.approx(log_z, abs=2e-3)


def test_all_three_of_three_says_not_below_and_no_more():
    """The empirical logit says 1.95 whatever the truth; against N(2.3, 1) the posterior moves up by a little."""
    got = tilted_moments(*(np.array([v]) for v in (3.0, 0.0, 0.0, 2.3, 1.0, 2.3, 1.0)))
    assert 2.3 < got.mean[0] < 2.7
    assert 0.8 < got.var[0] < 1.0


@pytest.mark.parametrize("omega", [0.0, 1e-4, 0.03, 0.4, 5.0])
@pytest.mark.parametrize("counts", [(0, 3), (7, 0), (13, 1), (40, 90), (5000, 20)])
@pytest.mark.parametrize("x", [-6.0, 0.2, 3.0])
def test_against_a_prior_that_knows_x_the_normaliser_is_the_probability_of_the_counts(
    counts, omega, x
):
    plus, minus = counts
    p = 1.0 / (1.0 + np.exp(-x))
    law = betabinom(plus + minus, p / omega, (1 - p) / omega) if omega else binom(plus + minus, p)
    want = law.logpmf(plus) - binom.logpmf(plus, plus + minus, 0.5)
    want -= (plus + minus) * np.log(2.0)  # without the binomial coefficient
    one = [np.array([v], dtype=float) for v in (plus, minus, omega, x, 1e-14, x, 1e-7)]
    # The prior's width moves it by less than (events x width) squared.
    assert tilted_moments(*one).log_z[0] == pytest.approx(want, rel=1e-9, abs=1e-8)
