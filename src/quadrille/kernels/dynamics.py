r"""The states of the coupled model: their stationary start, their precision, exact draws of them.

The model stands in `coupled`. Given coefficients, Sigma and noise scales, x and mu are jointly
normal; x's precision is block-banded, so that both are drawn, and the density of y computed,
without approximation (Chan & Jeliazkov 2009).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from quadrille.kernels.arrays import Array
from quadrille.kernels.blockband import (
    band_backward,
    band_factor,
    band_forward,
    band_forward_many,
    factor,
    inverse_from_factor,
    multiply,
    solve_lower,
    solve_upper,
    subtract_gram,
)

__all__ = [
    "Chain",
    "World",
    "draw_states",
    "invert",
    "log_density",
    "log_start",
    "product",
    "simulate",
    "smoothed_states",
    "stationary_cov",
]

_FAST = {"contract"}


class World(NamedTuple):
    """Data and prior. n ties, T periods.

    ``y, s2 (T, n)``; ``repeats, scatter (n,)`` as in `fit_map`; ``phi_min``; ``group (n, n)``: 0
    own, 1 shares a state, 2 disjoint; ``own (n,)``: prior mean of own first lags; ``mean (3, n)``
    and ``var (3,)``: of mu, log unit, log(phi - phi_min); ``tight (2,)``: mean and variance of
    log k; ``decay``: lambda_3; ``network``: False sets lambda_4 = 1 (plain Minnesota);
    ``moving``: volatility changes over time.
    """

    y: Array
    s2: Array
    repeats: Array
    scatter: Array
    phi_min: float
    group: NDArray[np.int64]
    own: Array
    mean: Array
    var: Array
    tight: Array
    decay: float
    network: bool
    moving: bool


class Chain(NamedTuple):
    """State of one chain, changed in place.

    ``x (T, n), mu (n,), coef (n, p n)`` (lag by lag), ``Sigma (n, n), phi (n,), unit (n,)``,
    ``hyper (4,)``: lambda_1, lambda_2, lambda_4, k; ``h (T,)`` log volatility and ``vol (2,)``,
    its persistence and innovation standard deviation.
    """

    x: Array
    mu: Array
    coef: Array
    Sigma: Array
    phi: Array
    unit: Array
    hyper: Array
    h: Array
    vol: Array


@njit(cache=True, nogil=True, fastmath=_FAST)
def stationary_cov(coef: Array, sigma: Array, out: Array) -> bool:
    """Covariance of (x_t, x_{t-1}, ..., x_{t-p+1}) under stationarity, by doubling.

    Parameters
    ----------
    coef : ndarray, shape (n, p n)
    sigma : ndarray, shape (n, n)
    out : ndarray, shape (p n, p n)
        Receives the result.

    Returns
    -------
    bool
        False if the dynamics are not stationary.
    """
    n, m = coef.shape
    f = np.zeros((m, m))  # the companion matrix, transposed
    g, half = np.empty((m, m)), np.empty((m, m))
    f[:, :n] = coef.T
    for i in range(n, m):
        f[i - n, i] = 1.0
    out[:] = 0.0
    out[:n, :n] = sigma
    for _ in range(60):
        multiply(out, f, half)
        g[:] = 0.0
        subtract_gram(g, f, half, True)
        size, step = 0.0, 0.0
        for i in range(m):
            size = max(size, abs(out[i, i]))
            step = max(step, abs(g[i, i]))
        if not step < 1e12 * (1.0 + size):
            return False
        for i in range(m):
            for j in range(i, m):
                out[i, j] -= g[i, j]
                out[j, i] = out[i, j]
        if step <= 1e-15 * size:
            return True
        multiply(f, f, half)
        f[:] = half
    return False


@njit(cache=True, nogil=True)
def log_start(coef: Array, sigma: Array, z: Array) -> float:
    """Log density of the first p rows of ``z (T, n)``, or minus infinity if not stationary."""
    n, m = coef.shape
    cov = np.empty((m, m))
    if not stationary_cov(coef, sigma, cov) or not factor(cov):
        return -np.inf
    lags = m // n
    s = np.empty(m)
    for j in range(lags):
        s[j * n : (j + 1) * n] = z[lags - 1 - j]
    solve_lower(cov, s)
    value = 0.0
    for i in range(m):
        value -= np.log(cov[i, i]) + 0.5 * s[i] * s[i]
    return value


@njit(cache=True, nogil=True, fastmath=_FAST)
def invert(a: Array, out: Array) -> bool:
    """Set ``out`` to the inverse of ``a``; False if ``a`` is not positive definite."""
    r = a.copy()
    ok = factor(r)
    if ok:
        inverse_from_factor(r, out)
    return ok


@njit(cache=True, nogil=True, fastmath=_FAST)
def _add(out, a, w):  # type: ignore[no-untyped-def]
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] += w * a[i, j]


@njit(cache=True, nogil=True, fastmath=_FAST)
def _prior_band(coef, q, sigma, iv, band, row, total):  # type: ignore[no-untyped-def]
    """Fill the precision K of x around mu; K E in ``row (T, n, n)``, E'KE in ``total``."""
    n, m = coef.shape
    lags, n_time = m // n, band.shape[0]
    parts = np.empty((lags + 1, n, n))
    parts[0] = np.eye(n)
    gap = np.eye(n)
    for j in range(lags):
        parts[j + 1] = -coef[:, j * n : (j + 1) * n]
        gap += parts[j + 1]
    left, pair = np.empty((lags + 1, n, n)), np.zeros((lags + 1, lags + 1, n, n))
    rows = np.zeros((lags + 1, n, n))
    for a in range(lags + 1):
        multiply(q, parts[a], left[a])
    for a in range(lags + 1):
        subtract_gram(rows[a], -left[a], gap, False)
        for b in range(a, lags + 1):
            subtract_gram(pair[a, b], -parts[b], left[a], False)
    band[:] = 0.0
    row[:] = 0.0
    total[:] = 0.0
    for t in range(n_time):
        for a in range(max(lags - t, 0), min(lags, n_time - 1 - t) + 1):
            _add(row[t], rows[a], iv[t + a])
            for j in range(min(lags - a, t) + 1):
                _add(band[t, j], pair[a, a + j], iv[t + a])
    subtract_gram(total, -np.sum(iv[lags:]) * gap, product(q, gap), False)
    cov, inv = np.empty((m, m)), np.empty((m, m))
    if not stationary_cov(coef, sigma, cov) or not invert(cov, inv):
        return False
    for t in range(lags):
        for s in range(lags):
            i, j = (lags - 1 - t) * n, (lags - 1 - s) * n
            block = inv[i : i + n, j : j + n]
            row[t] += block
            total += block
            if s <= t:
                band[t, t - s] += block.T
    return True


