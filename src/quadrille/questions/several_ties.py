"""Questions about several ties: triangles, the signed network, whether two turn together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING, Annotated, Unpack

from quadrille.arguments import Range, question
from quadrille.dates import first_day, last_day
from quadrille.errors import NoDataError, OptionError
from quadrille.measure.world import Data, Where, World, open_world
from quadrille.questions.one_tie import ask_relation
from quadrille.questions.shared import (
    Draws,
    LeastAmplitude,
    LeastLength,
    Period,
    Seed,
    StateName,
    of_period,
    world_of,
)

if TYPE_CHECKING:
    from quadrille.measure.result import Measurement
    from quadrille.readings.dance import Dance
    from quadrille.readings.network import Network
    from quadrille.readings.synchrony import Synchrony
    from quadrille.readings.triads import Triads
    from quadrille.readings.triangle import Triangle

__all__ = ["dance", "network", "synchrony", "triads", "triangle"]


@question
def triangle(
    a: StateName,
    b: StateName,
    c: StateName,
    data: Data = None,
    *,
    draws: Draws = 1000,
    seed: Seed = 1,
    **where: Unpack[Where],
) -> Triangle:
    """The strategic triangle of three states over time.

    Examples
    --------
    >>> triangle("PAK", "RUS", "USA").label
    'PAK-RUS-USA'
    """
    from quadrille.readings.triangle import triangle_of

    world, states = world_of(data, where, a, b, c)
    ab, ac, bc = (
        ask_relation(world, x, y, "cordiality", draws, seed) for x, y in combinations(states, 2)
    )
    return triangle_of(ab, ac, bc)


@question
def triads(
    data: Data = None,
    *,
    state: Annotated[Sequence[str], "Show the triads that hold all of these states."] = (),
    every: Annotated[
        bool, "Give every triad in every period as the main table, for a file; it is large."
    ] = False,
    draws: Annotated[int, Range(200, 32_767), "Posterior paths drawn."] = 200,
    seed: Seed = 1,
    **where: Unpack[Where],
) -> Triads:
    """All triads: share of each type, most frequent pivots.

    Examples
    --------
    >>> triads().summary()["triads"].max()
    10
    """
    from quadrille.readings.triads import triads_of

    world, chosen = world_of(data, where, *state)
    found = triads_of(world.measurement("cordiality"), draws, seed)
    return replace(found, chosen=tuple(chosen), every=every)


@question
def dance(
    states: Annotated[Sequence[str], "Three or more states: names, ISO3, COW codes, adjectives."],
    data: Data = None,
    *,
    draws: Draws = 1000,
    seed: Seed = 1,
    **where: Unpack[Where],
) -> Dance:
    """Signed network of some states: camps and frustration.

    Raises
    ------
    UnknownStateError, StateNotThenError, SameStateError, OptionError
    NoDataError
        A state is not in the data, or fewer than three of the ties are known.

    Examples
    --------
    >>> dance(["PAK", "RUS", "IND", "USA"]).states
    ('PAK', 'RUS', 'IND', 'USA')
    """
    from quadrille.readings.dance import dance_of, known_ties

    world, names = world_of(data, where, *states)
    return dance_of(names, known_ties(_together(world, names), names, draws, seed))


def _together(world: World, states: Sequence[str]) -> Measurement:
    """The ties among some states; of an index in the periods in which all of them were there."""
    import polars as pl

    from quadrille.measure.dealings import existing
    from quadrille.measure.levels import index_measurement

    m = world.measurement("cordiality", states)
    held = [bool(there.all()) for there in existing(m).T]
    if all(held):
        return m
    if not any(held):
        raise NoDataError(
            f"{world.origin}: the ties among {', '.join(states)} have no period in common"
        )
    days = [day for day, there in zip(m.periods, held, strict=True) if there]
    panel = world.panel.among(states)
    cells = panel.cells.filter(pl.col("period").is_between(days[0], days[-1]))
    return index_measurement(replace(panel, cells=cells), "cordiality")


@question
def network(
    states: Annotated[
        Sequence[str],
        "Three to eighty states: names, ISO3, COW codes, adjectives. With a region, further ones.",
    ] = (),
    data: Annotated[
        Data,
        "A file or folder, chronicle, index or lake. Default: the index of ties that came with the package.",
    ] = None,
    *,
    region: Annotated[
        str | None,
        "A region of the United Nations' list, such as Southern Asia or Europe; or the Middle East.",
    ] = None,
    in_: Period = None,
    **where: Unpack[Where],
) -> Network:
    """Signed network of a region or of some states in one period.

    Examples
    --------
    >>> network(["IND", "PAK", "CHN", "USA"], in_="1971").states
    ('CHN', 'IND', 'PAK', 'USA')
    """
    from quadrille.measure.levels import index_measurement
    from quadrille.readings.moment import moment_of
    from quadrille.readings.network import network_of
    from quadrille.states.regions import region_name, states_in

    if not states and region is None:
        raise OptionError("a network needs states or a region; name three states or a region")
    world = of_period(data, where)
    named = world.states(states, first_day(in_), last_day(in_))
    world.panel.require(named)
    chosen = region_name(region) if region else ""
    every = {*named, *(states_in(chosen) if chosen else ())}
    indexed = world.panel.kind == "index"
    m = index_measurement(world.panel.among(every)) if indexed else world.measurement("cordiality")
    t = moment_of(in_, m.periods, m.frequency)
    inside = states_in(chosen, m.periods[t]) if chosen else ()
    return network_of(m, sorted({*named, *inside}), t, "" if named else chosen)


@question
def synchrony(
    a: StateName,
    b: StateName,
    data: Data = None,
    *,
    with_: Annotated[tuple[str, str], "The two states of the other tie."],
    within: Annotated[int, Range(0), "Periods within which a-b follows the other tie."] = 2,
    least_length: LeastLength = None,
    least_amplitude: LeastAmplitude = None,
    draws: Draws = 1000,
    seed: Seed = 1,
    **where: Unpack[Where],
) -> Synchrony:
    """Whether two ties turn together.

    Do thaws of a-b begin when another tie starts to chill, and end when it starts to thaw?

    Examples
    --------
    >>> synchrony("PAK", "RUS", with_=("PAK", "USA")).label
    'PAK-RUS after PAK-USA'
    """
    from quadrille.readings.episodes import EpisodeRules, episodes_of
    from quadrille.readings.synchrony import synchrony_of

    rules = EpisodeRules(least_length, least_amplitude)
    world = open_world(data, **where).about(*dict.fromkeys((a, b, *with_)))
    pairs = [world.present(pair) for pair in ((a, b), with_)]
    first, second = (
        episodes_of(ask_relation(world, x, y, None, draws, seed), rules) for x, y in pairs
    )
    return synchrony_of(first, second, within)
