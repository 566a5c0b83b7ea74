r"""Forecasts of a vector autoregression given where some of its series go, in closed form.

.. math::

    x_t = c + \sum_l A_l x_{t-l} + P e_t,\quad e_t \sim N(0, I),\quad P P' = \Sigma .

Stack the shocks of all steps into e. The restricted values are :math:`v = m + R e` with m their mean
and R made of impulse responses, so that the joint distribution needs no recursion over periods:

.. math::

    e \mid v \;\sim\; e_0 + R' (R R')^{-1} (v - m - R e_0),\quad e_0 \sim N(0, I)

(Waggoner & Zha 1999 in the form of Antolín-Díaz, Petrella & Rubio-Ramírez 2021; drawing by correcting an
unconditional draw is Matheron's rule). Only the columns of R that belong to *free* shocks take part: all
of them when the values are merely *seen* to be v; those of the restricted series' own shocks when they
are *made* v, whatever the other shocks are.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from quadrille.kernels.arrays import Array
from quadrille.kernels.blocks import over_blocks
from quadrille.kernels.compiled import compiled, inner

__all__ = [
    "Paths",
    "System",
    "Truncated",
    "given",
    "paths_from",
    "restricted_moments",
    "truncated_normal",
]

Index = NDArray[np.int64]
# Where the normal distribution function is still far from the smallest number.
_FAR = -30.0
_HALF_LOG_2PI = 0.5 * math.log(2.0 * math.pi)
_ROOT_HALF = math.sqrt(0.5)


class System(NamedTuple):
    """Draws of a vector autoregression and of where it stands.

    ``c (draw, n)``, ``A (draw, lag, n, n)``, ``P (draw, n, n)`` with ``P P' = Sigma``, and ``history
    (draw, lag, n)``, the last period last.
    """

    c: Array
    A: Array
    P: Array
    history: Array


class Paths(NamedTuple):
    """What `given` returns.

    ``draws`` and ``base`` ``(draw, step, n)``: paths with and without the conditions, from the same
    shocks; ``mean`` and ``base_mean``: their means in each draw; ``distance (draw,)``: squared
    Mahalanobis distance of the fixed values' means from what was expected of them; ``parts (group,
    draw, step, n)``: what each group of conditions adds to the mean; they sum to ``mean - base_mean``.
    """

    draws: Array
    base: Array
    mean: Array
    base_mean: Array
    distance: Array
    parts: Array


class Truncated(NamedTuple):
    """``draws (draw, proposal, k)`` within bounds, and log importance weights ``(draw, proposal)``."""

    draws: Array
    log_w: Array


@inner
def _run(c, A, P, history, e, out):  # type: ignore[no-untyped-def]
    """The path that follows from shocks ``e (step, n)``."""
    lags, n = history.shape
    for t in range(e.shape[0]):
        for i in range(n):
            total = c[i]
            for j in range(n):
                total += P[i, j] * e[t, j]
            for lag in range(lags):
                for j in range(n):
                    past = out[t - lag - 1, j] if t > lag else history[lags + t - lag - 1, j]
                    total += A[lag, i, j] * past
            out[t, i] = total


def _laid_out(system: System) -> System:
    return System(*(np.ascontiguousarray(a, dtype=float) for a in system))


@compiled
def _paths_block(c, A, P, history, noise, out, first, last):  # type: ignore[no-untyped-def]
    for d in range(first, last):
        _run(c[d], A[d], P[d], history[d], noise[d], out[d])


def paths_from(system: System, noise: Array) -> Array:
    """The paths that follow from shocks ``noise (draw, step, n)``, of the same shape."""
    out = np.empty(noise.shape)
    s = _laid_out(system)
    over_blocks(
        lambda first, last: _paths_block(s.c, s.A, s.P, s.history, noise, out, first, last),
        len(noise),
    )
    return out


@inner
def _responses(A, P, series, free, steps):  # type: ignore[no-untyped-def]
    r"""Responses of the series to unit free shocks, ``(series, step, free)``.

    Row by row, :math:`\Psi_s = \sum_l \Psi_{s-l} A_l`, so that no other row is needed.
    """
    lags, n = A.shape[0], P.shape[0]
    out = np.zeros((series.shape[0], steps, free.shape[0]))
    rows = np.zeros((steps, n))
    for k in range(series.shape[0]):
        rows[:] = 0.0
        rows[0, series[k]] = 1.0
        for s in range(steps):
            for lag in range(min(lags, s)):
                for i in range(n):
                    weight = rows[s - lag - 1, i]
                    if weight != 0.0:
                        for j in range(n):
                            rows[s, j] += weight * A[lag, i, j]
            for b in range(free.shape[0]):
                total = 0.0
                for i in range(n):
                    total += rows[s, i] * P[i, free[b]]
                out[k, s, b] = total
    return out


@inner
def _covariance(theta, where, which, cov):  # type: ignore[no-untyped-def]
    """R R', summed along diagonals: both steps one later adds one product of responses.

    ``which (k,)`` is the place of each value's series in ``theta``.
    """
    m, steps, f = theta.shape
    lagged = np.empty((m, m, steps, steps))
    for i in range(m):
        for j in range(i + 1):
            for s in range(steps):
                for t in range(s + 1 if i == j else steps):
                    total = lagged[i, j, s - 1, t - 1] if s > 0 and t > 0 else 0.0
                    for b in range(f):
                        total += theta[i, s, b] * theta[j, t, b]
                    lagged[i, j, s, t] = total
                    lagged[j, i, t, s] = total
    for a in range(where.shape[0]):
        for b in range(where.shape[0]):
            cov[a, b] = lagged[which[a], which[b], where[a, 0], where[b, 0]]


@inner
def _answer(theta, where, which, free, weight, column, shocks):  # type: ignore[no-untyped-def]
    """Add R' times that column of the weights to the free shocks."""
    for a in range(where.shape[0]):
        step = where[a, 0]
        for t in range(step + 1):
            for b in range(free.shape[0]):
                shocks[t, free[b]] += theta[which[a], step - t, b] * weight[a, column]


