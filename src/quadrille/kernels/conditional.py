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

Where series, shocks and steps are few, R is made for all draws at once and nothing is compiled (`_few`); else loops over
draws are, which need no R.
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
    "Levels",
    "Outlook",
    "Paths",
    "System",
    "at_levels",
    "given",
    "levels_of",
    "outlook",
    "paths_from",
    "restricted_moments",
    "shocked",
]

Index = NDArray[np.int64]
# Responses of a draw up to which sums over arrays of all draws are as quick as compiled loops.
_FEW = 40


class System(NamedTuple):
    """Draws of a vector autoregression and of where it stands.

    ``c (draw, n)``, ``A (draw, lag, n, n)``, ``P (draw, n, n)`` with ``P P' = Sigma``, and ``history
    (draw, lag, n)``, the last period last.
    """

    c: Array
    A: Array
    P: Array
    history: Array


class Outlook(NamedTuple):
    """What some series do without any condition, and how they answer to shocks.

    ``mean (draw, series, step)``: where they are expected; ``theta (draw, series, shock, step)``: their responses to
    unit shocks, the columns of P. Worked out once, it serves any values that the series are restricted to.
    """

    mean: Array
    theta: Array


class Paths(NamedTuple):
    """What `given` returns, of the series of an `Outlook`.

    ``draws`` ``(draw, series, step)``: paths under the conditions; ``mean``: their means in each draw; ``distance
    (draw,)``: squared Mahalanobis distance of the fixed values' means from what was expected of them; ``parts (group,
    draw, series, step)``: what each group of conditions adds to the mean.
    """

    draws: Array
    mean: Array
    distance: Array
    parts: Array


class Levels(NamedTuple):
    """Paths as functions of the levels that groups of values are held at: affine, so worked out once for all levels.

    ``draws (draw, series, step)``, and of the last series alone ``mean (draw, 1, step)`` and ``parts (group, draw, 1, step)``:
    `Paths` where every level is zero;
    ``slopes (group, draw, series, step)``: what one more of a group's level adds to each; ``still (draw, k)`` and ``turned
    (group, draw, k)``: what is expected of the values, and one more of a level, in units in which the values' distance is
    Euclidean.
    """

    draws: Array
    mean: Array
    parts: Array
    slopes: Array
    still: Array
    turned: Array


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
def _responses(A, P, series, rows, across, out):  # type: ignore[no-untyped-def]
    r"""Fill ``out (series, shock, step)`` with responses to unit shocks.

    Row by row, :math:`\Psi_s = \sum_l \Psi_{s-l} A_l`, so that no other row is needed.
    """
    lags, n, steps = A.shape[0], P.shape[0], out.shape[2]
    out[:] = 0.0
    for k in range(series.shape[0]):
        rows[:] = 0.0
        rows[0, series[k]] = 1.0
        for s in range(1, steps):
            for lag in range(min(lags, s)):
                for i in range(n):
                    weight = rows[s - lag - 1, i]
                    if weight != 0.0:
                        for j in range(n):
                            rows[s, j] += weight * A[lag, i, j]
        for s in range(steps):
            for i in range(n):
                across[i, s] = rows[s, i]
        for b in range(n):
            for i in range(n):
                weight = P[i, b]
                if weight != 0.0:
                    for s in range(steps):
                        out[k, b, s] += across[i, s] * weight


@compiled
def _outlook_block(c, A, P, history, series, mean, theta, first, last):  # type: ignore[no-untyped-def]
    steps, n = mean.shape[2], c.shape[1]
    still, path = np.zeros((steps, n)), np.zeros((steps, n))
    rows, across = np.empty((steps, n)), np.empty((n, steps))
    for d in range(first, last):
        _run(c[d], A[d], P[d], history[d], still, path)
        for k in range(series.shape[0]):
            for t in range(steps):
                mean[d, k, t] = path[t, series[k]]
        _responses(A[d], P[d], series, rows, across, theta[d])


def _few(theta: Array) -> bool:
    """Whether responses ``(draw, series, shock, step)`` are few in a draw."""
    return math.prod(theta.shape[1:]) <= _FEW


def _last(*arrays: Array) -> tuple[Array, ...]:
    """The same with the draws last, where they lie together in memory."""
    return tuple(np.ascontiguousarray(np.moveaxis(a, 0, -1)) for a in arrays)


