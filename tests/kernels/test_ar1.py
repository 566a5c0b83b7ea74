"""The recursions against brute force and against statsmodels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.tsa.statespace.mlemodel import MLEModel

from quadrille.kernels.ar1 import filter_paths, log_likelihood, simulate_paths, smooth_paths


class Reference(MLEModel):
    """The same model in statsmodels, written independently of our recursions."""

    def __init__(self, y, r, mu, rho, q):
        super().__init__(y, k_states=1, initialization="known", initial_state=[mu],
                         initial_state_cov=[[q / (1 - rho**2)]])  # fmt: skip
        self["design"] = np.ones((1, 1))
        self["transition"] = np.array([[rho]])
        self["state_intercept"] = np.array([[(1 - rho) * mu]])
        self["selection"] = np.ones((1, 1))
        self["state_cov"] = np.array([[q]])
        self["obs_cov"] = np.asarray(r).reshape(1, 1, -1)


@st.composite
def worlds(draw, max_time=25):
    """One random series with gaps and its parameters."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n_time = draw(st.integers(2, max_time))
    mu, rho = draw(st.floats(-3, 3)), draw(st.floats(0.02, 0.98))
    q = 10.0 ** draw(st.floats(-3, 1))
    r = 10.0 ** rng.uniform(-3, 1.5, n_time)
    y = rng.normal(mu, 2.0, n_time)
    y[rng.random(n_time) < draw(st.floats(0, 0.9))] = np.nan
    return y, r, mu, rho, q


def ours(y, r, mu, rho, q):
    return y[None], r[None], np.array([mu]), np.array([rho]), np.array([q])


def joint(y, r, mu, rho, q):
    """Joint normal of all states, conditioned on what was seen, by linear algebra."""
    t = np.arange(y.size)
    prior = q / (1 - rho**2) * rho ** np.abs(t[:, None] - t)
    seen = ~np.isnan(y)
    cross = prior[:, seen]
    f = prior[np.ix_(seen, seen)] + np.diag(r[seen])
    error = y[seen] - mu
    mean = mu + cross @ np.linalg.solve(f, error)
    cov = prior - cross @ np.linalg.solve(f, cross.T)
    _sign, logdet = np.linalg.slogdet(2 * np.pi * f)
    return mean, cov, -0.5 * (logdet + error @ np.linalg.solve(f, error)) if seen.any() else 0.0


@given(worlds(max_time=8))
def test_equals_the_joint_normal(world):
    mean, cov, loglik = joint(*world)
    s = smooth_paths(*ours(*world))
    np.testing.assert_allclose(s.mean[0], mean, rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(s.var[0], np.diag(cov), rtol=1e-8, atol=1e-8)
    assert log_likelihood(*ours(*world))[0] == pytest.approx(loglik, rel=1e-8, abs=1e-8)


@given(worlds())
def test_equals_statsmodels(world):
    model = Reference(*world)
    model.ssm.loglikelihood_burn = 0
    result = model.ssm.smooth()
    s = smooth_paths(*ours(*world))
    np.testing.assert_allclose(s.mean[0], result.smoothed_state[0], rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(s.var[0], result.smoothed_state_cov[0, 0], rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(log_likelihood(*ours(*world))[0], result.llf, rtol=1e-8, atol=1e-8)
    f = filter_paths(*ours(*world))
    np.testing.assert_allclose(f.updated[0], result.filtered_state[0], rtol=1e-8, atol=1e-8)


def test_all_missing_is_the_prior():
    y = np.full((1, 5), np.nan)
    given = (y, np.ones((1, 5)), np.array([1.5]), np.array([0.5]), np.array([0.3]))
    s = smooth_paths(*given)
    np.testing.assert_allclose(s.mean, 1.5)
    np.testing.assert_allclose(s.var, 0.3 / 0.75)
    assert log_likelihood(*given)[0] == 0.0


def test_many_dyads_equal_each_alone():
    rng = np.random.default_rng(1)
    y, r = rng.normal(size=(300, 12)), rng.gamma(1.0, 1.0, (300, 12))
    y[rng.random(y.shape) < 0.4] = np.nan
    mu, rho, q = rng.normal(size=300), rng.uniform(0, 1, 300) * 0.99, rng.gamma(1.0, 1.0, 300)
    whole = log_likelihood(y, r, mu, rho, q)
    alone = [log_likelihood(y[[d]], r[[d]], mu[[d]], rho[[d]], q[[d]])[0] for d in range(300)]
    np.testing.assert_array_equal(whole, alone)


def test_paths_drawn_as_arrays_are_those_of_the_compiled_kernel():
    rng = np.random.default_rng(4)
    y, r = rng.normal(size=(60, 12)), rng.gamma(1.0, 1.0, (60, 12))
    y[rng.random(y.shape) < 0.4] = np.nan
    phi, mu, rho, q = (rng.uniform(0.1, 0.9, (60, 5)) for _ in range(4))
    z = rng.standard_normal((60, 5, 12))
    whole = simulate_paths(y, r, phi, mu, rho, q, z)
    for d in range(60):
        alone = (part[[d]] for part in (y, r, phi, mu, rho, q, z))
        # Compiled code may multiply and add in one step.
        np.testing.assert_allclose(simulate_paths(*alone)[0], whole[d], rtol=1e-12, atol=1e-12)


def test_drawn_paths_have_the_smoothed_moments():
    rng = np.random.default_rng(2)
    y, r = rng.normal(size=(1, 6)), np.full((1, 6), 0.7)
    y[0, [1, 4]] = np.nan
    mu, rho, q = 0.3, 0.8, 0.5
    n = 200_000
    const = [np.full((1, n), v) for v in (1.0, mu, rho, q)]
    paths = simulate_paths(y, r, *const, rng.standard_normal((1, n, 6)))[0]
    mean, cov, _ = joint(y[0], r[0], mu, rho, q)
    # Monte Carlo: five standard errors of a mean and of a covariance over 200,000 draws.
    np.testing.assert_allclose(paths.mean(axis=0), mean, atol=5 * np.sqrt(cov.max() / n))
    np.testing.assert_allclose(np.cov(paths.T), cov, atol=5 * cov.max() * np.sqrt(2 / n))


@pytest.mark.parametrize("rho", [0.5, 0.95])
def test_in_a_long_hole_the_band_is_the_stationary_one(rho):
    """k periods past the last observation: rho^2k of what was known is left, the rest is stationary."""
    q, noise = 0.09, 0.04
    y = np.full((1, 400), np.nan)
    y[0, :50] = np.random.default_rng(1).standard_normal(50)
    got = smooth_paths(y, np.full(y.shape, noise), *(np.full(1, v) for v in (0.0, rho, q))).var[0]
    stationary = q / (1 - rho**2)
    k = np.arange(1, 351)
    want = rho ** (2 * k) * got[49] + (1 - rho ** (2 * k)) * stationary
    np.testing.assert_allclose(got[50:], want, rtol=1e-10)
    assert got[49] < noise < stationary
    assert got[-1] == pytest.approx(stationary, rel=1e-10)
