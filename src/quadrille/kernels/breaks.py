r"""Where a series stands when its level may jump: Bayesian online changepoints.

A run of periods shares a level m and a variance v, with

.. math:: y_t \sim N(m, v), \quad m \mid v \sim N(m_0, v/\kappa), \quad v \sim IG(\alpha, \alpha v_0),

and ends with chance :math:`1/\lambda` in every period (Adams & MacKay 2007; Fearnhead & Liu 2007). The prior of a
new run, :math:`m_0` and :math:`v_0`, is what the series has been so far, so that a forecast at t uses nothing
later. Levels and variances within a run have Student t predictions: one wild period is not yet a break.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from quadrille.kernels.arrays import Array
from quadrille.kernels.compiled import compiled

__all__ = ["Standing", "Turn", "break_or_slide", "stand_after_breaks"]

_LONGEST = 60
Index = NDArray[np.intp]


class Standing(NamedTuple):
    """What is known after each period, each of shape (dyad, time).

    ``level`` and ``spread``: mean and standard deviation of the run that is on, over its possible starts;
    ``fresh``: probability that it began in the last ``recent`` periods.
    """

    level: Array
    spread: Array
    fresh: Array


@compiled
def _stand(y, prior, hazard, kappa, alpha, recent, log_c, out):  # type: ignore[no-untyped-def]
    n_dyad, n_time = y.shape
    size = log_c.size
    log_p, mean, squares = np.empty(size), np.empty(size), np.empty(size)
    start_m, start_v = np.empty(size), np.empty(size)
    for d in range(n_dyad):
        runs = 0
        for t in range(n_time):
            if not np.isnan(y[d, t]) and not np.isnan(prior[d, t, 0]):
                value = y[d, t]
                # The runs that go on, and a new one; r is the number of values seen in a run.
                most = min(runs, size - 1)
                for r in range(most, 0, -1):
                    log_p[r] = log_p[r - 1] + (np.log1p(-hazard) if runs > 0 else 0.0)
                    mean[r], squares[r] = mean[r - 1], squares[r - 1]
                    start_m[r], start_v[r] = start_m[r - 1], start_v[r - 1]
                log_p[0] = np.log(hazard) if runs > 0 else 0.0
                mean[0], squares[0] = 0.0, 0.0
                start_m[0], start_v[0] = prior[d, t, 0], prior[d, t, 1]
                runs = min(runs + 1, size)
                top = -np.inf
                for r in range(runs):
                    k, a = kappa + r, alpha + 0.5 * r
                    m = (kappa * start_m[r] + r * mean[r]) / k
                    b = alpha * start_v[r] + 0.5 * squares[r]
                    b += 0.5 * kappa * r * (mean[r] - start_m[r]) ** 2 / k
                    scale = b * (k + 1.0) / (a * k)
                    z = (value - m) ** 2 / (2.0 * a * scale)
                    log_p[r] += log_c[r] - 0.5 * np.log(scale) - (a + 0.5) * np.log1p(z)
                    top = max(top, log_p[r])
                total = 0.0
                for r in range(runs):
                    total += np.exp(log_p[r] - top)
                for r in range(runs):
                    log_p[r] -= top + np.log(total)
                    step = value - mean[r]
                    mean[r] += step / (r + 1.0)
                    squares[r] += step * (value - mean[r])
            if runs == 0:
                out[d, t, :] = np.nan
                continue
            level, second, fresh = 0.0, 0.0, 0.0
            for r in range(runs):
                p = np.exp(log_p[r])
                k, a = kappa + r + 1.0, alpha + 0.5 * (r + 1.0)
                m = (kappa * start_m[r] + (r + 1.0) * mean[r]) / k
                b = alpha * start_v[r] + 0.5 * squares[r]
                b += 0.5 * kappa * (r + 1.0) * (mean[r] - start_m[r]) ** 2 / k
                v = b * (k + 1.0) / ((a - 1.0) * k)
                level += p * m
                second += p * (v + m * m)
                if r < recent:
                    fresh += p
            out[d, t, 0] = level
            out[d, t, 1] = np.sqrt(max(second - level * level, 0.0))
            out[d, t, 2] = fresh


def stand_after_breaks(
    y: Array,
    prior: Array,
    mean_run: float = 30.0,
    kappa: float = 0.25,
    alpha: float = 3.0,
    recent: int = 3,
) -> Standing:
    """Level and spread of the run that each row is in, after every period.

    Parameters
    ----------
    y : ndarray, shape (dyad, time)
        NaN is missing and is passed over.
    prior : ndarray, shape (dyad, time, 2)
        Mean and variance of a run that begins in the period, from the periods before it (NaN: not known yet).
    mean_run : float
        Periods between two breaks, on average.
    kappa, alpha : float
        How many values the prior level, and half of how many the prior variance (above 1), are worth.
    recent : int
        See `Standing`.
    """
    from scipy.special import gammaln

    a = alpha + 0.5 * np.arange(_LONGEST)
    log_c = gammaln(a + 0.5) - gammaln(a) - 0.5 * np.log(2.0 * np.pi * a)
    out = np.empty((*y.shape, 3))
    _stand(y, prior, 1.0 / mean_run, kappa, alpha, recent, log_c, out)
    return Standing(out[..., 0], out[..., 1], out[..., 2])


class Turn(NamedTuple):
    """A move between two levels, as a break or as a slide.

    ``p_break``: probability that it is a break, where either was as likely beforehand; ``dates (time,)``: probability
    that the new level begins in each period, given a break; ``best``: the period that with the one before and the one
    after is likeliest to hold it; ``before, after``: levels on the two sides of it.
    """

    p_break: float
    dates: Array
    best: int
    before: float
    after: float


# Variances within a level tried, in those of the stretch as a whole, and how alike neighbours are.
_SPREADS = np.geomspace(0.01, 1.0, 10)
_ALIKE = np.array([0.0, 0.2, 0.4, 0.6])


def break_or_slide(y: Array, r: Array, least: int = 4) -> Turn | None:
    r"""Whether a stretch of one series moved at once or little by little, and when, if at once.

    .. math:: y_t = a + b\, x_t + u_t + \epsilon_t, \quad u_t = \rho u_{t-1} + \eta_t, \quad
        \epsilon_t \sim N(0, r_t), \quad x_t = \min(1, \max(0, (t - s) / (e - s)))

    with a, b normal, the start s, the end e, the log variance of u and :math:`\rho \ge 0` uniform, all integrated out (b
    and a in closed form): a break has e = s + 1, a slide takes ``least`` periods or more. Slides are many, and pay for it.
    Noise that lasts looks like a level; a date that leaves :math:`\rho` out is too sure of itself and farther off.

    Parameters
    ----------
    y, r : ndarray, shape (time,)
        Observations (NaN: missing) and their known noise variances.
    least : int
        Periods that a slide takes at least, two or more.

    Returns
    -------
    Turn or None
        None where fewer than six periods were observed, or all alike.
    """
    seen = np.flatnonzero(~np.isnan(y))
    if seen.size < 6 or np.ptp(y[seen]) == 0:
        return None
    starts, ends = np.triu_indices(y.size, 1)
    # Two observations on each side at least, so that a wild one at the edge is no level.
    keep = (starts >= seen[1]) & (ends <= seen[-2])
    keep &= (ends == starts + 1) | (ends >= starts + least)
    starts, ends = starts[keep], ends[keep]
    if not starts.size:
        return None
    value = y[seen] - y[seen].mean()
    scale = float(value.var())
    alike = _ALIKE[:, None, None] ** np.abs(seen[:, None] - seen)
    cov = (_SPREADS[:, None, None, None] * scale * alike + np.diag(r[seen])).reshape(
        -1, seen.size, seen.size
    )
    total = _evidence(seen, starts, ends, value, cov, 4.0 * scale)
    chance = np.exp(total - total.max()).sum(axis=0)
    at_once = ends == starts + 1
    breaks, slides = chance[at_once], chance[~at_once]
    means = (breaks.mean(), slides.mean() if slides.size else 0.0)
    dates = np.zeros(y.size)
    dates[ends[at_once]] = breaks / breaks.sum()
    best = int(np.convolve(dates, np.ones(3), "same").argmax())
    sides = (y[seen[seen < best]], y[seen[seen >= best]])
    return Turn(float(means[0] / sum(means)), dates, best, *(float(s.mean()) for s in sides))


def _evidence(at: Index, starts: Index, ends: Index, y: Array, cov: Array, prior: float) -> Array:
    """Log marginal likelihood of each start and end, (model, case); both coefficients N(0, prior).

    ``cov (model, n, n)`` is that of the noise. A ramp is the difference of two hinges, so that products of hinges serve
    all starts and ends.
    """
    every, which = np.unique(np.concatenate([starts, ends]), return_inverse=True)
    first, last = which[: starts.size], which[starts.size :]
    hinges = np.maximum(at[:, None] - every, 0.0)
    basis = np.column_stack([np.ones(at.size), y, hinges])
    root = np.linalg.cholesky(cov)
    got = np.linalg.solve(root, np.broadcast_to(basis, (len(cov), *basis.shape)))
    products = got.swapaxes(1, 2) @ got
    s0, y0, yy = products[:, 0, 0, None], products[:, 0, 1, None], products[:, 1, 1, None]
    by_hinge = products[:, 2:, 2:]
    square = np.diagonal(by_hinge, axis1=1, axis2=2)
    length = (ends - starts).astype(float)
    sx, yx = ((products[:, k, 2:][:, first] - products[:, k, 2:][:, last]) / length for k in (0, 1))
    sxx = (square[:, first] - 2.0 * by_hinge[:, first, last] + square[:, last]) / length**2
    a, c = s0 + 1.0 / prior, sxx + 1.0 / prior
    det = a * c - sx * sx
    fit = (c * y0 * y0 - 2.0 * sx * y0 * yx + a * yx * yx) / det
    log_det = 2.0 * np.log(np.diagonal(root, axis1=1, axis2=2)).sum(axis=1)[:, None]
    return np.asarray(-0.5 * (log_det + yy + 2.0 * np.log(prior) + np.log(det) - fit))
