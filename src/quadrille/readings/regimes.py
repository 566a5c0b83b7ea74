"""The other reading of a tie's history: it jumps between two levels.

A hidden Markov chain of two levels is fitted to the observations (`quadrille.kernels.fit_regimes`,
noise variances as the measurement model has them). It knows no rises and falls, so that it disagrees
with dated episodes where a tie drifts without changing its regime, or changes it in a movement too
short or too small to be dated.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from quadrille.errors import NoDataError, OptionError
from quadrille.kernels.arrays import Array
from quadrille.kernels.constants import BAND
from quadrille.kernels.regimes import fit_regimes
from quadrille.measure.result import Relation

__all__ = ["TieRegimes", "regimes_of", "thaw_sign"]

# Of the facets, those whose rise or fall is a thaw.
_SIGN = {"cordiality": 1, "hostility": -1}


@dataclass(frozen=True, slots=True)
class TieRegimes:
    """Two regimes of one tie.

    Attributes
    ----------
    tie : Relation
    warm : ndarray, shape (time,)
        Probability of the warmer regime given all data.
    levels, stay : (float, float)
        Level of the colder and the warmer regime on the tie's scale, and the chance of staying in each.
    spread : float
        Standard deviation within a regime beyond the observations' noise.
    bic_gain : float
        BIC of one level less BIC of two; below 0 the data do not ask for two, and the reading is weak.
    chance : ndarray, shape (2, time)
        Probability of a jump to the colder, and to the warmer, regime going into each period.
    """

    tie: Relation
    warm: Array
    levels: tuple[float, float]
    stay: tuple[float, float]
    spread: float
    bic_gain: float
    chance: Array

    def change(self, start: date, end: date) -> float:
        """Change of the warmer regime's probability between two periods."""
        first, last = self.tie.periods.index(start), self.tie.periods.index(end)
        return float(self.warm[last] - self.warm[first])

    def jumps(self) -> tuple[date, ...]:
        """Periods in which the warmer regime's probability crosses one half."""
        warm = self.warm > 0.5
        return tuple(self.tie.periods[t] for t in np.flatnonzero(warm[1:] != warm[:-1]) + 1)

    def dated(self) -> tuple[tuple[date, date, date], ...]:
        """5%, 50% and 95% points of each jump's date: over the periods nearer to it than to another jump."""
        warm = self.warm > 0.5
        at = np.flatnonzero(warm[1:] != warm[:-1]) + 1
        if not at.size:
            return ()
        edges = np.concatenate([[0], (at[1:] + at[:-1] + 1) // 2, [warm.size]])
        found = []
        for t, first, last in zip(at, edges[:-1], edges[1:], strict=True):
            share = np.cumsum(self.chance[int(warm[t]), first:last])
            points = first + np.searchsorted(share / share[-1], BAND)
            lo, mid, hi = (self.tie.periods[int(k)] for k in points)
            found.append((lo, mid, hi))
        return tuple(found)


def thaw_sign(tie: Relation) -> int:
    """Direction in which the tie's facet thaws: 1 for cordiality, -1 for hostility.

    Raises
    ------
    OptionError
        The facet has no warm side.
    """
    if tie.facet not in _SIGN:
        raise OptionError(f"episodes are read from {' or '.join(_SIGN)}, not from {tie.facet}")
    return _SIGN[tie.facet]


def regimes_of(tie: Relation) -> TieRegimes:
    """Read a tie as one that jumps between two levels.

    Parameters
    ----------
    tie : Relation
        Measured on cordiality, or on hostility.

    Raises
    ------
    OptionError
        The facet has no warm side.
    NoDataError
        Fewer than three observed periods.
    """
    sign = thaw_sign(tie)
    seen = int(np.sum(~np.isnan(tie.y)))
    if seen < 3:
        raise NoDataError(f"{tie.label}: {seen} observed periods are too few for two regimes")
    got = fit_regimes(sign * tie.y, tie.hyper["phi"][1] * tie.s2)
    low, high = (float(v) for v in sign * got.levels)
    return TieRegimes(
        tie,
        got.high,
        (low, high),
        (float(got.stay[0]), float(got.stay[1])),
        got.spread,
        got.bic_gain,
        got.jumps,
    )
