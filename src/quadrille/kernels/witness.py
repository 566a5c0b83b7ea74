r"""One pass of variational EM over dyads that many witnesses report on.

State of a dyad: :math:`x_t = \rho x_{t-1} + \eta_t`, :math:`\eta_t \sim N(0, Q / \lambda_t)`, with
:math:`\lambda_t \sim \mathrm{Gamma}(\nu/2, \nu/2)`, so that innovations are Student t and a war is a jump.
Item k of a witness g sees :math:`\psi = o + \alpha_k + \beta_k' x_t + \gamma_k u_{gt}`, where u is the dyad's own
bias in that witness, which may drift, :math:`u_t = r_g u_{t-1} + N(0, q_g)`, through one of three likelihoods: normal with
variance :math:`s^2 + \omega_k`; binomial with log odds :math:`\psi`; negative binomial with mean :math:`e^\psi` and size r.
For the last two a normal report stands
whose precision is :math:`-E\,\partial^2 \log p(y \mid \psi)` and whose pull is :math:`E\,\partial \log p(y \mid \psi)` under
the posterior of :math:`\psi`: at the fixed point the best normal approximation to the posterior (Opper & Archambeau 2009,
Khan & Lin 2017). A bound by Pólya-Gamma variables is quicker and wrong here: of rare disputes it takes every quiet
year for seven times the evidence that it is. A share of several events that lies z standard deviations from what is expected of
it counts :math:`(\nu_s + 1) / (\nu_s + z^2)` times, as an error with Student's distribution does (Lange, Little & Taylor 1989):
one story does not carry a tie.

Given these, states and biases of a dyad are jointly normal with a precision that is block-tridiagonal in
time with an arrow of biases: eliminated in time linear in the years, exactly.
"""

from __future__ import annotations

from threading import Lock
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from quadrille.kernels.arrays import Array
from quadrille.kernels.blocks import over_blocks
from quadrille.kernels.compiled import fused, inner_fused

__all__ = [
    "BINOMIAL",
    "COUNT",
    "NORMAL",
    "Items",
    "Posterior",
    "Reports",
    "Statistics",
    "first_guess",
    "means",
    "sweep",
]

NORMAL, BINOMIAL, COUNT = 0, 1, 2
_AT, _MASS = np.polynomial.hermite_e.hermegauss(9)
_MASS = _MASS / _MASS.sum()
# Part of the way from the last normal report to the new one.
_PACE = 0.7
# Where a report would move its own logit further than this, the curvature of a bound (Jaakkola & Jordan 2000) keeps
# the step from going too far.
_FAR = 2.0
# What rounding leaves of a pivot is no less than this.
_TINY = 1e-12
# Weights of Student innovations that are tried, evenly spaced in their logarithm.
_WEIGHTS = np.exp(np.linspace(np.log(0.02), np.log(4.0), 11))
_LOG_WEIGHTS = np.log(_WEIGHTS)
# Sweeps of Jacobi rotations over a state of more than two parts.
_ROTATIONS = 6
# Innovations are let loose at first, so that a jump can be seen.
_LOOSE = 0.3
Ints = NDArray[np.int32]


class Reports(NamedTuple):
    """What witnesses report, sorted by cell; a cell is a dyad's period, cells of a dyad follow each other.

    Attributes
    ----------
    dyad : ndarray of int32, shape (dyads + 1,)
        First cell of each dyad.
    cell : ndarray of int32, shape (cells + 1,)
        First report of each cell.
    item : ndarray of int32, shape (reports,)
    y : ndarray, shape (reports,)
        A number, successes, or a count.
    offset : ndarray, shape (reports,)
        Of counts the log of what is expected; of shares the number of trials; of normal reports their sampling variance.
    weight : ndarray, shape (reports,)
        Power of the likelihood: 1/2 for each of two codings of one thing.
    """

    dyad: Ints
    cell: Ints
    item: Ints
    y: Array
    offset: Array
    weight: Array


