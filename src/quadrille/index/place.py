"""Where a tie stands in the index: in the world, in its own history, and since when it moved."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

import numpy as np
import polars as pl

from quadrille.kernels.arrays import Array
from quadrille.kernels.constants import BAND
from quadrille.panel.build import Panel

__all__ = ["Change", "Place", "change_since", "percentiles", "world_percentile"]

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
    own : float
        Percentage of the tie's other years with a lower level.
    years : int
        Years of the tie in the index.
    before : Change or None
        Since five years before.
    turn : Change or None
        Since its last turning point.
    engagement : float
        Percentage of the world's ties with less to do with each other that year.
    path : polars.DataFrame
        ``period, percentile, engagement, engagement_percentile``, the percentiles among the ties of each year.
    """

    period: date
    level: Band
    p_warm: float
    ties: int
    world: Band
    own: float
    years: int
    before: Change | None
    turn: Change | None
    engagement: float
    path: pl.DataFrame = field(repr=False)


def world_percentile(panel: Panel, period: date, levels: Band) -> tuple[int, Band]:
    """How many ties a year has, and the percentage of them below each of three levels."""
    world = np.sort(panel.cells.filter(pl.col("period") == period)["valence"].to_numpy())
    below = 100.0 * np.searchsorted(world, levels) / world.size
    return world.size, (float(below[0]), float(below[1]), float(below[2]))


def percentiles(panel: Panel, a: str, b: str) -> pl.DataFrame:
    """A tie's percentiles among all ties of each of its years.

    Parameters
    ----------
    panel : Panel
        Of kind index, all ties.
    a, b : str
        ISO3, ``a < b``.

    Returns
    -------
    polars.DataFrame
        ``period, percentile, engagement, engagement_percentile``: share of ties with a lower level, in percent.
    """
    level, contact = pl.col("valence"), pl.col("engagement")
    own = panel.cells.filter(pl.col("state_a") == a, pl.col("state_b") == b)
    own = own.select("period", v="valence", e="engagement")
    return (
        panel.cells.select("period", level, contact)
        .join(own, on="period")
        .group_by("period")
        .agg(
            percentile=(level < pl.col("v")).mean() * 100.0,
            engagement=pl.col("e").first().cast(pl.Float64),
            engagement_percentile=(contact < pl.col("e")).mean() * 100.0,
        )
        .sort("period")
    )


def change_since(draws: Array, periods: tuple[date, ...], then: int, now: int) -> Change:
    """How far a path moved between two periods, by their indices."""
    lo, mid, hi = np.quantile(draws[:, now] - draws[:, then], BAND)
    return Change(periods[then], (float(lo), float(mid), float(hi)))