def _outlook_of_few(s: System, steps: int, series: Index) -> Outlook:
    """`outlook` for all draws at once."""
    c, a, p, history = _last(*s)
    lags, n, draws = history.shape
    path = np.concatenate([history, np.empty((steps, n, draws))])
    psi = np.zeros((steps, n, n, draws))
    psi[0] = np.eye(n)[:, :, None]
    for t in range(steps):
        path[lags + t] = c
        for k in range(lags):
            path[lags + t] += np.einsum("ijd,jd->id", a[k], path[lags + t - k - 1])
            if k < t:
                psi[t] += np.einsum("ijd,jkd->ikd", psi[t - k - 1], a[k])
    theta = np.einsum("tkjd,jbd->kbtd", psi[:, series], p)
    return Outlook(path[lags:, series].transpose(2, 1, 0), np.moveaxis(theta, -1, 0))


def outlook(system: System, steps: int, series: Index) -> Outlook:
    """What the series are expected to do, and their responses to every shock.

    Parameters
    ----------
    system : System
    steps : int
        Length of the forecast.
    series : ndarray of int, shape (m,)
    """
    draws, n = system.c.shape
    mean, theta = np.empty((draws, len(series), steps)), np.empty((draws, len(series), n, steps))
    s = _laid_out(system)
    if _few(theta):
        return _outlook_of_few(s, steps, series)
    over_blocks(
        lambda first, last: _outlook_block(
            s.c, s.A, s.P, s.history, series, mean, theta, first, last
        ),
        draws,
    )
    return Outlook(mean, theta)


@compiled
def _shocked_block(mean, theta, noise, shocks, out, first, last):  # type: ignore[no-untyped-def]
    steps = mean.shape[2]
    for d in range(first, last):
        for k in range(mean.shape[1]):
            for t in range(steps):
                out[d, k, t] = mean[d, k, t]
            for s in range(steps):
                for b in shocks:
                    weight = noise[d, s, b]
                    for t in range(steps - s):
                        out[d, k, s + t] += weight * theta[d, k, b, t]


def _stacked(theta: Array, shocks: Index) -> Array:
    """What each shock of each step does at each step: ``(series, step, step of the shock, shock, draw)``."""
    (own,) = _last(theta[:, :, shocks])
    m, count, steps, draws = own.shape
    out = np.zeros((m, steps, steps, count, draws))
    for t in range(steps):
        for s in range(t + 1):
            out[:, t, s] = own[:, :, t - s]
    return out


def shocked(ahead: Outlook, noise: Array, shocks: Index, mean: Array | None = None) -> Array:
    """Paths ``(draw, series, step)`` that follow from some of the shocks.

    Parameters
    ----------
    ahead : Outlook
    noise : ndarray, shape (draw, step, n)
    shocks : ndarray of int
        Columns of P that are not silent.
    mean : ndarray, shape (draw, series, step), optional
        What they are added to; by default what is expected.
    """
    start = ahead.mean if mean is None else mean
    if _few(ahead.theta):
        (shown,) = _last(noise[:, :, shocks])
        added = np.einsum("ktsbd,sbd->ktd", _stacked(ahead.theta, shocks), shown)
        return np.asarray(start + np.moveaxis(added, -1, 0))
    out = np.empty(start.shape)
    over_blocks(
        lambda first, last: _shocked_block(start, ahead.theta, noise, shocks, out, first, last),
        len(noise),
    )
    return out


@inner
def _lagged(theta, needed, least, free, out):  # type: ignore[no-untyped-def]
    """Covariances of all series and steps that are due to free shocks, ``(series, series, step, step)``.

    Summed along diagonals: both steps one later adds one product of responses. Of a pair of series at ``least`` so many
    have to be ``needed``.
    """
    m, _, steps = theta.shape
    for i in range(m):
        for j in range(i + 1):
            if needed[i] + needed[j] < least:
                continue
            for s in range(steps):
                most = s + 1 if i == j else steps
                now = out[i, j, s]
                now[0] = 0.0
                for t in range(1, most):
                    now[t] = out[i, j, s - 1, t - 1] if s > 0 else 0.0
                for b in free:
                    weight = theta[i, b, s]
                    for t in range(most):
                        now[t] += weight * theta[j, b, t]
                for t in range(most):
                    out[j, i, t, s] = now[t]


@inner
def _solve(a, b):  # type: ignore[no-untyped-def]
    """Replace ``b (k, m)`` by a^-1 b of positive definite ``a``, by elimination in its upper half, which is spoilt."""
    k, m = b.shape
    for c in range(k):
        if not a[c, c] > 0.0:
            raise np.linalg.LinAlgError("the conditions contradict one another")
        for i in range(c + 1, k):
            f = a[c, i] / a[c, c]
            for j in range(i, k):
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


def _needed(ahead: Outlook, where: Index) -> Index:
    """Of which series values are restricted: 1, else 0."""
    return np.isin(np.arange(ahead.mean.shape[1]), where[:, 1]).astype(np.int64)


