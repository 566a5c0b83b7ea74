"""Whether an episode of a tie was a break: one level, then another, from one period to the next.

An episode runs from a turning point to the next, so that a war which begins in one month is dated to a peak that may
lie years before. Each episode's observations are read as a break between two levels and as a slide from one to the
other (`quadrille.kernels.break_or_slide`); where the break is likelier its date, with a band, is that of the episode.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from quadrille.kernels.breaks import break_or_slide
from quadrille.kernels.constants import BAND
from quadrille.measure.result import Relation

__all__ = ["Break", "break_of"]


@dataclass(frozen=True, slots=True)
class Break:
    """A move of a tie read as a break.

    Attributes
    ----------
    probability : float
        That it was a break and no slide, where either was as likely beforehand.
    when : tuple of date
        5% point of the first period of the new level given a break, the period that with its two neighbours is likeliest
        to hold it, and 95% point.
    before, after : float
        Mean of what was observed on the two sides of the likeliest date, on the tie's scale.
    inside : bool
        The dates lie between those of the turning points, and their band is at most half as long.
    """

    probability: float
    when: tuple[date, date, date]
    before: float
    after: float
    inside: bool

    @property
    def preferred(self) -> bool:
        """The data prefer a break to a slide, and can date it within the episode."""
        return self.inside and self.probability > 0.5


def break_of(
    tie: Relation, start: Sequence[date], end: Sequence[date], margin: int
) -> Break | None:
    """Read one move of a tie as a break.

    Parameters
    ----------
    tie : Relation
    start, end : sequence of date
        5%, 50% and 95% points of the turning points that open and close it.
    margin : int
        Periods looked at before and after them.

    Returns
    -------
    Break or None
        None where too little was observed to tell.
    """
    first = max(tie.periods.index(start[0]) - margin, 0)
    last = min(tie.periods.index(end[-1]) + margin + 1, len(tie.periods))
    window = slice(first, last)
    noise = tie.hyper["phi"][1] * tie.s2[window]
    got = break_or_slide(
        tie.y[window], np.where(np.isnan(tie.y[window]), 1.0, noise), max(margin // 2, 2)
    )
    if got is None:
        return None
    ends = np.searchsorted(np.cumsum(got.dates), (BAND[0], BAND[-1])).clip(max=last - first - 1)
    lo, mid, hi = (
        tie.periods[first + int(k)] for k in (ends[0], np.clip(got.best, *ends), ends[1])
    )
    # A band as long as the move itself says nothing of when.
    inside = start[0] <= lo and hi <= end[-1] and 2 * (hi - lo) <= end[-1] - start[0]
    return Break(got.p_break, (lo, mid, hi), got.before, got.after, inside)
