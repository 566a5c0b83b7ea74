r"""Ties over cells of unequal length: years, then months, from any state on.

The model is that of `quadrille.kernels.witness`, over steps of m months instead of a year. With :math:`\rho, Q, r_g, q_g` those of
a year and :math:`h = m / 12`,

.. math::  \rho_h = \rho^h, \quad Q_h = Q \frac{1 - \rho^{2h}}{1 - \rho^2}, \quad
           r_h = r_g^h, \quad q_h = q_g \frac{1 - r_g^{2h}}{1 - r_g^2},

so that the stationary variance and the autocorrelation over a year are the same whatever the steps. Reports are taken one
by one (Koopman & Durbin 2000), forward and backward, in time linear in cells and reports and quadratic in the biases of a
dyad. Normal reports that stand for shares and counts, and the weights of Student innovations, are found dyad by dyad in
passes until the states stand still.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from quadrille.kernels.arrays import Array
from quadrille.kernels.blocks import over_blocks
from quadrille.kernels.compiled import compiled, inner
from quadrille.kernels.witness import (
    _WEIGHTS,
    Items,
    Reports,
    _heavy,
    _invert,
    _natural,
    _roots,
    _site,
)

__all__ = ["Begin", "Passed", "Steps", "run", "steps_of"]

# Part of the way from the last normal reports to the new ones, after the first pass and for dyads that do not come to rest.
_PACE, _SLOW = 0.7, 0.15
_PATIENCE = 20
_LOOSE = 0.3
Ints = NDArray[np.int32]


class Steps(NamedTuple):
    """How far things move over each length of step, M lengths; G biases, S states.

    Attributes
    ----------
    keeps : ndarray, shape (M,)
        What a state keeps of itself.
    spread : ndarray, shape (M, S, S)
        Scale of innovations.
    bias : ndarray, shape (M, G, 2)
        What a bias keeps of itself, and the variance of its innovations.
    """

    keeps: Array
    spread: Array
    bias: Array


class Begin(NamedTuple):
    """States and biases where a dyad begins: ``mean (D, S + G)``, ``cov (D, S + G, S + G)``.

    A bias without variance is not born: it is standard normal at the first report of its group.
    """

    mean: Array
    cov: Array


class Passed(NamedTuple):
    """Moments of states by cell, and of states and biases at the end of one cell of each dyad.

    Attributes
    ----------
    mean : ndarray, shape (cells, S)
    cov : ndarray, shape (cells, S, S)
    change : ndarray, shape (cells, S, S)
        Covariance of what changed since the cell before, or since what comes before the first; 0 where a dyad begins.
    kept : Begin
        Given reports up to that cell, not later ones.
    passes : ndarray of int32, shape (D,)
        How many it took.
    """

    mean: Array
    cov: Array
    change: Array
    kept: Begin
    passes: Ints


def steps_of(items: Items, months: Array) -> Steps:
    """Steps of so many months from the dynamics of a year.

    Parameters
    ----------
    items : Items
        Dynamics of a year.
    months : ndarray, shape (M,)
        Lengths.
    """
    h = np.asarray(months, float) / 12.0
    keeps = items.rho**h
    part = (1.0 - keeps**2) / (1.0 - items.rho**2)
    r, q = items.drift.T
    own = r ** h[:, None]
    drift = q * (1.0 - own**2) / (1.0 - r**2)
    spread = np.linalg.inv(items.precision) * part[:, None, None]
    return Steps(keeps, spread, np.stack([own, drift], 2))


@inner
def _columns(reports, items, c0, c1, mean, cov, column, named, born):  # type: ignore[no-untyped-def]
    """Which biases take part, and the cell in which they are born, -1: before. How many columns.

    They are those that reports speak through, and those that the beginning knows of.
    """
    s = items.precision.shape[0]
    g_all = items.drift.shape[0]
    column[:] = -1
    born[:] = -1
    for c in range(c0, c1):
        for o in range(reports.cell[c], reports.cell[c + 1]):
            g = items.group[reports.item[o]]
            if column[g] < 0:
                column[g] = c - c0
    n = s
    for g in range(g_all):
        first = column[g]
        takes_part = first >= 0 or mean[s + g] != 0.0
        for j in range(s + g_all):
            if j != s + g and cov[s + g, j] != 0.0:
                takes_part = True
        column[g] = -1
        if takes_part:
            column[g] = n
            named[n] = s + g
            born[n] = first if cov[s + g, s + g] == 0.0 else -1
            n += 1
    for i in range(s):
        named[i] = i
    return n


@inner
def _keeps(n, s, t, m, steps, named, born, keep):  # type: ignore[no-untyped-def]
    """What each column keeps of itself over the step into a cell; nothing up to its birth."""
    for i in range(n):
        keep[i] = steps.keeps[m] if i < s else steps.bias[m, named[i] - s, 0]
        if t <= born[i]:
            keep[i] = 0.0


@inner
def _predict(a, p, n, s, t, m, lam, steps, named, born, keep):  # type: ignore[no-untyped-def]
    """One step ahead in place."""
    _keeps(n, s, t, m, steps, named, born, keep)
    for i in range(n):
        a[i] *= keep[i]
        for j in range(n):
            p[i, j] *= keep[i] * keep[j]
            if i < s and j < s:
                p[i, j] += steps.spread[m, i, j] / lam
        if i >= s and t > born[i]:
            p[i, i] += steps.bias[m, named[i] - s, 1]


@inner
def _loads(items, k, s, column, at, load):  # type: ignore[no-untyped-def]
    for i in range(s):
        at[i] = i
        load[i] = items.theta[k, i + 1]
    at[s] = column[items.group[k]]
    load[s] = items.theta[k, s + 1]


@inner
def _forward(d, grid, reports, items, steps, omega, value, lam, room):  # type: ignore[no-untyped-def]
    """Filter; leaves predictions, gains and innovations in the room."""
    n, s, column, named, born, at, load, keep, a, p, a_all, p_all, gain, push, weigh = room
    dyad, step, hold, kept_mean, kept_cov = grid
    first_report = reports.cell[dyad[d]]
    for t in range(dyad[d + 1] - dyad[d]):
        c = dyad[d] + t
        if step[c] >= 0:
            _predict(a, p, n, s, t, step[c], lam[c], steps, named, born, keep)
        for i in range(s, n):
            if t == born[i]:
                p[i, i] = 1.0
        for i in range(n):
            a_all[t, i] = a[i]
            for j in range(n):
                p_all[t, i, j] = p[i, j]
        for o in range(reports.cell[c], reports.cell[c + 1]):
            k = reports.item[o]
            _loads(items, k, s, column, at, load)
            w, h = _natural(
                items.family[k], reports.y[o], reports.offset[o], reports.weight[o],
                items.noise[k], omega[o], value[o],
            )  # fmt: skip
            x = o - first_report
            seen = items.theta[k, 0]
            for i in range(n):
                v = 0.0
                for j in range(s + 1):
                    v += p[i, at[j]] * load[j]
                gain[x, i] = v
            c_o = 0.0
            for j in range(s + 1):
                c_o += load[j] * gain[x, at[j]]
                seen += load[j] * a[at[j]]
            push[x] = (h - w * seen) / (1.0 + w * c_o)
            weigh[x] = w / (1.0 + w * c_o)
            for i in range(n):
                a[i] += gain[x, i] * push[x]
                for j in range(n):
                    p[i, j] -= gain[x, i] * gain[x, j] * weigh[x]
        if t == hold[d]:
            for i in range(n):
                kept_mean[d, named[i]] = a[i]
                for j in range(n):
                    kept_cov[d, named[i], named[j]] = p[i, j]


@inner
def _unreport(x, n, s, at, load, gain, push, weigh, r, big, nk):  # type: ignore[no-untyped-def]
    """Take r and N back over one report."""
    along = 0.0
    quad = 0.0
    for i in range(n):
        along += gain[x, i] * r[i]
        v = 0.0
        for j in range(n):
            v += big[i, j] * gain[x, j]
        nk[i] = v * weigh[x]
    for i in range(n):
        quad += gain[x, i] * weigh[x] * nk[i]
    for i in range(s + 1):
        r[at[i]] += load[i] * (push[x] - weigh[x] * along)
        for j in range(n):
            big[at[i], j] -= load[i] * nk[j]
            big[j, at[i]] -= load[i] * nk[j]
    for i in range(s + 1):
        for j in range(s + 1):
            big[at[i], at[j]] += load[i] * load[j] * (weigh[x] + quad)


@inner
def _moments(row, n, big, other):  # type: ignore[no-untyped-def]
    """Row N other."""
    v = 0.0
    for i in range(n):
        f = 0.0
        for j in range(n):
            f += big[i, j] * other[j]
        v += row[i] * f
    return v


@inner
def _sites(c, t, pace, reports, items, omega, value, column, at, load, n, s, a, p, r, big, row):  # type: ignore[no-untyped-def]
    """Normal reports that stand for the shares and counts of a cell, a part of the way."""
    for o in range(reports.cell[c], reports.cell[c + 1]):
        k = reports.item[o]
        if items.family[k] == 0:
            continue
        _loads(items, k, s, column, at, load)
        psi = items.theta[k, 0]
        var = 0.0
        for i in range(n):
            v = 0.0
            for j in range(s + 1):
                v += load[j] * p[t, at[j], i]
            row[i] = v
            psi += v * r[i]
        for j in range(s + 1):
            psi += load[j] * a[t, at[j]]
            var += load[j] * row[at[j]]
        var = max(var - _moments(row, n, big, row), 1e-10)
        w, h = _site(
            items.family[k], reports.y[o], reports.offset[o], reports.weight[o], items.noise[k],
            items.story, psi, var,
        )  # fmt: skip
        omega[o] += pace * (w - omega[o])
        value[o] += pace * (h - value[o])


@inner
def _weight(spread, nu, now, r, big, s, loose):  # type: ignore[no-untyped-def]
    """The weight of an innovation whose smoothed moments are in r and N, a part of the way."""
    if nu <= 0.0:
        return 1.0
    mean, cov, precision, room, root, upright, mass, far, unused = loose
    for i in range(s):
        mean[i] = 0.0
        for j in range(s):
            precision[i, j] = spread[i, j]
            mean[i] += spread[i, j] / now * r[j]
            cov[i, j] = spread[i, j] / now
            for k in range(s):
                for o in range(s):
                    cov[i, j] -= spread[i, k] * big[k, o] * spread[o, j] / now**2
    _invert(precision, s)
    _roots(precision, s, root, upright)
    new, _ = _heavy(mean, cov, root, upright, nu, now, s, room, mass, far, unused)
    return np.sqrt(now * new)


@inner
def _with_change(i, p, n, s, keeps, spread, lam, row):  # type: ignore[no-untyped-def]
    """Covariance of what state i changes over the step into a cell with the columns foretold there, of covariance ``p``."""
    for j in range(n):
        q = spread[i, j] / lam if j < s else 0.0
        row[j] = q - (1.0 - keeps) / keeps * (p[i, j] - q)


@inner
def _changed(p, n, s, keeps, spread, lam, big, row, other, out):  # type: ignore[no-untyped-def]
    """Covariance of what states change over the step into a cell, given what comes before and, in N, what comes after.

    With P = k^2 P' + Q foretold, a change is -(1 - k) x' and an innovation.
    """
    for i in range(s):
        _with_change(i, p, n, s, keeps, spread, lam, row)
        for j in range(i + 1):
            _with_change(j, p, n, s, keeps, spread, lam, other)
            q = spread[i, j] / lam
            v = q + ((1.0 - keeps) / keeps) ** 2 * (p[i, j] - q)
            v -= _moments(row, n, big, other)
            out[i, j] = v
            out[j, i] = v


@inner
def _backward(d, grid, pace, reports, items, steps, omega, value, lam, room, back, mean, cov, change):  # type: ignore[no-untyped-def]  # fmt: skip
    """Smoother; writes moments, sites and weights of innovations. How far the states moved."""
    n, s, column, named, born, at, load, keep, _a, _p, a_all, p_all, gain, push, weigh = room
    r, big, nk, row, loose = back
    dyad, step = grid[0], grid[1]
    first_report = reports.cell[dyad[d]]
    r[:] = 0.0
    big[:, :] = 0.0
    moved = 0.0
    for t in range(dyad[d + 1] - dyad[d] - 1, -1, -1):
        c = dyad[d] + t
        for o in range(reports.cell[c + 1] - 1, reports.cell[c] - 1, -1):
            _loads(items, reports.item[o], s, column, at, load)
            _unreport(o - first_report, n, s, at, load, gain, push, weigh, r, big, nk)
        for i in range(s):
            v = a_all[t, i]
            for j in range(n):
                v += p_all[t, i, j] * r[j]
            moved = max(moved, abs(v - mean[c, i]))
            mean[c, i] = v
            for j in range(i + 1):
                v = p_all[t, i, j] - _moments(p_all[t, i], n, big, p_all[t, j])
                cov[c, i, j] = v
                cov[c, j, i] = v
        _sites(
            c,
            t,
            pace,
            reports,
            items,
            omega,
            value,
            column,
            at,
            load,
            n,
            s,
            a_all,
            p_all,
            r,
            big,
            row,
        )
        m = step[c]
        if m < 0:
            continue
        _changed(p_all[t], n, s, steps.keeps[m], steps.spread[m], lam[c], big, nk, row, change[c])
        lam[c] = _weight(steps.spread[m], items.nu, lam[c], r, big, s, loose)
        _keeps(n, s, t, m, steps, named, born, keep)
        for i in range(n):
            r[i] *= keep[i]
            for j in range(n):
                big[i, j] *= keep[i] * keep[j]
    return moved


@inner
def _unspoken(d, grid, steps, s, column, mean, cov):  # type: ignore[no-untyped-def]
    """Biases that take no part move by themselves up to the cell that is kept."""
    dyad, step, hold, _, kept_cov = grid
    for g in range(column.size):
        if column[g] >= 0 or cov[s + g, s + g] == 0.0:
            continue
        v = cov[s + g, s + g]
        for c in range(dyad[d], dyad[d] + hold[d] + 1):
            if step[c] >= 0:
                v = steps.bias[step[c], g, 0] ** 2 * v + steps.bias[step[c], g, 1]
        kept_cov[d, s + g, s + g] = v


@compiled
def _run(first, last, grid, reports, items, steps, begin, omega, value, lam, mean, cov, change, most, still, passes):  # type: ignore[no-untyped-def]  # fmt: skip
    dyad = grid[0]
    s = items.precision.shape[0]
    wide = s + items.drift.shape[0]
    longest = 1
    reported = 1
    for d in range(first, last):
        longest = max(longest, dyad[d + 1] - dyad[d])
        reported = max(reported, reports.cell[dyad[d + 1]] - reports.cell[dyad[d]])
    column = np.empty(wide - s, np.int64)
    named = np.empty(wide, np.int64)
    born = np.empty(wide, np.int64)
    at = np.empty(s + 1, np.int64)
    load = np.empty(s + 1)
    keep = np.empty(wide)
    a = np.empty(wide)
    p = np.empty((wide, wide))
    a_all = np.empty((longest, wide))
    p_all = np.empty((longest, wide, wide))
    gain = np.empty((reported, wide))
    push = np.empty(reported)
    weigh = np.empty(reported)
    size = _WEIGHTS.size
    loose = (
        np.empty(s), np.empty((s, s)), np.empty((s, s)), np.empty((6, s, s)),
        np.zeros((s, s)), np.zeros((s, s)),
        np.empty(size), np.empty(size), np.zeros((s, s)),
    )  # fmt: skip
    back = (np.empty(wide), np.empty((wide, wide)), np.empty(wide), np.empty(wide), loose)
    for d in range(first, last):
        if dyad[d + 1] == dyad[d]:
            continue
        b = min(d, begin.mean.shape[0] - 1)
        n = _columns(
            reports, items, dyad[d], dyad[d + 1], begin.mean[b], begin.cov[b], column, named, born
        )
        room = (n, s, column, named, born, at, load, keep, a, p, a_all, p_all, gain, push, weigh)
        _unspoken(d, grid, steps, s, column, begin.mean[b], begin.cov[b])
        for r in range(most):
            pace = 1.0 if r == 0 else (_PACE if r < _PATIENCE else _SLOW)
            for i in range(n):
                a[i] = begin.mean[b, named[i]]
                for j in range(n):
                    p[i, j] = begin.cov[b, named[i], named[j]]
            _forward(d, grid, reports, items, steps, omega, value, lam, room)
            moved = _backward(
                d, grid, pace, reports, items, steps, omega, value, lam, room, back, mean, cov, change,
            )  # fmt: skip
            passes[d] = r + 1
            if r > 0 and moved < still:
                break


@compiled
def _guess(first, last, reports, items, omega, value):  # type: ignore[no-untyped-def]
    for o in range(first, last):
        k = reports.item[o]
        if items.family[k] != 0:
            omega[o], value[o] = _site(
                items.family[k], reports.y[o], reports.offset[o], reports.weight[o], items.noise[k],
                items.story, items.theta[k, 0], 1.0,
            )  # fmt: skip


def run(
    reports: Reports, step: Ints, items: Items, steps: Steps, begin: Begin, hold: Ints,
    *, most: int = 60, still: float = 0.003,
) -> Passed:  # fmt: skip
    """Posterior of every dyad over its cells.

    Parameters
    ----------
    reports : Reports
    step : ndarray of int32, shape (cells,)
        Which of ``steps`` leads to the cell, from the one before or, for the first of a dyad, from where it begins; -1: the
        dyad begins in this cell.
    items : Items
    steps : Steps
    begin : Begin
        One for each dyad, or one for all.
    hold : ndarray of int32, shape (D,)
        The cell of each dyad, from its first, at the end of which states and biases are kept.
    most : int
        Passes at most.
    still : float
        A dyad is done when no state moved by as much in a pass.
    """
    cells, n, dyads = reports.cell.size - 1, reports.item.size, reports.dyad.size - 1
    s = items.theta.shape[1] - 2
    omega, value = np.zeros(n), np.zeros(n)
    over_blocks(lambda a, b: _guess(a, b, reports, items, omega, value), n)
    mean, passes = np.zeros((cells, s)), np.zeros(dyads, np.int32)
    cov, change = np.zeros((2, cells, s, s))
    wide = begin.mean.shape[1]
    kept = Begin(np.zeros((dyads, wide)), np.zeros((dyads, wide, wide)))
    grid = (reports.dyad, step, hold, kept.mean, kept.cov)
    lam = np.full(cells, _LOOSE)

    def work(a: int, b: int) -> None:
        _run(a, b, grid, reports, items, steps, begin, omega, value, lam, mean, cov, change, most, still, passes)  # fmt: skip

    over_blocks(work, dyads)
    return Passed(mean, cov, change, kept, passes)
