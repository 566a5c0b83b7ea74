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
import polars as pl

from quadrille.errors import NoDataError
from quadrille.kernels.arrays import Array
from quadrille.kernels.regimes import fit_regimes
from quadrille.measure.result import Relation
from quadrille.readings.episodes import Episode, Episodes, thaw_sign

__all__ = ["TieRegimes", "regimes_of"]


@dataclass(frozen=True, slots=True)
class TieRegimes:
    """Two regimes of one tie.

    Attributes
    ----------
    tie : Tie
    warm : ndarray, shape (time,)
        Probability of the warmer regime given all data.
    levels, stay : (float, float)
        Level of the colder and the warmer regime on the tie's scale, and the chance of staying in each.
    spread : float
        Standard deviation within a regime beyond the observations' noise.
    bic_gain : float
        BIC of one level less BIC of two; below 0 the data do not ask for two, and the reading is weak.
    """

    tie: Relation
    warm: Array
    levels: tuple[float, float]
    stay: tuple[float, float]
    spread: float
    bic_gain: float

    def change(self, e: Episode) -> float:
        """Change of the warmer regime's probability from an episode's median start to its median end."""
        start, end = (self.tie.periods.index(points[1]) for points in (e.start, e.end))
        return float(self.warm[end] - self.warm[start])

    def agrees(self, e: Episode) -> bool:
        """The tie changes its regime in this episode, the same way, by more than one half."""
        return self.change(e) * (1 if e.kind == "thaw" else -1) > 0.5

    def jumps(self) -> tuple[date, ...]:
        """Periods in which the warmer regime's probability crosses one half."""
        warm = self.warm > 0.5
        return tuple(self.tie.periods[t] for t in np.flatnonzero(warm[1:] != warm[:-1]) + 1)

    def beside(self, found: Episodes) -> pl.DataFrame:
        """The episodes' table with ``regime_change`` and ``regimes_agree`` added."""
        return Episodes.to_polars(found).with_columns(
            pl.Series("regime_change", [self.change(e) for e in found.items], dtype=pl.Float64),
            pl.Series("regimes_agree", [self.agrees(e) for e in found.items], dtype=pl.Boolean),
        )


def regimes_of(tie: Relation) -> TieRegimes:
    """Read a tie as one that jumps between two levels.

    Parameters
    ----------
    tie : Tie
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
    )
