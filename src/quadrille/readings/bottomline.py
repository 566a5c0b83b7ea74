"""The bottom line of a tie: one answer to each of five questions, as numbers.

Where it stands, what moved it last, whether the pivot matters, what is likely next, what would change the view; and, apart
from all of them, how much confidence that deserves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
import polars as pl

from quadrille.coupling.evidence import Evidence, band_of
from quadrille.index.place import Place
from quadrille.kernels.arrays import Array
from quadrille.measure.result import Relation
from quadrille.measure.since import LastSure, SinceWhen, last_sure, since_when
from quadrille.panel.units import Unit
from quadrille.readings.compare import Comparison
from quadrille.readings.episodes import Episode, Episodes
from quadrille.readings.outlook import AHEAD, Outlook
from quadrille.readings.regimes import thaw_sign
from quadrille.readings.synchrony import Synchrony
from quadrille.verdicts import SURE, Word

__all__ = [
    "LISTED",
    "Act",
    "Ahead",
    "BottomLine",
    "Carrier",
    "Confidence",
    "Fall",
    "Grade",
    "Link",
    "Pull",
    "Sources",
    "Turn",
    "Turns",
    "bottom_line_of",
    "brings",
    "carriers_of",
    "grade_of",
    "turns_of",
]

_LATELY = 10  # periods that coverage is counted over
# A rate says that the pivot hardly matters only of two thaws a draw or more, and where its tie has chills to follow.
_FEW, _NONE = 2, 0.05
_TENTH = 0.0999  # what witnesses add is kept to tenths, in floats
_CARRIES = 0.2  # part of a turn that a source named for it adds at least
_SHARP = 0.25  # part of a turn that its sharpest period makes at least, to be named
_LEAST = 0.05  # a turn is named that moved the level, as shown, by so much
_WAY = {"thaw": 1.0, "chill": -1.0}
LISTED = 0.5  # share of draws that hold an episode which is named before a later, less sure one
Grade: TypeAlias = Literal["high", "moderate", "low"]
# Grade → fewest sources, least share of the last periods that they cover, and least probability of the likelier side;
# sources that disagree are always low.
GRADES: tuple[tuple[Grade, int, float, float], ...] = (
    ("high", 4, 0.7, SURE),
    ("moderate", 2, 0.3, 0.0),
    ("low", 0, 0.0, 0.0),
)


class Carrier(NamedTuple):
    """A source of an index, and by how much what it adds to the level changed in a turn."""

    witness: str
    by: float


class Act(NamedTuple):
    """An act of a chronicle: its day, how exactly that is known, its words, and whether it lies where half of a turn came."""

    date: date
    precision: str
    text: str
    then: bool = True


class Turn(NamedTuple):
    """A thaw or chill: median dates, ``end`` None while it is on; its size, and what carried it most.

    ``share``: of the paths that hold it, of which its dates are the medians. ``change``: of the level between the two dates, as
    shown; ``p``: probability that it went that way at all.
    ``half``: the shortest time within it in which half of that came. ``act``: the act that moved the estimate its way most in that time, else in all of the turn; of an index
    without acts ``carriers``: the sources of which what they add changed its way by a tenth or more, the largest first, from
    the first to the last year of the turn in which each speaks. ``milder``: the acts that carried it most are of the other
    sign, weaker than was expected. ``followed``: a later one is too unlikely to be named. ``sharpest``: where no act is named, the
    period that made a quarter of the change or more, and by how much.
    """

    kind: str
    start: date
    end: date | None
    share: float
    p: float
    change: float
    half: tuple[date, date]
    act: Act | None = None
    carriers: tuple[Carrier, ...] = ()
    milder: bool = False
    followed: bool = False
    sharpest: tuple[date, float] | None = None


class Turns(NamedTuple):
    """What moved a tie: turns; since when it is on its side, and the paths' mean; unit and frequency they are told in."""

    turns: tuple[Turn, ...]
    since: SinceWhen
    mean_since: date
    unit: Unit
    frequency: str


class Link(NamedTuple):
    """How often thaws of the tie begin after a chill with the pivot, and by chance; its verdict and way.

    ``thaws`` of the tie and ``chills`` with the pivot are means over draws; ``few``: too few of them to compare. ``excess``:
    90% band of the rate less chance.
    """

    pivot: str
    rate: float
    by_chance: float
    word: Word
    way: int
    within: int
    thaws: float
    chills: float
    excess: tuple[float, float]

    @property
    def lacks_thaws(self) -> bool:
        """Whether the tie thaws too seldom to tell."""
        return self.thaws < _FEW

    @property
    def few(self) -> bool:
        """Whether nothing can be said for lack of turns."""
        return self.way == 0 and (self.lacks_thaws or self.by_chance < _NONE)


