r"""Several forecasters made one: quantiles averaged with weights that past scores choose.

At horizon h the combination's quantile is :math:`\sum_m w_{hm} Q_m`, the weights on the simplex and
chosen to make the mean CRPS of the *combination* smallest over past origins whose outcome is known.
Averaging quantiles keeps the shape of its members, where averaging probabilities would widen it
(Lichtendahl, Grushka-Cockayne & Winkler 2013); the loss is convex in the weights.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from quadrille.foresight.forecasters import Forecast, Forecaster
from quadrille.foresight.series import Series
from quadrille.kernels.arrays import Array
from quadrille.kernels.smoothing import decayed_mean

__all__ = ["Combination", "Remembered", "best_weights"]

_ROUNDS = 60
_EVERY = 5


@dataclass(frozen=True, slots=True)
class Remembered:
    """A forecaster whose forecasts of one series are kept, so that nobody makes them twice.

    Valid for one series only: pasts are told apart by their length.
    """

    member: Forecaster
    kept: dict[tuple[int, int], Forecast] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The member's."""
        return self.member.name

    def forecast(self, past: Series, horizons: int) -> Forecast:
        """See `Forecaster`."""
        key = (len(past.periods), horizons)
        if key not in self.kept:
            self.kept[key] = self.member.forecast(past, horizons)
        return self.kept[key]


def best_weights(y: Array, quantiles: Array, unit: Array) -> Array:
    """Weights on the simplex that make the combination's mean CRPS smallest.

    Exponentiated subgradient steps from equal weights (Kivinen & Warmuth 1997), on every fifth
    quantile; the average of the steps' second half is returned.

    Parameters
    ----------
    y, unit : ndarray, shape (case,)
        Outcomes and what their errors are divided by.
    quantiles : ndarray, shape (member, case, level)

    Returns
    -------
    ndarray, shape (member,)
    """
    members, _, count = quantiles.shape
    q = quantiles[:, :, _EVERY // 2 :: _EVERY] / unit[:, None]
    levels = ((np.arange(count) + 0.5) / count)[_EVERY // 2 :: _EVERY]
    known = np.isfinite(y) & np.isfinite(q).all(axis=(0, 2))
    w = np.full(members, 1.0 / members)
    if not known.any():
        return w
    q, target = q[:, known], (y / unit)[known, None]
    total = np.zeros(members)
    for k in range(_ROUNDS):
        slope = (target < np.tensordot(w, q, axes=1)) - levels
        gradient = 2.0 * np.mean(slope * q, axis=(1, 2))
        # Losses are in units of the dyad, so that a step of this size suits any data.
        w = w * np.exp(-(gradient - gradient.min()) * 20.0 / np.sqrt(k + 1.0))
        w /= w.sum()
        if k >= _ROUNDS // 2:
            total += w
    return np.asarray(total / total.sum())


@dataclass(frozen=True, slots=True)
class Combination:
    """The members' quantiles, averaged with weights learnt at past origins of the same series.

    Attributes
    ----------
    members : tuple of Forecaster
    window : int
        How many past origins the weights are learnt from; with none whose outcome is known, equal.
    least : int
        Fewest periods a past origin must have had.
    """

    members: tuple[Forecaster, ...]
    window: int = 12
    least: int = 12
    name: str = "combination"

    def forecast(self, past: Series, horizons: int) -> Forecast:
        """See `Forecaster`."""
        now = np.stack([m.forecast(past, horizons).quantiles for m in self.members])
        w = self.weights(past, horizons)
        return Forecast(np.einsum("hm,mdhk->dhk", w, now))

    def weights(self, past: Series, horizons: int) -> Array:
        """Weights at each horizon, shape (horizon, member)."""
        t, out = len(past.periods), []
        size = decayed_mean(np.abs(past.y), np.inf) if past.own_unit else np.ones(len(past.y))
        for h in range(1, horizons + 1):
            lag = max(1, min(h, t - self.least))
            origins = range(max(self.least, t - lag - self.window + 1), t - lag + 1)
            before = [past.before(u) for u in origins]
            cast = [
                np.stack([m.forecast(b, horizons).quantiles[:, lag - 1] for m in self.members])
                for b in before
            ]
            if not cast:
                out.append(np.full(len(self.members), 1.0 / len(self.members)))
                continue
            y = np.concatenate([past.y[:, u + lag - 1] for u in origins])
            unit = np.tile(np.where(size > 0, size, np.nan), len(cast))
            out.append(best_weights(y, np.concatenate(cast, axis=1), unit))
        return np.stack(out)