class Items(NamedTuple):
    """Parameters of the items, K, the groups that share a bias, G, and the states, S.

    Attributes
    ----------
    family : ndarray of int32, shape (K,)
        NORMAL, BINOMIAL or COUNT.
    group : ndarray of int32, shape (K,)
    theta : ndarray, shape (K, S + 2)
        Level, loadings on the states, loading on the dyad's own bias in that witness.
    noise : ndarray, shape (K,)
        Variance beyond sampling, of normal items; size of the negative binomial, of counts.
    drift : ndarray, shape (G, 2)
        Autoregression of biases and variance of its innovations; the first bias is standard normal.
    rho : float
    start, precision : ndarray, shape (S, S)
        Precision of the first state, and of innovations.
    nu : float
        Degrees of freedom of innovations; 0: normal.
    story : float
        Degrees of freedom of shares of several events about what all else foretells; 0: binomial.
    """

    family: Ints
    group: Ints
    theta: Array
    noise: Array
    drift: Array
    rho: float
    start: Array
    precision: Array
    nu: float
    story: float = 0.0


class Posterior(NamedTuple):
    """What a sweep leaves.

    Moments of states ``mean (cells, S)``, ``cov (cells, S, S)``, ``change (cells, S, S)``, the covariance of what changed since
    the cell before (0 in a dyad's first), weights ``scale (cells,)`` of innovations, and precisions and precision-weighted values ``omega``, ``value (reports,)`` of the normal reports that stand for
    shares and counts; ``fit``, ``fit_var (reports,)`` of what items see,
    less the offset.
    """

    mean: Array
    cov: Array
    change: Array
    scale: Array
    omega: Array
    value: Array
    fit: Array
    fit_var: Array


class Statistics(NamedTuple):
    """Sums for the M step.

    Attributes
    ----------
    gram : ndarray, shape (K, S + 2, S + 2)
        Precision-weighted second moments of (1, x, u).
    cross : ndarray, shape (K, S + 2)
    excess : ndarray, shape (K, 2)
        Of normal items: expected squared error beyond sampling, and how many.
    bias : ndarray, shape (G, 6)
        Of biases: expected squares of the first, how many; of the later ones squares, products with the one before,
        squares of the one before, how many.
    lean : ndarray, shape (G, S + 1, S + 1)
        Second moments of (1, x) in the metric of each bias.
    leant : ndarray, shape (G, S + 1)
        Products of (1, x) and the bias in the same metric: how far biases lean on the states.
    start, step : ndarray, shape (S, S)
        Second moments of first states, and of innovations by their weights.
    lag, square : ndarray, shape (1,)
        Weighted products of x_t and x_{t-1}, and squares of x_{t-1}, in the metric of the precision.
    many : ndarray, shape (2,)
        First states and innovations.
    """

    gram: Array
    cross: Array
    excess: Array
    bias: Array
    lean: Array
    leant: Array
    start: Array
    step: Array
    lag: Array
    square: Array
    many: Array


@inner_fused
def _invert(a, n):  # type: ignore[no-untyped-def]
    """Inverse of a positive definite matrix in place, by Gauss-Jordan elimination."""
    for p in range(n):
        pivot = 1.0 / max(a[p, p], _TINY)
        a[p, p] = 1.0
        for j in range(n):
            a[p, j] *= pivot
        for i in range(n):
            if i != p:
                f = a[i, p]
                a[i, p] = 0.0
                for j in range(n):
                    a[i, j] -= f * a[p, j]


@inner_fused
def _natural(family, y, offset, weight, noise, omega, value):  # type: ignore[no-untyped-def]
    """Precision and precision-weighted value of a report."""
    if family == 0:
        w = weight / (offset + noise)
        return w, w * y
    return weight * omega, weight * value


@inner_fused
def _logistic(mean, var):  # type: ignore[no-untyped-def]
    """Expectation of the logistic function of a normal, and of its derivative."""
    sd = np.sqrt(var)
    first = 0.0
    second = 0.0
    for i in range(_AT.size):
        p = 1.0 / (1.0 + np.exp(-(mean + sd * _AT[i])))
        first += _MASS[i] * p
        second += _MASS[i] * p * (1.0 - p)
    return first, second