class Pull(NamedTuple):
    """How far the tie moves when that of one of its states with the pivot warms by 1 sd: 5%, 50% and 95%, in its own sd."""

    state: str
    pivot: str
    effect: tuple[float, float, float]
    within: int
    frequency: str


class Ahead(NamedTuple):
    """P(on the side it is on now) in a period to come."""

    period: date
    p: float


class Fall(NamedTuple):
    """What it would take to change sides: the gap as shown, and how often so many periods moved it so far that way."""

    gap: float
    periods: int
    share: float


class Sources(NamedTuple):
    """What stands behind a tie lately.

    ``many`` works (``what``) in the last periods, or of an index the witnesses that move its level; whether they agree (None:
    nothing to compare); of an index the share of those periods in which two of them do (None: periods with an
    observation are counted), and their ``names``.
    """

    what: str
    many: int
    agree: bool | None
    spoken: float | None = None
    names: tuple[str, ...] = ()


class Confidence(NamedTuple):
    """A grade, and what it is graded by; ``coverage``: share of the last periods with an observation."""

    grade: Grade
    sources: Sources
    coverage: float
    periods: int


@dataclass(frozen=True, slots=True)
class BottomLine:
    """The numbers that the sentences name, and no others.

    Attributes
    ----------
    state_a, state_b, frequency : str
    record : (date, date)
        First and last period.
    p_warm : float
    unit : Unit
        What levels are shown in.
    since : SinceWhen
        Of the likelier side, over the paths that are on it.
    last_sure : LastSure or None
        When it was last on one side for sure.
    world : (float, float, float) or None
        Percentage of the world's ties with a lower level: 5%, 50% and 95% points, of `world_year`.
    own : (float, float, float) or None
        Percentage of the tie's other years in the index with a lower level: 5%, 50% and 95% points.
    world_year : int or None
    turns : tuple of Turn
        First the one that brought it to its side, then by size the largest and the last that half of the paths hold; where there is
        none of these the likeliest.
    link : Link or None
    pull : Pull or None
        The larger of those of its two states, where it is determined.
    ahead : Ahead
    fall : Fall or None
    confidence : Confidence
    mean_since : date
        Since when the mean of the paths has been on the side it is on: what models of survival count from.
    """

    state_a: str
    state_b: str
    frequency: str
    record: tuple[date, date]
    p_warm: float
    unit: Unit
    since: SinceWhen
    last_sure: LastSure | None
    world: tuple[float, float, float] | None
    own: tuple[float, float, float] | None
    world_year: int | None
    turns: tuple[Turn, ...]
    link: Link | None
    pull: Pull | None
    ahead: Ahead
    fall: Fall | None
    confidence: Confidence
    mean_since: date

    @property
    def warm(self) -> bool:
        """The likelier side."""
        return self.p_warm >= 0.5

    @property
    def period(self) -> date:
        """The last."""
        return self.record[1]

    @property
    def sure(self) -> bool:
        """Whether it is on one side for sure."""
        return max(self.p_warm, 1 - self.p_warm) >= SURE

    @property
    def turn(self) -> Turn | None:
        """The last turn that half of the paths hold; else the likeliest."""
        held = [t for t in self.turns if t.share >= LISTED]
        return max(held or self.turns[:1], key=lambda t: t.start, default=None)

    @property
    def label(self) -> str:
        """``PAK-RUS``."""
        return f"{self.state_a}-{self.state_b}"


def grade_of(sources: Sources, coverage: float, side: float) -> Grade:
    """Confidence by sources, coverage, agreement and the probability of the likelier side, as `GRADES` has it."""
    if sources.agree is False:
        return "low"
    return next(
        g for g, many, least, sure in GRADES
        if sources.many >= many and coverage >= least and side >= sure
    )  # fmt: skip


def _ahead(made: Outlook) -> Ahead:
    return Ahead(made.periods[-1], float(made.p_stays[-1]))


def _fall(tie: Relation) -> Fall | None:
    """How far the median is from neutral, and the share of spans, over draws, in which the tie moved as far toward it."""
    steps = AHEAD[tie.frequency]
    if len(tie.periods) <= 2 * steps:
        return None
    shown: Array = tie.unit.shown(tie.draws)
    gap = float(np.median(shown[:, -1])) - float(tie.unit.shown(tie.neutral))
    moved = shown[:, steps:] - shown[:, :-steps]
    share = float((moved <= -gap).mean() if gap >= 0 else (moved >= -gap).mean())
    return Fall(abs(gap), steps, share)


