"""One relation over time, and every relation of the data: the first questions."""

from __future__ import annotations

from dataclasses import replace
from typing import Unpack

import polars as pl

from quadrille.arguments import at_least, question
from quadrille.measure.model import relation_of
from quadrille.measure.result import Measurement, Relation
from quadrille.measure.world import Data, Where, World, open_world
from quadrille.panel.build import QUADS, Panel
from quadrille.readings.moves import event_moves, period_moves

__all__ = ["MOST_DRAWS", "ask_relation", "moves_of", "relation", "relations"]

MOST_DRAWS = 100_000


def moves_of(tie: Relation, panel: Panel) -> pl.DataFrame:
    """What moved a tie: an act a row, or a period a row with its quad classes where these are counted."""
    if panel.kind == "acts":
        return event_moves(tie, panel)
    moves = period_moves(tie)
    if panel.kind == "scores":
        return moves
    a, b = sorted((tie.state_a, tie.state_b))
    own = panel.cells.filter(state_a=a, state_b=b).select("period", *QUADS)
    return moves.join(own, on="period", how="left")


def ask_relation(
    world: World, a: str, b: str, facet: str | None, draws: int, seed: int
) -> Relation:
    """The relation of two states of a world, by ISO3, with what moved it."""
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
