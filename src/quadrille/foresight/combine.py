r"""Several forecasters made one: quantiles averaged with weights that past scores move, fast.

At horizon h the combination's quantile is :math:`\sum_m w_{hm} Q_m`. Averaging quantiles keeps the shape of
its members, where averaging probabilities would widen it (Lichtendahl, Grushka-Cockayne & Winkler 2013). The weights
are those of online expert aggregation: at each past origin whose outcome is known, in order,

.. math:: w_m \leftarrow (1 - \alpha)\, \frac{w_m e^{-\eta g_m}}{\sum_k w_k e^{-\eta g_k}} + \alpha\, p_m,

g the gradient of the combination's mean CRPS (exponentiated gradient: Kivinen & Warmuth 1997; CRPS learning: Berrisch &
Ziel 2023) and :math:`\alpha p` the share that every member keeps or regains (fixed share: Herbster & Warmuth 1998), so
that a member can come back within a few periods of a break. Every horizon starts from the prior p. The h periods between
an origin and its outcome are also those of the h - 1 origins after it, so that h origins in a row say little more than one:
:math:`\eta = \eta_1 / h`, and intervals are stretched (`stretch`) as by a number of origins h times smaller.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from quadrille.foresight.forecasters import LEVELS, Forecast, Forecaster
from quadrille.foresight.series import Series
from quadrille.kernels.arrays import Array
from quadrille.kernels.smoothing import decayed_mean

__all__ = ["Combination", "moved_weights", "remembered", "stretch"]

_EVERY = 5
_RATE, _SHARE = (
    20.0,
    0.05,
)  # chosen on the first four fifths of monthly GDELT scores and held for all
_MEANT = 0.9  # what the interval that is set is meant to hold
_TURN = 0.3  # how fast the share that is aimed at follows what intervals held, a period ahead
_FEWEST = 3  # origins to stretch by
_WORTH = 4  # origins that no stretch at all is worth, a period ahead


def remembered(member: Forecaster, past: Series, horizons: int, at: int | None = None) -> Forecast:
    """What a member says at an origin, made once for all who ask the same series; in single precision.

    ``at``: periods known there; by default all of ``past``.
    """
    key: Hashable = (member if isinstance(member, Hashable) else id(member), horizons)

    def make(known: Series) -> Forecast:
        said = member.forecast(known, horizons)
        return replace(said, quantiles=said.quantiles.astype(np.float32))

    return past.known(key, len(past.periods) if at is None else at, make)


def moved_weights(
    prior: Array, y: Sequence[Array], quantiles: Sequence[Array], unit: Array, lag: int = 1
) -> Array:
    """Weights after a run of origins, oldest first; see the head of this module.

    Parameters
    ----------
    prior : ndarray, shape (member,)
        On the simplex; the weights before the first.
    y : sequence of ndarray, shape (case,)
        Outcomes of each origin; NaN: not known.
    quantiles : sequence of ndarray, shape (member, case, level)
        What the members said; every fifth level is used.
    unit : ndarray, shape (case,)
        What errors are divided by.
    lag : int
        Periods from an origin to its outcome.

    Returns
    -------
    ndarray, shape (member,)
    """
    w = prior
    for outcome, said in zip(y, quantiles, strict=True):
        count = said.shape[2]
        q = said[:, :, _EVERY // 2 :: _EVERY] / unit[:, None]
        levels = ((np.arange(count) + 0.5) / count)[_EVERY // 2 :: _EVERY]
        known = np.isfinite(outcome / unit) & np.isfinite(q).all(axis=(0, 2))
        if not known.any():
            continue
        q, target = q[:, known], (outcome / unit)[known, None]
        slope = (target < np.tensordot(w, q, axes=1)) - levels
        gradient = 2.0 * np.mean(slope * q, axis=(1, 2))
        # Losses are in units of the dyad, so that a step of this size suits any data.
        w = w * np.exp(-_RATE / lag * (gradient - gradient.min()))
        w = (1.0 - _SHARE) * w / w.sum() + _SHARE * prior
    return w


def stretch(y: Sequence[Array], quantiles: Sequence[Array], lag: int = 1) -> float:
    r"""Factor on distances from the median that makes central 90% intervals hold what they should.

    The quantile of how far outcomes lay from the median, in units of the distance to the interval's end on their side
    (split conformal prediction, Lei et al. 2018; all dyads and past origins pooled), drawn towards one where origins are
    few. Ends that are estimated hold less of what comes than they held. The level of that quantile is therefore moved by
    what it would have held at each past origin, set from what was known there (adaptive conformal inference, Gibbs &
    Candès 2021): :math:`a \leftarrow a + \gamma (0.9 - held)`.

    Parameters
    ----------
    y : sequence of ndarray, shape (case,)
        Outcomes of past origins, oldest first; NaN: not known.
    quantiles : sequence of ndarray, shape (case, level)
        What was said of them.
    lag : int
        Periods from an origin to its outcome.
    """
    if len(y) < _FEWEST:
        return 1.0
    off = [_off(outcome, said) for outcome, said in zip(y, quantiles, strict=True)]
    level = _MEANT
    for k in range(_FEWEST + lag - 1, len(off)):
        before = np.concatenate(off[: k - lag + 1])
        if before.size and off[k].size:
            held = float(np.mean(off[k] <= np.quantile(before, level)))
            level = min(max(level + _TURN / lag * (_MEANT - held), 0.8), 0.98)
    every = np.concatenate(off)
    if not every.size:
        return 1.0
    found = float(np.quantile(every, level))
    return float(np.exp(np.log(max(found, 1e-3)) * len(y) / (len(y) + _WORTH * lag)))


def _off(outcome: Array, q: Array) -> Array:
    """How far outcomes lay from the median, in distances to the interval's end on their side."""
    low, middle, high = _ends(q)
    with np.errstate(divide="ignore", invalid="ignore"):
        off = np.where(
            outcome > middle,
            (outcome - middle) / (high - middle),
            (middle - outcome) / (middle - low),
        )
    return np.asarray(off[np.isfinite(off)])


