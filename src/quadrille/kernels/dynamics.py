r"""The states of the coupled model: their stationary start, their precision, exact draws of them.

The model stands in `coupled`. Given coefficients, Sigma and noise scales, x and mu are jointly
normal; x's precision is block-banded, so that both are drawn, and the density of y computed,
without approximation (Chan & Jeliazkov 2009).
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numba import types
from numpy.typing import NDArray

from quadrille.kernels.addresses import (
    address_of,
    call,
    call_flag,
    call_number,
    over,
    pointer_to,
    pointer_type,
    types_of,
)
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
    multiply,
    solve_lower,
    solve_lower_many,
    solve_upper,
    subtract_gram,
)
from quadrille.kernels.compiled import compiled, fused, inner, inner_fused
from quadrille.kernels.slices import slice_update

__all__ = [
    "Chain",
    "Kernels",
    "Work",
    "World",
    "draw_states",
    "kernels",
    "log_density",
    "pointers",
    "simulate",
    "smoothed_states",
    "state_law",
    "stationary_cov",
    "work_room",
]


# Rows of `Work.room` and of `Work.deep`.
_ROWS, _DEEP_ROWS = 15, 7


class World(NamedTuple):
    """Data and prior. n ties, T periods.

    ``y, s2 (T, n)``; ``repeats, scatter (n,)`` as in `fit_map`; ``phi_min``; ``group (n, n)``: 0
    own, 1 shares a state, 2 disjoint; ``own (n,)``: prior mean of own first lags; ``cross (n, n)``:
    that of the others' first lags in units of sqrt(omega_d / omega_e), 0 on the diagonal;
    ``scale (2,)``: scales of the half-t priors of lambda_1 and lambda_2; ``mean (3, n)`` and ``var (3,)``: of mu, log unit, log(phi - phi_min); ``tight (2,)``: mean and variance of
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
    cross: Array
    scale: Array


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


class Kernels(NamedTuple):
    """Where the functions lie that many steps call, see `address_of`; `coupled` knows the last six."""

    multiply: int
    subtract_gram: int
    factor: int
    band_factor: int
    band_forward: int
    band_forward_many: int
    band_backward: int
    stationary_cov: int
    invert: int
    log_start: int
    normal: int
    slice_update: int
    shuffle: int = 0
    accepted: int = 0
    equation_law: int = 0
    from_bartlett: int = 0
    inverse_wishart: int = 0
    sigma_given_rest: int = 0


