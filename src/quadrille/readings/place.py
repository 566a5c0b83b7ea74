"""The place of a tie in the index, from its posterior paths and all other ties."""

from __future__ import annotations

import numpy as np

from quadrille.index.place import Change, Place, change_since, percentiles, world_percentile
from quadrille.kernels.constants import BAND
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
    path = percentiles(panel, a, b)
    given = [tie.periods.index(day) for day in path["period"]]
    now, level = given[-1], tie.draws.mean(axis=0)
    lo, mid, hi = (float(v) for v in np.quantile(tie.draws[:, now], BAND))
    ties, world = world_percentile(panel, tie.periods[now], (lo, float(level[now]), hi))
    past = level[given[:-1]]
    five = now - _BEFORE
    return Place(
        tie.periods[now], (lo, mid, hi), float((tie.draws[:, now] > tie.neutral).mean()), ties, world,
        100.0 * float((past < level[now]).mean()) if past.size else float("nan"), len(given),
        change_since(tie.draws, tie.periods, five, now) if five in given else None,
        _turn(tie, now), path["engagement_percentile"][-1], path,
    )  # fmt: skip


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
