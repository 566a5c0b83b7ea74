"""A page's worth of readings of one tie, its pivot and its rival."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import polars as pl

from quadrille.coupling.evidence import Evidence
from quadrille.measure.result import Measurement, Relation
from quadrille.readings.basis import Basis
from quadrille.readings.bottomline import BottomLine
from quadrille.readings.marks import Changes, Marks
from quadrille.results import Result

__all__ = ["Brief"]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Brief(Result):
    """Everything on the page.

    Attributes
    ----------
    states : tuple of str
        A, B, pivot, rival as ISO3; without those that the data do not hold.
    asked : (str, str, str or None, str or None)
        A, B, pivot, rival; None where the index proposes nobody.
    ties : tuple of Relation
        The ties among the states, A-B first.
    readings : tuple of Result
        Further readings, in the order of the page.
    missing : tuple of str
        A line for each tie or reading that these data cannot give.
    measurement : Measurement
        All dyads of the data.
    bottom : BottomLine
        One answer to each of five questions.
    proposed : tuple of str
        Pivot and rival, those of them that nobody named.
    marks : Marks or None
        What a later brief compares with.
    changes : Changes or None
        Since an earlier brief, where one was given.
    evidence : tuple of Evidence
        What every triangle of the index says of the pivot's pull on the tie, from either side.
    works : mapping of str to mapping
        Works that the data cite, as CSL-JSON by key.
    locators : mapping of str to str
        Where each act is found in them, by the act's id.
    basis : Basis or None
        How to make it again.
    coded : bool
        What the first state did is known from acts that people chose and coded.
    short : bool
        The first page alone is shown.
    template : str
        Folder of the user's own templates; empty: none.
    """

    kind: ClassVar[str] = "brief"

    states: tuple[str, ...]
    asked: tuple[str, str, str | None, str | None]
    ties: tuple[Relation, ...]
    readings: tuple[Any, ...]
    missing: tuple[str, ...]
    measurement: Measurement
    bottom: BottomLine
    proposed: tuple[str, ...] = ()
    marks: Marks | None = None
    changes: Changes | None = None
    evidence: tuple[Evidence, ...] = ()
    works: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    locators: Mapping[str, str] = field(default_factory=dict)
    basis: Basis | None = None
    coded: bool = False
    short: bool = False
    template: str = ""

    @property
    def label(self) -> str:
        """``PAK-RUS, pivot USA, rival IND``."""
        a, b, *third = self.asked
        named = zip(("pivot", "rival"), third, strict=True)
        return ", ".join((f"{a}-{b}", *(f"{who} {s}" for who, s in named if s)))

    @property
    def faults(self) -> tuple[str, ...]:
        """A line for each claim that could not be asked."""
        return tuple(line for r in self.readings for line in r.faults)

    def to_polars(self) -> pl.DataFrame:
        """The paths of all ties, a row a tie and period: ``dyad`` and the columns of a relation."""
        return pl.concat(
            t.to_polars().insert_column(0, pl.Series("dyad", [t.label] * len(t.periods)))
            for t in self.ties
        )
