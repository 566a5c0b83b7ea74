"""Observations that stand for a posterior, against the dense joint Gaussian."""

from __future__ import annotations

import numpy as np
import pytest

from quadrille.kernels.ar1 import smooth_paths
from quadrille.kernels.pseudo import bridge, match_posterior

RHO, Q = 0.9, 0.3


def prior_cov(n, rho=RHO, q=Q):
    """Covariance of a stationary AR(1)."""
    lag = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    return q / (1 - rho**2) * rho**lag


def posterior(y, d, rho=RHO, q=Q):
    """Mean and sd of x given observations of precision ``d``, by brute force."""
    cov = np.linalg.inv(np.linalg.inv(prior_cov(len(y), rho, q)) + np.diag(d))
    return cov @ (d * np.nan_to_num(y)), np.sqrt(np.diag(cov))


def smoothed(got, rho=RHO, q=Q):
    one = np.ones(len(got.y))
    back = smooth_paths(got.y, got.s2, 0 * one, rho * one, q * one)
    return back.mean, np.sqrt(back.var)


def test_it_finds_the_observations_that_a_posterior_was_made_from():
    rng = np.random.default_rng(1)
    y, d = rng.normal(0, 1, 12), rng.uniform(0.5, 3, 12)
    mean, sd = posterior(y, d)
    got = match_posterior(mean[None], sd[None], RHO, Q)
    # Sweeps end at a change of 1e-4 of a precision.
    np.testing.assert_allclose(1 / got.s2[0], d, rtol=2e-3)
    np.testing.assert_allclose(got.y[0], y, rtol=5e-3, atol=5e-3)


def test_few_paths_are_matched_as_many_are():
    rng = np.random.default_rng(6)
    mean, sd = np.cumsum(rng.normal(0, 0.3, (60, 15)), axis=1), rng.uniform(0.2, 0.5, (60, 15))
    gone = rng.random(mean.shape) < 0.2
    mean[gone] = sd[gone] = np.nan
    q = rng.uniform(0.1, 0.5, 60)
    whole = match_posterior(mean, sd, RHO, q)
    for d in range(60):
        alone = match_posterior(mean[[d]], sd[[d]], RHO, q[[d]])
        for many, one in zip(whole, alone, strict=True):
            np.testing.assert_allclose(one[0], many[d], rtol=1e-10, atol=1e-12)


def test_the_condition_of_the_optimum_holds_by_brute_force():
    rng = np.random.default_rng(2)
    mean, sd = rng.normal(0, 1, (5, 9)), rng.uniform(0.2, 0.5, (5, 9))
    got = match_posterior(mean, sd, RHO, Q)
    precision = np.linalg.inv(prior_cov(9))
    for k in range(5):
        cov = np.linalg.inv(precision + np.diag(1 / got.s2[k]))
        wanted = np.linalg.inv(cov) @ mean[k] * got.s2[k]
        np.testing.assert_allclose(got.y[k], wanted, atol=1e-9)
        short = np.sqrt(np.diag(cov)) - sd[k]
        # Where an observation is as weak as it may be, the prior is surer than was asked for.
        floor = sd[k] ** 2 / got.s2[k] < 0.0101
        np.testing.assert_allclose(short[~floor], 0, atol=2e-4)
        assert (short[floor] < 2e-4).all()


@pytest.mark.parametrize("rho, q", [(0.5, 1.0), (0.985, 0.02), (0.999, 0.001)])
def test_a_smoother_gives_back_mean_and_deviation(rho, q):
    rng = np.random.default_rng(3)
    d = rng.gamma(1.0, 2.0, (40, 60))
    made = [posterior(rng.normal(0, 1, 60), row, rho, q) for row in d]
    mean, sd = (np.array(part) for part in zip(*made, strict=True))
    back = smoothed(match_posterior(mean, sd, rho, q), rho, q)
    np.testing.assert_allclose(back[0], mean, atol=1e-8)
    # Observations weaker than a hundredth of the posterior are given that weight.
    np.testing.assert_allclose(back[1], sd, rtol=1e-2)


def test_years_without_an_estimate_are_bridged_and_have_no_observation():
    y = np.array([1.0, 2.0, np.nan, np.nan, -1.0, np.nan])
    d = np.array([1.0, 2.0, 0.0, 0.0, 1.5, 0.0])
    mean, sd = posterior(y, d)
    gap = np.isnan(y)
    got = match_posterior(
        np.where(gap, np.nan, mean)[None], np.where(gap, np.nan, sd)[None], RHO, Q
    )
    assert np.isnan(got.y[0]).tolist() == gap.tolist()
    np.testing.assert_allclose(got.mean[0], mean, atol=1e-9)
    np.testing.assert_allclose(got.sd[0], sd, rtol=1e-3)


def test_a_bridge_is_the_conditional_expectation():
    x = np.array([np.nan, 1.0, np.nan, np.nan, 2.0, np.nan])
    known = ~np.isnan(x)
    cov = prior_cov(6)
    wanted = cov[:, known] @ np.linalg.solve(cov[np.ix_(known, known)], x[known])
    np.testing.assert_allclose(bridge(x[None], RHO)[0], wanted, atol=1e-12)
    assert (bridge(np.full((1, 3), np.nan), RHO) == 0).all()


def test_a_deviation_that_the_prior_cannot_have_is_cut_to_what_it_can():
    mean, sd = np.full((1, 8), 4.0), np.full((1, 8), 50.0)
    got = match_posterior(mean, sd, RHO, Q)
    back = smoothed(got)
    np.testing.assert_allclose(back[0], mean, atol=1e-7)
    assert (back[1] <= np.sqrt(Q / (1 - RHO**2)) + 1e-9).all()
