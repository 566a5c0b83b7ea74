"""The signed network of some states."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Unpack

from quadrille.arguments import at_least, question
from quadrille.measure.world import Data, Where, open_world
from quadrille.questions.relation import MOST_DRAWS

if TYPE_CHECKING:
    from quadrille.readings.dance import Dance

__all__ = ["dance"]


@question
def dance(
    states: Sequence[str],
    data: Data = None,
    *,
    draws: int = 1000,
    seed: int = 1,
    **where: Unpack[Where],
) -> Dance:
    """Signed network of some states: camps and frustration.

    Parameters
    ----------
    states : sequence of str
        Three or more states: names, ISO3, COW codes, adjectives.
    data, frequency, since, until, lake, layers
        As in `quadrille.open`.
    draws : int
        Posterior paths drawn.
    seed : int
        Same seed, same numbers.

    Returns
    -------
    Dance

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

    at_least("draws", draws, 200, MOST_DRAWS)
    at_least("seed", seed, 0)
    world = open_world(data, **where)
    names = world.present(states)
    return dance_of(names, known_ties(world.measurement("cordiality"), names, draws, seed))
