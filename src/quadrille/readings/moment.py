"""One period of data: which it is, and how all ties stand in it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from quadrille.dates import first_day, last_day
from quadrille.errors import OptionError
from quadrille.kernels.arrays import Array
from quadrille.kernels.constants import Z90
from quadrille.measure.dealings import existing
from quadrille.measure.result import Measurement
from quadrille.panel.build import Panel
from quadrille.panel.periods import period_name, unit_word
from quadrille.states.registry import existed

__all__ = ["known", "known_in", "levels_in", "moment_of", "ranks"]


def moment_of(when: str | date | None, periods: Sequence[date], frequency: str) -> int:
    """The index of a period; None is the last.

    Raises
    ------
    OptionError
        It is no period of these, or of another length than theirs.
    """
    first, last = first_day(when), last_day(when)
    if first is None or last is None:
        return len(periods) - 1
    word = unit_word(frequency)
    inside = [k for k, day in enumerate(periods) if first <= day <= last]
    if len(inside) > 1:
        name = period_name(periods[inside[-1]], frequency)
        raise OptionError(f"{when}: these data come by {word}s; give a {word}, such as {name}")
    if not inside:
        span = (period_name(day, frequency) for day in (periods[0], periods[-1]))
        raise OptionError(f"{when} is no {word} of these data; give one from {' to '.join(span)}")
    return inside[0]


def levels_in(panel: Panel, m: Measurement, facet: str, t: int) -> Array:
    """Levels of all ties of the data in a period, in rising order.

    Parameters
    ----------
    panel : Panel
        All ties.
    m : Measurement
        Of these ties; of an index some of them do, since its levels are the panel's.
    facet : {"cordiality", "engagement"}
    t : int
        Index of the period in ``m.periods``.
    """
    day = m.periods[t]
    if panel.kind == "index":
        column = "valence" if facet == "cordiality" else "engagement"
        return np.sort(panel.cells.filter(period=day)[column].cast(float).to_numpy())
    return np.sort(m.mean[known_in(m, t), t])


def known(m: Measurement) -> NDArray[np.bool_]:
    """Ties that are there: of an index those it holds, else of states that existed on a period's first day.

    Returns
    -------
    ndarray of bool, shape (dyad, time)
    """
    if m.observations.panel.kind == "index":
        return existing(m)
    alive = {s: [existed(s, day) for day in m.periods] for s in m.states}
    return np.array([np.logical_and(alive[str(a)], alive[str(b)]) for a, b in m.dyads], bool)


def known_in(m: Measurement, t: int) -> NDArray[np.bool_]:
    """The same of one period, shape (dyad,)."""
    return np.asarray(known(m)[:, t])


def ranks(levels: Array, mean: Array, sd: Array) -> Array:
    """Percentage of sorted levels below each mean and the ends of its 90% band, shape (3, n)."""
    at = mean + np.outer((-Z90, 0.0, Z90), sd)
    return np.asarray(100.0 * np.searchsorted(levels, at) / max(len(levels), 1))
