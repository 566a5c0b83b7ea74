"""Importance draws under another prior, against sums written out."""

from __future__ import annotations

import numpy as np
from scipy.stats import multivariate_normal

from quadrille.kernels.ar1 import mixed_moments, smooth_paths
from quadrille.kernels.reweigh import summary_under


def test_a_summary_is_the_weighted_sum_over_draws():
    rng = np.random.default_rng(0)
    theta, base = rng.normal(size=(5, 64, 4)), rng.normal(size=(5, 64))
    centre, root = rng.normal(size=(5, 4)), rng.normal(size=(4, 4))
    cov = root @ root.T + np.eye(4)
    got = summary_under(theta, base, centre, cov)
    for d in range(5):
        w = np.exp(base[d]) * multivariate_normal(centre[d], cov).pdf(theta[d])
        mean = w @ theta[d] / w.sum()
        off = theta[d] - mean
        np.testing.assert_allclose(got.log_evidence[d], np.log(w.mean()), atol=1e-10)
        np.testing.assert_allclose(got.mean[d], mean, atol=1e-10)
        np.testing.assert_allclose(got.cov[d], (off * w[:, None]).T @ off / w.sum(), atol=1e-10)


def test_mixed_moments_are_those_of_smoothers_mixed():
    rng = np.random.default_rng(1)
    y, r = rng.normal(size=(3, 9)), rng.gamma(2.0, 1.0, (3, 9))
    y[rng.random(y.shape) < 0.3] = np.nan
    phi, q = rng.gamma(3.0, 0.5, (2, 3, 6))
    mu, rho = rng.normal(size=(3, 6)), rng.uniform(0.1, 0.95, (3, 6))
    w = rng.dirichlet(np.ones(6), 3)
    w[:, 0] = 0.0
    w /= w.sum(axis=1, keepdims=True)
    mean, sd = mixed_moments(y, r, phi, mu, rho, q, w)
    each = [smooth_paths(y, phi[:, [k]] * r, mu[:, k], rho[:, k], q[:, k]) for k in range(6)]
    first = sum(w[:, [k]] * s.mean for k, s in enumerate(each))
    second = sum(w[:, [k]] * (s.var + s.mean**2) for k, s in enumerate(each))
    np.testing.assert_allclose(mean, first, atol=1e-12)
    np.testing.assert_allclose(sd, np.sqrt(second - first**2), atol=1e-10)
