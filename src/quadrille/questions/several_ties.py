"""Questions about several ties: triangles, the signed network, whether two turn together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING, Annotated, Unpack

from quadrille.arguments import Range, question
from quadrille.measure.world import Data, Where, open_world
from quadrille.questions.one_tie import ask_relation
from quadrille.questions.shared import Draws, LeastAmplitude, LeastLength, Seed, StateName

if TYPE_CHECKING:
    from quadrille.readings.dance import Dance
    from quadrille.readings.synchrony import Synchrony
    from quadrille.readings.triads import Triads
    from quadrille.readings.triangle import Triangle

__all__ = ["dance", "synchrony", "triads", "triangle"]


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

    world = open_world(data, **where).about(a, b, c)
    states = world.present((a, b, c))
    ab, ac, bc = (
        ask_relation(world, x, y, "cordiality", draws, seed) for x, y in combinations(states, 2)
    )
    return triangle_of(ab, ac, bc)


@question
def triads(
    data: Data = None,
    *,
    state: Sequence[str] = (),
    every: bool = False,
    draws: Annotated[int, Range(200, 32_767), "Posterior paths drawn."] = 200,
    seed: Seed = 1,
    **where: Unpack[Where],
) -> Triads:
    """All triads: share of each type, most frequent pivots.

    Parameters
    ----------
    state : sequence of str
        Show the triads that hold all of these states.
    every : bool
        Give every triad in every period as the main table, for a file; it is large.

    Examples
    --------
    >>> triads().summary()["triads"].max()
    10
    """
    from quadrille.readings.triads import triads_of

    world = open_world(data, **where).about(*state)
    chosen = tuple(world.present(state)) if state else ()
    found = triads_of(world.measurement("cordiality"), draws, seed)
    return replace(found, chosen=chosen, every=every)


@question
def dance(
    states: Sequence[str],
    data: Data = None,
    *,
    draws: Draws = 1000,
    seed: Seed = 1,
    **where: Unpack[Where],
) -> Dance:
    """Signed network of some states: camps and frustration.

    Parameters
    ----------
    states : sequence of str
        Three or more states: names, ISO3, COW codes, adjectives.

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

    world = open_world(data, **where).about(*states)
    names = world.present(states)
    m = world.measurement("cordiality", names)
    return dance_of(names, known_ties(m, names, draws, seed))


@question
def synchrony(
    a: StateName,
    b: StateName,
    data: Data = None,
    *,
    with_: tuple[str, str],
    within: Annotated[int, Range(0)] = 2,
    least_length: LeastLength = None,
    least_amplitude: LeastAmplitude = None,
    draws: Draws = 1000,
    seed: Seed = 1,
    **where: Unpack[Where],
) -> Synchrony:
    """Whether two ties turn together.

    Do thaws of a-b begin when another tie starts to chill, and end when it starts to thaw?

    Parameters
    ----------
    with_ : (str, str)
        The two states of the other tie.
    within : int
        Periods within which a-b follows the other tie.

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
