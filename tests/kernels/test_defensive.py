"""Proposals and their densities against SciPy's t and normal."""

from __future__ import annotations

import numpy as np
from scipy import stats

from quadrille.kernels.defensive import DF, propose


def test_draws_come_with_the_densities_of_the_mixture_and_of_the_prior():
    rng = np.random.default_rng(0)
    near, wide = rng.standard_normal((2, 5, 8, 4))
    stretch = np.sqrt(DF / rng.chisquare(DF, (5, 8, 1)))
    mode, mean = rng.standard_normal((2, 5, 4))
    root = rng.standard_normal((5, 4, 4))
    cov = root @ root.transpose(0, 2, 1) + np.eye(4)
    prior = cov[0] + np.diag([1.0, 2.0, 3.0, 4.0])
    got = propose(mode, cov, mean, prior, near, stretch, wide)
    first = mode[:, None] + (near * stretch) @ np.linalg.cholesky(cov).transpose(0, 2, 1)
    second = mean[:, None] + wide @ np.linalg.cholesky(prior).T
    np.testing.assert_allclose(got.theta, np.concatenate([first, second], axis=1), atol=1e-12)
    for d in range(5):
        t = stats.multivariate_t(mode[d], cov[d], df=DF).logpdf(got.theta[d])
        normal = stats.multivariate_normal(mean[d], prior).logpdf(got.theta[d])
        np.testing.assert_allclose(got.log_prior[d], normal, rtol=1e-10)
        np.testing.assert_allclose(
            got.log_proposal[d], np.logaddexp(t, normal) - np.log(2.0), rtol=1e-10
        )
