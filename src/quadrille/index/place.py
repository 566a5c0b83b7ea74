"""Where a tie stands in the index: in the world, in its own history, and since when it moved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quadrille.kernels.arrays import Array
from quadrille.kernels.constants import BAND
from quadrille.panel.build import Panel

__all__ = ["Band", "Change", "Place", "change_since", "percentiles"]

Band = tuple[float, float, float]


class Change(NamedTuple):
    """How far the level moved since a year: 5%, 50% and 95% points over draws."""

    since: date
    by: Band


@dataclass(frozen=True, slots=True)
class Place:
    """Where a tie stands in the last year of the index that is read.

    Attributes
    ----------
    period : date
    level : (float, float, float)
        5%, 50% and 95% points; 0 neutral, +1 the median ally, -1 the median rival.
    p_warm : float
        Probability of a level above 0.
    ties : int
        Ties in the world that year.
    world : (float, float, float)
        Percentage of them with a lower level, at the three points of ``level``.
    own : (float, float, float)
        Percentage of the tie's other years with a lower level: 5%, 50% and 95% points over its paths; NaN where there is none.
    years : int
        Years of the tie in the index.
    before : Change or None
        Since five years before.
    turn : Change or None
        Since its last turning point.
    engagement : (float, float, float)
        Percentage of the world's ties with less to do with each other that year: 5%, 50% and 95% points.
    path : polars.DataFrame
        ``period, percentile, engagement, engagement_percentile``, the percentiles among the ties of each year with
        their 90% bands, ``percentile_lo90`` and so on.
    frequency : {"Y", "M"}
        Of the index.
    """

    period: date
    level: Band
    p_warm: float
    ties: int
    world: Band
    own: Band
    years: int
    before: Change | None
    turn: Change | None
    engagement: Band
    path: pl.DataFrame = field(repr=False)
    frequency: str = "Y"


def percentiles(
    panel: Panel, column: str, periods: Sequence[date], levels: Array
) -> tuple[NDArray[np.int64], Array]:
    """Where levels stand among all ties of their periods.

    Parameters
    ----------
    panel : Panel
        Of kind index, all ties.
    column : {"valence", "engagement"}
    periods : sequence of date, length n
        First days of years or months.
    levels : ndarray, shape (k, n)

    Returns
    -------
    ties : ndarray of int, shape (n,)
        How many each period has.
    below : ndarray, shape (k, n)
        Percentage of them with a lower level.
    """
    each, first = 12 if panel.frequency == "M" else 1, panel.span[0].year
    when = panel.cells["period"].dt.year().to_numpy().astype(np.int64) - first
    at = [day.year - first for day in periods]
    if each > 1:
        when = when * each + panel.cells["period"].dt.month().to_numpy() - 1
        at = [year * each + day.month - 1 for year, day in zip(at, periods, strict=True)]
    value = panel.cells[column].to_numpy()
    ties = np.bincount(when)
    below = np.empty(levels.shape)
    for given, out in zip(levels, below, strict=True):
        level = np.full(len(ties), -np.inf)
        level[at] = given
        lower = when[value < level[when]]
        out[:] = 100.0 * (np.bincount(lower, minlength=len(ties)) / np.maximum(ties, 1))[at]
    return ties[at], below


def change_since(draws: Array, periods: tuple[date, ...], then: int, now: int) -> Change:
    """How far a path moved between two periods, by their indices."""
    lo, mid, hi = np.quantile(draws[:, now] - draws[:, then], BAND)
    return Change(periods[then], (float(lo), float(mid), float(hi)))
