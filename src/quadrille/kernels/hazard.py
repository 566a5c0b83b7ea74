r"""Hazards on spells cut into intervals: Cox's and the Weibull fit, tests of proportionality.

Rows are intervals (start, stop] at risk with an event or not at the stop, counting-process form
(Andersen & Gill 1982), covariates constant within a row. Ties are Efron's (1977).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc

from quadrille.kernels.arrays import Array

__all__ = [
    "Maximum",
    "Parts",
    "baseline_increments",
    "cox_maximum",
    "partial_parts",
    "proportionality",
    "weibull_maximum",
]

Flags = NDArray[np.bool_]
_STEPS, _TOLERANCE = 200, 1e-13
# Information a covariate, in its standard deviations and an event, below which there is no maximum.
_LEAST_KNOWN = 1e-7


class Maximum(NamedTuple):
    """``theta (k,)``, ``cov (k, k)`` the inverse of the information, ``loglik``, and whether it is one.

    ``found`` is false where covariates are collinear, or one of them separates the rows with an event
    from the others, so that the likelihood rises for ever.
    """

    theta: Array
    cov: Array
    loglik: float
    found: bool


class Parts(NamedTuple):
    """Per event time: ``times (k,)``, events ``d (k,)``, score ``(k, p)``, information ``(k, p, p)``.

    ``loglik`` is the log partial likelihood.
    """

    times: Array
    d: Array
    score: Array
    information: Array
    loglik: float


class _Risk(NamedTuple):
    """Rows at risk at each event time, one time after the other.

    ``times (k,)``, ``x (entry, p)``, ``dead (entry,)``: at that time, ``first (k + 1,)``: where each time's entries begin,
    ``centre (p,)``: mean over rows.
    """

    times: Array
    x: Array
    dead: Flags
    first: NDArray[np.int64]
    centre: Array


def _at_risk(x: Array, start: Array, stop: Array, event: Flags) -> _Risk:
    times = np.unique(stop[event])
    begin, end = (np.searchsorted(times, edge, "right") for edge in (start, stop))
    many = end - begin
    row = np.repeat(np.arange(len(x)), many)
    time = begin[row] + np.arange(row.size) - np.repeat(np.cumsum(many) - many, many)
    order = np.argsort(time, kind="stable")
    row, time = row[order], time[order]
    first = np.searchsorted(time, np.arange(times.size + 1))
    return _Risk(times, x[row], event[row] & (stop[row] == times[time]), first, x.mean(axis=0))


def _tied(x: Array, eta: Array, dead: Flags) -> tuple[Array, Array, float]:
    """Score, information and log likelihood of one event time, of the rows at risk."""
    w = np.exp(eta)
    weighed = x * w[:, None]
    s0, s1, s2 = w.sum(), weighed.sum(axis=0), weighed.T @ x
    d0, d1, d2 = w[dead].sum(), weighed[dead].sum(axis=0), weighed[dead].T @ x[dead]
    f = np.arange(dead.sum()) / dead.sum()
    z0 = s0 - f * d0
    mean = (s1 - f[:, None] * d1) / z0[:, None]
    info = s2 * (1 / z0).sum() - d2 * (f / z0).sum() - mean.T @ mean
    score = x[dead].sum(axis=0) - mean.sum(axis=0)
    return score, info, float(eta[dead].sum() - np.log(z0).sum())


def _parts(risk: _Risk, beta: Array) -> Parts:
    eta = (risk.x - risk.centre) @ beta
    at = [
        _tied(risk.x[part], eta[part], risk.dead[part])
        for part in map(slice, risk.first[:-1], risk.first[1:])
    ]
    scores, infos, logliks = zip(*at, strict=True)
    d = np.add.reduceat(risk.dead.astype(float), risk.first[:-1])
    return Parts(risk.times, d, np.array(scores), np.array(infos), sum(logliks))


def partial_parts(x: Array, start: Array, stop: Array, event: Flags, beta: Array) -> Parts:
    """Score and information of the partial likelihood, event time by event time.

    Parameters
    ----------
    x : ndarray, shape (row, p)
    start, stop : ndarray, shape (row,)
    event : ndarray of bool, shape (row,)
    beta : ndarray, shape (p,)
    """
    return _parts(_at_risk(x, start, stop, event), beta)


def _climb(
    at: Callable[[Array], tuple[float, Array, Array]], theta: Array
) -> tuple[Array, float, Array, bool]:
    """Newton's way up, its steps shortened where they lead down (Marquardt 1963).

    ``at`` gives log likelihood, score and observed information.
    """
    value, score, info = at(theta)
    short = 0.0
    for _ in range(_STEPS):
        step = np.linalg.lstsq(info + short * np.eye(theta.size), score, rcond=None)[0]
        gain = float(score @ step)
        new, new_score, new_info = at(theta + step)
        if short < 1e-3 and abs(gain) < _TOLERANCE * (1 + abs(value)):
            return theta + step, new, new_info, True
        if gain > 0 and new >= value - 1e-12 * abs(value):
            theta, value, score, info = theta + step, new, new_score, new_info
            short = 0.0 if short < 1e-3 else short / 10
        elif short > 1e12:
            break
        else:
            short = max(10 * short, 1e-3)
    return theta, value, info, False


def _maximum(
    at: Callable[[Array], tuple[float, Array, Array]], theta: Array, events: int
) -> Maximum:
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        theta, value, info, settled = _climb(at, theta)
    known = bool(np.linalg.eigvalsh(info).min() > _LEAST_KNOWN * events)
    inverse = np.asarray(np.linalg.pinv(info), dtype=float)
    return Maximum(theta, inverse, value, settled and known)


def _spread(x: Array) -> Array:
    sd = x.std(axis=0)
    return np.where(sd > 0, sd, 1.0)


def cox_maximum(x: Array, start: Array, stop: Array, event: Flags) -> Maximum:
    r"""Maximum of Cox's (1972) partial likelihood, :math:`h(t \mid x) = h_0(t) e^{\beta^\top x}`.

    Parameters
    ----------
    x : ndarray, shape (row, p)
    start, stop : ndarray, shape (row,)
    event : ndarray of bool, shape (row,)

    Returns
    -------
    Maximum
        Of :math:`\beta`.
    """
    sd = _spread(x)
    risk = _at_risk(x / sd, start, stop, event)

    def at(beta: Array) -> tuple[float, Array, Array]:
        parts = _parts(risk, beta)
        return parts.loglik, parts.score.sum(axis=0), parts.information.sum(axis=0)

    found = _maximum(at, np.zeros(x.shape[1]), int(event.sum()))
    return found._replace(theta=found.theta / sd, cov=found.cov / np.outer(sd, sd))


def _weibull_at(
    z: Array, start: Array, stop: Array, event: Flags, theta: Array
) -> tuple[float, Array, Array]:
    """Log likelihood, score and information; ``z`` ends with a column of ones."""
    eta, rho = z @ theta[:-1], np.exp(theta[-1])
    ends = np.log(np.maximum(np.stack([stop, start]), np.finfo(float).tiny))
    u = rho * (ends - eta)
    hazard = np.exp(u) * np.array([[1.0], [-1.0]]) * np.stack([stop > 0, start > 0])
    value = float(event @ (theta[-1] + u[0] - ends[0]) - hazard.sum())
    # Of u by theta: -rho z, u; its second: zero, -rho z (mixed), u.
    slope = np.concatenate([np.broadcast_to(-rho * z, (2, *z.shape)), u[..., None]], axis=2)
    weight = np.stack([event - hazard[0], -hazard[1]])
    bend = np.einsum("er,erk->k", weight, slope)
    info = (slope[0].T * hazard[0]) @ slope[0] + (slope[1].T * hazard[1]) @ slope[1]
    info[-1] -= bend
    info[:-1, -1] -= bend[:-1]
    score = bend + event.sum() * np.eye(theta.size)[-1]
    return value, score, info


def weibull_maximum(x: Array, start: Array, stop: Array, event: Flags) -> Maximum:
    r"""Maximum likelihood of Weibull spells, :math:`H(t \mid x) = (t / \lambda)^\rho`, entered late.

    :math:`\log \lambda = \alpha + \beta^\top x`; a row adds
    :math:`d \log h(t_1) - H(t_1) + H(t_0)` to the log likelihood (Kalbfleisch & Prentice 2002, ch. 3).

    Parameters
    ----------
    x, start, stop, event
        As in `cox_maximum`.

    Returns
    -------
    Maximum
        Of :math:`(\beta, \alpha, \log \rho)`.
    """
    sd, centre = _spread(x), x.mean(axis=0)
    z = np.column_stack([(x - centre) / sd, np.ones(len(x))])
    first = np.zeros(x.shape[1] + 2)
    first[-2] = np.log((stop - start).sum() / max(event.sum(), 1))
    found = _maximum(lambda t: _weibull_at(z, start, stop, event, t), first, int(event.sum()))
    back = np.diag(np.append(1 / sd, (1.0, 1.0)))
    back[-2, :-2] = -centre / sd
    return found._replace(theta=back @ found.theta, cov=back @ found.cov @ back.T)


def proportionality(parts: Parts, g: Array) -> tuple[Array, Array]:
    r"""Score tests that coefficients do not change with :math:`g(t)` (Grambsch & Therneau 1994).

    The model with :math:`\beta + \gamma (g(t) - \bar g)` is tested at :math:`\gamma = 0`, with the exact
    information and not its average over time, as ``cox.zph`` of R's survival does from version 3.

    Parameters
    ----------
    parts : Parts
        At the maximum.
    g : ndarray, shape (k,)
        Transform of the event times: the times, their ranks, or one minus Kaplan-Meier.

    Returns
    -------
    statistic, p : ndarray, shape (p + 1,)
        Each covariate's (1 degree of freedom), then all together.
    """
    p = parts.score.shape[1]
    g = g - np.average(g, weights=parts.d)
    u = (g[:, None] * parts.score).sum(axis=0)
    a = parts.information.sum(axis=0)
    b = (g[:, None, None] * parts.information).sum(axis=0)
    c = (g[:, None, None] ** 2 * parts.information).sum(axis=0)
    inverse = np.linalg.pinv(a)
    stats, dofs = [], []
    for chosen in [[j] for j in range(p)] + [list(range(p))]:
        var = c[np.ix_(chosen, chosen)] - b[chosen] @ inverse @ b[:, chosen]
        stats.append(float(u[chosen] @ np.linalg.pinv(var) @ u[chosen]))
        dofs.append(len(chosen))
    statistic = np.array(stats)
    return statistic, np.asarray(chdtrc(dofs, statistic), dtype=float)


def baseline_increments(
    x: Array, start: Array, stop: Array, event: Flags, betas: Array,
    within: tuple[float, float] = (-np.inf, np.inf),
) -> tuple[Array, Array, Array]:  # fmt: skip
    """Event times, events, and risk-weighted numbers at risk; Breslow's increment is d over risk.

    Covariates are taken as they are: the baseline is that of all zeros.

    Parameters
    ----------
    x, start, stop, event
        As in `partial_parts`.
    betas : ndarray, shape (draw, p)
    within : (float, float)
        Event times asked for: above the first, up to the second.

    Returns
    -------
    times, d : ndarray, shape (k,)
    risk : ndarray, shape (draw, k)
        NaN at the other times.
    """
    at = _at_risk(x, start, stop, event)
    d = np.add.reduceat(at.dead.astype(float), at.first[:-1])
    risk = np.full((len(betas), d.size), np.nan)
    low, high = np.searchsorted(at.times, within, "right")
    if high > low:
        entries, begin = slice(at.first[low], at.first[high]), at.first[low:high] - at.first[low]
        # In parts: entries by draws is the largest array here.
        risk[:, low:high] = np.vstack([
            np.add.reduceat(np.exp(at.x[entries] @ part.T), begin).T
            for part in np.array_split(betas, -(-len(betas) // 100))
        ])  # fmt: skip
    return at.times, d, risk
