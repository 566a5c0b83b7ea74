"""The signed network of some states."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Unpack

from quadrille.arguments import question
from quadrille.measure.world import Data, Where, open_world
from quadrille.questions.shared import Draws, Seed

if TYPE_CHECKING:
    from quadrille.readings.dance import Dance

__all__ = ["dance"]


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

    world = open_world(data, **where)
    names = world.present(states)
    return dance_of(names, known_ties(world.measurement("cordiality"), names, draws, seed))
