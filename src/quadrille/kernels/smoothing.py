r"""Levels of many series at once: exponential smoothing, and quantiles that forget.

Every function takes all dyads as rows and time as columns; NaN is missing and is passed over.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from quadrille.kernels.arrays import Array
from quadrille.kernels.blocks import over_blocks
from quadrille.kernels.compiled import compiled, inner_sums

__all__ = [
    "Smoothing",
    "carry_forward",
    "decayed_mean",
    "decayed_quantiles",
    "fit_quantiles",
    "smooth_exponentially",
]

# |r| is smoothed to this much of a unit of the outcome, see `fit_quantiles`.
_EPS = 1e-2
_ROUNDS = 40
_WARM_ROUNDS = 12
# Rows at once: with their columns they stay near the processor.
_ROWS = 512


class Smoothing(NamedTuple):
    """``alpha, level, sigma``, each (dyad,): the share a new value gets, last level, error spread."""

    alpha: Array
    level: Array
    sigma: Array


def carry_forward(y: Array) -> Array:
    """Each row's last value seen so far, NaN before the first."""
    column = np.where(np.isnan(y), 0, np.arange(y.shape[1]))
    return np.take_along_axis(y, np.maximum.accumulate(column, axis=1), axis=1)


def smooth_exponentially(y: Array, alphas: Array) -> Smoothing:
    r"""Simple exponential smoothing, alpha chosen from ``alphas`` by least squares, dyad by dyad.

    .. math:: \ell_t = \ell_{t-1} + \alpha (y_t - \ell_{t-1})

    from the first value seen. ``sigma`` is the root mean square of one-step errors (Hyndman et al.
    2008, the model ETS(A,N,N)): NaN where fewer than two values were seen.

    Parameters
    ----------
    y : ndarray, shape (dyad, time)
    alphas : ndarray, shape (candidate,)
        In (0, 1].
    """
    level = np.full((alphas.size, y.shape[0]), np.nan)
    squares, seen = np.zeros(level.shape), np.zeros(y.shape[0])
    for t in range(y.shape[1]):
        value = y[:, t]
        error = value - level
        known = ~np.isnan(error)
        squares += np.where(known, error, 0.0) ** 2
        seen += known[0]
        start = np.where(np.isnan(level), value, level)
        level = np.where(known, level + alphas[:, None] * error, start)
    best = squares.argmin(axis=0)
    at = (best, np.arange(y.shape[0]))
    spread = np.sqrt(squares[at] / np.where(seen > 0, seen, np.nan))
    return Smoothing(alphas[best], level[at], spread)


def decayed_mean(y: Array, half_life: float) -> Array:
    """Mean of each row with weights that halve every ``half_life`` periods back, shape (dyad,).

    NaN where a row holds nothing.
    """
    weight = 0.5 ** (np.arange(y.shape[1])[::-1] / half_life)
    known = ~np.isnan(y)
    total = known @ weight
    value = np.where(known, y, 0.0) @ weight
    return np.asarray(value / np.where(total > 0, total, np.nan), dtype=float)


@compiled
def _quantile_block(a, b, y, weight, levels, out):  # type: ignore[no-untyped-def]
    n_time = y.shape[1]
    value, share = np.empty(n_time), np.empty(n_time)
    for d in range(a, b):
        n = 0
        for t in range(n_time):
            if not np.isnan(y[d, t]):
                value[n] = y[d, t]
                share[n] = weight[t]
                n += 1
        if n == 0:
            out[d] = np.nan
            continue
        order = np.argsort(value[:n])
        total = share[:n].sum()
        for k in range(levels.size):
            wanted = levels[k] * total
            middle, before, i = 0.0, 0.0, 0
            low = value[order[0]]
            # Middles of the sorted values' shares; linear between them, flat beyond the ends.
            while i < n:
                now = value[order[i]]
                centre = before + 0.5 * share[order[i]]
                if centre >= wanted:
                    break
                before += share[order[i]]
                middle, low = centre, now
                i += 1
            if i == 0 or i == n:
                out[d, k] = low
            else:
                out[d, k] = low + (now - low) * (wanted - middle) / (centre - middle)


def decayed_quantiles(y: Array, half_life: float, levels: Array) -> Array:
    """Quantiles of each row's values, weighted as in `decayed_mean`, shape (dyad, level).

    Linear between the middles of the sorted values' shares of the weight (Hazen's rule where
    weights are equal) and flat beyond the outermost. NaN where a row holds nothing.
    """
    weight = 0.5 ** (np.arange(y.shape[1])[::-1] / half_life)
    out = np.empty((y.shape[0], levels.size))
    over_blocks(lambda a, b: _quantile_block(a, b, y, weight, levels, out), y.shape[0])
    return out


