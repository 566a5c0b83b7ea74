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
from scipy.special import gammaln

from quadrille.kernels.arrays import Array
from quadrille.kernels.compiled import compiled

__all__ = ["Standing", "stand_after_breaks"]

_LONGEST = 60


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
    a = alpha + 0.5 * np.arange(_LONGEST)
    log_c = gammaln(a + 0.5) - gammaln(a) - 0.5 * np.log(2.0 * np.pi * a)
    out = np.empty((*y.shape, 3))
    _stand(y, prior, 1.0 / mean_run, kappa, alpha, recent, log_c, out)
    return Standing(out[..., 0], out[..., 1], out[..., 2])


class Turn(NamedTuple):
    """A move between two levels, as a break or as a slide.

    ``p_break``: probability that it is a break, where either was as likely beforehand; ``dates (time,)``: probability
    that the new level begins in each period, given a break; ``before, after``: levels on the two sides of it.
    """

    p_break: float
    dates: Array
    before: float
    after: float


def break_or_slide(y: Array, r: Array, least: int = 4) -> Turn | None:
    r"""Whether a stretch of one series moved at once or little by little, and when, if at once.

    .. math:: y_t = a + b\, x_t + \epsilon_t, \quad \epsilon_t \sim N(0, v + r_t), \quad
        x_t = \min(1, \max(0, (t - s) / (e - s)))

    with a, b normal and the start s, the end e and log v uniform, all integrated out (b and a in closed form): a
    break has e = s + 1, a slide takes ``least`` periods or more. Slides are many, and pay for it.

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
    n, at = y.size, seen.astype(float)
    starts, ends = np.triu_indices(n, 1)
    # Two observations on each side at least, so that a wild one at the edge is no level.
    keep = (starts >= seen[1]) & (ends <= seen[-2])
    keep &= (ends == starts + 1) | (ends >= starts + least)
    starts, ends = starts[keep], ends[keep]
    if not starts.size:
        return None
    x = np.clip((at - starts[:, None]) / (ends - starts)[:, None], 0.0, 1.0)
    value, noise = y[seen] - y[seen].mean(), r[seen]
    scale = float(value.var())
    total = np.stack([_evidence(x, value, v * scale + noise, 4.0 * scale) for v in _SPREADS])
    chance = np.exp(total - total.max()).sum(axis=0)
    at_once = ends == starts + 1
    breaks, slides = chance[at_once], chance[~at_once]
    means = (breaks.mean(), slides.mean() if slides.size else 0.0)
    dates = np.zeros(n)
    dates[ends[at_once]] = breaks / breaks.sum()
    best = int(ends[at_once][breaks.argmax()])
    sides = (y[seen[seen < best]], y[seen[seen >= best]])
    return Turn(float(means[0] / sum(means)), dates, *(float(s.mean()) for s in sides))


# Variances within a level tried, in those of the stretch as a whole.
_SPREADS = np.geomspace(0.01, 1.0, 12)


def _evidence(x: Array, y: Array, noise: Array, prior: float) -> Array:
    """Log marginal likelihood of each row's regressor with a constant, both coefficients N(0, prior)."""
    w = 1.0 / noise
    s0, sx, sxx = w.sum(), x @ w, (x * x) @ w
    y0, yx = w @ y, x @ (w * y)
    a, c = s0 + 1.0 / prior, sxx + 1.0 / prior
    det = a * c - sx * sx
    fit = (c * y0 * y0 - 2.0 * sx * y0 * yx + a * yx * yx) / det
    rest = np.log(noise).sum() + w @ (y * y) + 2.0 * np.log(prior)
    return np.asarray(-0.5 * (rest + np.log(det) - fit))
