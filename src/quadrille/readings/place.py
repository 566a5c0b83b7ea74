"""The place of a tie in the index, from its posterior paths and all other ties."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from quadrille.index.place import Band, Change, Place, change_since, percentiles
from quadrille.kernels.arrays import Array
from quadrille.kernels.constants import BAND, Z90
from quadrille.kernels.turning import date_phases, list_phases
from quadrille.measure.result import Relation
from quadrille.panel.build import Panel

__all__ = ["AMPLITUDE", "LEAST_LENGTH", "place_of"]

# Half of Bry & Boschan's least cycle of 15 months, rounded up to whole periods, so that their least
# phase of five months holds as well; two periods for years, since the path of a year is one number.
LEAST_LENGTH = {"D": 225, "M": 8, "Q": 3, "Y": 2}
# Least amplitude, in standard deviations over time of the tie's own path.
AMPLITUDE = 1.5

_BEFORE = 5
_ENDS = ("percentile_lo90", "percentile", "percentile_hi90")


def place_of(tie: Relation, panel: Panel) -> Place:
    """Where a tie stands in the last year of the index.

    Parameters
    ----------
    tie : Relation
        Of an index.
    panel : Panel
        All ties of it.
    """
    a, b = sorted((tie.state_a, tie.state_b))
    own = panel.cells.filter(pl.col("state_a") == a, pl.col("state_b") == b).sort("period")
    given = [tie.periods.index(day) for day in own["period"]]
    now = given[-1]
    band = _band(own, "valence", "sd")
    ties, path = _path(own, panel, band)
    lower = (tie.draws[:, given[:-1]] < tie.draws[:, [now]]).sum(axis=1)
    five = now - _BEFORE * (12 if tie.frequency == "M" else 1)
    return Place(
        tie.periods[now], _three(band[:, -1]), float((tie.draws[:, now] > tie.neutral).mean()), ties,
        _three(path.select(_ENDS).row(-1)),
        _three(100.0 * np.quantile(lower, BAND) / (len(given) - 1) if len(given) > 1 else [np.nan] * 3), len(given),
        change_since(tie.draws, tie.periods, five, now) if five in given else None,
        _turn(tie, now), _three(path.select(f"engagement_{c}" for c in _ENDS).row(-1)), path,
        tie.frequency,
    )  # fmt: skip


def _three(values: Sequence[float] | Array) -> Band:
    lo, mid, hi = (float(v) for v in values)
    return lo, mid, hi


def _band(own: pl.DataFrame, mean: str, sd: str) -> Array:
    """5%, 50% and 95% points by year, shape (3, years)."""
    middle, half = (own[c].cast(pl.Float64).to_numpy() for c in (mean, sd))
    return np.asarray(middle + Z90 * np.outer((-1, 0, 1), half))


def _path(own: pl.DataFrame, panel: Panel, levels: Array) -> tuple[int, pl.DataFrame]:
    """Ties of the last year, and both percentiles by year with their bands."""
    contact = _band(own, "engagement", "engagement_sd")
    days = own["period"].to_list()
    ties, below = percentiles(panel, days, {"valence": levels, "engagement": contact})
    made = {
        "period": own["period"],
        **dict(zip(_ENDS, below["valence"], strict=True)),
        "engagement": contact[1],
    }
    made |= {f"engagement_{c}": v for c, v in zip(_ENDS, below["engagement"], strict=True)}
    return ties[-1], pl.DataFrame(made)


def _turn(tie: Relation, now: int) -> Change | None:
    """Since the last turning point of the path's mean, dated as episodes are."""
    level = tie.draws[:, : now + 1].mean(axis=0)
    size = AMPLITUDE * float(level.std())
    if not size > 0:
        return None
    phases = list_phases(date_phases(level[None], LEAST_LENGTH[tie.frequency], size))
    if not len(phases):
        return None
    start, end = (int(v) for v in phases[-1, 2:])
    then = end if end < now else start
    return change_since(tie.draws, tie.periods, then, now) if then > 0 else None
