"""One relation over time, and every relation of the data: the first questions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Unpack

from quadrille.arguments import at_least, question
from quadrille.measure.world import Data, Where, World, open_world

if TYPE_CHECKING:
    from quadrille.measure.result import Measurement, Relation

__all__ = ["MOST_DRAWS", "ask_relation", "relation", "relations"]

MOST_DRAWS = 100_000


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
    a: str,
    b: str,
    data: Data = None,
    *,
    facet: str | None = None,
    draws: int = 1000,
    seed: int = 1,
    **where: Unpack[Where],
) -> Relation:
    """How warm a tie is, and since when.

    Parameters
    ----------
    a, b : str
        A state: name, ISO3, COW code, adjective.
    data, frequency, since, until, lake, layers
        As in `quadrille.open`.
    facet : str, optional
        cordiality, engagement, hostility or materiality. Default: cordiality, or hostility where the data
        hold the conflict side only.
    draws : int
        Posterior paths drawn.
    seed : int
        Same seed, same numbers.

    Returns
    -------
    Relation

    Raises
    ------
    UnknownStateError, StateNotThenError, SameStateError, NoDataError, OptionError

    Examples
    --------
    >>> tie = relation("Pakistan", "Soviet Union", until="1991")
    >>> tie.label
    'PAK-RUS'
    """
    at_least("draws", draws, 200, MOST_DRAWS)
    at_least("seed", seed, 0)
    world = open_world(data, **where)
    first, second = world.present((a, b))
    return ask_relation(world, first, second, facet, draws, seed)


@question
def relations(
    data: Data = None, *, facet: str | None = None, **where: Unpack[Where]
) -> Measurement:
    """Every dyad of the data in one pass.

    Parameters
    ----------
    data, frequency, since, until, lake, layers
        As in `quadrille.open`.
    facet : str, optional
        cordiality, engagement, hostility or materiality.

    Returns
    -------
    Measurement

    Raises
    ------
    NoDataError, OptionError

    Examples
    --------
    >>> len(relations().dyads)
    10
    """
    return open_world(data, **where).measurement(facet)