@inner_fused
def _site(family, y, offset, weight, noise, story, psi, var):  # type: ignore[no-untyped-def]
    """Precision and precision-weighted value of the normal report that stands for a share or a count."""
    if family == 1:
        trials = offset
        at = psi
    else:
        trials = y + noise
        at = psi + offset - np.log(noise)
    first, second = _logistic(at, var)
    w = max(trials * second, 1e-10)
    pull = y - trials * first
    if abs(pull) * var > _FAR:
        c = np.sqrt(at * at + var)
        w = trials * np.tanh(0.5 * c) / (2.0 * c)
    value = pull + w * psi
    if family == 1 and story > 0.0 and offset > 1.0:
        # Expected squared distance of the share, against the variance of so many events as the report is worth.
        off = y * y - 2.0 * offset * y * first + offset * offset * (first - second)
        trust = (story + 1.0) / (story + off * weight / (offset * max(second, 1e-10)))
        w *= trust
        value *= trust
    return w, value


@inner_fused
def _rotate(a, v, n):  # type: ignore[no-untyped-def]
    """Eigenvalues of a symmetric matrix on its diagonal, vectors in the columns of ``v``, by Jacobi rotations."""
    for i in range(n):
        for j in range(n):
            v[i, j] = 1.0 if i == j else 0.0
    for _ in range(_ROTATIONS if n > 2 else 1):
        for p in range(n):
            for q in range(p + 1, n):
                if a[p, q] == 0.0:
                    continue
                tau = 0.5 * (a[q, q] - a[p, p]) / a[p, q]
                t = 1.0 / (abs(tau) + np.sqrt(1.0 + tau * tau))
                if tau < 0.0:
                    t = -t
                c = 1.0 / np.sqrt(1.0 + t * t)
                d = t * c
                for i in range(n):
                    x, y = a[i, p], a[i, q]
                    a[i, p], a[i, q] = c * x - d * y, d * x + c * y
                for i in range(n):
                    x, y = a[p, i], a[q, i]
                    a[p, i], a[q, i] = c * x - d * y, d * x + c * y
                for i in range(n):
                    x, y = v[i, p], v[i, q]
                    v[i, p], v[i, q] = c * x - d * y, d * x + c * y


@inner_fused
def _heavy(mean, cov, root, back, nu, now, s, room, log_mass, far, step_sum):  # type: ignore[no-untyped-def]
    """What a Student innovation is worth to its neighbours, and the mean of its weight.

    The innovation's own normal site is taken out of its posterior and the mixture over weights put in its place; the
    new site has the mixture's second moment (Minka 2001). Adds the mixture's weighted second moment to ``step_sum``.
    ``root`` is L of the innovations' precision LL', ``back`` the inverse of L'. In the coordinates in which that precision
    is one and the posterior's diagonal, each weight costs a sum over the parts of the state.
    """
    a, v, sums, turned = room[0], room[1], room[2], room[3]
    k, g = room[4, 0], room[5, 0]
    for i in range(s):
        for j in range(s):
            x = 0.0
            for m in range(j, s):
                x += cov[i, m] * root[m, j]
            turned[i, j] = x
    for i in range(s):
        for j in range(s):
            x = 0.0
            for m in range(i, s):
                x += root[m, i] * turned[m, j]
            a[i, j] = x
    _rotate(a, v, s)
    for i in range(s):
        k[i] = 1.0 / max(a[i, i], _TINY)
        x = 0.0
        for j in range(s):
            for m in range(j, s):
                x += v[j, i] * root[m, j] * mean[m]
        g[i] = k[i] * x
    size = _WEIGHTS.size
    best = -np.inf
    for w in range(size):
        lam = _WEIGHTS[w]
        volume = 1.0
        half = 0.0
        spread = 0.0
        for i in range(s):
            precision = max(k[i] + lam - now, _TINY)
            at = g[i] / precision
            volume *= precision
            half += 0.5 * at * g[i]
            spread += 1.0 / precision + at * at
        far[w] = spread
        log_mass[w] = (
            0.5 * (nu + s) * _LOG_WEIGHTS[w] - 0.5 * nu * lam - 0.5 * np.log(volume) + half
        )
        best = max(best, log_mass[w])
    total = 0.0
    for w in range(size):
        log_mass[w] = np.exp(log_mass[w] - best)
        total += log_mass[w]
    second = 0.0
    average = 0.0
    for i in range(s):
        for j in range(s):
            sums[i, j] = 0.0
    for w in range(size):
        p = log_mass[w] / total
        second += p * far[w]
        average += p * _WEIGHTS[w]
        for i in range(s):
            one = 1.0 / max(k[i] + _WEIGHTS[w] - now, _TINY)
            sums[i, i] += p * _WEIGHTS[w] * one
            for j in range(s):
                other = 1.0 / max(k[j] + _WEIGHTS[w] - now, _TINY)
                sums[i, j] += p * _WEIGHTS[w] * one * g[i] * other * g[j]
    for i in range(s):
        for j in range(s):
            x = 0.0
            for m in range(i, s):
                x += back[i, m] * v[m, j]
            turned[i, j] = x
    for i in range(s):
        for j in range(s):
            for m in range(s):
                for n in range(s):
                    step_sum[i, j] += turned[i, m] * sums[m, n] * turned[j, n]
    # far falls as the weight rises; the weight that gives the mixture's second moment lies between two nodes.
    w = 1
    while w < size - 1 and far[w] > second:
        w += 1
    part = np.log(far[w - 1] / second) / np.log(far[w - 1] / far[w])
    part = min(max(part, 0.0), 1.0)
    return _WEIGHTS[w - 1] * (_WEIGHTS[w] / _WEIGHTS[w - 1]) ** part, average


