r"""The states of the coupled model: their stationary start, their precision, exact draws of them.

The model stands in `coupled`. Given coefficients, Sigma and noise scales, x and mu are jointly
normal; x's precision is block-banded, so that both are drawn, and the density of y computed,
without approximation (Chan & Jeliazkov 2009).
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numba import types
from numpy.typing import NDArray

from quadrille.kernels.arrays import Array
from quadrille.kernels.blockband import (
    UPPER,
    WHOLE,
    assign,
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
from quadrille.kernels.compiled import (
    address_of,
    call,
    call_flag,
    compiled,
    fused,
    inner_fused,
    types_of,
)
from quadrille.kernels.slices import slice_update

__all__ = [
    "Chain",
    "Work",
    "World",
    "draw_states",
    "invert",
    "log_density",
    "log_start",
    "simulate",
    "smoothed_states",
    "state_law",
    "stationary_cov",
    "work_room",
]


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


class Work(NamedTuple):
    """Room for one sweep, and where two functions lie that many steps call.

    ``band (T, p + 1, n, n)``, ``row (T, n, n)``, ``forward (T, n)``, ``total (n, n)``, ``linear
    (n,)``: x's precision and mu's normal law, see `_condition`. ``q (n, n)``: inverse of Sigma.
    ``z (T, n)``: deviations of x; ``past (T - p, p n), now (T - p, n)``: regressors and outcome of
    the regression on the past, ``xx, xy`` their cross products; ``cross (n, n)``: those of shocks.
    ``start (1,)``: log density of the first p periods. ``a``: what a sliced density needs. The
    rest are addresses of kernels.
    """

    band: Array
    row: Array
    forward: Array
    total: Array
    linear: Array
    q: Array
    z: Array
    past: Array
    now: Array
    xx: Array
    xy: Array
    cross: Array
    start: Array
    a: Array
    multiply: int
    subtract_gram: int
    invert: int
    stationary_cov: int
    log_start: int
    slice_update: int
    inverse_wishart: int
    sigma_given_rest: int


@fused
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
    for i in range(m):
        for j in range(m):
            out[i, j] = sigma[i, j] if i < n and j < n else 0.0
        for j in range(n):
            f[i, j] = coef[j, i]
        if i >= n:
            f[i - n, i] = 1.0
    for _ in range(60):
        multiply(out, f, half)
        g[:] = 0.0
        subtract_gram(g, f, half, UPPER)
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
        assign(half, f)
    return False


@compiled
def log_start(coef: Array, sigma: Array, z: Array) -> float:
    """Log density of the first p rows of ``z (T, n)``, or minus infinity if not stationary."""
    n, m = coef.shape
    cov = np.empty((m, m))
    if not stationary_cov(coef, sigma, cov) or not factor(cov):
        return -np.inf
    lags = m // n
    s = np.empty(m)
    for j in range(lags):
        for d in range(n):
            s[j * n + d] = z[lags - 1 - j, d]
    solve_lower(cov, s)
    value = 0.0
    for i in range(m):
        value -= np.log(cov[i, i]) + 0.5 * s[i] * s[i]
    return value


@inner_fused
def invert(a, r, out):  # type: ignore[no-untyped-def]
    """Set ``out`` to the inverse of ``a``; False if ``a`` is not positive definite; ``r`` is room."""
    assign(a, r)
    ok = factor(r)
    if ok:
        inverse_from_factor(r, out)
    return ok


@inner_fused
def _add(out, a, w):  # type: ignore[no-untyped-def]
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] += w * a[i, j]


@inner_fused
def _band_parts(work, coef, q, left, pair, rows, gap):  # type: ignore[no-untyped-def]
    """Blocks of the prior's precision: cross products of I, -A_1, ..., -A_p, and I - A_1 - ... .

    ``left`` receives minus Sigma^-1 times each.
    """
    n, m = coef.shape
    lags = m // n
    parts = np.zeros((lags + 1, n, n))
    for i in range(n):
        parts[0, i, i] = 1.0
        gap[i, i] = 1.0
    for a in range(1, lags + 1):
        for i in range(n):
            for j in range(n):
                parts[a, i, j] = -coef[i, (a - 1) * n + j]
                gap[i, j] += parts[a, i, j]
    for a in range(lags + 1):
        call(work.multiply, q, parts[a], left[a])
        for i in range(n):
            for j in range(n):
                left[a, i, j] = -left[a, i, j]
    for a in range(lags + 1):
        call(work.subtract_gram, rows[a], left[a], gap, WHOLE)
        for b in range(a, lags + 1):
            call(work.subtract_gram, pair[a, b], parts[b], left[a], WHOLE)


@inner_fused
def _prior_band(world, chain, work):  # type: ignore[no-untyped-def]
    """Fill the precision K of x around mu; K E in ``row``, E'KE in ``total``; False if not positive."""
    n, m = chain.coef.shape
    band, row, total = work.band, work.row, work.total
    lags, n_time = m // n, band.shape[0]
    gap = np.zeros((n, n))
    left, rows = np.empty((lags + 1, n, n)), np.zeros((lags + 1, n, n))
    pair = np.zeros((lags + 1, lags + 1, n, n))
    if not call_flag(work.invert, chain.Sigma, total, work.q):
        return False
    _band_parts(work, chain.coef, work.q, left, pair, rows, gap)
    band[:] = 0.0
    row[:] = 0.0
    total[:] = 0.0
    weight, iv = 0.0, work.a
    for t in range(n_time):
        iv[t] = np.exp(-chain.h[t])
        if t >= lags:
            weight += iv[t]
    for t in range(n_time):
        for a in range(max(lags - t, 0), min(lags, n_time - 1 - t) + 1):
            _add(row[t], rows[a], iv[t + a])
            for j in range(min(lags - a, t) + 1):
                _add(band[t, j], pair[a, a + j], iv[t + a])
    call(work.multiply, work.q, gap, left[0])
    for i in range(n):
        for j in range(n):
            gap[i, j] *= -weight
    call(work.subtract_gram, total, gap, left[0], WHOLE)
    return True