class Work(NamedTuple):
    """Room for one sweep, and where functions lie.

    ``band (T, p + 1, n, n)``, ``row (T, n, n)``, ``forward (T, n)``, ``total (n, n)``, ``linear
    (n,)``: x's precision and mu's normal law, see `_condition`. ``q (n, n)``: inverse of Sigma.
    ``z (T, n)``: deviations of x; ``past (T - p, p n), now (T - p, n)``: regressors and outcome of
    the regression on the past, ``xx, xy`` their cross products; ``cross (n, n)``: those of shocks.
    ``start (1,)``: log density of the first p periods. ``a``: what a sliced density needs. Each row
    of ``room`` has space for whatever a step lays out there with `over`; ``deep`` is for the functions
    that steps call; ``order (2, max(n, 4))``: ties in random order.
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
    room: Array
    deep: Array
    order: NDArray[np.int64]
    at: Kernels


@fused
def _stationary_cov(coef, sigma, out, deep, multiply, subtract_gram):  # type: ignore[no-untyped-def]
    """See `stationary_cov`; the first three rows of ``deep`` are room."""
    n, m = coef.shape
    f = over(deep, 0, m, m)  # the companion matrix, transposed
    g, half = over(deep, 1, m, m), over(deep, 2, m, m)
    f[:] = 0.0
    for i in range(m):
        for j in range(m):
            out[i, j] = sigma[i, j] if i < n and j < n else 0.0
        for j in range(n):
            f[i, j] = coef[j, i]
        if i >= n:
            f[i - n, i] = 1.0
    for _ in range(60):
        call(multiply, out, f, half)
        g[:] = 0.0
        call(subtract_gram, g, f, half, UPPER)
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
        call(multiply, f, f, half)
        assign(half, f)
    return False


@inner
def _log_start(coef, sigma, z, deep, at):  # type: ignore[no-untyped-def]
    """Log density of the first p rows of ``z (T, n)``, or minus infinity if not stationary."""
    n, m = coef.shape
    cov, s = over(deep, 3, m, m), over(deep, 4, m)
    if not call_flag(at.stationary_cov, coef, sigma, cov, deep, at.multiply, at.subtract_gram):
        return -math.inf
    if not call_flag(at.factor, cov):
        return -math.inf
    lags = m // n
    for j in range(lags):
        for d in range(n):
            s[j * n + d] = z[lags - 1 - j, d]
    solve_lower(cov, s)
    value = 0.0
    for i in range(m):
        value -= math.log(cov[i, i]) + 0.5 * s[i] * s[i]
    return value


@inner_fused
def _invert(a, out, deep, factor, subtract_gram):  # type: ignore[no-untyped-def]
    """Set ``out`` to the inverse of ``a``; False if ``a`` is not positive definite."""
    n = a.shape[0]
    root, half = over(deep, 5, n, n), over(deep, 6, n, n)
    assign(a, root)
    if not call_flag(factor, root):
        return False
    half[:] = 0.0
    for i in range(n):
        half[i, i] = 1.0
    solve_lower_many(root, half)
    out[:] = 0.0
    call(subtract_gram, out, half, half, WHOLE)
    for i in range(n):
        for j in range(n):
            out[i, j] = -out[i, j]
    return True


@inner
def _normal(rng):  # type: ignore[no-untyped-def]
    return rng.standard_normal()


@inner_fused
def _add(out, a, w):  # type: ignore[no-untyped-def]
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] += w * a[i, j]


@inner_fused
def _band_parts(world, chain, work):  # type: ignore[no-untyped-def]
    """Lay out blocks of the prior's precision over `Work.room`; False if Sigma is not positive.

    They are cross products of I, -A_1, ..., -A_p, and I - A_1 - ... ; ``left`` is minus Sigma^-1 times
    each.
    """
    coef, q = chain.coef, work.q
    room, at = work.room, work.at
    n, m = coef.shape
    lags = m // n
    gap, parts = over(room, 0, n, n), over(room, 1, lags + 1, n, n)
    left, rows = over(room, 2, lags + 1, n, n), over(room, 3, lags + 1, n, n)
    pair = over(room, 4, lags + 1, lags + 1, n, n)
    if not call_flag(at.invert, chain.Sigma, q, work.deep, at.factor, at.subtract_gram):
        return False
    gap[:] = 0.0
    parts[:] = 0.0
    rows[:] = 0.0
    pair[:] = 0.0
    for i in range(n):
        parts[0, i, i] = 1.0
        gap[i, i] = 1.0
    for a in range(1, lags + 1):
        for i in range(n):
            for j in range(n):
                parts[a, i, j] = -coef[i, (a - 1) * n + j]
                gap[i, j] += parts[a, i, j]
    for a in range(lags + 1):
        call(at.multiply, q, parts[a], left[a])
        for i in range(n):
            for j in range(n):
                left[a, i, j] = -left[a, i, j]
    for a in range(lags + 1):
        call(at.subtract_gram, rows[a], left[a], gap, WHOLE)
        for b in range(a, lags + 1):
            call(at.subtract_gram, pair[a, b], parts[b], left[a], WHOLE)
    return True


@inner_fused
def _prior_band(world, chain, work):  # type: ignore[no-untyped-def]
    """Fill the precision K of x around mu from `_band_parts`; K E in ``row``, E'KE in ``total``."""
    h, band, row = chain.h, work.band, work.row
    total, iv = work.total, work.a
    room, at = work.room, work.at
    n_time, lags, n = band.shape[0], band.shape[1] - 1, band.shape[2]
    gap, product = over(room, 0, n, n), over(room, 2, n, n)
    rows, pair = over(room, 3, lags + 1, n, n), over(room, 4, lags + 1, lags + 1, n, n)
    band[:] = 0.0
    row[:] = 0.0
    total[:] = 0.0
    weight = 0.0
    for t in range(n_time):
        iv[t] = math.exp(-h[t])
        if t >= lags:
            weight += iv[t]
    for t in range(n_time):
        for a in range(max(lags - t, 0), min(lags, n_time - 1 - t) + 1):
            _add(row[t], rows[a], iv[t + a])
            for j in range(min(lags - a, t) + 1):
                _add(band[t, j], pair[a, a + j], iv[t + a])
    call(at.multiply, work.q, gap, product)
    for i in range(n):
        for j in range(n):
            gap[i, j] *= -weight
    call(at.subtract_gram, total, gap, product, WHOLE)
    return True


@inner_fused
def _add_start(world, chain, work):  # type: ignore[no-untyped-def]
    """Add the precision of the stationary start to what `_prior_band` left; False if there is none."""
    coef, deep, at = chain.coef, work.deep, work.at
    band, row, total = work.band, work.row, work.total
    n, m = coef.shape
    lags = m // n
    cov, inv = over(deep, 3, m, m), over(deep, 4, m, m)
    if not call_flag(
        at.stationary_cov, coef, chain.Sigma, cov, deep, at.multiply, at.subtract_gram
    ):
        return False
    if not call_flag(at.invert, cov, inv, deep, at.factor, at.subtract_gram):
        return False
    for t in range(lags):
        for s in range(lags):
            i, j = (lags - 1 - t) * n, (lags - 1 - s) * n
            for k in range(n):
                for d in range(n):
                    row[t, k, d] += inv[i + k, j + d]
                    total[k, d] += inv[i + k, j + d]
                    if s <= t:
                        band[t, t - s, k, d] += inv[i + d, j + k]
    return True


