"""Responses and variance shares against statsmodels and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm
from statsmodels.tsa.api import VAR

from quadrille.kernels.responses import (
    generalised_responses,
    moving_average,
    recursive_responses,
    savage_dickey,
    spillover,
    variance_shares,
)


@pytest.fixture(scope="module")
def fitted():
    rng = np.random.default_rng(0)
    y = np.zeros((300, 3))
    a = np.array([[0.5, 0.1, 0.0], [-0.2, 0.4, 0.1], [0.0, 0.2, 0.3]])
    root = np.linalg.cholesky(np.array([[1.0, 0.4, 0.2], [0.4, 1.0, -0.3], [0.2, -0.3, 1.0]]))
    for t in range(1, 300):
        y[t] = a @ y[t - 1] + root @ rng.standard_normal(3)
    return VAR(y).fit(2)


def test_recursive_responses_and_shares_equal_statsmodels(fitted):
    psi = moving_average(fitted.coefs[None], 9)
    sigma = fitted.sigma_u[None]
    irf = fitted.irf(9)
    np.testing.assert_allclose(psi[0], irf.irfs, rtol=1e-10, atol=1e-12)
    got = recursive_responses(psi, sigma, np.arange(3))
    np.testing.assert_allclose(got[0], irf.orth_irfs, rtol=1e-10, atol=1e-12)
    shares = variance_shares(got, psi, sigma)
    np.testing.assert_allclose(shares[0], fitted.fevd(10).decomp[:, -1], rtol=1e-9, atol=1e-12)


def test_another_order_is_the_same_as_reordering_the_data(fitted):
    order = np.array([2, 0, 1])
    psi, sigma = moving_average(fitted.coefs[None], 5), fitted.sigma_u[None]
    got = recursive_responses(psi, sigma, order)
    moved_psi = psi[:, :, order][:, :, :, order]
    moved = recursive_responses(moved_psi, sigma[:, order][:, :, order], np.arange(3))
    np.testing.assert_allclose(got[:, :, order][:, :, :, order], moved, rtol=1e-12, atol=1e-12)


def test_generalised_response_is_the_first_of_a_recursive_order(fitted):
    """Pesaran & Shin (1998): to the tie ordered first, both are one."""
    psi, sigma = moving_average(fitted.coefs[None], 5), fitted.sigma_u[None]
    got = generalised_responses(psi, sigma)
    for j in range(3):
        order = np.array([j, *[i for i in range(3) if i != j]])
        first = recursive_responses(psi, sigma, order)[:, :, :, j]
        np.testing.assert_allclose(got[:, :, :, j], first, rtol=1e-10, atol=1e-12)


def test_spillover_adds_up():
    shares = np.random.default_rng(1).random((5, 4, 4)) + 0.1
    got = spillover(shares)
    np.testing.assert_allclose(got.shares.sum(axis=2), 1.0, rtol=1e-12)
    np.testing.assert_allclose(got.net.sum(axis=1), 0.0, atol=1e-12)
    np.testing.assert_allclose(got.total, got.received.mean(axis=1), rtol=1e-12)


def test_no_link_no_spillover():
    psi = moving_average(np.eye(3)[None, None] * 0.5, 6)
    sigma = np.diag([1.0, 2.0, 3.0])[None]
    got = spillover(variance_shares(generalised_responses(psi, sigma), psi, sigma))
    np.testing.assert_allclose(got.shares[0], np.eye(3), atol=1e-12)
    assert got.total[0] == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("mean", [0.0, 0.6])
def test_savage_dickey_of_two_normals(mean):
    rng = np.random.default_rng(0)
    posterior, prior = rng.normal(mean, 0.3, 40_000), rng.normal(0.0, 1.0, 40_000)
    want = norm.pdf(0, mean, 0.3) / norm.pdf(0, 0, 1)
    assert savage_dickey(posterior, prior) == pytest.approx(want, rel=0.06)  # Monte Carlo, kernel