def _ends(q: Array) -> tuple[Array, Array, Array]:
    """5%, 50% and 95% points of quantiles at a hundred levels."""
    low, middle, high = (0.5 * (q[..., k - 1] + q[..., k]) for k in (5, 50, 95))
    return low, middle, high


@dataclass(frozen=True, slots=True)
class Combination:
    """The members' quantiles, averaged with weights learnt at past origins of the same series.

    Attributes
    ----------
    members : tuple of Forecaster
    prior : tuple of float
        Weights of the members before any outcome is known; empty: equal.
    window : int
        How many past origins the weights, and the width of the intervals, are learnt from.
    least : int
        Fewest periods a past origin must have had; a third of the periods where that is fewer, six at least.
    """

    members: tuple[Forecaster, ...]
    prior: tuple[float, ...] = ()
    window: int = 24
    least: int = 12
    name: str = "combination"

    def forecast(self, past: Series, horizons: int) -> Forecast:
        """See `Forecaster`."""
        out = np.empty((len(past.y), horizons, LEVELS.size))
        for h, known in enumerate(self._learnt(past, horizons)):
            mixed = _mixed(self._said(past, horizons, len(past.periods), h + 1), known.weights)
            if not past.counted:  # the ends of shares are atoms: they bear no stretching
                before = [_mixed(said, known.weights) for said in known.said]
                factor = stretch(known.outcomes, before, known.lag)
                middle = _ends(mixed)[1][:, None]
                mixed = middle + factor * (mixed - middle)
            out[:, h] = mixed
        return Forecast(out)

    def earliest(self, periods: int, horizons: int) -> int:
        """The first origin that is learnt from where so many periods are known."""
        least = self._least(periods)
        lag = max(1, min(horizons, periods - least))
        return max(least, periods - lag - self.window + 1)

    def _least(self, periods: int) -> int:
        return max(6, min(self.least, periods // 3))

    def weights(self, past: Series, horizons: int) -> Array:
        """Weights at each horizon, shape (horizon, member)."""
        return np.stack([known.weights for known in self._learnt(past, horizons)])

    def _said(self, past: Series, horizons: int, t: int, h: int) -> Array:
        """Quantiles (member, dyad, level) at one horizon, where t periods are known."""
        every = [remembered(m, past, horizons, t).quantiles[:, h - 1] for m in self.members]
        return np.stack(every).astype(float)

    def _learnt(self, past: Series, horizons: int) -> Iterator[_Learnt]:
        """What is learnt at each horizon, one after the other: what members said at past origins takes room."""
        t, count = len(past.periods), len(self.members)
        prior = np.array(self.prior or np.full(count, 1.0 / count))
        size = decayed_mean(np.abs(past.y), np.inf) if past.own_unit else np.ones(len(past.y))
        unit = np.where(size > 0, size, np.nan)
        least = self._least(t)
        for h in range(1, horizons + 1):
            lag = max(1, min(h, t - least))
            origins = range(max(least, t - lag - self.window + 1), t - lag + 1)
            said = [self._said(past, horizons, u, lag) for u in origins]
            outcomes = [past.y[:, u + lag - 1] for u in origins]
            w = moved_weights(prior, outcomes, said, unit, lag)
            yield _Learnt(w, lag, outcomes, said)


class _Learnt(NamedTuple):
    """Weights at a horizon, how far ahead the origins looked that they were learnt from, what came and what was said."""

    weights: Array
    lag: int
    outcomes: list[Array]
    said: list[Array]


def _mixed(said: Array, w: Array) -> Array:
    """The members' average ``(dyad, level)``, of each dyad over those that have something to say of it."""
    speaks = np.asarray(np.isfinite(said).all(axis=2), dtype=float)
    shares = w[:, None] * speaks
    total = shares.sum(axis=0)
    shares /= np.where(total > 0, total, np.nan)
    heard = np.where(speaks[:, :, None] > 0, said, 0.0)
    # Every member's quantiles ascend, and so does their average.
    return np.asarray(np.sum(shares[:, :, None] * heard, axis=0), dtype=float)
