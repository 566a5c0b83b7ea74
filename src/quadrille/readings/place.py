"""The place of a tie in the index, from its posterior paths and all other ties."""

from __future__ import annotations

import numpy as np

from quadrille.index.place import Change, Place, change_since, percentiles, world_percentile
from quadrille.kernels.constants import BAND
from quadrille.kernels.turning import date_phases, list_phases
from quadrille.measure.result import Relation
from quadrille.panel.build import Panel
from quadrille.readings.episodes import AMPLITUDE, LEAST_LENGTH

__all__ = ["place_of"]

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
