r"""A tie that jumps between levels: a hidden Markov chain seen through noise, with gaps.

.. math:: y_t \sim N(m_{s_t},\ v + r_t), \qquad P(s_t = j \mid s_{t-1} = i) = P_{ij},

with known :math:`r_t` and missing :math:`y_t` (NaN) skipped; the chain starts from its stationary
distribution (Hamilton 1989; forward and backward recursions as in Rabiner 1989).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from quadrille.kernels.arrays import Array
from quadrille.kernels.compiled import compiled
from quadrille.kernels.search import golden_section, simplex_search

__all__ = ["Regimes", "fit_regimes", "jump_probabilities", "regime_probabilities"]

_LOG_2PI = float(np.log(2.0 * np.pi))
# A regime is expected to last: prior Beta(9, 1) on each chance of staying, worth ten periods.
_STAY = (9.0, 1.0)


class Regimes(NamedTuple):
    """Fitted chain of two levels.

    ``high (time,)`` probability of the higher regime given all data; ``levels (2,)``; ``stay (2,)``;
    ``spread`` the standard deviation within a regime beyond ``r``; ``bic_gain`` BIC of one level
    less BIC of two (above 0: two are worth their parameters); ``jumps (2, time)``: probability of a jump down, and of
    one up, going into each period.
    """

    high: Array
    levels: Array
    stay: Array
    spread: float
    bic_gain: float
    jumps: Array


@compiled
def _forward(y, r, levels, v, stay, ahead):  # type: ignore[no-untyped-def]
    """Fill filtered probabilities ``ahead (time, 2)``; return the log-likelihood."""
    leave0, leave1 = 1.0 - stay[0], 1.0 - stay[1]
    p0 = leave1 / (leave0 + leave1)
    p1 = 1.0 - p0
    total = 0.0
    for t in range(y.shape[0]):
        if t > 0:
            p1 = p0 * leave0 + p1 * stay[1]
            p0 = 1.0 - p1
        if not math.isnan(y[t]):
            f = v + r[t]
            off0, off1 = y[t] - levels[0], y[t] - levels[1]
            e0, e1 = -0.5 * off0 * off0 / f, -0.5 * off1 * off1 / f
            top = max(e0, e1)
            p0 *= math.exp(e0 - top)
            p1 *= math.exp(e1 - top)
            s = p0 + p1
            p0 /= s
            p1 /= s
            total += top + math.log(s) - 0.5 * (_LOG_2PI + math.log(f))
        ahead[t, 0] = p0
        ahead[t, 1] = p1
    return total


@compiled
def _backward(stay, ahead):  # type: ignore[no-untyped-def]
    """Turn filtered into smoothed probabilities of the second state, in place."""
    leave0, leave1 = 1.0 - stay[0], 1.0 - stay[1]
    after = ahead[ahead.shape[0] - 1, 1]
    for t in range(ahead.shape[0] - 2, -1, -1):
        p0, p1 = ahead[t, 0], ahead[t, 1]
        down = p0 * stay[0] + p1 * leave1
        up = p0 * leave0 + p1 * stay[1]
        high = p1 * ((1.0 - after) * leave1 / down + after * stay[1] / up)
        ahead[t, 1] = high
        ahead[t, 0] = 1.0 - high
        after = high


def regime_probabilities(
    y: Array, r: Array, levels: Array, v: float, stay: Array
) -> tuple[Array, float]:
    """Probability of the second regime in each period given all data, and the log-likelihood.

    Parameters
    ----------
    y, r : ndarray, shape (time,)
        Observations (NaN: missing) and their noise variances.
    levels, stay : ndarray, shape (2,)
        Means of the two regimes, and the chance of staying in each, below 1.
    v : float
        Variance within a regime.
    """
    ahead = np.empty((y.size, 2))
    loglik = _forward(y, r, levels, v, stay, ahead)
    _backward(stay, ahead)
    return ahead[:, 1].copy(), float(loglik)


def jump_probabilities(y: Array, r: Array, levels: Array, v: float, stay: Array) -> Array:
    """Probability of a jump down and of a jump up going into each period, given all data; shape (2, time).

    Parameters
    ----------
    y, r, levels, v, stay
        As in `regime_probabilities`.
    """
    filtered = np.empty((y.size, 2))
    _forward(y, r, levels, v, stay, filtered)
    after = filtered.copy()
    _backward(stay, after)
    leave = 1.0 - stay
    out = np.zeros((2, y.size))
    # P(s_{t-1} = i, s_t = j) = filtered_i P_ij smoothed_j / predicted_j (Hamilton 1989).
    down, up = filtered[:-1, 1] * leave[1], filtered[:-1, 0] * leave[0]
    out[0, 1:] = down * after[1:, 0] / (down + filtered[:-1, 0] * stay[0])
    out[1, 1:] = up * after[1:, 1] / (up + filtered[:-1, 1] * stay[1])
    return out


def _one_level(y: Array, r: Array, box: tuple[float, float]) -> float:
    """Largest log-likelihood of a single level with extra variance."""
    seen = ~np.isnan(y)
    y, r = y[seen], r[seen]

    def loss(log_v: float) -> float:
        f = np.exp(log_v) + r
        m = np.sum(y / f) / np.sum(1.0 / f)
        return float(0.5 * np.sum(_LOG_2PI + np.log(f) + (y - m) ** 2 / f))

    return -golden_section(loss, *box)


def fit_regimes(y: Array, r: Array) -> Regimes:
    """Fit two levels to one series by maximum a posteriori from several starts.

    Parameters
    ----------
    y, r : ndarray, shape (time,)
        Observations (NaN: missing; at least three seen) and their noise variances.

    Returns
    -------
    Regimes
    """
    seen = y[~np.isnan(y)]
    scale = float(seen.std()) or 1.0
    ahead = np.empty((y.size, 2))

    def parts(theta: Array) -> tuple[Array, float, Array]:
        levels = np.array([theta[0], theta[0] + np.exp(theta[1])])
        return levels, float(np.exp(theta[2])), 1.0 / (1.0 + np.exp(-theta[3:5]))

    def loss(theta: Array) -> float:
        levels, v, stay = parts(theta)
        prior = np.sum((_STAY[0] - 1) * np.log(stay) + (_STAY[1] - 1) * np.log1p(-stay))
        return float(-_forward(y, r, levels, v, stay, ahead) - prior)

    low, high = np.quantile(seen, (0.25, 0.75))
    spread = (float(np.log(1e-6 * scale**2)), float(np.log(100 * scale**2)))
    gap = (float(np.log(0.05 * scale)), float(np.log(10 * scale)))
    box = np.array([(seen.min(), seen.max()), gap, spread, (-2, 6), (-2, 6)]).T
    fits = [
        simplex_search(loss, np.array([m, np.log(apart), np.log(v), 2.0, 2.0]), *box)
        for m, apart in ((low, max(high - low, 0.2 * scale)), (seen.min(), scale))
        for v in (0.02 * scale**2, 0.5 * scale**2)
    ]  # fmt: skip
    levels, v, stay = parts(min(fits, key=lambda found: found.value).x)
    probability, loglik = regime_probabilities(y, r, levels, v, stay)
    gain = 2.0 * (loglik - _one_level(y, r, spread)) - 3.0 * np.log(seen.size)
    jumps = jump_probabilities(y, r, levels, v, stay)
    return Regimes(probability, levels, stay, float(np.sqrt(v)), float(gain), jumps)
