"""The brief: one tie, its pivot and its rival, read in every way that the data allow."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, Unpack

import polars as pl

from quadrille.arguments import question
from quadrille.errors import NoDataError, NotConvergedError, OptionError
from quadrille.measure.world import Data, Where, World, open_world
from quadrille.questions.one_tie import ask_relation, place_in_index
from quadrille.questions.sections import BESIDE, FIRST, SECTIONS, Ask, Asked, Four, Section
from quadrille.questions.shared import Draws, Seed, StateName
from quadrille.results import render

if TYPE_CHECKING:
    from quadrille.claims.file import Claims
    from quadrille.coupling.evidence import Evidence
    from quadrille.index.place import Place
    from quadrille.measure.result import Measurement, Relation
    from quadrille.readings.basis import Basis
    from quadrille.readings.bottomline import BottomLine, Sources
    from quadrille.readings.brief import Brief
    from quadrille.readings.marks import Marks

__all__ = ["brief"]

T = TypeVar("T")
_LATELY = 10  # periods that sources are counted in


Power = Annotated[
    str | None,
    "The outside power that the tie may turn on. Default: of the great powers, the one with which both have most to do "
    "over the record of the index.",
]
Rival = Annotated[
    str | None,
    "The rival of one of the two, or of both. Default: of their rivals as historians and the index have them, the most "
    "capable that both have much to do with; none where neither has one.",
]
ClaimsFile = Annotated[
    str | Path | None,
    "A claims file, or the name of one that came with the package: those of its claims that are on this tie are tested. "
    "What is wrong in the file is said; the other claims are answered.",
]


@question
def brief(
    a: StateName,
    b: StateName,
    data: Data = None,
    *,
    pivot: Power = None,
    rival: Rival = None,
    since_last: Annotated[
        str | Path | None,
        "JSON of an earlier brief of this tie: the page says what has moved, flipped and come in since.",
    ] = None,
    claims: ClaimsFile = None,
    short: Annotated[bool, "The first page alone."] = False,
    template: Annotated[
        str | Path | None,
        "Folder of templates of your own for pages, named as the package's: page.html.j2, parts.html.j2, "
        "page.md.j2.",
    ] = None,
    draws: Draws = 1000,
    seed: Seed = 1,
    **where: Unpack[Where],
) -> Brief:
    """A page on one tie, its pivot and its rival.

    Returns
    -------
    Brief
        ``brief(...).save("page.html")`` writes the page; ``.pdf``, ``.docx`` and ``.md`` are known too.

    Raises
    ------
    UnknownStateError, StateNotThenError, SameStateError, NoDataError, OptionError, FileFormatError
        NoDataError where the tie itself has no data; a pivot or rival without data is said on the page. FileFormatError
        where the claims file cannot be read, or the earlier brief cannot be compared with: no brief, another version,
        another tie or another unit. OptionError where claims are asked for with the first page alone.

    Examples
    --------
    >>> made = brief("PAK", "RUS", pivot="USA", rival="IND")
    >>> len(made.ties)
    6
    """
    if template is not None:
        render("page", "check_template", template)
    asserted = _claimed(claims, short)
    world, asked, proposed = _states_of(open_world(data, **where), a, b, pivot, rival)
    earlier = _earlier(since_last, *asked[:2])
    _check(world, asked, earlier)
    made = _compose(world, asked, asserted, short, draws, seed)
    own = {"pivot": asked[2], "rival": asked[3], "draws": draws, "seed": seed, "claims": claims}
    basis = _basis(world, *asked[:2], own)
    made = replace(made, proposed=proposed, short=short, template=str(template or ""), basis=basis)
    return _compared(world, made, earlier)


def _states_of(
    world: World, a: str, b: str, pivot: str | None, rival: str | None
) -> tuple[World, Four, tuple[str, ...]]:
    """The world that knows the states of the brief, those states, and which of them were not named."""
    named = [name for name in (pivot, rival) if name]
    world = world.about(a, b, *named)
    one, other, *known = world.states((a, b, *named))
    asked = (one, other, *_thirds(world, one, other, known, pivot, rival))
    world.panel.require(asked[:2])
    return world, asked, tuple(s for s in asked[2:] if s and s not in known)


def _claimed(place: str | Path | None, short: bool) -> Claims | None:
    """The claims file, where one is given: what cannot be read is refused before the work."""
    if place is None:
        return None
    if short:
        raise OptionError("claims: the first page alone has none; leave out claims or short")
    from quadrille.claims.file import read_claims

    return read_claims(place)


def _earlier(place: str | Path | None, a: str, b: str) -> Marks | None:
    """What an earlier brief left to compare with, where one is given."""
    if place is None:
        return None
    from quadrille.readings.marks import read_marks

    return read_marks(place, a, b)


def _check(world: World, asked: Four, earlier: Marks | None) -> None:
    """Refuse data without cooperation, and an earlier brief in another unit."""
    m = _measured(world, asked)
    if m.observations.facet != "cordiality":
        raise OptionError(
            f"{world.origin} holds conflict only; a brief needs data with cooperation and conflict"
        )
    if earlier:
        earlier.check(m)


def _compared(world: World, made: Brief, earlier: Marks | None) -> Brief:
    """The brief with what a later one compares with, and what has changed since an earlier one."""
    from quadrille.readings.marks import changes_of, marks_of

    marks = marks_of(world, made.ties, made.bottom, made.readings)
    return replace(
        made, marks=marks, changes=changes_of(earlier, marks, made.ties) if earlier else None
    )


def _basis(world: World, a: str, b: str, own: dict[str, Any]) -> Basis:
    """How to make the brief again."""
    from quadrille.readings.basis import basis_of

    words = [x for name, v in own.items() if v is not None for x in (f"--{name}", str(v))]
    return basis_of(world, ["brief", a, b, *words])


def _thirds(
    world: World, a: str, b: str, known: Sequence[str], pivot: str | None, rival: str | None
) -> tuple[str | None, str | None]:
    """Pivot and rival: as named, else as the index has them."""
    if pivot and rival:
        return known[0], known[1]
    from quadrille.coupling.shipped import shipped_pooled
    from quadrille.index.shipped import read_index
    from quadrille.readings.thirds import pivot_among, rival_among, third_states

    among = set(world.panel.states) - set(known)
    found = third_states(read_index(), shipped_pooled().world, a, b, among)
    if rival:
        return pivot_among(found), known[0]
    power = known[0] if pivot else pivot_among(found)
    return power, rival_among(found.filter(pl.col("third") != (power or "")))


def _measured(world: World, asked: Four) -> Measurement:
    """All dyads of the data, or those of an index among the states."""
    return world.measurement(None, [s for s in asked if s])


def _compose(
    world: World, asked: Four, claims: Claims | None, short: bool, draws: int, seed: int
) -> Brief:
    from quadrille.readings.brief import Brief

    missing: list[str] = []
    known = set(world.panel.states)
    named = [s for s in asked if s]
    present = [s for s in named if s in known]
    if len(present) < len(named):
        _tried(lambda: world.panel.require(named[2:]), missing)
    ties: list[Relation] = []
    for x, y in combinations(present, 2):
        if (x, y) == asked[:2]:
            ties.append(ask_relation(world, x, y, None, draws, seed))
        elif tie := _tried(partial(ask_relation, world, x, y, None, draws, seed), missing):
            ties.append(tie)
    there = {frozenset((t.state_a, t.state_b)): t for t in ties}
    q = Asked(world, asked, there, ties[0], claims, draws, seed)
    sections = FIRST if short else SECTIONS
    acts = _tried(partial(world.acts_of, *asked[:2]), []) or world
    with ThreadPoolExecutor(1) as beside:
        begun = {s: [beside.submit(ask).result for ask in s(q)] for s in BESIDE if s in sections}
        evidence = _evidence(asked)
        readings = _answered(q, sections, begun, missing)
    return Brief(
        tuple(present), asked, tuple(ties), readings, tuple(dict.fromkeys(missing)), _measured(world, asked),
        _bottom(q, readings, evidence), evidence=evidence, works=acts.works, locators=acts.locators, coded=not short and q.coded,
    )  # fmt: skip


def _answered(
    q: Asked,
    sections: Sequence[Section],
    begun: Mapping[Section, Sequence[Ask]],
    missing: list[str],
) -> tuple[Any, ...]:
    """What the sections ask, in the order of the page; what is begun already is waited for last."""
    found: dict[Section, tuple[list[Any], list[str]]] = {}
    for section in sorted(sections, key=lambda s: s in begun):
        lines: list[str] = []
        asks = begun[section] if section in begun else section(q)
        found[section] = [_tried(ask, lines) for ask in asks], lines
    for section in sections:
        missing += found[section][1]
    return tuple(r for section in sections for r in found[section][0] if r is not None)


def _evidence(asked: Four) -> tuple[Evidence, ...]:
    """What every triangle of the index says of the pivot's pull, on the tie of either state."""
    from quadrille.questions.coupled import evidence_in_index

    a, b, pivot, _ = asked
    if pivot is None:
        return ()
    found = (evidence_in_index(x, y, pivot) for x, y in ((a, b), (b, a)))
    return tuple(e for e in found if e is not None)


def _bottom(q: Asked, readings: Sequence[Any], evidence: Sequence[Evidence]) -> BottomLine:
    """One answer to each question, from what the page holds and the tie's place in the index."""
    from quadrille.readings.bottomline import bottom_line_of

    place = place_in_index(q.world, q.tie, q.draws, q.seed)
    found = {
        r.kind: r for r in readings if r.kind in ("episodes", "synchrony", "outlook", "compare")
    }
    ahead = found["outlook"]
    sources = _sources(q.world, q.tie, place)
    return bottom_line_of(q.tie, q.states[2], found, ahead, place, sources, evidence)


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
    # Shifts are kept to tenths.
    moves = (rows.fill_null(0).to_numpy() != 0).reshape(rows.height, -1)
    spoken = float((moves.sum(axis=1) >= 2).mean())
    names = tuple(n for n, moved in zip(told.names, moves.any(axis=0), strict=True) if moved)
    many = len(names)
    return Sources("witness", many, not told.disagree if many > 1 else None, spoken, names)


def _tried(ask: Callable[[], T], missing: list[str]) -> T | None:
    """The answer, or None and a line that says why there is none."""
    try:
        return ask()
    except (NoDataError, NotConvergedError, OptionError) as why:
        missing.append(str(why))
        return None