@inner_fused
def _roots(a, n, root, back):  # type: ignore[no-untyped-def]
    """Lower triangular L of a positive definite matrix LL', and the inverse of L'."""
    for i in range(n):
        for j in range(i + 1):
            x = a[i, j]
            for m in range(j):
                x -= root[i, m] * root[j, m]
            root[i, j] = np.sqrt(x) if i == j else x / root[j, j]
    for i in range(n - 1, -1, -1):
        for j in range(i, n):
            x = 1.0 if i == j else 0.0
            for m in range(i + 1, n):
                x -= root[m, i] * back[m, j]
            back[i, j] = x / root[i, i]


@inner_fused
def _leaning(born, died, place, rhs, diag, lag, drift, s, lean, leant):  # type: ignore[no-untyped-def]
    """Add what a bias has to do with the states over its life, in the metric of its own innovations."""
    r = drift[0]
    for t in range(born, died + 1):
        first = t == born
        w = 1.0 if first else 1.0 / drift[1]
        f = 0.0 if first else r
        b = t - 1 if not first else t
        i_now = place[t]
        i_old = place[b]
        u = rhs[t, i_now] - f * rhs[b, i_old]
        lean[0, 0] += w * (1.0 - f) ** 2
        leant[0] += w * (1.0 - f) * u
        for i in range(s):
            x = rhs[t, i] - f * rhs[b, i]
            lean[0, i + 1] += w * (1.0 - f) * x
            lean[i + 1, 0] += w * (1.0 - f) * x
            both = x * u + diag[t, i, i_now]
            if not first:
                both += f * (f * diag[b, i, i_old] - lag[b, i, i_now] - lag[b, i_old, i])
            leant[i + 1] += w * both
            for j in range(s):
                both = x * (rhs[t, j] - f * rhs[b, j]) + diag[t, i, j]
                if not first:
                    both += f * (f * diag[b, i, j] - lag[b, i, j] - lag[b, j, i])
                lean[i + 1, j + 1] += w * both


class _Room(NamedTuple):
    """Arrays of one dyad after another: periods, then columns (states, then groups' biases).

    Of each period: which columns are ``alive``, their ``named`` numbers, and the ``place`` of each, -1 if it is not.
    """

    alive: Array
    named: Array
    place: Array
    born: Array
    died: Array
    diag: Array
    gain: Array
    rhs: Array
    d1: Array
    u: Array
    at: Array
    load: Array


