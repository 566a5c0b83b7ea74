"""The brief: one tie, its pivot and its rival, read in every way that the data allow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, Unpack

import polars as pl

from quadrille.arguments import question
from quadrille.errors import NoDataError, OptionError
from quadrille.measure.world import Data, Where, World, open_world
from quadrille.questions.one_state import balance, portfolio
from quadrille.questions.one_tie import ask_relation, bond, episodes, place_in_index
from quadrille.questions.several_ties import dance, synchrony, triangle
from quadrille.questions.shared import Draws, Seed

if TYPE_CHECKING:
    from quadrille.index.place import Place
    from quadrille.measure.result import Relation
    from quadrille.readings.bottomline import BottomLine, Sources
    from quadrille.readings.brief import Brief
    from quadrille.readings.marks import Marks

__all__ = ["brief"]

T = TypeVar("T")
_LATELY = 10  # periods that sources are counted in


@question
def brief(
    a: str,
    b: str,
    data: Data = None,
    *,
    pivot: str | None = None,
    rival: str | None = None,
    since_last: str | Path | None = None,
    draws: Draws = 1000,
    seed: Seed = 1,
    **where: Unpack[Where],
) -> Brief:
    """A page on one tie, its pivot and its rival.

    Parameters
    ----------
    a : str
        First state of the tie.
    b : str
        Second state of the tie.
    pivot : str, optional
        The outside power that the tie may turn on. Default: of the major powers, the one with which both have most to
        do in the index.
    rival : str, optional
        The rival of one of the two. Default: the state that one of the two is coldest to in the index, of those it has
        most to do with.
    since_last : path, optional
        JSON of an earlier brief of this tie: the page says what has moved, flipped and come in since.

    Returns
    -------
    Brief
        ``brief(...).save("page.html")`` writes the page.

    Raises
    ------
    UnknownStateError, StateNotThenError, SameStateError, NoDataError, OptionError, FileFormatError
        NoDataError where the tie itself has no data; a pivot or rival without data is said on the page. FileFormatError
        where the earlier brief cannot be compared with: no brief, another version, another tie or another unit.

    Examples
    --------
    >>> made = brief("PAK", "RUS", pivot="USA", rival="IND")
    >>> len(made.ties)
    6
    """
    named = [name for name in (pivot, rival) if name]
    world = open_world(data, **where).about(a, b, *named)
    one, other, *known = world.states((a, b, *named))
    earlier = _earlier(since_last, one, other)
    third = _thirds(world, one, other, known, pivot, rival)
    asked = (one, other, *third)
    world.panel.require(asked[:2])
    if world.measurement().observations.facet != "cordiality":
        raise OptionError(
            f"{world.origin} holds conflict only; a brief needs data with cooperation and conflict"
        )
    if earlier:
        earlier.check(world.measurement())
    proposed = tuple(s for s in third if s not in known)
    made = replace(_compose(world, asked, draws, seed), proposed=proposed)
    return _compared(world, made, earlier)


def _earlier(place: str | Path | None, a: str, b: str) -> Marks | None:
    """What an earlier brief left to compare with, where one is given."""
    if place is None:
        return None
    from quadrille.readings.marks import read_marks

    return read_marks(place, a, b)


def _compared(world: World, made: Brief, earlier: Marks | None) -> Brief:
    """The brief with what a later one compares with, and what has changed since an earlier one."""
    from quadrille.readings.marks import changes_of, marks_of

    marks = marks_of(world, made.ties, made.bottom, made.readings)
    return replace(
        made, marks=marks, changes=changes_of(earlier, marks, made.ties) if earlier else None
    )


def _thirds(
    world: World, a: str, b: str, known: Sequence[str], pivot: str | None, rival: str | None
) -> tuple[str, str]:
    """Pivot and rival: as named, else as the index has them."""
    if pivot and rival:
        return known[0], known[1]
    from quadrille.index.shipped import read_index
    from quadrille.readings.thirds import pivot_and_rival

    found = pivot_and_rival(read_index(), a, b, set(world.panel.states) - set(known))
    return (known[0] if pivot else found[0], known[0] if rival else found[1])


def _compose(world: World, asked: tuple[str, ...], draws: int, seed: int) -> Brief:
    from quadrille.readings.brief import Brief

    missing: list[str] = []
    known = set(world.panel.states)
    present = [s for s in asked if s in known]
    if len(present) < len(asked):
        _tried(lambda: world.panel.require(asked[2:]), missing)
    ties: list[Relation] = []
    for x, y in combinations(present, 2):
        if (x, y) == asked[:2]:
            ties.append(ask_relation(world, x, y, None, draws, seed))
        elif tie := _tried(partial(ask_relation, world, x, y, None, draws, seed), missing):
            ties.append(tie)
    readings = _readings(world, asked, {t.label for t in ties}, draws, seed, missing)
    return Brief(
        tuple(present), asked, tuple(ties), tuple(readings), tuple(dict.fromkeys(missing)),
        world.measurement(), _bottom(world, ties[0], asked[2], readings, draws, seed),
    )  # fmt: skip


def _bottom(
    world: World, tie: Relation, pivot: str, readings: Sequence[Any], draws: int, seed: int
) -> BottomLine:
    """One answer to each question, from what the page holds and the tie's place in the index."""
    from quadrille.readings.bottomline import bottom_line_of

    place = place_in_index(world, tie, draws, seed)
    found = {r.kind: r for r in readings if r.kind in ("episodes", "synchrony")}
    return bottom_line_of(tie, pivot, found, place, _sources(world, tie, place))