@inner_fused
def _add_start(world, chain, work):  # type: ignore[no-untyped-def]
    """Add the precision of the stationary start to what `_prior_band` left; False if there is none."""
    n, m = chain.coef.shape
    lags = m // n
    cov, inv, room = np.empty((m, m)), np.empty((m, m)), np.empty((m, m))
    if not call_flag(work.stationary_cov, chain.coef, chain.Sigma, cov) or not call_flag(
        work.invert, cov, room, inv
    ):
        return False
    for t in range(lags):
        for s in range(lags):
            i, j = (lags - 1 - t) * n, (lags - 1 - s) * n
            for k in range(n):
                for d in range(n):
                    work.row[t, k, d] += inv[i + k, j + d]
                    work.total[k, d] += inv[i + k, j + d]
                    if s <= t:
                        work.band[t, t - s, k, d] += inv[i + d, j + k]
    return True


@inner_fused
def _condition(world, chain, work):  # type: ignore[no-untyped-def]
    """Add the data to what `_prior_band` left; factor x's precision and give mu's normal law.

    ``band`` becomes the factor L, ``forward`` L^-1 W y, ``row`` L^-1 K E, ``total`` and ``linear``
    precision and linear term of mu. False if the precision is not positive definite.
    """
    n_time, n = world.y.shape
    band, row, g, total = work.band, work.row, work.forward, work.total
    linear = np.empty(n)  # fresh, so that the compiler knows that nothing else lies there
    for t in range(n_time):
        for d in range(n):
            g[t, d] = 0.0
            if not np.isnan(world.y[t, d]):
                w = 1.0 / (chain.phi[d] * world.s2[t, d])
                band[t, 0, d, d] += w
                g[t, d] = w * world.y[t, d]
    if not band_factor(band):
        return False
    band_forward(band, g)
    band_forward_many(band, row)
    for t in range(n_time):
        subtract_gram(total, row[t], row[t], WHOLE)
    for d in range(n):
        total[d, d] += 1.0 / world.var[0]
        linear[d] = world.mean[0, d] / world.var[0]
    for t in range(n_time):
        for k in range(n):
            f = g[t, k]
            for d in range(n):
                linear[d] += row[t, k, d] * f
    for d in range(n):
        work.linear[d] = linear[d]
    return True


@inner_fused
def draw_states(world, chain, work, rng):  # type: ignore[no-untyped-def]
    """Draw mu with x integrated out, then x given mu, from what `_condition` left."""
    n_time, n = world.y.shape
    row, g, total, linear = work.row, work.forward, work.total, work.linear
    if not factor(total):
        return False
    solve_lower(total, linear)
    for d in range(n):
        linear[d] += rng.standard_normal()
    solve_upper(total, linear)
    for d in range(n):
        chain.mu[d] = linear[d]
    for t in range(n_time):
        for k in range(n):
            s = g[t, k] + rng.standard_normal()
            for d in range(n):
                s += row[t, k, d] * linear[d]
            g[t, k] = s
    band_backward(work.band, g)
    assign(g, chain.x)
    return True


@compiled
def _follow(law, world, chain, work):  # type: ignore[no-untyped-def]
    ok = True
    for k in range(law.shape[0]):
        ok = ok and call_flag(law[k], world, chain, work)
    return ok


@cache
def state_law(*takes: Any) -> tuple[int, ...]:
    """Addresses of what makes the law of states and means, to be called in this order.

    Each takes (world, chain, work), of the types given, and returns False if a matrix is not positive
    definite.
    """
    return tuple(address_of(k, *takes) for k in (_prior_band, _add_start, _condition))


def work_room(chain: Chain, rng: np.random.Generator) -> Work:
    """Room for the sweeps of a chain; `coupled` adds the last two addresses."""
    # Of h, not x: the density of longer data asks for room before there are states of that length.
    n_time, n = chain.h.size, chain.mu.size
    m = chain.coef.shape[1]
    rows, lags = n_time - m // n, m // n
    shapes = (
        (n_time, lags + 1, n, n), (n_time, n, n), (n_time, n), (n, n), (n,), (n, n), (n_time, n),
        (rows, m), (rows, n), (m, m), (m, n), (n, n), (1,), (max(16, 5 + 3 * n, 3 + 2 * n_time),),
    )  # fmt: skip
    room: list[Any] = [np.zeros(shape) for shape in shapes]
    coef, sigma, x, square, flat, source = types_of(
        chain.coef, chain.Sigma, chain.x, room[3], room[-1], rng
    )
    room += [
        address_of(multiply, square, square, square),
        address_of(subtract_gram, square, square, square, types.boolean),
        address_of(invert, square, square, square),
        address_of(stationary_cov, coef, sigma, sigma),
        address_of(log_start, coef, sigma, x),
        address_of(slice_update, types.int64, types.float64, flat, types.float64, source),
        *(0, 0),
    ]
    return Work(*room)


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
    work = work_room(chain, np.random.default_rng())
    before, with_data = np.split(np.array(state_law(*types_of(world, chain, work))), [-1])
    ok = _follow(before, world, chain, work)
    prior, band = work.band.copy(), work.band
    if not ok or not _follow(with_data, world, chain, work) or not band_factor(prior):
        raise np.linalg.LinAlgError("dynamics are not stationary, or Sigma is not positive")
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