@inner_fused
def _room(first, last, which, dyad, s, most):  # type: ignore[no-untyped-def]
    """Room for the longest of some dyads."""
    n = 1
    for e in range(first, last):
        n = max(n, dyad[which[e] + 1] - dyad[which[e]])
    return _Room(
        np.zeros(n, np.int64), np.zeros((n, most), np.int64), np.zeros((n, most), np.int64),
        np.zeros(most, np.int64), np.zeros(most, np.int64), np.zeros((n, most, most)),
        np.zeros((n, most, most)), np.zeros((n, most)), np.empty((most, most)), np.empty(most),
        np.empty(s + 1, np.int64), np.empty(s + 1),
    )  # fmt: skip


@inner_fused
def _lives(c0, t_all, s, told, cell, item, group, room):  # type: ignore[no-untyped-def]
    """Columns that are alive in each period: a bias lives from the first report of its group to the last."""
    alive, named, place, born, died = room[:5]
    most = born.size
    for i in range(most):
        born[i] = 0 if i < s else t_all
        died[i] = t_all - 1 if i < s else -1
    for t in range(t_all):
        for o in range(cell[c0 + t], cell[c0 + t + 1]):
            if not told[o]:
                continue
            i = s + group[item[o]]
            born[i] = min(born[i], t)
            died[i] = t
    for t in range(t_all):
        n = 0
        for i in range(most):
            place[t, i] = -1
            if born[i] <= t <= died[i]:
                place[t, i] = n
                named[t, n] = i
                n += 1
        alive[t] = n


@inner_fused
def _laid(c0, t_all, s, told, reports, items, post, room):  # type: ignore[no-untyped-def]
    """Precision and precision-weighted values; only a lower and upper pair of blocks is not diagonal."""
    _, cell, item, y, offset, weight = reports
    family, group, theta, noise, drift, rho, start, precision, _, _ = items
    _, _, _, scale, omega, value, _, _ = post
    alive, named, place, born, died, diag, _, rhs, _, _, at, load = room
    for t in range(t_all):
        c = c0 + t
        n = alive[t]
        for i in range(n):
            for j in range(n):
                diag[t, i, j] = 0.0
            rhs[t, i] = 0.0
        for i in range(s):
            for j in range(s):
                v = scale[c] * precision[i, j]
                if t == 0:
                    v = start[i, j]
                if t + 1 < t_all:
                    v += scale[c + 1] * rho * rho * precision[i, j]
                diag[t, i, j] = v
        for i in range(s, n):
            k = named[t, i]
            g = k - s
            v = 1.0 if t == born[k] else 1.0 / drift[g, 1]
            if t < died[k]:
                v += drift[g, 0] ** 2 / drift[g, 1]
            diag[t, i, i] = v
        for o in range(cell[c], cell[c + 1]):
            if not told[o]:
                continue
            k = item[o]
            w, h = _natural(family[k], y[o], offset[o], weight[o], noise[k], omega[o], value[o])
            h -= w * theta[k, 0]
            at[s] = place[t, s + group[k]]
            load[s] = theta[k, s + 1]
            for i in range(s):
                at[i] = i
                load[i] = theta[k, i + 1]
            for i in range(s + 1):
                rhs[t, at[i]] += load[i] * h
                for j in range(s + 1):
                    diag[t, at[i], at[j]] += w * load[i] * load[j]