def _covariance_of_few(ahead: Outlook, where: Index, free: Index) -> tuple[Array, Index]:
    """Covariance ``(series and step, k, draw)`` of all values with the restricted ones, and which of all those are."""
    draws, m, steps = ahead.mean.shape
    moves = _stacked(ahead.theta, free).reshape(m * steps, -1, draws)
    cells = where[:, 1] * steps + where[:, 0]
    return np.asarray(np.einsum("isd,asd->iad", moves, moves[cells])), cells


def _solved(a: Array, b: Array) -> Array:
    """``a^-1 b`` of positive definite ``a (k, k, draw)`` and ``b (k, column, draw)``; both are spoilt."""
    for c in range(len(a)):
        if not (a[c, c] > 0.0).all():
            raise np.linalg.LinAlgError("the conditions contradict one another")
        b[c] /= a[c, c]
        a[c, c + 1 :] /= a[c, c]
        for i in range(len(a)):
            if i != c:
                b[i] -= a[i, c] * b[c]
                a[i, c + 1 :] -= a[i, c] * a[c, c + 1 :]
    return b


def _given_of_few(
    ahead: Outlook, where: Index, free: Index, values: Array, targets: Array, groups: Index, base: Array, fixed: int, count: int
) -> Paths:  # fmt: skip
    """`given` for all draws at once."""
    cross, cells = _covariance_of_few(ahead, where, free)
    draws, m, steps = base.shape
    unmoved, expected = (part.reshape(m * steps, draws) for part in _last(base, ahead.mean))
    value, target = _last(values, targets)
    # Column 0: what the draw falls short of; the others: what the mean does, group by group.
    short = np.zeros((len(cells), count + 1, draws))
    short[:, 0] = value - unmoved[cells]
    short[np.arange(len(cells)), 1 + groups] = target - expected[cells]
    gap, cov = short[:fixed, 1:].sum(axis=1, keepdims=True), cross[cells]
    distance = (gap * _solved(cov[:fixed, :fixed].copy(), gap.copy())).sum(axis=(0, 1))
    added = np.einsum("iad,agd->gid", cross, _solved(cov, short))
    by = np.moveaxis(added.reshape(count + 1, m, steps, draws), -1, 1)
    return Paths(base + by[0], ahead.mean + by[1:].sum(axis=0), distance, by[1:])


@compiled
def _moments_block(theta, needed, where, free, cov, first, last):  # type: ignore[no-untyped-def]
    m, _, steps = theta.shape[1:]
    lagged = np.empty((m, m, steps, steps))
    for d in range(first, last):
        _lagged(theta[d], needed, 2, free, lagged)
        for a in range(where.shape[0]):
            for b in range(where.shape[0]):
                cov[d, a, b] = lagged[where[a, 1], where[b, 1], where[a, 0], where[b, 0]]


def restricted_moments(ahead: Outlook, where: Index, free: Index) -> tuple[Array, Array]:
    """Mean ``(draw, k)`` and covariance ``(draw, k, k)`` of the values to be restricted.

    Parameters
    ----------
    ahead : Outlook
    where : ndarray of int, shape (k, 2)
        Step (from 0) of each value, and place of its series in the outlook.
    free : ndarray of int, shape (f,)
        Columns of P whose shocks may answer for the values.
    """
    if _few(ahead.theta):
        cross, cells = _covariance_of_few(ahead, where, free)
        return ahead.mean[:, where[:, 1], where[:, 0]], np.moveaxis(cross[cells], -1, 0)
    draws, k, needed = len(ahead.mean), len(where), _needed(ahead, where)
    cov = np.empty((draws, k, k))
    over_blocks(
        lambda first, last: _moments_block(ahead.theta, needed, where, free, cov, first, last),
        draws,
    )
    return ahead.mean[:, where[:, 1], where[:, 0]], cov


@inner
def _moved(lagged, where, weight, column, out):  # type: ignore[no-untyped-def]
    """Add what that column of the weights moves."""
    for i in range(out.shape[0]):
        for a in range(where.shape[0]):
            for t in range(out.shape[1]):
                # Symmetric; in this order the steps lie together in memory.
                out[i, t] += lagged[where[a, 1], i, where[a, 0], t] * weight[a, column]