@njit(cache=True, nogil=True, fastmath=_FAST)
def product(a: Array, b: Array) -> Array:
    """Return a b."""
    out = np.empty((a.shape[0], b.shape[1]))
    multiply(a, b, out)
    return out


@njit(cache=True, nogil=True, fastmath=_FAST)
def _condition(world, chain, band, row):  # type: ignore[no-untyped-def]
    """Factor x's precision given y; L^-1 W y, L^-1 K E in ``row``, and mu's normal law.

    Returns (ok, forward, precision of mu, linear term of mu).
    """
    n_time, n = world.y.shape
    q, total = np.empty((n, n)), np.empty((n, n))
    g, linear = np.zeros((n_time, n)), np.empty(n)
    ok = invert(chain.Sigma, q)
    ok = ok and _prior_band(chain.coef, q, chain.Sigma, np.exp(-chain.h), band, row, total)
    if not ok:
        return False, g, total, linear
    for t in range(n_time):
        for d in range(n):
            if not np.isnan(world.y[t, d]):
                w = 1.0 / (chain.phi[d] * world.s2[t, d])
                band[t, 0, d, d] += w
                g[t, d] = w * world.y[t, d]
    if not band_factor(band):
        return False, g, total, linear
    band_forward(band, g)
    band_forward_many(band, row)
    for t in range(n_time):
        subtract_gram(total, row[t], row[t], False)
    for d in range(n):
        total[d, d] += 1.0 / world.var[0]
        linear[d] = world.mean[0, d] / world.var[0]
    for t in range(n_time):
        for k in range(n):
            f = g[t, k]
            for d in range(n):
                linear[d] += row[t, k, d] * f
    return True, g, total, linear