@inner_fused
def _eliminated(c0, t_all, s, items, scale, room):  # type: ignore[no-untyped-def]
    """Forward elimination: diag holds inverses, gain D_t^-1 U_t with U_t = -(rho Q^-1 / lambda, r / q)."""
    _, _, _, _, drift, rho, _, precision, _, _ = items
    alive, named, place, born, _, diag, gain, rhs, d1, u, _, _ = room
    for t in range(t_all):
        n = alive[t]
        if t > 0:
            f = -scale[c0 + t] * rho
            for i in range(s):
                for j in range(n):
                    v = 0.0
                    for m in range(s):
                        v += f * precision[m, i] * gain[t - 1, m, j]
                    diag[t, i, j] -= v
                v = 0.0
                for m in range(s):
                    v += f * precision[m, i] * rhs[t - 1, m]
                rhs[t, i] -= v
            for i in range(s, n):
                k = named[t, i]
                if born[k] == t:
                    continue
                b = place[t - 1, k]
                f = -drift[k - s, 0] / drift[k - s, 1]
                for j in range(n):
                    diag[t, i, j] -= f * gain[t - 1, b, j]
                rhs[t, i] -= f * rhs[t - 1, b]
        for i in range(n):
            for j in range(n):
                d1[i, j] = diag[t, i, j]
        _invert(d1, n)
        for i in range(n):
            v = 0.0
            for j in range(n):
                diag[t, i, j] = d1[i, j]
                v += d1[i, j] * rhs[t, j]
            u[i] = v
        for i in range(n):
            rhs[t, i] = u[i]
        if t + 1 < t_all:
            f = -scale[c0 + t + 1] * rho
            for j in range(s):
                for i in range(n):
                    v = 0.0
                    for m in range(s):
                        v += d1[i, m] * f * precision[m, j]
                    gain[t, i, j] = v
            for j in range(s, alive[t + 1]):
                k = named[t + 1, j]
                b = place[t, k]
                f = drift[k - s, 0] / drift[k - s, 1]
                for i in range(n):
                    gain[t, i, j] = -d1[i, b] * f if b >= 0 else 0.0


@inner_fused
def _forward(c0, t_all, s, told, reports, items, post, room):  # type: ignore[no-untyped-def]
    """A dyad's precision and the half of its elimination that goes forward in time."""
    _lives(c0, t_all, s, told, reports.cell, reports.item, items.group, room)
    _laid(c0, t_all, s, told, reports, items, post, room)
    _eliminated(c0, t_all, s, items, post.scale, room)


