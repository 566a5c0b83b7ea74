"""Thaws and chills of one tie."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Unpack

from quadrille.arguments import Range, question
from quadrille.measure.world import Data, Where, open_world
from quadrille.questions.relation import ask_relation
from quadrille.questions.shared import Draws, LeastAmplitude, LeastLength, Seed, StateName

if TYPE_CHECKING:
    from quadrille.readings.episodes import Episodes

__all__ = ["episodes"]


@question
def episodes(
    a: StateName,
    b: StateName,
    data: Data = None,
    *,
    least_length: LeastLength = None,
    least_amplitude: LeastAmplitude = None,
    least_share: float = 0.25,
    top: Annotated[int, Range(0)] = 3,
    draws: Draws = 1000,
    seed: Seed = 1,
    **where: Unpack[Where],
) -> Episodes:
    """Thaws and chills of a tie, with dates and causes.

    Data that hold the conflict side only are read as hostility.

    Parameters
    ----------
    least_share : float
        Share of the draws that must hold an episode for it to be listed.
    top : int
        Acts, or periods, listed for each episode.

    Examples
    --------
    >>> made = episodes("Pakistan", "USSR", until="1991")
    >>> made.items[0].kind
    'chill'
    """
    from quadrille.readings.episodes import EpisodeRules, carriers, episodes_of
    from quadrille.readings.regimes import regimes_of

    rules = EpisodeRules(least_length, least_amplitude, least_share)
    world = open_world(data, **where)
    first, second = world.present((a, b))
    found = episodes_of(ask_relation(world, first, second, None, draws, seed), rules)
    return replace(found, carried=carriers(found, world.panel, top), regimes=regimes_of(found.tie))
