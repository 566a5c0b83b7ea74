"""The optimum, its curvature and the posterior against generic optimisers."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize

from quadrille.kernels.ar1 import log_likelihood, unpack
from quadrille.kernels.fit import fit_map, log_posterior

PHI_MIN = 1.0
MEAN = np.array([0.5, -1.0, 1.0, -0.5])
PREC = np.linalg.inv(np.diag([1.0, 0.8, 0.7, 0.6]) + 0.1)


def world(n_dyads=6, n_time=40, seed=0):
    rng = np.random.default_rng(seed)
    x = np.cumsum(rng.normal(0, 0.4, (n_dyads, n_time)), axis=1)
    s2 = rng.gamma(2.0, 0.3, (n_dyads, n_time))
    y = x + rng.normal(size=x.shape) * np.sqrt(2 * s2)
    y[rng.random(y.shape) < 0.3] = np.nan
    return y, s2, rng.integers(0, 5, n_dyads).astype(float), rng.gamma(2.0, 1.0, n_dyads)


def by_hand(theta, y, s2, repeats, scatter):
    mu, q, rho, phi = unpack(theta, PHI_MIN)
    value = log_likelihood(y[None], phi * s2[None], *(np.array([v]) for v in (mu, rho, q)))[0]
    value -= 0.5 * (repeats * np.log(2 * np.pi * phi) + scatter / phi)
    return value - 0.5 * (theta - MEAN) @ PREC @ (theta - MEAN)


def test_log_posterior_is_likelihood_plus_prior():
    y, s2, repeats, scatter = world()
    theta = np.random.default_rng(3).normal(MEAN, 0.5, (6, 3, 4))
    got = log_posterior(y, s2, repeats, scatter, theta, np.tile(MEAN, (6, 1)), PREC, PHI_MIN)
    want = [
        [by_hand(theta[d, s], y[d], s2[d], repeats[d], scatter[d]) for s in range(3)]
        for d in range(6)
    ]
    np.testing.assert_allclose(got, want, rtol=1e-10)


def test_map_is_the_optimum_scipy_finds():
    y, s2, repeats, scatter = world()
    fit = fit_map(y, s2, repeats, scatter, np.tile(MEAN, (6, 1)), PREC, PHI_MIN)
    assert fit.converged.all()
    for d in range(6):
        args = (y[d], s2[d], repeats[d], scatter[d])
        best = minimize(
            lambda t, *a: -by_hand(t, *a), MEAN, args=args, method="BFGS", options={"gtol": 1e-6}
        )
        # Two optimisers with numerical derivatives: the optimum to 1e-3 sd, its height to 1e-6.
        np.testing.assert_allclose(fit.theta[d], best.x, atol=2e-3)
        np.testing.assert_allclose(fit.logpost[d], -best.fun, atol=1e-6)


def test_pooling_repeats_equals_seeing_them_apart():
    """Two readings in one period, pooled, have the likelihood of a joint normal of both."""
    r, y2, phi = np.array([0.5, 2.0]), np.array([1.0, -0.4]), 1.7
    weight = (1 / r) / (1 / r).sum()
    pooled, s2 = weight @ y2, 1 / (1 / r).sum()
    scatter = ((y2 - pooled) ** 2 / r).sum()
    mu, q, rho = 0.2, 0.3, 0.6
    cov = q / (1 - rho**2) + np.diag(phi * r)
    _sign, logdet = np.linalg.slogdet(2 * np.pi * cov)
    want = -0.5 * (logdet + (y2 - mu) @ np.linalg.solve(cov, y2 - mu))
    theta = np.array([[[mu, np.log(q), np.log(rho / (1 - rho)), np.log(phi)]]])
    flat = np.zeros((4, 4))
    got = log_posterior(
        np.array([[pooled]]), np.array([[s2]]), np.array([1.0]), np.array([scatter]), theta,
        np.zeros((1, 4)), flat, 0.0,
    )[0, 0]  # fmt: skip
    # What pooling leaves out does not depend on the parameters: -(sum log r_i - log s2)/2.
    constant = -0.5 * (np.log(r).sum() - np.log(s2))
    np.testing.assert_allclose(got + constant, want, rtol=1e-10)


def test_covariance_is_the_inverse_curvature():
    y, s2, repeats, scatter = world(1, 200)
    fit = fit_map(y, s2, repeats, scatter, MEAN[None], PREC, PHI_MIN)
    step, eye = 1e-3, np.eye(4)
    f = lambda t: by_hand(t, y[0], s2[0], repeats[0], scatter[0])
    x = fit.theta[0]
    hessian = np.array([
        [
            (f(x + step * (a + b)) - f(x + step * (a - b)) - f(x - step * (a - b)) + f(x - step * (a + b)))
            / (4 * step**2)
            for b in eye
        ]
        for a in eye
    ])  # fmt: skip
    # Second differences at step 1e-3 carry about six digits.
    np.testing.assert_allclose(np.linalg.inv(-hessian), fit.cov[0], rtol=1e-3, atol=1e-5)