@compiled
def _given_block(  # type: ignore[no-untyped-def]
    expected, theta, base, needed, where, free, values, targets, groups, fixed,
    out, mean, distance, parts, first, last,
):  # fmt: skip
    m, _, steps = theta.shape[1:]
    k, count = where.shape[0], parts.shape[0]
    lagged = np.empty((m, m, steps, steps))
    cov = np.zeros((k, k))
    # Column 0: what the draw falls short of; the others: what the mean does, group by group. Later
    # the weights that make up for it.
    short = np.zeros((k, count + 1))
    for d in range(first, last):
        _lagged(theta[d], needed, 1, free, lagged)
        short[:] = 0.0
        for a in range(k):
            step, row = where[a, 0], where[a, 1]
            short[a, 0] = values[d, a] - base[d, row, step]
            short[a, 1 + groups[a]] = targets[d, a] - expected[d, row, step]
            for b in range(k):
                cov[a, b] = lagged[row, where[b, 1], step, where[b, 0]]
        if fixed > 0:
            distance[d] = _distance(cov, short, fixed)
        _solve(cov, short)
        for i in range(m):
            for t in range(steps):
                out[d, i, t] = base[d, i, t]
                mean[d, i, t] = expected[d, i, t]
        _moved(lagged, where, short, 0, out[d])
        for g in range(count):
            parts[g, d] = 0.0
            _moved(lagged, where, short, g + 1, parts[g, d])
            for i in range(m):
                for t in range(steps):
                    mean[d, i, t] += parts[g, d, i, t]


def given(
    ahead: Outlook,
    where: Index,
    free: Index,
    values: Array,
    targets: Array,
    groups: Index,
    base: Array,
    fixed: int | None = None,
) -> Paths:
    """Paths given the restricted values, exact for every draw.

    Parameters
    ----------
    ahead : Outlook
    where : ndarray of int, shape (k, 2)
        Step (from 0) of each value and place of its series in the outlook; no two the same.
    free : ndarray of int, shape (f,)
        Columns of P whose shocks may answer for the values.
    values : ndarray, shape (draw, k)
        What the values are in each draw.
    targets : ndarray, shape (draw, k)
        Their means, of which ``mean``, ``parts`` and ``distance`` speak.
    groups : ndarray of int, shape (k,)
        Which condition each value belongs to, from 0.
    base : ndarray, shape (draw, series, step)
        Paths without the conditions, from all shocks (`shocked`).
    fixed : int, optional
        How many of the values, from the first on, ``distance`` speaks of; all of them if not given.

    Returns
    -------
    Paths
    """
    draws, count = len(base), int(groups.max()) + 1 if len(groups) else 0
    out, mean = np.empty(base.shape), np.empty(base.shape)
    distance, parts = np.zeros(draws), np.empty((count, *base.shape))
    needed, most = _needed(ahead, where), len(where) if fixed is None else fixed
    if _few(ahead.theta):
        return _given_of_few(ahead, where, free, values, targets, groups, base, most, count)

    def work(first: int, last: int) -> None:
        _given_block(
            ahead.mean, ahead.theta, base, needed, where, free, values, targets, groups, most,
            out, mean, distance, parts, first, last,
        )  # fmt: skip

    over_blocks(work, draws)
    return Paths(out, mean, distance, parts)


def levels_of(ahead: Outlook, where: Index, free: Index, groups: Index, base: Array) -> Levels:
    """What `at_levels` needs, for values of which each group is held at one level in all draws.

    Parameters
    ----------
    ahead, where, free, groups, base
        As in `given`.
    """
    none = np.zeros((len(base), len(where)))
    at_zero = given(ahead, where, free, none, none, groups, base)
    nothing = ahead._replace(mean=np.zeros(base.shape))
    slopes = given(nothing, where, free, none, none + 1.0, groups, nothing.mean).parts
    expected, cov = restricted_moments(ahead, where, free)
    member = (groups[:, None] == np.arange(len(slopes))).astype(float)
    sides = np.concatenate(
        [expected[:, :, None], np.broadcast_to(member, (len(base), *member.shape))], axis=2
    )
    turned = np.linalg.solve(np.linalg.cholesky(cov), sides).transpose(2, 0, 1).copy()
    # Draw beside draw in memory: what is asked of paths is counted over draws.
    paths = (at_zero.draws, at_zero.mean[:, -1:], at_zero.parts[:, :, -1:], slopes)
    draws, mean, parts, slopes = (np.moveaxis(np.moveaxis(a, -3, -1).copy(), -1, -3) for a in paths)
    return Levels(draws, mean, parts, slopes, turned[0], turned[1:])


def at_levels(known: Levels, levels: Array, alone: bool = False) -> Paths:
    """`given`, where each group of values is held at a level in every draw; mean and parts of the last series alone.

    Parameters
    ----------
    known : Levels
    levels : ndarray, shape (group,)
    alone : bool
        Whether draws too are wanted of the last series only.
    """
    own = slice(-1, None) if alone else slice(None)
    by = levels[:, None, None, None] * known.slopes[:, :, own]
    added = by.sum(axis=0)
    gap = (levels[:, None, None] * known.turned).sum(axis=0) - known.still
    return Paths(
        known.draws[:, own] + added, known.mean + added[:, -1:], (gap * gap).sum(axis=1), known.parts + by[:, :, -1:],
    )  # fmt: skip
