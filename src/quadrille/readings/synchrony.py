r"""Whether thaws of one tie begin when another starts to chill, and end when it starts to thaw.

Event coincidence analysis (Donges, Schleussner, Siegmund & Donner 2016) on dated turning points.
With :math:`N_A` later events at :math:`a_i`, :math:`N_B` earlier ones at :math:`b_j` and a window w,

.. math:: r_p = \frac1{N_A} \sum_i \Big[\exists j: 0 \le a_i - b_j \le w\Big], \qquad
    r_t = \frac1{N_B} \sum_j \Big[\exists i: 0 \le a_i - b_j \le w\Big]:

the share of thaws that a chill's start precedes (precursor rate), and of chills that a thaw's start follows
(trigger rate). Both are taken over all posterior draws, numerator and denominator summed. Significance is by
circular shift: the second tie's whole posterior is moved round the time axis by every number of
periods, and the p-value is the rank of the unmoved rate among them all. Shifting keeps each tie's own
rhythm, and moving all draws together keeps the uncertainty of the dating.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quadrille.errors import NoDataError, OptionError
from quadrille.kernels.turning import coincidences
from quadrille.measure.result import Relation
from quadrille.panel.periods import n_periods
from quadrille.readings.episodes import Episodes
from quadrille.results import Result
from quadrille.verdicts import CHANCE, Verdict, region_of, verdict_of

__all__ = ["Coincidence", "Synchrony", "synchrony_of"]

_YES_OR_NO = 0.5  # standard deviation of a yes-or-no at one half
_REGION = region_of(_YES_OR_NO)


@dataclass(frozen=True, slots=True)
class Coincidence:
    """One question to two ties.

    Attributes
    ----------
    question : str
    late, early : float
        Events of the first tie (that should come later) and of the second, mean over draws.
    precursor, trigger : float
        Rates over all draws; NaN where no draw holds an event to divide by.
    precursor_band, trigger_band : (float, float)
        5% and 95% points of the rate over draws that hold an event.
    precursor_null, trigger_null : float
        Mean rate over circular shifts: what to expect without synchrony.
    precursor_excess, trigger_excess : (float, float)
        90% band of the rate less what circular shifts give; where it holds zero, or is too small to matter, widened to the band over draws.
    precursor_p, trigger_p : float
        Share of circular shifts, the unmoved one among them, with a rate at least as high.
    """

    question: str
    late: float
    early: float
    precursor: float
    precursor_band: tuple[float, float]
    precursor_null: float
    precursor_excess: tuple[float, float]
    precursor_p: float
    trigger: float
    trigger_band: tuple[float, float]
    trigger_null: float
    trigger_excess: tuple[float, float]
    trigger_p: float

    @property
    def verdicts(self) -> tuple[Verdict, Verdict]:
        """Of both rates."""
        return verdict_of(*self.precursor_excess, _REGION), verdict_of(
            *self.trigger_excess, _REGION
        )

    @property
    def verdict(self) -> Verdict:
        """Of the question: that of the rate that moves, up before down; else of the one known less well."""
        found = self.verdicts
        moved = sorted((v for v in found if v.way), key=lambda v: -v.way)
        open_ = [v for v in found if v.word == "undetermined"]
        return (*moved, *open_, *found)[0]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Synchrony(Result):
    """Two ties' turning points compared.

    Attributes
    ----------
    first, second : Episodes
    window : int
        Periods within which the first tie's event follows the second's.
    shifts : int
        Circular shifts, the unmoved one among them; the smallest p-value there can be is 1 / shifts.
    begin, end : Coincidence
        Thaws of the first tie that begin after a chill of the second begins; thaws of the first that
        end after a thaw of the second begins.
    """

    kind: ClassVar[str] = "synchrony"

    first: Episodes
    second: Episodes
    window: int
    shifts: int
    begin: Coincidence
    end: Coincidence

    @property
    def label(self) -> str:
        """``PAK-RUS after PAK-USA``."""
        return f"{self.first.label} after {self.second.label}"

    def to_polars(self) -> pl.DataFrame:
        """One row a question and rate: ``question, rate, value, lo90, hi90, expected, p, events``."""
        rows = []
        for c in (self.begin, self.end):
            rows += [
                (c.question, "precursor", c.precursor, *c.precursor_band, c.precursor_null,
                 c.precursor_p, c.late),
                (c.question, "trigger", c.trigger, *c.trigger_band, c.trigger_null, c.trigger_p,
                 c.early),
            ]  # fmt: skip
        names = ("question", "rate", "value", "lo90", "hi90", "expected", "p", "events")
        return pl.DataFrame(rows, schema=list(names), orient="row").with_columns(
            pl.col("value", "lo90", "hi90", "expected", "p").fill_nan(None)
        )


def _rate(
    hits: NDArray[np.int64], counts: NDArray[np.int64]
) -> tuple[float, tuple[float, float], float, tuple[float, float], float]:
    """Rate, band over draws, expected rate, band of the excess and p-value from hits (shift, draw)."""
    total = int(counts.sum())
    if total == 0:
        return np.nan, (np.nan, np.nan), np.nan, (np.nan, np.nan), np.nan
    each = hits[0][counts > 0] / counts[counts > 0]
    by_shift = hits.sum(axis=1)
    lo, hi = np.quantile(each, (0.05, 0.95))
    # The ends leave out as many shifts as the p-value may count, so that both say the same.
    out = int(CHANCE * by_shift.size)
    low, high = np.sort(by_shift)[[out, by_shift.size - 1 - out]] / total
    rate, usual = float(by_shift[0] / total), float(by_shift.mean() / total)
    excess = rate - float(high), rate - float(low)
    if excess[0] <= 0 <= excess[1] or max(-excess[0], excess[1]) < _REGION:
        # Where turns are dated loosely every shift gives the same rate: that is no sign of a small excess.
        excess = min(excess[0], float(lo) - usual), max(excess[1], float(hi) - usual)
    return (
        rate, (float(lo), float(hi)), usual, excess,
        float(np.mean(by_shift >= by_shift[0])),
    )  # fmt: skip


def _coincidence(
    question: str, late: NDArray[np.bool_], early: NDArray[np.bool_], window: int
) -> Coincidence:
    precursor, trigger = coincidences(late, early, window)
    n_late, n_early = late.sum(axis=1), early.sum(axis=1)
    return Coincidence(
        question, float(n_late.mean()), float(n_early.mean()),
        *_rate(precursor, n_late), *_rate(trigger, n_early),
    )  # fmt: skip


def _shared(first: Relation, second: Relation, margin: int) -> tuple[slice, slice]:
    """The periods both ties cover, without the margin at either end in which no turn can be dated."""
    common = sorted(set(first.periods) & set(second.periods))
    inner = common[margin : len(common) - margin]
    if len(inner) < 10:
        raise NoDataError(
            f"{first.label} and {second.label} share {len(common)} periods, {len(inner)} of which "
            "can hold a turning point; at least 10 are needed to compare them"
        )
    a, b = (t.periods.index(inner[0]) for t in (first, second))
    return slice(a, a + len(inner)), slice(b, b + len(inner))


def synchrony_of(first: Episodes, second: Episodes, window: int = 2) -> Synchrony:
    """Compare when two ties turn.

    Parameters
    ----------
    first, second : Episodes
        Of different ties from the same data, with the same number of draws. A draw of one is
        compared with the same-numbered draw of the other: the ties are measured one by one, so that
        any pairing is as good.
    window : int
        Periods within which the first tie follows the second.

    Returns
    -------
    Synchrony
        Two questions with two rates each: four tests, for which no correction is made.

    Raises
    ------
    OptionError
        The ties are one, differ in data, frequency or draws, or the window does not fit.
    NoDataError
        They share too few periods.
    """
    a, b = first.tie, second.tie
    if {a.state_a, a.state_b} == {b.state_a, b.state_b}:
        raise OptionError(f"{a.label}: compare two different ties")
    if (a.origin, a.frequency, a.draws.shape[0]) != (b.origin, b.frequency, b.draws.shape[0]):
        raise OptionError("the two ties must share data, frequency and number of draws")
    here, there = _shared(a, b, max(first.least_length, second.least_length))
    length = here.stop - here.start
    if not 0 <= window < length // 2:
        raise OptionError(f"within is {window}; it must be 0 to {length // 2 - 1} periods here")
    span = n_periods(window, a.frequency)
    begin = _coincidence(
        f"thaws of {a.label} begin within {span} after a chill of {b.label} begins",
        first.starts(1)[:, here], second.starts(-1)[:, there], window,
    )  # fmt: skip
    end = _coincidence(
        f"thaws of {a.label} end within {span} after a thaw of {b.label} begins",
        first.starts(-1)[:, here], second.starts(1)[:, there], window,
    )  # fmt: skip
    return Synchrony(first, second, window, length, begin, end)
