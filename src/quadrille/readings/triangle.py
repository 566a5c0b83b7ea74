"""Strategic triangles: which of Dittmer's four types three states form, with what probability.

Dittmer, L. (1981), The Strategic Triangle, *World Politics* 33(4): 485-515. A tie is positive when
the relation is above its neutral level (`quadrille.measure.Measurement.neutral`), negative when
below; over posterior draws each type has a probability, and so has each state's being the pivot of
a romantic triangle.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import ClassVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quadrille.errors import NoDataError, OptionError, SameStateError
from quadrille.kernels.arrays import Array
from quadrille.measure.result import Relation
from quadrille.results import Result

__all__ = ["TYPES", "Triangle", "transitions", "triangle_of"]


# By the number of positive ties: 0, 1, 2, 3.
TYPES = ("unit veto", "stable marriage", "romantic triangle", "ménage à trois")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Triangle(Result):
    """Type probabilities of one triad over time.

    Attributes
    ----------
    states : tuple of str
        ISO3 of the three states.
    periods : tuple of date, length time
    types : ndarray, shape (time, 4)
        Probabilities in the order of `TYPES`; each row sums to one.
    pivot : ndarray, shape (time, 3)
        Probability that the triad is a romantic triangle with this state as its pivot.
    balanced : ndarray, shape (time,)
        Probability that the triad is structurally balanced: three or one positive ties (Heider
        1946; Cartwright & Harary 1956).
    observed : ndarray of int, shape (time,)
        How many of the three ties were observed in the period.
    ties : tuple of Relation
        Between states 0-1, 0-2 and 1-2.
    p_warm : ndarray, shape (3, time)
        Probability that each of these ties is warm.
    """

    kind: ClassVar[str] = "triangle"

    states: tuple[str, str, str]
    periods: tuple[date, ...]
    types: Array
    pivot: Array
    balanced: Array
    observed: NDArray[np.int64]
    ties: tuple[Relation, Relation, Relation]
    p_warm: Array

    @property
    def label(self) -> str:
        """``PAK-RUS-USA``."""
        return "-".join(self.states)

    @property
    def pivots(self) -> tuple[str | None, ...]:
        """The likeliest pivot of each period in which a romantic triangle is the likeliest type."""
        romantic = self.types.argmax(axis=1) == TYPES.index("romantic triangle")
        best = self.pivot.argmax(axis=1)
        return tuple(self.states[k] if r else None for k, r in zip(best, romantic, strict=True))

    def runs(self) -> list[tuple[int, int, str, str | None]]:
        """First and last index of each run of the same likeliest type and pivot, with both."""
        best = [TYPES[k] for k in self.types.argmax(axis=1)]
        runs = []
        for kind, group in groupby(range(len(best)), key=lambda t: (best[t], self.pivots[t])):
            at = list(group)
            runs.append((at[0], at[-1], *kind))
        return runs

    def to_polars(self) -> pl.DataFrame:
        """One row a period: type probabilities, the likeliest type, pivots, balance, ties seen."""
        columns: dict[str, object] = {"period": pl.Series(self.periods, dtype=pl.Date)}
        columns |= {name: self.types[:, k] for k, name in enumerate(TYPES)}
        columns["likeliest"] = [TYPES[k] for k in self.types.argmax(axis=1)]
        columns["pivot"] = pl.Series(self.pivots, dtype=pl.String)
        columns |= {f"pivot_{s}": self.pivot[:, k] for k, s in enumerate(self.states)}
        columns |= {"balanced": self.balanced, "ties_observed": self.observed}
        return pl.DataFrame(columns)


def _warm(
    ties: tuple[Relation, Relation, Relation],
) -> tuple[list[date], list[list[int]], NDArray[np.bool_]]:
    """Periods that all three cover, their columns in each tie, and signs (tie, draw, time)."""
    shared = sorted(set.intersection(*(set(t.periods) for t in ties)))
    if not shared:
        raise NoDataError(f"{', '.join(t.label for t in ties)} have no period in common")
    columns = [[t.periods.index(p) for p in shared] for t in ties]
    warm = np.stack([t.draws[:, c] > t.neutral for t, c in zip(ties, columns, strict=True)])
    return shared, columns, warm


def transitions(t: Triangle) -> Array:
    """How often each type is followed by each in the next period, mean over posterior draws.

    Returns
    -------
    ndarray, shape (4, 4)
        Share of the periods of type i (row, in the order of `TYPES`) that type j follows; rows sum
        to one, and are NaN where no draw holds a period of that type before the last.
    """
    count = _warm(t.ties)[2].sum(axis=0)
    pairs = np.bincount((4 * count[:, :-1] + count[:, 1:]).ravel(), minlength=16).reshape(4, 4)
    total = pairs.sum(axis=1, keepdims=True)
    rates = np.divide(pairs, total, out=np.full((4, 4), np.nan), where=total > 0)
    return np.asarray(rates, dtype=float)


def triangle_of(ab: Relation, ac: Relation, bc: Relation) -> Triangle:
    """Read a triangle from the posterior draws of its three ties.

    Parameters
    ----------
    ab, ac, bc : Relation
        Measured on cordiality from the same data with the same number of draws.

    Returns
    -------
    Triangle
        Over the periods all three ties cover. Period by period: a tie without an observation
        leans on its neighbours in time, and ``observed`` says so.

    Raises
    ------
    SameStateError
        The ties do not join three different states.
    OptionError
        They measure something else than cordiality, or differ in data or number of draws.
    NoDataError
        They have no period in common.
    """
    a, b = ab.state_a, ab.state_b
    thirds = {*(ac.state_a, ac.state_b)} - {a}, {*(bc.state_a, bc.state_b)} - {b}
    if thirds[0] != thirds[1] or len(thirds[0]) != 1 or len({a, b, *thirds[0]}) != 3:
        raise SameStateError(
            f"{ab.label}, {ac.label} and {bc.label} are not the three ties of a triangle of "
            "three different states"
        )
    ties = (ab, ac, bc)
    if {t.facet for t in ties} != {"cordiality"}:
        raise OptionError(f"a triangle is read from cordiality, not from {ab.facet}")
    if len({(t.origin, t.frequency, t.draws.shape[0]) for t in ties}) != 1:
        raise OptionError("the ties of a triangle must share data, frequency and number of draws")
    shared, columns, warm = _warm(ties)
    count = warm.sum(axis=0)
    types = np.stack([(count == k).mean(axis=0) for k in range(4)], axis=1)
    # The pivot's own two ties are positive, the wings' tie is not: tie 2 joins b and c, and so on.
    opposite = (2, 1, 0)
    pivot = np.stack([((count == 2) & ~warm[o]).mean(axis=0) for o in opposite], axis=1)
    seen = np.stack([~np.isnan(t.y[c]) for t, c in zip(ties, columns, strict=True)])
    return Triangle(
        (a, b, next(iter(thirds[0]))), tuple(shared), types, pivot,
        types[:, 1] + types[:, 3], seen.sum(axis=0), ties, warm.mean(axis=1),
    )  # fmt: skip