def turns_of(
    found: Episodes, who: Comparison | None = None, since: SinceWhen | None = None
) -> Turns:
    """The turns of a tie to be named, that which brought it to its side first, then the largest; those alone in which the level moved their way.

    Parameters
    ----------
    found : Episodes
        Of cordiality.
    who : Comparison or None
        The witnesses of a tie of an index.
    since : SinceWhen, optional
        Of the tie, where it is known already.
    """
    since = since or since_when(found.tie)
    every = [_turn(found, k, who) for k in range(len(found.items))]
    moved = [t for t in every if t.change * _WAY[t.kind] >= _LEAST]
    held = [t for t in moved if t.share >= LISTED]
    brought = [t for t in moved if brings(t, since)]
    named = [
        max(held, key=lambda t: abs(t.change), default=None),
        max(held, key=lambda t: t.start, default=None),
        max(brought, key=lambda t: t.share, default=None),
    ]
    if not any(named):
        named = [max(moved, key=lambda t: t.share, default=None)]
    each = dict.fromkeys(t for t in named if t is not None)
    latest = max((t.start for t in each), default=None)
    followed = latest is not None and any(t.start > latest for t in every)
    turns = tuple(
        t._replace(followed=followed and t.start == latest)
        for t in sorted(each, key=lambda t: (not brings(t, since), -abs(t.change)))
    )
    return Turns(turns, since, _mean_since(found.tie), found.tie.unit, found.tie.frequency)


def brings(turn: Turn, since: SinceWhen) -> bool:
    """Whether a turn goes to the side of the tie, and is on when the tie came to be on it."""
    return (
        not since.open
        and (turn.kind == "thaw") == since.warm
        and turn.start <= since.median <= (turn.end or since.median)
    )


def _turn(found: Episodes, at: int, who: Comparison | None) -> Turn:
    """An episode with its size, when half of it came, and what carried it."""
    e, tie = found.items[at], found.tie
    first, last = tie.periods.index(e.start[1]), tie.periods.index(e.end[1])
    path = np.median(tie.unit.shown(tie.draws[:, first : last + 1]), axis=0)
    i, j = _half(path)
    half = tie.periods[first + i], tie.periods[first + j]
    now = found.thaw if e.kind == "thaw" else found.chill
    end = None if e.p_ongoing > 0.5 and now[-1] > 0.5 else e.end[1]
    way = thaw_sign(tie) * _WAY[e.kind]
    p = float(((tie.draws[:, last] - tie.draws[:, first]) * way > 0).mean())
    act, milder = _act(found, at, half)
    carriers = () if act or milder or who is None else carriers_of(who, e)
    if carriers and abs(carriers[0].by) < _CARRIES * abs(e.change[1]):
        carriers = ()
    steps = np.diff(path) * np.sign(e.change[1])
    k = int(steps.argmax())
    sharp = act is None and steps[k] >= _SHARP * abs(e.change[1])
    return Turn(
        e.kind, e.start[1], end, e.probability, p, e.change[1], half, act, carriers, milder,
        sharpest=(tie.periods[first + k + 1], float(path[k + 1] - path[k])) if sharp else None,
    )  # fmt: skip


def _half(path: Array) -> tuple[int, int]:
    """The shortest span in which half of the way from the first to the last value is made, the earliest of these."""
    way = path if path[-1] >= path[0] else -path
    need = (way[-1] - way[0]) / 2
    for length in range(1, path.size):
        moved = way[length:] - way[:-length]
        if moved.max() >= need:
            at = int(moved.argmax())
            return at, at + length
    return 0, path.size - 1


def _act(found: Episodes, at: int, half: tuple[date, date]) -> tuple[Act | None, bool]:
    """The act that carried an episode most while half of it came, else in all of it; and whether there are only acts of the other sign."""
    if found.carried is None or "text" not in found.carried.columns:
        return None, False
    acts = found.carried.filter(pl.col("episode") == at)
    within = pl.col("period").is_between(*half, closed="right")
    if found.tie.moves is not None:
        way = thaw_sign(found.tie) * _WAY[found.items[at].kind]
        mine = found.tie.moves.filter(within, pl.col("move") * way > 0)
        acts = pl.concat([mine, acts.drop("episode", "kind")])
    acts = acts.filter(pl.col("text").is_not_null())
    # A friendly act weaker than was expected lowers the estimate, and is still no cause of a chill.
    own = acts.filter((pl.col("goldstein") > 0) == (found.items[at].kind == "thaw"))
    if own.is_empty():
        return None, acts.height > 0
    best = own.sort(within, pl.col("move").abs(), descending=True).with_columns(then=within)
    row = best.row(0, named=True)
    return Act(row["date"], row["precision"], row["text"], row["then"]), False


