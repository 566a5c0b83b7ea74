r"""Where a tie goes if it moves as it has.

From each posterior path the tie's own autoregression, its parameters at their medians:

.. math:: x_{T+h} \mid x_T \sim N\!\left(\mu + \rho^h (x_T - \mu),\ q \frac{1 - \rho^{2h}}{1 - \rho^2}\right).

Of an index, whose parameters are common to all ties, q is the mean square of the tie's own steps over its paths.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

import numpy as np
import polars as pl
from scipy.special import ndtr, ndtri

from quadrille.kernels.arrays import Array
from quadrille.kernels.constants import BAND
from quadrille.measure.result import Relation
from quadrille.panel.build import FREQUENCIES
from quadrille.results import Result

__all__ = ["AHEAD", "Outlook", "outlook_of"]

AHEAD = {"Y": 3, "Q": 8, "M": 24, "D": 60}  # periods
_GRID = 201  # points of each normal: its quantiles at equal steps


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Outlook(Result):
    """A tie's own forecast.

    Attributes
    ----------
    tie : Relation
    periods : tuple of date, length step
        First days of the periods to come.
    path : ndarray, shape (3, step)
        5%, 50% and 95% points, as shown.
    p_warm : ndarray, shape (step,)
    """

    kind: ClassVar[str] = "outlook"

    tie: Relation
    periods: tuple[date, ...]
    path: Array
    p_warm: Array

    @property
    def label(self) -> str:
        """``PAK-RUS``."""
        return self.tie.label

    @property
    def p_stays(self) -> Array:
        """P(on the side that is likelier now), by step."""
        now = float((self.tie.draws[:, -1] > self.tie.neutral).mean()) >= 0.5
        return self.p_warm if now else 1 - self.p_warm

    def to_polars(self) -> pl.DataFrame:
        """A row a period: ``period, shown_lo90, shown, shown_hi90, p_warm``."""
        lo, mid, hi = self.path
        return pl.DataFrame(
            {"period": pl.Series(self.periods, dtype=pl.Date), "shown_lo90": lo, "shown": mid, "shown_hi90": hi,
             "p_warm": self.p_warm}
        )  # fmt: skip


def outlook_of(tie: Relation) -> Outlook:
    """The forecast of a tie by itself, `AHEAD` periods on."""
    steps = np.arange(1, AHEAD[tie.frequency] + 1)
    mu, rho, q = (tie.hyper[k][1] for k in ("mu", "rho", "q"))
    if tie.from_index:
        q = _own_steps(tie, mu, rho)
    mean = mu + rho**steps * (tie.draws[:, -1:] - mu)
    sd = np.sqrt(q * (1 - rho ** (2 * steps)) / (1 - rho**2))
    warm = ndtr((mean - tie.neutral) / sd).mean(axis=0)
    spread = ndtri((np.arange(_GRID) + 0.5) / _GRID)
    mixed = (mean[:, None] + sd * spread[:, None]).reshape(-1, len(steps))
    path = tie.unit.shown(np.quantile(mixed, BAND, axis=0))
    last, step = pl.lit(tie.periods[-1]), FREQUENCIES[tie.frequency][1:]
    days = pl.select(pl.concat_list(last.dt.offset_by(f"{k}{step}") for k in steps)).item()
    return Outlook(tie, tuple(days), np.asarray(path), warm)


def _own_steps(tie: Relation, mu: float, rho: float) -> float:
    """Mean square of the innovations of all paths, in the periods for which the index has an estimate."""
    away = tie.draws - mu
    steps = away[:, 1:] - rho * away[:, :-1]
    known = ~np.isnan(tie.y)
    return float((steps[:, known[1:] & known[:-1]] ** 2).mean())
