"""The strategic triangle of three states."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Unpack

from quadrille.arguments import at_least, question
from quadrille.measure.world import Data, Where, open_world
from quadrille.questions.relation import MOST_DRAWS, ask_relation

if TYPE_CHECKING:
    from quadrille.readings.triangle import Triangle

__all__ = ["triangle"]


@question
def triangle(
    a: str,
    b: str,
    c: str,
    data: Data = None,
    *,
    draws: int = 1000,
    seed: int = 1,
    **where: Unpack[Where],
) -> Triangle:
    """The strategic triangle of three states over time.

    Parameters
    ----------
    a, b, c : str
        A state: name, ISO3, COW code, adjective.
    data, frequency, since, until, lake, layers
        As in `quadrille.open`.
    draws : int
        Posterior paths drawn.
    seed : int
        Same seed, same numbers.

    Returns
    -------
    Triangle

    Raises
    ------
    UnknownStateError, StateNotThenError, SameStateError, NoDataError, OptionError

    Examples
    --------
    >>> triangle("PAK", "RUS", "USA").label
    'PAK-RUS-USA'
    """
    from quadrille.readings.triangle import triangle_of

    at_least("draws", draws, 200, MOST_DRAWS)
    at_least("seed", seed, 0)
    world = open_world(data, **where)
    states = world.present((a, b, c))
    ab, ac, bc = (
        ask_relation(world, x, y, "cordiality", draws, seed) for x, y in combinations(states, 2)
    )
    return triangle_of(ab, ac, bc)