def carriers_of(who: Comparison, e: Episode) -> tuple[Carrier, ...]:
    """The sources that moved a level the way of an episode, of those heard over half of its time, the largest first.

    By how much what each adds changed from its first year in the episode to its last, where that is a tenth or more.
    """
    inside = who.path.filter(pl.col("period").is_between(e.start[1], e.end[1]))
    by = []
    for name in who.names:
        heard = inside[name].is_not_null().arg_true()
        # One that came in late has seen too little of the turn to have made it.
        if heard.len() > 1 and 2 * (heard[-1] - heard[0] + 1) >= inside.height:
            by.append(Carrier(name, float(inside[name][heard[-1]]) - float(inside[name][heard[0]])))
    moved = [c for c in by if _WAY[e.kind] * c.by >= _TENTH]
    return tuple(sorted(moved, key=lambda c: -abs(c.by)))


def _link(made: Synchrony | None, pivot: str | None) -> Link | None:
    if made is None or pivot is None or not np.isfinite(made.begin.precursor):
        return None
    c = made.begin
    got = c.verdicts[0]
    link = Link(
        pivot,
        c.precursor,
        c.precursor_null,
        got.word,
        got.way,
        made.window,
        c.late,
        c.early,
        c.precursor_excess,
    )
    return link._replace(word="undetermined") if link.few else link


def _pull(found: Sequence[Evidence]) -> Pull | None:
    """The largest effect of the pivot that is determined."""
    sure = [e for e in found if e.verdict.way]
    if not sure:
        return None
    e = max(sure, key=lambda e: abs(e.effect[0]))
    lo, hi = band_of(*e.effect)
    return Pull(e.a, e.on, (lo, e.effect[0], hi), e.window, e.frequency)


def _mean_since(tie: Relation) -> date:
    """First period of the last run of the paths' mean on its present side."""
    above = tie.draws.mean(axis=0) > tie.neutral
    other = np.flatnonzero(above != above[-1])
    return tie.periods[int(other[-1]) + 1 if other.size else 0]


def _confidence(tie: Relation, sources: Sources, side: float) -> Confidence:
    lately = min(_LATELY, len(tie.periods))
    seen = float(np.mean(~np.isnan(tie.y[-lately:])))
    coverage = seen if sources.spoken is None else sources.spoken
    return Confidence(grade_of(sources, coverage, side), sources, coverage, lately)


def bottom_line_of(
    tie: Relation,
    pivot: str | None,
    found: Mapping[str, object],
    ahead: Outlook,
    place: Place | None,
    sources: Sources,
    evidence: Sequence[Evidence] = (),
) -> BottomLine:
    """The bottom line of a tie from its readings.

    Parameters
    ----------
    tie : Relation
        Of cordiality.
    pivot : str or None
        ISO3.
    found : mapping of str to Result
        ``episodes`` of the tie, ``synchrony`` of it after its tie with the pivot, and of an index ``compare``; each may
        be absent.
    ahead : Outlook
        Of the tie.
    place : Place or None
        Of the tie in the index.
    sources : Sources
    evidence : sequence of Evidence
        Of the pivot's pull on the tie, from either side.
    """
    p, since = float((tie.draws[:, -1] > tie.neutral).mean()), since_when(tie)
    episodes, synchrony, who = (found.get(k) for k in ("episodes", "synchrony", "compare"))
    return BottomLine(
        tie.state_a, tie.state_b, tie.frequency, (tie.periods[0], tie.periods[-1]), p, tie.unit, since, last_sure(tie),
        place.world if place else None, place.own if place else None, place.period.year if place else None,
        turns_of(episodes, who if isinstance(who, Comparison) else None, since).turns
        if isinstance(episodes, Episodes) else (),
        _link(synchrony if isinstance(synchrony, Synchrony) else None, pivot), _pull(evidence),
        _ahead(ahead), _fall(tie), _confidence(tie, sources, max(p, 1 - p)), _mean_since(tie),
    )  # fmt: skip