@njit(cache=True, nogil=True, fastmath=_FAST)
def draw_states(world, chain, band, row, rng):  # type: ignore[no-untyped-def]
    """Draw mu with x integrated out, then x given mu."""
    n_time, n = world.y.shape
    ok, g, total, linear = _condition(world, chain, band, row)
    if not ok or not factor(total):
        return False
    solve_lower(total, linear)
    for d in range(n):
        linear[d] += rng.standard_normal()
    solve_upper(total, linear)
    chain.mu[:] = linear
    for t in range(n_time):
        for k in range(n):
            s = g[t, k] + rng.standard_normal()
            for d in range(n):
                s += row[t, k, d] * linear[d]
            g[t, k] = s
    band_backward(band, g)
    chain.x[:] = g
    return True


def log_density(world: World, chain: Chain) -> float:
    """Log p(y | every parameter, mu too), x integrated out exactly.

    Raises
    ------
    numpy.linalg.LinAlgError
        The dynamics are not stationary, or Sigma is not positive definite.
    """
    return _smooth(world, chain)[2]


def smoothed_states(world: World, chain: Chain) -> tuple[Array, Array]:
    """Mean and variance ``(T, n)`` of x given y and every parameter, mu too.

    The exact counterpart of `quadrille.kernels.smooth_paths` for n ties; errors as `log_density`.
    """
    mean, band, _ = _smooth(world, chain)
    n_time, n = mean.shape
    unit = np.eye(n_time * n).reshape(n_time * n, n_time, n)
    for column in unit:
        band_forward(band, column)
    return mean, (unit**2).sum(axis=(1, 2)).reshape(n_time, n)


def _smooth(world: World, chain: Chain) -> tuple[Array, Array, float]:
    """Smoothed mean, factor of the posterior precision, and log density of y."""
    n_time, n = world.y.shape
    lags = chain.coef.shape[1] // n
    band, row = np.empty((n_time, lags + 1, n, n)), np.empty((n_time, n, n))
    prior, total = np.empty_like(band), np.empty((n, n))
    ok, *_ = _condition(world, chain, band, row)
    if not ok:
        raise np.linalg.LinAlgError("dynamics are not stationary, or Sigma is not positive")
    q = np.linalg.inv(chain.Sigma)
    _prior_band(chain.coef, q, chain.Sigma, np.exp(-chain.h), prior, row, total)
    band_factor(prior)
    # Density of y as p(x, y) / p(x | y) at x = mu.
    y = world.y - chain.mu
    seen = ~np.isnan(y)
    w = np.where(seen, 1.0 / (chain.phi * world.s2), 0.0)
    g = w * np.where(seen, y, 0.0)
    band_forward(band, g)
    roots = [np.diagonal(b[:, 0], axis1=1, axis2=2) for b in (prior, band)]
    value = 2 * float(np.log(roots[0]).sum() - np.log(roots[1]).sum())
    value += float(np.log(w[seen]).sum() - seen.sum() * np.log(2 * np.pi))
    value += float((g**2).sum() - (w[seen] * y[seen] ** 2).sum())
    band_backward(band, g)
    return g + chain.mu, band, 0.5 * value


def simulate(
    mu: Array, coef: Array, sigma: Array, h: Array, start: Array, rng: np.random.Generator
) -> Array:
    """Simulate x ``(T, n)`` from a stationary start with covariance ``start``; T is h's length."""
    n, m = coef.shape
    lags = m // n
    z = np.empty((h.size, n))
    first = np.linalg.cholesky(start) @ rng.standard_normal(m)
    z[:lags] = first.reshape(lags, n)[::-1][: h.size]
    shocks = rng.standard_normal(z.shape) @ np.linalg.cholesky(sigma).T * np.exp(0.5 * h)[:, None]
    for t in range(lags, h.size):
        z[t] = coef @ z[t - lags : t][::-1].ravel() + shocks[t]
    return z + mu
