"""One relation over time, and every relation of the data: the first questions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Unpack

from quadrille.arguments import question
from quadrille.measure.world import Data, Where, World, open_world
from quadrille.questions.shared import Draws, Facet, Seed, StateName

if TYPE_CHECKING:
    from quadrille.measure.result import Measurement, Relation

__all__ = ["ask_relation", "relation", "relations"]


def ask_relation(
    world: World, a: str, b: str, facet: str | None, draws: int, seed: int
) -> Relation:
    """The relation of two states of a world, by ISO3, with what moved it."""
    from quadrille.measure.model import relation_of
    from quadrille.readings.moves import moves_of

    m = world.measurement(facet)
    tie = relation_of(m, a, b, draws, seed)
    moved = tie.facet == "cordiality" or world.panel.kind != "acts"
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
    world = open_world(data, **where)
    first, second = world.present((a, b))
    return ask_relation(world, first, second, facet, draws, seed)


@question
def relations(data: Data = None, *, facet: Facet = None, **where: Unpack[Where]) -> Measurement:
    """Every dyad of the data in one pass.

    Raises
    ------
    NoDataError, OptionError

    Examples
    --------
    >>> len(relations().dyads)
    10
    """
    return open_world(data, **where).measurement(facet)
