"""What data say of a claim: numbers, sources, answers, and all of them as one result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar, Literal, TypeAlias

import polars as pl

from quadrille.claims.file import Claim, Problem, Text
from quadrille.results import Result

__all__ = ["Answer", "Check", "Evidence", "Part", "Verdict"]

Verdict: TypeAlias = Literal[
    "supported", "contradicted", "too small to matter", "evidence disagrees", "undetermined",
    "not testable with these data",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """One number, turned so that larger speaks for the claim.

    Attributes
    ----------
    name : str
        Which number of the kind of test it is.
    rule : {"effect", "same", "chance"}
        Of `quadrille.claims.rules`.
    value, lo, hi : float
        The estimate and the ends of its 90% band.
    null, small : float
        The value that says nothing, and how far from it is still nothing.
    placebo, placebos : float or None, int
        Share of placebos, the case itself among them, that show as much; and how many there are.
    base : float or None
        The same number elsewhere: by chance, without the condition, among other states or ties.
    facts : mapping
        Further numbers that the sentence of the part names.
    """

    name: str
    rule: str
    value: float
    lo: float
    hi: float
    null: float = 0.0
    small: float = 0.0
    placebo: float | None = None
    placebos: int = 0
    base: float | None = None
    facts: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one source of data says of a claim.

    Attributes
    ----------
    data : str
        As the claim names it.
    verdict : str
    parts : tuple of (Part, str)
        Each number with its own verdict.
    why : str
        Why the data cannot test the claim, where they cannot.
    unit : str
        Of levels.
    kind : str
        Of the panel: counts, scores, acts or index.
    frequency : str
    periods : tuple of date
        First and last used.
    rows : int
        Acts or events between the states of the claim's ties in that time; 0 where levels are estimates.
    witnesses : mapping of str to float
        Of an index: mean absolute shift of each source behind the levels, the largest first.
    left_out : int
        Rows left out since the text itself is all they rest on.
    """

    data: str
    verdict: Verdict
    parts: tuple[tuple[Part, Verdict], ...] = ()
    why: str = ""
    unit: str = ""
    kind: str = ""
    frequency: str = ""
    periods: tuple[date, ...] = ()
    rows: int = 0
    witnesses: Mapping[str, float] | None = None
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """A claim, its verdict, and the evidence of each source of data."""

    claim: Claim
    verdict: Verdict
    evidence: tuple[Evidence, ...]

    @property
    def carried(self) -> tuple[str, ...]:
        """The sources of data whose verdict is that of the claim; of a disagreement all that have one."""
        if self.verdict == "evidence disagrees":
            silent = ("undetermined", "not testable with these data")
            return tuple(e.data for e in self.evidence if e.verdict not in silent)
        return tuple(e.data for e in self.evidence if e.verdict == self.verdict)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Check(Result):
    """Claims of a text, each with a verdict.

    Attributes
    ----------
    file : str
    text : Text
    answers : tuple of Answer
        In the order of the file.
    problems : tuple of Problem
        Claims that could not be asked, and what else is wrong in the file.
    """

    kind: ClassVar[str] = "check"

    file: str
    text: Text
    answers: tuple[Answer, ...]
    problems: tuple[Problem, ...]

    @property
    def label(self) -> str:
        """Name of the claims file."""
        return self.file

    @property
    def faults(self) -> tuple[str, ...]:
        """A line for each claim that could not be asked."""
        return tuple(str(p) for p in self.problems)

    @property
    def origin(self) -> str:
        """The data asked."""
        return ", ".join(dict.fromkeys(e.data for a in self.answers for e in a.evidence))

    @property
    def frequency(self) -> str:
        """Of the first source that answered."""
        return next((e.frequency for a in self.answers for e in a.evidence if e.frequency), "Y")

    @property
    def periods(self) -> tuple[date, ...]:
        """First and last of all that was used."""
        days = [p for a in self.answers for e in a.evidence for p in e.periods]
        return (min(days), max(days)) if days else ()

    def count(self, verdict: str) -> int:
        """Claims with a verdict."""
        return sum(a.verdict == verdict for a in self.answers)

    def to_polars(self) -> pl.DataFrame:
        """One row a claim, source of data and number.

        Returns
        -------
        polars.DataFrame
            ``claim, verdict, data, data_verdict, part, part_verdict, value, lo90, hi90, null, small, placebo,
            placebos, base, first, last, why``; numbers null where the data cannot test the claim.
        """
        rows: list[dict[str, Any]] = []
        for a in self.answers:
            for e in a.evidence:
                own = {
                    "claim": a.claim.id,
                    "verdict": a.verdict,
                    "data": e.data,
                    "data_verdict": e.verdict,
                }
                span = dict(zip(("first", "last"), e.periods, strict=False))
                rows += [
                    own | _cells(p) | {"part_verdict": v, "why": e.why or None} | span
                    for p, v in e.parts
                ] or [own | {"why": e.why or None}]
        return pl.DataFrame(rows, schema=_SCHEMA)


_NUMBERS = ("value", "lo90", "hi90", "null", "small", "placebo")
_SCHEMA = {
    **dict.fromkeys(("claim", "verdict", "data", "data_verdict", "part", "part_verdict"), pl.String),
    **dict.fromkeys(_NUMBERS, pl.Float64), "placebos": pl.Int64, "base": pl.Float64,
    "first": pl.Date, "last": pl.Date, "why": pl.String,
}  # fmt: skip


def _cells(p: Part) -> dict[str, Any]:
    return {
        "part": p.name, "value": p.value, "lo90": p.lo, "hi90": p.hi, "null": p.null, "small": p.small,
        "placebo": p.placebo, "placebos": p.placebos, "base": p.base,
    }  # fmt: skip