@compiled
def _solve_in_place(a, b):  # type: ignore[no-untyped-def]
    """Cholesky solution of ``a x = b``; x is left in b."""
    p = b.size
    for i in range(p):
        for j in range(i + 1):
            s = a[i, j]
            for k in range(j):
                s -= a[i, k] * a[j, k]
            a[i, j] = np.sqrt(max(s, 1e-300)) if i == j else s / a[j, j]
    for i in range(p):
        for k in range(i):
            b[i] -= a[i, k] * b[k]
        b[i] /= a[i, i]
    for i in range(p - 1, -1, -1):
        for k in range(i + 1, p):
            b[i] -= a[k, i] * b[k]
        b[i] /= a[i, i]


@inner_sums
def _equations(x, y, first, beta, start, level, room, gram, right):  # type: ignore[no-untyped-def]
    """Add the normal equations of one round from so many rows as there is room for, from ``first`` on.

    Columns lie together in memory, so that each loop takes several rows at a time.
    """
    p, m = x.shape[0], min(room.shape[1], y.size - first)
    off, weight, tilt, part = room[0], room[1], room[2], room[3]
    now = y[first : first + m]
    for i in range(m):
        off[i] = now[i]
    for c in range(p):
        column, b = x[c, first : first + m], beta[c]
        for i in range(m):
            off[i] -= b * column[i]
    # Without a starting point the first round is least squares.
    lean = 0.0 if start else 2.0 * level - 1.0
    for i in range(m):
        weight[i] = 1.0 if start else 1.0 / (_EPS + abs(off[i]))
        tilt[i] = weight[i] * now[i] + lean
    for c in range(p):
        column = x[c, first : first + m]
        total = 0.0
        for i in range(m):
            part[i] = weight[i] * column[i]
            total += column[i] * tilt[i]
        right[c] += total
        for e in range(c + 1):
            other = x[e, first : first + m]
            total = 0.0
            for i in range(m):
                total += part[i] * other[i]
            gram[c, e] += total


@compiled
def _pinball(shared, own, y, levels, beta, cold, rounds):  # type: ignore[no-untyped-def]
    n, p = y.size, shared.shape[0] + 1
    x, room = np.empty((p, n)), np.empty((4, _ROWS))
    gram, right = np.empty((p, p)), np.empty(p)
    x[: p - 1] = shared
    for k in range(levels.size):
        x[p - 1] = own[k]
        for step in range(rounds + 1):
            gram[:] = 0.0
            right[:] = 0.0
            for first in range(0, n, _ROWS):
                _equations(x, y, first, beta[k], step == 0 and cold, levels[k], room, gram, right)
            for c in range(p):
                gram[c, c] += 1e-6 * n
            _solve_in_place(gram, right)
            change = np.max(np.abs(right - beta[k]))
            beta[k] = right
            if step > 0 and change < 1e-5:
                break


def fit_quantiles(
    shared: Array, own: Array, y: Array, levels: Array, start: Array | None = None
) -> Array:
    r"""Linear quantile regression at several levels (Koenker & Bassett 1978).

    Minimises :math:`\sum_i \rho_\tau(y_i - x_i^\top \beta_\tau)` by the majorise-minimise steps
    of Hunter & Lange (2000), which smooth the loss within a hundredth of a unit of zero: y should
    be of order one. A faint ridge, 1e-6 a row, keeps collinear columns apart.

    Parameters
    ----------
    shared : ndarray, shape (row, column)
        Regressors of every level.
    own : ndarray, shape (row, level)
        One more regressor, of each level its own.
    y : ndarray, shape (row,)
    levels : ndarray, shape (level,)
    start : ndarray, shape (level, column + 1), optional
        Where to begin, such as the coefficients of a neighbouring problem: a few rounds are enough then.

    Returns
    -------
    ndarray, shape (level, column + 1)
        Coefficients; the last is that of ``own``.
    """
    cold = start is None or not np.isfinite(start).all()
    beta = np.zeros((levels.size, shared.shape[1] + 1)) if start is None or cold else start.copy()
    columns, each = (np.ascontiguousarray(part.T, dtype=float) for part in (shared, own))
    _pinball(columns, each, y, levels, beta, cold, _ROUNDS if cold else _WARM_ROUNDS)
    return beta
