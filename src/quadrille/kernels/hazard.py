r"""Proportional hazards on spells cut into intervals: scores, tests of proportionality, survival.

Rows are intervals (start, stop] at risk with an event or not at the stop, counting-process form
(Andersen & Gill 1982), covariates constant within a row. Ties are Efron's (1977). The maximum itself is
found by lifelines; what is here is what lifelines does not offer for time-varying covariates.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

from quadrille.kernels.arrays import Array

__all__ = ["Parts", "baseline_increments", "partial_parts", "proportionality"]

Flags = NDArray[np.bool_]


class Parts(NamedTuple):
    """Per event time: ``times (k,)``, events ``d (k,)``, score ``(k, p)``, information ``(k, p, p)``.

    ``loglik`` is the log partial likelihood.
    """

    times: Array
    d: Array
    score: Array
    information: Array
    loglik: float


def _tied(x: Array, eta: Array, at_risk: Flags, dead: Flags) -> tuple[Array, Array, float]:
    """Score, information and log likelihood of one event time."""
    w = np.exp(eta)
    s0, s1 = w[at_risk].sum(), w[at_risk] @ x[at_risk]
    s2 = (x[at_risk] * w[at_risk, None]).T @ x[at_risk]
    d0, d1 = w[dead].sum(), w[dead] @ x[dead]
    d2 = (x[dead] * w[dead, None]).T @ x[dead]
    d = int(dead.sum())
    score, info = x[dead].sum(axis=0), np.zeros((x.shape[1], x.shape[1]))
    loglik = float(eta[dead].sum())
    for r in range(d):
        f = r / d
        z0 = s0 - f * d0
        mean = (s1 - f * d1) / z0
        score = score - mean
        info += (s2 - f * d2) / z0 - np.outer(mean, mean)
        loglik -= float(np.log(z0))
    return score, info, loglik


def partial_parts(x: Array, start: Array, stop: Array, event: Flags, beta: Array) -> Parts:
    """Score and information of the partial likelihood, event time by event time.

    Parameters
    ----------
    x : ndarray, shape (row, p)
    start, stop : ndarray, shape (row,)
    event : ndarray of bool, shape (row,)
    beta : ndarray, shape (p,)
    """
    eta = (x - x.mean(axis=0)) @ beta
    times = np.unique(stop[event])
    scores, infos, d, total = [], [], [], 0.0
    for t in times:
        at_risk, dead = (start < t) & (stop >= t), event & (stop == t)
        score, info, loglik = _tied(x, eta, at_risk, dead)
        scores.append(score)
        infos.append(info)
        d.append(float(dead.sum()))
        total += loglik
    return Parts(times, np.array(d), np.array(scores), np.array(infos), total)


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
    return statistic, np.asarray(chi2.sf(statistic, dofs), dtype=float)


def baseline_increments(
    x: Array, start: Array, stop: Array, event: Flags, betas: Array
) -> tuple[Array, Array, Array]:
    """Event times, events, and risk-weighted numbers at risk; Breslow's increment is d over risk.

    Covariates are taken as they are: the baseline is that of all zeros.

    Parameters
    ----------
    x, start, stop, event
        As in `partial_parts`.
    betas : ndarray, shape (draw, p)

    Returns
    -------
    times, d : ndarray, shape (k,)
    risk : ndarray, shape (draw, k)
    """
    times, d = np.unique(stop[event], return_counts=True)
    at_risk = ((start < times[:, None]) & (stop >= times[:, None])).astype(float)
    # In parts: rows by draws is the largest array here.
    parts = [at_risk @ np.exp(x @ part.T) for part in np.array_split(betas, -(-len(betas) // 100))]
    return times, d.astype(float), np.hstack(parts).T
