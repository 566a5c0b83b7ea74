"""Block-banded factor and solves against dense linear algebra."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quadrille.kernels.blockband import (
    band_backward,
    band_factor,
    band_forward,
    band_forward_many,
    factor,
    multiply,
)


def dense_and_band(n_time, lags, n, seed):
    rng = np.random.default_rng(seed)
    size = n_time * n
    lower = np.zeros((size, size))
    for t in range(n_time):
        for j in range(min(lags, t) + 1):
            block = 0.4 * rng.standard_normal((n, n))
            if j == 0:
                block = np.tril(block, -1) + np.diag(1.0 + rng.random(n))
            lower[t * n : (t + 1) * n, (t - j) * n : (t - j + 1) * n] = block
    full = lower @ lower.T
    band = np.zeros((n_time, lags + 1, n, n))
    for t in range(n_time):
        for j in range(min(lags, t) + 1):
            band[t, j] = full[t * n : (t + 1) * n, (t - j) * n : (t - j + 1) * n].T
    return lower, band, rng


@given(st.integers(1, 7), st.integers(1, 3), st.integers(1, 6), st.integers(0, 10_000))
def test_factor_and_solves_equal_dense_ones(n_time, lags, n, seed):
    lower, band, rng = dense_and_band(n_time, lags, n, seed)
    assert band_factor(band)
    b = rng.standard_normal((n_time, n))
    forward, backward = b.copy(), b.copy()
    band_forward(band, forward)
    band_backward(band, backward)
    tolerance = {"rtol": 1e-9, "atol": 1e-9}
    np.testing.assert_allclose(forward.ravel(), np.linalg.solve(lower, b.ravel()), **tolerance)
    np.testing.assert_allclose(backward.ravel(), np.linalg.solve(lower.T, b.ravel()), **tolerance)
    many = rng.standard_normal((n_time, n, 3))
    want = np.linalg.solve(lower, many.reshape(-1, 3))
    band_forward_many(band, many)
    np.testing.assert_allclose(many.reshape(-1, 3), want, **tolerance)


@pytest.mark.parametrize("n", [1, 3, 4, 9])
def test_small_dense_helpers(n):
    rng = np.random.default_rng(n)
    root = rng.standard_normal((n, n + 2))
    a = root @ root.T
    r = a.copy()
    assert factor(r)
    np.testing.assert_allclose(np.triu(r), np.linalg.cholesky(a).T, rtol=1e-10, atol=1e-12)
    product = np.empty((n, n + 2))
    multiply(a, root, product)
    np.testing.assert_allclose(product, a @ root, rtol=1e-12, atol=1e-12)


def test_what_is_not_positive_definite_is_refused():
    assert not factor(np.array([[1.0, 2.0], [2.0, 1.0]]))
    assert not band_factor(-np.ones((2, 2, 1, 1)))
