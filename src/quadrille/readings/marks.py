r"""What a brief leaves for a later one to compare with, and the comparison of two.

A change of a level has the band of a difference of two estimates whose bands are known and need not be symmetric
(Zou & Donner 2008, *Statistics in Medicine* 27: 1693–1702):

.. math:: d - \sqrt{(x_1 - l_1)^2 + (u_0 - x_0)^2} \quad\text{to}\quad d + \sqrt{(u_1 - x_1)^2 + (x_0 - l_0)^2},

with :math:`d = x_1 - x_0`. It takes the two as independent. They share most of their evidence, so that the band is wide
on the safe side: what lies outside it has moved.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from quadrille.coding.record import is_act
from quadrille.errors import FileFormatError
from quadrille.index.shipped import read_shifts
from quadrille.measure.result import Measurement, Relation
from quadrille.measure.world import World
from quadrille.readings.bottomline import BottomLine
from quadrille.results import Result
from quadrille.verdicts import SURE, Word

__all__ = [
    "Act", "Changes", "Flip", "Level", "Marks", "Moved", "changes_of", "marks_of", "read_marks",
]  # fmt: skip

FORM = 1  # of the record in JSON; a change of a key's meaning raises it


class Level(NamedTuple):
    """A tie in a period: level with its 90% band as shown, and the probability that it is warm."""

    tie: str
    period: date
    shown: float
    lo: float
    hi: float
    p_warm: float

    @property
    def side(self) -> str:
        """``warm``, ``cold`` or ``undetermined``."""
        if max(self.p_warm, 1 - self.p_warm) < SURE:
            return "undetermined"
        return "warm" if self.p_warm >= SURE else "cold"


class Act(NamedTuple):
    """One act between the two states: what names it, its day, and its words."""

    act: str
    day: date
    text: str


@dataclass(frozen=True, slots=True)
class Marks:
    """What a later brief compares with.

    Attributes
    ----------
    states : tuple of str
        A and B, as asked.
    data, unit, frequency : str
        Short name of the data; what levels are shown in; length of a period.
    periods : tuple of date
        First and last.
    levels : tuple of Level
        Of each tie of the page in its last period.
    acts : tuple of Act
        Between A and B; empty where the data hold none.
    sources : tuple of str
        Works that those acts rest on, or witnesses of an index that speak of the tie.
    ahead : (date, float)
        A period to come, and the probability that the tie is warm in it.
    verdicts : mapping of str to str
        What is judged, and its verdict.
    form : int
    """

    states: tuple[str, ...]
    data: str
    unit: str
    frequency: str
    periods: tuple[date, date]
    levels: tuple[Level, ...]
    acts: tuple[Act, ...]
    sources: tuple[str, ...]
    ahead: tuple[date, float]
    verdicts: Mapping[str, str] = field(default_factory=dict)
    form: int = FORM

    @property
    def label(self) -> str:
        """``PAK-RUS``."""
        return "-".join(self.states)

    def check(self, now: Measurement) -> None:
        """Refuse levels in another unit, or of periods of another length, than a brief would have now.

        Raises
        ------
        FileFormatError
        """
        pairs = (("unit", self.unit, now.unit.label), ("frequency", self.frequency, now.frequency))
        for name, was, is_ in pairs:
            if was != is_:
                raise FileFormatError(
                    f"the earlier brief: the {name} of its levels is {was}, and here it is {is_}; ask of the same data "
                    f"({self.data})"
                )


class Moved(NamedTuple):
    """A level then and now, and the change with its 90% band."""

    then: Level
    now: Level
    change: float
    lo: float
    hi: float

    @property
    def matters(self) -> bool:
        """Whether the change is larger than its uncertainty."""
        return self.lo > 0 or self.hi < 0


class Flip(NamedTuple):
    """What is judged, its verdict then and now."""

    about: str
    then: str
    now: str


@dataclass(frozen=True, slots=True)
class Changes:
    """Two briefs of one tie compared.

    Attributes
    ----------
    then, now : Marks
    moved : tuple of Moved
        Each tie that both hold, in its last period then and now.
    reread : tuple of Moved
        Each of them in the last period of the earlier brief, as both have it; those that were read anew alone.
    flipped : tuple of Flip
    acts : tuple of Act
        New ones, by day.
    withdrawn : int
        Acts that the data no longer hold.
    sources, gone : tuple of str
        Sources that are new, and those no longer there.
    """

    then: Marks
    now: Marks
    moved: tuple[Moved, ...]
    reread: tuple[Moved, ...]
    flipped: tuple[Flip, ...]
    acts: tuple[Act, ...]
    withdrawn: int
    sources: tuple[str, ...]
    gone: tuple[str, ...]

    @property
    def added(self) -> bool:
        """The data reach further than they did."""
        return self.now.periods[1] > self.then.periods[1]


def _level(tie: Relation, at: int = -1) -> Level:
    row = tie.to_polars().row(at, named=True)
    shown = (float(row[k]) for k in ("shown", "shown_lo90", "shown_hi90", "p_warm"))
    return Level(tie.label, row["period"], *shown)


def _acts(world: World, tie: Relation) -> tuple[tuple[Act, ...], tuple[str, ...]]:
    """Acts between two states of a chronicle, and the works that they rest on."""
    last = tie.periods[-1].replace(month=12, day=31)
    rows = world.dyad_rows(tie.state_a, tie.state_b, tie.periods[0], last).filter(is_act())
    # A mutual act is two rows that end in < and >.
    each = {r["event_id"].rstrip("<>"): r for r in rows.iter_rows(named=True)}
    works = {k.strip() for cell in rows["reference"].drop_nulls() for k in cell.split(";")}
    made = (Act(name, row["date"], row["text"] or "") for name, row in each.items())
    return tuple(sorted(made, key=lambda a: (a.day, a.act))), tuple(sorted(works))


def _witnesses(world: World, tie: Relation) -> tuple[str, ...]:
    """Witnesses of an index that say anything of the tie; its name where it does not say who did."""
    files = world.panel.files
    shifts = read_shifts(tie.state_a, tie.state_b, Path(files[0]) if files else None).drop("year")
    told = sorted(c for c in shifts.columns if shifts[c].is_not_null().any())
    return tuple(told) or (tie.origin,)


def _evidence(world: World, tie: Relation) -> tuple[tuple[Act, ...], tuple[str, ...]]:
    kind = world.panel.kind
    if kind == "acts":
        return _acts(world, tie)
    return (), _witnesses(world, tie) if kind == "index" else (tie.origin,)


def _word(word: Word, way: int) -> str:
    return f"{word}, {'up' if way > 0 else 'down'}" if way else word


# Kind of a reading → what it judges, and the verdict.
_JUDGED: dict[str, Callable[[Any], Mapping[str, str]]] = {
    "balance": lambda r: {
        f"{r.label}: a move toward {s}": _word(v.word, v.way) for s in (r.x, r.y) if (v := r.verdict(s))
    },
    "pivot": lambda r: {f"{r.label}: the response": _word(r.verdict.word, r.verdict.way)},
    "analogues": lambda r: {f"{r.label}: the pivot's return": _word(r.verdict.word, r.verdict.way)},
    "check": lambda r: {f"claim {a.claim.id}": a.verdict for a in r.answers},
}  # fmt: skip


def _verdicts(levels: Sequence[Level], bottom: BottomLine, readings: Sequence[Result]) -> dict[str, str]:  # fmt: skip
    found = {f"{level.tie}: warm or cold": level.side for level in levels}
    if bottom.turn:
        found[f"{bottom.label}: last turn"] = bottom.turn.kind
    if c := bottom.link:
        found[f"{bottom.label}: thaws after a chill with {c.pivot}"] = _word(c.word, c.way)
    for reading in readings:
        if judged := _JUDGED.get(reading.kind):
            found |= judged(reading)
    return found | {"confidence": bottom.confidence.grade}


def marks_of(world: World, ties: Sequence[Relation], bottom: BottomLine, readings: Sequence[Result]) -> Marks:  # fmt: skip
    """The marks of a brief.

    Parameters
    ----------
    world : World
    ties : sequence of Relation
        Of the page, A-B first.
    bottom : BottomLine
    readings : sequence of Result
        Those with a verdict are kept.
    """
    first = ties[0]
    acts, sources = _evidence(world, first)
    levels = tuple(map(_level, ties))
    warm = bottom.ahead.p if bottom.warm else 1 - bottom.ahead.p
    return Marks(
        (first.state_a, first.state_b), first.origin, first.unit.label, first.frequency,
        (first.periods[0], first.periods[-1]), levels, acts, sources, (bottom.ahead.period, warm),
        _verdicts(levels, bottom, readings),
    )  # fmt: skip


def _parsed(found: Mapping[str, Any]) -> Marks:
    """Marks from what JSON keeps of them; KeyError, TypeError or ValueError where they are not whole."""
    first, last = map(date.fromisoformat, found["periods"])
    levels = tuple(
        Level(str(tie), date.fromisoformat(day), *(float(v) for v in numbers))
        for tie, day, *numbers in found["levels"]
    )
    acts = tuple(Act(str(a), date.fromisoformat(day), str(text)) for a, day, text in found["acts"])
    day, p = found["ahead"]
    a, b = found["states"]
    return Marks(
        (a, b), found["data"], found["unit"], found["frequency"], (first, last), levels, acts,
        tuple(found["sources"]), (date.fromisoformat(day), float(p)), {**found["verdicts"]},
    )  # fmt: skip


def read_marks(path: str | Path, a: str, b: str) -> Marks:
    """The marks of an earlier brief of a tie, from the file that ``--json`` or ``.save("x.json")`` made.

    Parameters
    ----------
    path : path
    a, b : str
        ISO3, in the order of the brief that asks.

    Raises
    ------
    FileFormatError
        It cannot be read, is no brief, is of another version or of another tie.
    """
    place = Path(path)
    try:
        found = json.loads(place.read_text(encoding="utf-8"))
    except OSError as why:
        raise FileFormatError(
            f"{place}: cannot be read ({why.strerror}); give the JSON of an earlier brief"
        ) from None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or found.get("kind") != "brief":
        raise FileFormatError(
            f"{place}: is not the JSON of a brief; make one with: quadrille brief {a} {b} --out FILE.json"
        )
    facts = found.get("facts")
    marks = facts.get("marks") if isinstance(facts, dict) else None
    if not isinstance(marks, dict) or marks.get("form") != FORM:
        raise FileFormatError(
            f"{place}: was made by another version of quadrille ({found.get('version', 'unknown')}), which left nothing to "
            "compare with; make it again on the data of then"
        )
    try:
        made = _parsed(marks)
    except (KeyError, TypeError, ValueError):
        raise FileFormatError(f"{place}: facts.marks is not whole; make the file again") from None
    if made.states != (a, b):
        raise FileFormatError(
            f"{place}: is a brief of {made.label}, not of {a}-{b}; give one of {a}-{b}"
        )
    return made


def _moved(then: Level, now: Level) -> Moved:
    d = now.shown - then.shown
    down, up = (
        math.hypot(now.shown - now.lo, then.hi - then.shown),
        math.hypot(now.hi - now.shown, then.shown - then.lo),
    )
    return Moved(then, now, d, d - down, d + up)


def _pairs(then: Marks, ties: Sequence[Relation]) -> tuple[list[Moved], list[Moved]]:
    """Each tie's last level then and now; and its last level of then, as read then and now."""
    known = {frozenset(level.tie.split("-")): level for level in then.levels}
    moved, reread = [], []
    for tie in ties:
        if before := known.get(frozenset((tie.state_a, tie.state_b))):
            moved.append(_moved(before, _level(tie)))
            if before.period in tie.periods[:-1]:
                reread.append(_moved(before, _level(tie, tie.periods.index(before.period))))
    return moved, reread


def changes_of(then: Marks, now: Marks, ties: Sequence[Relation]) -> Changes:
    """What moved, what flipped and what is new since an earlier brief.

    Parameters
    ----------
    then, now : Marks
    ties : sequence of Relation
        Of the brief now.
    """
    moved, reread = _pairs(then, ties)
    old, held = {a.act for a in then.acts}, {a.act for a in now.acts}
    flips = (Flip(k, then.verdicts[k], v) for k, v in now.verdicts.items() if k in then.verdicts)
    return Changes(
        then, now, tuple(moved), tuple(reread), tuple(f for f in flips if f.then != f.now),
        tuple(a for a in now.acts if a.act not in old), len(old - held),
        tuple(s for s in now.sources if s not in then.sources), tuple(s for s in then.sources if s not in now.sources),
    )  # fmt: skip
