"""The strategic triangle of three states."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Unpack

from quadrille.arguments import question
from quadrille.measure.world import Data, Where, open_world
from quadrille.questions.relation import ask_relation
from quadrille.questions.shared import Draws, Seed, StateName

if TYPE_CHECKING:
    from quadrille.readings.triangle import Triangle

__all__ = ["triangle"]


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

    world = open_world(data, **where)
    states = world.present((a, b, c))
    ab, ac, bc = (
        ask_relation(world, x, y, "cordiality", draws, seed) for x, y in combinations(states, 2)
    )
    return triangle_of(ab, ac, bc)