@inner
def _solve(a, b):  # type: ignore[no-untyped-def]
    """Replace ``b (k, m)`` by a^-1 b, by elimination with the largest pivot; ``a`` is spoilt."""
    k, m = b.shape
    for c in range(k):
        top = c
        for i in range(c + 1, k):
            if abs(a[i, c]) > abs(a[top, c]):
                top = i
        if a[top, c] == 0.0:
            raise np.linalg.LinAlgError("the conditions contradict one another")
        for j in range(k):
            a[c, j], a[top, j] = a[top, j], a[c, j]
        for j in range(m):
            b[c, j], b[top, j] = b[top, j], b[c, j]
        for i in range(c + 1, k):
            f = a[i, c] / a[c, c]
            for j in range(c + 1, k):
                a[i, j] -= f * a[c, j]
            for j in range(m):
                b[i, j] -= f * b[c, j]
    for c in range(k - 1, -1, -1):
        for j in range(m):
            for i in range(c + 1, k):
                b[c, j] -= a[c, i] * b[i, j]
            b[c, j] /= a[c, c]


@inner
def _distance(cov, short, fixed):  # type: ignore[no-untyped-def]
    """Squared Mahalanobis distance of the means of the first ``fixed`` values."""
    head, gap, solved = np.empty((fixed, fixed)), np.zeros((fixed, 1)), np.empty((fixed, 1))
    for a in range(fixed):
        for b in range(fixed):
            head[a, b] = cov[a, b]
        for g in range(1, short.shape[1]):
            gap[a, 0] += short[a, g]
        solved[a, 0] = gap[a, 0]
    _solve(head, solved)
    total = 0.0
    for a in range(fixed):
        total += gap[a, 0] * solved[a, 0]
    return total


@compiled
def _moments_block(c, A, P, history, steps, where, series, which, free, mean, cov, first, last):  # type: ignore[no-untyped-def]
    still = np.zeros((steps, c.shape[1]))
    path = np.zeros((steps, c.shape[1]))
    for d in range(first, last):
        _run(c[d], A[d], P[d], history[d], still, path)
        _covariance(_responses(A[d], P[d], series, free, steps), where, which, cov[d])
        for a in range(where.shape[0]):
            mean[d, a] = path[where[a, 0], where[a, 1]]


def restricted_moments(
    system: System, steps: int, where: Index, free: Index
) -> tuple[Array, Array]:
    """Mean ``(draw, k)`` and covariance ``(draw, k, k)`` of the values to be restricted.

    Parameters
    ----------
    system : System
    steps : int
        Length of the forecast.
    where : ndarray of int, shape (k, 2)
        Step (from 0) and series of each value.
    free : ndarray of int, shape (f,)
        Columns of P whose shocks may answer for the values.
    """
    draws, k = system.c.shape[0], len(where)
    series, which = np.unique(where[:, 1], return_inverse=True)
    mean, cov = np.empty((draws, k)), np.empty((draws, k, k))
    s = _laid_out(system)

    def work(first: int, last: int) -> None:
        _moments_block(
            s.c, s.A, s.P, s.history, steps, where, series, which, free, mean, cov, first, last
        )

    over_blocks(work, draws)
    return mean, cov


