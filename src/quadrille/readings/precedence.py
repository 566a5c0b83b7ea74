r"""Which of two ties began to thaw first, in a stretch of time.

For each posterior draw the first period of the stretch in which a thaw of a tie starts
(`quadrille.readings.episodes.Episodes.starts`). The lead is the second tie's less the first's, over the draws in which
both start; positive: the first tie was earlier. Draws of the two ties are paired as they come: they were measured one by one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from quadrille.errors import NoDataError
from quadrille.kernels.arrays import Array
from quadrille.kernels.constants import band_of
from quadrille.readings.episodes import Episodes

__all__ = ["Precedence", "precedence_of"]

_LEAST = 0.1  # share of draws that must hold both turns


@dataclass(frozen=True, slots=True)
class Precedence:
    """How much earlier one tie's thaw starts than another's.

    Attributes
    ----------
    lead : tuple of 3 floats
        Periods: 5%, 50% and 95% points.
    before, same : float
        Probability that the first tie starts earlier, and in the same period.
    both : float
        Share of the draws in which both ties start a thaw.
    first, second : date
        Median start of each over those draws.
    periods : tuple of date
    """

    lead: tuple[float, float, float]
    before: float
    same: float
    both: float
    first: date
    second: date
    periods: tuple[date, ...]


def _starts(made: Episodes, periods: list[date]) -> Array:
    """Place of the first start of a thaw among some periods, by draw; NaN where there is none."""
    at = [made.tie.periods.index(p) for p in periods]
    inside: NDArray[np.bool_] = made.starts(1)[:, at]
    return np.where(inside.any(axis=1), inside.argmax(axis=1).astype(float), np.nan)


def precedence_of(
    first: Episodes, second: Episodes, since: date | None = None, until: date | None = None
) -> Precedence:
    """Compare the first thaws of two ties in a closed interval.

    Parameters
    ----------
    first, second : Episodes
        From the same data, with equally many draws.
    since, until : date, optional

    Raises
    ------
    NoDataError
        Fewer than a tenth of the draws hold a thaw of both that starts then.
    """
    common = sorted({*first.tie.periods} & {*second.tie.periods})
    periods = [p for p in common if (not since or p >= since) and (not until or p <= until)]
    one, two = (_starts(e, periods) if periods else np.full(1, np.nan) for e in (first, second))
    known = np.isfinite(one) & np.isfinite(two)
    if known.mean() < _LEAST:
        raise NoDataError(
            f"{first.label} and {second.label}: {f'{known.mean():.0%}' if known.any() else 'none'} of the draws "
            f"{'hold' if known.any() else 'holds'} a thaw of both that starts in that time; name a longer time"
        )
    lead = (two - one)[known]
    start, other = (periods[round(float(np.median(v[known])))] for v in (one, two))
    return Precedence(
        band_of(lead), float((lead > 0).mean()), float((lead == 0).mean()), float(known.mean()),
        start, other, tuple(periods),
    )  # fmt: skip
