"""Where a tie stands in the index: in the world, in its own history, and since when it moved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

import numpy as np
import polars as pl

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
    panel: Panel, periods: Sequence[date], levels: Mapping[str, Array]
) -> tuple[list[int], dict[str, Array]]:
    """Where levels stand among all ties of their periods.

    Parameters
    ----------
    panel : Panel
        Of kind index, all ties.
    periods : sequence of date, length n
        First days of years or months that the panel has.
    levels : mapping of str to ndarray, shape (k, n)
        By column, ``valence`` or ``engagement``.

    Returns
    -------
    ties : list of int, length n
        How many each period has.
    below : mapping of str to ndarray, shape (k, n)
        Percentage of them with a lower level.
    """
    near = pl.col("period").is_between(min(periods), max(periods))
    world = panel.cells.select("period", *levels).filter(near).group_by("period").agg(pl.all())
    asked = pl.DataFrame({"period": periods}).join(world, on="period", maintain_order="left")
    ties = asked.select(pl.col(next(iter(levels))).list.len()).to_series().to_list()
    below = {
        column: np.stack(
            [
                100.0 * ((values.to_numpy() < level[:, None]).sum(axis=1) / len(values))
                for values, level in zip(asked[column], given.T, strict=True)
            ],
            axis=1,
        )
        for column, given in levels.items()
    }
    return ties, below


def change_since(draws: Array, periods: tuple[date, ...], then: int, now: int) -> Change:
    """How far a path moved between two periods, by their indices."""
    lo, mid, hi = np.quantile(draws[:, now] - draws[:, then], BAND)
    return Change(periods[then], (float(lo), float(mid), float(hi)))