@compiled
def _given_block(  # type: ignore[no-untyped-def]
    c, A, P, history, where, series, which, free, values, targets, groups, fixed, noise,
    out, base, mean, base_mean, distance, parts, first, last,
):  # fmt: skip
    steps, n = noise.shape[1], noise.shape[2]
    k, count = where.shape[0], parts.shape[0]
    still = np.zeros((steps, n))
    shocks = np.zeros((steps, n))
    moved = np.zeros((steps, n))
    cov = np.zeros((k, k))
    # Column 0: what the draw falls short of; the others: what the mean does, group by group. Later
    # the weights that make up for it.
    short = np.zeros((k, count + 1))
    for d in range(first, last):
        _run(c[d], A[d], P[d], history[d], still, base_mean[d])
        _run(c[d], A[d], P[d], history[d], noise[d], base[d])
        theta = _responses(A[d], P[d], series, free, steps)
        _covariance(theta, where, which, cov)
        short[:] = 0.0
        for a in range(k):
            short[a, 0] = values[d, a] - base[d, where[a, 0], where[a, 1]]
            short[a, 1 + groups[a]] = targets[d, a] - base_mean[d, where[a, 0], where[a, 1]]
        if fixed > 0:
            distance[d] = _distance(cov, short, fixed)
        _solve(cov, short)
        for t in range(steps):
            for j in range(n):
                shocks[t, j] = noise[d, t, j]
                mean[d, t, j] = base_mean[d, t, j]
        _answer(theta, where, which, free, short, 0, shocks)
        _run(c[d], A[d], P[d], history[d], shocks, out[d])
        for g in range(count):
            shocks[:] = 0.0
            _answer(theta, where, which, free, short, g + 1, shocks)
            _run(c[d], A[d], P[d], history[d], shocks, moved)
            for t in range(steps):
                for j in range(n):
                    parts[g, d, t, j] = moved[t, j] - base_mean[d, t, j]
                    mean[d, t, j] += parts[g, d, t, j]


def given(
    system: System,
    where: Index,
    free: Index,
    values: Array,
    targets: Array,
    groups: Index,
    noise: Array,
    fixed: int | None = None,
) -> Paths:
    """Paths given the restricted values, exact for every draw.

    Parameters
    ----------
    system : System
    where : ndarray of int, shape (k, 2)
        Step (from 0) and series of each value; no two the same.
    free : ndarray of int, shape (f,)
        Columns of P whose shocks may answer for the values.
    values : ndarray, shape (draw, k)
        What the values are in each draw.
    targets : ndarray, shape (draw, k)
        Their means, of which ``mean``, ``parts`` and ``distance`` speak.
    groups : ndarray of int, shape (k,)
        Which condition each value belongs to, from 0.
    noise : ndarray, shape (draw, step, n)
        Standard normal.
    fixed : int, optional
        How many of the values, from the first on, ``distance`` speaks of; all of them if not given.

    Returns
    -------
    Paths
    """
    draws, steps, n = noise.shape
    count = int(groups.max()) + 1 if len(groups) else 0
    series, which = np.unique(where[:, 1], return_inverse=True)
    out, base, mean, base_mean = (np.empty((draws, steps, n)) for _ in range(4))
    distance, parts = np.zeros(draws), np.zeros((count, draws, steps, n))
    s = _laid_out(system)

    def work(first: int, last: int) -> None:
        _given_block(
            s.c, s.A, s.P, s.history, where, series, which, free, values, targets, groups,
            len(where) if fixed is None else fixed, noise,
            out, base, mean, base_mean, distance, parts, first, last,
        )  # fmt: skip

    over_blocks(work, draws)
    return Paths(out, base, mean, base_mean, distance, parts)


@inner
def _tail_log(x):  # type: ignore[no-untyped-def]
    """Log of the normal distribution function far below zero, by its asymptotic series."""
    y = 1.0 / (x * x)
    return -0.5 * x * x - np.log(-x) - _HALF_LOG_2PI + np.log1p(y * (-1.0 + y * (3.0 - 15.0 * y)))


