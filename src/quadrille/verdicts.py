r"""The one rule by which numbers become a verdict, and the one table of thresholds.

An effect has a 90% band and a region of practical equivalence around zero (Kruschke 2018; two one-sided
tests, Lakens 2017). Three verdicts:

- *too small to matter*: the whole band lies inside the region;
- *moves it*, and which way: the band leaves out zero, and does not lie inside the region;
- *undetermined*: everything else, and everything whose sampling has not converged.

The region is by default a tenth of a standard deviation either way: of the tie over the periods of the data,
of a yes-or-no at one half where shares are compared (5 points), of logs where rates are (a tenth).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeAlias

__all__ = ["CHANCE", "EVENTS", "FIRST_STAGE", "OPEN", "PRE_TREND", "REGION", "SURE", "THRESHOLDS", "Threshold", "Verdict", "Word", "region_of", "verdict_of"]  # fmt: skip

Word: TypeAlias = Literal["moves it", "too small to matter", "undetermined"]

REGION = 0.1  # standard deviations
SURE = 0.9  # probability that a statement about a state of affairs needs
CHANCE = 0.05  # share of shifts in time that may reach what was seen
FIRST_STAGE = 10.0  # F of a first stage that a design needs (Staiger & Stock 1997)
EVENTS = 8  # fewest events of a design
PRE_TREND = 0.1  # p-value of a trend before the events, below which a design fails
OPEN = 0.8  # share of its range that the 90% band of a share or a percentile may cover and still tell something


class Threshold(NamedTuple):
    """One line of the table: what is judged, the number, and what it is a number of."""

    judged: str
    value: float
    unit: str


THRESHOLDS = (
    Threshold("an effect on a tie", REGION, "of the tie's standard deviation over the periods, either way"),
    Threshold("a sum of effects over periods", REGION, "of that standard deviation times the periods, either way"),
    Threshold("a difference of shares", REGION / 2, "either way: a tenth of the standard deviation of a yes-or-no at one half"),
    Threshold("a ratio of rates", REGION, "of its logarithm, either way"),
    Threshold("a state of affairs (warm, closer, a type)", SURE, "probability or more"),
    Threshold("a rate against shifts in time", CHANCE, "of the shifts, at most, reach it"),
    Threshold("a design: its first stage", FIRST_STAGE, "F or more; else it decides nothing"),
    Threshold("a design: its events", EVENTS, "or more; else it decides nothing"),
    Threshold("a design: what comes before its events", PRE_TREND, "p-value or more; else it decides nothing"),
    Threshold("a share or a percentile", OPEN, "of its range, at most, in its 90% band; else it is not known"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a band amounts to.

    Attributes
    ----------
    word : {"moves it", "too small to matter", "undetermined"}
    way : int
        1 up, -1 down, 0 where it does not move it or is not known.
    lo, hi : float
        The 90% band judged.
    region : float
        Half-width of the region of practical equivalence, in the band's unit.
    """

    word: Word
    way: int
    lo: float
    hi: float
    region: float

    def said(self, up: str, down: str) -> str:
        """The verdict in words; a move by the words for its way."""
        return self.word if self.way == 0 else up if self.way > 0 else down

    def facts(self) -> dict[str, Any]:
        """As JSON has it, everywhere the same."""
        return {
            "word": self.word, "way": {1: "up", -1: "down", 0: None}[self.way], "lo90": self.lo, "hi90": self.hi,
            "region": self.region,
        }  # fmt: skip


def region_of(sd: float, periods: int = 1) -> float:
    """Half-width of the region for an effect on something with this standard deviation.

    Parameters
    ----------
    sd : float
        Of what is moved, in the effect's unit.
    periods : int
        Periods that the effect is a sum over.
    """
    return REGION * sd * periods


def verdict_of(lo: float, hi: float, region: float, trusted: bool = True) -> Verdict:
    """Judge an effect by its 90% band.

    Parameters
    ----------
    lo, hi : float
        Ends of the band; NaN: not known.
    region : float
        Half-width of the region of practical equivalence; zero or NaN: none, so that nothing is too small.
    trusted : bool
        The sampling behind the band has converged.
    """
    word: Word = "undetermined"
    way = 0
    if trusted and math.isfinite(lo) and math.isfinite(hi):
        if max(-lo, hi) < region:
            word = "too small to matter"
        elif lo > 0 or hi < 0:
            word, way = "moves it", 1 if lo > 0 else -1
    return Verdict(word, way, float(lo), float(hi), float(region))