@fused
def _sweep(first, last, which, told, reports, items, post, keep, pace, stats):  # type: ignore[no-untyped-def]
    dyad, cell, item, y, offset, weight = reports
    family, group, theta, noise, drift, rho, _, precision, nu, story = items
    mean, cov, change, scale, omega, value, fit, fit_var = post
    gram, cross, excess, bias_sum, lean, leant, start_sum, step_sum, lag_sum, square_sum, count = (
        stats
    )
    s = precision.shape[0]
    g_all = drift.shape[0]
    most = s + g_all
    room = _room(first, last, which, dyad, s, most)
    alive, _, place, born, died, diag, gain, rhs, d1, _, at, load = room
    lag = np.zeros_like(diag)
    one = np.empty(s + 2)
    d_mean = np.empty(s)
    d_cov = np.empty((s, s))
    six = np.empty((6, s, s))
    root = np.zeros((s, s))
    back = np.zeros((s, s))
    _roots(precision, s, root, back)
    mass = np.empty(_WEIGHTS.size)
    far = np.empty(_WEIGHTS.size)
    for e in range(first, last):
        d = which[e]
        c0, c1 = dyad[d], dyad[d + 1]
        t_all = c1 - c0
        if t_all == 0:
            continue
        _forward(c0, t_all, s, told, reports, items, post, room)
        # Back substitution; diag becomes the covariance, lag that of t and t + 1.
        for t in range(t_all - 2, -1, -1):
            n = alive[t]
            after = alive[t + 1]
            for i in range(n):
                v = 0.0
                for m in range(after):
                    v += gain[t, i, m] * rhs[t + 1, m]
                rhs[t, i] -= v
                for j in range(after):
                    lag[t, i, j] = 0.0
                for m in range(after):
                    f = gain[t, i, m]
                    d1[m, i] = f
                    for j in range(after):
                        lag[t, i, j] -= f * diag[t + 1, m, j]
            for i in range(n):
                for m in range(after):
                    f = lag[t, i, m]
                    for j in range(i + 1):
                        diag[t, i, j] -= f * d1[m, j]
                for j in range(i):
                    diag[t, j, i] = diag[t, i, j]
        # Moments of states, normal reports that stand for others, sums for the M step.
        one[0] = 1.0
        for t in range(t_all):
            c = c0 + t
            for i in range(s):
                mean[c, i] = rhs[t, i]
                for j in range(s):
                    cov[c, i, j] = diag[t, i, j]
                    if t > 0:
                        both = lag[t - 1, i, j] + lag[t - 1, j, i]
                        change[c, i, j] = diag[t, i, j] + diag[t - 1, i, j] - both
            for o in range(cell[c], cell[c + 1]):
                k = item[o]
                at[s] = place[t, s + group[k]]
                for i in range(s):
                    at[i] = i
                psi = theta[k, 0]
                var = 0.0
                for i in range(s + 1):
                    load[i] = theta[k, i + 1]
                    one[i + 1] = rhs[t, at[i]]
                    psi += load[i] * one[i + 1]
                for i in range(s + 1):
                    for j in range(s + 1):
                        var += load[i] * load[j] * diag[t, at[i], at[j]]
                fit[o] = psi
                fit_var[o] = var
                if family[k] == 0:
                    share = noise[k] / (offset[o] + noise[k])
                    excess[k, 0] += weight[o] * (
                        share * offset[o] + share * share * ((y[o] - psi) ** 2 + var)
                    )
                    excess[k, 1] += weight[o]
                else:
                    w, h = _site(family[k], y[o], offset[o], weight[o], noise[k], story, psi, var)
                    omega[o] += pace * (w - omega[o])
                    value[o] += pace * (h - value[o])
                if keep:
                    continue
                w, h = _natural(family[k], y[o], offset[o], weight[o], noise[k], omega[o], value[o])
                for i in range(s + 2):
                    cross[k, i] += h * one[i]
                    for j in range(s + 2):
                        v = one[i] * one[j]
                        if i > 0 and j > 0:
                            v += diag[t, at[i - 1], at[j - 1]]
                        gram[k, i, j] += w * v
        # Innovations.
        for i in range(s):
            for j in range(s):
                start_sum[i, j] += diag[0, i, j] + rhs[0, i] * rhs[0, j]
        count[0] += 1.0
        for k in range(s, most):
            if died[k] < 0:
                continue
            g = k - s
            _leaning(born[k], died[k], place[:, k], rhs, diag, lag, drift[g], s, lean[g], leant[g])
            for t in range(born[k], died[k] + 1):
                i = place[t, k]
                now = diag[t, i, i] + rhs[t, i] ** 2
                if t == born[k]:
                    bias_sum[g, 0] += now
                    bias_sum[g, 1] += 1.0
                else:
                    b = place[t - 1, k]
                    bias_sum[g, 2] += now
                    bias_sum[g, 3] += lag[t - 1, b, i] + rhs[t - 1, b] * rhs[t, i]
                    bias_sum[g, 4] += diag[t - 1, b, b] + rhs[t - 1, b] ** 2
            bias_sum[g, 5] += died[k] - born[k]
        for t in range(1, t_all):
            c = c0 + t
            for i in range(s):
                d_mean[i] = rhs[t, i] - rho * rhs[t - 1, i]
                for j in range(s):
                    cross_ij = lag[t - 1, i, j] + lag[t - 1, j, i]
                    d_cov[i, j] = diag[t, i, j] - rho * cross_ij + rho * rho * diag[t - 1, i, j]
            lam = 1.0
            if nu > 0.0:
                new, lam = _heavy(
                    d_mean, d_cov, root, back, nu, scale[c], s, six, mass, far, step_sum
                )
                scale[c] = np.sqrt(scale[c] * new)
            else:
                scale[c] = 1.0
                for i in range(s):
                    for j in range(s):
                        step_sum[i, j] += d_cov[i, j] + d_mean[i] * d_mean[j]
            ahead = 0.0
            behind = 0.0
            for i in range(s):
                for j in range(s):
                    old = diag[t - 1, i, j] + rhs[t - 1, i] * rhs[t - 1, j]
                    both = lag[t - 1, i, j] + rhs[t - 1, i] * rhs[t, j]
                    ahead += precision[i, j] * both
                    behind += precision[i, j] * old
            lag_sum[0] += lam * ahead
            square_sum[0] += lam * behind
            count[1] += 1.0


def _empty(k: int, g: int, s: int) -> Statistics:
    shapes: tuple[tuple[int, ...], ...] = (
        (k, s + 2, s + 2), (k, s + 2), (k, 2), (g, 6), (g, s + 1, s + 1), (g, s + 1), (s, s), (s, s), (1,), (1,), (2,),
    )  # fmt: skip
    return Statistics(*(np.zeros(shape) for shape in shapes))