@inner_fused
def _condition(world, chain, work):  # type: ignore[no-untyped-def]
    """Add the data to what `_prior_band` left; factor x's precision and give mu's normal law.

    ``band`` becomes the factor L, ``forward`` L^-1 W y, ``row`` L^-1 K E, ``total`` and ``linear``
    precision and linear term of mu. False if the precision is not positive definite.
    """
    y, s2, phi = world.y, world.s2, chain.phi
    mean, var = world.mean, world.var
    band, row, g = work.band, work.row, work.forward
    total, linear = work.total, work.linear
    at = work.at
    n_time, n = y.shape
    for t in range(n_time):
        for d in range(n):
            g[t, d] = 0.0
            if not math.isnan(y[t, d]):
                w = 1.0 / (phi[d] * s2[t, d])
                band[t, 0, d, d] += w
                g[t, d] = w * y[t, d]
    if not call_flag(at.band_factor, band):
        return False
    call(at.band_forward, band, g)
    call(at.band_forward_many, band, row)
    for t in range(n_time):
        call(at.subtract_gram, total, row[t], row[t], WHOLE)
    for d in range(n):
        total[d, d] += 1.0 / var[0]
        linear[d] = mean[0, d] / var[0]
    for t in range(n_time):
        for k in range(n):
            f = g[t, k]
            for d in range(n):
                linear[d] += row[t, k, d] * f
    return True


@inner_fused
def draw_states(world, chain, work, rng):  # type: ignore[no-untyped-def]
    """Draw mu with x integrated out, then x given mu, from what `_condition` left."""
    row, g, total = work.row, work.forward, work.total
    linear, at = work.linear, work.at
    mu, normal = chain.mu, at.normal
    n_time, n = g.shape
    if not call_flag(at.factor, total):
        return False
    solve_lower(total, linear)
    for d in range(n):
        linear[d] += call_number(normal, rng)
    solve_upper(total, linear)
    for d in range(n):
        mu[d] = linear[d]
    for t in range(n_time):
        for k in range(n):
            s = g[t, k] + call_number(normal, rng)
            for d in range(n):
                s += row[t, k, d] * linear[d]
            g[t, k] = s
    call(at.band_backward, work.band, g)
    assign(g, chain.x)
    return True


@compiled
def _follow(law, world, chain, work):  # type: ignore[no-untyped-def]
    one, two, three = pointer_to(world), pointer_to(chain), pointer_to(work)
    ok = True
    for k in range(law.shape[0]):
        ok = ok and call_flag(law[k], one, two, three)
    return ok


def pointers(*values: Any) -> tuple[Any, ...]:
    """Types of pointers to named tuples."""
    return tuple(pointer_type(kind) for kind in types_of(*values))


@cache
def state_law(*takes: Any) -> tuple[int, ...]:
    """Addresses of what makes the law of states and means, to be called in this order.

    Each takes (world, chain, work), pointers of the types given, and returns False if a matrix is not
    positive definite.
    """
    return tuple(address_of(k, *takes) for k in (_band_parts, _prior_band, _add_start, _condition))


@cache
def kernels() -> Kernels:
    """Addresses of what does not depend on the data's types."""
    one, two, three, four = (types.Array(types.float64, k, "C") for k in (1, 2, 3, 4))
    number, where = types.float64, types.int64
    source, at = types_of(np.random.default_rng(0), Kernels(*[0] * 12))
    return Kernels(
        address_of(multiply, two, two, two),
        address_of(subtract_gram, two, two, two, types.boolean),
        address_of(factor, two),
        address_of(band_factor, four),
        address_of(band_forward, four, two),
        address_of(band_forward_many, four, three),
        address_of(band_backward, four, two),
        address_of(_stationary_cov, two, two, two, two, where, where),
        address_of(_invert, two, two, two, where, where),
        address_of(_log_start, two, two, two, two, at),
        address_of(_normal, source),
        address_of(slice_update, types.int64, number, one, number, source),
    )


def work_room(chain: Chain, at: Kernels) -> Work:
    """Room for the sweeps of a chain."""
    # Of h, not x: the density of longer data asks for room before there are states of that length.
    n_time, n = chain.h.size, chain.mu.size
    m = chain.coef.shape[1]
    rows, lags = n_time - m // n, m // n
    widest = max((m + n) ** 2, 3 * n * m, n_time * n)
    shapes = (
        (n_time, lags + 1, n, n), (n_time, n, n), (n_time, n), (n, n), (n,), (n, n), (n_time, n),
        (rows, m), (rows, n), (m, m), (m, n), (n, n), (1,), (max(18, 5 + 3 * n, 3 + 2 * n_time),),
        (_ROWS, widest), (_DEEP_ROWS, m * m),
    )  # fmt: skip
    room: list[Any] = [np.zeros(shape) for shape in shapes]
    room += [np.zeros((2, max(n, 4)), dtype=np.int64), at]
    return Work(*room)


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
    at, deep = kernels(), np.empty((3, coef.shape[1] ** 2))
    return bool(_stationary_cov(coef, sigma, out, deep, at.multiply, at.subtract_gram))


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
    chain = Chain(*(np.ascontiguousarray(part) for part in chain))
    work = work_room(chain, kernels())
    before, with_data = np.split(np.array(state_law(*pointers(world, chain, work))), [-1])
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