@inner
def _tail_inverse(log_p):  # type: ignore[no-untyped-def]
    """Where the log of the distribution function is so small, by Newton's steps."""
    x = -np.sqrt(-2.0 * log_p)
    for _ in range(6):
        # The slope of log Phi is the density over Phi.
        slope = np.exp(-0.5 * x * x - _HALF_LOG_2PI - _tail_log(x))
        x -= (_tail_log(x) - log_p) / slope
    return x


@inner
def _inverse(p):  # type: ignore[no-untyped-def]
    """Inverse of the normal distribution function, to nine digits (Acklam's rational functions)."""
    if p < 0.02425 or p > 0.97575:
        q = np.sqrt(-2.0 * np.log(p if p < 0.5 else 1.0 - p))
        top = (
            (
                ((-7.784894002430293e-3 * q - 3.223964580411365e-1) * q - 2.400758277161838) * q
                - 2.549732539343734
            )
            * q
            + 4.374664141464968
        ) * q + 2.938163982698783
        low = (
            ((7.784695709041462e-3 * q + 3.224671290700398e-1) * q + 2.445134137142996) * q
            + 3.754408661907416
        ) * q + 1.0
        return top / low if p < 0.5 else -top / low
    q = p - 0.5
    r = q * q
    top = (
        (
            ((-3.969683028665376e1 * r + 2.209460984245205e2) * r - 2.759285104469687e2) * r
            + 1.383577518672690e2
        )
        * r
        - 3.066479806614716e1
    ) * r + 2.506628277459239
    low = (
        (
            ((-5.447609879822406e1 * r + 1.615858368580409e2) * r - 1.556989798598866e2) * r
            + 6.680131188771972e1
        )
        * r
        - 1.328068155288572e1
    ) * r + 1.0
    return top * q / low


@inner
def _between(low, high, u):  # type: ignore[no-untyped-def]
    """Standard normal between bounds by its inverse, and the log probability; safe in the tails."""
    flip = low > 0.0
    a, b = (-high, -low) if flip else (low, high)
    if b < _FAR:
        log_b = _tail_log(b)
        log_a = _tail_log(a) if a > -1e150 else -np.inf
        share = np.exp(log_a - log_b)
        log_p = log_b + np.log1p(-share)
        x = _tail_inverse(log_b + np.log(u + (1.0 - u) * share))
    else:
        below = 0.5 * math.erfc(-a * _ROOT_HALF)
        upto = 0.5 * math.erfc(-b * _ROOT_HALF)
        log_p = np.log(upto - below)
        x = _inverse(below + u * (upto - below))
    x = min(max(x, a), b)
    return (-x if flip else x), log_p


@compiled
def _truncated_block(mean, cov, low, high, uniform, out, log_w, first, last):  # type: ignore[no-untyped-def]
    proposals, k = uniform.shape[1], uniform.shape[2]
    root, z = np.zeros((k, k)), np.empty(k)
    for d in range(first, last):
        for i in range(k):
            for j in range(i + 1):
                total = cov[d, i, j]
                for m in range(j):
                    total -= root[i, m] * root[j, m]
                root[i, j] = np.sqrt(max(total, 1e-300)) if i == j else total / root[j, j]
        for p in range(proposals):
            weight = 0.0
            for j in range(k):
                centre = mean[d, j]
                for m in range(j):
                    centre += root[j, m] * z[m]
                scale = root[j, j]
                z[j], log_p = _between(
                    (low[j] - centre) / scale, (high[j] - centre) / scale, uniform[d, p, j]
                )
                weight += log_p
                out[d, p, j] = min(max(centre + scale * z[j], low[j]), high[j])
            log_w[d, p] = weight


def truncated_normal(mean: Array, cov: Array, low: Array, high: Array, uniform: Array) -> Truncated:
    """Normal values within bounds, by sequential importance sampling (Geweke, Hajivassiliou, Keane).

    Each value is drawn from its normal given those before it, truncated to its bounds; the product of
    the truncations' probabilities is the weight, and its mean estimates the probability of the bounds.

    Parameters
    ----------
    mean : ndarray, shape (draw, k)
    cov : ndarray, shape (draw, k, k)
    low, high : ndarray, shape (k,)
        May be infinite; ``low < high``.
    uniform : ndarray, shape (draw, proposal, k)
        In (0, 1).
    """
    out, log_w = np.empty(uniform.shape), np.empty(uniform.shape[:2])
    parts = (np.ascontiguousarray(v, dtype=float) for v in (mean, cov, low, high, uniform))
    m, c, a, b, u = parts
    over_blocks(
        lambda first, last: _truncated_block(m, c, a, b, u, out, log_w, first, last), len(mean)
    )
    return Truncated(out, log_w)
