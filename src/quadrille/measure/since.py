"""Since when a relation has had its present sign, as a distribution over its posterior paths."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import numpy as np

from quadrille.kernels.constants import BAND
from quadrille.measure.result import Relation
from quadrille.verdicts import SURE

__all__ = ["LastSure", "SinceWhen", "last_sure", "since_when"]


@dataclass(frozen=True, slots=True)
class SinceWhen:
    """How long a tie has had its present sign.

    Nothing dates a change of sign within a hole, where nothing was observed: a date that falls into
    one is given as the hole's bounds. Where the record of the dyad opens with a hole, it begins with
    the first observation.

    Attributes
    ----------
    warm : bool
        Sign of the larger share of draws in the last period.
    probability : float
        Share of draws with that sign in the last period.
    early, median, late : date
        5%, 50% and 95% points, over draws of that sign, of the first period of the present run;
        ``early`` and ``late`` are moved outward to the bounds of a hole that holds them.
    hole : (date, date) or None
        First and last period of the hole that holds ``median``: the run began between them.
    open : bool
        The run is as old as the record: it began with the first observation, or before.
    """

    warm: bool
    probability: float
    early: date
    median: date
    late: date
    hole: tuple[date, date] | None
    open: bool


class LastSure(NamedTuple):
    """The last period in which a tie was on one side for sure, and whether that was the warm one."""

    period: date
    warm: bool


def last_sure(tie: Relation) -> LastSure | None:
    """The last period in which one side has a probability of `SURE`; None where neither ever has."""
    p = (tie.draws > tie.neutral).mean(axis=0)
    sure = np.flatnonzero(np.maximum(p, 1 - p) >= SURE)
    return LastSure(tie.periods[int(sure[-1])], bool(p[sure[-1]] >= 0.5)) if sure.size else None


def _first(tie: Relation) -> int:
    """Where the record begins: after a hole that opens it."""
    opening = [last for first, last in tie.holes() if first == tie.periods[0]]
    end = tie.periods.index(opening[0]) + 1 if opening else 0
    return min(end, len(tie.periods) - 1)


def since_when(tie: Relation) -> SinceWhen:
    """Date the start of the present sign on posterior draws.

    Parameters
    ----------
    tie : Relation

    Returns
    -------
    SinceWhen
    """
    positive = tie.draws > tie.neutral
    warm = bool(positive[:, -1].mean() >= 0.5)
    now = positive[positive[:, -1] == warm]
    broken = now[:, ::-1] != warm
    run = np.where(broken.any(axis=1), broken.argmax(axis=1), now.shape[1])
    start = np.maximum(now.shape[1] - run, _first(tie))
    early, middle, late = (tie.periods[int(i)] for i in np.quantile(start, BAND, method="nearest"))
    holes = tie.holes()
    around = {d: next((h for h in holes if h[0] <= d <= h[1]), None) for d in (early, middle, late)}
    first, last = around[early], around[late]
    return SinceWhen(
        warm, now.shape[0] / positive.shape[0],
        early if first is None else first[0], middle, late if last is None else last[1],
        around[middle], middle == tie.periods[_first(tie)],
    )  # fmt: skip