def _sources(world: World, tie: Relation, place: Place | None) -> Sources:
    """Works or witnesses behind a tie in its last ten periods, and whether they agree."""
    from quadrille.readings.bottomline import Sources

    first, last = tie.periods[-min(_LATELY, len(tie.periods))], tie.periods[-1]
    if tie.from_index:
        return _witnesses(world, tie, first, last)
    if world.panel.kind != "acts":
        return Sources("source", 1, None)
    rows = world.dyad_rows(tie.state_a, tie.state_b, first, last.replace(month=12, day=31))
    works = {k.strip() for cell in rows["reference"].drop_nulls() for k in cell.split(";")}
    p = float((tie.draws[:, -1] > tie.neutral).mean())
    return Sources(
        "work", len(works), None if place is None else (place.p_warm >= 0.5) == (p >= 0.5)
    )


def _witnesses(world: World, tie: Relation, first: date, last: date) -> Sources:
    """Witnesses of an index that moved its level between two years; one source where it does not say who did."""
    from quadrille.readings.bottomline import Sources
    from quadrille.readings.compare import comparison_of

    try:
        told = comparison_of(world, tie.state_a, tie.state_b, None)
    except NoDataError:
        return Sources("source", 1, None)
    rows = told.path.filter(pl.col("period").is_between(first, last)).select(told.names)
    moves = (rows.fill_null(0).to_numpy() != 0).reshape(
        rows.height, -1
    )  # shifts are kept to tenths
    many, spoken = int(moves.any(axis=0).sum()), float((moves.sum(axis=1) >= 2).mean())
    return Sources("witness", many, not told.disagree if many > 1 else None, spoken)


def _tried(ask: Callable[[], T], missing: list[str]) -> T | None:
    """The answer, or None and a line that says why there is none."""
    try:
        return ask()
    except (NoDataError, OptionError) as why:
        missing.append(str(why))
        return None


def _readings(
    world: World, asked: tuple[str, ...], known: set[str], draws: int, seed: int, missing: list[str]
) -> list[Any]:
    """What the page holds beside the ties: each reading whose ties are known."""
    a, b, pivot, rival = asked
    there = {frozenset(label.split("-")) for label in known}

    def tied(*pairs: tuple[str, str]) -> bool:
        return all(frozenset(p) in there for p in pairs)

    present: Sequence[str] = [s for s in asked if any(s in pair for pair in there)]
    asks: list[Callable[..., Any]] = [partial(episodes, a, b, world)]
    if tied((a, pivot)):
        asks.append(partial(synchrony, a, b, world, with_=(a, pivot)))
    asks += [
        partial(triangle, x, y, z, world)
        for x, y, z in combinations(present, 3)
        if tied((x, y), (x, z), (y, z))
    ]
    if len(there) >= 3 and len(present) > 3:
        asks.append(partial(dance, present, world))
    asks.append(partial(portfolio, a, world))
    asks += [
        partial(balance, p, world, between=(x, y))
        for p, x, y in ((b, a, rival), (pivot, a, b))
        if tied((p, x), (p, y))
    ]
    asks.append(partial(bond, a, b, world))
    found = (_tried(partial(ask, draws=draws, seed=seed), missing) for ask in asks)
    return [reading for reading in found if reading is not None]
