"""Questions about one tie, and every tie of the data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Annotated, Unpack

from quadrille.arguments import Range, question
from quadrille.measure.world import Data, Where, World, open_world
from quadrille.questions.shared import (
    Draws,
    Facet,
    LeastAmplitude,
    LeastLength,
    Seed,
    StateName,
    known,
    world_of,
)

if TYPE_CHECKING:
    from quadrille.economy.dependence import Dependence
    from quadrille.index.place import Place
    from quadrille.measure.result import Measurement, Relation
    from quadrille.readings.bond import Bond
    from quadrille.readings.compare import Comparison
    from quadrille.readings.durability import Durability
    from quadrille.readings.episodes import Episodes
    from quadrille.readings.events import Events

__all__ = ["bond", "compare", "durability", "episodes", "events", "relation", "relations"]


def ask_relation(
    world: World, a: str, b: str, facet: str | None, draws: int, seed: int
) -> Relation:
    """The relation of two states of a world, by ISO3, with what moved it; an index does not say what did."""
    from quadrille.measure.tie import relation_of
    from quadrille.readings.moves import moves_of

    m = world.measurement(facet, (a, b))
    tie = relation_of(m, a, b, draws, seed)
    kind = world.panel.kind
    moved = kind != "index" and (tie.facet == "cordiality" or kind != "acts")
    return replace(
        tie, moves=moves_of(tie, world.panel) if moved else None, references=world.references
    )


@question
def relation(
    a: StateName,
    b: StateName,
    data: Data = None,
    *,
    facet: Facet = None,
    draws: Draws = 1000,
    seed: Seed = 1,
    **where: Unpack[Where],
) -> Relation:
    """How warm a tie is, and since when.

    Examples
    --------
    >>> tie = relation("Pakistan", "Soviet Union", until="1991")
    >>> tie.label
    'PAK-RUS'
    """
    world, (first, second) = world_of(data, where, a, b)
    tie = ask_relation(world, first, second, facet, draws, seed)
    if tie.facet != "cordiality":
        return tie
    return replace(tie, place=place_in_index(world, tie, draws, seed))


def place_in_index(world: World, tie: Relation, draws: int, seed: int) -> Place | None:
    """The tie in the index: of an index, and beside the embedded chronicle where an index is there."""
    index = world if world.panel.kind == "index" else world.index if world.embedded else None
    if index is None:
        return None
    from quadrille.readings.place import place_of

    if index is world:
        return place_of(tie, world.panel)
    own = known(lambda: ask_relation(index, tie.state_a, tie.state_b, None, draws, seed))
    return None if own is None else place_of(own, index.panel)


@question
def relations(data: Data = None, *, facet: Facet = None, **where: Unpack[Where]) -> Measurement:
    """Every dyad of the data in one pass.

    Examples
    --------
    >>> len(relations().dyads)
    10
    """
    return open_world(data, **where).measurement(facet)


@question
def episodes(
    a: StateName,
    b: StateName,
    data: Data = None,
    *,
    least_length: LeastLength = None,
    least_amplitude: LeastAmplitude = None,
    least_share: Annotated[
        float, "Share of the draws that must hold an episode for it to be listed."
    ] = 0.25,
    top: Annotated[int, Range(0), "Acts, or periods, listed for each episode."] = 3,
    draws: Draws = 1000,
    seed: Seed = 1,
    **where: Unpack[Where],
) -> Episodes:
    """Thaws and chills of a tie, with dates and causes.

    Data that hold the conflict side only are read as hostility.

    Examples
    --------
    >>> made = episodes("Pakistan", "USSR", until="1991")
    >>> made.items[0].kind
    'chill'
    """
    from quadrille.readings.episodes import EpisodeRules, carriers, episodes_of
    from quadrille.readings.regimes import regimes_of

    rules = EpisodeRules(least_length, least_amplitude, least_share)
    world, (first, second) = world_of(data, where, a, b)
    found = episodes_of(ask_relation(world, first, second, None, draws, seed), rules)
    # Levels of an index are estimates, not observations that could jump by themselves.
    if not found.tie.from_index:
        found = replace(found, regimes=regimes_of(found.tie))
    elif acts := _coded_acts(world, first, second):
        tie = ask_relation(acts, first, second, None, draws, seed)
        own = replace(found.tie, moves=tie.moves, references=tie.references)
        found = replace(found, tie=own, acts=acts.origin)
    else:
        from quadrille.readings.compare import comparison_of

        found = replace(found, who=known(lambda: comparison_of(world, first, second, None)))
    return replace(found, carried=carriers(found, world.panel, top))


def _coded_acts(world: World, a: str, b: str) -> World | None:
    """The world of the coded acts of a tie of an index, if there are any."""
    acts = known(lambda: world.acts_of(a, b))
    if acts is None or acts.panel.kind != "acts" or acts.panel.among((a, b)).cells.is_empty():
        return None
    return acts


@question
def events(
    a: StateName,
    b: StateName,
    data: Data = None,
    *,
    in_: Annotated[str | date, "The period: YYYY, YYYY-MM or YYYY-MM-DD."],
    top: Annotated[
        int, Range(0), "Events listed, the weightiest first; a file or JSON holds every row."
    ] = 20,
    **where: Unpack[Where],
) -> Events:
    """The rows behind a period of a tie, and what carries it.

    Examples
    --------
    >>> found = events("Pakistan", "Russia", in_="2020-11")
    >>> found.counted["type"][0]
    'Cooperate militarily'
    """
    from quadrille.readings.events import events_of, span_of

    world = open_world(data, **where)
    span = span_of(in_, world.since, world.until)
    first, second = world.states((a, b), span.first, span.last)
    acts = world.acts_of(first, second)
    return replace(events_of(acts, first, second, span, top), acts=world.origin_of(acts))


@question
def compare(
    a: StateName,
    b: StateName,
    data: Annotated[Data, "An index of ties. Default: the one that came with the package."] = None,
    *,
    in_: Annotated[
        str | date | None, "The year: YYYY. Default: the last in which two witnesses speak."
    ] = None,
    **where: Unpack[Where],
) -> Comparison:
    """What each witness says of a tie, on one scale."""
    from quadrille.readings.compare import comparison_of, year_of

    period = year_of(in_)
    asked = open_world("index" if data is None else data, **where)
    asked.states((a, b), period, period and date(period.year, 12, 31))
    world = asked.of_ties()
    first, second = world.present((a, b))
    return comparison_of(world, first, second, period)


@question
def bond(
    a: StateName,
    b: StateName,
    data: Data = None,
    *,
    window: Annotated[
        int,
        Range(1),
        "Periods whose cooperation makes up the domains, the last being the one read.",
    ] = 10,
    draws: Draws = 1000,
    seed: Seed = 1,
    **where: Unpack[Where],
) -> Bond:
    """Common goals, shared animosities and domains of a tie.

    Examples
    --------
    >>> bond("PAK", "RUS").adversaries["state"][0]
    'USA'
    """
    from quadrille.panel.domains import domain_counts
    from quadrille.readings.bond import bond_of

    world, (first, second) = world_of(data, where, a, b)
    m = world.around(first, second)
    acts = known(lambda: world.acts_of(first, second))
    counts = None if acts is None else domain_counts(acts.table((first, second)), acts.panel)
    made = bond_of(
        m, first, second, world.layers, domains=counts, window=window, draws=draws, seed=seed
    )
    made = replace(made, dependence=dependence_of_each(world, (first, second), made.period.year))
    return made if counts is None or acts is None else replace(made, acts=world.origin_of(acts))


def dependence_of_each(world: World, states: Sequence[str], year: int) -> tuple[Dependence, ...]:
    """On whom each of some states depends for arms and trade, up to a year."""
    from quadrille.economy.dependence import dependence_of

    return tuple(dependence_of(world.layers, s, year) for s in states)


@question
def durability(
    a: StateName,
    b: StateName,
    data: Data = None,
    *,
    horizon: Annotated[
        int | None,
        Range(1, 1200),
        "Periods ahead. Default: 5 years, 8 quarters, 24 months or 60 days.",
    ] = None,
    seed: Seed = 1,
    **where: Unpack[Where],
) -> Durability:
    """How long warm spells last, and how long this one may.

    Raises
    ------
    UnknownStateError, StateNotThenError, SameStateError, OptionError
    NoDataError
        A state or the tie is not in the data, or fewer than ten warm spells of the data ended.
    NotConvergedError

    Examples
    --------
    >>> found = durability("PAK", "RUS")
    >>> found.spells > found.ends > 10
    True
    """
    from quadrille.panel.domains import domain_counts
    from quadrille.readings.durability import durability_of

    world, (first, second) = world_of(data, where, a, b)
    m = world.measurement("cordiality")
    counts = domain_counts(world.table(), world.panel)
    return durability_of(m, first, second, world.layers, domains=counts, horizon=horizon, seed=seed)