def sweep(
    reports: Reports,
    items: Items,
    post: Posterior,
    *,
    learn: bool = True,
    pace: float = _PACE,
    which: NDArray[np.int64] | None = None,
) -> Statistics:
    """Posterior of dyads given the items and the last normal reports, and sums for the M step.

    Parameters
    ----------
    reports : Reports
    items : Items
    post : Posterior
        Written in place; ``scale``, ``omega`` and ``value`` are read first.
    learn : bool
        Without, the sums over items are left at 0.
    pace : float
        Part of the way from the last normal reports to the new ones.
    which : ndarray of int64, optional
        The dyads; the others stay as they are. Default: all.

    Returns
    -------
    Statistics
    """
    k, s = items.theta.shape[0], items.theta.shape[1] - 2
    total, lock = _empty(k, items.drift.shape[0], s), Lock()
    told = np.ones(reports.item.size, np.bool_)
    dyads = np.arange(reports.dyad.size - 1) if which is None else which

    def work(first: int, last: int) -> None:
        own = _empty(k, items.drift.shape[0], s)
        _sweep(first, last, dyads, told, reports, items, post, not learn, pace, own)
        with lock:
            for mine, all_ in zip(own, total, strict=True):
                all_ += mine

    over_blocks(work, dyads.size)
    return total


@fused
def _means(first, last, which, told, reports, items, post, mean):  # type: ignore[no-untyped-def]
    dyad = reports.dyad
    s = items.precision.shape[0]
    room = _room(first, last, which, dyad, s, s + items.drift.shape[0])
    alive, gain, rhs = room.alive, room.gain, room.rhs
    for e in range(first, last):
        d = which[e]
        c0 = dyad[d]
        t_all = dyad[d + 1] - c0
        _forward(c0, t_all, s, told, reports, items, post, room)
        for t in range(t_all - 1, -1, -1):
            if t + 1 < t_all:
                for i in range(alive[t]):
                    v = 0.0
                    for m in range(alive[t + 1]):
                        v += gain[t, i, m] * rhs[t + 1, m]
                    rhs[t, i] -= v
            for i in range(s):
                mean[c0 + t, i] = rhs[t, i]


def means(
    reports: Reports,
    items: Items,
    post: Posterior,
    told: NDArray[np.bool_],
    which: NDArray[np.int64],
) -> Array:
    """Means of states given some of the reports, jumps and the normal reports that stand for others as they are.

    Parameters
    ----------
    reports : Reports
    items : Items
    post : Posterior
        Of all reports; it is not written to.
    told : ndarray of bool, shape (reports,)
        The reports that are given.
    which : ndarray of int64
        The dyads; of the others the means are those of ``post``.

    Returns
    -------
    ndarray, shape (cells, S)
    """
    mean = post.mean.copy()
    over_blocks(lambda a, b: _means(a, b, which, told, reports, items, post, mean), which.size)
    return mean


@fused
def _start(first, last, reports, items, omega, value):  # type: ignore[no-untyped-def]
    for o in range(first, last):
        k = reports.item[o]
        if items.family[k] != 0:
            level = items.theta[k, 0]
            omega[o], value[o] = _site(
                items.family[k], reports.y[o], reports.offset[o], reports.weight[o], items.noise[k],
                items.story, level, 1.0,
            )  # fmt: skip


def first_guess(reports: Reports, items: Items) -> Posterior:
    """Arrays of a posterior; normal reports stand for others as if every dyad were within 1 of the level."""
    cells, n, s = reports.cell.size - 1, reports.item.size, items.theta.shape[1] - 2
    omega, value = np.zeros(n), np.zeros(n)
    over_blocks(lambda a, b: _start(a, b, reports, items, omega, value), n)
    cov, change = np.zeros((2, cells, s, s))
    return Posterior(
        np.zeros((cells, s)), cov, change, np.full(cells, _LOOSE), omega, value,
        items.theta[reports.item, 0], (items.theta[:, 1:] ** 2).sum(axis=1)[reports.item],
    )  # fmt: skip
