r"""Scores of probabilistic forecasts: smaller is better for all of them.

A score is *proper* when nobody can do better, on average, than by saying what they believe
(Gneiting & Raftery 2007). Closed forms follow Jordan, Krüger & Lerch (2019).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln, erf, gammaln, ndtr, ndtri, stdtr, stdtrit

from quadrille.kernels.arrays import Array

__all__ = [
    "Compared",
    "Gap",
    "Reliability",
    "brier",
    "clustered_gap",
    "crps_mixture",
    "crps_normal",
    "crps_quantiles",
    "crps_sample",
    "crps_t",
    "diebold_mariano",
    "energy_score",
    "inside",
    "log_score_normal",
    "log_score_quantiles",
    "log_score_t",
    "midpoints",
    "pit_quantiles",
    "reliability",
]

_LOG_2PI = float(np.log(2.0 * np.pi))


def midpoints(count: int) -> Array:
    """The levels (k - 1/2)/count: quantiles there are the best ``count`` equally likely points."""
    return np.asarray((np.arange(count) + 0.5) / count, dtype=float)


def crps_normal(y: Array, mean: Array, sd: Array) -> Array:
    """Continuous ranked probability score of N(mean, sd²) at y (Gneiting & Raftery 2007, eq. 21).

    Parameters
    ----------
    y, mean, sd : ndarray
        Any shapes that broadcast; ``sd >= 0`` (0 gives the absolute error).

    Returns
    -------
    ndarray
        Same unit as ``y``; smaller is better.
    """
    error = np.asarray(y) - mean
    safe = np.where(sd > 0, sd, 1.0)
    z = error / safe
    density = np.exp(-0.5 * z * z) / np.sqrt(2.0 * np.pi)
    score = safe * (z * erf(z / np.sqrt(2.0)) + 2.0 * density - 1.0 / np.sqrt(np.pi))
    return np.where(sd > 0, score, np.abs(error))


def crps_t(y: Array, df: Array, loc: Array, scale: Array) -> Array:
    r"""CRPS of a Student t with ``df > 1`` degrees of freedom, shifted and scaled.

    .. math:: z(2F(z)-1) + 2f(z)\frac{\nu+z^2}{\nu-1}
              - \frac{2\sqrt\nu}{\nu-1}\frac{B(1/2,\nu-1/2)}{B(1/2,\nu/2)^2}

    (Jordan, Krüger & Lerch 2019.) With ``df <= 1`` the mean is infinite and so is the score.
    """
    df = np.asarray(df, dtype=float)
    nu = np.where(df > 1.0, df, 2.0)
    z = (np.asarray(y) - loc) / scale
    density = np.exp(-log_score_t(z, nu, np.array(0.0), np.array(1.0)))
    spread = np.exp(betaln(0.5, nu - 0.5) - 2.0 * betaln(0.5, nu / 2.0))
    score = z * (2.0 * stdtr(nu, z) - 1.0) + 2.0 * density * (nu + z * z) / (nu - 1.0)
    score -= 2.0 * np.sqrt(nu) / (nu - 1.0) * spread
    return np.asarray(np.where(df > 1.0, scale * score, np.inf), dtype=float)


def crps_mixture(y: Array, weight: Array, mean: Array, sd: Array) -> Array:
    r"""CRPS of a mixture of normals, in closed form (Grimit et al. 2006).

    .. math:: \sum_i w_i A(y-m_i, s_i) - \tfrac12 \sum_{ij} w_i w_j A(m_i-m_j, \sqrt{s_i^2+s_j^2})

    with :math:`A(d, s) = E|N(d, s^2)|`.

    Parameters
    ----------
    y : ndarray, shape (...)
    weight, mean, sd : ndarray, shape (..., part)
        ``weight`` adds up to one over parts.
    """
    near = np.sum(weight * _mean_size(np.asarray(y)[..., None] - mean, sd), axis=-1)
    gap = mean[..., :, None] - mean[..., None, :]
    both = np.sqrt(sd[..., :, None] ** 2 + sd[..., None, :] ** 2)
    pair = weight[..., :, None] * weight[..., None, :]
    return np.asarray(near - 0.5 * np.sum(pair * _mean_size(gap, both), axis=(-2, -1)))


def _mean_size(shift: Array, sd: Array) -> Array:
    """E|N(shift, sd²)|; |shift| where sd is zero."""
    safe = np.where(sd > 0, sd, 1.0)
    z = shift / safe
    size = shift * (2.0 * ndtr(z) - 1.0) + 2.0 * safe * np.exp(-0.5 * z * z - 0.5 * _LOG_2PI)
    return np.asarray(np.where(sd > 0, size, np.abs(shift)), dtype=float)


def crps_sample(y: Array, draws: Array) -> Array:
    """CRPS of the empirical distribution of draws, ``E|X - y| - E|X - X'|/2``, by sorting.

    Parameters
    ----------
    y : ndarray, shape (...)
    draws : ndarray, shape (..., draw)
        In any order. The draws are the forecast: few draws score worse than what they come from.
    """
    return crps_quantiles(y, np.sort(draws, axis=-1))


def crps_quantiles(y: Array, quantiles: Array) -> Array:
    r"""CRPS of equally likely points, given as ascending quantiles at `midpoints`.

    Twice the mean pinball loss over those levels, which is exactly the CRPS of the discrete
    distribution: nothing is assumed of what lies between or beyond the points.

    Parameters
    ----------
    y : ndarray, shape (...)
    quantiles : ndarray, shape (..., level)
    """
    error = np.asarray(y)[..., None] - quantiles
    levels = midpoints(quantiles.shape[-1])
    return np.asarray(2.0 * np.mean(error * (levels - (error < 0)), axis=-1), dtype=float)


def log_score_normal(y: Array, mean: Array, sd: Array) -> Array:
    """Minus the log density of N(mean, sd²) at y, in nats."""
    z = (np.asarray(y) - mean) / sd
    return np.asarray(0.5 * (_LOG_2PI + z * z) + np.log(sd), dtype=float)


def log_score_t(y: Array, df: Array, loc: Array, scale: Array) -> Array:
    """Minus the log density at y of a Student t, shifted and scaled, in nats."""
    z = (np.asarray(y) - loc) / scale
    constant = gammaln(df / 2.0) - gammaln((df + 1.0) / 2.0) + 0.5 * np.log(df * np.pi)
    return np.asarray(constant + 0.5 * (df + 1.0) * np.log1p(z * z / df) + np.log(scale))


def log_score_quantiles(y: Array, quantiles: Array, steps: int = 20) -> Array:
    """Minus the log density at y of a forecast known by its quantiles, in nats.

    The density is constant between every ``steps``-th part of the probability and falls off
    exponentially beyond the outermost of these, with the slope of the outermost gap. A closed
    form is better where there is one: this reading is coarse, but the same for every method.

    Parameters
    ----------
    y : ndarray, shape (...)
    quantiles : ndarray, shape (..., level)
        Ascending, at `midpoints`. Where they are all one point the score is infinite.
    steps : int
        Parts of equal probability; each end keeps one of them as its tail.
    """
    levels = midpoints(quantiles.shape[-1])
    knots = np.arange(1, steps) / steps
    q = _interpolate(quantiles, levels, knots)
    # Ties would be an infinite density: a gap is no narrower than a millionth of the whole spread.
    least = 1e-6 * (q[..., -1] - q[..., 0])
    gap = np.maximum(np.diff(q, axis=-1), least[..., None])
    y = np.asarray(y, dtype=float)
    place = np.clip(np.sum(y[..., None] > q, axis=-1) - 1, 0, steps - 3)
    with np.errstate(divide="ignore", invalid="ignore"):
        within = np.log(steps * np.take_along_axis(gap, place[..., None], axis=-1)[..., 0])
        low = (q[..., 0] - y) / gap[..., 0] + np.log(steps * gap[..., 0])
        high = (y - q[..., -1]) / gap[..., -1] + np.log(steps * gap[..., -1])
    score = np.where(y < q[..., 0], low, np.where(y > q[..., -1], high, within))
    flat = (least == 0) & ~np.isnan(y)
    return np.asarray(np.where(flat, np.inf, score), dtype=float)


def _interpolate(quantiles: Array, levels: Array, wanted: Array) -> Array:
    """Quantiles at other levels, linear in the level, the outermost kept beyond the ends."""
    right = np.clip(np.searchsorted(levels, wanted), 1, levels.size - 1)
    share = np.clip((wanted - levels[right - 1]) / (levels[right] - levels[right - 1]), 0.0, 1.0)
    return np.asarray(
        (1.0 - share) * quantiles[..., right - 1] + share * quantiles[..., right], dtype=float
    )


def inside(y: Array, quantiles: Array, coverage: float = 0.9) -> Array:
    """Whether y lies in the central interval: 1, 0, or NaN where y is NaN.

    Parameters
    ----------
    y : ndarray, shape (...)
    quantiles : ndarray, shape (..., level)
        Ascending, at `midpoints`; the interval's ends are interpolated between them.
    coverage : float
    """
    ends = np.array([0.5 - coverage / 2.0, 0.5 + coverage / 2.0])
    q = _interpolate(quantiles, midpoints(quantiles.shape[-1]), ends)
    hit = (y >= q[..., 0]) & (y <= q[..., 1])
    return np.asarray(np.where(np.isnan(y), np.nan, hit), dtype=float)


def pit_quantiles(y: Array, quantiles: Array) -> Array:
    """Probability integral transform F(y), F linear between the quantiles.

    Uniform on [0, 1] for a calibrated forecast. Below the first of m points it is 1/(4m), above
    the last 1 - 1/(4m), the middle of the probability left there; ties take their middle. NaN
    where y is NaN.
    """
    y = np.asarray(y, dtype=float)
    count = quantiles.shape[-1]
    below, upto = (quantiles < y[..., None]).sum(-1), (quantiles <= y[..., None]).sum(-1)
    left = np.take_along_axis(quantiles, np.clip(below - 1, 0, count - 1)[..., None], -1)[..., 0]
    right = np.take_along_axis(quantiles, np.clip(below, 0, count - 1)[..., None], -1)[..., 0]
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(right > left, (y - left) / (right - left), 0.0)
    between = (below - 0.5 + share) / count
    tied = (below + upto) / (2.0 * count)
    value = np.where(upto > below, tied, between)
    value = np.where(upto == 0, 0.25 / count, np.where(below == count, 1 - 0.25 / count, value))
    return np.asarray(np.where(np.isnan(y), np.nan, value), dtype=float)


def energy_score(y: Array, draws: Array) -> float:
    r"""Energy score of a joint forecast: :math:`E\lVert X-y\rVert - \tfrac12 E\lVert X-X'\rVert`.

    The CRPS of many numbers at once (Gneiting & Raftery 2007, eq. 22), over all pairs of draws.

    Parameters
    ----------
    y : ndarray, shape (part,)
        NaN parts are left out.
    draws : ndarray, shape (draw, part)

    Returns
    -------
    float
        NaN where no part of y is known.
    """
    known = ~np.isnan(y)
    if not known.any():
        return float("nan")
    x = draws[:, known]
    off = np.linalg.norm(x - y[known], axis=1).mean()
    square = np.sum(x * x, axis=1)
    apart = np.maximum(square[:, None] + square[None] - 2.0 * (x @ x.T), 0.0)
    np.fill_diagonal(apart, 0.0)
    return float(off - 0.5 * np.sqrt(apart).mean())


def brier(p: Array, outcome: Array) -> Array:
    """Squared error of a probability: (p - outcome)², outcome 0 or 1 (Brier 1950)."""
    return np.asarray((np.asarray(p) - outcome) ** 2, dtype=float)


class Reliability(NamedTuple):
    """How often what was said to have probability p came true, bin by bin.

    ``p, frequency, n``: mean forecast, share that came true and number per bin that holds any;
    ``lo, hi``: 90% Wilson interval of the frequency, as if outcomes were independent;
    ``miscalibration - resolution + uncertainty`` is Murphy's (1973) split of the Brier score of
    the forecasts rounded to their bins' means.
    """

    p: Array
    frequency: Array
    n: NDArray[np.intp]
    lo: Array
    hi: Array
    miscalibration: float
    resolution: float
    uncertainty: float


def reliability(p: Array, outcome: Array, bins: int = 10) -> Reliability:
    """Reliability of forecast probabilities in bins of equal width.

    Parameters
    ----------
    p, outcome : ndarray, shape (n,)
        Probabilities, and 0 or 1. ``n >= 1``.
    bins : int
    """
    place = np.minimum((p * bins).astype(int), bins - 1)
    n = np.bincount(place, minlength=bins)
    kept = n > 0
    mean = np.bincount(place, p, bins)[kept] / n[kept]
    rate = np.bincount(place, outcome, bins)[kept] / n[kept]
    n, base, z = n[kept], float(np.mean(outcome)), float(ndtri(0.95))
    middle = (rate + z * z / (2 * n)) / (1 + z * z / n)
    half = z * np.sqrt(rate * (1 - rate) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    share = n / n.sum()
    return Reliability(
        mean, rate, n, middle - half, middle + half,
        float(share @ (mean - rate) ** 2), float(share @ (rate - base) ** 2), base * (1 - base),
    )  # fmt: skip


class Compared(NamedTuple):
    """Mean difference of losses ``a - b`` (negative: a is better), its 90% interval, and the test."""

    difference: float
    lo: float
    hi: float
    statistic: float
    p_value: float
    n: int


def diebold_mariano(loss_a: Array, loss_b: Array, horizon: int = 1) -> Compared:
    r"""Test whether two forecasts are equally good (Diebold & Mariano 1995).

    The variance of the mean difference adds up autocovariances to lag ``horizon - 1``, since
    h-step errors overlap; the statistic is scaled by :math:`\sqrt{(n+1-2h+h(h-1)/n)/n}` and set
    against t with n - 1 degrees of freedom (Harvey, Leybourne & Newbold 1997). Where that sum is
    not positive, weights that fall off linearly (Bartlett) take its place.

    Parameters
    ----------
    loss_a, loss_b : ndarray, shape (time,)
        Losses of the two at the same origins, in order; times where either is NaN are left out.
    horizon : int
        Steps ahead, at least 1.

    Returns
    -------
    Compared
        NaN statistic, p-value and interval where they cannot be told: with fewer than two times,
        fewer than twice the horizon (the variance would rest on a lag or two seen once), or
        differences that do not vary.
    """
    d = np.asarray(loss_a, dtype=float) - loss_b
    d = d[~np.isnan(d)]
    n, h = d.size, horizon
    mean = float(d.mean()) if n else float("nan")
    nothing = Compared(mean, *(float("nan"),) * 4, n)
    if n < max(2, 2 * h) or np.ptp(d) <= 1e-14 * np.abs(d).max():
        return nothing
    factor = (n + 1 - 2 * h + h * (h - 1) / n) / n
    e = d - mean
    lags = np.array([float(e[k:] @ e[: n - k]) / n for k in range(h)])
    variance = lags[0] + 2.0 * lags[1:].sum()
    if variance <= 1e-12 * lags[0]:
        variance = lags[0] + 2.0 * float(lags[1:] @ (1.0 - np.arange(1, h) / h))
    error = float(np.sqrt(variance / n / factor))
    t = mean / error
    reach = float(stdtrit(n - 1, 0.95)) * error
    return Compared(mean, mean - reach, mean + reach, t, 2.0 * float(stdtr(n - 1, -abs(t))), n)


class Gap(NamedTuple):
    """Mean difference of two losses over cells, and its standard error.

    ``by_dyads``, ``by_times``: the error with dyads, and with times, as the only clusters.
    """

    mean: float
    error: float
    by_dyads: float
    by_times: float
    dyads: int
    times: int


def clustered_gap(loss_a: Array, loss_b: Array, horizon: int = 1) -> Gap:
    r"""Mean difference of two losses, errors clustered on dyads and on times.

    A dyad's differences are alike over time, and all dyads share the news of a time:

    .. math:: V = V_{dyad} + V_{time} - V_{cell},

    the last two with autocovariances up to lag ``horizon - 1`` (Thompson 2011; Cameron, Gelbach & Miller 2011), the
    second with the correction of `diebold_mariano`; never below the larger of the two one-way variances. With fewer times
    than twice the horizon weights fall off linearly instead, and errors are rather too small.

    Parameters
    ----------
    loss_a, loss_b : ndarray, shape (time, dyad)
        At the same origins, in order; cells where either is NaN are left out.
    horizon : int
        Steps ahead, at least 1.

    Returns
    -------
    Gap
        NaN errors where fewer than two dyads or two times are left.
    """
    d = np.asarray(loss_a, dtype=float) - loss_b
    known = ~np.isnan(d)
    n = int(known.sum())
    times, dyads = int(known.any(axis=1).sum()), int(known.any(axis=0).sum())
    if n == 0 or min(times, dyads) < 2:
        mean = float(d[known].mean()) if n else float("nan")
        unknown = float("nan")
        return Gap(mean, unknown, unknown, unknown, dyads, times)
    mean = float(d[known].mean())
    off = np.where(known, d - mean, 0.0)[known.any(axis=1)] / n
    by_dyad = float((off.sum(axis=0) ** 2).sum()) * dyads / (dyads - 1)
    total = off.sum(axis=1)[:, None]
    enough = times >= 2 * horizon
    by_time = _summed(total, horizon, enough)
    if by_time <= 1e-12 * float((total**2).sum()):
        enough, by_time = False, _summed(total, horizon, False)
    by_cell = _summed(off, horizon, enough)
    h = horizon if enough else 1
    by_time /= (times + 1 - 2 * h + h * (h - 1) / times) / times
    both = max(by_dyad + by_time - by_cell, by_dyad, by_time)
    error, one, other = (float(np.sqrt(v)) for v in (both, by_dyad, by_time))
    return Gap(mean, error, one, other, dyads, times)


def _summed(off: Array, horizon: int, whole: bool) -> float:
    """Products of rows up to ``horizon - 1`` apart, in full or with weights that fall off linearly."""
    out = float((off**2).sum())
    for lag in range(1, min(horizon, len(off))):
        weight = 1.0 if whole else 1.0 - lag / horizon
        out += 2.0 * weight * float((off[lag:] * off[:-lag]).sum())
    return out
